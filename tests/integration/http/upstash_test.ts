/** The clients that the REST interface is made for, as they come from the registry. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Lock } from "@upstash/lock";
import { Ratelimit } from "@upstash/ratelimit";
import { Redis } from "@upstash/redis";
import { READER, startHttp, TOKEN } from "./support.ts";

function client(url: string, options: { token?: string; enableAutoPipelining?: boolean } = {}) {
  return new Redis({ url, token: TOKEN, enableTelemetry: false, ...options });
}

Deno.test("@upstash/redis: values of all types, and errors", async () => {
  await using server = await startHttp();
  const redis = client(server.url);
  assertEquals(await redis.set("text", 'ä\u{1f600}\n"quoted"', { ex: 100 }), "OK");
  assertEquals(await redis.get<string>("text"), 'ä\u{1f600}\n"quoted"');
  assertEquals(await redis.ttl("text"), 100);
  assertEquals(await redis.set("object", { a: [1, null, { b: true }] }), "OK");
  assertEquals(await redis.get<unknown>("object"), { a: [1, null, { b: true }] });
  assertEquals(await redis.set("text", "other", { nx: true }), null);
  assertEquals(await redis.hset("h", { name: "n", count: 2 }), 2);
  assertEquals(await redis.hgetall("h"), { name: "n", count: 2 });
  assertEquals(await redis.zadd("z", { score: 1.5, member: "a" }, { score: 2, member: "b" }), 2);
  assertEquals(await redis.zrange("z", 0, -1, { withScores: true }), ["a", 1.5, "b", 2]);
  assertEquals(await redis.rpush("l", "OK", "1", "x"), 3);
  assertEquals(await redis.lrange<unknown>("l", 0, -1), ["OK", 1, "x"]);
  const id = await redis.xadd("s", "*", { field: "value" });
  assertEquals(await redis.xrange("s", "-", "+"), { [id]: { field: "value" } });
  assertEquals(await redis.scan(0, { match: "nothing" }), ["0", []]);
  assertEquals(await redis.mget<unknown[]>("text", "none"), ['ä\u{1f600}\n"quoted"', null]);
  await assertRejects(() => redis.lpush("text", 1), Error, "WRONGTYPE");
  await assertRejects(() => client(server.url, { token: "wrong" }).get("a"), Error, "WRONGPASS");
  const reader = client(server.url, { token: READER });
  assertEquals(await reader.strlen("text"), 15);
  await assertRejects(() => reader.set("text", 1), Error, "NOPERM");
});

Deno.test("@upstash/redis: pipelines, made by hand and by themselves, transactions, scripts", async () => {
  await using server = await startHttp();
  const redis = client(server.url);
  const [set, count, list] = await redis.pipeline().set("a", 1).incr("a").lrange("none", 0, -1)
    .exec();
  assertEquals([set, count, list], ["OK", 2, []]);
  assertEquals(await redis.multi().set("b", "x").get("b").exec(), ["OK", "x"]);
  await assertRejects(() => redis.multi().set("b", "y").lpush("b", 1).exec(), Error, "WRONGTYPE");
  const auto = client(server.url, { enableAutoPipelining: true });
  const before = await commandsOf(server.etna);
  const values = await Promise.all(Array.from({ length: 50 }, (_, i) => auto.incrby("n", i)));
  assertEquals(values.at(-1), 49 * 50 / 2);
  assertEquals(await commandsOf(server.etna) - before, 51);
  const script = "return {KEYS[1], ARGV[1], redis.call('GET', KEYS[1])}";
  assertEquals(await redis.eval(script, ["a"], ["arg"]), ["a", "arg", 2]);
  const sha = await redis.scriptLoad(script);
  assertEquals(await redis.evalsha(sha, ["a"], ["arg"]), ["a", "arg", 2]);
  assertEquals(await redis.createScript<unknown>(script).exec(["a"], ["x"]), ["a", "x", 2]);
});

/** How many commands the server has run. */
async function commandsOf(etna: { call(...args: string[]): Promise<unknown> }): Promise<number> {
  const info = await etna.call("INFO", "stats") as string;
  return Number(/total_commands_processed:(\d+)/.exec(info)![1]);
}

Deno.test("@upstash/redis: subscriptions to channels and patterns", async () => {
  await using server = await startHttp();
  const redis = client(server.url);
  const heard: unknown[] = [];
  const both = Promise.withResolvers<void>();
  const note = (event: unknown) => {
    heard.push(event);
    if (heard.length === 4) both.resolve();
  };
  const subscriber = redis.subscribe<unknown>("news");
  const patterns = redis.psubscribe<unknown>("n*");
  const ready = [subscriber, patterns].map((each, i) =>
    new Promise<unknown>((resolve) => each.on(i === 0 ? "subscribe" : "psubscribe", resolve))
  );
  subscriber.on("message", note);
  patterns.on("pmessage", note);
  assertEquals(await Promise.all(ready), [1, 1]);
  assertEquals(await redis.publish("news", { text: "a, b" }), 2);
  assertEquals(await redis.publish("news", 7), 2);
  await both.promise;
  const messages = heard.filter((event) => !("pattern" in (event as object)));
  assertEquals(messages, [
    { channel: "news", message: { text: "a, b" } },
    { channel: "news", message: 7 },
  ]);
  await subscriber.unsubscribe();
  await patterns.unsubscribe();
  while (await server.etna.call("PUBSUB", "NUMPAT") !== 0) {
    await new Promise((r) => setTimeout(r, 5));
  }
});

Deno.test("@upstash/ratelimit: each algorithm lets through what it should", async () => {
  await using server = await startHttp();
  const redis = client(server.url);
  const limiters = [
    Ratelimit.fixedWindow(3, "60 s"),
    Ratelimit.slidingWindow(3, "60 s"),
    Ratelimit.tokenBucket(1, "60 s", 3),
  ];
  for (const [i, limiter] of limiters.entries()) {
    const limit = new Ratelimit({ redis, limiter, prefix: `limit-${i}`, ephemeralCache: false });
    const passed: boolean[] = [];
    for (let n = 0; n < 5; n++) passed.push((await limit.limit("user")).success);
    assertEquals(passed.filter((success) => success).length, 3, `limiter ${i}`);
    await limit.resetUsedTokens("user");
    assert((await limit.limit("user")).success);
  }
});

Deno.test("@upstash/lock: one holder at a time", async () => {
  await using server = await startHttp();
  const redis = client(server.url);
  // Its types are those of the package's other build.
  const shared = redis as never;
  const [one, other] = [1, 2].map(() =>
    new Lock({ id: "job", lease: 10_000, redis: shared, retry: { attempts: 1, delay: 1 } })
  );
  assert(await one.acquire());
  assert(!await other.acquire());
  assert(await one.extend(5000));
  assert(!await other.release());
  assert(await one.release());
  assert(await other.acquire());
});
