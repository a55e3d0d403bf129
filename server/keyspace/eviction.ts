/**
 * maxmemory: before a command that needs memory runs, keys are evicted until what is used is within
 * the limit. Which ones is chosen by sampling (eviction.ts in the core).
 *
 * A command waits for at most the time that `maxmemory-eviction-tenacity` allows; what is left to do
 * is done between turns. It is refused only when nothing more can be evicted.
 */

import { type Core, STRING_MAX } from "../../core-as/host/core.ts";
import type { Config } from "../config/config.ts";
import type { Clock } from "../env/clock.ts";
import { flagBits } from "../commands/facts.ts";
import type { GateRow } from "../gates/gates.ts";
import { errors } from "../resp/errors.ts";
import type { EventName } from "../stats/latency/events.ts";
import type { Stats } from "../stats/stats.ts";
import type { KeyEvents } from "./events.ts";
import { Gate } from "../net/connection.ts";
import type { LazyFree } from "./lazyfree.ts";

/** What eviction needs of the server. */
export interface EvictionNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly config: Config;
  readonly role: { readonly isReplica: boolean };
  readonly stats: Stats;
  readonly pause: { readonly active: boolean };
  readonly lazyFree: LazyFree;
  readonly changes: KeyEvents;
  readonly propagation: { readonly active: boolean; evicted(db: number, key: string): void };
  readonly inspectors: { held(event: EventName, us: number): void };
  readonly output: { beforeCommand: boolean };
}

/** Keys evicted between looks at the clock. */
const KEYS_PER_CLOCK = 16;
/** Time for an eviction per point of tenacity up to 10; above, 15 % more a point. */
const US_PER_TENACITY = 50;
const TENACITY_GROWTH = 1.15;
/** Slice in which pending deletions are carried out to make room. */
const FREE_US = 2000;

type Outcome = "enough" | "going on" | "failed";

export class Eviction {
  /** Since when memory has been over the limit, ms of the monotonic clock; 0 = it is not. */
  #overSinceMs = 0;
  /** Where the random policies go on. */
  #nextDb = 0;
  #unfinished = false;
  /** Database of the entry just chosen. */
  #db = 0;

  constructor(readonly server: EvictionNeeds) {
    server.config.onChange("maxmemory-policy", () => server.core.x.evictionReset());
  }

  /** What needs memory, and what is kept for EXEC, is refused where none can be made. */
  readonly gate: GateRow = {
    name: "memory",
    connections: Gate.MULTI,
    commands: () => this.server.config.values.maxmemory > 0 ? flagBits.denyoom : 0,
    refuse: ({ bits, queues }) => {
      if (!queues && (bits & flagBits.denyoom) === 0) return null;
      return this.makeRoom() ? null : errors.oom;
    },
  };

  /** Ms since memory got over the limit, 0 while it is not. */
  exceededMs(): number {
    return this.#overSinceMs === 0 ? 0 : this.#nowMs() - this.#overSinceMs;
  }

  /** Makes room. @returns whether a command that needs memory may run */
  makeRoom(): boolean {
    if (!this.#isOver()) return true;
    const { output } = this.server;
    output.beforeCommand = true;
    try {
      return this.#evictTimed(this.#budgetUs()) !== "failed";
    } finally {
      output.beforeCommand = false;
    }
  }

  /** Goes on with what a command's time was too short for. @returns whether work is left */
  slice(budgetUs: number): boolean {
    if (!this.#unfinished) return false;
    this.#unfinished = this.#isOver() && this.#evictTimed(budgetUs) === "going on";
    return this.#unfinished;
  }

  /** Has keys evicted soon: the limit was lowered. */
  start(): void {
    this.#unfinished = true;
  }

  #isOver(): boolean {
    const { server } = this;
    const { maxmemory: limit, "replica-ignore-maxmemory": ignores } = server.config.values;
    // What a replica holds is its primary's to decide.
    if (server.role.isReplica && ignores) return false;
    const isOver = limit !== 0 && server.core.usedBytes > limit;
    if (isOver && this.#overSinceMs === 0) this.#overSinceMs = this.#nowMs();
    else if (!isOver && this.#overSinceMs !== 0) {
      server.stats.evictionExceededMs += this.exceededMs();
      this.#overSinceMs = 0;
    }
    return isOver;
  }

  #nowMs(): number {
    return this.server.clock.monotonicUs() / 1000;
  }

  #budgetUs(): number {
    const tenacity = this.server.config.values["maxmemory-eviction-tenacity"];
    if (tenacity >= 100) return Infinity;
    if (tenacity <= 10) return US_PER_TENACITY * tenacity;
    return US_PER_TENACITY * 10 * TENACITY_GROWTH ** (tenacity - 10);
  }

