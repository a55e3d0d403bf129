/** What the module offers a program beside calls: pipelines, transactions, subscriptions, its own time, bytes. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Etna, ReplyError, start, type StartOptions } from "../../mod.ts";
import { hasRealRedis } from "../../server/config/testing.ts";

async function withServer(options: StartOptions, body: (etna: Etna) => Promise<void>) {
  const etna = await start(options);
  try {
    await body(etna);
  } finally {
    await etna.close();
  }
}

Deno.test("replies of common commands are typed, of others open", () =>
  withServer({}, async (etna) => {
    await etna.call("SET", "k", "v");
    const text: string | null = await etna.call("GET", "k");
    const bytes: Uint8Array | null = await etna.callBuffer("get", "k");
    assertEquals([text, bytes], ["v", new TextEncoder().encode("v")]);
    await etna.call("HSET", "h", "a", 1, "b", 2);
    const fields: Map<string, string> = await etna.call("HGETALL", "h");
    assertEquals(Object.fromEntries(fields), { a: "1", b: "2" });
    await etna.call("SADD", "s", "x");
    const members: Set<string> = await etna.call("SMEMBERS", "s");
    assertEquals([...members], ["x"]);
    await etna.call("ZADD", "z", 1.5, "m");
    const score: number | null = await etna.call("ZSCORE", "z", "m");
    assertEquals(score, 1.5);
    assertEquals(await etna.call("ZRANGE", "z", 0, -1), ["m"]);
  }));

Deno.test("a pipeline gives errors in their places", () =>
  withServer({}, async (etna) => {
    const replies = await etna.pipeline([["SET", "k", "v"], ["INCR", "k"], ["GET", "k"]]);
    assertEquals([replies[0], replies[2]], ["OK", "v"]);
    assert(replies[1] instanceof ReplyError && replies[1].code === "ERR");
    assertEquals(await etna.pipeline([]), []);
  }));

Deno.test("a transaction is all or nothing, and nobody comes in between", () =>
  withServer({}, async (etna) => {
    const transaction = etna.transaction([["INCR", "n"], ["LPUSH", "n", "x"], ["INCR", "n"]]);
    const between = etna.call("INCR", "n");
    const replies = await transaction;
    assertEquals([replies![0], replies![2]], [1, 2]);
    assert(replies![1] instanceof ReplyError && replies![1].code === "WRONGTYPE");
    assertEquals(await between, 3);
    const error = await assertRejects(() => etna.transaction([["INCR", "n"], ["NONE"]]));
    assert(error instanceof ReplyError && error.message.includes("unknown command"), `${error}`);
    assertEquals(await etna.call("GET", "n"), "3");
  }));

Deno.test("a transaction is null where a key that was watched has changed", () =>
  withServer({}, async (etna) => {
    const client = etna.connect();
    await client.call("WATCH", "k");
    await etna.call("SET", "k", "other");
    assertEquals(await client.transaction([["SET", "k", "mine"]]), null);
    assertEquals(await client.transaction([["SET", "k", "mine"]]), ["OK"]);
  }));

Deno.test("subscriptions are iterated over, in order, until the loop ends", () =>
  withServer({}, async (etna) => {
    const news = await etna.subscribe("a", "b");
    const all = await etna.psubscribe("*");
    for (const [channel, text] of [["a", "1"], ["b", "2"], ["c", "3"]]) {
      await etna.call("PUBLISH", channel, text);
    }
    const heard: unknown[] = [];
    for await (const message of news) if (heard.push(message) === 2) break;
    assertEquals(heard, [{ channel: "a", message: "1" }, { channel: "b", message: "2" }]);
    assertEquals(await etna.call("PUBLISH", "a", "4"), 1); // the other one
    assertEquals((await all.next()).value, { channel: "a", message: "1", pattern: "*" });
    await all.end();
    assertEquals((await all.next()).done, true);
    assertEquals(await etna.call("PUBLISH", "a", "5"), 0);
  }));

Deno.test("a subscription ends with the server, after what was published before", async () => {
  const etna = await start();
  const news = await etna.subscribe("a");
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { message } of news) heard.push(message);
  })();
  await etna.call("PUBLISH", "a", "last");
  await etna.close();
  await listening;
  assertEquals(heard, ["last"]);
});

Deno.test("a subscription that nobody iterates over is bounded as a subscriber's output is", () =>
  withServer({ "client-output-buffer-limit": "pubsub 4mb 0 0" }, async (etna) => {
    const news = await etna.subscribe("news");
    const text = "x".repeat(10_000);
    const publish = async (count: number) => {
      let reached = 0;
      for (let i = 0; i < count; i++) reached += await etna.call("PUBLISH", "news", `${i}${text}`);
      return reached;
    };
    // Three megabytes: one here, the others wait in the server, and come as there is room.
    assertEquals(await publish(300), 300);
    const list = await etna.call("CLIENT", "LIST", "TYPE", "pubsub") as string;
    assert(Number(/omem=(\d+)/.exec(list)![1]) > 1_500_000, list);
    for (let i = 0; i < 300; i++) {
      assertEquals((await news.next()).value.message, `${i}${text}`);
    }
    // More than the limit: it is closed, and the loop says so after what had come.
    assert(await publish(1000) < 1000);
    let count = 0;
    await assertRejects(
      async () => {
        for await (const { message } of news) assertEquals(message, `${count++}${text}`);
      },
      Error,
      "client-output-buffer-limit",
    );
    assert(count > 100 && count < 600, `${count}`);
    assertEquals((await news.next()).done, true);
  }));

Deno.test("a subscription that is refused rejects and leaves no client", () =>
  withServer({}, async (etna) => {
    await assertRejects(() => etna.subscribe(), ReplyError, "wrong number of arguments");
    const clients = await etna.call("CLIENT", "LIST") as string;
    assertEquals(clients.trim().split("\n").length, 1);
  }));

Deno.test("time that stands still moves when it is told to, and what expires with it", () =>
  withServer({ clock: "manual", "notify-keyspace-events": "Ex" }, async (etna) => {
    const expired = await etna.subscribe("__keyevent@0__:expired");
    await etna.call("SET", "k", "v", "PX", 1000);
    await etna.call("HSET", "h", "f", "v");
    await etna.call("HPEXPIRE", "h", 5000, "FIELDS", 1, "f");
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assertEquals(await etna.call("PTTL", "k"), 1000);
    await etna.advance(1000);
    assertEquals(await etna.call("PTTL", "k"), 0);
    const before = await etna.call("TIME") as string[];
    await etna.advance(1);
    // Nobody has asked for it: it was due.
    assertEquals((await expired.next()).value.message, "k");
    assertEquals(await etna.call("GET", "k"), null);
    await etna.advance(86_400_000);
    assertEquals(await etna.call("EXISTS", "h"), 0);
    const after = await etna.call("TIME") as string[];
    assertEquals(Number(after[0]) - Number(before[0]) >= 86_400, true);
    await assertRejects(() => etna.advance(-1), RangeError);
  }));

Deno.test("whoever waits for so long waits by that time", () =>
  withServer({ clock: "manual" }, async (etna) => {
    const client = etna.connect();
    let answered = false;
    const popped = client.call("BLPOP", "none", 60).finally(() => answered = true);
    await etna.advance(59_000);
    assertEquals(answered, false);
    await etna.advance(1_100);
    assertEquals(await popped, null);
  }));

Deno.test("time that is real cannot be moved", () =>
  withServer({}, async (etna) => {
    await assertRejects(() => etna.advance(1), TypeError, 'clock: "manual"');
  }));

Deno.test("what was saved as bytes is there again, in another server", async () => {
  const [one, two] = [await start(), await start()];
  await one.pipeline([["SET", "k", "v"], ["SELECT", 3], ["RPUSH", "l", "a", "b"], ["SELECT", 0]]);
  await one.call(
    "FUNCTION",
    "LOAD",
    "#!lua name=f\nredis.register_function('f', function() return 7 end)",
  );
  // What was called before is in it, awaited or not.
  const late = one.call("SET", "late", "1");
  const snapshot = await one.save();
  await late;
  await one.call("FLUSHALL");
  const again = await start({ snapshot });
  try {
    assertEquals(await again.call("MGET", "k", "late"), ["v", "1"]);
    assertEquals(await again.call("FCALL", "f", 0), 7);
    await again.call("SELECT", 3);
    assertEquals(await again.call("LRANGE", "l", 0, -1), ["a", "b"]);
    assertEquals(await two.call("DBSIZE"), 0);
  } finally {
    await Promise.all([one.close(), two.close(), again.close()]);
  }
});

Deno.test("what is asked of a server that is closed is rejected", async () => {
  const etna = await start({ clock: "manual" });
  const saving = assertRejects(() => etna.save(), Error, "closed");
  await Promise.all([etna.close(), saving]);
  await assertRejects(() => etna.save(), Error, "closed");
  await assertRejects(() => etna.advance(1), Error, "closed");
  await assertRejects(() => etna.subscribe("a"), ReplyError, "closed");
});

Deno.test("memory comes back when a server is closed, and not when a collector looks for it", async () => {
  const outside = () => Deno.memoryUsage().external;
  await (await start()).close();
  const before = outside();
  for (let i = 0; i < 20; i++) {
    const etna = await start();
    await etna.call("SET", "k", "v");
    await etna.close();
  }
  // The table of latencies alone is nearly a megabyte.
  assert(outside() - before < 8e6, `${outside() - before} bytes`);
});

Deno.test("bytes that are no snapshot are refused", async () => {
  await assertRejects(
    () => start({ snapshot: new Uint8Array(100) }),
    Error,
    "Fatal error loading the DB",
  );
  const etna = await start();
  const snapshot = await etna.save();
  await etna.close();
  await assertRejects(() => start({ snapshot: snapshot.slice(0, -9) }), Error, "Fatal error");
});

Deno.test({
  name: "real Redis takes what was saved",
  ignore: !hasRealRedis,
  fn: async () => {
    const directory = await Deno.makeTempDir({ prefix: "etna-save-" });
    try {
      await withServer({}, async (etna) => {
        await etna.call("SET", "k", "v");
        await Deno.writeFile(`${directory}/saved.rdb`, await etna.save());
      });
      const { success } = await new Deno.Command("redis-check-rdb", {
        args: [`${directory}/saved.rdb`],
      }).output();
      assert(success);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});

Deno.test("embedded: a program that asks again and again keeps its own timers", async () => {
  const etna = await start({});
  try {
    setTimeout(() => void etna.call("SET", "done", "1"), 5);
    const endMs = performance.now() + 20_000;
    let done: unknown = null;
    while (done === null && performance.now() < endMs) done = await etna.call("GET", "done");
    assertEquals(done, "1");
  } finally {
    await etna.close();
  }
});
