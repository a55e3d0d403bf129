/**
 * How well eviction chooses, and what the counters of frequency show: against exact models, with the clock set by hand.
 * ETNA_SEED repeats a run.
 */

import { assert } from "@std/assert";
import { Config } from "../config/config.ts";
import type { OptionName } from "../config/options.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";

const seed = seedFromEnv("ETNA_SEED");

interface Clocked {
  readonly server: Server;
  readonly call: (...args: (string | number)[]) => Promise<unknown>;
  /** Moves the clock of eviction on: seconds, with LFU minutes. */
  later(units: number): void;
}

async function withClock(
  options: Partial<Record<OptionName, string>>,
  body: (clocked: Clocked) => Promise<void>,
) {
  const config = new Config();
  for (const [name, value] of Object.entries(options)) {
    config.configure(name as OptionName, [value]);
  }
  const running = await startServer({ config, embedded: true, listens: false }, testEnvironment());
  const { server } = running;
  const client = new LoopbackClient(server);
  server.updateAccessClock();
  server.updateAccessClock = () => {};
  try {
    await body({
      server,
      call: (...args) => client.call(args, false),
      later: (units) => {
        server.core.u32[server.core.at.ACCESS_CLOCK] += units;
      },
    });
  } finally {
    await running.close();
  }
}

const LFU_FIRST = 5;

/** Mean and variance of a counter after as many hits, one of which counts with 1 in (counter - 5) * factor + 1. */
function counterAfter(hits: number, factor: number): { mean: number; variance: number } {
  let chances = new Float64Array(256);
  chances[LFU_FIRST] = 1;
  for (let hit = 0; hit < hits; hit++) {
    const next = chances.slice();
    for (let counter = LFU_FIRST; counter < 255; counter++) {
      const moved = chances[counter] / ((counter - LFU_FIRST) * factor + 1);
      next[counter] -= moved;
      next[counter + 1] += moved;
    }
    chances = next;
  }
  const mean = chances.reduce((sum, chance, counter) => sum + chance * counter, 0);
  const variance = chances.reduce(
    (sum, chance, counter) => sum + chance * (counter - mean) ** 2,
    0,
  );
  return { mean, variance };
}

for (const factor of [0, 1, 10, 100]) {
  Deno.test(`eviction: OBJECT FREQ grows as lfu-log-factor ${factor} has it`, () =>
    withClock(
      { "maxmemory-policy": "allkeys-lfu", "lfu-log-factor": `${factor}` },
      async ({ call }) => {
        const [keys, hits] = [40, 300];
        let sum = 0;
        for (let key = 0; key < keys; key++) {
          await call("SET", key, "v");
          for (let hit = 0; hit < hits; hit++) await call("GET", key);
          sum += Number(await call("OBJECT", "FREQ", key));
        }
        const { mean, variance } = counterAfter(hits, factor);
        const off = Math.abs(sum / keys - mean);
        assert(off <= 6 * Math.sqrt(variance / keys) + 1e-9, `${sum / keys} instead of ${mean}`);
      },
    ));
}

for (const [decay, left] of [[0, 105], [1, 75], [7, 101], [100, 105]] as const) {
  Deno.test(`eviction: after 30 minutes lfu-decay-time ${decay} leaves ${left} of 105`, () =>
    withClock(
      {
        "maxmemory-policy": "allkeys-lfu",
        "lfu-log-factor": "0",
        "lfu-decay-time": `${decay}`,
      },
      async ({ call, later }) => {
        await call("SET", "k", "v");
        for (let hit = 0; hit < 100; hit++) await call("GET", "k");
        later(30);
        const found = await call("OBJECT", "FREQ", "k");
        assert(found === left, `${found}`);
      },
    ));
}

/** Numbers below `count`, each rank as often as 1 / rank ^ 0.99 says. */
function zipf(count: number, random: SeededRandom): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 1) ** 0.99;
  return () => {
    const wanted = random.below(2 ** 30) / 2 ** 30 * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

const VALUE = "v".repeat(200);
const LIMIT_BYTES = 2 << 20;
const KEYS = 25_000;
const REQUESTS = 60_000;
/** So many requests a second. */
const PER_SECOND = 50;

/** Hits of the second half of a Zipf load, in percent, and how many keys the cache held at the end. */
async function hitRatio(policy: string): Promise<{ percent: number; held: number }> {
  let hits = 0;
  let held = 0;
  await withClock(
    { "maxmemory-policy": policy, "maxmemory": `${LIMIT_BYTES}`, "lfu-decay-time": "0" },
    async ({ call, later }) => {
      const next = zipf(KEYS, new SeededRandom(seed));
      for (let request = 0; request < REQUESTS; request++) {
        if (request % PER_SECOND === 0 && !policy.endsWith("lfu")) later(1);
        const key = next();
        const found = await call("GET", key) !== null;
        if (!found) await call("SET", key, VALUE);
        else if (request >= REQUESTS / 2) hits++;
      }
      held = await call("DBSIZE") as number;
    },
  );
  return { percent: hits * 200 / REQUESTS, held };
}

/** The same of a cache of so many keys that forgets the one that was not used for longest. */
function exactLru(capacity: number): number {
  const next = zipf(KEYS, new SeededRandom(seed));
  const cache = new Set<number>();
  let hits = 0;
  for (let request = 0; request < REQUESTS; request++) {
    const key = next();
    if (cache.delete(key)) {
      if (request >= REQUESTS / 2) hits++;
    } else if (cache.size >= capacity) cache.delete(cache.values().next().value!);
    cache.add(key);
  }
  return hits * 200 / REQUESTS;
}

for (const [policy, worstPoints] of [["allkeys-lru", 1], ["allkeys-lfu", 1]] as const) {
  Deno.test(`eviction: ${policy} finds as much of a Zipf load as an exact LRU, within ${worstPoints} %`, async () => {
    const { percent, held } = await hitRatio(policy);
    const exact = exactLru(held);
    assert(held > 2000 && held < KEYS / 2, `${held} keys held`);
    assert(
      percent >= exact - worstPoints,
      `${percent} %, ${exact} % of an exact LRU, seed ${seed}`,
    );
  });
}

for (const policy of ["allkeys-lru", "allkeys-random", "volatile-ttl"]) {
  Deno.test(`eviction: by ${policy} a storm of mixed sizes stays within 1 % of the limit`, () => {
    const limit = 8 << 20;
    return withClock(
      { "maxmemory-policy": policy, "maxmemory": `${limit}` },
      async ({ server, call }) => {
        const random = new SeededRandom(seed);
        let most = 0;
        for (let write = 0; write < 15_000; write++) {
          const bytes = Math.floor(10 * 2000 ** (random.below(2 ** 20) / 2 ** 20));
          await call(
            "SET",
            `k${random.below(5000)}`,
            "z".repeat(bytes),
            "EX",
            1000 + random.below(1000),
          );
          most = Math.max(most, server.core.usedBytes);
        }
        assert(server.stats.evictedKeys > 1000, `${server.stats.evictedKeys} evicted`);
        assert(most <= limit * 1.01, `${most} bytes of ${limit}, seed ${seed}`);
      },
    );
  });
}
