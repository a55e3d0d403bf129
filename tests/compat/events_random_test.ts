/**
 * The keyspace events of random commands of all families against real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of commands (default 15000).
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { randomBitCommands } from "./bits_random.ts";
import { compareEvents } from "./events.ts";
import { randomGeoCommands } from "./geo_random.ts";
import { startPair } from "./harness.ts";
import { randomHashCommands } from "./hash_random.ts";
import { randomHllCommands } from "./hll_random.ts";
import { randomListCommands } from "./list_random.ts";
import { type RandomCommand, randomCommands } from "./random_commands.ts";
import { randomSetCommands } from "./sets_random.ts";
import { randomSortCommands } from "./sort_random.ts";
import { randomStreamCommands } from "./stream_random.ts";
import { randomZsetCommands } from "./zset_random.ts";

const ROUND_SIZE = 1500;
const DEFAULT_COUNT = 15_000;

const makers = [
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

/** Looks up keys for a part of a set that is in no order: for which ones is chance. */
function sortsPart({ args, mask }: RandomCommand): boolean {
  return args[0].startsWith("SORT") && mask === "type";
}

/** The real server looks up what SCAN's TYPE is asked of, and tells of a miss where a key has expired. */
function looksUpWhatItScans([name, ...args]: readonly string[]): boolean {
  return name === "SCAN" && args.some((arg) => arg.toUpperCase() === "TYPE");
}

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / events of ${count} commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const maker = makers[seed % makers.length];
      const commands = maker(seed, ROUND_SIZE).filter((command) => !sortsPart(command))
        .map(({ args }) => args)
        .filter((args) => !looksUpWhatItScans(args));
      const difference = await compareEvents(pair, commands);
      if (difference === null) continue;
      throw new Error(
        `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}\n${difference}`,
      );
    }
  },
});
