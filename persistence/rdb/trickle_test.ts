/** Loading from a source that gives a byte at a time, and nothing in between. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { Pipe } from "../../tests/support/pipe.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { MemorySink } from "../../server/env/sink.ts";
import { MemorySource, type Source, takeSteps } from "../../server/env/source.ts";
import { replayCommands } from "../aof/replay.ts";
import { readDatabases, type ReadOptions } from "./reader.ts";
import { writeDatabases } from "./writer.ts";

const seed = seedFromEnv("ETNA_SEED");
const replication = {
  id: "0123456789abcdef".repeat(2) + "01234567",
  offset: 2 ** 40 + 7,
  database: 3,
};
const origin = { redisVersion: "7.0.15", functions: ["library"], replication };

const options = (more: Partial<ReadOptions> = {}): ReadOptions => ({
  place: "new",
  onField: () => {},
  onFunction: () => {},
  onProgress: () => {},
  ...more,
});

/** Gives a pipe bytes one by one, each in a turn of its own or not. */
async function trickle(pipe: Pipe, bytes: Uint8Array, random: SeededRandom): Promise<void> {
  for (const byte of bytes) {
    pipe.write(Uint8Array.of(byte));
    if (random.chance(0.7)) await Promise.resolve();
    if (random.chance(0.001)) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await pipe.finish();
}

Deno.test(`a snapshot loaded byte by byte, with what it says of its history, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using server = await DiskServer.start();
  await server.fill(randomValues(random, 60));
  const sink = new MemorySink();
  const keys = writeDatabases(server.running.server, sink, origin);
  const digest = await server.digest();
  await using other = await DiskServer.start();
  const pipe = new Pipe(1000);
  let [rests, text, rest] = [0, "", ""];
  const load = readDatabases(
    other.running.server,
    pipe,
    options({
      onFunction: (library) => text = library,
      onRest: (bytes) => rest = new TextDecoder().decode(bytes),
    }),
  );
  const loading = takeSteps(load, () => Promise.resolve(void rests++));
  await trickle(pipe, sink.bytes, random);
  const loaded = await loading;
  assertEquals(loaded, { keys, expired: 0, empty: 0, replication });
  assertEquals([text, rest], ["library", ""]);
  assertEquals(await other.digest(), digest);
  assert(rests > 1);
});

Deno.test("what was read beyond a snapshot's end is given back", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "a", "1");
  const sink = new MemorySink();
  writeDatabases(server.running.server, sink, { ...origin, replication: null });
  sink.write(new TextEncoder().encode("*1\r\n$4\r\nPING\r\n"));
  await server.call("FLUSHALL");
  let rest = "";
  const source = new MemorySource(sink.bytes);
  const load = readDatabases(
    server.running.server,
    source,
    options({
      onRest: (bytes) => rest = new TextDecoder().decode(bytes),
    }),
  );
  assertEquals((await takeSteps(load, () => Promise.resolve())).replication, null);
  assertEquals(rest, "*1\r\n$4\r\nPING\r\n");
});

Deno.test("a source that fails or ends too early ends the load in its words", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "a", "1");
  const sink = new MemorySink();
  writeDatabases(server.running.server, sink, origin);
  const load = (source: Source) =>
    takeSteps(
      readDatabases(server.running.server, source, options({ place: "merges" })),
      () => Promise.resolve(),
    );
  for (const end of [1, 20, sink.bytes.length - 1]) {
    const short = new Pipe(10_000);
    short.write(sink.bytes.slice(0, end));
    void short.finish();
    await assertRejects(() => load(short), Error, "Unexpected EOF reading RDB file");
    const broken = new Pipe(10_000);
    broken.write(sink.bytes.slice(0, end));
    const loading = load(broken);
    broken.fail("Connection reset by peer");
    await assertRejects(() => loading, Error, "Connection reset by peer");
  }
  assertEquals(await server.call("GET", "a"), "1");
});

Deno.test("commands from a source that trickles", async () => {
  await using server = await DiskServer.start();
  const text =
    "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n*1\r\n$5\r\nMULTI\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n12\r\n" +
    "*2\r\n$4\r\nINCR\r\n$1\r\na\r\n*1\r\n$4\r\nEXEC\r\n";
  const bytes = new TextEncoder().encode(`${text}*1\r\n$5\r\nMULTI\r\n*1`);
  const pipe = new Pipe(1000);
  const replay = replayCommands(server.running.server, pipe, "pipe", () => {});
  const replaying = takeSteps(replay, () => Promise.resolve());
  await trickle(pipe, bytes, new SeededRandom(1));
  assertEquals(await replaying, { validBytes: text.length, inTransaction: true, annotation: [] });
  await server.call("SELECT", "3");
  assertEquals(await server.call("GET", "a"), "13");
});
