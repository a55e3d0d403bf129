/**
 * Simulations by the thousand: `deno task sim [COUNT [FIRST SEED]]`. Says how it goes on, and of each seed that
 * fails why; a seed that failed belongs among those of single_server_test.ts.
 */

import { compileCore } from "../../core-as/host/core.ts";
import { singleServer } from "./single_server.ts";

const count = Number(Deno.args[0] ?? 10_000);
const first = Number(Deno.args[1] ?? 1);
const image = await compileCore();
const startMs = performance.now();
let failed = 0;
let simulatedUs = 0;
let events = 0;
for (let seed = first; seed < first + count; seed++) {
  try {
    const world = await singleServer(seed, image);
    simulatedUs += world.nowUs;
    events += world.events;
  } catch (error) {
    failed++;
    console.log(error instanceof Error ? error.message : error);
  }
  const done = seed - first + 1;
  if (done % 500 === 0 || done === count) {
    const seconds = (performance.now() - startMs) / 1000;
    console.log(
      `${done} seeds, ${failed} failed, ${(seconds * 1000 / done).toFixed(1)} ms a seed, ` +
        `${(simulatedUs / 1e6 / seconds).toFixed(0)} times real time, ${events} events`,
    );
  }
}
Deno.exit(failed === 0 ? 0 : 1);
