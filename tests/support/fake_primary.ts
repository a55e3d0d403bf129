/** A primary that is none: what it sends its replicas is up to the test. */

/** What the primary sends after it has been asked to synchronize. */
export type Answer = (
  send: (bytes: string | Uint8Array) => Promise<void>,
  conn: Deno.TcpConn,
) => Promise<void>;

/** A primary that greets well, and then does as it is told. */
export class FakePrimary implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.TcpConn>();
  /** Connections so far. */
  accepted = 0;
  /** Connections that have asked to synchronize. */
  asked = 0;

  constructor(public answer: Answer, readonly greeting = "+PONG\r\n") {
    void this.#accept();
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #accept(): Promise<void> {
    try {
      for await (const conn of this.#listener) {
        this.accepted++;
        this.#open.add(conn);
        void this.#serve(conn).catch(() => {}).finally(() => {
          this.#open.delete(conn);
          try {
            conn.close();
          } catch { /* it is closed already */ }
        });
      }
    } catch { /* it was closed */ }
  }

  async #serve(conn: Deno.TcpConn): Promise<void> {
    const send = async (bytes: string | Uint8Array) => {
      const all = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
      for (let at = 0; at < all.length;) at += await conn.write(all.subarray(at));
    };
    const buffer = new Uint8Array(65536);
    let text = "";
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null) return;
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
      if (text.includes("PSYNC")) {
        this.asked++;
        return await this.answer(send, conn);
      }
      const requests = text.match(/(PING|REPLCONF|AUTH)\r\n/g) ?? [];
      text = text.slice(text.lastIndexOf("\r\n") + 2);
      for (const request of requests) {
        await send(request.startsWith("PING") ? this.greeting : "+OK\r\n");
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const conn of this.#open) {
      try {
        conn.close();
      } catch { /* it is closed already */ }
    }
    await Promise.resolve();
  }
}
