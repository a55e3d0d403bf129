/**
 * Rate limiters: a sliding window, which is exact, and a token bucket, which costs one small hash a user.
 *
 * Both are scripts, so that to look and to count are one step, and both take the time from the server, so that clients
 * need not agree on it.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

/** At most ARGV[1] requests in ARGV[2] ms. Replies 0, or how many ms to wait. */
const SLIDING_WINDOW = `
local time = redis.call("TIME")
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call("ZREMRANGEBYSCORE", KEYS[1], "-inf", now - ARGV[2])
if redis.call("ZCARD", KEYS[1]) < tonumber(ARGV[1]) then
  redis.call("ZADD", KEYS[1], now, now .. ":" .. time[2] .. ":" .. redis.call("INCR", KEYS[1] .. ":n"))
  redis.call("PEXPIRE", KEYS[1], ARGV[2])
  redis.call("PEXPIRE", KEYS[1] .. ":n", ARGV[2])
  return 0
end
local oldest = redis.call("ZRANGE", KEYS[1], 0, 0, "WITHSCORES")[2]
return oldest + ARGV[2] - now`;

/** A bucket of ARGV[1] tokens, which fills by ARGV[2] a second; a request takes ARGV[3]. Replies what is left, or -1. */
const TOKEN_BUCKET = `
local time = redis.call("TIME")
local now = time[1] + time[2] / 1e6
local size, rate, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local bucket = redis.call("HMGET", KEYS[1], "tokens", "at")
local tokens = tonumber(bucket[1] or size)
tokens = math.min(size, tokens + (now - tonumber(bucket[2] or now)) * rate)
local left = -1
if tokens >= wanted then
  tokens = tokens - wanted
  left = math.floor(tokens)
end
redis.call("HSET", KEYS[1], "tokens", tokens, "at", now)
redis.call("EXPIRE", KEYS[1], math.ceil(size / rate) + 1)
return left`;

Deno.test("example: rate limiters", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const window = async () => Number(await redis.eval(SLIDING_WINDOW, 1, "window:ada", 3, 200));
    assertEquals([await window(), await window(), await window()], [0, 0, 0]);
    const waitMs = await window();
    assert(waitMs > 0 && waitMs <= 200, `${waitMs}`);
    await new Promise((resolve) => setTimeout(resolve, waitMs + 20));
    assertEquals(await window(), 0);

    const take = async (tokens: number) =>
      Number(await redis.eval(TOKEN_BUCKET, 1, "bucket:ada", 10, 50, tokens));
    assertEquals(await take(4), 6);
    assert(await take(6) >= 0);
    assertEquals(await take(9), -1);
    await new Promise((resolve) => setTimeout(resolve, 220));
    assert(await take(9) >= 0);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
