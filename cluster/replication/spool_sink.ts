/** A snapshot for a replica that must know its length beforehand: it is held in memory first. */

import { MemorySink, type Sink } from "../../server/env/sink.ts";
import type { Server } from "../../server/server.ts";
import type { ReplicaSink } from "./replica_sink.ts";

const PIECE_BYTES = 256 * 1024;

export class SpoolSink implements Sink {
  readonly hasRoom = true;
  onRoom: () => void = () => {};
  readonly #memory = new MemorySink();

  constructor(readonly server: Server, readonly sink: ReplicaSink) {}

  write(bytes: Uint8Array): void {
    this.#memory.write(bytes);
  }

  async finish(): Promise<void> {
    const { bytes } = this.#memory;
    const { sink, server } = this;
    sink.write(new TextEncoder().encode(`$${bytes.length}\r\n`));
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      if (!sink.hasRoom) {
        const { promise, resolve } = Promise.withResolvers<void>();
        sink.onRoom = () => server.defer(resolve);
        await promise;
      }
      sink.write(bytes.subarray(at, at + PIECE_BYTES));
      server.wake();
    }
    this.#memory.abort();
    await sink.finish();
  }

  abort(): void {
    this.#memory.abort();
    this.sink.abort();
  }
}
