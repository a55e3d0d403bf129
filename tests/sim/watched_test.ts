/** Groups of whole servers and Sentinels, from some seeds; `deno task sim COUNT FIRST watched` runs as many as wanted. */

import { compileCore } from "../../core-as/host/sources.ts";
import { watched } from "./watched.ts";

const image = await compileCore();
/**
 * Seeds that failed once: a primary that came back as the replica of its replica; a replica that died and came back by
 * another link, and confirmed a write for two.
 */
const FAILED: readonly number[] = [10, 7_200_593];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 30;

Deno.test(`simulation: servers and Sentinels, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await watched(seed, image);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await watched(seed, image);
});
