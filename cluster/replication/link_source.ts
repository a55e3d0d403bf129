/**
 * A data set as it comes over a link: so many bytes, or up to a mark of 40 bytes that was announced before. The
 * last 40 bytes are held back until it is known that they are no mark.
 */

import type { Source } from "../../server/env/source.ts";

export const MARK_BYTES = 40;
/** So much may wait to be read before no more is taken from the socket, and so little when it goes on. */
const FULL_BYTES = 4 << 20;
const LOW_BYTES = 1 << 20;

export class LinkSource implements Source {
  onMore: () => void = () => {};
  /** Bytes that came so far. */
  arrivedBytes = 0;
  #pieces: Uint8Array[] = [];
  /** Bytes in them. */
  #queued = 0;
  #ended = false;
  #failure: Error | null = null;
  #isFull = false;

  /**
   * @param totalBytes null where a mark ends it
   * @param setReading stops and resumes to take bytes from the socket
   */
  constructor(
    readonly totalBytes: number | null,
    readonly mark: string,
    readonly setReading: (reading: boolean) => void,
  ) {
    this.#ended = totalBytes === 0;
  }

  get ended(): boolean {
    return this.#ended && this.#queued === 0;
  }
  /** All has arrived. */
  get whole(): boolean {
    return this.#ended;
  }

  /** Takes bytes, a copy. @returns those behind its end */
  push(bytes: Uint8Array): Uint8Array {
    let own = bytes;
    let rest = bytes.subarray(bytes.length);
    if (this.totalBytes !== null) {
      own = bytes.subarray(0, this.totalBytes - this.arrivedBytes);
      rest = bytes.subarray(own.length);
    }
    this.#pieces.push(own);
    this.#queued += own.length;
    this.arrivedBytes += own.length;
    if (this.totalBytes === null) this.#lookForMark();
    else if (this.arrivedBytes === this.totalBytes) this.#ended = true;
    if (this.#queued > FULL_BYTES && !this.#isFull) {
      this.#isFull = true;
      this.setReading(false);
    }
    if (this.#ended || this.#queued > this.#held) this.onMore();
    return rest;
  }

  get #held(): number {
    return this.totalBytes === null && !this.#ended ? MARK_BYTES : 0;
  }

  #lookForMark(): void {
    if (this.#queued < MARK_BYTES) return;
    const last = this.#last(MARK_BYTES);
    if (String.fromCharCode(...last) !== this.mark) return;
    this.#ended = true;
    this.#drop(MARK_BYTES);
  }

  /** The last bytes of all pieces. */
  #last(count: number): Uint8Array {
    const last = new Uint8Array(count);
    let left = count;
    for (let i = this.#pieces.length - 1; left > 0; i--) {
      const part = this.#pieces[i].subarray(-left);
      left -= part.length;
      last.set(part, left);
    }
    return last;
  }

  #drop(count: number): void {
    this.#queued -= count;
    for (let left = count; left > 0;) {
      const piece = this.#pieces.pop()!;
      const kept = Math.max(0, piece.length - left);
      left -= piece.length - kept;
      if (kept > 0) this.#pieces.push(piece.subarray(0, kept));
    }
  }

  /** The link is gone. */
  fail(reason: string): void {
    this.#failure ??= new Error(reason);
    this.onMore();
  }

  read(into: Uint8Array): number {
    if (this.#failure !== null) throw this.#failure;
    let filled = 0;
    let left = Math.min(into.length, this.#queued - this.#held);
    while (left > 0) {
      const piece = this.#pieces[0];
      const part = piece.subarray(0, left);
      into.set(part, filled);
      filled += part.length;
      left -= part.length;
      if (part.length === piece.length) this.#pieces.shift();
      else this.#pieces[0] = piece.subarray(part.length);
    }
    this.#queued -= filled;
    if (this.#isFull && this.#queued < LOW_BYTES) {
      this.#isFull = false;
      this.setReading(true);
    }
    return filled;
  }

  close(): void {}
}
