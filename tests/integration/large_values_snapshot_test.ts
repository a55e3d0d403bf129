/** Snapshots of values so large that nobody is to wait for them but who changes them. */

import { assert, assertEquals } from "@std/assert";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { toBytes } from "../support/resp_reply.ts";
import { DiskServer } from "./rdb_support.ts";
import { noise, rewriteBegun, settled } from "./snapshot_changes.ts";

const seed = seedFromEnv("ETNA_SEED");
const COUNT = 30_000;
const FILL = `for i = 1, ${COUNT} do
  redis.call('RPUSH', 'list', 'element ' .. i)
  redis.call('HSET', 'hash', 'f' .. i, 'value ' .. i * 7)
  redis.call('SADD', 'set', 'member ' .. i)
  redis.call('ZADD', 'zset', i / 3, 'm' .. i)
  redis.call('XADD', 'stream', i .. '-1', 'f', i)
end
redis.call('XGROUP', 'CREATE', 'stream', 'g', '0')
redis.call('XREADGROUP', 'GROUP', 'g', 'alice', 'COUNT', '500', 'STREAMS', 'stream', '>')`;

/** Changes of the large values, and of others that share buckets with them or not. */
function change(random: SeededRandom, step: number): string[] {
  return random.pick([
    ["LSET", "list", `${random.below(1000)}`, `new ${step}`],
    ["RPOP", "list"],
    ["HSET", "hash", `f${random.below(COUNT)}`, `new ${step}`],
    ["SREM", "set", `member ${random.below(COUNT)}`],
    ["ZINCRBY", "zset", "1", `m${random.below(COUNT)}`],
    ["XADD", "stream", "*", "f", `${step}`],
    ["XREADGROUP", "GROUP", "g", "alice", "COUNT", "3", "STREAMS", "stream", ">"],
    ["APPEND", "string", "more"],
    ["SETRANGE", "string", "100000", "there"],
    ["RENAME", "hash", "hash"],
    ["COPY", "small:1", "list", "REPLACE"],
    ["SET", `small:${random.below(4000)}`, `${step}`],
    ["DEL", `small:${random.below(4000)}`],
    ["SET", `new:${step}`, "x"],
    ["SET", `small:${random.below(4000)}`, noise(random, 200)],
    ["DEL", `small:${random.below(4000)}`],
    ["SET", `new:${step}`, "x", "PX", "100000"],
  ]);
}

async function filled(disk: MemoryDisk, appendonly: boolean): Promise<DiskServer> {
  const options = { "aof-use-rdb-preamble": "no" };
  const server = await DiskServer.start(disk, undefined, { loads: true, appendonly, options });
  await server.call("EVAL", FILL, "0");
  await server.call("SET", "string", noise(new SeededRandom(seed), 3_000_000));
  for (let i = 0; i < 4000; i++) await server.call("SET", `small:${i}`, `value ${i}`);
  return server;
}

for (const isLog of [false, true]) {
  const kind = isLog ? "a base of commands" : "an RDB file";
  Deno.test(`large values that change meanwhile are in ${kind} as they were, seed ${seed}`, async () => {
    const random = new SeededRandom(seed);
    await using server = await filled(new MemoryDisk(), isLog);
    const digest = await server.digest();
    const { pause, snapshots } = server.running.server;
    const inner = server.running.server;
    const clients = Array.from({ length: 20 }, () => new LoopbackClient(inner));
    let [steps, held] = [0, 0];
    for (let round = 0; round < 3; round++) {
      await server.call(isLog ? "BGREWRITEAOF" : "BGSAVE");
      if (isLog) await rewriteBegun(server);
      const waiting: Promise<unknown>[] = [];
      while (snapshots.running) {
        // Each is held for itself.
        for (const client of clients) {
          const words = change(random, steps++).map(toBytes);
          waiting.push(client.call(words, false).catch(() => {}));
        }
        await new Promise((resolve) => setTimeout(resolve, 0));
        held = Math.max(held, pause.heldCount);
        assertEquals(await server.call("PING"), "PONG", "who changes nothing is not held");
      }
      await Promise.all(waiting);
      await settled(server);
      if (round === 0) {
        const disk = new MemoryDisk();
        if (isLog) {
          const name = "appendonly.aof.2.base.aof";
          const manifest = `file ${name} seq 2 type b\n`;
          disk.files.set("appendonly.aof.manifest", new TextEncoder().encode(manifest));
          disk.files.set(name, server.disk.files.get(name)!);
        } else disk.files.set("dump.rdb", server.file);
        await using again = await DiskServer.start(disk, undefined, {
          loads: true,
          appendonly: isLog,
        });
        assertEquals(await again.digest(), digest, `${steps} changes`);
      }
    }
    assert(steps > 50, `only ${steps} changes`);
    assert(held > 0, "nobody waited");
    assertEquals(pause.heldCount, 0);
    clients.forEach((client) => client.end());
  });
}
