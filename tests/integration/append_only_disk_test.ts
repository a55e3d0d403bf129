/**
 * The append-only file over a disk that refuses: with `always` no reply acknowledges what is not there, and
 * with every policy writes go on once the disk is well.
 */

import { assert, assertEquals } from "@std/assert";
import { type CallArgument, LoopbackClient } from "../../server/net/loopback.ts";
import { LoggingServer, textOf } from "../support/logging_server.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

const INCR = "appendonly.aof.1.incr.aof";
const CLOSED = "the connection is closed";
const FULL = "MISCONF Errors writing to the AOF file: No space left on device";

/** A client's calls, made in one turn, by their outcome: a reply, or an error's words. */
function callAll(client: LoopbackClient, ...lines: string[]): Promise<unknown[]> {
  const words = (line: string): CallArgument[] => line.split(" ");
  return Promise.all(
    lines.map((line) => client.call(words(line), false).catch((error) => error.message)),
  );
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Calls until it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + 5000; performance.now() < endMs;) {
    if (await isSo()) return;
    await rest(10);
  }
  throw new Error("it does not come to pass");
}

async function startStrict(disk: MemoryDisk): Promise<LoggingServer> {
  return await LoggingServer.start(disk, { appendfsync: "always" });
}

/** What a server finds that starts with what has been written. */
async function keysAfterCrash(server: LoggingServer): Promise<string[]> {
  await using again = await startStrict(server.crashed());
  return (await again.call("KEYS *") as string[]).sort();
}

/** How a disk may refuse: it is full, or it cannot sync; and what clients read of it then. */
const refusals: [string, (disk: MemoryDisk) => void, words: string][] = [
  ["it is full", (disk) => disk.room = 10, FULL],
  [
    "it cannot sync",
    (disk) => disk.syncTrouble = "Input/output error",
    "MISCONF Errors writing to the AOF file: Input/output error",
  ],
];

for (const [name, refuse, words] of refusals) {
  Deno.test(`always, the disk refuses: ${name}`, async () => {
    const disk = new MemoryDisk();
    await using server = await startStrict(disk);
    const { running: { server: inner } } = server;
    const [writer, pipeliner, executor, quiet, reader, waiting] = Array.from(
      { length: 6 },
      () => new LoopbackClient(inner),
    );
    const told: unknown[] = [];
    reader.onPush = (message) => told.push(message[0]);
    await callAll(reader, "SET a 1", "CLIENT TRACKING on BCAST", "SUBSCRIBE channel");
    void callAll(quiet, "CLIENT REPLY OFF");
    const popped = callAll(waiting, "BLPOP list 0");
    await server.call("PING");
    refuse(disk);
    const outcomes = await Promise.all([
      callAll(writer, "SET b 1"),
      callAll(pipeliner, "GET a", "SET c 1", "GET a"),
      callAll(executor, "MULTI", "SET d 1", "GET a", "EXEC"),
      callAll(quiet, "SET e 1"),
      callAll(reader, "GET a", "PUBLISH channel text", "SET a 2 NX"),
      callAll(server.client, "RPUSH list 1"),
    ]);
    assertEquals(outcomes, [
      [CLOSED],
      [CLOSED, CLOSED, CLOSED],
      [CLOSED, CLOSED, CLOSED, CLOSED],
      [CLOSED],
      ["1", 1, null],
      [CLOSED],
    ]);
    assertEquals(await popped, [CLOSED]);
    for (const client of [writer, pipeliner, executor, quiet, waiting]) assert(client.closed);
    // Others go on: they read what is in memory, are told of it, and cannot write.
    assertEquals(told, ["subscribe", "message", "invalidate"]);
    assertEquals(await callAll(reader, "GET b", "SET f 1", "DEL a", "MULTI", "SET f 1", "EXEC"), [
      "1",
      words,
      words,
      "OK",
      words,
      "EXECABORT Transaction discarded because of previous errors.",
    ]);
    assertEquals(await keysAfterCrash(server), ["a"]);
    // What was not acknowledged, but done, is written once the disk is well.
    disk.room = Infinity;
    disk.syncTrouble = null;
    await until(async () => (await callAll(reader, "SET g 1"))[0] === "OK");
    assertEquals(await keysAfterCrash(server), ["a", "b", "c", "d", "e", "g"]);
    const crashed = server.crashed();
    assertEquals(textOf(crashed.files.get(INCR)), textOf(disk.files.get(INCR)));
    reader.end();
  });
}

