/**
 * Two ways to tell processes that keep copies of their own which of them are no longer true.
 *
 * Over Pub/Sub whoever writes says so: every writer must take part, and every process hears of every key. With client
 * tracking the server remembers who has read what, and tells each of what it has read, whoever changes it and however,
 * by expiry and eviction too. In both, a process whose connection was lost may have missed something, and begins
 * with nothing.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** A cache whose writers publish the name of what they write. */
class PublishedCache {
  readonly copies = new Map<string, string | null>();

  constructor(readonly redis: Redis, readonly listener: Redis) {
    listener.on("message", (_channel, key) => this.copies.delete(key));
    listener.on("close", () => this.copies.clear());
  }
  async begin(): Promise<void> {
    await this.listener.subscribe("changed");
  }
  async get(key: string): Promise<string | null> {
    if (!this.copies.has(key)) this.copies.set(key, await this.redis.get(key));
    return this.copies.get(key)!;
  }
  async set(key: string, value: string): Promise<void> {
    await this.redis.multi().set(key, value).publish("changed", key).exec();
  }
}

/**
 * A cache that the server tells of what it has read: the invalidations go to a connection that listens, which speaks
 * RESP2, where they look like messages (in RESP3 they are a kind of push of their own, which ioredis passes over).
 */
class TrackedCache {
  readonly copies = new Map<string, string | null>();

  constructor(readonly redis: Redis, readonly listener: Redis) {
    listener.on("messageBuffer", (_channel, message: Buffer | null) => this.#drop(message));
    listener.on("close", () => this.copies.clear());
  }
  async begin(): Promise<void> {
    const id = await this.listener.client("ID");
    await this.listener.subscribe("__redis__:invalidate");
    await this.redis.call("CLIENT", "TRACKING", "ON", "REDIRECT", String(id));
  }
  #drop(message: unknown): void {
    // Nothing in place of names: the whole data set is another one.
    if (message === null) this.copies.clear();
    else for (const key of [message].flat()) this.copies.delete(String(key));
  }
  async get(key: string): Promise<string | null> {
    if (!this.copies.has(key)) this.copies.set(key, await this.redis.get(key));
    return this.copies.get(key)!;
  }
}

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  assert(holds());
}

Deno.test("example: invalidation over Pub/Sub", async () => {
  const etna = await start({ port: 0 });
  const clients = [1, 2, 3, 4].map(() => new Redis(etna.port, "127.0.0.1"));
  try {
    const here = new PublishedCache(clients[0], clients[1]);
    const there = new PublishedCache(clients[2], clients[3]);
    await here.begin();
    await there.begin();
    await here.set("price", "10");
    assertEquals([await here.get("price"), await there.get("price")], ["10", "10"]);
    await there.set("price", "12");
    await until(() => !here.copies.has("price"));
    assertEquals(await here.get("price"), "12");
  } finally {
    for (const client of clients) client.disconnect();
    await etna.close();
  }
});

Deno.test("example: invalidation by client tracking", async () => {
  const etna = await start({ port: 0 });
  const [redis, other] = [1, 2].map(() => new Redis(etna.port, "127.0.0.1"));
  const listener = new Redis(etna.port, "127.0.0.1", { protocol: 2 });
  try {
    const cache = new TrackedCache(redis, listener);
    await cache.begin();
    await other.set("price", "10");
    await other.set("stock", "5", "PX", 100);
    assertEquals([await cache.get("price"), await cache.get("stock")], ["10", "5"]);

    // Somebody who knows nothing of caches changes it; and time does.
    await other.incrby("price", 2);
    await until(() => !cache.copies.has("price"));
    await until(() => !cache.copies.has("stock"));
    assertEquals([await cache.get("price"), await cache.get("stock")], ["12", null]);

    await other.flushall();
    await until(() => cache.copies.size === 0);
    assertEquals(await cache.get("price"), null);
  } finally {
    for (const client of [redis, listener, other]) client.disconnect();
    await etna.close();
  }
});
