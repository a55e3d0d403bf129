/**
 * Frees detached databases and large values in slices, so that nobody waits for millions of elements
 * to go.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Clock } from "../env/clock.ts";

/** What lazy freeing needs of the server. */
export interface LazyFreeNeeds {
  readonly core: Core;
  readonly clock: Clock;
}

/** Buckets freed between looks at the clock: some 50 us of work. */
const BUCKETS_PER_STEP = 64;
/** The same for the elements of a value. */
const ELEMENTS_PER_STEP = 128;

export class LazyFree {
  /** Blocks of detached tables (keyspace.ts in the core) and the keys they had. */
  readonly #detached: { block: number; keys: number }[] = [];
  #freedKeys = 0;
  /** Objects freed before counting began anew. */
  #freedBefore = 0;

  constructor(readonly server: LazyFreeNeeds) {}

  /** Objects freed in the background since the start, or since {@link resetStats}. */
  get freed(): number {
    return this.#allFreed - this.#freedBefore;
  }
  get #allFreed(): number {
    const { core } = this.server;
    return this.#freedKeys + core.u32[core.at.FREED_VALUES];
  }

  /** Counts anew what is freed. */
  resetStats(): void {
    this.#freedBefore = this.#allFreed;
  }

  /** Objects waiting to be freed, those of the one under way included. */
  get pending(): number {
    const { core } = this.server;
    const values = core.u32[core.at.PENDING_COUNT];
    return this.#detached.reduce((sum, { keys }) => sum + keys, values);
  }

  /** Empties a database now, its memory later. @returns false when it must be emptied at once */
  detach(db: number): boolean {
    const { x } = this.server.core;
    const keys = x.databaseSize(db);
    const block = x.allocate(64);
    if (block === 0) return false;
    if (!x.detach(db, block)) {
      x.free(block);
      return false;
    }
    this.#detached.push({ block, keys });
    return true;
  }

  /** Frees for at most `budgetUs`. @returns whether work is left */
  run(budgetUs: number): boolean {
    const { server } = this;
    const { core } = server;
    if (this.#detached.length === 0 && core.u32[core.at.PENDING_VALUES] === 0) return false;
    const endUs = server.clock.monotonicUs() + budgetUs;
    while (core.x.pendingFreeStep(ELEMENTS_PER_STEP)) {
      if (server.clock.monotonicUs() > endUs) return true;
    }
    while (this.#detached.length !== 0) {
      const [first] = this.#detached;
      if (core.x.dismantle(first.block, BUCKETS_PER_STEP, core.at.SCRATCH)) {
        this.#freedKeys += first.keys;
        this.#detached.shift();
      }
      if (server.clock.monotonicUs() > endUs) break;
    }
    return this.#detached.length !== 0 || core.u32[core.at.PENDING_VALUES] !== 0;
  }
}
