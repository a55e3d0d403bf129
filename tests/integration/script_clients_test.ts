/** Libraries that live on scripts: redlock's locks, rate-limiter-flexible's counters, ioredis's own commands. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import Redlock from "redlock";
import { createClient, defineScript } from "redis";
import { type Etna, start } from "../../mod.ts";

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const test = (name: string, act: (redis: Redis, etna: Etna) => Promise<void>) =>
  Deno.test(name, async () => {
    const etna = await start({ port: 0 });
    const redis = new Redis(etna.port, "127.0.0.1");
    try {
      await act(redis, etna);
    } finally {
      redis.disconnect();
      await etna.close();
    }
  });

test("redlock: one at a time holds a lock, which can be extended and runs out", async (redis) => {
  const lock = new Redlock([redis as never], { retryCount: 0 });
  const held = await lock.lock("resource", 300);
  await assertRejects(() => Promise.resolve(lock.lock("resource", 300)));
  const longer = await held.extend(600);
  assert((await redis.pttl("resource")) > 400);
  await longer.unlock();
  assertEquals(await redis.exists("resource"), 0);
  const short = await lock.lock("resource", 60);
  await sleep(120);
  await assertRejects(() => Promise.resolve(short.unlock()));
  const patient = new Redlock([redis as never], { retryCount: 100, retryDelay: 10 });
  let inside = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 8 }, async () => {
    const own = await patient.lock("shared", 2000);
    most = Math.max(most, ++inside);
    await sleep(5);
    inside--;
    await own.unlock();
  }));
  assertEquals(most, 1);
});

test("rate-limiter-flexible: points are used up, and come back in time", async (redis) => {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    points: 5,
    duration: 1,
    keyPrefix: "limit",
  });
  for (let left = 4; left >= 0; left--) {
    assertEquals((await limiter.consume("user")).remainingPoints, left);
  }
  const refused = await limiter.consume("user").catch((result) => result);
  assertEquals(refused.remainingPoints, 0);
  assert(refused.msBeforeNext > 0 && refused.msBeforeNext <= 1000);
  await sleep(refused.msBeforeNext + 50);
  assertEquals((await limiter.consume("user", 2)).remainingPoints, 3);
  assertEquals((await limiter.reward("user")).consumedPoints, 1);
  await limiter.block("user", 1);
  assertEquals((await limiter.get("user"))!.remainingPoints, 0);
  assertEquals(await limiter.delete("user"), true);
});

test("ioredis: commands of one's own, by EVALSHA and, where the server has forgotten, by EVAL", async (redis) => {
  redis.defineCommand("addIfBelow", {
    numberOfKeys: 1,
    lua: `
      local now = tonumber(redis.call("GET", KEYS[1]) or "0")
      if now + ARGV[1] > tonumber(ARGV[2]) then return {err = "LIMIT " .. now} end
      return redis.call("INCRBY", KEYS[1], ARGV[1])`,
  });
  const add = (redis as unknown as Record<string, (...args: unknown[]) => Promise<number>>)
    .addIfBelow
    .bind(redis);
  assertEquals(await add("counter", 3, 10), 3);
  assertEquals(await add("counter", 3, 10), 6);
  await assertRejects(() => add("counter", 9, 10), Error, "LIMIT 6");
  await redis.script("FLUSH");
  assertEquals(await add("counter", 1, 10), 7);
  redis.defineCommand("bytes", { numberOfKeys: 0, lua: "return ARGV[1]" });
  const bytes = Buffer.from([0, 255, 13, 10, 128]);
  const echo = (redis as unknown as Record<string, (b: Uint8Array) => Promise<Uint8Array>>)
    .bytesBuffer
    .bind(redis);
  assertEquals(new Uint8Array(await echo(bytes)), new Uint8Array(bytes));
  const pipeline = redis.pipeline();
  (pipeline as unknown as Record<string, (...args: unknown[]) => void>).addIfBelow(
    "counter",
    1,
    10,
  );
  assertEquals(await pipeline.get("counter").exec(), [[null, 8], [null, "8"]]);
});

test("node-redis: scripts and functions with arguments of their own", async (_, etna) => {
  const client = createClient({
    RESP: 3,
    socket: { host: "127.0.0.1", port: etna.port },
    scripts: {
      add: defineScript({
        NUMBER_OF_KEYS: 1,
        SCRIPT: "return redis.call('INCRBY', KEYS[1], ARGV[1])",
        parseCommand(parser, key: string, by: number) {
          parser.pushKey(key);
          parser.push(`${by}`);
        },
        transformReply: (reply: unknown) => reply as number,
      }),
    },
  });
  await client.connect();
  try {
    assertEquals(await client.add("n", 5), 5);
    await client.scriptFlush();
    assertEquals(await client.add("n", 5), 10);
    const library =
      "#!lua name=lib\nredis.register_function('twice', function(keys, args) return args[1] * 2 end)";
    assertEquals(await client.functionLoad(library), "lib");
    assertEquals(await client.fCall("twice", { keys: [], arguments: ["21"] }) as unknown, 42);
    const [listed] = await client.functionList();
    assertEquals(listed.library_name as string, "lib");
  } finally {
    client.destroy();
  }
});
