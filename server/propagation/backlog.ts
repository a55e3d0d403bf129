/** The last bytes of the stream of effects, kept in core memory (core-as/assembly/keyspace/backlog.ts). */

import type { Core } from "../../core-as/host/core.ts";

/** A stretch of core memory. @returns false when no more is wanted */
export type Piece = (ptr: number, len: number) => boolean | void;

/** More than this is not kept, whatever is asked for. */
const MAX_BYTES = 2 ** 30;

export class Backlog {
  constructor(readonly core: Core) {}

  get active(): boolean {
    return this.bytes !== 0;
  }
  /** Bytes that it can hold, 0 while there is none. */
  get bytes(): number {
    return this.core.u32[this.core.at.BACKLOG_BYTES];
  }
  /** Bytes that it holds, the newest of the stream. */
  get length(): number {
    return this.core.u32[this.core.at.BACKLOG_LEN];
  }

  /** Makes it, or makes it larger or smaller. @returns false when memory is out: then it is as it was */
  open(bytes: number): boolean {
    const wanted = Math.min(bytes, MAX_BYTES);
    return wanted === this.bytes || this.core.x.backlogOpen(wanted);
  }

  close(): void {
    this.core.x.backlogClose();
  }

  /** Forgets all bytes. */
  clear(): void {
    this.core.x.backlogClear();
  }

  put(ptr: number, len: number): void {
    this.core.x.backlogPut(ptr, len);
  }

  /** Calls `piece` for the newest so many bytes, of which there are as many, in order. */
  pieces(newest: number, piece: Piece): void {
    const { at, u32 } = this.core;
    const ring = u32[at.BACKLOG];
    const next = u32[at.BACKLOG_AT];
    const before = Math.max(0, newest - next);
    if (before !== 0 && piece(ring + this.bytes - before, before) === false) return;
    if (newest !== before) piece(ring + next - (newest - before), newest - before);
  }
}
