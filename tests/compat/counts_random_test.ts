/**
 * How many changes and look-ups random commands of all families count as, against real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of commands (default 15000).
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { CHANGES, compareCounts, LOOKUPS } from "./counts.ts";
import { startPair } from "./harness.ts";
import { allMakers, sortsPart } from "./random_makers.ts";

const ROUND_SIZE = 1500;
const DEFAULT_COUNT = 15_000;

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / changes and look-ups of ${count} commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const make = allMakers[seed % allMakers.length];
      const commands = make(seed, ROUND_SIZE).filter((command) => !sortsPart(command))
        .map(({ args }) => args);
      const differences = [
        ...await compareCounts(pair, commands, CHANGES),
        ...await compareCounts(pair, commands, LOOKUPS),
      ];
      if (differences.length === 0) continue;
      throw new Error(
        `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}\n` +
          differences.slice(0, 8).join("\n"),
      );
    }
  },
});
