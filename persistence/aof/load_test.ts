/** Append-only files as Redis wrote them before 7.0: one file, a snapshot and commands behind it. */

import { assertEquals, assertRejects } from "@std/assert";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { LoggingServer } from "../../tests/support/logging_server.ts";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

/** A file of old: a snapshot in which `a` is 1, and what follows it. */
async function diskWith(tail: string): Promise<MemoryDisk> {
  await using server = await DiskServer.start();
  await server.call("SET", "a", "1");
  await server.call("SAVE");
  const disk = new MemoryDisk();
  disk.readBytes = 7;
  disk.files.set("appendonly.aof", Uint8Array.from([...server.file, ...encode(tail)]));
  return disk;
}

Deno.test("what follows the snapshot in one file is loaded, too", async () => {
  const tail = command("SELECT", "0") + command("INCR", "a") + command("SET", "b", "2");
  await using server = await LoggingServer.start(await diskWith(tail));
  assertEquals(await server.call("MGET a b"), ["2", "2"]);
});

Deno.test("half a command behind the snapshot is cut off where it begins", async () => {
  const tail = command("SELECT", "0") + command("INCR", "a");
  const disk = await diskWith(`${tail}*3\r\n$3\r\nSE`);
  const whole = disk.files.get("appendonly.aof")!.length - 10;
  await using server = await LoggingServer.start(disk);
  assertEquals(await server.call("MGET a b"), ["2", null]);
  assertEquals(disk.files.get("appendonly.aof")!.length, whole);
  await server.call("SET b 2");
  await using again = await LoggingServer.start(server.crashed());
  assertEquals(await again.call("MGET a b"), ["2", "2"]);
});

Deno.test("what is no command behind the snapshot ends the start", async () => {
  const disk = await diskWith("nothing\r\n");
  await assertRejects(() => LoggingServer.start(disk), Error, "Bad file format");
});
