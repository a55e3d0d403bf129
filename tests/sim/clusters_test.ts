/** Clusters under disturbances, from some seeds; `deno task sim COUNT FIRST clusters` runs as many as wanted. */

import { assert } from "@std/assert";
import { clusters, moved } from "./clusters.ts";
import { grow } from "./growth.ts";

/**
 * Seeds that failed once: a replica of a replica; epochs that an operator took while others voted for one; two that
 * each seemed the other's replica.
 */
const FAILED: readonly number[] = [83, 90, 1100, 1244, 5207];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 20;

Deno.test(`simulation: clusters on models of servers, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await clusters(seed);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await clusters(seed);
});

Deno.test(`simulation: as many primaries as can die at once are replaced in twice the time of one, seed ${FIRST}`, () => {
  const { died, oneFailoverS, manyFailoversS, failMessages } = grow(40, FIRST, 2000);
  assert(
    died === 9 && manyFailoversS <= 2 * oneFailoverS,
    `${manyFailoversS} s, one: ${oneFailoverS} s`,
  );
  // A few nodes tell all others of each: not all of all.
  assert(failMessages < died * 40 * 4, `${failMessages} messages of ${died} failures`);
});

Deno.test(`simulation: nodes with names find each other when all addresses are others, seed ${FIRST}`, () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) moved(seed);
});
