/**
 * A replica that takes a full copy and does not read: it is closed when it is further behind than
 * `client-output-buffer-limit replica` allows, the copy is given up, and nobody else notices. What it has not read of
 * the copy does not count, and no limit is less than the backlog.
 */

import { assert, assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const VALUE_BYTES = 20_000;
/** With them a data set is more than any socket takes for a reader who does not read. */
const VALUES = 2000;
const WRITE_BYTES = 100_000;

/** Asks for a full copy, and reads no more of it than that it begins. */
async function followWithoutReading(primary: Node): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: primary.handle.port });
  const read = new Uint8Array(5);
  for (const line of ["REPLCONF listening-port 1234", "REPLCONF capa eof capa psync2"]) {
    await conn.write(new TextEncoder().encode(`${line}\r\n`));
    for (let bytes = 0; bytes < 5;) bytes += await conn.read(read.subarray(bytes)) ?? 5;
  }
  await conn.write(new TextEncoder().encode("PSYNC ? -1\r\n"));
  await conn.read(new Uint8Array(1));
  await until(async () => await stalls(primary), "the copy");
  return conn;
}

const isSaving = async (primary: Node) =>
  await primary.row("rdb_bgsave_in_progress", "persistence") === "1";

const follows = async (primary: Node) => (await primary.row("slave0")).includes("port=1234");

/** Whether a copy is under way. */
async function stalls(primary: Node): Promise<boolean> {
  return await follows(primary) && await isSaving(primary);
}

/** Writes that touch nothing of the copy. */
async function write(primary: Node, bytes: number): Promise<void> {
  for (let written = 0; written < bytes; written += WRITE_BYTES) {
    await primary.say("SET", "written", `${written}`.padEnd(WRITE_BYTES, "y"));
  }
}

/** The words of the log about replicas that are closed. */
async function closings(primary: Node): Promise<string[]> {
  return (await primary.handle.output!()).split("\n")
    .filter((line) => /overcoming|Connection with replica.*lost/.test(line))
    .map((line) =>
      line.replace(/^.*? [*#] /, "").replace(
        /id=\d+ .* flags=(\w) .* cmd=(\w+) .* resp=2( lib-name= lib-ver=)?/,
        "$1 $2",
      )
    )
    .sort();
}

async function story(kind: Kind): Promise<unknown[]> {
  await using primary = await Node.start(kind, "--rdbcompression", "no");
  await using healthy = await Node.start("redis");
  const told: unknown[] = [];
  for (let i = 0; i < VALUES; i++) await primary.say("SET", `key:${i}`, "x".repeat(VALUE_BYTES));
  const limit = (text: string) =>
    primary.say("CONFIG", "SET", "repl-backlog-size", "1mb", "client-output-buffer-limit", text);
  const isClosed = async () => {
    await until(async () => !await follows(primary), "its end");
    await until(async () => !await isSaving(primary), "the copy to be given up");
  };
  // Each is within its limit first, and over it then.
  for (
    const [limits, within, over] of [
      ["replica 4mb 0 0", 2e6, 6e6],
      ["replica 100kb 0 0", 5e5, 2e6],
      ["replica 64mb 200kb 1", 1e5, 1e6],
    ] as const
  ) {
    told.push(await limit(limits));
    const conn = await followWithoutReading(primary);
    await write(primary, within);
    told.push(await primary.say("PING"), await stalls(primary));
    await write(primary, over);
    await isClosed();
    conn.close();
    told.push(await primary.row("connected_slaves"), await primary.say("STRLEN", "key:0"));
  }
  const logged = await closings(primary);
  await healthy.follow(primary);
  await healthy.equals(primary);
  return [...told, ...logged.map((line) => line.replace("scheduled to be closed ASAP", "closed"))];
}

Deno.test({
  name: "a replica that does not read its full copy is closed as by the real server",
  ignore: findOracle() === undefined,
  async fn() {
    const told = await story("etna");
    assert(told.some((line) => `${line}`.includes("S psync closed for overcoming")));
    assertEquals(told, await story("redis"));
  },
});
