/**
 * Random sequences of SORT commands against real Redis. ETNA_SEED repeats a run, ETNA_RANDOM_COUNT sets
 * the number of commands (default 9000).
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { startPair } from "./harness.ts";
import { randomSortCommands } from "./sort_random.ts";
import { compareSequence, showDifference } from "./random_run.ts";

/** Commands from one seed, before the servers are emptied and the next seed begins. */
const ROUND_SIZE = 3000;
const DEFAULT_COUNT = 9_000;

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / ${count} SORT commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const commands = randomSortCommands(seed, Math.min(ROUND_SIZE, count - start));
      const protocol = seed % 2 === 0 ? 2 : 3;
      const difference = await compareSequence(pair, commands, protocol);
      if (!difference) continue;
      throw new Error(
        `${pair.subject.name} differs from ${pair.oracle.name} (RESP${protocol}); ` +
          `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${
            Math.min(ROUND_SIZE, count - start)
          }\n` +
          showDifference(difference),
      );
    }
  },
});