Deno.test("always, replies that leave before the turn ends wait for the disk, too", async () => {
  const disk = new MemoryDisk();
  await using server = await startStrict(disk);
  const { running: { server: inner } } = server;
  const writer = new LoopbackClient(inner);
  const outcome = callAll(writer, "SET a 1");
  // In the same turn, behind the write: a slow reader's socket takes more.
  inner.defer(() => inner.flushEffects());
  disk.room = 10;
  assertEquals(await outcome, [CLOSED]);
  assertEquals(await callAll(new LoopbackClient(inner), "SET a 1"), [FULL]);
});

Deno.test("always, what is lost to the file for want of memory is not acknowledged", async () => {
  const disk = new MemoryDisk();
  await using server = await startStrict(disk);
  const { running: { server: { core, defer } } } = server;
  await server.call("SET a 1");
  const [outcome] = await Promise.all([
    callAll(new LoopbackClient(server.running.server), "SET b 1"),
    defer.call(server.running.server, () => core.u32[core.at.EFFECTS_LOST] = 1),
  ]);
  assertEquals(outcome, [CLOSED]);
  await until(() => !server.running.server.appendOnlyFile!.rewriting);
  assertEquals(await keysAfterCrash(server), ["a", "b"]);
});

Deno.test("half a unit that cannot be cut off at once is cut off before more is written", async () => {
  for (const appendfsync of ["always", "everysec"]) {
    const disk = new MemoryDisk();
    await using server = await LoggingServer.start(disk, { appendfsync });
    await server.call("SET a 1");
    disk.room = 20;
    disk.truncateTrouble = "Input/output error";
    const [outcome] = await callAll(new LoopbackClient(server.running.server), "SET b 1");
    assertEquals(outcome, appendfsync === "always" ? CLOSED : "OK");
    disk.room = Infinity;
    await rest(250);
    assert((await server.refusal("SET c 1")).startsWith("MISCONF"));
    disk.truncateTrouble = null;
    await until(async () => await server.refusal("SET c 1") === "");
    assertEquals(await keysAfterCrash(server), ["a", "b", "c"]);
  }
});

Deno.test("everysec, a sync that fails is not forgotten, and one that succeeds ends the trouble", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  const words = "MISCONF Errors writing to the AOF file: Input/output error";
  disk.syncTrouble = "Input/output error";
  await server.call("SET a 1");
  await until(async () => await server.refusal("SET b 1") === words);
  assertEquals(await server.call("GET a"), "1");
  assert(`${await server.call("INFO persistence")}`.includes("aof_last_write_status:err"));
  // It is tried again, and fails again.
  await rest(1300);
  assertEquals(await server.refusal("SET b 1"), words);
  const { syncs } = disk;
  disk.syncTrouble = null;
  await until(async () => await server.refusal("SET b 1") === "");
  assert(disk.syncs > syncs);
  // Nobody knows what of the file has come to the disk: it is written anew.
  const { appendOnlyFile } = server.running.server;
  await until(() => appendOnlyFile!.rewrites === 1 && !appendOnlyFile!.rewriting);
  assertEquals(appendOnlyFile!.failures, 0);
  assertEquals(await keysAfterCrash(server), ["a", "b"]);
});

Deno.test("everysec, writes go on while a sync runs, and wait for it where one has stalled", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  const { appendOnlyFile } = server.running.server;
  const sync = Promise.withResolvers<void>();
  disk.syncing = sync.promise;
  await server.call("SET a 1");
  await until(() => appendOnlyFile!.syncing);
  const written = () => textOf(disk.files.get(INCR));
  await server.call("SET b 1");
  assert(written().endsWith("$1\r\nb\r\n$1\r\n1\r\n"));
  disk.writeMs = 60;
  await server.call("SET c 1");
  assert(written().endsWith("$1\r\nc\r\n$1\r\n1\r\n"));
  disk.writeMs = 0;
  await server.call("SET d 1");
  assert(written().endsWith("$1\r\nc\r\n$1\r\n1\r\n"));
  sync.resolve();
  await until(() => written().endsWith("$1\r\nd\r\n$1\r\n1\r\n"));
});
