/** The append-only file over a disk in memory: what a server finds again, and what a disk may do to it. */

import { assertEquals, assertRejects } from "@std/assert";
import { LoggingServer, textOf } from "../support/logging_server.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

const INCR = "appendonly.aof.1.incr.aof";
const MANIFEST = "appendonly.aof.manifest";

function addTo(disk: MemoryDisk, name: string, text: string): void {
  const before = disk.files.get(name)!;
  const whole = new Uint8Array(before.length + text.length);
  whole.set(before);
  whole.set(new TextEncoder().encode(text), before.length);
  disk.files.set(name, whole);
}

const LINES = [
  "SET a 1",
  "SET t 1 EX 1000",
  "RPUSH l 1 2 3",
  "HSET h f v g w",
  "ZADD z 1 a 2 b",
  "XADD x 5-1 f v",
  "XGROUP CREATE x g 0",
  "XREADGROUP GROUP g c STREAMS x >",
  "SADD s 1 2 3 4 5",
  "SPOP s 2",
  "SELECT 3",
  "SET other 1",
  "SELECT 0",
];

async function fill(server: LoggingServer): Promise<void> {
  for (const line of LINES) await server.call(line);
}

Deno.test("every write is found again after a crash", async () => {
  const disk = new MemoryDisk();
  await using first = await LoggingServer.start(disk);
  await fill(first);
  const digest = await first.call("DEBUG DIGEST");
  await using second = await LoggingServer.start(first.crashed());
  assertEquals(await second.call("DEBUG DIGEST"), digest);
  assertEquals(await second.call("DBSIZE"), 7);
  // And what is written then, too.
  await second.call("SET later 1");
  await using third = await LoggingServer.start(second.crashed());
  assertEquals(await third.call("GET later"), "1");
  assertEquals(textOf(disk.files.get(MANIFEST)).split("\n").length, 3);
});

Deno.test("with always nothing is answered before it is on the disk", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk, { appendfsync: "always" });
  const { syncs } = disk;
  await server.call("SET a 1");
  assertEquals(disk.syncs, syncs + 1);
  await server.call("GET a");
  assertEquals(disk.syncs, syncs + 1);
});

Deno.test("half a command, or half a transaction, at the end is cut off", async () => {
  for (
    const tail of [
      "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$100\r\nhal",
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n1\r\n",
      "*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n",
      "*",
    ]
  ) {
    const disk = new MemoryDisk();
    await using first = await LoggingServer.start(disk);
    await first.call("SET a 1");
    const crashed = first.crashed();
    const whole = textOf(crashed.files.get(INCR));
    addTo(crashed, INCR, tail);
    const strict = new MemoryDisk();
    for (const [name, bytes] of crashed.files) strict.files.set(name, bytes);
    await assertRejects(
      () => LoggingServer.start(strict, { "aof-load-truncated": "no" }),
      Error,
      `Unexpected end of file reading the append only file ${INCR}`,
    );
    await using second = await LoggingServer.start(crashed);
    assertEquals(await second.call("GET a"), "1");
    assertEquals(await second.call("EXISTS b"), 0);
    assertEquals(textOf(crashed.files.get(INCR)), whole);
  }
});

Deno.test("what is no append-only file ends the start", async () => {
  const cases: [string, string][] = [
    [
      "*2\r\n$5\r\nHELLX\r\n$1\r\nz\r\n",
      `Unknown command 'HELLX' reading the append only file ${INCR}`,
    ],
    ["garbage\r\n", `Bad file format reading the append only file ${INCR}`],
    ["*3\r\n$3\r\nSET\r\n$1\r\nzzz\r\n$1\r\nh\r\n", `Bad file format reading the append only file`],
  ];
  for (const [tail, words] of cases) {
    const disk = new MemoryDisk();
    await using server = await LoggingServer.start(disk);
    await server.call("SET a 1");
    const crashed = server.crashed();
    addTo(crashed, INCR, tail);
    await assertRejects(() => LoggingServer.start(crashed), Error, words);
  }
  const disk = new MemoryDisk();
  disk.files.set(MANIFEST, new TextEncoder().encode("file x seq 1 type b\nhi\n"));
  await assertRejects(() => LoggingServer.start(disk), Error, "at line 2 >>> 'hi'");
  disk.files.set(MANIFEST, new TextEncoder().encode("file gone seq 1 type i\n"));
  await assertRejects(() => LoggingServer.start(disk), Error, "Unable to obtain the AOF file gone");
});

