/**
 * The list commands. Replies with elements are written by the core, as it takes them (types/listwrite.ts,
 * listmove.ts); the handlers write errors, nulls where nothing is there, and say what happened to which key.
 */

import type { CommandSpec } from "../define.ts";
import { blmove, blmpop, blpop, brpop, brpoplpush } from "./blocking.ts";
import { linsert, lrem, lset, ltrim } from "./edit.ts";
import { lmove, lmpop, rpoplpush } from "./move.ts";
import { lmovem } from "./move_many.ts";
import { lpop, rpop } from "./pop.ts";
import { lpush, lpushx, rpush, rpushx } from "./push.ts";
import { lindex, llen, lpos, lrange } from "./read.ts";

// deno-fmt-ignore
export const listCommands: readonly CommandSpec[] = [
  blmove, blmpop, blpop, brpop, brpoplpush,
  lindex, linsert, llen, lmove, lmovem, lmpop, lpop, lpos, lpush, lpushx, lrange, lrem, lset, ltrim, rpop, rpoplpush, rpush,
  rpushx,
];
