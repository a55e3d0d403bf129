/**
 * A core whose memory is out and in pieces can still be written out: SAVE, BGSAVE and an append-only file
 * that is switched on need no memory of it. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { toBytes } from "../support/resp_reply.ts";
import { DiskServer } from "./rdb_support.ts";

const CORE_BYTES = 64 * 2 ** 20;
const seed = seedFromEnv("ETNA_SEED");

/** Lengths of values, small ones many, until nothing fits any more; then every second large one goes. */
async function fillUp(server: DiskServer, random: SeededRandom): Promise<string[]> {
  const large: string[] = [];
  let client = new LoopbackClient(server.running.server);
  const sizes = [4_000_000, 900_000, 200_000, 40_000, 6_000, 600, 60];
  let made = 0;
  for (const size of sizes) {
    for (let refusals = 0; refusals < 3;) {
      const key = `key:${made++}`;
      const length = size + random.below(size);
      // What compresses, and what does not.
      const text = random.chance(0.5) ? "etna" : noise(random, 64 * 1024);
      const value = text.repeat(Math.ceil(length / text.length)).slice(0, length);
      const words = random.chance(0.8)
        ? ["SET", key, value]
        : ["RPUSH", key, value, value.slice(9)];
      // Who finds no memory for a request is closed, and comes again.
      if (client.closed) client = new LoopbackClient(server.running.server);
      const refused = await client.call(words.map(toBytes), false).then(() => false, () => true);
      if (refused) refusals++;
      else if (length >= 40_000) large.push(key);
    }
  }
  for (const [i, key] of large.entries()) if (i % 2 === 1) await server.call("DEL", key);
  return large.filter((_, i) => i % 2 === 0);
}

function noise(random: SeededRandom, bytes: number): string {
  return Array.from({ length: bytes }, () => String.fromCharCode(random.below(256))).join("");
}

/** Takes what is left, so that a block of any size has no place. */
function fillGaps(server: DiskServer): void {
  const { x } = server.running.server.core;
  for (let bytes = 8 << 20; bytes >= 4; bytes >>= 1) while (x.allocate(bytes) !== 0);
  assertEquals(x.allocate(4), 0);
}

/** What a server finds that starts with these files. */
async function digestAfter(disk: MemoryDisk, appendonly: boolean): Promise<unknown> {
  const copy = new MemoryDisk();
  for (const [name, bytes] of disk.files) copy.files.set(name, bytes.slice());
  await using server = await DiskServer.start(copy, undefined, { appendonly, loads: true });
  return await server.digest();
}

async function until(isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 20_000; performance.now() < endMs;) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it does not come to pass");
}

for (const gaps of [true, false]) {
  const name = gaps ? "and every second large value deleted" : "and no block of any size left";
  Deno.test(`a memory that is full can be saved, ${name}, seed ${seed}`, async () => {
    const random = new SeededRandom(seed);
    await using server = await DiskServer.start(new MemoryDisk(), CORE_BYTES);
    const { snapshots, appendOnlyFile } = server.running.server;
    const large = await fillUp(server, random);
    if (!gaps) fillGaps(server);
    const digest = await server.digest();
    assertEquals(await server.call("SAVE"), "OK");
    assertEquals(await digestAfter(server.disk, false), digest);
    server.disk.files.clear();
    assertEquals(await server.call("BGSAVE"), "Background saving started");
    // Values that go while it is written are in it.
    let after: Promise<unknown> = Promise.resolve();
    for (const key of large.slice(0, 3)) after = server.call("DEL", key);
    await after;
    await until(() => !snapshots.running);
    assert(!snapshots.lastFailed);
    assertEquals(await digestAfter(server.disk, false), digest);
    server.disk.files.clear();
    if (!gaps) fillGaps(server);
    const left = await server.digest();
    assertEquals(await server.call("CONFIG", "SET", "appendonly", "yes"), "OK");
    await until(() => !appendOnlyFile!.rewriting);
    assertEquals(appendOnlyFile!.failures, 0);
    assertEquals(await digestAfter(server.disk, true), left);
    await server.call("DEL", large[3]);
    assertEquals(await digestAfter(server.disk, true), await server.digest());
    assertEquals(
      await server.call("BGREWRITEAOF"),
      "Background append only file rewriting started",
    );
    await until(() => !appendOnlyFile!.rewriting);
    assertEquals(appendOnlyFile!.failures, 0);
    assertEquals(await digestAfter(server.disk, true), await server.digest());
  });
}
