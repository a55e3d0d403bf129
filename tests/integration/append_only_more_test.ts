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
  assertEquals(manifest().match(/type h/g), null);
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
