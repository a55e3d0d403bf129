/** For tests: the real redis-server beside the code under test. */

import { options } from "./options.ts";
import type { Option } from "./types.ts";

/** A reply as far as CONFIG needs it. */
export type Reply = string | number | null | Reply[];

/** Whether the server beside has an option, which CONFIG GET has found under this name. */
export function isOfRedis70([name]: readonly string[]): boolean {
  return (options as Record<string, Option<unknown>>)[name]?.origin === undefined;
}

/** Whether the real server is installed. */
export const hasRealRedis = findOnPath("redis-server");

function findOnPath(program: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  const found = folders.some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
  if (!found) console.warn(`${program} is not on PATH: the comparisons with it are skipped`);
  return found;
}

/** Sends commands to a server and reads its replies; errors come as text with a leading `-`. */
class Client {
  #buffer = "";
  readonly #decoder = new TextDecoder();

  constructor(private readonly conn: Deno.Conn) {}

  async send(...words: string[]): Promise<Reply> {
    const encoder = new TextEncoder();
    const parts = words.map((word) => `$${encoder.encode(word).length}\r\n${word}\r\n`);
    const bytes = encoder.encode(`*${words.length}\r\n${parts.join("")}`);
    for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
    return this.#reply();
  }

  close(): void {
    this.conn.close();
  }

  async #reply(): Promise<Reply> {
    const line = await this.#take((text) => text.indexOf("\r\n"));
    const rest = line.slice(1);
    if (line[0] === "*") {
      const items: Reply[] = [];
      for (let left = Number(rest); left > 0; left--) items.push(await this.#reply());
      return items;
    }
    if (line[0] === ":") return Number(rest);
    if (line[0] !== "$") return line[0] === "+" ? rest : line;
    return Number(rest) < 0 ? null : await this.#take((text) => endOfBulk(text, Number(rest)));
  }

  /** Takes the text up to the index that `end` finds, and the line break after it. */
  async #take(end: (text: string) => number): Promise<string> {
    for (;;) {
      const index = end(this.#buffer);
      if (index >= 0) {
        const taken = this.#buffer.slice(0, index);
        this.#buffer = this.#buffer.slice(index + 2);
        return taken;
      }
      const chunk = new Uint8Array(65536);
      const count = await this.conn.read(chunk);
      if (count === null) throw new Error("the server closed the connection");
      this.#buffer += this.#decoder.decode(chunk.subarray(0, count), { stream: true });
    }
  }
}

/** Where a bulk of `bytes` UTF-8 bytes ends in the text, or -1 when it is not all there. */
function endOfBulk(text: string, bytes: number): number {
  let index = 0;
  for (let left = bytes; left > 0;) {
    if (index >= text.length) return -1;
    const char = String.fromCodePoint(text.codePointAt(index)!);
    left -= new TextEncoder().encode(char).length;
    index += char.length;
  }
  return text.length >= index + 2 ? index : -1;
}

/** A redis-server that runs in a directory of its own and listens on a socket there. */
export class RealRedis {
  private constructor(
    readonly client: Client,
    readonly directory: string,
    private readonly process: Deno.ChildProcess,
  ) {}

  /** Lines that a configuration needs so that the server can be reached, and nothing else can. */
  static reachable(directory: string): string {
    return `port 0\nunixsocket ${directory}/s\n`;
  }

  /** Starts a server; throws its standard error when it ends without having listened. */
  static async start(
    directory: string,
    args: readonly string[],
    stdin?: string,
  ): Promise<RealRedis> {
    const process = new Deno.Command("redis-server", {
      args: [...args],
      cwd: directory,
      stdin: stdin === undefined ? "null" : "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    if (stdin !== undefined) {
      const writer = process.stdin.getWriter();
      await writer.write(new TextEncoder().encode(stdin));
      await writer.close();
    }
    const errors = new Response(process.stderr).text();
    let ended = false;
    process.status.then(() => ended = true);
    while (!ended) {
      try {
        const conn = await Deno.connect({ transport: "unix", path: `${directory}/s` });
        return new RealRedis(new Client(conn), directory, process);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 4));
      }
    }
    throw new Error(await errors);
  }

  /** The answer of CONFIG GET as a record. The one option that Etna has on by itself is shown so. */
  async config(pattern = "*"): Promise<Record<string, string>> {
    const values = toRecord(await this.client.send("CONFIG", "GET", pattern) as string[]);
    if (values.activedefrag === "no") values.activedefrag = "yes";
    return values;
  }

  async stop(): Promise<void> {
    this.client.close();
    this.process.kill("SIGKILL");
    await this.process.status;
  }
}

/** Pairs that follow each other, as a record. */
function toRecord(flat: readonly string[]): Record<string, string> {
  const record: Record<string, string> = {};
  for (let at = 0; at < flat.length; at += 2) record[flat[at]] = flat[at + 1];
  return record;
}

/** Runs a test in a directory that is removed afterwards. */
export async function inTempDir(test: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "etna-config-" });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Defines a test that compares with the real server; without one it is skipped. */
export function realRedisTest(
  name: string,
  test: (directory: string) => void | Promise<void>,
): void {
  // The pipe of the child's standard error is read to its end only after the test's own end.
  const sanitize = { sanitizeOps: false, sanitizeResources: false };
  Deno.test({ name, ignore: !hasRealRedis, fn: () => inTempDir(test), ...sanitize });
}