Deno.test("a full disk refuses writes and loses none that were answered", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  await server.call("SET a 1");
  disk.room = 10;
  // Its reply has left when the disk refuses, as in Redis; what is written waits here.
  await server.call("SET b 1");
  assertEquals(
    await server.refusal("SET c 1"),
    "MISCONF Errors writing to the AOF file: No space left on device",
  );
  assertEquals(await server.call("GET a"), "1");
  const crashed = server.crashed();
  await using second = await LoggingServer.start(crashed);
  assertEquals(await second.call("KEYS *"), ["a"]);
  disk.room = Infinity;
  while (await server.refusal("SET c 1") !== "") await new Promise((r) => setTimeout(r, 20));
  await using third = await LoggingServer.start(server.crashed());
  assertEquals((await third.call("KEYS *") as string[]).sort(), ["a", "b", "c"]);
});

Deno.test("it can be switched on and off", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk, { appendonly: "no" });
  await fill(server);
  assertEquals(disk.files.size, 0);
  const digest = await server.call("DEBUG DIGEST");
  await server.call("CONFIG SET appendonly yes");
  await rewritten(server);
  await using second = await LoggingServer.start(server.crashed());
  assertEquals(await second.call("DEBUG DIGEST"), digest);
  await server.call("SET more 1");
  await server.call("CONFIG SET appendonly no");
  await server.call("SET unheard 1");
  await using third = await LoggingServer.start(server.crashed());
  assertEquals(await third.call("EXISTS more unheard"), 1);
  await server.call("CONFIG SET appendonly yes");
  await rewritten(server);
  const after = await server.call("DEBUG DIGEST");
  await using fourth = await LoggingServer.start(server.crashed());
  assertEquals(await fourth.call("DEBUG DIGEST"), after);
  assertEquals(filesOf(disk), [
    "appendonly.aof.2.base.rdb",
    "appendonly.aof.2.incr.aof",
    MANIFEST,
  ]);
});

Deno.test("a single file of old is taken over", async () => {
  const disk = new MemoryDisk();
  disk.files.set(
    "appendonly.aof",
    new TextEncoder().encode(
      "*2\r\n$6\r\nSELECT\r\n$1\r\n2\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n",
    ),
  );
  await using server = await LoggingServer.start(disk);
  await server.call("SELECT 2");
  assertEquals(await server.call("GET a"), "1");
  assertEquals(
    textOf(disk.files.get(MANIFEST)),
    "file appendonly.aof seq 1 type b\nfile appendonly.aof.1.incr.aof seq 1 type i\n",
  );
});

Deno.test("what had expired meanwhile is as the commands have left it", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  await server.call("DEBUG SET-ACTIVE-EXPIRE 0");
  await server.call("SET a 1 PX 30");
  await server.call("PERSIST a");
  await server.call("SET b 1 PX 30");
  await new Promise((resolve) => setTimeout(resolve, 40));
  await using second = await LoggingServer.start(server.crashed());
  assertEquals(await second.call("EXISTS a b"), 1);
});

Deno.test("a memory that is full refuses writes, and the file has all others", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk, {}, 48 * 2 ** 20);
  let refused = 0;
  for (let i = 0; refused < 200; i++) {
    const lines = [
      `SET k${i} ${"v".repeat(i * 3700 % 200_000)}`,
      `RPUSH l${i % 7} ${"e ".repeat(i % 900)}e`,
      `SADD s${i % 5} ${Array.from({ length: i % 100 }, (_, j) => `m${i * j}`).join(" ")} x`,
      `SPOP s${i % 5} ${i % 30}`,
      `XADD x MAXLEN ~ 100 * f ${"w".repeat(i % 3000)}`,
    ];
    for (const line of lines) {
      const words = await server.outcome(line);
      if (words === "") continue;
      if (!words.startsWith("OOM")) throw new Error(`${line.slice(0, 60)}: ${words}`);
      refused++;
    }
  }
  const digest = await server.call("DEBUG DIGEST");
  await using second = await LoggingServer.start(server.crashed());
  assertEquals(await second.call("DEBUG DIGEST"), digest);
});

const filesOf = (disk: MemoryDisk) => [...disk.files.keys()].sort();

