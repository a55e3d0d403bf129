/** A raw RESP client over TCP for tests: it hides nothing that came over the wire. */

import { parseReply, type Reply, toBinary, toBytes } from "./resp_reply.ts";

/** Where a server listens. */
export interface Address {
  host: string;
  port: number;
}

/** A reply with the very bytes it came as (binary string). */
export interface Received {
  reply: Reply;
  raw: string;
}

/** No reply came in time. */
export class ReplyTimeout extends Error {}

/** The server closed the connection while a reply was awaited. */
export class ConnectionClosed extends Error {}

/** Encodes a command as an array of bulk strings; arguments are binary strings. */
export function encodeCommand(args: readonly string[]): string {
  return `*${args.length}\r\n` + args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("");
}

const FIRST_BUFFER_BYTES = 16 * 1024;

/** One connection. Replies are read in order; a `timeoutMs` bounds every wait. */
export class RespClient implements Disposable {
  #conn: Deno.TcpConn;
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  #eof = false;
  #wake: (() => void) | undefined;

  private constructor(conn: Deno.TcpConn, readonly timeoutMs: number) {
    this.#conn = conn;
    conn.setNoDelay(true);
    this.#pump();
  }

  /** Connects; throws what `Deno.connect` throws. */
  static async connect(address: Address, timeoutMs = 10_000): Promise<RespClient> {
    const conn = await Deno.connect({ hostname: address.host, port: address.port });
    return new RespClient(conn, timeoutMs);
  }

  /** This end's `host:port`, as the server sees it in CLIENT LIST's `addr`. */
  get localAddress(): string {
    const { hostname, port } = this.#conn.localAddr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  /** The server's end, as it stands in CLIENT LIST's `laddr`. */
  get remoteAddress(): string {
    const { hostname, port } = this.#conn.remoteAddr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  /** Sends a binary string as it is. A connection the server has reset swallows it. */
  async sendRaw(text: string): Promise<void> {
    let bytes = toBytes(text);
    try {
      while (bytes.length > 0) bytes = bytes.subarray(await this.#conn.write(bytes));
    } catch (error) {
      if (!isDisconnect(error)) throw error;
    }
  }

  /** Sends one command and reads its reply. */
  async command(...args: string[]): Promise<Received> {
    await this.sendRaw(encodeCommand(args));
    return await this.read();
  }

  /** Sends all commands in one write, then reads a reply for each. */
  async pipeline(commands: readonly (readonly string[])[]): Promise<Received[]> {
    const sent = this.sendRaw(commands.map(encodeCommand).join(""));
    const replies: Received[] = [];
    for (let i = 0; i < commands.length; i++) replies.push(await this.read());
    await sent;
    return replies;
  }

  /** Reads the next reply. Throws {@link ReplyTimeout} or {@link ConnectionClosed}. */
  async read(timeoutMs = this.timeoutMs): Promise<Received> {
    const deadlineMs = performance.now() + timeoutMs;
    let triedBytes = -1;
    for (;;) {
      const pendingBytes = this.#end - this.#start;
      if (pendingBytes !== triedBytes || this.#eof) {
        triedBytes = pendingBytes;
        const received = this.take();
        if (received) return received;
      }
      await this.#waitUntil(deadlineMs, `no reply within ${timeoutMs} ms`);
    }
  }

  /** The next reply if all of it has come. Throws {@link ConnectionClosed}. */
  take(): Received | undefined {
    const parsed = this.#end > this.#start
      ? parseReply(this.#buffer.subarray(0, this.#end), this.#start)
      : undefined;
    if (parsed) {
      const raw = toBinary(this.#buffer.subarray(this.#start, parsed.end));
      this.#start = parsed.end;
      return { reply: parsed.reply, raw };
    }
    if (this.#eof) throw new ConnectionClosed("the server closed the connection");
    return undefined;
  }

  /** Everything up to the server's close. Throws {@link ReplyTimeout} if it stays open. */
  async readToEnd(timeoutMs = this.timeoutMs): Promise<string> {
    const deadlineMs = performance.now() + timeoutMs;
    while (!this.#eof) {
      await this.#waitUntil(deadlineMs, `connection still open after ${timeoutMs} ms`);
    }
    const rest = toBinary(this.#buffer.subarray(this.#start, this.#end));
    this.#start = this.#end;
    return rest;
  }

  /** Received bytes that nobody has read yet. */
  get unread(): string {
    return toBinary(this.#buffer.subarray(this.#start, this.#end));
  }

  /** Closes only this end's writing half: the server reads an end of file. */
  async closeWrite(): Promise<void> {
    try {
      await this.#conn.closeWrite();
    } catch (error) {
      if (!isDisconnect(error)) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#eof = true;
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async #waitUntil(deadlineMs: number, message: string): Promise<void> {
    const remainingMs = deadlineMs - performance.now();
    if (remainingMs <= 0) throw new ReplyTimeout(message);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, remainingMs);
    await promise;
    clearTimeout(timer);
  }

  async #pump(): Promise<void> {
    while (!this.#eof) {
      this.#makeRoom();
      const count = await this.#conn.read(this.#buffer.subarray(this.#end)).catch(() => null);
      if (count === null) this.#eof = true;
      else this.#end += count;
      this.#wake?.();
    }
  }

  #makeRoom(): void {
    if (this.#end < this.#buffer.length) return;
    const pending = this.#buffer.subarray(this.#start, this.#end);
    const grown = pending.length * 2 > this.#buffer.length;
    const next = new Uint8Array(grown ? this.#buffer.length * 2 : this.#buffer.length);
    next.set(pending);
    this.#buffer = next;
    this.#end = pending.length;
    this.#start = 0;
  }
}

function isDisconnect(error: unknown): boolean {
  return error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.BrokenPipe ||
    error instanceof Deno.errors.NotConnected ||
    error instanceof Deno.errors.BadResource;
}
