/** What people's client libraries do over more than one connection: transactions, Pub/Sub, waiting, caching. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { createClient, WatchError } from "redis";
import { type Etna, start } from "../../mod.ts";
import { until } from "./wire.ts";

/** Runs a test with a server of its own. */
async function withServer(body: (etna: Etna) => Promise<void>): Promise<void> {
  const etna = await start({ port: 0 });
  try {
    await body(etna);
  } finally {
    await etna.close();
  }
}

// ---- ioredis, which speaks RESP2 ----------------------------------------------------------------------

function withRedis(name: string, body: (redis: Redis, etna: Etna) => Promise<void>): void {
  Deno.test(`ioredis: ${name}`, () =>
    withServer(async (etna) => {
      const redis = new Redis(etna.port, "127.0.0.1", { lazyConnect: true });
      const duplicates: Redis[] = [];
      const duplicate = redis.duplicate.bind(redis);
      redis.duplicate = (...args) => {
        duplicates.push(duplicate(...args));
        return duplicates.at(-1)!;
      };
      try {
        await redis.connect();
        await body(redis, etna);
      } finally {
        for (const one of [redis, ...duplicates]) one.disconnect();
      }
    }));
}

withRedis("transactions, with their errors", async (redis) => {
  const answers = await redis.multi().set("a", "1").incr("a").lpush("a", "x").get("a").exec();
  assertEquals(answers?.map(([, value]) => value), ["OK", 2, undefined, "2"]);
  assert(answers?.[2][0]?.message.startsWith("WRONGTYPE"));
  await assertRejects(
    () => redis.multi().set("a", "3").call("nosuch").exec(),
    Error,
    "EXECABORT",
  );
  assertEquals(await redis.get("a"), "2");
  const pipelined = redis.multi({ pipeline: false });
  assertEquals(await redis.set("a", "5"), "QUEUED");
  assertEquals(await redis.exec(), [[null, "OK"]]);
  await pipelined;
});

withRedis("WATCH lets one of two win", async (redis) => {
  const other = redis.duplicate();
  await redis.set("n", "1");
  await redis.watch("n");
  await other.incr("n");
  assertEquals(await redis.multi().set("n", "10").exec(), null);
  await redis.watch("n");
  assertEquals(await redis.multi().incr("n").exec(), [[null, 3]]);
});

withRedis("channels, patterns and shard channels", async (redis) => {
  const subscriber = redis.duplicate();
  const heard: unknown[][] = [];
  subscriber.on("message", (...message) => heard.push(message));
  subscriber.on("pmessage", (...message) => heard.push(message));
  subscriber.on("smessage", (...message) => heard.push(message));
  assertEquals(await subscriber.subscribe("news", "sport"), 2);
  assertEquals(await subscriber.psubscribe("n*"), 3);
  assertEquals(await subscriber.ssubscribe("shard"), 1);
  assertEquals(await redis.publish("news", "one"), 2);
  assertEquals(await redis.spublish("shard", "two"), 1);
  await until(() => heard.length === 3, "three messages");
  assertEquals(heard, [["news", "one"], ["n*", "news", "one"], ["shard", "two"]]);
  assertEquals(await redis.pubsub("NUMSUB", "news"), ["news", 1]);
  await subscriber.unsubscribe("news", "sport");
  await subscriber.punsubscribe("n*");
  assertEquals(await redis.publish("news", "nobody"), 0);
});

withRedis("waiting on connections of their own", async (redis) => {
  const [first, second] = [redis.duplicate(), redis.duplicate()];
  assertEquals(await first.blpop("queue", 0.01), null);
  const popped = first.blpop("queue", "other", 0);
  const moved = second.blmove("other", "done", "LEFT", "RIGHT", 0);
  await untilBlocked(redis, 2);
  await redis.rpush("queue", "a");
  await redis.rpush("other", "b");
  assertEquals(await popped, ["queue", "a"]);
  assertEquals(await moved, "b");
  const lowest = first.bzpopmin("scores", 0);
  await untilBlocked(redis, 1);
  await redis.zadd("scores", 2, "two", 1, "one");
  assertEquals(await lowest, ["scores", "one", "1"]);
});

withRedis("consumer groups", async (redis) => {
  const reader = redis.duplicate();
  await redis.xgroup("CREATE", "s", "g", "$", "MKSTREAM");
  const read = reader.xreadgroup("GROUP", "g", "me", "BLOCK", 0, "STREAMS", "s", ">");
  await untilBlocked(redis, 1);
  const id = await redis.xadd("s", "*", "field", "value");
  assertEquals(await read, [["s", [[id, ["field", "value"]]]]]);
  assertEquals(await redis.xpending("s", "g"), [1, id, id, [["me", "1"]]]);
  const claimed = await redis.xautoclaim("s", "g", "you", 0, "0");
  assertEquals(claimed, ["0-0", [[id, ["field", "value"]]], []]);
  assertEquals(await redis.xack("s", "g", id!), 1);
});

async function untilBlocked(redis: Redis, count: number): Promise<void> {
  let info = "";
  while (!info.includes(`blocked_clients:${count}\r\n`)) info = await redis.info("clients");
}

// ---- node-redis, in both protocols --------------------------------------------------------------------

type Client = ReturnType<typeof connectable>;

