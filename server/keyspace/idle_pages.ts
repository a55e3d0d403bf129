/**
 * Memory goes back to the system by itself: pages of the core that were used, are free, and stay so.
 *
 * What has been free throughout a second is not needed by what goes on now: from {@link KEPT_PAGES} on it
 * is given back in slices between other work. A load that frees and takes the same pages over and over
 * never has that many free for so long, and pays nothing but a look at a counter ten times a second.
 * jemalloc's decay is the same idea with a curve in place of the second.
 */

import type { Core } from "../../core-as/host/core.ts";
import type { PageReleaser } from "../env/network.ts";

/** What giving pages back needs of the server. */
export interface IdlePagesNeeds {
  readonly core: Core;
  readonly pages: PageReleaser;
  readonly nowMs: number;
}

/** Free pages that are kept for what comes next: 16 MiB; half as much again before any goes back. */
const KEPT_PAGES = 4096;
const TOO_MANY_PAGES = 1.5 * KEPT_PAGES;
/** Given back at once: 4 MiB, half a millisecond or so. */
const SLICE_PAGES = 1024;
/** How long pages must have been free. */
const IDLE_MS = 1000;

export class IdlePages {
  /** The fewest that were free since {@link #sinceMs}. */
  #fewest = 0;
  #sinceMs = 0;
  /** How many of those that are free now are to go. */
  #surplus = 0;

  constructor(readonly server: IdlePagesNeeds) {}

  /** Looks at what is free; to be called at each tick. */
  look(): void {
    const { core, nowMs } = this.server;
    const free = core.u32[core.at.DIRTY_PAGES];
    if (this.#sinceMs === 0) this.#begin(free, nowMs);
    else if (free < this.#fewest) this.#fewest = free;
    if (nowMs - this.#sinceMs < IDLE_MS) return;
    this.#surplus = this.#fewest > TOO_MANY_PAGES ? this.#fewest - KEPT_PAGES : 0;
    this.#begin(free, nowMs);
  }

  #begin(free: number, nowMs: number): void {
    this.#fewest = free;
    this.#sinceMs = nowMs;
  }

  /** Gives a slice back. @returns whether more is to go */
  run(): boolean {
    if (this.#surplus === 0) return false;
    const released = this.server.pages.releaseSome(SLICE_PAGES);
    this.#surplus = released === 0 ? 0 : Math.max(0, this.#surplus - released);
    return this.#surplus !== 0;
  }
}
