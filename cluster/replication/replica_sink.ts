/** A snapshot on its way to a replica: as much of it as the socket has not taken yet waits with the connection. */

import type { Sink } from "../../server/env/sink.ts";
import type { Connection } from "../../server/net/connection.ts";
import type { Output } from "../../server/net/output.ts";

/** So much may wait before the writer stops, and so little is left when it goes on. */
const FULL_BYTES = 1 << 20;
const LOW_BYTES = 256 * 1024;
/**
 * More than this waits only where writes hurry the snapshot on, as what they are about to change is written before: then
 * it counts for the replica's limit.
 */
export const PACE_BYTES = 2 * FULL_BYTES;

export class ReplicaSink implements Sink {
  onRoom: () => void = () => {};
  #isFull = false;
  #sent: { resolve: () => void; reject: (error: Error) => void } | null = null;

  constructor(readonly output: Output, readonly connection: Connection) {}

  get hasRoom(): boolean {
    return !this.#isFull || this.connection.closed;
  }

  write(bytes: Uint8Array): void {
    const { connection } = this;
    if (connection.closed) throw new Error("Connection with replica client lost");
    if (!this.output.append(connection, bytes)) throw new Error("memory is out for the replica");
    this.#isFull = connection.chainBytes > FULL_BYTES;
  }

  /** Bytes that waited were sent. */
  drained(): void {
    const { chainBytes, hasOutput } = this.connection;
    if (this.#isFull && chainBytes < LOW_BYTES) {
      this.#isFull = false;
      this.onRoom();
    }
    if (!hasOutput) this.#sent?.resolve();
  }

  /** Fulfilled when the socket has taken all. */
  finish(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sent = { resolve, reject };
      if (this.connection.closed) this.lost();
      else if (!this.connection.hasOutput) resolve();
    });
  }

  /** The connection is gone. */
  lost(): void {
    this.#sent?.reject(new Error("Connection with replica client lost"));
    this.onRoom();
  }

  abort(): void {
    this.lost();
  }
}
