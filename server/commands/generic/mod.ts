/** The commands on keys of any type. */

import type { CommandSpec } from "../define.ts";

export const genericCommands: readonly CommandSpec[] = [];
