/** An RDB file that takes the last one's place when it is whole; it fails in the words of Redis's log. */

import type { Disk } from "../../server/env/disk.ts";
import { FileSink, FileSinkError } from "../../server/env/file_sink.ts";
import type { Sink } from "../../server/env/sink.ts";
import type { Config } from "../../server/config/config.ts";

/** With `rdb-save-incremental-fsync`, so many bytes wait for the disk at most. */
const SYNC_BYTES = 4 * 1024 * 1024;

/** Where it is to be. */
export interface RdbPlace {
  directory: string;
  /** Names in it: while it is written, and when it is whole. */
  temporary: string;
  final: string;
}

export class RdbFile implements Sink {
  readonly #sink: FileSink;

  /** @throws Error */
  constructor(server: { readonly config: Config }, disk: Disk, readonly place: RdbPlace) {
    const { directory, temporary, final } = place;
    const syncBytes = server.config.values["rdb-save-incremental-fsync"] ? SYNC_BYTES : 0;
    this.#sink = this.#inWords(() =>
      new FileSink(disk, `${directory}/${final}`, `${directory}/${temporary}`, syncBytes)
    );
  }

  get hasRoom(): boolean {
    return this.#sink.hasRoom;
  }
  get onRoom(): () => void {
    return this.#sink.onRoom;
  }
  set onRoom(act: () => void) {
    this.#sink.onRoom = act;
  }

  write(bytes: Uint8Array): void {
    this.#inWords(() => this.#sink.write(bytes));
  }

  async finish(): Promise<void> {
    try {
      await this.#sink.finish();
    } catch (error) {
      throw this.#worded(error);
    }
  }

  /** The same, while everybody waits; a file that fails is given up. */
  finishNow(): void {
    try {
      this.#sink.finishNow();
    } catch (error) {
      this.abort();
      throw this.#worded(error);
    }
  }

  abort(): void {
    this.#sink.abort();
  }

  #inWords<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      throw this.#worded(error);
    }
  }

  #worded(error: unknown): unknown {
    if (!(error instanceof FileSinkError)) return error;
    const { directory, temporary, final } = this.place;
    switch (error.step) {
      case "create":
        return new Error(
          `Failed opening the temp RDB file ${temporary} (in server root dir ${directory}) for ` +
            `saving: ${error.message}`,
        );
      case "move":
        return new Error(
          `Error moving temp DB file ${temporary} on the final destination ${final} (in server ` +
            `root dir ${directory}): ${error.message}`,
        );
      default:
        return new Error(`Write error saving DB on disk: ${error.message}`);
    }
  }
}
