/** Replicas under disturbances, from some seeds; `deno task sim COUNT FIRST replicated` runs as many as wanted. */

import { compileCore } from "../../core-as/host/core.ts";
import { replicated } from "./replicated.ts";

const image = await compileCore();
/** Seeds that failed once. */
const FAILED: readonly number[] = [];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 40;

Deno.test(`simulation: a primary and its replicas, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await replicated(seed, image);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await replicated(seed, image);
});
