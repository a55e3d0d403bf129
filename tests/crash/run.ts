/**
 * Kills servers, hundreds of times for each policy: `deno task kill [COUNT]`. What fails is told with its seed,
 * which ETNA_SEED repeats.
 */

import { buildCore } from "../../core-as/build.ts";
import { findOracle } from "../support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { killOnce, type Policy } from "./kills.ts";

const POLICIES: readonly Policy[] = ["always", "everysec", "no"];

const count = Number(Deno.args[0] ?? 100);
await buildCore("core");
const first = seedFromEnv("ETNA_SEED");
const compares = findOracle() !== undefined;
let failures = 0;
for (let round = 0; round < count; round++) {
  for (const fsync of POLICIES) {
    const seed = first + round;
    try {
      await killOnce(fsync, new SeededRandom(seed), { ended: round % 3 === 2, compares });
    } catch (error) {
      failures++;
      console.log(`ETNA_SEED=${seed} ${fsync}: ${(error as Error).message}`);
    }
  }
  if (round % 10 === 9) console.log(`${round + 1} of ${count} rounds, ${failures} failures`);
}
console.log(`${count} kills for each of ${POLICIES.join(", ")}: ${failures} failures`);
Deno.exit(failures === 0 ? 0 : 1);
