/**
 * Expiry of keys. Lazy: the core deletes what a lookup finds expired and logs it. Active: this cycle,
 * which samples the keys that have an expiry, whatever the size of the data set.
 */

import { type Core, STRING_MAX } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../env/clock.ts";
import type { EventName } from "../stats/latency/events.ts";
import type { Stats } from "../stats/stats.ts";
import type { ExpiredKeys, KeyEvents } from "./events.ts";
import { OwnExpiry } from "./own_expiry.ts";

/** What the expiry of keys needs of the server. */
export interface ExpiryNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly config: Config;
  readonly stats: Stats;
  readonly pause: { readonly active: boolean };
  readonly loading: { readonly alone: boolean };
  readonly role: { readonly isReplica: boolean };
  readonly fieldExpiry: ExpiredKeys & { begin(): void };
  readonly changes: KeyEvents;
  readonly propagation: { readonly active: boolean; expired(): void };
  readonly inspectors: { held(event: EventName, us: number): void };
}

/** Keys sampled in one step, at effort 1. */
const SAMPLE_KEYS = 20;
/** Share of expired keys, in percent, above which a database is sampled again; at effort 1. */
const ACCEPTABLE_STALE_PERCENT = 10;
/** Share of the CPU that a cycle may take, in percent; at effort 1. */
const SLOW_CPU_PERCENT = 25;
/** What a sample counts in the average time to live. */
const TTL_SAMPLE_WEIGHT = 0.02;
/** Steps between looks at the clock. */
const STEPS_PER_CLOCK = 8;

export class Expiry {
  /** DEBUG SET-ACTIVE-EXPIRE. */
  active = true;
  #nextDb = 0;
  /** Databases that the cycle under way has not come to or is in; 0 between cycles. */
  #leftDatabases = 0;
  /** Time left for it. */
  #leftUs = 0;
  /** Keys it has looked at, and deleted. */
  #sampled = 0;
  #expired = 0;
  #steps = 0;
  readonly #averageTtlMs: number[] = [];

  /** Of a replica that takes writes. */
  readonly own: OwnExpiry;

  constructor(readonly server: ExpiryNeeds) {
    this.own = new OwnExpiry(server);
  }

  /** Says what a look-up does with what has expired; to be called when the role or a pause may have changed. */
  update(): void {
    const { core, pause, role, loading } = this.server;
    const { EXPIRED_DELETE, EXPIRED_HIDE, EXPIRED_KEEP, EXPIRED_MODE } = core.at;
    // A replica deletes nothing by itself: its primary says what has gone.
    const mode = pause.active || role.isReplica ? EXPIRED_HIDE : EXPIRED_DELETE;
    core.u32[EXPIRED_MODE] = loading.alone ? EXPIRED_KEEP : mode;
    this.own.update();
  }

  /** Whether any key or field has an expiry that this server acts upon. */
  get hasKeys(): boolean {
    const { core, role } = this.server;
    if (role.isReplica) return this.own.count !== 0;
    if (!this.active) return false;
    for (let db = 0; db < core.u32[core.at.DATABASE_COUNT]; db++) {
      if (core.x.expiresSize(db) !== 0) return true;
    }
    return core.x.hashExpiringCount() !== 0;
  }

  /** Begins a cycle; called `hz` times a second. */
  begin(hz: number): void {
    const { server } = this;
    if (!this.active) return;
    const effort = server.config.values["active-expire-effort"] - 1;
    this.#leftUs = (SLOW_CPU_PERCENT + 2 * effort) * 1e6 / hz / 100;
    if (server.role.isReplica) return this.own.begin();
    server.fieldExpiry.begin();
    this.#leftDatabases = server.core.u32[server.core.at.DATABASE_COUNT];
    this.#sampled = this.#expired = 0;
  }

