/**
 * How much of the time work takes that is done in slices beside clients: a share of what passes, which depends on how
 * busy the server is with them, so that it gets its share however long turns are. What it may take adds up until it
 * is a slice; many short slices are better than few long ones, as who comes during one waits for its end.
 */

/** What work may take: a part of the time that passes, and at most so much at once. */
interface Share {
  readonly part: number;
  readonly mostUs: number;
}

/** The shares of a kind of work. */
export interface Shares {
  /** Where nobody asks for anything. */
  readonly alone: Share;
  /** Beside clients who take some of the time, */
  readonly seen: Share;
  /** and beside those who keep the server busy. */
  readonly busy: Share;
  /** A slice takes so much at least. */
  readonly leastUs: number;
}

/**
 * A snapshot's: all that nobody else wants. Slices of 1 ms one after the other cost SET without pipelines half of its
 * throughput while they made the snapshot in a fifth of the time that a forked process takes (2M keys): there is
 * time to give away.
 */
export const SNAPSHOT: Shares = {
  alone: { part: 1, mostUs: 1000 },
  seen: { part: 0.5, mostUs: 300 },
  busy: { part: 0.15, mostUs: 300 },
  leastUs: 100,
};

/**
 * That of slots that go: another process takes what one has sent, so that on a machine whose cores are all in use
 * clients wait for the system's scheduler, much longer than a slice takes. The shorter the slice, the shorter what the
 * other one does with it.
 */
export const SLOTS: Shares = {
  alone: { part: 0.3, mostUs: 300 },
  seen: { part: 0.2, mostUs: 100 },
  busy: { part: 0.08, mostUs: 50 },
  leastUs: 30,
};

/** How long the time is looked at that serving clients takes. */
const WINDOW_US = 20_000;
/** With less than this part of it there are none, */
const SEEN = 0.002;
/** and with more than this they keep the server busy. */
const BUSY = 0.1;

export class Pace {
  /** Part of the time that clients have taken of late. */
  #load = 0;
  #lookedUs = 0;
  #servedUs = 0;
  /** What the work may take. */
  #creditUs = 0;

  /** @param stats what is known of the time that cycles with requests have taken */
  constructor(
    readonly stats: { readonly loop: { readonly durationUs: number } },
    readonly shares: Shares,
  ) {}

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
    const { alone, seen, busy, leastUs } = this.shares;
    const { part, mostUs } = this.#load < SEEN ? alone : this.#load < BUSY ? seen : busy;
    this.#creditUs = Math.min(mostUs, this.#creditUs + passedUs * part);
    if (this.#creditUs < leastUs) return 0;
    const sliceUs = this.#creditUs;
    this.#creditUs = 0;
    return sliceUs;
  }
}