async function rewritten(server: LoggingServer): Promise<void> {
  const { snapshots } = server.running.server;
  while (snapshots.running || server.running.server.appendOnlyFile!.scheduled) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("a rewrite puts a base in the place of what was written", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  await fill(server);
  for (let i = 0; i < 300; i++) await server.call(`INCR counter:${i % 10}`);
  const before = server.running.server.appendOnlyFile!.bytes;
  const call = server.call("BGREWRITEAOF");
  // Writes while it is under way, of keys that are written already and of others.
  const writes = Array.from({ length: 200 }, (_, i) => server.call(`INCR counter:${i % 20}`));
  assertEquals(await call, "Background append only file rewriting started");
  await Promise.all(writes);
  await rewritten(server);
  assertEquals(filesOf(disk), [
    "appendonly.aof.2.base.rdb",
    "appendonly.aof.2.incr.aof",
    MANIFEST,
  ]);
  if (server.running.server.appendOnlyFile!.bytes > before) {
    throw new Error("it has not become smaller");
  }
  const digest = await server.call("DEBUG DIGEST");
  await using second = await LoggingServer.start(server.crashed());
  assertEquals(await second.call("DEBUG DIGEST"), digest);
});

Deno.test("a crash at any moment of a rewrite leaves all there was", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk, {}, undefined);
  for (let i = 0; i < 3000; i++) void server.call(`SET key:${i} ${"v".repeat(100)}`);
  await server.call("BGREWRITEAOF");
  const moments: [MemoryDisk, unknown][] = [];
  const { snapshots } = server.running.server;
  for (let i = 0; snapshots.running; i++) {
    await server.call(`APPEND key:${i * 7 % 3000} x`);
    if (i % 5 === 0) moments.push([server.crashed(), await server.call("DEBUG DIGEST")]);
  }
  moments.push([server.crashed(), await server.call("DEBUG DIGEST")]);
  for (const [crashed, digest] of moments) {
    await using again = await LoggingServer.start(crashed);
    assertEquals(await again.call("DEBUG DIGEST"), digest);
  }
});

Deno.test("a rewrite that the disk refuses costs nothing, and neither does one that is interrupted", async () => {
  const disk = new MemoryDisk();
  await using server = await LoggingServer.start(disk);
  for (let i = 0; i < 500; i++) void server.call(`SET key:${i} ${"v".repeat(100)}`);
  await server.call("PING");
  disk.room = 2000;
  await server.call("BGREWRITEAOF");
  await rewritten(server);
  assertEquals(server.running.server.appendOnlyFile!.failures, 1);
  disk.room = Infinity;
  // The first line of the file that the rewrite turned to found no room either.
  while (server.running.server.appendOnlyFile!.trouble !== null) await server.call("PING");
  await server.call("SET after 1");
  const digest = await server.call("DEBUG DIGEST");
  {
    await using second = await LoggingServer.start(server.crashed());
    assertEquals(await second.call("DEBUG DIGEST"), digest);
  }
  const call = server.call("BGREWRITEAOF");
  await Promise.all([call, server.call("SWAPDB 0 1"), server.call("SET swapped 1")]);
  await rewritten(server);
  assertEquals(server.running.server.appendOnlyFile!.failures, 0);
  const swapped = await server.call("DEBUG DIGEST");
  await using third = await LoggingServer.start(server.crashed());
  assertEquals(await third.call("DEBUG DIGEST"), swapped);
  await Promise.all([server.call("BGREWRITEAOF"), server.call("FLUSHALL"), server.call("SET a 1")]);
  await rewritten(server);
  await using fourth = await LoggingServer.start(server.crashed());
  assertEquals(await fourth.call("KEYS *"), ["a"]);
});

Deno.test("it is rewritten by itself when it has grown", async () => {
  const disk = new MemoryDisk();
  const options = { "auto-aof-rewrite-min-size": "20kb", "auto-aof-rewrite-percentage": "100" };
  await using server = await LoggingServer.start(disk, options);
  const { appendOnlyFile } = server.running.server;
  while (appendOnlyFile!.rewrites === 0 || appendOnlyFile!.rewriting) {
    await Promise.all(Array.from({ length: 100 }, () => server.call("INCR counter")));
  }
  assertEquals(appendOnlyFile!.failures, 0);
  const value = await server.call("GET counter");
  await using second = await LoggingServer.start(server.crashed());
  assertEquals(await second.call("GET counter"), value);
});
