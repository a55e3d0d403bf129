/** The base of the append-only file as commands: `aof-use-rdb-preamble no`. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { textOf } from "../support/resp_reply.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { DiskServer } from "./rdb_support.ts";
import { change, noise, rewriteBegun, settled } from "./snapshot_changes.ts";

const seed = seedFromEnv("ETNA_SEED");
const AOF = "appendonly.aof";
const LIBRARY = "#!lua name=lib\nredis.register_function('f', function() return 1 end)";
const options = { "aof-use-rdb-preamble": "no", "list-compress-depth": "1" };

async function start(disk = new MemoryDisk()): Promise<DiskServer> {
  return await DiskServer.start(disk, undefined, { loads: true, appendonly: true, options });
}

/** What the base of a number alone holds. */
function baseOf(server: DiskServer, seq: number): MemoryDisk {
  const disk = new MemoryDisk();
  const name = `${AOF}.${seq}.base.aof`;
  disk.files.set(name, server.disk.files.get(name)!.slice());
  const manifest = `file ${name} seq ${seq} type b\n`;
  disk.files.set(`${AOF}.manifest`, new TextEncoder().encode(manifest));
  return disk;
}

async function mapsOf(server: DiskServer, ...words: string[]): Promise<Map<string, unknown>[]> {
  return await server.call("XINFO", ...words).catch(() => []) as Map<string, unknown>[];
}

/** All that is known of streams but when their consumers were seen, and of groups nothing of deleted entries. */
async function streamsOf(server: DiskServer, keys: readonly string[]): Promise<unknown[]> {
  const all: unknown[] = [];
  for (const key of keys.filter((name) => name.startsWith("stream"))) {
    const entries = await server.call("XRANGE", key, "-", "+").catch(() => []) as [string][];
    const alive = new Set(entries.map(([id]) => id));
    for (const group of await mapsOf(server, "GROUPS", key)) {
      const name = group.get("name") as string;
      const pending = await server.call("XPENDING", key, name, "-", "+", "1000") as unknown[][];
      const consumers = await mapsOf(server, "CONSUMERS", key, name);
      all.push([
        key,
        name,
        group.get("last-delivered-id"),
        group.get("entries-read"),
        consumers.map((consumer) => consumer.get("name")),
        pending.filter(([id]) => alive.has(id as string)).map(([id, owner, , times]) => {
          return [id, owner, times];
        }),
      ]);
    }
  }
  return all;
}

async function fill(server: DiskServer, random: SeededRandom): Promise<string[]> {
  const keys: string[] = [];
  for (const db of ["7", "0"]) {
    await server.call("SELECT", db);
    const values = randomValues(random, 200);
    await server.fill(values);
    keys.push(...values.map(({ key }) => key));
    for (let i = 0; i < 300; i++) await server.call("SET", `small:${i}`, noise(random, 700));
    for (let i = 0; i < 200; i++) {
      await server.call("RPUSH", "list:packed", `${i}`, noise(random, 90));
    }
  }
  await server.call("ZADD", "zset:scores", "0.1", "a", "-inf", "b", "1e300", "c", "3", "d");
  await server.call("HSET", "hash:numbers", "1", "2", "three", "4");
  await server.call("XADD", "stream:empty", "7-7", "f", "v");
  await server.call("XGROUP", "CREATE", "stream:empty", "group", "3-3", "ENTRIESREAD", "1");
  await server.call("XDEL", "stream:empty", "7-7");
  await server.call("PEXPIRE", "zset:scores", "1000000");
  await server.call("FUNCTION", "LOAD", LIBRARY);
  return keys;
}

