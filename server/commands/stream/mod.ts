/** The stream commands. */

import type { CommandSpec } from "../define.ts";
import { xadd, xdel, xdelex, xsetid, xtrim } from "./add.ts";
import { xgroup } from "./group.ts";
import { xinfo } from "./info.ts";
import { xack, xackdel, xautoclaim, xclaim, xpending } from "./pending.ts";
import { xlen, xrange, xrevrange } from "./range.ts";
import { xread, xreadgroup } from "./read.ts";

// deno-fmt-ignore
export const streamCommands: readonly CommandSpec[] = [
  xack, xackdel, xadd, xautoclaim, xclaim, xdel, xdelex, xgroup, xinfo, xlen, xpending, xrange, xread, xreadgroup,
  xrevrange, xsetid, xtrim,
];
