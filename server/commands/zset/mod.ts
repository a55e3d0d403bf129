/** The sorted-set commands. */

import type { CommandSpec } from "../define.ts";
import { zadd, zincrby, zrem } from "./add.ts";
import {
  zcount,
  zlexcount,
  zrange,
  zrangebylex,
  zrangebyscore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
} from "./range.ts";
import { zcard, zmscore, zrank, zrevrank, zscore } from "./read.ts";

// deno-fmt-ignore
export const zsetCommands: readonly CommandSpec[] = [
  zadd, zcard, zcount, zincrby, zlexcount, zmscore, zrange, zrangebylex, zrangebyscore, zrank, zrem,
  zrevrange, zrevrangebylex, zrevrangebyscore, zrevrank, zscore,
];
