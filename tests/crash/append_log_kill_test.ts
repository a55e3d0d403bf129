/**
 * A server that is killed, once for each policy and once after a warm restart; `deno task kill 300` does it
 * hundreds of times. ETNA_SEED repeats a run.
 */

import { findOracle } from "../support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { killOnce, type Policy } from "./kills.ts";

const seed = seedFromEnv("ETNA_SEED");
const random = new SeededRandom(seed);

const CASES: readonly [Policy, boolean][] = [["everysec", false], ["always", false], [
  "always",
  true,
]];

for (const [fsync, ended] of CASES) {
  Deno.test({
    name: `killed while it writes, appendfsync ${fsync}, warm ${ended} / seed ${seed}`,
    ignore: findOracle() === undefined,
    fn: () => killOnce(fsync, random, { ended }),
  });
}
