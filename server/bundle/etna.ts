/** What `etna.js` is made of: `mod.ts` with the code inside, for Deno, Node and Bun. */

import { runCommandLine } from "../command_line.ts";
import type { Etna, StartOptions } from "../embedded/etna.ts";
import { startEtna } from "../embedded/start.ts";
import { compiledOnce } from "../env/code.ts";
import type { Environment } from "../env/env.ts";
import { nodeProgram } from "../env/node/program.ts";
import { realProgram } from "../env/real/program.ts";
import { bundledCode } from "./code.ts";

export * from "../embedded/mod.ts";

const code = compiledOnce(bundledCode);
const program = "Deno" in globalThis ? realProgram(code) : nodeProgram(code);

/** As `start` of `mod.ts`. */
export function start(
  options: StartOptions = {},
  environment: Environment = program.environment("embedded"),
): Promise<Etna> {
  return startEtna(options, environment);
}

/** Runs as a program, with the arguments of the process. */
export function main(): Promise<void> {
  return runCommandLine(program);
}

if (import.meta.main) await main();