function connectable(port: number, RESP: 2 | 3) {
  return createClient({ RESP, socket: { host: "127.0.0.1", port } });
}

/** Runs a test in both protocols; `open` gives further connections. */
function withClient(
  name: string,
  body: (client: Client, open: () => Promise<Client>) => Promise<void>,
): void {
  for (const RESP of [2, 3] as const) {
    Deno.test(`node-redis in RESP${RESP}: ${name}`, () =>
      withServer(async ({ port }) => {
        const clients: Client[] = [];
        const open = async () => {
          const client = connectable(port, RESP);
          clients.push(client);
          client.on("error", () => {});
          await client.connect();
          return client;
        };
        try {
          await body(await open(), open);
        } finally {
          for (const client of clients) client.destroy();
        }
      }));
  }
}

withClient("transactions, and WATCH that lets one of two win", async (client, open) => {
  const answers = await client.multi().set("a", "1").incr("a").hSet("h", "f", "v").hGetAll("h")
    .exec() as unknown[];
  assertEquals(answers.slice(0, 3), ["OK", 2, 1]);
  assertEquals({ ...answers[3] as object }, { f: "v" });
  const other = await open();
  await client.watch("a");
  await other.incr("a");
  await assertRejects(() => client.multi().set("a", "10").exec(), WatchError);
  await client.watch("a");
  assertEquals(await client.multi().incr("a").exec() as unknown, [4]);
});

withClient("channels, patterns and shard channels", async (client, open) => {
  const subscriber = await open();
  const heard: string[][] = [];
  const listener = (...message: string[]) => heard.push(message);
  await subscriber.subscribe(["news", "sport"], listener);
  await subscriber.pSubscribe("n*", listener);
  await subscriber.sSubscribe("shard", listener);
  assertEquals(await client.publish("news", "one"), 2);
  assertEquals(await client.sPublish("shard", "two"), 1);
  await until(() => heard.length === 3, "three messages");
  assertEquals(heard, [["one", "news"], ["one", "news"], ["two", "shard"]]);
  await subscriber.unsubscribe("news");
  await subscriber.pUnsubscribe();
  assertEquals(await client.publish("news", "nobody"), 0);
  await subscriber.unsubscribe();
  await subscriber.sUnsubscribe();
  assertEquals(await subscriber.get("nothing"), null);
});

withClient("waiting on connections of their own", async (client, open) => {
  const [first, second] = [await open(), await open()];
  assertEquals(await first.blPop("queue", 0.01), null);
  const popped = first.blPop(["queue", "other"], 0);
  const moved = second.blMove("other", "done", "LEFT", "RIGHT", 0);
  await untilWaiting(client, 2);
  await client.rPush("queue", "a");
  await client.rPush("other", "b");
  assertEquals({ ...await popped }, { key: "queue", element: "a" });
  assertEquals(await moved, "b");
  const lowest = first.bzPopMin("scores", 0);
  await untilWaiting(client, 1);
  await client.zAdd("scores", [{ score: 2.5, value: "two" }, { score: 1, value: "one" }]);
  assertEquals({ ...await lowest }, { key: "scores", value: "one", score: 1 });
});

withClient("consumer groups", async (client, open) => {
  const reader = await open();
  await client.xGroupCreate("s", "g", "$", { MKSTREAM: true });
  const read = reader.xReadGroup("g", "me", { key: "s", id: ">" }, { BLOCK: 0, COUNT: 10 });
  await untilWaiting(client, 1);
  const id = await client.xAdd("s", "*", { field: "value" });
  const entries = JSON.parse(JSON.stringify(await read));
  assertEquals(entries[0].name, "s");
  assertEquals(entries[0].messages[0].id, id);
  assertEquals(entries[0].messages[0].message, { field: "value" });
  assertEquals((await client.xPending("s", "g")).pending, 1);
  const claimed = await client.xAutoClaim("s", "g", "you", 0, "0");
  assertEquals(claimed.messages.map((message) => message?.id), [id]);
  assertEquals(await client.xAck("s", "g", id), 1);
});

async function untilWaiting(client: Client, count: number): Promise<void> {
  let info = "";
  while (!info.includes(`blocked_clients:${count}\r\n`)) info = await client.info("clients");
}

Deno.test("node-redis in RESP3: client-side caching", () =>
  withServer(async ({ port }) => {
    const socket = { host: "127.0.0.1", port };
    const client = createClient({
      RESP: 3,
      socket,
      clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: "LRU" },
    });
    const other = createClient({ socket });
    try {
      await client.connect();
      await other.connect();
      await other.set("k", "1");
      const calls = async () =>
        Number(/cmdstat_get:calls=(\d+)/.exec(await other.info("commandstats"))?.[1]);
      for (let i = 0; i < 5; i++) assertEquals(await client.get("k"), "1");
      assertEquals(await calls(), 1);
      await other.set("k", "2");
      while (await client.get("k") !== "2") await new Promise((resolve) => setTimeout(resolve, 1));
      assertEquals(await client.get("k"), "2");
      assertEquals(await calls(), 2);
      await other.flushAll();
      while (await client.get("k") !== null) await new Promise((resolve) => setTimeout(resolve, 1));
    } finally {
      client.destroy();
      other.destroy();
    }
  }));
