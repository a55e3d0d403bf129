/** Warm restart: the memory of the server before, whole and once, or the files. */

import { assert, assertEquals } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { DiskServer } from "./rdb_support.ts";

const seed = seedFromEnv("ETNA_SEED");
const IMAGE = "dump.rdb.memory";
const TAKEN = /^Memory taken over/;
const LEFT = /^The image of the memory is left out, files are loaded: (.*)$/;

function start(
  disk: MemoryDisk,
  options: Record<string, string> = {},
  appendonly = false,
): Promise<DiskServer> {
  options = { "warm-restart": "yes", ...options };
  return DiskServer.start(disk, undefined, { loads: true, appendonly, options });
}

/** Everything that DEBUG DIGEST sees, and what it does not. */
async function stateOf(server: DiskServer): Promise<unknown> {
  return [
    await server.digest(),
    String(await server.call("INFO", "keyspace")).replace(/avg_ttl=\d+/g, ""),
    await server.call("FUNCTION", "LIST", "WITHCODE"),
  ];
}

const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 'answer' end)";

/** Values of all kinds, fields that expire, functions, something that is freed later. */
async function fill(server: DiskServer): Promise<void> {
  const random = new SeededRandom(seed);
  for (const db of ["0", "3", "15"]) {
    await server.call("SELECT", db);
    const values = randomValues(random, 60);
    await server.fill(values);
    for (const { key } of values.filter((_, i) => i % 4 === 0)) {
      await server.call("PEXPIRE", key, String(random.between(1e7, 1e9)));
    }
  }
  await server.call("SELECT", "0");
  await server.call("HSET", "fields", "a", "1", "b", "2");
  await server.call("HEXPIRE", "fields", "10000", "FIELDS", "1", "a");
  const many = Array.from({ length: 20_000 }, (_, i) => `m${i}`);
  await server.call("SADD", "large", ...many);
  await server.call("SET", "string", "x".repeat(9_000_000));
  await server.call("RPUSH", "dropped", ...many);
  await server.call("UNLINK", "dropped");
  await server.call("FUNCTION", "LOAD", "REPLACE", LIBRARY);
}

for (const appendonly of [false, true]) {
  Deno.test(`warm restart, append-only file ${appendonly}: all is there, seed ${seed}`, async () => {
    const disk = new MemoryDisk();
    const first = await start(disk, {}, appendonly);
    await fill(first);
    const before = await stateOf(first);
    await first.end();
    assert(disk.files.has(IMAGE));
    const second = await start(disk, {}, appendonly);
    assert(second.logged.some((line) => TAKEN.test(line)), second.logged.join("\n"));
    assert(!disk.files.has(IMAGE), "an image is there for one start");
    assertEquals(await stateOf(second), before);
    assertEquals(await second.call("FCALL", "f", "0"), "answer");
    // It goes on as any other does: what is there can change, grow, go and be saved.
    await second.call("SADD", "large", "more");
    assertEquals(await second.call("DEBUG", "RELOAD"), "OK");
    assertEquals(await second.call("SCARD", "large"), 20_001);
    await second.call("SELECT", "15");
    await fill(second);
    const after = await stateOf(second);
    if (!appendonly) return await second.end();
    await second[Symbol.asyncDispose]();
    // The file has all that was written since, and begins where the image was taken.
    await using third = await start(disk, {}, true);
    assertEquals(await stateOf(third), after);
  });
}

Deno.test("warm restart: what starts again and again holds no more memory", async () => {
  const disk = new MemoryDisk();
  const used: number[] = [];
  const blocks: number[] = [];
  for (let round = 0; round < 3; round++) {
    const server = await start(disk);
    assertEquals(server.logged.some((line) => TAKEN.test(line)), round > 0);
    const { core } = server.running.server;
    used.push(core.usedBytes);
    blocks.push(core.u32[core.at.LIVE_BLOCKS]);
    await fill(server);
    const subscriber = new LoopbackClient(server.running.server);
    await subscriber.call(["SUBSCRIBE", "channel"], false);
    await subscriber.call(["PSUBSCRIBE", "pattern*"], false);
    await server.call("WATCH", "large");
    await server.call("EVAL", "return redis.call('GET', 'string')", "0");
    await server.call("FLUSHALL");
    await server.end();
  }
  assertEquals(new Set(blocks).size, 1, `${blocks}`);
  assertEquals(new Set(used).size, 1, `${used}`);
});

/** Whether an image is believed after `change`, and if not, why. */
async function outcome(
  change: (disk: MemoryDisk) => void,
  options: Record<string, string> = {},
): Promise<string> {
  const disk = new MemoryDisk();
  const first = await start(disk);
  await first.call("SET", "k", "v");
  await first.end("save");
  change(disk);
  await using second = await start(disk, options);
  assertEquals(await second.call("GET", "k"), "v");
  const left = second.logged.map((line) => LEFT.exec(line)?.[1]).find((why) => why !== undefined);
  assert(!disk.files.has(IMAGE));
  const taken = second.logged.some((line) => TAKEN.test(line));
  assertEquals(taken, left === undefined);
  return left ?? "taken";
}

/** The image, changed. */
function edit(disk: MemoryDisk, change: (text: string) => string): void {
  const decoder = new TextDecoder("latin1");
  const text = change(decoder.decode(disk.files.get(IMAGE)!.slice(0, 2000)));
  const head = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const rest = disk.files.get(IMAGE)!.slice(2000);
  const whole = new Uint8Array(head.length + rest.length);
  whole.set(head);
  whole.set(rest, head.length);
  disk.files.set(IMAGE, whole);
}

Deno.test("warm restart: an image that does not fit is left out, and the log says why", async () => {
  assertEquals(await outcome(() => {}), "taken");
  assertEquals(await outcome(() => {}, { "warm-restart": "no" }), "warm-restart is no");
  assertEquals(await outcome(() => {}, { databases: "17" }), "the option databases was another");
  const build = (disk: MemoryDisk) => edit(disk, (text) => text.replace(/"core":"./, '"core":"x'));
  assertEquals(await outcome(build), "it is another build's");
  const version = (disk: MemoryDisk) =>
    edit(disk, (text) => text.replace(/ETNA-MEMORY 1/, "ETNA-MEMORY 2"));
  assertEquals(await outcome(version), "it is damaged");
  const longer = (disk: MemoryDisk) => {
    const file = disk.files.get("dump.rdb")!;
    disk.files.set("dump.rdb", Uint8Array.from([...file, 0]));
  };
  assertEquals(await outcome(longer), "the file dump.rdb has changed since");
});

Deno.test(`warm restart: a damaged image is left out, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  for (let i = 0; i < 12; i++) {
    const why = await outcome((disk) => {
      const image = disk.files.get(IMAGE)!;
      if (i % 3 === 0) disk.files.set(IMAGE, image.slice(0, random.below(image.length)));
      else image[random.below(image.length)] ^= 1 << random.below(8);
    });
    assert(/^(it is damaged|it is another build|the (option|file) )/.test(why), why);
  }
});

Deno.test("warm restart: SHUTDOWN NOSAVE and a disk that is full leave no image", async () => {
  const disk = new MemoryDisk();
  const first = await start(disk);
  await first.call("SET", "k", "v");
  await first.end("nosave");
  assertEquals([...disk.files.keys()], []);
  const second = await start(disk);
  await second.call("SET", "k", "v");
  disk.room = 1000;
  await second.end();
  assertEquals([...disk.files.keys()], []);
  assert(second.logged.some((line) => /^Could not keep the memory/.test(line)));
});
