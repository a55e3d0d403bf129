/** A file that takes another one's place when it is whole: a crash leaves the old one or the new one. */

import { type DataFile, type Disk, removeQuietly } from "./disk.ts";
import type { Sink } from "./sink.ts";
import { wordsOf } from "./system_error.ts";

/** Bytes that are written at once. */
const CHUNK_BYTES = 128 * 1024;

/** What a file was at when the disk refused. */
export type FileStep = "create" | "write" | "sync" | "move";

/** Why a file could not be replaced, in the system's words. */
export class FileSinkError extends Error {
  constructor(readonly step: FileStep, cause: unknown) {
    super(wordsOf(cause), { cause });
  }
}

export class FileSink implements Sink {
  readonly hasRoom = true;
  onRoom: () => void = () => {};
  readonly #file: DataFile;
  /** Files are written from memory that nobody else has. */
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #unsyncedBytes = 0;
  #syncing = false;
  /** It is in its place, or given up. */
  #ended = false;

  /**
   * @param temporary its path while it is written
   * @param syncEveryBytes so many bytes wait for the disk at most while it is written, 0 = any number
   * @throws FileSinkError
   */
  constructor(
    readonly disk: Disk,
    readonly path: string,
    readonly temporary: string,
    readonly syncEveryBytes = 0,
  ) {
    this.#file = attempt("create", () => disk.create(temporary));
  }

  write(bytes: Uint8Array): void {
    attempt("write", () => {
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
        const piece = bytes.subarray(at, at + CHUNK_BYTES);
        this.#chunk.set(piece);
        this.#file.write(this.#chunk.subarray(0, piece.length));
      }
    });
    this.#syncBeside(bytes.length);
  }

  /** Has what was written brought to the disk from time to time, so that the end does not wait for it all. */
  #syncBeside(bytes: number): void {
    this.#unsyncedBytes += bytes;
    if (this.syncEveryBytes === 0 || this.#syncing) return;
    if (this.#unsyncedBytes < this.syncEveryBytes) return;
    this.#unsyncedBytes = 0;
    this.#syncing = true;
    // If it fails, the last one will, too: that one is heard.
    this.#file.syncLater().catch(() => {}).finally(() => this.#syncing = false);
  }

  async finish(): Promise<void> {
    try {
      await this.#file.syncLater();
    } catch (error) {
      throw new FileSinkError("sync", error);
    }
    // It was given up meanwhile.
    if (this.#ended) return;
    this.#end();
    try {
      await this.disk.renameLater(this.temporary, this.path);
    } catch (error) {
      throw this.#notMoved(error);
    }
  }

  /** The same, while everybody waits. */
  finishNow(): void {
    attempt("sync", () => this.#file.sync());
    this.#end();
    try {
      this.disk.rename(this.temporary, this.path);
    } catch (error) {
      throw this.#notMoved(error);
    }
  }

  #end(): void {
    this.#ended = true;
    this.#file.close();
  }

  #notMoved(error: unknown): FileSinkError {
    removeQuietly(this.disk, this.temporary);
    return new FileSinkError("move", error);
  }

  abort(): void {
    if (this.#ended) return;
    this.#end();
    removeQuietly(this.disk, this.temporary);
  }
}

function attempt<Result>(step: FileStep, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw new FileSinkError(step, error);
  }
}

/**
 * Replaces a file at once; a device is written to instead, as an administrator's `/dev/null` must stay one.
 *
 * @param temporary the path that it has while it is written @throws Error in the system's words
 */
export function replaceFile(
  disk: Disk,
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
  temporary: string,
): void {
  if (disk.isDevice(path)) {
    const device = disk.create(path);
    try {
      device.write(bytesOf(content));
    } finally {
      device.close();
    }
    return;
  }
  const sink = new FileSink(disk, path, temporary);
  try {
    sink.write(bytesOf(content));
    sink.finishNow();
  } catch (error) {
    sink.abort();
    throw error;
  }
}

/** The same beside other work: fulfilled once it is on the disk. */
export async function replaceFileLater(
  disk: Disk,
  path: string,
  content: string | Uint8Array<ArrayBuffer>,
  temporary: string,
): Promise<void> {
  const sink = new FileSink(disk, path, temporary);
  try {
    sink.write(bytesOf(content));
    await sink.finish();
  } catch (error) {
    sink.abort();
    throw error;
  }
}

const bytesOf = (content: string | Uint8Array<ArrayBuffer>) =>
  typeof content === "string" ? new TextEncoder().encode(content) : content;
