/** The string commands. */

import type { CommandSpec } from "../define.ts";
import { get } from "./get.ts";
import { incr } from "./incr.ts";
import { set } from "./set.ts";

export const stringCommands: readonly CommandSpec[] = [get, set, incr];
