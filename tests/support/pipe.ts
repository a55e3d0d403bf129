/** A sink and a source in one, with room for some bytes: what a socket between two servers is to them. */

import type { Sink } from "../../server/env/sink.ts";
import type { Source } from "../../server/env/source.ts";

export class Pipe implements Sink, Source {
  onRoom: () => void = () => {};
  onMore: () => void = () => {};
  readonly totalBytes = null;
  #bytes: number[] = [];
  #finished = false;
  #failure: Error | null = null;
  /** Bytes in it at most so far. */
  mostBytes = 0;

  /** @param roomBytes which it holds before it says that it is short of room */
  constructor(readonly roomBytes: number) {}

  /** Bytes in it. */
  get length(): number {
    return this.#bytes.length;
  }
  get hasRoom(): boolean {
    return this.#failure !== null || this.#bytes.length < this.roomBytes;
  }
  get ended(): boolean {
    return this.#finished && this.#bytes.length === 0;
  }

  /** Breaks it: both ends hear of it. */
  fail(words: string): void {
    this.#failure = new Error(words);
    this.onRoom();
    this.onMore();
  }

  write(bytes: Uint8Array): void {
    if (this.#failure !== null) throw this.#failure;
    const wasEmpty = this.#bytes.length === 0;
    for (const byte of bytes) this.#bytes.push(byte);
    this.mostBytes = Math.max(this.mostBytes, this.#bytes.length);
    if (wasEmpty && bytes.length !== 0) this.onMore();
  }

  read(into: Uint8Array): number {
    if (this.#failure !== null) throw this.#failure;
    const hadRoom = this.hasRoom;
    const piece = this.#bytes.splice(0, into.length);
    into.set(piece);
    if (!hadRoom && this.hasRoom) this.onRoom();
    return piece.length;
  }

  finish(): Promise<void> {
    this.#finished = true;
    this.onMore();
    return Promise.resolve();
  }

  abort(): void {
    if (!this.#finished) this.fail("Broken pipe");
  }

  close(): void {
    this.fail("Broken pipe");
  }
}
