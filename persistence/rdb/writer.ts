/** A whole RDB file from the core's databases. */

import type { DataFile } from "../../server/env/disk.ts";
import type { Server } from "../../server/server.ts";

/** Bytes that are written at once. */
const CHUNK_BYTES = 64 * 1024;
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
  #unsyncedBytes = 0;
  #syncing = false;
  #ended = false;
  /** Keys written, once it has ended. */
  #keys = 0;

  /** @throws Error when memory is out */
  constructor(
    readonly server: Server,
    readonly file: DataFile,
    origin: FileOrigin,
    snapshot: boolean,
  ) {
    const { x } = server.core;
    this.#saver = x.saveStart(useOf(server), server.config.values.rdbchecksum);
    if (this.#saver === 0) throw noMemory();
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
    if (status === at.SAVE_FAILED) throw noMemory();
    const bytes = core.bytes(core.u32[at.RDB_SINK], core.u32[at.RDB_SINK_LEN]);
    x.saveTaken();
    this.file.write(bytes);
    this.#sync(bytes.length);
    return status === at.SAVE_DONE;
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
    this.server.core.x.saveEnd(this.#saver);
  }
}

/**
 * Writes all databases at once.
 *
 * @returns keys written @throws Error when memory is out or the disk refuses
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
