/** A snapshot to sinks that are slow, while the data set changes. */

import { assert, assertEquals } from "@std/assert";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { Pipe } from "../../tests/support/pipe.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { FanOut } from "../../server/env/fan_out.ts";
import { MemorySink, type Sink } from "../../server/env/sink.ts";
import { DatabaseWriter } from "./writer.ts";

const seed = seedFromEnv("ETNA_SEED");
const origin = { redisVersion: "7.0.15", functions: [], replication: null };

async function begin(server: DiskServer, sink: Sink): Promise<{ saved: Promise<void> }> {
  const { server: inner } = server.running;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const purpose = {
    saved: resolve,
    failed: reject,
    interrupted: () => reject(new Error("interrupted")),
  };
  // Within a turn, as everything that touches the data set.
  await new Promise<void>((done) =>
    inner.defer(() => {
      inner.snapshots.begin(new DatabaseWriter(inner, sink, origin, true), purpose);
      done();
    })
  );
  return { saved: promise };
}

/** Keys whose values do not get smaller by compression. */
async function fill(server: DiskServer, random: SeededRandom, keys: number): Promise<void> {
  for (let i = 0; i < keys; i++) {
    const value = Array.from({ length: 500 }, () => String.fromCharCode(random.below(256)));
    await server.call("SET", `key:${i}`, value.join(""));
  }
}

/** The digest of what a server loads from bytes. */
async function digestOf(bytes: Uint8Array<ArrayBuffer>): Promise<unknown> {
  await using server = await DiskServer.start();
  server.file = bytes;
  assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
  return await server.digest();
}

Deno.test(`a snapshot pauses for slow sinks and is of one moment, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using server = await DiskServer.start();
  await fill(server, random, 3000);
  const digest = await server.digest();
  const pipes = [new Pipe(50_000), new Pipe(200_000)];
  const failures: unknown[] = [];
  const { saved } = await begin(server, new FanOut(pipes, (_, error) => failures.push(error)));
  const outcomes = pipes.map(() => new MemorySink());
  const into = new Uint8Array(30_000);
  const { snapshots } = server.running.server;
  let ended = false;
  void saved.then(() => ended = true);
  let waits = 0;
  while (!ended || pipes.some(({ length }) => length !== 0)) {
    const key = `key:${random.below(3000)}`;
    await server.call(
      ...random.pick([["SET", key, "other"], ["DEL", key], ["APPEND", key, "more"]]),
    );
    // A server whose snapshot waits serves its clients, and the snapshot does not run away.
    if (snapshots.running && pipes.some(({ hasRoom }) => !hasRoom)) waits++;
    pipes.forEach((pipe, i) => {
      if (!random.chance(i === 0 ? 0.4 : 0.8)) return;
      outcomes[i].write(into.subarray(0, pipe.read(into.subarray(0, random.between(1, 30_000)))));
    });
  }
  assert(waits > 20, `it has waited ${waits} times only`);
  for (const { mostBytes, roomBytes } of pipes) {
    // A step, and what clients have changed meanwhile.
    assert(mostBytes < roomBytes + 250_000, `${mostBytes} bytes were in a pipe of ${roomBytes}`);
  }
  assertEquals(failures, []);
  for (const { bytes } of outcomes) assertEquals(await digestOf(bytes), digest);
  assert(await server.digest() !== digest);
});

Deno.test("a snapshot that waits hears that its sink has failed, and the next one is written", async () => {
  await using server = await DiskServer.start();
  await fill(server, new SeededRandom(1), 500);
  const pipe = new Pipe(1000);
  const { saved } = await begin(server, pipe);
  const failed = saved.then(() => null, (error) => error.message);
  while (pipe.hasRoom) await server.call("PING");
  await server.call("SET", "key:1", "other");
  pipe.fail("Connection reset by peer");
  assertEquals(await failed, "Connection reset by peer");
  assertEquals(server.running.server.snapshots.running, false);
  const digest = await server.digest();
  const sink = new MemorySink();
  await (await begin(server, sink)).saved;
  assertEquals(await digestOf(sink.bytes), digest);
});

Deno.test(`each of many snapshots has every key, whole or given up as those before may be, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using server = await DiskServer.start();
  await using other = await DiskServer.start();
  const { running: { server: inner } } = server;
  await fill(server, random, 300);
  // There are 63 marks: a whole one comes upon that which was given up in the middle, 63 before it.
  for (let n = 0; n < 64 * 3; n++) {
    const isLeft = n % 64 < 63;
    const digest = isLeft ? null : await server.digest();
    const sink = new MemorySink();
    const writer = new DatabaseWriter(inner, sink, origin, true);
    const steps = n % 64 === 0 ? 5 : isLeft ? 0 : Infinity;
    for (let step = 0; step < steps && writer.write() !== "done"; step++) {
      const key = `key:${random.below(400)}`;
      await server.call(...random.pick([["SET", key, `${n}`], ["DEL", key], ["INCR", "n"]]));
    }
    if (isLeft) {
      writer.discard();
      continue;
    }
    other.file = sink.bytes;
    assertEquals(await other.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
    assertEquals(await other.digest(), digest, `snapshot ${n}`);
  }
});
