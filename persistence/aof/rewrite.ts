/**
 * A rewrite under way. It begins once the disk has the name of the file that follows it, which takes as long as
 * the disk likes; its moment is when it begins.
 */

import type { Snapshot, WriteStep } from "../../server/saving/snapshots.ts";

export class Rewrite implements Snapshot {
  #snapshot: Snapshot | null = null;
  /** What it waits for has failed. */
  #trouble: { error: unknown } | null = null;
  #isReady = false;
  #isDiscarded = false;

  /**
   * @param begin turns to the file that follows, and begins the base @throws Error
   * @param place gives the base its place among the files
   */
  constructor(readonly begin: () => Snapshot, readonly place: () => Promise<void>) {}

  /** Begins now. @throws Error */
  start(): this {
    this.#snapshot = this.begin();
    return this;
  }

  /** Begins with a later step. @param onReady is called when there may be one */
  startAfter(ready: Promise<void>, onReady: () => void): this {
    ready.then(
      () => this.#isReady = true,
      (error) => this.#trouble = { error },
    ).finally(onReady);
    return this;
  }

  get keys(): number {
    return this.#snapshot?.keys ?? 0;
  }

  write(isUrgent?: boolean): WriteStep {
    if (this.#trouble !== null) throw this.#trouble.error;
    if (this.#snapshot === null) {
      if (!this.#isReady) return "wait";
      this.start();
    }
    return this.#snapshot!.write(isUrgent);
  }

  async finish(): Promise<void> {
    await this.#snapshot!.finish();
    if (!this.#isDiscarded) await this.place();
  }

  discard(): void {
    this.#isDiscarded = true;
    this.#snapshot?.discard();
  }
}
