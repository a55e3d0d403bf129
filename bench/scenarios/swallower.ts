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

  /** Reads the data set up to its mark. */
  async #synchronize(): Promise<void> {
    const buffer = new Uint8Array(MIB);
    const decoder = new TextDecoder("latin1");
    await this.#send("REPLCONF", "capa", "eof", "capa", "psync2");
    // Redis takes no PSYNC while an answer is to be read.
    await this.connection.read(buffer);
    await this.#send("PSYNC", "?", "-1");
    let text = "";
    let mark: string | undefined;
    while (mark === undefined || !text.endsWith(mark)) {
      const count = await this.connection.read(buffer);
      if (count === null) throw new Error("the primary has ended");
      text += decoder.decode(buffer.subarray(0, count));
      mark = /\$EOF:(.{40})\r\n/.exec(text)?.[1];
    }
    this.#offset = Number(/\+FULLRESYNC \S+ (\d+)/.exec(text)![1]);
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
