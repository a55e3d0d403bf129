/** How a rewrite turns from one file to the next: the loop waits for no sync, and no power cut makes a hole. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { textOf as replyText } from "../support/resp_reply.ts";
import { RespClient } from "../support/resp_client.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { LoggingServer, textOf } from "../support/logging_server.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

const AOF = "appendonly.aof";
const INCR = (seq: number) => `${AOF}.${seq}.incr.aof`;

/** A rewrite that has turned to the second file, with a write before it and one after it; the disk takes its time. */
async function turned(options: Record<string, string> = {}) {
  const server = await LoggingServer.start(new MemoryDisk(), options);
  await server.call("SET before 1");
  const [prepared, sync] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  server.disk.syncing = prepared.promise;
  assertEquals(
    await server.call("BGREWRITEAOF"),
    "Background append only file rewriting started",
  );
  server.disk.syncing = sync.promise;
  prepared.resolve();
  while (!server.logged.some((line) => line.includes("on background rewrite"))) {
    await server.call("PING");
  }
  await server.call("SET after 1");
  return { server, sync };
}

Deno.test("the manifest names the next file while it is empty, and its first line says what it follows", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  await server.call("SET before 1");
  const sync = Promise.withResolvers<void>();
  disk.syncing = sync.promise;
  await server.call("BGREWRITEAOF");
  await server.call("SET meanwhile 1");
  assertEquals(
    await server.refusal("BGSAVE"),
    "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
  );
  assertMatch(String(await server.call("INFO persistence")), /aof_rewrite_in_progress:1/);
  assertMatch(textOf(disk.files.get(INCR(1))), /meanwhile/);
  assertEquals(disk.files.get(INCR(2))?.length, 0);
  sync.resolve();
  const { appendOnlyFile } = server.running.server;
  while (appendOnlyFile!.rewriting) await server.call("PING");
  await server.call("SET after 1");
  const before = "*2\r\n$6\r\nSELECT".length;
  const [, bytes, name] = /^#AFTER:(\d+) (.*)\r\n/.exec(textOf(disk.files.get(INCR(2))))!;
  assert(Number(bytes) > before);
  assertEquals(name, INCR(1));
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("DBSIZE"), 3);
});

Deno.test("where the power took the end of a file, what followed it is not loaded, and is not there later", async () => {
  const { server, sync } = await turned();
  const crashed = server.crashed();
  sync.resolve();
  await server[Symbol.asyncDispose]();
  // The kernel had brought the second file to the disk, and the end of the first one not.
  const first = crashed.files.get(INCR(1))!;
  crashed.files.set(INCR(1), first.slice(0, first.length - 5));
  await assertRejects(
    () => LoggingServer.start(crashed, { "aof-load-truncated": "no" }),
    Error,
    "Set 'aof-load-truncated' to yes to load what was before.",
  );
  {
    await using again = await LoggingServer.start(crashed);
    assertEquals(await again.call("KEYS *"), []);
    assert(again.logged.some((line) => line.includes("has lost its last 5 bytes")));
    await again.call("SET later 1");
  }
  await using third = await LoggingServer.start(crashed);
  assertEquals(await third.call("KEYS *"), ["later"]);
  assertEquals(crashed.files.has(INCR(2)), false);
});

Deno.test("a file that was left is synced before the one that follows it, and a sync that fails refuses writes", async () => {
  const { server, sync } = await turned();
  await using _ = server;
  const { appendOnlyFile } = server.running.server;
  assert(appendOnlyFile!.syncing);
  const synced = appendOnlyFile!.syncedOffset;
  server.disk.syncTrouble = "Input/output error";
  sync.resolve();
  while (appendOnlyFile!.trouble === null) await server.call("PING");
  assertEquals(
    await server.refusal("SET refused 1"),
    "MISCONF Errors writing to the AOF file: Input/output error",
  );
  assertEquals(appendOnlyFile!.syncedOffset, synced);
  server.disk.syncTrouble = null;
  while (appendOnlyFile!.trouble !== null) {
    await server.call("PING");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  // What the kernel has dropped nobody knows: the files are written anew.
  while (appendOnlyFile!.rewriting || appendOnlyFile!.scheduled) await server.call("PING");
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("DBSIZE"), 2);
});

