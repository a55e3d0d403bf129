/**
 * Makes one file of all: `deno task bundle [--output etna.js]`. It holds the core and Lua as texts, so that it
 * starts without a network, a cache or a compiler.
 */

import { parseArgs } from "@std/cli";
import { buildCore } from "../../core-as/build.ts";
import { withoutNames } from "../../core-as/sections.ts";
import { readLua } from "../env/real/code.ts";

const ROOT = new URL("../../", import.meta.url);

/** Where a package's module lay on the machine that made the bundle, before its name. */
const FOREIGN_PATH = /^(\/\/ )(?:\.\.\/)+.*\/npm\/[^/]+\//gm;

/** Writes the bundle. @throws Error that says what the bundler said */
export async function bundle(output: string): Promise<void> {
  await buildCore("core");
  const work = await Deno.makeTempDir({ prefix: "etna-bundle-" });
  try {
    const [entry, whole] = [`${work}/etna.ts`, `${work}/whole.js`];
    await Deno.writeTextFile(entry, await entryText());
    await run(entry, whole);
    const text = await Deno.readTextFile(whole);
    // The minifier forgets that what `using` names is to be closed.
    if (/^\s*(await )?using /m.test(text)) throw new Error("the server's code has `using`");
    // Node's modules cost a start 12 ms.
    if (/^import /m.test(text)) throw new Error("the server imports what a start has to wait for");
    await Deno.writeTextFile(whole, text.replace(FOREIGN_PATH, "$1npm:"));
    // A start has all of it parsed: the shorter, the sooner.
    await run(whole, output, "--minify");
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** The module that is bundled: the program, and its code in functions that are called when it is needed. */
async function entryText(): Promise<string> {
  const at = (path: string) => JSON.stringify(new URL(path, ROOT).href);
  const core = await Deno.readFile(new URL("core-as/build/core.wasm", ROOT));
  const [coreText, luaText] = [core, readLua()].map((wasm) =>
    JSON.stringify(withoutNames(wasm).toBase64())
  );
  return `export * from ${at("server/embedded/mod.ts")};
import { bundledProgram } from ${at("server/bundle/program.ts")};
export const { start, main } = bundledProgram(() => ${coreText}, () => ${luaText});
if (import.meta.main) await main();
`;
}

async function run(entry: string, output: string, ...more: string[]): Promise<void> {
  const config = new URL("deno.json", ROOT).pathname;
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--config", config, "--platform=deno", ...more, "--output", output, entry],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (!success) throw new Error(`deno bundle: ${new TextDecoder().decode(stderr).trim()}`);
}

if (import.meta.main) {
  const { output } = parseArgs(Deno.args, { string: ["output"], default: { output: "etna.js" } });
  await bundle(output);
  console.log(`${output}: ${(Deno.statSync(output).size / 2 ** 20).toFixed(1)} MiB`);
}
