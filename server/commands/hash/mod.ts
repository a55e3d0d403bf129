/** The hash commands. */

import type { CommandSpec } from "../define.ts";
import { hget, hgetall } from "./get.ts";
import { hdel, hmset, hset, hsetnx } from "./set.ts";

// deno-fmt-ignore
export const hashCommands: readonly CommandSpec[] = [
  hdel, hget, hgetall, hmset, hset, hsetnx,
];
