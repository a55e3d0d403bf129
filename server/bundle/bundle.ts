/**
 * Makes one file of all: `deno task bundle [--output etna.js]`. It holds the core and Lua as bytes, so that it
 * starts without a network, a cache or a compiler.
 */

import { parseArgs } from "@std/cli";
import { buildCore } from "../../core-as/build.ts";

const ENTRY = new URL("etna.ts", import.meta.url).href;

/** Writes the bundle. @throws Error that says what the bundler said */
export async function bundle(output: string): Promise<void> {
  await buildCore("core");
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--platform=deno", "--output", output, ENTRY],
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
