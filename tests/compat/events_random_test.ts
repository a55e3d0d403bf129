/**
 * The keyspace events of random commands of all families against real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of commands (default 15000).
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { compareEvents } from "./events.ts";
import { startPair } from "./harness.ts";
import { allMakers, sortsPart } from "./random_makers.ts";

const ROUND_SIZE = 1500;
const DEFAULT_COUNT = 15_000;

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / events of ${count} commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const maker = allMakers[seed % allMakers.length];
      const commands = maker(seed, ROUND_SIZE).filter((command) => !sortsPart(command))
        .map(({ args }) => args);
      const difference = await compareEvents(pair, commands);
      if (difference === null) continue;
      throw new Error(
        `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}\n${difference}`,
      );
    }
  },
});
