/** All of the core's databases into a sink: as an RDB file, or as commands. */

import type { Sink } from "../../server/env/sink.ts";
import type { Snapshot, WriteStep } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { fieldsOf, type Replication } from "./replication.ts";

/** Bytes that are written at once: where they are compressed, a third of a millisecond. */
const CHUNK_BYTES = 16 * 1024;

/** What a file says of itself beside the data. */
export interface FileOrigin {
  redisVersion: string;
  /** Libraries of functions that a file held which was loaded. */
  functions: readonly string[];
  /** Where in the history of the data set it stands; null where nobody could go on from there. */
  replication: Replication | null;
  /** What follows the file is in an append-only file. */
  isBase?: boolean;
  /** The highest version it may be of; without one what `rdb-version` says. */
  version?: number;
  /** It is no RDB file but commands that make the data set; these say nothing of themselves. */
  asCommands?: boolean;
}

const noMemory = () => new Error("Write error saving DB: memory is out");

/**
 * Writes all databases step by step: as they are when it is made, if they are to change between steps
 * (a snapshot), or as they are when nobody else runs until it has ended.
 *
 * Where the sink is short of room the steps pause, not the server. What is about to change is written all
 * the same: a sink without room gets what clients change meanwhile, and once each.
 */
export class DatabaseWriter implements Snapshot {
  readonly #saver: number;
  /** Why the sink could not be written on. */
  #error: unknown = null;
  #ended = false;
  /** Keys written, once it has ended. */
  #keys = 0;

  /**
   * @param sink is the writer's from here on
   * @throws Error when the sink refuses, or memory is out for what the file says of itself
   */
  constructor(
    readonly server: Server,
    readonly sink: Sink,
    origin: FileOrigin,
    snapshot: boolean,
  ) {
    const { at, x } = server.core;
    sink.onRoom = () => server.wake();
    server.core.writeFile = (ptr, len) => this.#write(ptr, len);
    const format = origin.asCommands ? at.SAVE_COMMANDS : at.SAVE_RDB;
    const version = versionOf(server, origin);
    this.#saver = x.saveStart(format, version, useOf(server), server.config.values.rdbchecksum);
    try {
      writeHead(server, origin);
    } catch (error) {
      this.discard();
      throw error;
    }
    if (snapshot) x.saveSnapshot(this.#saver);
  }

  get keys(): number {
    return this.#ended ? this.#keys : this.server.core.x.savedKeys(this.#saver);
  }

  write(isUrgent = false): WriteStep {
    // What was written ahead may have failed: then there is nothing to wait for.
    if (this.#error === null && !this.sink.hasRoom && !isUrgent) return "wait";
    const { core } = this.server;
    const { at, x } = core;
    const status = x.saveStep(this.#saver, CHUNK_BYTES);
    if (status === at.SAVE_FAILED) throw this.#error ?? noMemory();
    if (status !== at.SAVE_DONE) return "more";
    this.#end();
    return "done";
  }

  finish(): Promise<void> {
    return this.sink.finish();
  }

  discard(): void {
    this.#end();
    this.sink.abort();
  }

  /** Takes bytes from the core, of a large value perhaps all at once. */
  #write(ptr: number, len: number): boolean {
    try {
      this.sink.write(this.server.core.u8.subarray(ptr, ptr + len));
      return true;
    } catch (error) {
      this.#error = error;
      return false;
    }
  }

  /** Gives the core's part back, whole or not; from here on the data set is free again. */
  #end(): void {
    if (this.#ended) return;
    this.#keys = this.keys;
    this.#ended = true;
    this.server.core.x.saveEnd();
    this.server.core.writeFile = () => false;
  }
}

/**
 * Writes all databases at once into a sink that always has room; finishing it is the caller's.
 *
 * @returns keys written @throws Error when the sink refuses; it is given up then
 */
export function writeDatabases(server: Server, sink: Sink, origin: FileOrigin): number {
  // The core writes one file at a time.
  server.snapshots.interrupt();
  const writer = new DatabaseWriter(server, sink, origin, false);
  try {
    for (;;) {
      const step = writer.write();
      if (step === "done") return writer.keys;
      if (step === "wait") throw new Error("the sink has no room");
    }
  } catch (error) {
    writer.discard();
    throw error;
  }
}

/** The highest version that it may be of; says so where that costs something. */
function versionOf({ config, core, log }: Server, origin: FileOrigin): number {
  const wanted = config.values["rdb-version"];
  const version = wanted === "auto" ? origin.version ?? 11 : Number(wanted);
  if (version < 11 && !origin.asCommands && core.u32[core.at.STREAM_CONSUMERS] > 0) {
    log.notice(`RDB version ${version}: when streams' consumers were last active is left out`);
  }
  return version;
}

/** What is told of how much a key was used: what the eviction policy asks for. */
function useOf(server: Server): number {
  const { at } = server.core;
  const policy = server.config.values["maxmemory-policy"];
  if (policy.includes("lfu")) return at.SAVE_FREQ;
  return /lru|lrm/.test(policy) ? at.SAVE_IDLE : at.SAVE_NO_USE;
}

function writeHead(server: Server, origin: FileOrigin): void {
  const { core } = server;
  const { replication } = origin;
  const fields = [
    ["redis-ver", origin.redisVersion],
    ["redis-bits", "64"],
    ["ctime", `${Math.floor(server.nowMs / 1000)}`],
    ["used-mem", `${core.usedBytes}`],
    ...replication === null ? [] : fieldsOf(replication),
    ["aof-base", origin.isBase ? "1" : "0"],
  ];
  const put = (words: string[], write: () => void) => {
    if (core.withArguments(words, () => (write(), true)) === null) throw noMemory();
  };
  for (const field of fields) put(field, () => core.x.saveAux(0));
  for (const library of origin.functions) put([library], () => core.x.saveFunction(0));
}
