/**
 * Turns a maker of random commands into a Deno test against real Redis. ETNA_SEED repeats a run,
 * ETNA_RANDOM_COUNT sets the number of commands.
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { startPair } from "./harness.ts";
import type { RandomCommand } from "./random_commands.ts";
import { compareSequence, showDifference } from "./random_run.ts";

/** How much a test runs. */
export interface RandomPlan {
  /** Commands in all, where the environment does not say. */
  count: number;
  /** Commands from one seed, before the servers are emptied and the next seed begins. */
  roundSize: number;
}

/**
 * Registers the test.
 *
 * @param what the commands' kind, for the test's name
 * @param make a sequence of so many commands that the seed alone determines
 */
export function testRandom(
  what: string,
  make: (seed: number, count: number) => RandomCommand[],
  { count: standard, roundSize }: RandomPlan = { count: 12_000, roundSize: 3000 },
): void {
  const firstSeed = seedFromEnv("ETNA_SEED");
  const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? standard);
  Deno.test({
    name: `random / ${count} ${what} commands from seed ${firstSeed}`,
    ignore: findOracle() === undefined,
    fn: async () => {
      await using pair = await startPair();
      for (let start = 0; start < count; start += roundSize) {
        const seed = firstSeed + start / roundSize;
        const size = Math.min(roundSize, count - start);
        const protocol = seed % 2 === 0 ? 2 : 3;
        const difference = await compareSequence(pair, make(seed, size), protocol);
        if (!difference) continue;
        throw new Error(
          `${pair.subject.name} differs from ${pair.oracle.name} (RESP${protocol}); ` +
            `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${size}\n` +
            showDifference(difference),
        );
      }
    },
  });
}
