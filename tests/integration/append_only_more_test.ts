/** What else the append-only file does: lines of time, files of old, what it is asked by DEBUG. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { LoggingServer, textOf } from "../support/logging_server.ts";
import { DiskServer } from "./rdb_support.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

const AOF = "appendonly.aof";
const INCR = `${AOF}.1.incr.aof`;
const bytesOf = (text: string) => new TextEncoder().encode(text);

Deno.test("aof-timestamp-enabled: a line before what is written in a second, and in each file", async () => {
  await using server = await LoggingServer.start(new MemoryDisk(), {
    "aof-timestamp-enabled": "yes",
  });
  const before = Math.floor(Date.now() / 1000);
  await server.call("SET a 1");
  await server.call("SET a 2");
  const second = Number(
    /^#TS:(\d+)\r\n\*2\r\n\$6\r\nSELECT/.exec(textOf(server.disk.files.get(INCR)))?.[1],
  );
  assert(second >= before && second <= before + 2, `${second}`);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await server.call("SET a 3");
  assertEquals(textOf(server.disk.files.get(INCR)).match(/^#TS:/gm)?.length, 2);
  await using second2 = await LoggingServer.start(server.crashed());
  assertEquals(await second2.call("GET a"), "3");
});

Deno.test("a takeover of a single file that was interrupted is brought to its end", async () => {
  const disk = new MemoryDisk();
  // A map of names has no directories: the file of old stands in one place or the other by its path.
  const old = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
  disk.files.set(AOF, bytesOf(old));
  disk.files.set(`${AOF}.manifest`, bytesOf(`file ${AOF} seq 1 type b\n`));
  await using server = await LoggingServer.start(disk);
  assertEquals(await server.call("GET k"), "v");
});

Deno.test("the same on a real disk, where the file is not in its directory yet", async () => {
  const { start } = await import("../../mod.ts");
  const dir = await Deno.makeTempDir();
  await Deno.mkdir(`${dir}/appendonlydir`);
  await Deno.writeTextFile(`${dir}/${AOF}`, "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n");
  await Deno.writeTextFile(`${dir}/appendonlydir/${AOF}.manifest`, `file ${AOF} seq 1 type b\n`);
  const etna = await start({ dir, appendonly: true });
  assertEquals(await etna.call("GET", "k"), "v");
  await etna.close();
  assertEquals([...Deno.readDirSync(dir)].map(({ name }) => name), ["appendonlydir"]);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("DEBUG LOADAOF: the files take the place of what is in memory", async () => {
  await using server = await LoggingServer.start(new MemoryDisk());
  await server.call("SET k v");
  await server.call("MULTI");
  await server.call("RPUSH list a b");
  await server.call("SELECT 3");
  await server.call("SET other there");
  await server.call("EXEC");
  const digest = await server.call("DEBUG DIGEST");
  for (let round = 0; round < 3; round++) {
    assertEquals(await server.call("DEBUG LOADAOF"), "OK");
    assertEquals(await server.call("DEBUG DIGEST"), digest);
  }
  // It goes on where it was, and nothing is there twice.
  await server.call("SET other again");
  await server.call("APPEND other !");
  await using second = await LoggingServer.start(server.crashed());
  await second.call("SELECT 3");
  assertEquals(await second.call("GET other"), "again!");
  await second.call("SELECT 0");
  assertEquals(await second.call("LRANGE list 0 -1"), ["a", "b"]);
  assertEquals(textOf(server.disk.files.get(INCR)).match(/RPUSH/g)?.length, 1);
});

Deno.test("DEBUG AOF-FLUSH-SLEEP: a write takes so long", async () => {
  await using server = await LoggingServer.start(new MemoryDisk());
  assertEquals(await server.call("DEBUG AOF-FLUSH-SLEEP 60000"), "OK");
  const startMs = performance.now();
  await server.call("SET k v");
  assert(performance.now() - startMs >= 59);
  assertEquals(await server.call("DEBUG AOF-FLUSH-SLEEP 0"), "OK");
  assertEquals(
    await server.refusal("DEBUG AOF-FLUSH-SLEEP"),
    "ERR unknown subcommand or wrong number of arguments for 'AOF-FLUSH-SLEEP'. Try DEBUG HELP.",
  );
});

Deno.test("aof-disable-auto-gc: what was replaced stays until it is switched off", async () => {
  await using server = await LoggingServer.start(new MemoryDisk(), {
    "aof-disable-auto-gc": "yes",
  });
  await server.call("SET k v");
  await server.call("BGREWRITEAOF");
  while (!/aof_rewrite_in_progress:0/.test(String(await server.call("INFO persistence")))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const manifest = () => textOf(server.disk.files.get(`${AOF}.manifest`));
  assertMatch(manifest(), /^file appendonly\.aof\.1\.base\.rdb seq 1 type h$/m);
  assert(server.disk.files.has(INCR));
  await server.call("CONFIG SET aof-disable-auto-gc no");
  while (manifest().includes("type h")) await server.call("PING");
  assertEquals(server.disk.files.has(INCR), false);
});

Deno.test("with no files yet it begins with the snapshot, says so, and is what is loaded from then on", async () => {
  const disk = new MemoryDisk();
  {
    await using first = await DiskServer.start(disk);
    await first.call("SET", "k", "v");
    await first.call("SAVE");
  }
  {
    await using second = await DiskServer.start(disk, undefined, { loads: true, appendonly: true });
    assert(second.logged.some((line) => /no append-only file yet/.test(line)));
    assertEquals(await second.call("GETDEL", "k"), "v");
  }
  await using third = await DiskServer.start(disk, undefined, { loads: true, appendonly: true });
  assertEquals(await third.call("EXISTS", "k"), 0);
  assert(!third.logged.some((line) => /no append-only file yet/.test(line)));
});

/** What INFO says of the append-only file. */
async function told(server: LoggingServer, ...names: string[]): Promise<string[]> {
  const info = await server.call("INFO persistence") as string;
  return names.map((name) => new RegExp(`${name}:(.*)\r`).exec(info)?.[1] ?? "");
}

