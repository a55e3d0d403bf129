/** Tries many wrong inputs: `deno task mutate [COUNT]`, a million where no number is given; ETNA_SEED repeats a run. */

import { loadCore } from "../../core-as/host/sources.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { trials } from "./mutations.ts";

const count = Number(Deno.args[0] ?? 1_000_000);
const seed = seedFromEnv("ETNA_SEED");
console.log(`seed ${seed}`);
const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 256 << 20 });
const { end, ...kinds } = await trials(core, new SeededRandom(seed));
let tried = 0;
while (tried < count) {
  for (const [kind, trial] of Object.entries(kinds)) {
    // A file and a payload cost some ten times what a line does, and are where it may go wrong.
    tried += await trial(kind === "rdb" || kind === "restore" ? 2000 : 500);
  }
  console.log(`${tried} inputs`);
}
await end(0);
