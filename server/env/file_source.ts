/** The bytes of a file. */

import type { DataFile } from "./disk.ts";
import type { Source } from "./source.ts";

/** Bytes that are read at once. */
const CHUNK_BYTES = 256 * 1024;

export class FileSource implements Source {
  ended = false;
  onMore: () => void = () => {};
  /** Bytes given so far. */
  readBytes = 0;
  /** Files are read into memory that nobody else has. */
  readonly #chunk = new Uint8Array(CHUNK_BYTES);

  constructor(readonly file: DataFile) {}

  get totalBytes(): number {
    return this.file.bytes;
  }

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    const count = this.file.read(this.#chunk.subarray(0, into.length));
    into.set(this.#chunk.subarray(0, count));
    this.readBytes += count;
    if (count === 0) this.ended = true;
    return count;
  }

  close(): void {
    this.file.close();
  }
}
