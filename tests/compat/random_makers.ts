/** The makers of random commands of all families. */

import { randomBitCommands } from "./bits_random.ts";
import { randomGeoCommands } from "./geo_random.ts";
import { randomHashCommands } from "./hash_random.ts";
import { randomHllCommands } from "./hll_random.ts";
import { randomListCommands } from "./list_random.ts";
import { type RandomCommand, randomCommands } from "./random_commands.ts";
import { randomSetCommands } from "./sets_random.ts";
import { randomSortCommands } from "./sort_random.ts";
import { randomStreamCommands } from "./stream_random.ts";
import { randomZsetCommands } from "./zset_random.ts";

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
