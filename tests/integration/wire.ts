/** A client for tests of the network: it sends and receives bytes, over any kind of socket. */

/** How a test reaches its server. */
export type Way =
  | { kind: "tcp"; port: number; host?: string }
  | { kind: "unix"; path: string }
  | { kind: "tls"; port: number; ca: string; cert?: string; key?: string };

const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");

/** The bytes of text with one character a byte. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** A request as an array of bulk strings. */
export function request(...args: (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const parts = [encoder.encode(`*${args.length}\r\n`)];
  for (const arg of args) {
    const bytes = typeof arg === "string" ? bytesOf(arg) : arg;
    parts.push(encoder.encode(`$${bytes.length}\r\n`), new Uint8Array(bytes), bytesOf("\r\n"));
  }
  return concat(parts);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export class Wire implements Disposable {
  #buffer: Uint8Array = new Uint8Array(0);

  private constructor(readonly conn: Deno.Conn) {}

  static async connect(way: Way): Promise<Wire> {
    if (way.kind === "unix") {
      return new Wire(await Deno.connect({ transport: "unix", path: way.path }));
    }
    if (way.kind === "tcp") {
      const conn = await Deno.connect({ hostname: way.host ?? "127.0.0.1", port: way.port });
      conn.setNoDelay(true);
      return new Wire(conn);
    }
    const { port, ca, cert, key } = way;
    const options = { hostname: "localhost", port, caCerts: [ca] };
    return new Wire(
      await Deno.connectTls(cert === undefined ? options : { ...options, cert, key: key! }),
    );
  }

  async send(bytes: Uint8Array | string): Promise<void> {
    let rest = typeof bytes === "string" ? bytesOf(bytes) : bytes;
    while (rest.length > 0) rest = rest.subarray(await this.conn.write(rest));
  }

  /** The next `count` bytes; fewer where the connection ends before. */
  async read(count: number, timeoutMs = 30_000): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = count;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`${count - missing} of ${count} bytes after ${timeoutMs} ms`));
      }, timeoutMs);
    });
    try {
      while (missing > 0) {
        if (this.#buffer.length === 0) {
          const chunk = new Uint8Array(Math.min(Math.max(missing, 4096), 1 << 20));
          const got = await Promise.race([this.conn.read(chunk), late]);
          if (got === null) break;
          this.#buffer = chunk.subarray(0, got);
        }
        const part = this.#buffer.subarray(0, missing);
        parts.push(part);
        missing -= part.length;
        this.#buffer = this.#buffer.subarray(part.length);
      }
    } finally {
      clearTimeout(timer);
    }
    return concat(parts);
  }

  /** The same as text with one character a byte. */
  async readText(count: number, timeoutMs?: number): Promise<string> {
    return decoder.decode(await this.read(count, timeoutMs));
  }

  /** Everything until the other side closes, whether it says goodbye or not. */
  async readToEnd(timeoutMs = 30_000): Promise<string> {
    const parts: Uint8Array[] = [];
    try {
      for (;;) {
        const part = await this.read(65536, timeoutMs);
        parts.push(part);
        if (part.length < 65536) break;
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset) && !isUnexpectedEnd(error)) throw error;
    }
    return decoder.decode(concat(parts));
  }

  /** Sends a command whose reply's bytes are known. @returns the reply */
  async ask(expected: string, ...args: string[]): Promise<string> {
    await this.send(request(...args));
    return await this.readText(expected.length);
  }

  /** Sends no more; still receives. */
  async finish(): Promise<void> {
    await (this.conn as Deno.TcpConn).closeWrite();
  }

  [Symbol.dispose](): void {
    try {
      this.conn.close();
    } catch { /* it is closed */ }
  }
}

/** TLS without a goodbye. */
function isUnexpectedEnd(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof;
}

/** Waits until something holds. */
export async function until(
  holds: () => boolean,
  what: string,
  timeoutMs = 20_000,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
