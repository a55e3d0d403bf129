/** A single server crashed at random, from some seeds; `deno task sim` runs ten thousand. */

import { compileCore } from "../../core-as/host/sources.ts";
import { singleServer } from "./single_server.ts";

const image = await compileCore();
/** Seeds that failed once. */
const FAILED: readonly number[] = [];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 60;

Deno.test(`simulation: one server, crashed at random, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await singleServer(seed, image);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await singleServer(seed, image);
});

Deno.test("simulation: a seed is repeated to the microsecond", async () => {
  const first = await singleServer(FIRST, image);
  const second = await singleServer(FIRST, image);
  if (first.nowUs !== second.nowUs || first.events !== second.events) {
    throw new Error(
      `${first.events} events and ${first.nowUs} us, then ${second.events} and ${second.nowUs}`,
    );
  }
});
