/** A client of the benchmarks that asks for one thing at a time. */

/** A connection on which a reply is a line, unless who asks knows of more. */
export class LineClient implements Disposable {
  #text = "";
  readonly #chunk = new Uint8Array(4096);
  private constructor(readonly connection: Deno.TcpConn) {}

  static async connect(port: number): Promise<LineClient> {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    connection.setNoDelay();
    return new LineClient(connection);
  }

  async ask(...words: string[]): Promise<string> {
    const text = words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
    await this.connection.write(new TextEncoder().encode(`*${words.length}\r\n${text}`));
    return await this.line();
  }

  /** The next line of a reply that has several. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf("\r\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        return line;
      }
      const count = await this.connection.read(this.#chunk);
      if (count === null) throw new Error("the connection is gone");
      this.#text += new TextDecoder().decode(this.#chunk.subarray(0, count));
    }
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
