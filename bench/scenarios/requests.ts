/** A connection that sends commands together and reads what each is answered: a few replies, not a load. */

export class Requests implements Disposable {
  #received = new Uint8Array(1 << 16);
  #start = 0;
  #end = 0;

  private constructor(readonly connection: Deno.TcpConn) {}

  static async connect(port: number): Promise<Requests> {
    const connection = await Deno.connect({ port });
    connection.setNoDelay(true);
    return new Requests(connection);
  }

  /** @returns the replies: texts, null for what is not there @throws Error for one that is an error or an array */
  async send(commands: readonly (readonly string[])[]): Promise<(string | null)[]> {
    const text = commands.map((words) =>
      `*${words.length}\r\n` + words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")
    ).join("");
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.connection.write(bytes.subarray(sent));
    }
    const replies: (string | null)[] = [];
    for (const words of commands) {
      const line = await this.#line();
      if (line[0] === "+" || line[0] === ":") replies.push(line.slice(1));
      else if (line === "$-1") replies.push(null);
      else if (line[0] === "$") replies.push(await this.#take(Number(line.slice(1)) + 2));
      else throw new Error(`${words[0]} is answered by ${line}`);
    }
    return replies;
  }

  async #line(): Promise<string> {
    for (let at = this.#start;; at++) {
      while (at + 1 >= this.#end) {
        const seen = at - this.#start;
        await this.#read();
        at = this.#start + seen;
      }
      if (this.#received[at] === 13 && this.#received[at + 1] === 10) {
        const line = this.#text(at - this.#start);
        this.#start += 2;
        return line;
      }
    }
  }

  /** Takes so many bytes, of which the last two are a line's end. */
  async #take(bytes: number): Promise<string> {
    while (this.#end - this.#start < bytes) await this.#read();
    const text = this.#text(bytes - 2);
    this.#start += 2;
    return text;
  }

  #text(bytes: number): string {
    const text = new TextDecoder().decode(
      this.#received.subarray(this.#start, this.#start + bytes),
    );
    this.#start += bytes;
    return text;
  }

  async #read(): Promise<void> {
    this.#received.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    if (this.#end === this.#received.length) {
      const larger = new Uint8Array(this.#received.length * 2);
      larger.set(this.#received);
      this.#received = larger;
    }
    const count = await this.connection.read(this.#received.subarray(this.#end));
    if (count === null) throw new Error("the server closed the connection");
    this.#end += count;
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }
}
