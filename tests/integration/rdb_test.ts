/** RDB files: written, read, by either server, and damaged in all ways. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { findOracle, SERVER_OPTIONS } from "../support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import { startServer } from "../support/server_process.ts";
import { DiskServer } from "./rdb_support.ts";

const seed = seedFromEnv("ETNA_SEED");
const SCALE = Number(Deno.env.get("ETNA_FUZZ_SCALE") ?? 1);
const FILES = new URL("../rdb_files/", import.meta.url);

/** File, keys and digest of every row of the table in the files' README. */
function oldFiles(): string[][] {
  const table = Deno.readTextFileSync(new URL("README.md", FILES));
  return [...table.matchAll(/^\| (\S+\.rdb) +\| \d+ +\| (\d+) +\| (\S+) +\|$/gm)].map((row) =>
    row.slice(1)
  );
}

Deno.test("rdb: files of old versions", async () => {
  await using server = await DiskServer.start();
  assertEquals(oldFiles().length, 5);
  for (const [name, keys, digest] of oldFiles()) {
    server.file = Deno.readFileSync(new URL(name, FILES));
    assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK", name);
    assertEquals(await server.call("DBSIZE"), Number(keys), name);
    assertEquals(await server.digest(), digest, name);
  }
});

/** Values of all kinds over three databases, some of which expire. */
async function fill(server: DiskServer, count: number): Promise<void> {
  const random = new SeededRandom(seed);
  for (const db of ["0", "3", "15"]) {
    await server.call("SELECT", db);
    const values = randomValues(random, count);
    await server.fill(values);
    for (const { key } of values.filter((_, i) => i % 4 === 0)) {
      await server.call("PEXPIRE", key, String(random.between(1e6, 1e9)));
    }
  }
}

Deno.test(`rdb: what was saved is loaded again, seed ${seed}`, async () => {
  await using server = await DiskServer.start();
  await fill(server, 120 * SCALE);
  await server.call("HSET", "fields", ...Array.from({ length: 60 }, (_, i) => `${i}`));
  const digest = await server.digest();
  for (const policy of ["noeviction", "allkeys-lru", "allkeys-lfu"]) {
    await server.call("CONFIG", "SET", "maxmemory-policy", policy);
    assertEquals(await server.call("DEBUG", "RELOAD"), "OK");
    assertEquals(await server.digest(), digest, policy);
  }
  // However little of the file there is at once.
  for (const readBytes of [1, 7, 1000]) {
    server.disk.readBytes = readBytes;
    assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
    assertEquals(await server.digest(), digest, `${readBytes} bytes a read`);
  }
});

Deno.test("rdb: fields that expire keep their time", async () => {
  await using server = await DiskServer.start();
  await server.call("HSET", "h", "a", "1", "b", "2", "c", "3");
  await server.call("HPEXPIREAT", "h", "9999999999999", "FIELDS", "1", "a");
  await server.call("HPEXPIREAT", "h", "9999999000000", "FIELDS", "1", "b");
  await server.call("DEBUG", "RELOAD");
  assertEquals(new TextDecoder().decode(server.file.subarray(0, 9)), "REDIS0012");
  const times = await server.call("HPEXPIRETIME", "h", "FIELDS", "3", "a", "b", "c");
  assertEquals(times, [9999999999999, 9999999000000, -1]);
  const payload = await server.client.call(["DUMP", "h"], true) as Uint8Array;
  await server.client.call(["RESTORE", "copy", "0", payload], false);
  assertEquals(await server.call("HPEXPIRETIME", "copy", "FIELDS", "3", "a", "b", "c"), times);
});

Deno.test("rdb: SAVE tells INFO and LASTSAVE; a full disk leaves the old file", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "k", "one");
  await server.call("SAVE");
  const { snapshots } = server.running.server;
  assertEquals(server.running.server.dirty, 0);
  assertEquals(await server.call("LASTSAVE"), Math.floor(snapshots.savedMs / 1000));
  const before = server.file;
  await server.call("SET", "k", "two");
  server.disk.room = 20;
  await assertRejects(() => server.call("SAVE"), Error, "ERR");
  assertEquals([...server.disk.files.keys()], ["dump.rdb"]);
  assertEquals(server.file, before);
  assertEquals(server.running.server.dirty, 1);
});