Deno.test("a manifest that the disk refuses ends the rewrite, and the next one begins anew", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  const { appendOnlyFile } = server.running.server;
  await server.call("SET a 1");
  disk.room = 10;
  await server.call("BGREWRITEAOF");
  while (appendOnlyFile!.rewriting) await server.call("PING");
  assertEquals(appendOnlyFile!.failures, 1);
  assert(server.logged.some((line) => line.includes("rewrite failed: No space left on device")));
  disk.room = Infinity;
  await server.call("SET b 1");
  await server.call("BGREWRITEAOF");
  while (appendOnlyFile!.rewriting) await server.call("PING");
  assertEquals(appendOnlyFile!.failures, 0);
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("DBSIZE"), 2);
});

Deno.test("SAVE does not wait for a rewrite, which begins anew", async () => {
  for (const hasBegun of [false, true]) {
    const disk = new MemoryDisk();
    await using server = await LoggingServer.start(disk);
    const { appendOnlyFile, snapshots } = server.running.server;
    for (let i = 0; i < 2000; i++) void server.call(`SET key:${i} ${"v".repeat(100)}`);
    await server.call("PING");
    disk.writeMs = 1;
    const sync = Promise.withResolvers<void>();
    if (!hasBegun) disk.syncing = sync.promise;
    await server.call("BGREWRITEAOF");
    while (hasBegun && (snapshots.progress?.keys ?? 1) === 0) await server.call("PING");
    assertEquals(await server.call("SAVE"), "OK");
    assert(disk.files.has("dump.rdb"));
    sync.resolve();
    while (appendOnlyFile!.rewriting || appendOnlyFile!.scheduled) {
      await server.call("PING");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assertEquals(appendOnlyFile!.failures, 0);
    await using again = await LoggingServer.start(server.crashed());
    assertEquals(await again.call("DBSIZE"), 2000);
  }
});

Deno.test("switched off or emptied while the disk is waited for, it is whole all the same", async () => {
  for (const line of ["CONFIG SET appendonly no", "FLUSHALL", "SWAPDB 0 1"]) {
    const disk = new MemoryDisk();
    await using server = await LoggingServer.start(disk);
    const { appendOnlyFile } = server.running.server;
    await server.call("SET a 1");
    const sync = Promise.withResolvers<void>();
    disk.syncing = sync.promise;
    await server.call("BGREWRITEAOF");
    await server.call(line);
    sync.resolve();
    if (line.startsWith("CONFIG")) await server.call("CONFIG SET appendonly yes");
    await server.call("SET b 1");
    while (appendOnlyFile!.rewriting || appendOnlyFile!.scheduled) {
      await server.call("PING");
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await server.call("SET c 1");
    const digest = await server.call("DEBUG DIGEST");
    await using again = await LoggingServer.start(server.crashed());
    assertEquals(await again.call("DEBUG DIGEST"), digest, line);
  }
});

Deno.test({
  name:
    "the real server loads files that a rewrite has turned between, and its tool finds nothing wrong",
  ignore: findOracle() === undefined,
  fn: async () => {
    const { server, sync } = await turned();
    const dir = await Deno.makeTempDir();
    const home = `${dir}/appendonlydir`;
    await Deno.mkdir(home);
    for (const [name, bytes] of server.disk.files) await Deno.writeFile(`${home}/${name}`, bytes);
    const digest = await server.call("DEBUG DIGEST");
    sync.resolve();
    await server[Symbol.asyncDispose]();
    const manifest = `${home}/${AOF}.manifest`;
    assertEquals((await Deno.readTextFile(manifest)).match(/type i/g)?.length, 2);
    const check = new Deno.Command("redis-check-aof", { args: [manifest] });
    const { code, stdout } = check.outputSync();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
    {
      await using real = await startOracle(["--dir", dir, "--appendonly", "yes"]);
      using client = await RespClient.connect(real, 20_000);
      assertEquals(replyText((await client.command("DEBUG", "DIGEST")).reply), digest);
    }
    await Deno.remove(dir, { recursive: true });
  },
});
