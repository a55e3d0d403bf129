/** The package, as somebody has it who installs it: run from its tarball by whichever of Deno, Node and Bun is here. */

import { assert, assertEquals } from "@std/assert";
import { pack } from "../../server/bundle/pack.ts";
import { RespClient } from "../support/resp_client.ts";
import { startServer } from "../support/server_process.ts";

const directory = await Deno.makeTempDir({ prefix: "etna-package-" });
globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));

/** Runs a program. @returns whether it succeeded, and what it has printed */
async function run(command: string, args: string[], cwd = directory) {
  const env = { NO_COLOR: "1" };
  const { success, stdout, stderr } = await new Deno.Command(command, { args, cwd, env }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout), errors: decoder.decode(stderr) };
}

/** Whether a program is here, in a version that is new enough. */
async function has(command: string, leastMajor: number): Promise<boolean> {
  try {
    const { text } = await run(command, ["--version"]);
    return Number(/(\d+)\./.exec(text)?.[1]) >= leastMajor;
  } catch {
    return false;
  }
}

const tarball = await pack(directory);
const installed = `${directory}/node_modules/@etna/etna`;
await Deno.mkdir(installed, { recursive: true });
const unpacked = await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
assert(unpacked.success, unpacked.errors);

await Deno.writeTextFile(
  `${directory}/package.json`,
  JSON.stringify({ dependencies: { "@etna/etna": "*" } }),
);

/** What the package is imported by. `ETNA_NODE` and `ETNA_BUN` are paths of programs that are on no PATH. */
const runtimes = [
  {
    name: "Deno",
    command: Deno.execPath(),
    args: ["run", "-A", "--node-modules-dir=manual"],
    here: true,
  },
  {
    name: "Node",
    command: Deno.env.get("ETNA_NODE") ?? "node",
    args: [],
    here: await has(Deno.env.get("ETNA_NODE") ?? "node", 22),
  },
  {
    name: "Bun",
    command: Deno.env.get("ETNA_BUN") ?? "bun",
    args: [],
    here: await has(Deno.env.get("ETNA_BUN") ?? "bun", 1),
  },
];

const MODULE = `
  import { ReplyError, start } from "@etna/etna";
  const etna = await start({ clock: "manual", dir: ".", save: "3600 1", port: 0 });
  await etna.call("SET", "k", "v", "PX", 1000);
  await etna.advance(1001);
  console.log(await etna.call("GET", "k"), etna.port > 0);
  console.log(await etna.call("EVAL", "return redis.call('INCR', KEYS[1])", 1, "n"));
  const news = await etna.subscribe("news");
  await etna.call("PUBLISH", "news", "hello");
  for await (const { message } of news) { console.log(message); break; }
  console.log(await etna.call("LPUSH", "n", 1).catch((error) => error instanceof ReplyError));
  console.log(await etna.call("SAVE"), await start({ dir: "/none" }).catch(String));
  const other = await start({ snapshot: await etna.save() });
  console.log(await other.call("GET", "n"));
  await Promise.all([etna.close(), other.close()]);
  // Nothing but a timer keeps the program alive here.
  const alone = await start();
  console.log(await alone.call("BLPOP", "q", 0.2));
  await alone.close();
`;
const SAID = `null true
1
hello
true
OK TypeError: option dir: No such file or directory
1
null
`;

for (const { name, command, args, here } of runtimes) {
  Deno.test({
    name: `${name} imports the package`,
    ignore: !here,
    fn: async () => {
      const place = await Deno.makeTempDir({ dir: directory });
      await Deno.writeTextFile(`${place}/try.mjs`, MODULE);
      const { text, errors } = await run(command, [...args, "try.mjs"], place);
      assertEquals(errors + text, SAID);
    },
  });

  Deno.test({
    name: `${name} runs the package as a program, which keeps what it has on the disk`,
    ignore: !here,
    fn: async () => {
      const data = await Deno.makeTempDir({ dir: directory });
      const options = ["--dir", data, "--appendonly", "yes"];
      const start = () =>
        startServer({
          name: `etna on ${name}`,
          command,
          args: (port) => [...args, `${installed}/bin.js`, "--port", `${port}`, ...options],
        });
      {
        await using server = await start();
        using client = await RespClient.connect(server);
        assertEquals((await client.command("SET", "k", "v")).raw, "+OK\r\n");
        assertEquals((await client.command("BGREWRITEAOF")).raw.slice(0, 1), "+");
        assertEquals((await client.command("RPUSH", "l", "a", "b")).raw, ":2\r\n");
        server.signal!("SIGTERM");
        while (!(await server.output!()).includes("ready to exit")) {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      await using server = await start();
      using client = await RespClient.connect(server);
      assertEquals((await client.command("GET", "k")).raw, "$1\r\nv\r\n");
      assertEquals((await client.command("LLEN", "l")).raw, ":2\r\n");
    },
  });
}

Deno.test("a Node that is too old is told so in a line", async () => {
  // As Node 20 is.
  await Deno.writeTextFile(`${directory}/old.mjs`, "delete Promise.withResolvers;");
  const bin = `${installed}/bin.js`;
  const args = ["run", "-A", "--no-config", "--preload", "old.mjs", bin];
  const { success, errors } = await run(Deno.execPath(), args);
  assert(!success && errors.startsWith("Etna needs Node 22.3 or later"), errors);
});

Deno.test("the package has its types", async () => {
  const check = async (line: string) => {
    const text = `import { type Etna, type Message, start } from "@etna/etna";
      const etna: Etna = await start({ port: 0, "appendonly": true, clock: "manual" });
      ${line}`;
    await Deno.writeTextFile(`${directory}/try.ts`, text);
    return (await run(Deno.execPath(), ["check", "--node-modules-dir=manual", "try.ts"])).errors;
  };
  const right = `const value: string | null = await etna.call("GET", "k");
    for await (const { channel } of await etna.subscribe("a")) channel satisfies Message["channel"];
    console.log(value, await etna.transaction([["INCR", "n"]]), await etna.save());`;
  const said = await check(right);
  assert(!said.includes("ERROR"), said);
  const wrong = await check(`await start({ prot: 0 });
    const n: number = await etna.call("GET", "k");`);
  assert(wrong.includes("'prot'") && wrong.includes("TS2322"), wrong);
});
