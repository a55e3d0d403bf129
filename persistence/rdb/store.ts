/** The file `dbfilename` in `dir`: written beside and renamed, read at the start. */

import type { DataFile, Disk } from "../../server/env/disk.ts";
import type { Loaded, Snapshot, SnapshotStore } from "../../server/keyspace/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { readDatabases } from "./reader.ts";
import { DatabaseWriter } from "./writer.ts";

/** How often the log says how far a load has come. */
const PROGRESS_MS = 10_000;

/** Distinguishes the temporary files of a process. */
interface Names {
  temporary: string;
  final: string;
}

/** A file that is written beside the last one, and takes its place when it is whole. */
class FileSnapshot implements Snapshot {
  readonly file: DataFile;
  readonly #writer: DatabaseWriter;
  readonly #names: Names;
  readonly #directory: string;
  #closed = false;

  /** @throws Error in the words of Redis's log */
  constructor(readonly store: RdbStore, changes: boolean) {
    const { server, disk } = store;
    const { dir, dbfilename } = server.config.values;
    const name = `temp-${changes ? "bg" : ""}${server.process.id}.rdb`;
    this.#names = { temporary: store.path(name), final: store.path(dbfilename) };
    this.#directory = dir;
    try {
      this.file = disk.create(this.#names.temporary);
    } catch (error) {
      throw new Error(
        `Failed opening the temp RDB file ${name} (in server root dir ${dir}) for saving: ` +
          (error as Error).message,
      );
    }
    const { redisVersion, functions } = store;
    try {
      this.#writer = new DatabaseWriter(server, this.file, { redisVersion, functions }, changes);
    } catch (error) {
      this.#close();
      throw new Error(`Write error saving DB on disk: ${(error as Error).message}`);
    }
  }

  get keys(): number {
    return this.#writer.keys;
  }

  write(): boolean {
    try {
      if (!this.#writer.step()) return false;
    } catch (error) {
      throw new Error(`Write error saving DB on disk: ${(error as Error).message}`);
    }
    this.#writer.end();
    return true;
  }

  async synced(): Promise<void> {
    await this.file.syncLater();
  }

  publish(): void {
    this.file.close();
    this.#closed = true;
    const { temporary, final } = this.#names;
    try {
      this.store.disk.rename(temporary, final);
    } catch (error) {
      this.#remove();
      throw new Error(
        `Error moving temp DB file ${temporary} on the final destination ${final} (in server root ` +
          `dir ${this.#directory}): ${(error as Error).message}`,
      );
    }
  }

  discard(): void {
    this.#writer.end();
    if (!this.#closed) this.#close();
  }

  #close(): void {
    this.file.close();
    this.#closed = true;
    this.#remove();
  }

  #remove(): void {
    try {
      this.store.disk.remove(this.#names.temporary);
    } catch { /* it is not there: then there is nothing to do */ }
  }
}

export class RdbStore implements SnapshotStore {
  /** Libraries of functions that the file held: nothing runs them, but a snapshot keeps them. */
  #functions: string[] = [];

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {}

  path(name: string): string {
    return `${this.server.config.values.dir}/${name}`;
  }

  get functions(): readonly string[] {
    return this.#functions;
  }

  save(): number {
    const snapshot = new FileSnapshot(this, false);
    try {
      while (!snapshot.write());
      snapshot.file.sync();
      snapshot.publish();
      return snapshot.keys;
    } catch (error) {
      snapshot.discard();
      throw error;
    }
  }

  begin(): Snapshot {
    return new FileSnapshot(this, true);
  }

  *load(merges: boolean): Generator<void, Loaded | null> {
    const { server: { log, clock, config } } = this;
    const file = this.disk.open(this.path(config.values.dbfilename));
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
