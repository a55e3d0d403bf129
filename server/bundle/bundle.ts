/**
 * Makes one file of all: `deno task bundle [--output etna.js]`. It holds the core and Lua as bytes, so that it
 * starts without a network, a cache or a compiler.
 */

import { parseArgs } from "@std/cli";
import { buildCore } from "../../core-as/build.ts";

const ENTRY = new URL("etna.ts", import.meta.url).href;

/** Where a package's module lay on the machine that made the bundle, before its name. */
const FOREIGN_PATH = /^(\/\/ )(?:\.\.\/)+.*\/npm\/[^/]+\//gm;

/** How the bundler has bytes decoded, in JavaScript that is slow where it runs but once. */
const DECODER = /^var __toBinary = .*?\n}\)\(\);$/ms;
const FASTER = `import { Buffer as BytesOfText } from "node:buffer";
var __toBinary = (base64) => new Uint8Array(BytesOfText.from(base64, "base64"));`;

/** Writes the bundle. @throws Error that says what the bundler said */
export async function bundle(output: string): Promise<void> {
  await buildCore("core");
  const whole = `${output}.whole.js`;
  try {
    await run(ENTRY, whole);
    const text = await Deno.readTextFile(whole);
    // The minifier forgets that what `using` names is to be closed.
    if (/^\s*(await )?using /m.test(text)) throw new Error("the server's code has `using`");
    if (!DECODER.test(text)) throw new Error("the bundler decodes bytes otherwise than expected");
    await Deno.writeTextFile(whole, text.replace(FOREIGN_PATH, "$1npm:").replace(DECODER, FASTER));
    // A start has all of it parsed: the shorter, the sooner.
    await run(whole, output, "--minify");
  } finally {
    await Deno.remove(whole).catch(() => {}); // the bundler has not come so far
  }
}

async function run(entry: string, output: string, ...more: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--platform=deno", ...more, "--output", output, entry],
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
