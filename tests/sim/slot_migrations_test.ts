/** Slots that migrate, from some seeds; `deno task sim COUNT FIRST slot-migrations` runs as many as wanted. */

import { flushedSlotMigrations, slotMigrations } from "./slot_migrations.ts";

/**
 * Seeds that failed once: nodes that missed a claim, as its claimant had lost the slot and taken a later epoch; a claim
 * by the epoch that its claimant had before, which nobody could tell of.
 */
const FAILED: readonly number[] = [207, 226, 10385];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 30;

Deno.test(`simulation: slots that migrate between models of servers, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await slotMigrations(seed);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await slotMigrations(seed);
});

Deno.test(`simulation: the same with data that are thrown away meanwhile, from seed ${FIRST}`, async () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await flushedSlotMigrations(seed);
});
