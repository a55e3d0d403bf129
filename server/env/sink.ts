/**
 * Where bytes go that are written piece by piece: a file, a socket, memory, several of them at once.
 *
 * A sink has its own pace. One that is short of room takes what it is given all the same, as a snapshot must
 * write what is about to change before it changes; but whoever writes slice by slice stops while it
 * says so, and is called when there is room again.
 */
export interface Sink {
  /** Whether it wants more now. One that has failed wants more: who gives it some hears why. */
  readonly hasRoom: boolean;
  /** Called each time it has room again; who writes sets it. */
  onRoom: () => void;
  /** Takes bytes, which are there during the call only. @throws Error in the system's words */
  write(bytes: Uint8Array): void;
  /** All is written: fulfilled when it is where it belongs. @throws Error in the system's words */
  finish(): Promise<void>;
  /** Gives up what was written, finished or not yet; any number of times. */
  abort(): void;
}

const NO_BYTES = new Uint8Array();

/** Bytes in memory. */
export class MemorySink implements Sink {
  readonly hasRoom = true;
  onRoom: () => void = () => {};
  /** Made when there is something to hold: many sinks never hold anything. */
  #buffer = NO_BYTES;
  #bytes = 0;

  /** @param firstBytes what it has room for before it has to grow */
  constructor(readonly firstBytes = 4096) {}

  get length(): number {
    return this.#bytes;
  }

  /** What was written; the same memory until more is. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#bytes);
  }

  write(bytes: Uint8Array): void {
    const need = this.#bytes + bytes.length;
    if (need > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(need, this.firstBytes, this.#buffer.length * 2));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#bytes);
    this.#bytes = need;
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  /** Begins anew, in the same memory unless it has grown beyond so much. */
  clear(keptBytes: number): void {
    this.#bytes = 0;
    if (this.#buffer.length > keptBytes) this.#buffer = NO_BYTES;
  }

  abort(): void {
    this.#buffer = NO_BYTES;
    this.#bytes = 0;
  }
}
