/** The file `dbfilename` in `dir`: written beside and renamed, read at the start. */

import type { DataFile, Disk } from "../../server/env/disk.ts";
import type { Loaded, SnapshotStore } from "../../server/keyspace/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { readDatabases } from "./reader.ts";
import { writeDatabases } from "./writer.ts";

/** How often the log says how far a load has come. */
const PROGRESS_MS = 10_000;

export class RdbStore implements SnapshotStore {
  /** Libraries of functions that the file held: nothing runs them, but a snapshot keeps them. */
  #functions: string[] = [];

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {}

  #path(name: string): string {
    return `${this.server.config.values.dir}/${name}`;
  }

  save(): number {
    const { server, disk } = this;
    const { dir, dbfilename } = server.config.values;
    const temporary = `temp-${server.process.id}.rdb`;
    let file: DataFile;
    try {
      file = disk.create(this.#path(temporary));
    } catch (error) {
      throw new Error(
        `Failed opening the temp RDB file ${temporary} (in server root dir ${dir}) for saving: ` +
          (error as Error).message,
      );
    }
    try {
      let keys: number;
      try {
        keys = writeDatabases(server, file, {
          redisVersion: this.redisVersion,
          functions: this.#functions,
        });
        file.sync();
      } finally {
        file.close();
      }
      disk.rename(this.#path(temporary), this.#path(dbfilename));
      return keys;
    } catch (error) {
      this.#discard(temporary);
      throw new Error(`Write error saving DB on disk: ${(error as Error).message}`);
    }
  }

  #discard(name: string): void {
    try {
      this.disk.remove(this.#path(name));
    } catch { /* it is not there: then there is nothing to do */ }
  }

  *load(merges: boolean): Generator<void, Loaded | null> {
    const { server: { log, clock, config } } = this;
    const file = this.disk.open(this.#path(config.values.dbfilename));
    if (file === null) return null;
    let saidMs = clock.nowMs();
    try {
      this.#functions = [];
      const loaded = yield* readDatabases(this.server, file, {
        merges,
        onField: (name, value) => this.#told(name, value),
        onFunction: (text) => {
          this.#functions.push(text);
          log.warning("The file has a library of functions: it is kept, but does not run.");
        },
        onProgress: (bytes) => {
          if (clock.nowMs() - saidMs < PROGRESS_MS) return;
          saidMs = clock.nowMs();
          log.notice(`Loading DB: ${Math.floor(bytes / file.bytes * 100)}% of ${file.bytes} bytes`);
        },
      });
      const empty = loaded.empty > 0 ? `, empty keys skipped: ${loaded.empty}` : "";
      const done =
        `Done loading RDB, keys loaded: ${loaded.keys}, keys expired: ${loaded.expired}` +
        `${empty}.`;
      if (loaded.empty > 0) log.warning(done);
      else log.notice(done);
      return loaded;
    } finally {
      file.close();
    }
  }

  /** Logs what a field tells of the file, as Redis does. */
  #told(name: string, value: string): void {
    const { log, nowMs } = this.server;
    if (name === "redis-ver") log.notice(`Loading RDB produced by version ${value}`);
    else if (name === "ctime") {
      const ageS = Math.max(0, Math.floor(nowMs / 1000) - Number(value));
      log.notice(`RDB age ${ageS} seconds`);
    } else if (name === "used-mem") {
      log.notice(`RDB memory usage when created ${(Number(value) / 2 ** 20).toFixed(2)} Mb`);
    }
  }
}
