/**
 * How much of the time a snapshot takes that is written beside other work: all that nobody else wants, and a share
 * of it where there are clients. Slices of 1 ms one after the other cost SET without pipelines half of its
 * throughput while they made the snapshot in a fifth of the time that a forked process takes (2M keys): there is
 * time to give away.
 */

/** How long the time is looked at that serving clients takes. */
const WINDOW_US = 20_000;
/** With less than this part of it there are none, */
const SEEN = 0.002;
/** and with more than this they keep the server busy. */
const BUSY = 0.1;
/** Without any, a slice at a time: whoever comes meanwhile waits for it. */
const IDLE_SLICE_US = 1000;
/** Beside them, of the time that passes; at least and at most so much at once. */
const SEEN_SHARE = 0.5;
const BUSY_SHARE = 0.15;
const LEAST_US = 100;
const MOST_US = 300;

export class SnapshotPace {
  /** Part of the time that clients have taken of late. */
  #load = 0;
  #lookedUs = 0;
  #servedUs = 0;
  /** What the snapshot may take. */
  #creditUs = 0;

  /** @param stats what is known of the time that cycles with requests have taken */
  constructor(readonly stats: { readonly loop: { readonly durationUs: number } }) {}

  /** @returns us that the next slice may take, 0 where it has to wait */
  budgetUs(nowUs: number): number {
    const { durationUs } = this.stats.loop;
    const passedUs = nowUs - this.#lookedUs;
    // The counter may have begun anew.
    const servedUs = Math.max(0, durationUs - this.#servedUs);
    this.#lookedUs = nowUs;
    this.#servedUs = durationUs;
    if (passedUs <= 0) return 0;
    const weight = Math.min(1, passedUs / WINDOW_US);
    this.#load += (Math.min(1, servedUs / passedUs) - this.#load) * weight;
    if (this.#load < SEEN) return IDLE_SLICE_US;
    const share = this.#load < BUSY ? SEEN_SHARE : BUSY_SHARE;
    this.#creditUs = Math.min(MOST_US, this.#creditUs + passedUs * share);
    if (this.#creditUs < LEAST_US) return 0;
    const sliceUs = this.#creditUs;
    this.#creditUs = 0;
    return sliceUs;
  }
}
