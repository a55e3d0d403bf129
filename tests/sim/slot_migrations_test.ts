/** Slots that migrate, from some seeds; `deno task sim COUNT FIRST slot-migrations` runs as many as wanted. */

import { flushedSlotMigrations, slotMigrations } from "./slot_migrations.ts";

/**
 * Seeds that failed once: nodes that missed a claim, as its claimant had lost the slot and taken a later epoch; a claim
 * by the epoch that its claimant had before, which nobody could tell of; somebody told of slots that their owner had
 * given away, at once or after a start; a source that did without the answer of a target which was marked as failing,
 * and there; one that claimed other slots while it did not know whether some were still its own.
 */
const FAILED: readonly number[] = [
  ...[207, 226, 10385, 71001335, 71004865, 71005001, 71009835, 71013001, 71014065, 71014497],
  ...[71015240, 71015294, 71018619],
];
const FIRST = Number(Deno.env.get("ETNA_SEED") ?? 1);
const COUNT = 30;

Deno.test(`simulation: slots that migrate between models of servers, from seed ${FIRST}`, async () => {
  for (const seed of FAILED) await slotMigrations(seed);
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await slotMigrations(seed);
});

Deno.test(`simulation: the same with data that are thrown away meanwhile, from seed ${FIRST}`, async () => {
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) await flushedSlotMigrations(seed);
});
