/** A replica that only swallows what it is sent. */

const MIB = 2 ** 20;

/** A replica that swallows all it is sent, and says so each second. */
export class Swallower {
  #offset = 0;
  #closed = false;
  private constructor(readonly connection: Deno.TcpConn) {}

  static async follow(port: number): Promise<Swallower> {
    const swallower = new Swallower(await Deno.connect({ port }));
    await swallower.#synchronize();
    void swallower.#swallow();
    return swallower;
  }

  async #send(...words: string[]): Promise<void> {
    const text = `*${words.length}\r\n` +
      words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
    await this.connection.write(new TextEncoder().encode(text));
  }

  /** Reads the data set up to its mark, and what may have come with that. */
  async #synchronize(): Promise<void> {
    const buffer = new Uint8Array(MIB);
    const decoder = new TextDecoder("latin1");
    await this.#send("REPLCONF", "capa", "eof", "capa", "psync2");
    // Redis takes no PSYNC while an answer is to be read.
    await this.connection.read(buffer);
    await this.#send("PSYNC", "?", "-1");
    /** What may be the beginning of what is looked for. */
    let text = "";
    let mark: string | undefined;
    for (let at = -1; at < 0;) {
      const count = await this.connection.read(buffer);
      if (count === null) throw new Error("the primary has ended");
      text += decoder.decode(buffer.subarray(0, count));
      if (mark === undefined) {
        const head = /\+FULLRESYNC \S+ (\d+)[^]*\$EOF:(.{40})\r\n/.exec(text);
        if (head === null) continue;
        this.#offset = Number(head[1]);
        mark = head[2];
        text = text.slice(head.index + head[0].length);
      }
      at = text.indexOf(mark);
      if (at >= 0) this.#offset += text.length - at - mark.length;
      else text = text.slice(-mark.length);
    }
    await this.#send("REPLCONF", "ACK", `${this.#offset}`);
  }

  async #swallow(): Promise<void> {
    const buffer = new Uint8Array(MIB);
    let saidMs = performance.now();
    try {
      for (;;) {
        const count = await this.connection.read(buffer);
        if (count === null) return;
        this.#offset += count;
        if (performance.now() - saidMs < 1000) continue;
        saidMs = performance.now();
        await this.#send("REPLCONF", "ACK", `${this.#offset}`);
      }
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.connection.close();
  }
}
