/** The stream of effects, and followers that read it at their own pace. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { operationsOf } from "../../tests/support/followed.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import type { Server } from "../server.ts";
import type { Follower, Place } from "./stream.ts";

const seed = seedFromEnv("ETNA_SEED");

/** A follower that reads when the test says so, one character a byte. */
class Reader implements Follower {
  text = "";
  told = 0;
  losses = 0;
  /** It reads all within the turn. */
  eager = false;

  constructor(readonly server: Server) {}

  more(place: Place): boolean {
    this.told++;
    if (this.eager) this.read(place);
    return true;
  }

  lost(): boolean {
    this.losses++;
    return true;
  }

  read(place: Place, mostBytes = Infinity): string {
    let text = "";
    place.pieces((ptr, len) => {
      const count = Math.min(len, mostBytes - text.length);
      text += this.server.core.binary(ptr, count);
      return text.length < mostBytes;
    });
    place.take(text.length);
    this.text += text;
    return text;
  }
}

function eagerReader(server: Server): Reader {
  const reader = new Reader(server);
  reader.eager = true;
  return reader;
}

/** Does something within a turn. */
function within<Result>(server: Server, act: () => Result): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>();
  server.defer(() => {
    try {
      resolve(act());
    } catch (error) {
      reject(error);
    }
  });
  return promise;
}

