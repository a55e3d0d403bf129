/** The HyperLogLog commands. */

import type { CommandSpec } from "../define.ts";
import { pfadd, pfcount, pfmerge } from "./add.ts";
import { pfdebug, pfselftest } from "./debug.ts";

export const hyperloglogCommands: readonly CommandSpec[] = [
  pfadd,
  pfcount,
  pfdebug,
  pfmerge,
  pfselftest,
];
