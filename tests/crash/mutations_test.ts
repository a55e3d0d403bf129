/** Wrong inputs of each kind, some thousands; `deno task mutate` tries a million. */

import { assert } from "@std/assert";
import { loadCore } from "../../core-as/host/sources.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { trials } from "./mutations.ts";

const seed = seedFromEnv("ETNA_SEED");
const SCALE = Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1);

Deno.test(`wrong files, payloads, logs and manifests end in errors or values, seed ${seed}`, async () => {
  const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 256 << 20 });
  const { end, ...kinds } = await trials(core, new SeededRandom(seed));
  for (const trial of Object.values(kinds)) assert(await trial(1000 * SCALE) > 0);
  await end(0);
});
