/**
 * What is still to come by the process's own event loop: files that are synced, names that are looked up, programs
 * that end, timers. While there is none of it, nobody but the server needs that loop, and the server may wait for its
 * sockets by itself (server/loop). Everything that the real environment asks for and does not wait for is counted here.
 */
export class Awaited {
  #promises = 0;
  readonly #timersUs = new Set<{ readonly dueUs: number }>();
  /** No timer is due before. */
  #timerUs = Infinity;

  /** Counts a promise until it is settled. @returns it */
  of<Value>(promise: Promise<Value>): Promise<Value> {
    this.#promises++;
    const settled = () => void this.#promises--;
    promise.then(settled, settled);
    return promise;
  }

  /** Counts a timer that is due then, by the monotonic clock. @returns what is to be called when it is over */
  timer(dueUs: number): () => void {
    const timer = { dueUs };
    this.#timersUs.add(timer);
    this.#timerUs = Math.min(this.#timerUs, dueUs);
    return () => void this.#timersUs.delete(timer);
  }

  /** @returns for how many us from now on nothing is to come; 0: something may at once */
  quietUs(nowUs: number): number {
    if (this.#promises !== 0) return 0;
    if (nowUs >= this.#timerUs) {
      this.#timerUs = Infinity;
      for (const { dueUs } of this.#timersUs) this.#timerUs = Math.min(this.#timerUs, dueUs);
    }
    return Math.max(0, this.#timerUs - nowUs);
  }
}
