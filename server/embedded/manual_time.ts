/**
 * A time of day that stands still until it is moved. The monotonic clock goes on, and jumps with it: by it the server
 * measures its own work, which would never be over if it stood still.
 */

import type { Clock } from "../env/clock.ts";

export class ManualTime implements Clock {
  #nowMs: number;
  #aheadUs = 0;

  /** @param real what it begins at */
  constructor(readonly real: Clock) {
    this.#nowMs = Math.floor(real.nowMs());
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicUs(): number {
    return this.real.monotonicUs() + this.#aheadUs;
  }

  /** @throws RangeError for what time cannot do */
  advance(ms: number): void {
    if (!(ms >= 0 && Number.isFinite(ms))) throw new RangeError(`time cannot advance by ${ms} ms`);
    this.#nowMs += ms;
    this.#aheadUs += ms * 1000;
  }
}
