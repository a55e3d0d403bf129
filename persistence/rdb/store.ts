/** The file `dbfilename` in `dir`: written beside and renamed, read at the start. */

import { type DataFile, type Disk, removeQuietly } from "../../server/env/disk.ts";
import type { Loaded, Snapshot, SnapshotStore } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { readDatabases } from "./reader.ts";
import { DatabaseWriter, type FileOrigin } from "./writer.ts";

/** What is to be written, and where. */
export interface FilePlan {
  directory: string;
  /** Names in it: while it is written, and when it is whole. */
  temporary: string;
  final: string;
  origin: FileOrigin;
  /** The data set changes while it is written. */
  changes: boolean;
}

/** A file that is written beside the last one, and takes its place when it is whole. */
export class FileSnapshot implements Snapshot {
  readonly file: DataFile;
  readonly #writer: DatabaseWriter;
  #closed = false;

  /** @throws Error in the words of Redis's log */
  constructor(readonly server: Server, readonly disk: Disk, readonly plan: FilePlan) {
    const { directory, temporary, origin, changes } = plan;
    try {
      this.file = disk.create(`${directory}/${temporary}`);
    } catch (error) {
      throw new Error(
        `Failed opening the temp RDB file ${temporary} (in server root dir ${directory}) for saving: ` +
          (error as Error).message,
      );
    }
    try {
      this.#writer = new DatabaseWriter(server, this.file, origin, changes);
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
    const { directory, temporary, final } = this.plan;
    try {
      this.disk.rename(`${directory}/${temporary}`, `${directory}/${final}`);
    } catch (error) {
      this.#remove();
      throw new Error(
        `Error moving temp DB file ${temporary} on the final destination ${final} (in server root ` +
          `dir ${directory}): ${(error as Error).message}`,
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
    removeQuietly(this.disk, `${this.plan.directory}/${this.plan.temporary}`);
  }
}

export class RdbStore implements SnapshotStore {
  /** Libraries of functions that the file held: nothing runs them, but a snapshot keeps them. */
  #functions: string[] = [];

  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {}

  #begin(changes: boolean): FileSnapshot {
    const { server, redisVersion } = this;
    const { dir, dbfilename } = server.config.values;
    return new FileSnapshot(server, this.disk, {
      directory: dir,
      temporary: `temp-${changes ? "bg" : ""}${server.process.id}.rdb`,
      final: dbfilename,
      origin: { redisVersion, functions: this.#functions },
      changes,
    });
  }

  save(): number {
    const snapshot = this.#begin(false);
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
    return this.#begin(true);
  }

  *load(merges: boolean): Generator<void, Loaded | null> {
    const { server: { log, config, loading } } = this;
    const file = this.disk.open(`${config.values.dir}/${config.values.dbfilename}`);
    if (file === null) return null;
    loading.expect(file.bytes);
    try {
      this.#functions = [];
      const loaded = yield* readDatabases(this.server, file, {
        merges,
        onField: (name, value) => this.#told(name, value),
        onFunction: (text) => {
          this.#functions.push(text);
          log.warning("The file has a library of functions: it is kept, but does not run.");
        },
        onProgress: (bytes) => loading.progress("DB", bytes, file.bytes),
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
      this.server.loading.usedMemoryBytes = Number(value);
      log.notice(`RDB memory usage when created ${(Number(value) / 2 ** 20).toFixed(2)} Mb`);
    }
  }
}
