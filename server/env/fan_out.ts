/** One stream of bytes into several sinks. */

import type { Sink } from "./sink.ts";

/**
 * Gives each of some sinks all bytes. It has room when all of them have: the slowest sets the pace. One that
 * fails is left out; only when none is left does it fail itself.
 */
export class FanOut implements Sink {
  onRoom: () => void = () => {};
  readonly #sinks: Set<Sink>;

  /** @param failed is told of each sink that is left out, and why */
  constructor(sinks: Iterable<Sink>, readonly failed: (sink: Sink, error: unknown) => void) {
    this.#sinks = new Set(sinks);
    for (const sink of this.#sinks) {
      sink.onRoom = () => {
        if (this.hasRoom) this.onRoom();
      };
    }
  }

  get hasRoom(): boolean {
    for (const sink of this.#sinks) if (!sink.hasRoom) return false;
    return true;
  }

  write(bytes: Uint8Array): void {
    for (const sink of this.#sinks) {
      try {
        sink.write(bytes);
      } catch (error) {
        this.#leaveOut(sink, error);
      }
    }
  }

  async finish(): Promise<void> {
    const finishes = [...this.#sinks].map(async (sink) => {
      try {
        await sink.finish();
        return null;
      } catch (error) {
        return { sink, error };
      }
    });
    for (const failure of await Promise.all(finishes)) {
      // Given up meanwhile, it has none of them any more.
      if (failure !== null && this.#sinks.has(failure.sink)) {
        this.#leaveOut(failure.sink, failure.error);
      }
    }
  }

  abort(): void {
    for (const sink of this.#sinks) sink.abort();
    this.#sinks.clear();
  }

  /** @throws what made the last one fail */
  #leaveOut(sink: Sink, error: unknown): void {
    this.#sinks.delete(sink);
    sink.abort();
    this.failed(sink, error);
    if (this.#sinks.size === 0) throw error;
  }
}
