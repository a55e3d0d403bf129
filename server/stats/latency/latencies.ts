/**
 * The latencies of all commands, by registry id. Nearly all calls take less than 32 us: those are counted
 * by eighths of a microsecond in one table, 256 counts a command, of which a command that is never called
 * costs no page. Longer ones go to a histogram of the command's own; reading adds the two up.
 *
 * Counting is thus a multiplication and an addition to memory (6 ns in a GET of 200). A histogram of
 * nanoseconds was twice that: its short calls alone lie in a hundred buckets, each another cache line.
 * Redis takes whole microseconds, of which most commands here would have none.
 */

import { bucketOf, type Histogram, makeHistogram } from "./histogram.ts";

const SHORT_US = 32;
const EIGHTHS_PER_US = 8;
const SHORT_COUNTS = SHORT_US * EIGHTHS_PER_US;
const NS_PER_EIGHTH = 125;
const MAX_US = 1e6;

export class Latencies {
  readonly #short: Float64Array;
  readonly #long: (Histogram | undefined)[] = [];

  constructor(commands: number) {
    this.#short = new Float64Array(commands * SHORT_COUNTS);
  }

  /** Counts a call. */
  record(id: number, us: number): void {
    if (us < SHORT_US) this.#short[id * SHORT_COUNTS + (us * EIGHTHS_PER_US | 0)]++;
    else this.#recordLong(id, us);
  }

  #recordLong(id: number, us: number): void {
    const eighths = Math.floor(Math.min(us, MAX_US) * EIGHTHS_PER_US);
    const histogram = this.#long[id] ??= makeHistogram();
    histogram[bucketOf(eighths * NS_PER_EIGHTH)]++;
  }

  /**
   * Gives the table back at once, of which a collector need not know how large it is: programs that start one server
   * after the other would keep those of a hundred. Nothing is counted from then on.
   */
  release(): void {
    (this.#short.buffer as ArrayBuffer).transfer(0);
  }

  /** A copy of a command's counts; null where none of its calls was counted. */
  of(id: number): Histogram | null {
    const long = this.#long[id];
    const short = this.#short.subarray(id * SHORT_COUNTS, (id + 1) * SHORT_COUNTS);
    if (long === undefined && short.every((count) => count === 0)) return null;
    const histogram = long?.slice() ?? makeHistogram();
    // A call of no time at all counts as one of 1 ns, as with Redis.
    short.forEach((count, eighths) => {
      histogram[bucketOf(Math.max(1, eighths * NS_PER_EIGHTH))] += count;
    });
    return histogram;
  }
}
