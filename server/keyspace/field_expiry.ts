/**
 * Expiry of the fields of hashes. Lazy: the core deletes a field that a command names and finds past its
 * time. Active: a round through the hashes that have such fields, a slice of it a turn. Either way the core logs what
 * it deleted (hash_expiry.ts), and {@link FieldExpiry.drain} tells of it.
 */

import { type Core, STRING_MAX } from "../../core-as/host/core.ts";
import type { Clock } from "../env/clock.ts";
import type { KeyEvents } from "./events.ts";

/** What the expiry of fields needs of the server. */
export interface FieldExpiryNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly changes: KeyEvents;
  readonly propagation: { readonly active: boolean; expired(): void };
}

/** Hashes looked at and buckets passed between looks at the clock: some 100 us of work. */
const STEP = 256;
/** Bytes of a record's numbers. */
const RECORD_HEADER = 12;
/** Bit of a record's key length: the key went with the field. */
const GONE = 0x80000000;

export class FieldExpiry {
  /** Fields deleted by time since the start. */
  expired = 0;
  /** Hashes that the round under way has not come to. */
  #left = 0;

  constructor(readonly server: FieldExpiryNeeds) {}

  /** Begins a round through the hashes that have such fields; called `hz` times a second. */
  begin(): void {
    this.#left = this.server.core.x.hashExpiringCount();
  }

  /** Goes on with the round for at most `budgetUs`. @returns whether some of it is left */
  run(budgetUs: number): boolean {
    if (this.#left <= 0) return false;
    const { core, clock } = this.server;
    const endUs = clock.monotonicUs() + budgetUs;
    do {
      this.#left -= core.x.hashExpireStep(STEP);
      if (core.x.hashExpiringCount() === 0) this.#left = 0;
    } while (this.#left > 0 && clock.monotonicUs() < endUs);
    this.drain();
    return this.#left > 0;
  }

  /** Tells of the fields that the core has deleted since the last call. */
  drain(): void {
    const { core, changes, propagation } = this.server;
    if (propagation.active) propagation.expired();
    const { at, u32 } = core;
    const bytes = u32[at.HASH_EXPIRED_LOG_LEN];
    if (bytes === 0) return;
    let record = u32[at.HASH_EXPIRED_LOG];
    const end = record + bytes;
    let told = "";
    while (record < end) {
      const [db, key, field] = [0, 4, 8].map((offset) => this.#word(record + offset));
      const keyLen = (key & ~GONE) >>> 0;
      this.expired++;
      if (changes.observed && keyLen <= STRING_MAX) {
        told = this.#tell(db, core.binary(record + RECORD_HEADER, keyLen), key, told);
      }
      record += RECORD_HEADER + keyLen + field;
    }
    core.x.hashClearExpiredLog();
  }

  /** Tells of a record, once for all fields of a hash that went together. @returns what was told of */
  #tell(db: number, name: string, key: number, told: string): string {
    const place = `${db} ${name}`;
    if (told !== place) this.server.changes.changed(db, name, "h", "hexpired");
    if ((key & GONE) !== 0) this.server.changes.changed(db, name, "g", "del");
    return place;
  }

  /** Records are packed: their numbers may lie at any address. */
  #word(at: number): number {
    const { u8 } = this.server.core;
    return (u8[at] | u8[at + 1] << 8 | u8[at + 2] << 16 | u8[at + 3] << 24) >>> 0;
  }
}
