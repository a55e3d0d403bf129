/** The scripting commands. */

import type { CommandSpec } from "../define.ts";
import { evalCommand, evalRo, evalSha, evalShaRo } from "./eval.ts";
import { fcall, fcallRo } from "./fcall.ts";
import { functionCommand } from "./function.ts";
import { script } from "./script.ts";

export const scriptingCommands: readonly CommandSpec[] = [
  evalCommand,
  evalRo,
  evalSha,
  evalShaRo,
  fcall,
  fcallRo,
  functionCommand,
  script,
];
