/**
 * Makes a program of its own: `deno task compile [--target TARGET] [--output etna]`. It is the bundle behind Deno's
 * runtime, and nothing else: neither packages nor caches, of which a `deno compile` of `mod.ts` would embed 115 MB.
 */

import { parseArgs } from "@std/cli";
import { bundle } from "./bundle.ts";

/** What to do without the runtime, which Deno fetches when it compiles for the first time. */
const WITHOUT_RUNTIME = `The runtime that a compiled program needs, denort, could not be downloaded.
Deno fetches it once for each of its versions and each target. Where that is not possible, take
denort-TARGET.zip from the release of Deno ${Deno.version.deno}, unpack it, and compile with
DENORT_BIN=/path/to/denort.`;

/**
 * Compiles the program.
 *
 * @param target Deno's name of the system it is for; this one where it is not given
 * @returns Deno's list of what is embedded
 * @throws Error that says what is missing
 */
export async function compile(output: string, target?: string): Promise<string> {
  const directory = await Deno.makeTempDir({ prefix: "etna-compile-" });
  try {
    const file = `${directory}/etna.js`;
    await bundle(file);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "compile",
        "--allow-all",
        "--no-config",
        "--output",
        output,
        ...target === undefined ? [] : ["--target", target],
        file,
      ],
      env: { NO_COLOR: "1" },
      stdout: "null",
    }).output();
    const [said] = new TextDecoder().decode(stderr).trim().split("\n\nStack backtrace");
    if (success) return said;
    throw new Error(said.includes("denort") ? `${WITHOUT_RUNTIME}\n\n${said}` : said);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

if (import.meta.main) {
  const { output, target } = parseArgs(Deno.args, {
    string: ["output", "target"],
    default: { output: "etna" },
  });
  try {
    console.log(await compile(output, target));
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
