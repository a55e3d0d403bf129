/** What waits to be written to an append-only file: whole units, one behind the other. */

const FIRST_BYTES = 256 * 1024;
/** A buffer that had to grow beyond this is not kept. */
const KEPT_BYTES = 4 * 1024 * 1024;

export class WriteBuffer {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;
  /** When the first of what waits was added. */
  sinceMs = 0;

  /** How many bytes wait. */
  get length(): number {
    return this.#length;
  }
  get waiting(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  add(bytes: Uint8Array, nowMs: number): void {
    if (this.#length === 0) this.sinceMs = nowMs;
    const need = this.#length + bytes.length;
    if (need > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      grown.set(this.waiting);
      this.#bytes = grown;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length = need;
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > KEPT_BYTES) this.#bytes = new Uint8Array(FIRST_BYTES);
  }
}
