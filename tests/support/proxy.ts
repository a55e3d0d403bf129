/** A way to a server that can be cut without anybody hearing of it, as by a network that drops all. */

import { freePort } from "./ports.ts";

/** Passes connections on to a port of this machine, until it is told to hold all bytes, and again from then on. */
export class Proxy implements AsyncDisposable {
  readonly port = freePort();
  readonly #listener: Deno.TcpListener;
  readonly #sockets = new Set<Deno.TcpConn>();
  #open = Promise.withResolvers<void>();
  readonly #serving: Promise<void>;

  constructor(readonly target: number) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: this.port });
    this.#open.resolve();
    this.#serving = this.#serve();
  }

  /** From now on nothing gets through, nor does an end. */
  hold(): void {
    this.#open = Promise.withResolvers();
  }

  /** What was held goes on its way. */
  release(): void {
    this.#open.resolve();
  }

  async #serve(): Promise<void> {
    const passing: Promise<void>[] = [];
    for await (const one of this.#listener) {
      const other = await Deno.connect({ hostname: "127.0.0.1", port: this.target });
      this.#sockets.add(one).add(other);
      passing.push(this.#pass(one, other), this.#pass(other, one));
    }
    await Promise.all(passing);
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const bytes = new Uint8Array(64 * 1024);
    try {
      for (let count = await from.read(bytes); count !== null; count = await from.read(bytes)) {
        await this.#open.promise;
        for (let at = 0; at < count;) at += await to.write(bytes.subarray(at, count));
      }
      await this.#open.promise;
      await to.closeWrite();
    } catch {
      // One of them has broken off: the other hears of it.
      this.#close(from);
      this.#close(to);
    }
  }

  #close(socket: Deno.TcpConn): void {
    if (this.#sockets.delete(socket)) socket.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release();
    this.#listener.close();
    for (const socket of this.#sockets) this.#close(socket);
    await this.#serving;
  }
}
