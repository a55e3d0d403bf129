/** What `etna.js` is made of: `mod.ts` with the code inside. */

import { compiledOnce } from "../env/code.ts";
import type { Environment } from "../env/env.ts";
import { realProgram } from "../env/real/program.ts";
import type { Etna, StartOptions } from "../embedded/etna.ts";
import { startEtna } from "../embedded/start.ts";
import { runCommandLine } from "../command_line.ts";
import { bundledCode } from "./code.ts";

export * from "../embedded/mod.ts";

const program = realProgram(compiledOnce(bundledCode));

/** As `start` of `mod.ts`. */
export function start(
  options: StartOptions = {},
  environment: Environment = program.environment("embedded"),
): Promise<Etna> {
  return startEtna(options, environment);
}

if (import.meta.main) await runCommandLine(program);
