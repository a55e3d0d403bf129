/** The file `dbfilename` in `dir`: written beside and renamed, read at the start. */

import type { Disk } from "../../server/env/disk.ts";
import { FileSource } from "../../server/env/file_source.ts";
import type { Sink } from "../../server/env/sink.ts";
import type { Source, Step } from "../../server/env/source.ts";
import type { Library } from "../../server/scripting/functions.ts";
import type {
  Loaded,
  LoadedBeside,
  Snapshot,
  SnapshotStore,
} from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { RdbFile } from "./file.ts";
import { readDatabases, type ReadOptions } from "./reader.ts";
import { DatabaseWriter, type FileOrigin, writeDatabases } from "./writer.ts";

export class RdbStore implements SnapshotStore {
  /** @param redisVersion what files say they are of */
  constructor(readonly server: Server, readonly disk: Disk, readonly redisVersion: string) {}

  #create(prefix: string): RdbFile {
    const { config, process } = this.server;
    const { dir, dbfilename } = config.values;
    return new RdbFile(this.server, this.disk, {
      directory: dir,
      temporary: `${prefix}${process.id}.rdb`,
      final: dbfilename,
    });
  }

  get #origin(): FileOrigin {
    return {
      redisVersion: this.redisVersion,
      functions: this.server.scripting.functions.codes,
      replication: this.server.propagation.moment,
    };
  }

  save(): number {
    const file = this.#create("temp-");
    const keys = writeDatabases(this.server, file, this.#origin);
    file.finishNow();
    return keys;
  }

  saveTo(sink: Sink): void {
    writeDatabases(this.server, sink, this.#origin);
  }

  begin(): Snapshot {
    return new DatabaseWriter(this.server, this.#create("temp-bg"), this.#origin, true);
  }

  *load(merges: boolean): Generator<Step, Loaded | null> {
    const { server: { config, loading } } = this;
    const file = this.disk.open(`${config.values.dir}/${config.values.dbfilename}`);
    if (file === null) return null;
    loading.expect(file.bytes);
    try {
      return yield* this.#read(new FileSource(file), merges);
    } finally {
      file.close();
    }
  }

  *loadFrom(source: Source): Generator<Step, Loaded> {
    return yield* this.#read(source, false);
  }

  *loadBeside(source: Source): Generator<Step, LoadedBeside> {
    const { functions } = this.server.scripting;
    const libraries = new Map<string, Library>();
    const loaded = yield* this.#fill(source, "beside", (text) => {
      return functions.loadBeside(text, libraries);
    });
    return { ...loaded, libraries };
  }

  *#read(source: Source, merges: boolean): Generator<Step, Loaded> {
    const { functions } = this.server.scripting;
    if (!merges) functions.flush();
    return yield* this.#fill(source, merges ? "merges" : "new", (text) => {
      return functions.load(text, true);
    });
  }

  /** @param load takes a library of functions, and returns what is wrong with it */
  *#fill(
    source: Source,
    place: ReadOptions["place"],
    load: (text: string) => Library | string,
  ): Generator<Step, Loaded> {
    const { log, loading } = this.server;
    const loaded = yield* readDatabases(this.server, source, {
      place,
      onField: (name, value) => this.#told(name, value),
      onFunction: (text) => {
        const made = load(text);
        if (typeof made === "string") log.warning(`A library of functions is left out: ${made}`);
      },
      onProgress: (bytes) => loading.progress("DB", bytes, source.totalBytes ?? 0),
    });
    const empty = loaded.empty > 0 ? `, empty keys skipped: ${loaded.empty}` : "";
    const done =
      `Done loading RDB, keys loaded: ${loaded.keys}, keys expired: ${loaded.expired}${empty}.`;
    if (loaded.empty > 0) log.warning(done);
    else log.notice(done);
    return loaded;
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
