/**
 * A job queue whose jobs are never lost: a worker leases a job, and one that does not come back has it taken away.
 *
 * Waiting jobs are a list, leased ones a sorted set by when the lease ends. A function of the server takes what is
 * overdue back and leases the next job, in one step; another one ends a job, if it is still leased by who says so.
 */

import { assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { start } from "../../../mod.ts";

const LIBRARY = `#!lua name=jobs
local function now()
  local time = redis.call("TIME")
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- keys: waiting, leased, owners; args: worker, ms of the lease
redis.register_function("job_lease", function(keys, args)
  for _, job in ipairs(redis.call("ZRANGEBYSCORE", keys[2], "-inf", now())) do
    redis.call("ZREM", keys[2], job)
    redis.call("HDEL", keys[3], job)
    redis.call("RPUSH", keys[1], job)
  end
  local job = redis.call("RPOP", keys[1])
  if not job then return nil end
  redis.call("ZADD", keys[2], now() + args[2], job)
  redis.call("HSET", keys[3], job, args[1])
  return job
end)

-- keys: leased, owners; args: worker, job
redis.register_function("job_done", function(keys, args)
  if redis.call("HGET", keys[2], args[2]) ~= args[1] then return 0 end
  redis.call("HDEL", keys[2], args[2])
  return redis.call("ZREM", keys[1], args[2])
end)`;

class Jobs {
  readonly #waiting = "jobs:waiting";
  readonly #leased = "jobs:leased";
  readonly #owners = "jobs:owners";

  constructor(readonly redis: Redis) {}

  async setUp(): Promise<void> {
    await this.redis.call("FUNCTION", "LOAD", "REPLACE", LIBRARY);
  }
  async add(...jobs: string[]): Promise<void> {
    await this.redis.lpush(this.#waiting, ...jobs);
  }
  async lease(worker: string, leaseMs: number): Promise<string | null> {
    const keys = [this.#waiting, this.#leased, this.#owners];
    return await this.redis.call("FCALL", "job_lease", 3, ...keys, worker, leaseMs) as
      | string
      | null;
  }
  /** @returns whether the job was still this worker's */
  async done(worker: string, job: string): Promise<boolean> {
    const keys = [this.#leased, this.#owners];
    return await this.redis.call("FCALL", "job_done", 2, ...keys, worker, job) === 1;
  }
}

Deno.test("example: a job queue", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  try {
    const jobs = new Jobs(redis);
    await jobs.setUp();
    await jobs.add("first", "second");
    assertEquals(await jobs.lease("ada", 100), "first");
    assertEquals(await jobs.lease("bob", 10_000), "second");
    assertEquals(await jobs.lease("eve", 10_000), null);
    assertEquals(await jobs.done("bob", "second"), true);
    // Ada does not come back: her job is somebody else's.
    await new Promise((resolve) => setTimeout(resolve, 150));
    assertEquals(await jobs.lease("eve", 10_000), "first");
    assertEquals(await jobs.done("ada", "first"), false);
    assertEquals(await jobs.done("eve", "first"), true);
    assertEquals(await jobs.lease("bob", 10_000), null);
  } finally {
    redis.disconnect();
    await etna.close();
  }
});
