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
      await this.#sendPieces(file, sink);
    } finally {
      file.close();
    }
    await sink.finish();
  }

  /**
   * Sends the file, a piece a turn while the socket takes it. No promise stands between two pieces: a busy server looks
   * after these every ten milliseconds.
   */
  #sendPieces(file: DataFile, sink: ReplicaSink): Promise<void> {
    const piece = new Uint8Array(PIECE_BYTES);
    return new Promise((resolve, reject) => {
      const later = () => this.server.defer(send);
      const send = () => {
        if (!sink.hasRoom) return void (sink.onRoom = later);
        sink.onRoom = () => {};
        try {
          const count = file.read(piece);
          if (count === 0) return resolve();
          sink.write(piece.subarray(0, count));
        } catch (error) {
          return reject(error);
        }
        later();
      };
      send();
    });
  }

  abort(): void {
    this.#file.close();
    removeQuietly(this.disk, this.path);
  }
}
