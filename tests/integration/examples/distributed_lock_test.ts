/**
 * A distributed lock: one holder at a time, for as long as it keeps saying that it is alive.
 *
 * The lock is a key with the holder's token, set only where there is none, with an expiry. To give it back or to
 * extend it, its holder must still be who it thinks: a script compares and acts in one step. Each holder gets a
 * number that only grows (a fencing token): what is protected by the lock can refuse a holder who was too slow.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

const ACQUIRE = `
if redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then
  return redis.call("INCR", KEYS[1] .. ":fence")
end
return false`;

const RELEASE = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("DEL", KEYS[1])`;

const EXTEND = `
if redis.call("GET", KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call("PEXPIRE", KEYS[1], ARGV[2])`;

class Lock {
  readonly #token = crypto.randomUUID();

  constructor(readonly redis: Redis, readonly name: string, readonly ttlMs: number) {}

  /** @returns the fencing token, null when somebody else has the lock */
  async acquire(): Promise<number | null> {
    return await this.redis.eval(ACQUIRE, 1, this.name, this.#token, this.ttlMs) as number | null;
  }
  /** @returns whether it was still ours */
  async extend(): Promise<boolean> {
    return await this.redis.eval(EXTEND, 1, this.name, this.#token, this.ttlMs) === 1;
  }
  async release(): Promise<boolean> {
    return await this.redis.eval(RELEASE, 1, this.name, this.#token) === 1;
  }
}

Deno.test("example: a distributed lock", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const mine = new Lock(redis, "lock:report", 200);
    const yours = new Lock(redis, "lock:report", 200);
    assertEquals(await mine.acquire(), 1);
    assertEquals(await yours.acquire(), null);
    assertEquals(await yours.release(), false);
    assert(await mine.extend());
    assert(await mine.release());
    assertEquals(await yours.acquire(), 2);
    // Who does not come back loses the lock.
    await new Promise((resolve) => setTimeout(resolve, 250));
    assertEquals(await mine.acquire(), 3);
    assertEquals(await yours.extend(), false);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
