/** The list commands. */

import type { CommandSpec } from "../define.ts";
import { blmove, blmpop, blpop, brpop, brpoplpush } from "./blocking.ts";
import { linsert, lrem, lset, ltrim } from "./edit.ts";
import { lmove, lmpop, rpoplpush } from "./move.ts";
import { lpop, rpop } from "./pop.ts";
import { lpush, lpushx, rpush, rpushx } from "./push.ts";
import { lindex, llen, lpos, lrange } from "./read.ts";

// deno-fmt-ignore
export const listCommands: readonly CommandSpec[] = [
  blmove, blmpop, blpop, brpop, brpoplpush,
  lindex, linsert, llen, lmove, lmpop, lpop, lpos, lpush, lpushx, lrange, lrem, lset, ltrim, rpop, rpoplpush, rpush,
  rpushx,
];
