import { assert, assertEquals, assertRejects } from "@std/assert";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

const LIMIT_BYTES = 1 << 20;
const VALUE = "x".repeat(100);
/** More than fit. */
const KEYS = 12000;

interface Limited {
  server: Server;
  call: (...args: (string | number)[]) => Promise<unknown>;
}

/** Runs a test against a server of 1 MiB with a policy. */
async function withPolicy(policy: string, body: (limited: Limited) => Promise<void>) {
  const config = new Config();
  config.configure("maxmemory", [`${LIMIT_BYTES}`]);
  config.configure("maxmemory-policy", [policy]);
  const running = await startServer({ config, embedded: true, listens: false }, testEnvironment());
  const client = new LoopbackClient(running.server);
  try {
    await body({ server: running.server, call: (...args) => client.call(args, false) });
  } finally {
    await running.close();
  }
}

async function countExisting(call: Limited["call"], from: number, to: number): Promise<number> {
  const keys = Array.from({ length: to - from }, (_, i) => `k:${from + i}`);
  return await call("EXISTS", ...keys) as number;
}

for (const policy of ["allkeys-lru", "allkeys-lfu", "allkeys-random", "allkeys-lrm"]) {
  Deno.test(`eviction: ${policy} stays within maxmemory and counts`, () =>
    withPolicy(policy, async ({ server, call }) => {
      for (let i = 0; i < KEYS; i++) await call("SET", `k:${i}`, VALUE);
      const size = await call("DBSIZE") as number;
      // A command may overshoot by what it writes itself.
      assert(server.core.usedBytes < LIMIT_BYTES + 1024, `${server.core.usedBytes} bytes`);
      assert(size > KEYS / 3, `${size} keys left`);
      assertEquals(server.stats.evictedKeys, KEYS - size);
    }));
}

Deno.test("eviction: volatile policies spare keys without an expiry, and fail when none has one", () =>
  withPolicy("volatile-lru", async ({ call }) => {
    for (let i = 0; i < 3000; i++) await call("SET", `k:${i}`, VALUE);
    for (let i = 3000; i < KEYS; i++) await call("SET", `k:${i}`, VALUE, "EX", 1000);
    assertEquals(await countExisting(call, 0, 3000), 3000);
    await assertRejects(
      async () => {
        for (let i = KEYS; i < 2 * KEYS; i++) await call("SET", `k:${i}`, VALUE);
      },
      Error,
      "OOM command not allowed when used memory > 'maxmemory'.",
    );
  }));

Deno.test("eviction: volatile-ttl takes those that expire soonest", () =>
  withPolicy("volatile-ttl", async ({ call }) => {
    for (let i = 0; i < KEYS; i++) await call("SET", `k:${i}`, VALUE, "EX", 1000 + i);
    const [soon, late] = [
      await countExisting(call, 0, KEYS / 4),
      await countExisting(call, KEYS * 3 / 4, KEYS),
    ];
    assertEquals(late, KEYS / 4);
    assert(soon < KEYS / 20, `${soon} of the first quarter are left`);
  }));

for (const policy of ["allkeys-lrm", "volatile-lrm"]) {
  Deno.test(`eviction: by ${policy} writes make a key younger, reads do not`, () =>
    withPolicy(policy, async ({ server, call }) => {
      const seconds = server.core.at.ACCESS_CLOCK;
      const later = () => server.core.u32[seconds] += 100;
      const idle = async (key: string) => Number(await call("OBJECT", "IDLETIME", key));
      server.updateAccessClock = () => {};
      for (const key of ["read", "written"]) await call("SET", key, 1, "EX", 1000);
      later();
      await call("GET", "read");
      await call("EVAL_RO", "return redis.call('get', KEYS[1])", 1, "read");
      await call("INCR", "written");
      const idleTimes = [await idle("read"), await idle("written")];
      assert(idleTimes[0] >= 99 && idleTimes[1] <= 1, `${idleTimes}`);
    }));
}

Deno.test("eviction: noeviction refuses writes, lets reads and deletions through", () =>
  withPolicy("noeviction", async ({ server, call }) => {
    let written = 0;
    await assertRejects(
      async () => {
        for (; written < KEYS; written++) await call("SET", `k:${written}`, VALUE);
      },
      Error,
      "OOM command not allowed",
    );
    assertEquals(server.stats.evictedKeys, 0);
    assertEquals(await call("GET", "k:0"), VALUE);
    assert(server.eviction.exceededMs() > 0);
    assertEquals(await call("DEL", "k:0", "k:1"), 2);
    assertEquals(await call("SET", "k:0", "v"), "OK");
    assertEquals(server.eviction.exceededMs(), 0);
  }));

Deno.test("eviction: a limit that is lowered takes effect without a write", () =>
  withPolicy("allkeys-random", async ({ server, call }) => {
    for (let i = 0; i < 4000; i++) await call("SET", `k:${i}`, VALUE);
    await call("CONFIG", "SET", "maxmemory", LIMIT_BYTES / 8);
    for (let tries = 0; tries < 100 && server.core.usedBytes > LIMIT_BYTES / 8; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert(server.core.usedBytes <= LIMIT_BYTES / 8);
  }));

Deno.test("eviction: tells of each key", () =>
  withPolicy("allkeys-lru", async ({ server, call }) => {
    const told: string[] = [];
    server.changes.observed = true;
    server.changes.changed = (_db, key, type, event) => {
      if (event === "evicted") told.push(`${type} ${key}`);
    };
    for (let i = 0; i < KEYS; i++) await call("SET", `k:${i}`, VALUE);
    assertEquals(told.length, server.stats.evictedKeys);
    assert(told.every((line) => /^e k:\d+$/.test(line)));
  }));

Deno.test("memory: at the end of what can be addressed writes are refused, and INFO says how far it is", async () => {
  const running = await startServer(
    { config: new Config(), embedded: true, listens: false, coreBytes: 2 ** 26 },
    testEnvironment(),
  );
  const client = new LoopbackClient(running.server);
  const call = (...args: string[]) => client.call(args, false);
  const left = async () =>
    Number(/addressable_memory_left:(\d+)/.exec(String(await call("INFO", "memory")))![1]);
  try {
    const value = "x".repeat(100_000);
    const leftFirst = await left();
    let written = 0;
    await assertRejects(
      async () => {
        for (; written < 1000; written++) await call("SET", `k:${written}`, value);
      },
      Error,
      "OOM",
    );
    assert(await left() < 300_000, `${await left()} bytes left`);
    assert(leftFirst > written * value.length, `${leftFirst} bytes left at first`);
    assertEquals(await call("GET", "k:0"), value);
    await call("FLUSHALL");
    assertEquals(await call("SET", "k:0", value), "OK");
    assert(await left() > leftFirst - 1_000_000);
  } finally {
    await running.close();
  }
});
