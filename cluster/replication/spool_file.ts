/**
 * A snapshot that goes to replicas by way of a file: for those that must know its length beforehand, and for all
 * with `repl-diskless-sync no`. It is written once, then read by each at its own pace, and removed.
 */

import { type DataFile, type Disk, removeQuietly } from "../../server/env/disk.ts";
import type { Sink } from "../../server/env/sink.ts";
import type { ReplicaSink } from "./replica_sink.ts";

const PIECE_BYTES = 256 * 1024;

/** What the file needs of the server. */
export interface SpoolNeeds {
  defer(act: () => void): void;
  wake(): void;
}

export class SpoolFile<Receiver> implements Sink {
  readonly hasRoom = true;
  onRoom: () => void = () => {};
  readonly #file: DataFile;
  /** Files are written and read with memory that nobody else has. */
  readonly #piece = new Uint8Array(PIECE_BYTES);

  /**
   * @param done is told of each receiver that has been sent all, or why it could not be
   * @throws SystemError
   */
  constructor(
    readonly server: SpoolNeeds,
    readonly disk: Disk,
    readonly path: string,
    readonly receivers: ReadonlyMap<Receiver, ReplicaSink>,
    readonly done: (receiver: Receiver, error: unknown) => void,
  ) {
    this.#file = disk.create(path);
  }

  write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const part = bytes.subarray(at, at + PIECE_BYTES);
      this.#piece.set(part);
      this.#file.write(this.#piece.subarray(0, part.length));
    }
  }

  /** Fulfilled when the file is whole: what is sent of it is no part of the snapshot any more. */
  finish(): Promise<void> {
    this.#file.close();
    void this.#sendAll();
    return Promise.resolve();
  }

  async #sendAll(): Promise<void> {
    const sending = [...this.receivers].map(async ([receiver, sink]) => {
      let failure: unknown = null;
      try {
        await this.#send(sink);
      } catch (error) {
        failure = error;
      }
      this.server.defer(() => this.done(receiver, failure));
    });
    await Promise.all(sending);
    removeQuietly(this.disk, this.path);
  }

  async #send(sink: ReplicaSink): Promise<void> {
    const file = this.disk.open(this.path);
    if (file === null) throw new Error("the file of the snapshot is gone");
    try {
      sink.write(new TextEncoder().encode(`$${file.bytes}\r\n`));
      const piece = new Uint8Array(PIECE_BYTES);
      for (let count = file.read(piece); count !== 0; count = file.read(piece)) {
        await this.#room(sink);
        sink.write(piece.subarray(0, count));
        this.server.wake();
      }
    } finally {
      file.close();
    }
    await sink.finish();
  }

  /** Fulfilled within a turn, when a socket has taken enough. */
  #room(sink: ReplicaSink): Promise<void> {
    return new Promise((resolve) => {
      const go = () => this.server.defer(resolve);
      if (sink.hasRoom) go();
      else sink.onRoom = go;
    });
  }

  abort(): void {
    this.#file.close();
    removeQuietly(this.disk, this.path);
  }
}
