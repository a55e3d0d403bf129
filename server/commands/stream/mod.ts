/** The stream commands. */

import type { CommandSpec } from "../define.ts";
import { xadd, xdel, xdelex, xtrim } from "./add.ts";
import { xlen, xrange, xrevrange } from "./range.ts";

// deno-fmt-ignore
export const streamCommands: readonly CommandSpec[] = [
  xadd, xdel, xdelex, xlen, xrange, xrevrange, xtrim,
];
