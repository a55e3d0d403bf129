/** Snapshots of one moment, written while the data set changes. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { DiskServer } from "./rdb_support.ts";
import { change, noise, settled } from "./snapshot_changes.ts";

const seed = seedFromEnv("ETNA_SEED");

const infoOf = async (server: DiskServer) => await server.call("INFO", "persistence") as string;

/** The digest of what a server loads from a file. */
async function digestOf(file: Uint8Array<ArrayBuffer>): Promise<unknown> {
  await using server = await DiskServer.start();
  server.file = file;
  assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
  return await server.digest();
}

Deno.test(`bgsave: the file is of the moment when it began, seed ${seed}`, async () => {
  for (const round of [0, 1, 2]) {
    const random = new SeededRandom(seed + round);
    await using server = await DiskServer.start();
    await server.call("CONFIG", "SET", "rdbcompression", round === 0 ? "yes" : "no");
    const keys: string[] = [];
    for (const db of ["0", "7"]) {
      await server.call("SELECT", db);
      const values = randomValues(random, 250);
      await server.fill(values);
      keys.push(...values.map(({ key }) => key));
      for (let i = 0; i < 1500; i++) {
        // What does not get smaller by compression.
        await server.call("SET", `small:${i}`, noise(random, 700));
      }
    }
    const digest = await server.digest();
    server.disk.writeMs = 2;
    assertEquals(await server.call("BGSAVE"), "Background saving started");
    const { snapshots } = server.running.server;
    let steps = 0;
    const small = () => `small:${random.below(1500)}`;
    while (snapshots.running) {
      // Some in one turn: then the next chunk is written.
      const calls = Array.from({ length: 6 }, () => change(random, keys, steps++));
      calls.unshift(["SELECT", random.pick(["0", "7"])]);
      // The table shrinks, and grows again.
      if (round === 1) calls.push(["DEL", ...Array.from({ length: 12 }, small)]);
      if (round === 2) calls.push(["MSET", `new:${steps}`, "z", `newer:${steps}`, "z"]);
      if (random.chance(0.1)) calls.push(["DUMP", random.pick(keys)]);
      await Promise.all(calls.map((words) => server.call(...words).catch(() => {})));
    }
    assert(steps > 50, `only ${steps} changes were made meanwhile`);
    await settled(server);
    assert((await infoOf(server)).includes("rdb_last_bgsave_status:ok"));
    assertEquals([...server.disk.files.keys()], ["dump.rdb"]);
    assertEquals(await digestOf(server.file), digest, `round ${round}, ${steps} changes`);
    // The next one finds other marks and no less.
    const later = await server.digest();
    await server.call("BGSAVE");
    await settled(server);
    assertEquals(await digestOf(server.file), later);
  }
});

Deno.test("bgsave: one at a time, counted and told of", async () => {
  await using server = await DiskServer.start();
  await server.call("CONFIG", "SET", "rdbcompression", "no");
  for (let i = 0; i < 3000; i++) await server.call("SET", `k${i}`, "v".repeat(1000));
  server.disk.writeMs = 3;
  await assertRejects(() => server.call("BGSAVE", "now"), Error, "syntax");
  assertEquals(await server.call("BGSAVE", "SCHEDULE"), "Background saving started");
  const info = await infoOf(server);
  assert(info.includes("rdb_bgsave_in_progress:1"), info);
  assert(info.includes("current_save_keys_total:3000"), info);
  await assertRejects(() => server.call("BGSAVE"), Error, "Background save already in progress");
  await assertRejects(() => server.call("SAVE"), Error, "Background save already in progress");
  await server.call("SET", "another", "change");
  await settled(server);
  assertEquals(server.running.server.dirty, 1);
  await server.call("MULTI");
  await server.call("BGSAVE");
  assertEquals(await server.call("EXEC"), ["Background saving scheduled"]);
  const { snapshots } = server.running.server;
  for (const endMs = performance.now() + 3000; performance.now() < endMs && snapshots.saves < 2;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await settled(server);
  assertEquals(server.running.server.dirty, 0);
});

Deno.test("bgsave: FLUSHALL ends it, SWAPDB and FLUSHDB have it begin anew", async () => {
  await using server = await DiskServer.start();
  const { snapshots } = server.running.server;
  const fill = async () => {
    for (let i = 0; i < 2000; i++) await server.call("SET", `k${i}`, "v".repeat(1000));
  };
  server.disk.writeMs = 3;
  await server.call("CONFIG", "SET", "rdbcompression", "no");
  await fill();
  await server.call("BGSAVE");
  await server.call("FLUSHALL");
  assertEquals(snapshots.running, false);
  assertEquals([...server.disk.files.keys()], []);
  await fill();
  await server.call("BGSAVE");
  await server.call("SWAPDB", "0", "1");
  const digest = await server.digest();
  for (const endMs = performance.now() + 3000; performance.now() < endMs && snapshots.saves < 3;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await settled(server);
  assertEquals(await digestOf(server.file), digest);
});

Deno.test("bgsave: a failure stops writes where that is configured, a success lets them go on", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "k", "v");
  await server.call("CONFIG", "SET", "save", "3600 1");
  server.disk.room = 10;
  await server.call("BGSAVE");
  await settled(server);
  assert((await infoOf(server)).includes("rdb_last_bgsave_status:err"));
  assertEquals([...server.disk.files.keys()], []);
  await assertRejects(() => server.call("SET", "k", "w"), Error, "MISCONF");
  await assertRejects(() => server.call("PING"), Error, "MISCONF");
  assertEquals(await server.call("GET", "k"), "v");
  await server.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no");
  await server.call("SET", "k", "w");
  await server.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "yes");
  await assertRejects(() => server.call("SET", "k", "x"), Error, "MISCONF");
  server.disk.room = Infinity;
  await server.call("BGSAVE");
  await settled(server);
  assertEquals(await server.call("SET", "k", "x"), "OK");
});

Deno.test("bgsave: the points of `save` begin it", async () => {
  await using server = await DiskServer.start();
  await server.call("CONFIG", "SET", "save", "1 2");
  const { snapshots } = server.running.server;
  await server.call("MSET", "a", "1", "b", "2");
  for (const endMs = performance.now() + 5000; performance.now() < endMs && snapshots.saves < 1;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await settled(server);
  assertEquals(server.running.server.dirty, 0);
  assertEquals(await digestOf(server.file), await server.digest());
});
