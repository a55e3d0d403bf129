/** The makers of random commands of all families. */

import { randomBitCommands } from "../../server/commands/bitmap/bits_random.ts";
import { randomGeoCommands } from "../../server/commands/geo/geo_random.ts";
import { randomHashCommands } from "../../server/commands/hash/hash_random.ts";
import { randomHllCommands } from "../../server/commands/hyperloglog/hll_random.ts";
import { randomListCommands } from "../../server/commands/list/list_random.ts";
import { type RandomCommand, randomCommands } from "./random_commands.ts";
import { randomSetCommands } from "../../server/commands/set/sets_random.ts";
import { randomSortCommands } from "../../server/commands/generic/sort_random.ts";
import { randomStreamCommands } from "../../server/commands/stream/stream_random.ts";
import { randomZsetCommands } from "../../server/commands/zset/zset_random.ts";

/** Whether a command looks up keys for a part of a set that is in no order: for which ones is chance. */
export function sortsPart({ args, mask }: RandomCommand): boolean {
  return args[0].startsWith("SORT") && mask === "type";
}

/** Each makes a sequence of so many commands that the seed alone determines. */
export const allMakers: readonly ((seed: number, count: number) => RandomCommand[])[] = [
  randomCommands,
  randomHashCommands,
  randomListCommands,
  randomSetCommands,
  randomZsetCommands,
  randomBitCommands,
  randomGeoCommands,
  randomHllCommands,
  randomStreamCommands,
  randomSortCommands,
];
