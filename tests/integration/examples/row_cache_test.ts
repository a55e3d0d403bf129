/**
 * A cache of a database's rows that a crowd cannot run over.
 *
 * When a popular row goes out of the cache, everybody who asks for it would ask the database at once. Here one of them
 * gets a lock that ends by itself, and reads the row; the others take the old one, which is kept for a while after it
 * has become stale, or wait for the new one. Times to live differ by some percent, so that rows cached together do not
 * go together.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** How long a row is fresh, how long it is kept after that, and how long one may take to read it. */
interface Times {
  freshMs: number;
  staleMs: number;
  readMs: number;
}

const POLL_MS = 10;

class RowCache {
  constructor(
    readonly redis: Redis,
    readonly load: (id: string) => Promise<string>,
    readonly times: Times,
  ) {}

  async get(id: string): Promise<string> {
    const { freshMs, staleMs, readMs } = this.times;
    for (;;) {
      const [value, leftMs] = await this.#cached(id);
      if (value !== null && leftMs > staleMs) return value;
      const token = crypto.randomUUID();
      const lock = await this.redis.set(`row:${id}:lock`, token, "PX", readMs, "NX");
      if (lock === "OK") {
        // Between the look at the cache and the lock the one before may have been done.
        const [again, againMs] = await this.#cached(id);
        const isFresh = again !== null && againMs > staleMs;
        const row = isFresh ? again : await this.load(id);
        if (!isFresh) {
          const spread = 1 + (Math.random() - 0.5) / 10;
          await this.redis.set(`row:${id}`, row, "PX", Math.round(freshMs * spread) + staleMs);
        }
        await this.#unlock(id, token);
        return row;
      }
      // Somebody else reads it: the old one will do until then.
      if (value !== null) return value;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  /** To be called by whoever changes the row. */
  async invalidate(id: string): Promise<void> {
    await this.redis.del(`row:${id}`);
  }

  async #cached(id: string): Promise<[string | null, number]> {
    const replies = await this.redis.multi().get(`row:${id}`).pttl(`row:${id}`).exec();
    return [replies![0][1] as string | null, replies![1][1] as number];
  }

  /** Not without a look at whose it is: it may have ended by itself, and be somebody else's by now. */
  async #unlock(id: string, token: string): Promise<void> {
    const script = `if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end`;
    await this.redis.eval(script, 1, `row:${id}:lock`, token);
  }
}

Deno.test("example: a cache of rows that a crowd cannot run over", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  let reads = 0;
  let row = "first";
  const database = async () => {
    reads++;
    const read = row;
    await new Promise((resolve) => setTimeout(resolve, 60));
    return read;
  };
  try {
    const cache = new RowCache(redis, database, { freshMs: 200, staleMs: 5000, readMs: 1000 });
    const crowd = () => Promise.all(Array.from({ length: 50 }, () => cache.get("7")));
    assert((await crowd()).every((value) => value === "first"));
    assertEquals(reads, 1);

    // Stale: one reads, the others have the old one at once.
    row = "second";
    await new Promise((resolve) => setTimeout(resolve, 250));
    const values = await crowd();
    assertEquals(values.filter((value) => value === "second").length, 1);
    assertEquals(values.filter((value) => value === "first").length, 49);
    assertEquals([await cache.get("7"), reads], ["second", 2]);

    row = "third";
    await cache.invalidate("7");
    assertEquals([await cache.get("7"), reads], ["third", 3]);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
