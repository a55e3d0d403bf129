/**
 * Work that is done in slices while clients are served, with a rest after each: on a machine whose cores are all in
 * use, slices without a rest would make clients wait for the system's scheduler, much longer than a slice takes. A
 * slice takes a share of the time that has passed since the last one, so that the work gets its share however
 * long turns are. Many short slices are better than few long ones: who comes during one waits for its end. Where
 * nobody has asked for anything since the last one, nobody would wait, and it may take more.
 */

import type { Clock } from "../env/clock.ts";

/** What it needs of the server. */
export interface PacedNeeds {
  readonly clock: Clock;
  readonly stats: { readonly readEvents: number };
  readonly cronJobs: { readonly paced: { run(nowUs: number): number }[] };
  wake(): void;
}

/** Of the time that has passed, with clients and without; at least and at most so much at once. */
const SHARE = 0.1;
const CALM_SHARE = 0.3;
const LEAST_US = 30;
const MOST_US = 300;
const REST_US = 300;

export class Paced {
  #isDue = false;
  #endedUs = 0;
  /** Reads of clients' requests when it ended. */
  #readEvents = 0;

  /**
   * @param work does some until a moment of the monotonic clock in us, at least a little
   * @returns whether there is more to do
   */
  constructor(readonly server: PacedNeeds, readonly work: (endUs: number) => boolean) {}

  /** Has it begin, or go on; it ends by itself. */
  wake(): void {
    const { cronJobs } = this.server;
    if (this.#isDue) return;
    this.#isDue = true;
    if (!cronJobs.paced.includes(this)) cronJobs.paced.push(this);
    this.server.wake();
  }

  /** Does a slice where one is due. @returns ms until the next one is, Infinity without */
  run(nowUs: number): number {
    if (!this.#isDue) return Infinity;
    const restUs = nowUs - this.#endedUs;
    if (restUs < REST_US) return 1;
    this.#isDue = false;
    const { clock, stats: { readEvents } } = this.server;
    const share = readEvents === this.#readEvents ? CALM_SHARE : SHARE;
    const sliceUs = Math.min(Math.max(restUs * share, LEAST_US), MOST_US);
    this.#readEvents = readEvents;
    if (this.work(clock.monotonicUs() + sliceUs)) this.#isDue = true;
    this.#endedUs = clock.monotonicUs();
    return this.#isDue ? 1 : Infinity;
  }

  /** It is not needed any more. */
  close(): void {
    const { paced } = this.server.cronJobs;
    const at = paced.indexOf(this);
    if (at >= 0) paced.splice(at, 1);
    this.#isDue = false;
  }
}
