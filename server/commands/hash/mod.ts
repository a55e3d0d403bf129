/** The hash commands. */

import type { CommandSpec } from "../define.ts";
import {
  hexpire,
  hexpireat,
  hexpiretime,
  hpersist,
  hpexpire,
  hpexpireat,
  hpexpiretime,
  hpttl,
  httl,
} from "./expire.ts";
import { hgetdel, hgetex, hsetex } from "./expiring.ts";
import { hexists, hget, hgetall, hkeys, hlen, hmget, hstrlen, hvals } from "./get.ts";
import { hincrby, hincrbyfloat } from "./incr.ts";
import { hdel, hmset, hset, hsetnx } from "./set.ts";
import { hrandfield, hscan } from "./walk.ts";

// deno-fmt-ignore
export const hashCommands: readonly CommandSpec[] = [
  hdel, hexists, hexpire, hexpireat, hexpiretime, hget, hgetall, hgetdel, hgetex, hincrby,
  hincrbyfloat, hkeys, hlen, hmget, hmset, hpersist, hpexpire, hpexpireat, hpexpiretime, hpttl,
  hrandfield, hscan, hset, hsetex, hsetnx, hstrlen, httl, hvals,
];
