/** A whole RDB file from the core's databases. */

import type { DataFile } from "../../server/env/disk.ts";
import type { Server } from "../../server/server.ts";

/** Bytes that are written at once. */
const CHUNK_BYTES = 256 * 1024;
/** With `rdb-save-incremental-fsync`, so many bytes wait for the disk at most. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** The version that a file says it is of. */
export interface FileOrigin {
  redisVersion: string;
  /** Libraries of functions that a file held which was loaded. */
  functions: readonly string[];
  /** What follows the file is in an append-only file. */
  isBase?: boolean;
}

/**
 * Writes all databases, at once: the data set does not change meanwhile.
 *
 * @returns keys written @throws Error when memory is out or the disk refuses
 */
export function writeDatabases(server: Server, file: DataFile, origin: FileOrigin): number {
  const { core } = server;
  const { at, x } = core;
  const { rdbchecksum, "rdb-save-incremental-fsync": syncs } = server.config.values;
  const saver = x.saveStart(useOf(server), rdbchecksum);
  if (saver === 0) throw new Error("no memory to save");
  try {
    writeHead(server, origin);
    let unsyncedBytes = 0;
    for (;;) {
      const status = x.saveStep(saver, CHUNK_BYTES);
      if (status === at.SAVE_FAILED) throw new Error("no memory to save");
      const bytes = core.bytes(core.u32[at.RDB_SINK], core.u32[at.RDB_SINK_LEN]);
      file.write(bytes);
      x.saveTaken();
      unsyncedBytes += bytes.length;
      if (syncs && unsyncedBytes > SYNC_BYTES) {
        file.sync();
        unsyncedBytes = 0;
      }
      if (status === at.SAVE_DONE) return x.savedKeys(saver);
    }
  } finally {
    x.saveEnd(saver);
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
    if (core.withArguments(words, () => (write(), true)) === null) {
      throw new Error("no memory to save");
    }
  };
  for (const field of fields) put(field, () => core.x.saveAux(0));
  for (const library of origin.functions) put([library], () => core.x.saveFunction(0));
}