Deno.test(`a base of commands is of the moment when it began, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  await using server = await start();
  assert(server.disk.files.has(`${AOF}.1.base.aof`), "the first base is of commands, too");
  const keys = await fill(server, random);
  await server.call("HSET", "hash:due", "a", "1", "b", "2", "c", "3");
  await server.call("HPEXPIRE", "hash:due", "1000000", "FIELDS", "2", "a", "c");
  const times = await server.call("HPEXPIRETIME", "hash:due", "FIELDS", "3", "a", "b", "c");
  const [digest, streams] = [await server.digest(), await streamsOf(server, keys)];
  server.disk.writeMs = 2;
  await server.call("BGREWRITEAOF");
  await rewriteBegun(server);
  let steps = 0;
  while (server.running.server.snapshots.running) {
    const calls = Array.from({ length: 6 }, () => change(random, keys, steps++));
    calls.unshift(["SELECT", random.pick(["0", "7"])]);
    await Promise.all(calls.map((words) => server.call(...words).catch(() => {})));
  }
  assert(steps > 20, `only ${steps} changes were made meanwhile`);
  await settled(server);
  const manifest = () => new TextDecoder().decode(server.disk.files.get(`${AOF}.manifest`)!);
  while (manifest().includes("type h")) await server.call("PING");
  assertMatch(
    manifest(),
    /^file appendonly\.aof\.2\.base\.aof seq 2 type b\nfile appendonly\.aof\.2\.incr\.aof seq 2 type i\n$/,
  );
  await using base = await start(baseOf(server, 2));
  assertEquals(await base.digest(), digest, `${steps} changes`);
  assertEquals(await streamsOf(base, keys), streams);
  assertEquals(await base.call("FCALL", "f", "0"), 1);
  assertEquals(await base.call("HPEXPIRETIME", "hash:due", "FIELDS", "3", "a", "b", "c"), times);
  // And with what was written meanwhile it is all there is.
  await server.call("SELECT", "0");
  const last = await server.digest();
  const disk = new MemoryDisk();
  for (const [name, bytes] of server.disk.files) disk.files.set(name, bytes.slice());
  await using again = await start(disk);
  assertEquals(await again.digest(), last);
});

Deno.test("a base of commands: a line of time comes first where it is wanted", async () => {
  await using server = await start();
  await server.call("SET", "k", "v");
  await server.call("CONFIG", "SET", "aof-timestamp-enabled", "yes");
  await server.call("BGREWRITEAOF");
  await settled(server);
  const text = new TextDecoder().decode(server.disk.files.get(`${AOF}.2.base.aof`)!);
  assertMatch(text, /^#TS:\d+\r\n\*2\r\n\$6\r\nSELECT\r\n\$1\r\n0\r\n\*3\r\n\$3\r\nSET\r\n/);
  await server.call("CONFIG", "SET", "aof-use-rdb-preamble", "yes");
  await server.call("BGREWRITEAOF");
  await settled(server);
  assert(server.disk.files.has(`${AOF}.3.base.rdb`));
});

Deno.test({
  name: `a base of commands: the real server loads ours, we load its, seed ${seed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using server = await start();
    const keys = await fill(server, new SeededRandom(seed));
    await server.call("BGREWRITEAOF");
    await settled(server);
    const [digest, streams] = [await server.digest(), await streamsOf(server, keys)];
    const dir = await Deno.makeTempDir();
    const home = `${dir}/appendonlydir`;
    await Deno.mkdir(home);
    for (const [name, bytes] of server.disk.files) await Deno.writeFile(`${home}/${name}`, bytes);
    const check = new Deno.Command("redis-check-aof", { args: [`${home}/${AOF}.manifest`] });
    const { code, stdout } = check.outputSync();
    assertEquals(code, 0, new TextDecoder().decode(stdout));
    const flags = ["--dir", dir, "--appendonly", "yes", "--aof-use-rdb-preamble", "no"];
    const theirs = new MemoryDisk();
    const digests: string[] = [];
    for (const round of [1, 2]) {
      await using real = await startOracle(flags);
      using client = await RespClient.connect(real, 20_000);
      const call = async (...words: string[]) => textOf((await client.command(...words)).reply);
      digests.push(await call("DEBUG", "DIGEST"));
      if (round === 2) break;
      assertMatch(await call("BGREWRITEAOF"), /started/);
      while (!/aof_rewrite_in_progress:0/.test(await call("INFO", "persistence")));
      for (const { name } of Deno.readDirSync(home)) {
        theirs.files.set(name, Deno.readFileSync(`${home}/${name}`));
      }
    }
    assertEquals(digests[0], digest);
    assert(theirs.files.has(`${AOF}.3.base.aof`), "it has written a base of its own");
    await using back = await start(theirs);
    // Its file says 0 where a score was -0.
    assertEquals(await back.digest(), digests[1]);
    assertEquals(await streamsOf(back, keys), streams);
    await Deno.remove(dir, { recursive: true });
  },
});
