/** What waits to be written to an append-only file: whole units, one behind the other. */

import { MemorySink } from "../../server/env/sink.ts";

const FIRST_BYTES = 256 * 1024;
/** A buffer that had to grow beyond this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;

export class WriteBuffer {
  readonly #sink = new MemorySink(FIRST_BYTES);
  /** When the first of what waits was added. */
  sinceMs = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#sink.length;
  }
  get waiting(): Uint8Array<ArrayBuffer> {
    return this.#sink.bytes;
  }

  add(bytes: Uint8Array, nowMs: number): void {
    if (this.length === 0) this.sinceMs = nowMs;
    this.#sink.write(bytes);
  }

  clear(): void {
    this.#sink.clear(KEPT_BYTES);
  }
}