  #evictTimed(budgetUs: number): Outcome {
    const { clock, inspectors } = this.server;
    const startUs = clock.monotonicUs();
    const outcome = this.#evict(budgetUs);
    inspectors.held("eviction-cycle", clock.monotonicUs() - startUs);
    return outcome;
  }

  #evict(budgetUs: number): Outcome {
    const { server } = this;
    // While the data set stands still nothing may leave it; commands that need memory are held too.
    if (server.pause.active) return "enough";
    const policy = server.config.values["maxmemory-policy"];
    if (policy === "noeviction") return this.#awaitFree();
    const endUs = server.clock.monotonicUs() + budgetUs;
    for (let evicted = 1; this.#isOver(); evicted++) {
      // What the last one has left to be freed counts before another one goes.
      if (server.core.u32[server.core.at.PENDING_VALUES] !== 0) {
        server.lazyFree.run(FREE_US);
        if (!this.#isOver()) break;
      }
      const entry = this.#choose(policy);
      if (entry === 0) return this.#awaitFree();
      this.#remove(entry);
      if (evicted % KEYS_PER_CLOCK === 0 && server.clock.monotonicUs() > endUs) {
        this.#unfinished = true;
        return "going on";
      }
    }
    return "enough";
  }

  /** Nothing can be evicted: what is deleted and not yet freed may be room enough. */
  #awaitFree(): Outcome {
    const { lazyFree } = this.server;
    while (this.#isOver()) {
      if (!lazyFree.run(FREE_US)) return this.#isOver() ? "failed" : "enough";
    }
    return "enough";
  }

  /** The entry to evict, 0 when there is none; its database is told by {@link #db}. */
  #choose(policy: string): number {
    const { core } = this.server;
    const { x, at } = core;
    const volatile = policy.startsWith("volatile");
    if (policy.endsWith("random")) return this.#chooseRandom(volatile);
    const ranking = policy.endsWith("lru") || policy.endsWith("lrm")
      ? at.EVICT_LRU
      : policy.endsWith("lfu")
      ? at.EVICT_LFU
      : at.EVICT_TTL;
    const samples = this.server.config.values["maxmemory-samples"];
    for (;;) {
      let keys = 0;
      for (let db = 0; db < core.u32[at.DATABASE_COUNT]; db++) {
        const size = volatile ? x.expiresSize(db) : x.databaseSize(db);
        if (size === 0) continue;
        keys += size;
        x.evictionSample(db, volatile, ranking, samples);
      }
      if (keys === 0) return 0;
      const entry = x.evictionBest(volatile);
      this.#db = x.evictionDatabase();
      if (entry !== 0) return entry;
    }
  }

  #chooseRandom(volatile: boolean): number {
    const { core } = this.server;
    const databases = core.u32[core.at.DATABASE_COUNT];
    for (let seen = 0; seen < databases; seen++) {
      this.#db = this.#nextDb++ % databases;
      const entry = core.x.evictionRandom(this.#db, volatile);
      if (entry !== 0) return entry;
    }
    return 0;
  }

  #remove(entry: number): void {
    const { server } = this;
    const { core } = server;
    server.stats.evictedKeys++;
    const { changes, propagation } = server;
    if (!changes.observed && !propagation.active) return core.x.entryDelete(this.#db, entry);
    core.x.keyOf(entry);
    const [name, len] = [core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]];
    // Who follows and cannot be told of a name that no string can hold begins anew.
    const key = len <= STRING_MAX ? core.binary(name, len) : null;
    core.x.entryDelete(this.#db, entry);
    if (key === null) {
      if (propagation.active) core.u32[core.at.EFFECTS_LOST] = 1;
      return;
    }
    if (propagation.active) propagation.evicted(this.#db, key);
    if (changes.observed) changes.changed(this.#db, key, "e", "evicted");
  }
}
