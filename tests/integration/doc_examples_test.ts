/** The examples in what users read: each is type-checked and run as it stands, and says what is written behind it. */

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);
const FILES = ["mod.ts", "server/embedded/etna.ts", "README.md"];
/** What a line prints or gives, as its comment has it. */
const VALUES = /^(?:"[^"]*"|null|\d+)(?: (?:"[^"]*"|null|\d+))*$/;

/** The examples of a file, without the stars of comments. */
function examplesOf(file: string): string[] {
  const text = Deno.readTextFileSync(new URL(file, ROOT)).replace(/^ *\* ?/gm, "");
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, example]) => example);
}

/** An example as a function; one that starts no server is given one. */
function asFunction(example: string, index: number): string {
  const lines = example.split("\n").filter((line) => !line.startsWith("import ")).map((line) => {
    const [, indent, logged, value, comment] =
      /^( *)(?:console\.log\((.*)\)|(await .*)); \/\/ (.*)$/.exec(line) ?? [];
    if (comment === undefined || !VALUES.test(comment)) return line;
    return `${indent}said([${logged ?? value}], ${JSON.stringify(comment)});`;
  });
  const starts = /= await start\(/.test(example);
  const closes = example.includes("etna.close()");
  return `async function example${index}() {
${starts ? "" : "const etna = await start();"}
${lines.join("\n")}
${closes ? "" : "await etna.close();"}
}`;
}

Deno.test("examples are right, and do what they say", async () => {
  const examples = FILES.flatMap(examplesOf);
  assert(examples.length >= 7, `${examples.length} examples`);
  const directory = await Deno.makeTempDir();
  const { imports, unstable } = project;
  // An example may leave unused what it shows.
  const config = { imports, unstable, compilerOptions: { strict: true } };
  await Deno.writeTextFile(`${directory}/deno.json`, JSON.stringify(config));
  await Deno.writeTextFile(
    `${directory}/examples.ts`,
    `import { start } from ${JSON.stringify(new URL("mod.ts", ROOT).href)};
/** Nothing is to listen on a fixed port here. */
const Deno = { serve: (handler: (request: Request) => Promise<Response>) => handlers.push(handler) };
const handlers: ((request: Request) => Promise<Response>)[] = [];
let values = 0;
function said(given: unknown[], expected: string): void {
  const text = given.map((value) => JSON.stringify(value)).join(" ");
  if (text !== expected) throw new Error(\`\${text} instead of \${expected}\`);
  values++;
}
${examples.map(asFunction).join("\n")}
${examples.map((_, index) => `await example${index}();`).join("\n")}
console.log("values", values, "handlers", handlers.length);
`,
  );
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--check", "--no-lock", "examples.ts"],
    cwd: directory,
    env: { NO_COLOR: "1" },
  }).output();
  await Deno.remove(directory, { recursive: true });
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  assertEquals(decoder.decode(stdout).trim().split("\n").pop(), "values 3 handlers 1");
});
