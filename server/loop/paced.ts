/** Work that is done in slices while clients are served, at its {@link Pace}. */

import type { Clock } from "../env/clock.ts";
import { Pace, type Shares } from "./pace.ts";

/** What it needs of the server. */
export interface PacedNeeds {
  readonly clock: Clock;
  readonly stats: { readonly loop: { readonly durationUs: number } };
  readonly cronJobs: { readonly paced: { run(nowUs: number): number }[] };
  wake(): void;
}

export class Paced {
  #isDue = false;
  readonly #pace: Pace;

  /**
   * @param work does some until a moment of the monotonic clock in us, at least a little
   * @returns whether there is more to do
   */
  constructor(
    readonly server: PacedNeeds,
    shares: Shares,
    readonly work: (endUs: number) => boolean,
  ) {
    this.#pace = new Pace(server.stats, shares);
  }

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
    const sliceUs = this.#pace.budgetUs(nowUs);
    if (sliceUs === 0) return 1;
    this.#isDue = false;
    if (this.work(this.server.clock.monotonicUs() + sliceUs)) this.#isDue = true;
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
