/** Pub/Sub, keyspace events and client-side caching with the clients that people use. */

import { assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { BasicClientSideCache, createClient } from "redis";
import { start } from "../../mod.ts";
import { until } from "./wire.ts";

Deno.test("ioredis: channels, patterns, shard channels and keyspace events", async () => {
  const etna = await start({ port: 0, "notify-keyspace-events": "KEA" });
  const subscriber = new Redis(etna.port, "127.0.0.1");
  const sharded = new Redis(etna.port, "127.0.0.1");
  const publisher = new Redis(etna.port, "127.0.0.1");
  try {
    const heard: string[] = [];
    subscriber.on("message", (channel, text) => heard.push(`${channel}: ${text}`));
    subscriber.on(
      "pmessage",
      (pattern, channel, text) => heard.push(`${pattern} ${channel}: ${text}`),
    );
    sharded.on("smessage", (channel, text) => heard.push(`shard ${channel}: ${text}`));
    assertEquals(await subscriber.subscribe("a", "b"), 2);
    assertEquals(await subscriber.psubscribe("__keyevent@0__:*"), 3);
    assertEquals(await sharded.ssubscribe("s"), 1);
    assertEquals(await publisher.publish("a", "one"), 1);
    assertEquals(await publisher.spublish("s", "two"), 1);
    await publisher.set("k", "v");
    await until(() => heard.length === 3, "three messages");
    assertEquals(heard, ["a: one", "shard s: two", "__keyevent@0__:* __keyevent@0__:set: k"]);
    await sharded.sunsubscribe("s");
    await subscriber.unsubscribe("a", "b");
    await subscriber.punsubscribe("__keyevent@0__:*");
    assertEquals(await subscriber.get("k"), "v");
  } finally {
    for (const client of [subscriber, sharded, publisher]) client.disconnect();
    await etna.close();
  }
});

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis in RESP${RESP}: channels and patterns`, async () => {
    const etna = await start({ port: 0 });
    const options = { RESP, socket: { host: "127.0.0.1", port: etna.port } };
    const subscriber = createClient(options);
    const publisher = createClient(options);
    try {
      await subscriber.connect();
      await publisher.connect();
      const heard: string[] = [];
      const hear = (text: string, channel: string) => heard.push(`${channel}: ${text}`);
      await subscriber.subscribe("a", hear);
      await subscriber.pSubscribe("b*", hear);
      assertEquals(await publisher.publish("a", "one"), 1);
      assertEquals(await publisher.publish("bc", "two"), 1);
      await until(() => heard.length === 2, "two messages");
      assertEquals(heard, ["a: one", "bc: two"]);
      await subscriber.unsubscribe();
      await subscriber.pUnsubscribe();
      assertEquals(await publisher.publish("a", "three"), 0);
      assertEquals(`${await subscriber.ping()}`, "PONG");
    } finally {
      subscriber.destroy();
      publisher.destroy();
      await etna.close();
    }
  });
}

Deno.test("node-redis: a cache on the client's side hears of changes", async () => {
  const etna = await start({ port: 0 });
  const cache = new BasicClientSideCache({ ttl: 0, maxEntries: 0, evictPolicy: "LRU" });
  const client = createClient({
    RESP: 3,
    socket: { host: "127.0.0.1", port: etna.port },
    clientSideCache: cache,
  });
  try {
    await client.connect();
    await etna.call("SET", "k", "one");
    assertEquals(await client.get("k"), "one");
    assertEquals(await client.get("k"), "one");
    assertEquals([cache.stats().hitCount, cache.size()], [1, 1]);
    await etna.call("SET", "k", "two");
    await until(() => cache.size() === 0, "the cache is told");
    assertEquals(await client.get("k"), "two");
    await etna.call("FLUSHALL");
    await until(() => cache.size() === 0, "the cache is told of a flush");
    assertEquals(await client.get("k"), null);
  } finally {
    client.destroy();
    await etna.close();
  }
});
