/** A whole RDB file from the core's databases. */

import type { DataFile } from "../../server/env/disk.ts";
import type { Server } from "../../server/server.ts";

/** Bytes that are written at once. */
const CHUNK_BYTES = 64 * 1024;
/** Bytes of a large value that are copied at once. */
const PIECE_BYTES = 256 * 1024;
/** With `rdb-save-incremental-fsync`, so many bytes wait for the disk at most. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** What a file says of itself beside the data. */
export interface FileOrigin {
  redisVersion: string;
  /** Libraries of functions that a file held which was loaded. */
  functions: readonly string[];
  /** What follows the file is in an append-only file. */
  isBase?: boolean;
}

const noMemory = () => new Error("memory is out");

/**
 * Writes all databases step by step: as they are when it is made, if they are to change between steps
 * (a snapshot), or as they are when nobody else runs until it has ended.
 */
export class DatabaseWriter {
  readonly #saver: number;
  /** Why the file could not be written on. */
  #error: unknown = null;
  #unsyncedBytes = 0;
  #syncing = false;
  #ended = false;
  /** Keys written, once it has ended. */
  #keys = 0;

  /** @throws Error when the disk refuses, or memory is out for what the file says of itself */
  constructor(
    readonly server: Server,
    readonly file: DataFile,
    origin: FileOrigin,
    snapshot: boolean,
  ) {
    const { x } = server.core;
    server.core.writeFile = (ptr, len) => this.#write(ptr, len);
    this.#saver = x.saveStart(useOf(server), server.config.values.rdbchecksum);
    try {
      writeHead(server, origin);
    } catch (error) {
      this.end();
      throw error;
    }
    if (snapshot) x.saveSnapshot(this.#saver);
  }

  get keys(): number {
    return this.#ended ? this.#keys : this.server.core.x.savedKeys(this.#saver);
  }

  /** Writes the next chunk. @returns whether it was the last @throws Error that says why it could not */
  step(): boolean {
    const { core } = this.server;
    const { at, x } = core;
    const status = x.saveStep(this.#saver, CHUNK_BYTES);
    if (status === at.SAVE_FAILED) throw this.#error ?? noMemory();
    return status === at.SAVE_DONE;
  }

  /** Takes bytes from the core, of a large value perhaps all at once: never more than some are copied. */
  #write(ptr: number, len: number): boolean {
    const { core } = this.server;
    try {
      for (let done = 0; done < len; done += PIECE_BYTES) {
        this.file.write(core.bytes(ptr + done, Math.min(PIECE_BYTES, len - done)));
      }
      this.#sync(len);
      return true;
    } catch (error) {
      this.#error = error;
      return false;
    }
  }

  /** Has what was written brought to the disk from time to time, so that the end does not wait for it all. */
  #sync(bytes: number): void {
    if (!this.server.config.values["rdb-save-incremental-fsync"]) return;
    this.#unsyncedBytes += bytes;
    if (this.#unsyncedBytes < SYNC_BYTES || this.#syncing) return;
    this.#unsyncedBytes = 0;
    this.#syncing = true;
    // If it fails, the last one will, too: that one is heard.
    this.file.syncLater().catch(() => {}).finally(() => this.#syncing = false);
  }

  /** Gives the core's part back, whole or not; from here on the data set is free again. */
  end(): void {
    if (this.#ended) return;
    this.#keys = this.keys;
    this.#ended = true;
    this.server.core.x.saveEnd();
    this.server.core.writeFile = () => false;
  }
}

/**
 * Writes all databases at once.
 *
 * @returns keys written @throws Error when the disk refuses
 */
export function writeDatabases(server: Server, file: DataFile, origin: FileOrigin): number {
  // The core writes one file at a time.
  server.snapshots.interrupted();
  const writer = new DatabaseWriter(server, file, origin, false);
  try {
    while (!writer.step());
    return writer.keys;
  } finally {
    writer.end();
  }
}

/** What is told of how much a key was used: what the eviction policy asks for. */
function useOf(server: Server): number {
  const { at } = server.core;
  const policy = server.config.values["maxmemory-policy"];
  if (policy.includes("lfu")) return at.SAVE_FREQ;
  return policy.includes("lru") ? at.SAVE_IDLE : at.SAVE_NO_USE;
}

function writeHead(server: Server, origin: FileOrigin): void {
  const { core } = server;
  const fields = [
    ["redis-ver", origin.redisVersion],
    ["redis-bits", "64"],
    ["ctime", `${Math.floor(server.nowMs / 1000)}`],
    ["used-mem", `${core.usedBytes}`],
    ["aof-base", origin.isBase ? "1" : "0"],
  ];
  const put = (words: string[], write: () => void) => {
    if (core.withArguments(words, () => (write(), true)) === null) throw noMemory();
  };
  for (const field of fields) put(field, () => core.x.saveAux(0));
  for (const library of origin.functions) put([library], () => core.x.saveFunction(0));
}