async function startWithSnapshot(begin: string): Promise<LoggingServer> {
  const server = await LoggingServer.start(new MemoryDisk(), {
    appendonly: "no",
    rdbcompression: "no",
  });
  for (let i = 0; i < 300; i++) await server.call(`SET k${i} ${"v".repeat(1000)}`);
  server.disk.writeMs = 5;
  await server.call(begin);
  assert(server.running.server.snapshots.running);
  return server;
}

Deno.test("switched on beside a BGSAVE: its rewrite is scheduled, and switched off not any more", async () => {
  await using server = await startWithSnapshot("BGSAVE");
  const fields = ["aof_enabled", "aof_rewrite_in_progress", "aof_rewrite_scheduled"];
  assertEquals(await server.call("CONFIG SET appendonly yes"), "OK");
  assertEquals(await told(server, ...fields), ["1", "0", "1"]);
  const words = "AOF was enabled but there is already another background operation. An AOF " +
    "background was scheduled to start when possible.";
  assertEquals(server.logged.at(-1), words);
  // What would begin with its files has nothing yet.
  assertEquals(await server.refusal("SHUTDOWN"), "ERR Errors trying to SHUTDOWN. Check logs.");
  assertEquals(await server.call("CONFIG SET appendonly no"), "OK");
  assertEquals(await told(server, ...fields), ["0", "0", "0"]);
  assertEquals(await server.call("CONFIG SET appendonly yes"), "OK");
  await server.call("SET meanwhile 1");
  const { snapshots, appendOnlyFile } = server.running.server;
  await until(() => appendOnlyFile!.isOpen && !snapshots.running);
  assertEquals(snapshots.saves, 1);
  assert(server.disk.files.has("dump.rdb"), "the snapshot came to its end");
  await server.call("SET after 2");
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("MGET meanwhile after k299"), ["1", "2", "v".repeat(1000)]);
});

Deno.test("switched on beside a rewrite: another one begins in its place", async () => {
  await using server = await startWithSnapshot("BGREWRITEAOF");
  assertEquals(await server.call("CONFIG SET appendonly yes"), "OK");
  const words = "AOF was enabled but there is already an AOF rewriting in background. Stopping " +
    "background AOF and starting a rewrite now.";
  assert(server.logged.includes(words));
  assertEquals(await told(server, "aof_enabled", "aof_rewrites"), ["1", "2"]);
  await server.call("SET meanwhile 1");
  await until(() => !server.running.server.snapshots.running);
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("MGET meanwhile k299"), ["1", "v".repeat(1000)]);
});

async function until(isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 10_000; performance.now() < endMs;) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it does not come to pass");
}
