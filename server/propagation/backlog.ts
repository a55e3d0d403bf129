/**
 * The last bytes of the stream of effects, kept in blocks of core memory.
 *
 * ```
 *   first block                       last block
 *  [ oldest ......... ] [ ........ ] [ .... newest | free ]
 * ```
 *
 * It keeps as many of the newest as it was told to, and whole blocks before them while somebody still reads
 * there. A turn's bytes are copied once, however many follow; those who read them are given the blocks.
 */

import type { Core } from "../../core-as/host/core.ts";

/** A stretch of core memory. @returns false when no more is wanted */
export type Piece = (ptr: number, len: number) => boolean | void;

export const BLOCK_BYTES = 64 * 1024;
/** More than this is not kept, whatever is asked for. */
const MAX_BYTES = 2 ** 30;
/** Blocks that are gone leave their places in the array until there are so many. */
const GAP = 1024;

interface Block {
  readonly ptr: number;
  len: number;
}

export class Backlog {
  /** Bytes that it keeps at least once there are as many, 0 while there is none. */
  bytes = 0;
  /** Bytes that it holds, the newest of the stream. */
  length = 0;
  #blocks: Block[] = [];
  /** The oldest block. */
  #first = 0;

  constructor(readonly core: Core) {}

  get active(): boolean {
    return this.bytes !== 0;
  }
  /** Memory that it takes. */
  get heldBytes(): number {
    return (this.#blocks.length - this.#first) * BLOCK_BYTES;
  }

  /** Makes it, or has it keep more or fewer. */
  open(bytes: number): void {
    this.bytes = Math.min(Math.max(bytes, 1), MAX_BYTES);
  }

  close(): void {
    this.clear();
    this.bytes = 0;
  }

  /** Forgets all bytes. */
  clear(): void {
    for (let i = this.#first; i < this.#blocks.length; i++) this.core.x.free(this.#blocks[i].ptr);
    this.#blocks = [];
    this.#first = this.length = 0;
  }

  /** Adds bytes of the stream. @returns false when memory is out: then it holds none at all */
  put(ptr: number, len: number): boolean {
    const { core } = this;
    this.length += len;
    let block = this.#blocks.at(-1);
    for (let done = 0; done < len;) {
      if (block === undefined || block.len === BLOCK_BYTES) {
        const room = core.x.allocate(BLOCK_BYTES);
        if (room === 0) {
          this.clear();
          return false;
        }
        block = { ptr: room, len: 0 };
        this.#blocks.push(block);
      }
      const part = Math.min(BLOCK_BYTES - block.len, len - done);
      core.u8.copyWithin(block.ptr + block.len, ptr + done, ptr + done + part);
      block.len += part;
      done += part;
    }
    return true;
  }

  /** Frees blocks beyond what it is to keep, and beyond the newest so many bytes that somebody will still read. */
  trim(wanted: number): void {
    const kept = Math.max(wanted, this.bytes);
    while (this.#first < this.#blocks.length - 1) {
      const { ptr, len } = this.#blocks[this.#first];
      if (this.length - len < kept) break;
      this.core.x.free(ptr);
      this.length -= len;
      this.#first++;
    }
    if (this.#first < GAP) return;
    this.#blocks = this.#blocks.slice(this.#first);
    this.#first = 0;
  }

  /** Calls `piece` for the newest so many bytes, of which there are as many, in order. */
  pieces(newest: number, piece: Piece): void {
    if (newest <= 0) return;
    let at = this.#blocks.length;
    let left = newest;
    while (left > 0) left -= this.#blocks[--at].len;
    // The first one is wanted but for its beginning.
    let skipped = -left;
    for (; at < this.#blocks.length; at++) {
      const { ptr, len } = this.#blocks[at];
      if (len !== skipped && piece(ptr + skipped, len - skipped) === false) return;
      skipped = 0;
    }
  }
}
