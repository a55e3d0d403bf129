/**
 * Makes one file of all: `deno task bundle [--output etna.js]`. It holds the core and Lua as bytes, so that it
 * starts without a network, a cache or a compiler.
 */

import { parseArgs } from "@std/cli";
import { buildCore } from "../../core-as/build.ts";

const ENTRY = new URL("etna.ts", import.meta.url).href;

/** Where a package's module lay on the machine that made the bundle, before its name. */
const FOREIGN_PATH = /^(\/\/ )(?:\.\.\/)+.*\/npm\/[^/]+\//gm;

/** Writes the bundle. @throws Error that says what the bundler said */
export async function bundle(output: string): Promise<void> {
  await buildCore("core");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    // Not minified: the bundler's minifier forgets that what `using` names is to be closed.
    args: ["bundle", "--platform=deno", "--output", output, ENTRY],
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  if (!success) throw new Error(`deno bundle: ${new TextDecoder().decode(stderr).trim()}`);
  const text = await Deno.readTextFile(output);
  await Deno.writeTextFile(output, text.replace(FOREIGN_PATH, "$1npm:"));
}

if (import.meta.main) {
  const { output } = parseArgs(Deno.args, { string: ["output"], default: { output: "etna.js" } });
  await bundle(output);
  console.log(`${output}: ${(Deno.statSync(output).size / 2 ** 20).toFixed(1)} MiB`);
}