  /**
   * Goes on with the cycle for at most `sliceUs`: databases in turn, each sampled again while more than
   * the acceptable share had expired, until the cycle's time is used up. Redis uses that time in one
   * piece, 25 ms at its default `hz`; in slices between turns nobody has to wait so long.
   *
   * @returns whether some of the cycle is left
   */
  run(sliceUs: number): boolean {
    if (this.server.role.isReplica) return this.#runOwn(sliceUs);
    if (this.#leftDatabases === 0) return false;
    const { clock, pause, stats } = this.server;
    const startUs = clock.monotonicUs();
    const endUs = startUs + Math.min(sliceUs, this.#leftUs);
    let inTime = this.active && !pause.active;
    if (!inTime) this.#leftDatabases = 0;
    while (inTime && this.#leftDatabases > 0) inTime = this.#sample(endUs);
    const tookUs = clock.monotonicUs() - startUs;
    stats.expireCycleUs += tookUs;
    this.server.inspectors.held("expire-cycle", tookUs);
    this.#leftUs -= tookUs;
    if (this.#leftDatabases > 0 && this.#leftUs > 0) return true;
    if (this.#leftDatabases > 0) stats.expiredTimeCapReached++;
    this.#leftDatabases = 0;
    const percent = this.#sampled === 0 ? 0 : this.#expired * 100 / this.#sampled;
    stats.expiredStalePercent = percent * 0.05 + stats.expiredStalePercent * 0.95;
    return false;
  }

  /** The same of a replica's own keys. */
  #runOwn(sliceUs: number): boolean {
    const { clock, pause, role: { isReplica } } = this.server;
    if (!isReplica || pause.active || this.own.count === 0) return false;
    const endUs = clock.monotonicUs() + sliceUs;
    const isLeft = this.own.run(() => clock.monotonicUs() < endUs);
    this.drain();
    return isLeft;
  }

  /** Samples the database whose turn it is until it is done with. @returns false when time is up */
  #sample(endUs: number): boolean {
    const { core, config, clock } = this.server;
    const effort = config.values["active-expire-effort"] - 1;
    const keysPerStep = SAMPLE_KEYS + SAMPLE_KEYS / 4 * effort;
    const acceptable = ACCEPTABLE_STALE_PERCENT - effort;
    const db = this.#nextDb % core.u32[core.at.DATABASE_COUNT];
    while (core.x.expiresSize(db) !== 0) {
      const deleted = core.x.expireSample(db, keysPerStep, core.at.SCRATCH);
      const looked = core.x.keysSampled();
      this.#sampled += looked;
      this.#expired += deleted;
      this.drain();
      this.#noteTtl(db, looked - deleted);
      if (looked === 0 || deleted * 100 / looked <= acceptable) break;
      if (++this.#steps % STEPS_PER_CLOCK === 0 && clock.monotonicUs() > endUs) return false;
    }
    this.#leftDatabases--;
    this.#nextDb = db + 1;
    return true;
  }

  /** An estimate of how long the keys with an expiry have to live. */
  averageTtlMs(db: number): number {
    return this.server.core.x.expiresSize(db) === 0 ? 0 : this.#averageTtlMs[db] ?? 0;
  }

  /** A database was emptied. */
  emptied(db: number): void {
    this.#averageTtlMs[db] = 0;
    this.own.emptied(db);
  }

  /** Two databases were exchanged. */
  swapped(first: number, second: number): void {
    const averages = this.#averageTtlMs;
    [averages[first], averages[second]] = [averages[second] ?? 0, averages[first] ?? 0];
    this.own.swapped(first, second);
  }

  /** Takes a sample of keys that live on into the running average. */
  #noteTtl(db: number, keys: number): void {
    if (keys === 0) return;
    const sampleMs = this.server.core.x.ttlSampled() / keys;
    const before = this.#averageTtlMs[db] ?? 0;
    this.#averageTtlMs[db] = before === 0
      ? sampleMs
      : before * (1 - TTL_SAMPLE_WEIGHT) + sampleMs * TTL_SAMPLE_WEIGHT;
  }

  /** Tells of the keys and fields that the core has deleted since the last call, and of keys it has missed. */
  drain(): void {
    const { core, stats, changes, propagation } = this.server;
    if (propagation.active) propagation.expired();
    this.server.fieldExpiry.drain();
    const { at, u32 } = core;
    const count = u32[at.EXPIRED_COUNT];
    if (count === 0) return;
    stats.expiredKeys += count;
    if (changes.observed) {
      let record = u32[at.EXPIRED_LOG];
      const end = record + u32[at.EXPIRED_LOG_LEN];
      while (record < end) {
        record += 8 + this.#tell(record);
      }
    }
    core.x.clearExpiredLog();
  }

  /** Tells of one record. @returns its key's length */
  #tell(record: number): number {
    const { core } = this.server;
    // Records are packed: their numbers may lie at any address.
    const word = (at: number) =>
      (core.u8[at] | core.u8[at + 1] << 8 | core.u8[at + 2] << 16 | core.u8[at + 3] << 24) >>> 0;
    const len = word(record + 4);
    const db = word(record);
    // Nobody can have asked for a key whose name no string can hold.
    if (len > STRING_MAX) return len;
    const key = core.binary(record + 8, len);
    const { changes, stats } = this.server;
    if (db < core.at.EXPIRED_MISS) changes.changed(db, key, "x", "expired");
    else {
      stats.expiredKeys--;
      changes.happened(db - core.at.EXPIRED_MISS, key, "m", "keymiss");
    }
    return len;
  }
}
