/**
 * Random interleavings of several connections against real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of steps (default 2500).
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { startPair } from "./harness.ts";
import { randomInterleaving } from "./interleaved.ts";
import { compareInterleaving, showParting } from "./interleaved_run.ts";

/** Steps from one seed, before all connections are closed and the next seed begins. */
const ROUND_SIZE = 250;
const DEFAULT_COUNT = 2500;

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / ${count} steps of interleaved connections from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const size = Math.min(ROUND_SIZE, count - start);
      const parting = await compareInterleaving(pair, randomInterleaving(seed, size));
      if (!parting) continue;
      throw new Error(
        `${pair.subject.name} differs from ${pair.oracle.name}; ` +
          `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${size}\n` + showParting(parting),
      );
    }
  },
});
