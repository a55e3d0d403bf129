/** What a bundle is made of: `mod.ts` with the code inside, for Deno, Node and Bun. */

import { runCommandLine } from "../command_line.ts";
import type { Etna, StartOptions } from "../embedded/etna.ts";
import { startEtna } from "../embedded/start.ts";
import { compiledOnce } from "../env/code.ts";
import type { Environment } from "../env/env.ts";
import { nodeProgram } from "../env/node/program.ts";
import { realProgram } from "../env/real/program.ts";
import { bundledCode, type CarriedCode } from "./code.ts";

/** What a bundle exports beside what `mod.ts` does. */
export interface BundledProgram {
  /** As `start` of `mod.ts`. */
  start(options?: StartOptions, environment?: Environment): Promise<Etna>;
  /** Runs as a program, with the arguments of the process. */
  main(): Promise<void>;
}

/** The program with its code. */
export function bundledProgram(core: CarriedCode, lua: CarriedCode): BundledProgram {
  const code = compiledOnce(bundledCode(core, lua));
  const program = "Deno" in globalThis ? realProgram(code) : nodeProgram(code);
  return {
    start: (options = {}, environment = program.embedding()) => startEtna(options, environment),
    main: () => runCommandLine(program),
  };
}
