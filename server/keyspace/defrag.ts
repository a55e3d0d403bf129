/**
 * Defragmentation: when pages hold much that is no block, cycles of defrag.ts in the core run between turns.
 *
 * As in Redis, `active-defrag-ignore-bytes` and `active-defrag-threshold-lower` say from when on, and a cycle
 * takes between `active-defrag-cycle-min` and `-max` percent of the time, the more the nearer the share of what
 * is wasted comes to `-threshold-upper`. Unlike there it is on unless told otherwise: a move costs a copy of some
 * hundred bytes, and memory that cannot be given back to the system can only be used again.
 *
 * A cycle that found something to move is followed by another until less than half of the lower threshold is wasted, as
 * the keys may have been deleted while it went on. What none could move, the parts of large values, it cannot the
 * next time: then one begins when there is a quarter more of it.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Clock } from "../env/clock.ts";
import type { Config } from "../config/config.ts";

/** What defragmentation needs of the server. */
export interface DefragNeeds {
  readonly core: Core;
  readonly clock: Clock;
  readonly config: Config;
}

const PAGE_BYTES = 4096;
/** A slice, and the buckets moved in it between looks at the clock: 5 to 20 us. */
const SLICE_US = 500;
const BUCKETS_PER_STEP = 8;

export class Defrag {
  /** When the next slice may begin, us of the monotonic clock. */
  #nextUs = 0;
  #beganUs = 0;
  #totalUs = 0;
  /** Percent of the time that the cycle under way takes, 0 while there is none. */
  effort = 0;
  /** What the last cycle left wasted, in bytes, and whether it had something to move. */
  #leftBytes = 0;
  #wasOfUse = false;
  /** Blocks moved and others, when the cycle began. */
  #beganAt = [0, 0];

  constructor(readonly server: DefragNeeds) {}

  /** Bytes of pages in use that no block has. */
  get #wastedBytes(): number {
    const { core } = this.server;
    return core.u32[core.at.USED_PAGES] * PAGE_BYTES - core.usedBytes;
  }

  /** Begins a cycle if one is worth it; to be called at each tick. */
  look(): void {
    const { core, config } = this.server;
    const { values } = config;
    if (!values.activedefrag) {
      if (this.effort !== 0) core.x.defragStop();
      return;
    }
    const wasted = this.#wastedBytes;
    // What is used less by now may be moved although it was not before.
    this.#leftBytes = Math.min(this.#leftBytes, wasted);
    const percent = wasted * 100 / Math.max(1, core.usedBytes);
    const lower = values["active-defrag-threshold-lower"];
    if (this.effort === 0) {
      const least = Math.max(values["active-defrag-ignore-bytes"], this.#leftBytes * 1.25);
      if (this.#wasOfUse ? percent < lower / 2 : percent < lower || wasted < least) return;
      this.#begin();
    }
    const upper = Math.max(lower + 1, values["active-defrag-threshold-upper"]);
    const [least, most] = [values["active-defrag-cycle-min"], values["active-defrag-cycle-max"]];
    const share = Math.min(1, Math.max(0, (percent - lower) / (upper - lower)));
    this.effort = Math.max(this.effort, Math.round(least + share * Math.max(0, most - least)));
  }

  /** Begins a cycle however little is wasted, where it is not switched off. */
  begin(): void {
    if (!this.server.config.values.activedefrag || this.effort !== 0) return;
    this.#begin();
    this.effort = this.server.config.values["active-defrag-cycle-max"];
  }

  #begin(): void {
    this.server.core.x.defragStart();
    this.#beganAt = this.#counts();
    this.#beganUs = this.#nextUs = this.server.clock.monotonicUs();
  }

  /** Goes on with a cycle. @returns ms until it wants to be called again */
  run(): number {
    if (this.effort === 0) return Infinity;
    const { core, clock } = this.server;
    // The writer of a snapshot knows where entries are.
    if (core.u32[core.at.SNAPSHOT] !== 0) return Infinity;
    const startUs = clock.monotonicUs();
    if (startUs < this.#nextUs) return Math.ceil((this.#nextUs - startUs) / 1000);
    let endUs = startUs;
    let goesOn = true;
    while (goesOn && endUs - startUs < SLICE_US) {
      goesOn = core.x.defragStep(BUCKETS_PER_STEP);
      endUs = clock.monotonicUs();
    }
    this.#nextUs = startUs + Math.max(endUs - startUs, 1) * 100 / this.effort;
    if (goesOn) return Math.ceil((this.#nextUs - endUs) / 1000);
    this.#totalUs += endUs - this.#beganUs;
    this.#leftBytes = this.#wastedBytes;
    const [hits, misses] = this.#counts().map((count, i) => count - this.#beganAt[i]);
    this.#wasOfUse = hits * 100 > misses;
    this.effort = 0;
    return Infinity;
  }

  #counts(): number[] {
    const { u32, at } = this.server.core;
    return [u32[at.DEFRAG_HITS], u32[at.DEFRAG_MISSES]];
  }

  /** Ms that cycles have lasted: all together, and the one under way. */
  get totalMs(): number {
    return Math.floor(this.#totalUs / 1000) + this.currentMs;
  }
  get currentMs(): number {
    if (this.effort === 0) return 0;
    return Math.floor((this.server.clock.monotonicUs() - this.#beganUs) / 1000);
  }

  /** Counts anew what is moved. */
  resetStats(): void {
    const { core } = this.server;
    const { DEFRAG_HITS, DEFRAG_MISSES, DEFRAG_KEY_HITS, DEFRAG_KEY_MISSES } = core.at;
    for (const cell of [DEFRAG_HITS, DEFRAG_MISSES, DEFRAG_KEY_HITS, DEFRAG_KEY_MISSES]) {
      core.u32[cell] = 0;
    }
    this.#totalUs = 0;
  }
}
