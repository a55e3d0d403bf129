/** What a primary says of a replica while it is sent its copy: straight, and by way of a file. */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

/** More than sockets take for a reader who does not read. */
const VALUES = 600;
const VALUE_BYTES = 20_000;

class Reader implements Disposable {
  reads = false;
  bytes = 0;
  #goOn = () => {};

  private constructor(readonly conn: Deno.TcpConn) {}

  static async of({ handle: { host, port } }: Node): Promise<Reader> {
    const reader = new Reader(await Deno.connect({ hostname: host, port }));
    void reader.#read();
    return reader;
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (let count; (count = await this.conn.read(buffer)) !== null;) {
        this.bytes += count;
        // The answers to REPLCONF are read, and the beginning of the copy.
        if (this.bytes > 100 && !this.reads) await new Promise<void>((go) => this.#goOn = go);
      }
    } catch { /* it is over */ }
  }

  goOn(): void {
    this.reads = true;
    this.#goOn();
  }

  async say(line: string): Promise<void> {
    await this.conn.write(new TextEncoder().encode(`${line}\r\n`));
  }

  async ask(line: string): Promise<void> {
    const { bytes } = this;
    await this.say(line);
    await until(() => Promise.resolve(this.bytes > bytes), `an answer to ${line}`);
  }

  [Symbol.dispose](): void {
    this.goOn();
    this.conn.close();
  }
}

const saves = async (primary: Node) =>
  await primary.row("rdb_bgsave_in_progress", "persistence") === "1";

async function seen(primary: Node): Promise<string> {
  const state = /state=(\w+)/.exec(await primary.row("slave0"))?.[1] ?? "none";
  const role = JSON.stringify((await primary.client.command("ROLE")).reply, (_, value) => {
    return typeof value === "bigint" ? `${value}` : value;
  });
  return `${state}, ${role.includes("1234") ? "" : "not "}listed by ROLE`;
}

/** @returns what is said of it while the snapshot is made, when that is over, when all is read, and once it has said so */
async function story(kind: Kind, diskless: string, ...before: string[]): Promise<string[]> {
  await using primary = await Node.start(
    kind,
    ...["--repl-ping-replica-period", "1000", "--rdbcompression", "no"],
    ...["--repl-diskless-sync", diskless, "--rdb-key-save-delay", "500"],
  );
  for (let i = 0; i < VALUES; i++) await primary.say("SET", `key:${i}`, "x".repeat(VALUE_BYTES));
  const isStraight = diskless === "yes" && before.some((line) => line.includes("eof"));
  // What goes by a file does not wait for others.
  if (!isStraight) await primary.say("CONFIG", "SET", "repl-diskless-sync-delay", "1000");
  using reader = await Reader.of(primary);
  for (const line of ["REPLCONF listening-port 1234", ...before]) await reader.ask(line);
  await reader.say("PSYNC ? -1");
  const told: string[] = [];
  if (isStraight) {
    await until(() => saves(primary), "the snapshot");
    told.push(await seen(primary));
  } else {
    // The snapshot is made whoever reads.
    await until(async () => reader.bytes > 100 && !await saves(primary), "the file");
    await until(async () => !(await seen(primary)).startsWith("wait"), "the file to be noticed");
    told.push(await seen(primary));
  }
  reader.goOn();
  await until(async () => reader.bytes > VALUES * VALUE_BYTES && !await saves(primary), "all");
  await until(async () => !/^(wait|send)/.test(await seen(primary)), "it to be noticed");
  told.push(await seen(primary));
  await reader.say("REPLCONF ACK 1");
  await until(async () => (await primary.row("slave0")).includes("offset=1"), "its word");
  return [...told, await seen(primary)];
}

for (
  const [name, diskless, ...before] of [
    ["straight", "yes", "REPLCONF capa eof capa psync2"],
    ["by a file, as it must know the length", "yes", "REPLCONF capa psync2"],
    ["by a file, as configured", "no", "REPLCONF capa eof capa psync2"],
  ]
) {
  Deno.test({
    name: `a replica that is sent its copy ${name}: its states are the real server's`,
    ignore: findOracle() === undefined,
    async fn() {
      const [etna, redis] = await Promise.all([
        story("etna", diskless, ...before),
        story("redis", diskless, ...before),
      ]);
      assertEquals(etna, redis);
    },
  });
}