Deno.test(`followers read their own pace and lose their place only where they must, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using disk = await DiskServer.start(undefined, undefined, { appendonly: true });
  const { server } = disk.running;
  const { propagation } = server;
  await disk.call("CONFIG", "SET", "repl-backlog-size", "16384");
  const model = eagerReader(server);
  const start = await within(server, () => propagation.follow(model).offset);
  const readers = Array.from({ length: 5 }, () => new Reader(server));
  const places = await within(
    server,
    () => readers.map((reader) => propagation.follow(reader, true)),
  );
  const { stream } = propagation;
  let [refusals, comebacks] = [0, 0];
  /** Where those were who are away. */
  const away = new Map<number, number>();
  for (let step = 0; step < 1500; step++) {
    const length = random.chance(0.05) ? random.below(60_000) : random.below(900);
    const calls = [["SET", `key:${random.below(50)}`, "x".repeat(length)], [
      "INCRBYFLOAT",
      "f",
      "0.5",
    ]];
    if (random.chance(0.02)) {
      calls.push(["CONFIG", "SET", "repl-backlog-size", `${random.between(16384, 50_000)}`]);
    }
    await Promise.all(calls.map((words) => disk.call(...words)));
    assertEquals(stream.offset, start + model.text.length);
    await within(server, () => {
      readers.forEach((reader, i) => {
        const place = places[i];
        // The first keeps up, the last mostly does not.
        if (away.has(i) || !random.chance(1 / (i + 1) / (i + 1))) return;
        const from = place.offset - start;
        const text = reader.read(place, random.below(90_000));
        assertEquals(text, model.text.slice(from, from + text.length));
      });
      const i = random.below(5);
      const offset = away.get(i);
      if (offset === undefined) {
        if (!random.chance(0.1)) return;
        away.set(i, places[i].offset);
        return propagation.leave(places[i]);
      }
      if (!random.chance(0.2)) return;
      away.delete(i);
      const place = propagation.goOn(readers[i], offset);
      assertEquals(place !== null, offset >= stream.firstOffset);
      if (place !== null) comebacks++;
      else refusals++;
      places[i] = place ?? propagation.follow(readers[i], true);
    });
  }
  assert(refusals > 5 && comebacks > 5, `${refusals} refusals, ${comebacks} comebacks`);
  // What the append-only file has is the same stream.
  const aof = disk.disk.files.get("appendonly.aof.1.incr.aof")!;
  const written = Array.from(
    { length: Math.ceil(aof.length / 4096) },
    (_, i) => String.fromCharCode(...aof.subarray(i * 4096, i * 4096 + 4096)),
  ).join("");
  assert(written.endsWith(model.text));
  operationsOf(model.text);
});

Deno.test("what a follower has not read yet is kept for it, until something is in no byte", async () => {
  await using disk = await DiskServer.start();
  const { server } = disk.running;
  await disk.call("CONFIG", "SET", "repl-backlog-size", "16384");
  const reader = new Reader(server);
  const place = await within(server, () => server.propagation.follow(reader, true));
  for (let i = 0; i < 20; i++) await disk.call("SET", "a", "x".repeat(10_000));
  assertEquals([reader.told, reader.losses], [20, 0]);
  assertEquals(operationsOf(reader.read(place)).length, 21);
  await disk.call("SET", "a", "3");
  await within(server, () => server.core.u32[server.core.at.EFFECTS_LOST] = 1);
  assertEquals([reader.losses, reader.read(place), place.lost], [1, "", true]);
  place.restart();
  await disk.call("SET", "a", "2");
  assertEquals(operationsOf(reader.read(place)), [["SET", "a", "2"]]);
});

Deno.test("a transaction is in the stream as a whole, within one turn", async () => {
  await using disk = await DiskServer.start();
  const { server } = disk.running;
  const reader = eagerReader(server);
  await within(server, () => server.propagation.follow(reader));
  const calls = ["MULTI", "SET a 1", "INCR a", "EXEC"].map((line) => disk.call(...line.split(" ")));
  await Promise.all(calls);
  assertEquals(
    operationsOf(reader.text).map((words) => words.join(" ")),
    ["SELECT 0", "MULTI", "SET a 1", "INCR a", "EXEC"],
  );
});

Deno.test("INFO tells of the backlog, which is freed when nobody comes back for it", async () => {
  await using disk = await DiskServer.start();
  const { server } = disk.running;
  const { propagation, role } = server;
  const rows = async () => {
    const info = await disk.call("INFO", "replication") as string;
    return [
      "master_repl_offset",
      "repl_backlog_active",
      "repl_backlog_first_byte_offset",
      "repl_backlog_histlen",
    ]
      .map((name) => Number(new RegExp(`${name}:(\\d+)`).exec(info)![1]));
  };
  await disk.call("SET", "a", "1");
  await disk.call("SET", "large", "x".repeat(200_000));
  assertEquals(await rows(), [0, 0, 0, 0]);
  await disk.call("CONFIG", "SET", "repl-backlog-size", "16384", "repl-backlog-ttl", "1");
  const used = server.core.usedBytes;
  const reader = new Reader(server);
  const dataset = async () =>
    /used_memory_dataset:(\d+)/.exec(await disk.call("INFO", "memory") as string)![1];
  const before = Number(await dataset());
  const place = await within(server, () => propagation.follow(reader, true));
  assert(Math.abs(Number(await dataset()) - before) < 4096, "the backlog is no data");
  await disk.call("SET", "a", "1");
  const bytes = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n".length;
  assertEquals(await rows(), [bytes, 1, 1, bytes]);
  await disk.call("SET", "a", "x".repeat(20_000));
  assertEquals(await rows(), [bytes + 20_030, 1, 1, bytes + 20_030]);
  assertMatch(await disk.call("INFO", "memory") as string, /mem_replication_backlog:65536/);
  const { id } = role;
  const { offset } = propagation;
  await within(server, () => propagation.leave(place));
  assert(propagation.active, "the backlog goes on");
  for (let turn = 0; propagation.active; turn++) {
    assert(turn < 400, "the backlog is not freed");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  await disk.call("DEL", "a");
  assert(role.id !== id && server.core.usedBytes <= used);
  // Writes of meanwhile are in no byte: nobody may go on as if there had been none.
  await within(server, () => propagation.follow(reader, true));
  assertEquals(propagation.goOn(reader, offset), null);
});

Deno.test("a snapshot says which moment of the history it is of, where somebody could go on from it", async () => {
  await using disk = await DiskServer.start();
  const { server } = disk.running;
  await disk.call("SET", "a", "1");
  await disk.call("SAVE");
  await disk.call("DEBUG", "RELOAD", "NOSAVE");
  assertEquals(server.snapshots.loaded.replication, null);
  await within(server, () => server.propagation.follow(new Reader(server), true));
  await disk.call("SELECT", "3");
  await Promise.all([disk.call("SET", "b", "1"), disk.call("SAVE")]);
  await disk.call("SET", "b", "2");
  const { propagation: { offset }, role: { id } } = server;
  await disk.call("DEBUG", "RELOAD", "NOSAVE");
  const last = "*3\r\n$3\r\nSET\r\n$1\r\nb\r\n$1\r\n2\r\n".length;
  assertEquals(server.snapshots.loaded.replication, { id, offset: offset - last, database: 3 });
});

Deno.test("an append-only file that begins within a primary's stream names the database first", async () => {
  await using disk = await DiskServer.start(undefined, undefined, { appendonly: true });
  const { server } = disk.running;
  const { propagation, core } = server;
  const relayed = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n";
  await within(server, () => {
    propagation.relays = true;
    propagation.moveTo({ offset: 1000, database: 4 });
  });
  for (let round = 1; round <= 2; round++) {
    // The first time by itself: what it had is of another history.
    if (round === 2) await disk.call("BGREWRITEAOF");
    await disk.call("PING");
    while (server.appendOnlyFile!.rewriting) await disk.call("PING");
    assertEquals(server.appendOnlyFile!.rewrites, round);
    await within(server, () => {
      const ptr = core.x.allocate(relayed.length);
      propagation.relay(ptr, core.writeBinary(ptr, relayed), 4);
      core.x.free(ptr);
    });
    const files = [...disk.disk.files.keys()].filter((name) => name.endsWith(".incr.aof")).sort();
    const file = new TextDecoder().decode(disk.disk.files.get(files.at(-1)!));
    const text = file.replace(/^#AFTER:.*\r\n/, "");
    assertEquals(operationsOf(text), [["SELECT", "4"], ["SET", "a", "1"]]);
  }
});

Deno.test("a replica's stream is its primary's, byte for byte, and goes on after it is promoted", async () => {
  await using disk = await DiskServer.start();
  const { server } = disk.running;
  const { propagation, core } = server;
  const reader = new Reader(server);
  const offset = 2 ** 33 + 5;
  const place = await within(server, () => {
    propagation.relays = true;
    propagation.moveTo({ offset, database: 2 });
    return propagation.follow(reader, true);
  });
  assertEquals(place.offset, offset);
  const bytes = "*2\r\n$6\r\nselect\r\n$1\r\n4\r\n*3\r\n$3\r\nset\r\n$1\r\na\r\n$1\r\n1\r\n";
  await within(server, () => {
    const ptr = core.x.allocate(bytes.length);
    assert(propagation.relay(ptr, core.writeBinary(ptr, bytes), 4));
    core.x.free(ptr);
  });
  // What it does itself is in no byte.
  await disk.call("SET", "a", "1");
  assertEquals(reader.read(place), bytes);
  assertEquals(propagation.offset, offset + bytes.length);
  await within(server, () => propagation.relays = false);
  await disk.call("SET", "a", "2");
  assertEquals(operationsOf(reader.read(place)), [["SELECT", "0"], ["SET", "a", "2"]]);
  assert(place.offset > offset + bytes.length && propagation.stream.has(offset));
});
