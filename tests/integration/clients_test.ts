/** The clients that people use, over the socket, in both protocols. */

import { assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { createClient, RESP_TYPES } from "redis";
import { start } from "../../mod.ts";

Deno.test("ioredis: pipelines, buffers, errors, transformers and many keys", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1", { lazyConnect: true });
  try {
    await redis.connect(); // its ready check reads INFO
    assertEquals(await redis.set("k", "v", "EX", 100), "OK");
    assertEquals(await redis.get("k"), "v");
    assertEquals(await redis.ttl("k"), 100);
    const bytes = Buffer.from([0, 1, 254, 255]);
    await redis.set("bin", bytes);
    assertEquals(await redis.getBuffer("bin"), bytes);
    const answers = await redis.pipeline().incr("n").incrby("n", 41).get("n").exec();
    assertEquals(answers, [[null, 1], [null, 42], [null, "42"]]);
    await redis.mset(new Map([["a", "1"], ["b", "2"]]));
    assertEquals(await redis.mget("a", "b", "none"), ["1", "2", null]);
    await assertRejects(() => redis.call("INCR", "k"), Error, "not an integer");
    const keys = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`scan:${i}`, `${i}`]));
    await redis.mset(keys);
    const found = new Set<string>();
    for await (const batch of redis.scanStream({ match: "scan:*", count: 100 })) {
      for (const key of batch as string[]) found.add(key);
    }
    assertEquals(found.size, 5000);
    assertEquals((await redis.client("GETNAME")) as unknown, null);
    assertEquals(await redis.flushall(), "OK");
    assertEquals(await redis.dbsize(), 0);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis in RESP${RESP}: types, multi-client work, scanning`, async () => {
    const etna = await start({ port: 0 });
    const client = createClient({ RESP, socket: { host: "127.0.0.1", port: etna.port } });
    try {
      await client.connect();
      assertEquals(await client.set("k", "v", { expiration: { type: "PX", value: 50_000 } }), "OK");
      assertEquals(await client.get("k"), "v");
      assertEquals(await client.exists(["k", "none"]), 1);
      const raw = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
      assertEquals(await raw.get("k"), Buffer.from("v"));
      assertEquals(await Promise.all([client.incr("n"), client.incr("n")]), [1, 2]);
      const config = await client.configGet("maxclients");
      assertEquals({ ...config }, { maxclients: "10000" });
      await client.mSet(Array.from({ length: 500 }, (_, i) => [`s:${i}`, "x"] as [string, string]));
      let found = 0;
      for await (const keys of client.scanIterator({ MATCH: "s:*", COUNT: 50 })) {
        found += keys.length;
      }
      assertEquals(found, 500);
      await assertRejects(() => client.incr("k"), Error, "not an integer");
    } finally {
      client.destroy();
      await etna.close();
    }
  });
}
