/** The sorted-set commands. */

import type { CommandSpec } from "../define.ts";
import { zadd, zincrby, zrem } from "./add.ts";
import {
  zdiff,
  zdiffstore,
  zinter,
  zintercard,
  zinterstore,
  zunion,
  zunionstore,
} from "./combine.ts";
import { bzmpop, bzpopmax, bzpopmin } from "./blocking.ts";
import { zmpop, zpopmax, zpopmin } from "./pop.ts";
import { zrandmember, zscan } from "./random.ts";
import {
  zcount,
  zlexcount,
  zrange,
  zrangebylex,
  zrangebyscore,
  zrangestore,
  zrevrange,
  zrevrangebylex,
  zrevrangebyscore,
} from "./range.ts";
import { zcard, zmscore, zrank, zrevrank, zscore } from "./read.ts";
import { zremrangebylex, zremrangebyrank, zremrangebyscore } from "./remove.ts";

// deno-fmt-ignore
export const zsetCommands: readonly CommandSpec[] = [
  bzmpop, bzpopmax, bzpopmin,
  zadd, zcard, zcount, zdiff, zdiffstore, zincrby, zinter, zintercard, zinterstore, zlexcount, zmpop,
  zmscore, zpopmax, zpopmin, zrandmember, zrange, zrangebylex, zrangebyscore, zrangestore, zrank,
  zrem, zremrangebylex, zremrangebyrank, zremrangebyscore, zrevrange, zrevrangebylex,
  zrevrangebyscore, zrevrank, zscan, zscore, zunion, zunionstore,
];
