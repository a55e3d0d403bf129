/**
 * Random calls of every command, see chaos.ts: side by side with the real server, and alone in a memory that
 * runs out again and again. ETNA_SEED repeats a run, ETNA_RANDOM_COUNT sets the number of commands.
 */

import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { chaosCommands } from "./chaos.ts";
import { aloneCommands, startSmall, trouble } from "./chaos_alone.ts";
import { closing, inCommon, sideBySide } from "./chaos_rules.ts";
import { readShapes } from "./chaos_shapes.ts";
import { startPair } from "./harness.ts";
import { compareSequence, showDifference } from "./random_run.ts";

/** Commands from one seed, before the servers are emptied and the next seed begins. */
const ROUND_SIZE = 3000;
const DEFAULT_COUNT = 15_000;
/** In a small memory: most of the time goes into filling it. */
const DEFAULT_ALONE_COUNT = 3_000;

const firstSeed = seedFromEnv("ETNA_SEED");
const countGiven = Deno.env.get("ETNA_RANDOM_COUNT");
const count = Number(countGiven ?? DEFAULT_COUNT);
const aloneCount = Number(countGiven ?? DEFAULT_ALONE_COUNT);

Deno.test({
  name: `chaos / ${count} calls side by side from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    const shapes = inCommon(await readShapes(pair.oracle), await readShapes(pair.subject));
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const size = Math.min(ROUND_SIZE, count - start);
      const commands = [...chaosCommands(shapes, sideBySide, seed, size), ...closing];
      const protocol = seed % 2 === 0 ? 2 : 3;
      const difference = await compareSequence(pair, commands, protocol);
      if (!difference) continue;
      throw new Error(
        `${pair.subject.name} differs from ${pair.oracle.name} (RESP${protocol}); ` +
          `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${size}\n${showDifference(difference)}`,
      );
    }
  },
});

Deno.test({
  name: `chaos / ${aloneCount} calls in a small memory from seed ${firstSeed}`,
  fn: async () => {
    await using server = await startSmall();
    const shapes = await readShapes(server);
    // Tables and buffers reach their size.
    await trouble(server, aloneCommands(shapes, firstSeed, ROUND_SIZE));
    for (let start = 0; start < aloneCount; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const size = Math.min(ROUND_SIZE, aloneCount - start);
      const found = await trouble(server, aloneCommands(shapes, seed, size));
      if (found === undefined) continue;
      throw new Error(`repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${size}\n${found}`);
    }
  },
});