Deno.test(`rdb: a file cut off anywhere is refused, seed ${seed}`, async () => {
  await using server = await DiskServer.start();
  await server.fill(randomValues(new SeededRandom(seed), 12));
  await server.call("SAVE");
  const whole = server.file;
  const step = Math.max(1, Math.floor(whole.length / 400));
  for (let bytes = 0; bytes < whole.length; bytes += step) {
    server.file = whole.slice(0, bytes);
    await assertRejects(
      () => server.call("DEBUG", "RELOAD", "NOSAVE"),
      Error,
      "Error trying to load",
    );
  }
  server.file = whole;
  assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
});

Deno.test(`rdb: wrong bytes never end the server, seed ${seed}`, async () => {
  await using server = await DiskServer.start();
  const random = new SeededRandom(seed);
  let taken = 0;
  for (let round = 0; round < 4; round++) {
    await server.call("FLUSHALL");
    await server.call("CONFIG", "SET", "rdbcompression", round % 2 === 0 ? "yes" : "no");
    await server.fill(randomValues(random, 10));
    await server.call("SAVE");
    const whole = server.file;
    for (let i = 0; i < 100 * SCALE; i++) {
      const bytes = whole.slice();
      for (let left = random.between(1, 3); left > 0; left--) {
        bytes[random.below(bytes.length)] ^= 1 << random.below(8);
      }
      // No checksum, so that the bytes are looked at for what they are.
      bytes.fill(0, bytes.length - 8);
      server.file = bytes;
      if (await server.call("DEBUG", "RELOAD", "NOSAVE").catch(() => "") === "OK") taken++;
      await server.digest();
    }
  }
  assert(taken > 0, "no damaged file was taken: nothing was tried");
});

Deno.test("rdb: memory that is too small for a file", async () => {
  const large = await DiskServer.start();
  for (let i = 0; i < 60; i++) {
    await large.call("SET", `s${i}`, "x".repeat(200_000));
    await large.call("RPUSH", "list", ...Array.from({ length: 200 }, () => "y".repeat(1000)));
  }
  await large.call("CONFIG", "SET", "rdbcompression", "no");
  await large.call("SAVE");
  const file = large.file;
  await large[Symbol.asyncDispose]();
  await using server = await DiskServer.start(undefined, 2 ** 25);
  server.file = file;
  await assertRejects(
    () => server.call("DEBUG", "RELOAD", "NOSAVE"),
    Error,
    "Error trying to load",
  );
  await server.call("FLUSHALL");
  assertEquals(await server.call("SET", "k", "v"), "OK");
});

/** A program that loads a file, and what it says of the data. */
async function loadedBy(
  command: string,
  args: string[],
  file: Uint8Array,
): Promise<{ digest: string; saved: Uint8Array }> {
  let home = "";
  await using server = await startServer({
    name: command,
    command,
    cwd: new URL("../../", import.meta.url).pathname,
    args: (port, dir) => {
      home = dir;
      Deno.writeFileSync(`${dir}/dump.rdb`, file);
      return [...args, "--port", String(port), "--dir", dir, ...SERVER_OPTIONS];
    },
  });
  using client = await RespClient.connect(server, 20_000);
  const digest = textOf((await client.command("DEBUG", "DIGEST")).reply);
  assertEquals(textOf((await client.command("SAVE")).reply), "OK");
  return { digest, saved: Deno.readFileSync(`${home}/dump.rdb`) };
}

Deno.test({
  name: `rdb: the real server loads our file, we load its, seed ${seed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using server = await DiskServer.start();
    await server.call("CONFIG", "SET", "rdb-version", "10");
    await fill(server, 100);
    const digest = await server.digest();
    await server.call("SAVE");
    const theirs = await loadedBy("redis-server", [], server.file);
    assertEquals(theirs.digest, digest);
    server.file = new Uint8Array(theirs.saved);
    assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
    assertEquals(await server.digest(), digest);
    const ours = await loadedBy(
      Deno.execPath(),
      ["run", "-A", "mod.ts", "--rdb-version", "10"],
      theirs.saved,
    );
    assertEquals(ours.digest, digest);
    const path = await Deno.makeTempFile();
    Deno.writeFileSync(path, ours.saved);
    const check = new Deno.Command("redis-check-rdb", { args: [path] }).outputSync();
    assertEquals(check.code, 0, new TextDecoder().decode(check.stdout));
    Deno.removeSync(path);
  },
});
