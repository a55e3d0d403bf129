/**
 * Bases of the append-only file: the data set at some moment, as an RDB file or, with
 * `aof-use-rdb-preamble no`, as the commands that make it.
 */

import type { Disk } from "../../server/env/disk.ts";
import type { Snapshot } from "../../server/saving/snapshots.ts";
import type { Server } from "../../server/server.ts";
import { RdbFile } from "../rdb/file.ts";
import { DatabaseWriter, type FileOrigin, writeDatabases } from "../rdb/writer.ts";
import type { AofFiles } from "./files.ts";
import { timestampOf } from "./lines.ts";
import type { AofFile } from "./manifest.ts";

export class AofBases {
  /** @param redisVersion what RDB files say they are of */
  constructor(
    readonly server: Server,
    readonly disk: Disk,
    readonly files: AofFiles,
    readonly redisVersion: string,
  ) {}

  /** The base of a number, as the options want it now. */
  at(seq: number): AofFile {
    return this.files.baseAt(seq, this.server.config.values["aof-use-rdb-preamble"]);
  }

  /** Begins the one of this moment; the data set may change while it is written. @throws Error */
  begin(base: AofFile): Snapshot {
    return new DatabaseWriter(this.server, this.#create(base), this.#origin(base), true);
  }

  /** Writes the data set as it is, while nobody else runs. @throws Error */
  writeNow(base: AofFile): void {
    const file = this.#create(base);
    writeDatabases(this.server, file, this.#origin(base));
    file.finishNow();
  }

  #create({ name }: AofFile): RdbFile {
    const { server } = this;
    const file = new RdbFile(server, this.disk, {
      directory: this.files.directory,
      temporary: `temp-${name}`,
      final: name,
    });
    if (isOfCommands(name) && server.config.values["aof-timestamp-enabled"]) {
      file.write(timestampOf(server.nowSeconds));
    }
    return file;
  }

  #origin({ name }: AofFile): FileOrigin {
    return {
      redisVersion: this.redisVersion,
      functions: this.server.scripting.functions.codes,
      replication: null,
      isBase: true,
      asCommands: isOfCommands(name),
    };
  }
}

const isOfCommands = (name: string) => name.endsWith(".aof");
