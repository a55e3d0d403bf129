/** The string commands. */

import type { CommandSpec } from "../define.ts";
import { delex, digest } from "./conditions.ts";
import { get, getdel, getex, getset } from "./get.ts";
import { decr, decrby, incr, incrby, incrbyfloat } from "./incr.ts";
import { lcs } from "./lcs.ts";
import { mget, mset, msetnx } from "./many.ts";
import { msetex } from "./msetex.ts";
import { append, getrange, setrange, strlen, substr } from "./range.ts";
import { psetex, set, setex, setnx } from "./set.ts";

// deno-fmt-ignore
export const stringCommands: readonly CommandSpec[] = [
  append, decr, decrby, delex, digest, get, getdel, getex, getrange, getset, incr, incrby, incrbyfloat, lcs, mget,
  mset, msetex, msetnx, psetex, set, setex, setnx, setrange, strlen, substr,
];
