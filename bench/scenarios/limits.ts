/**
 * What limits of memory are worth: the pages that stay resident when values of other sizes take the place of half of
 * the keys, how fast a lower limit is reached, how many requests of a Zipf load find their key under LRU and LFU,
 * and how far values of mixed sizes get over the limit.
 *
 * The cache of the Zipf load holds a fifth of the keys on either server, whatever a key costs there: the figure is of
 * the choice of what to evict.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { loadCommands, loadKeys } from "../load.ts";
import { rssBytes } from "../proc.ts";
import { Server, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Requests } from "./requests.ts";

type Measured = (server: Server, bench: Bench) => Promise<number>;

const parts: readonly [figure: string, unit: string, better: "less" | "more", Measured][] = [
  ["resident / used after a change of sizes", "", "less", changeSizes],
  ["to reach a tenth of the limit", "s", "less", dropLimit],
  ["hits, allkeys-lru", "%", "more", (server, bench) => hitRatio(server, bench, "allkeys-lru")],
  ["hits, allkeys-lfu", "%", "more", (server, bench) => hitRatio(server, bench, "allkeys-lfu")],
  ["over the limit, mixed sizes", "%", "less", overshoot],
];

export const limits: Scenario = {
  name: "limits",
  async run(bench) {
    const figures: Figure[] = [];
    for (const [what, unit, better, measure] of parts) {
      const figure = emptyFigure(scenarioGroup, this.name, what, unit, better);
      for (let round = 0; round < Math.min(bench.rounds, bench.quick ? 1 : 3); round++) {
        for (const name of visitingOrder(round)) {
          await using server = await Server.start(bench.specs[name]);
          const value = await measure(server, bench);
          figure[name].push(value);
          bench.log(`limits: ${name}: ${what}: ${value.toFixed(3)} ${unit}`);
        }
      }
      figures.push(figure);
    }
    return figures;
  },
};

/** Numbers from a seed (mulberry32), from 0 to below 1: the same for either server. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The size of what a server is without data counts, too: with few keys it is most of the figure. */
async function changeSizes(server: Server, { quick }: Bench): Promise<number> {
  const count = quick ? 200_000 : 3_000_000;
  await loadKeys(server.port, { prefix: "key:", count, value: "x".repeat(100) });
  const random = seeded(11);
  const victims = function* () {
    for (let i = 0; i < count; i++) {
      if (random() < 0.5) yield ["DEL", `key:${String(i).padStart(12, "0")}`];
    }
  };
  await loadCommands(server.port, victims());
  await loadKeys(server.port, { prefix: "new:", count: count / 2, value: "y".repeat(150) });
  // What goes on in the background has its time.
  await sleep(quick ? 2_000 : 10_000);
  return rssBytes(server.pid) / await server.usedMemoryBytes();
}

async function dropLimit(server: Server, { quick }: Bench): Promise<number> {
  const count = quick ? 200_000 : 2_000_000;
  await server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  await loadKeys(server.port, { prefix: "key:", count, value: "x".repeat(300) });
  const limit = Math.floor(await server.usedMemoryBytes() / 10);
  const startMs = performance.now();
  await server.command("CONFIG", "SET", "maxmemory", `${limit}`);
  while (await server.usedMemoryBytes() > limit) await sleep(5);
  return (performance.now() - startMs) / 1000;
}

/** Numbers below `count`, each rank as often as 1 / rank ^ 0.99 says, ranks shuffled by a step that is prime to it. */
function zipf(count: number, random: () => number): () => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) sums[rank] = sum += 1 / (rank + 1) ** 0.99;
  return () => {
    const wanted = random() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sums[middle] < wanted) low = middle + 1;
      else high = middle;
    }
    return low * 7919 % count;
  };
}

const valueOfCache = "v".repeat(100);

/** Percent of the requests, after a first half that fills the cache, that find their key; others put it there. */
async function hitRatio(server: Server, { quick }: Bench, policy: string): Promise<number> {
  const [count, requests] = quick ? [20_000, 100_000] : [200_000, 3_000_000];
  const before = await server.usedMemoryBytes();
  await loadKeys(server.port, { prefix: "k", count, value: valueOfCache });
  const limit = Math.round(before + (await server.usedMemoryBytes() - before) / 5);
  await server.command("FLUSHALL");
  await server.command("CONFIG", "SET", "maxmemory", `${limit}`, "maxmemory-policy", policy);
  const next = zipf(count, seeded(12));
  const batch = 64;
  let hits = 0;
  using connection = await Requests.connect(server.port);
  for (let done = 0; done < requests; done += batch) {
    const keys = Array.from({ length: batch }, () => `k${String(next()).padStart(12, "0")}`);
    const found = await connection.send(keys.map((key) => ["GET", key]));
    const missed = keys.filter((_, i) => found[i] === null);
    if (missed.length > 0) await connection.send(missed.map((key) => ["SET", key, valueOfCache]));
    if (done >= requests / 2) hits += batch - missed.length;
  }
  return hits * 100 / (requests / 2);
}

/** Percent by which `used_memory` was over the limit at most, seen after every few commands. */
async function overshoot(server: Server, { quick }: Bench): Promise<number> {
  const [limit, commands] = quick ? [20 << 20, 20_000] : [100 << 20, 300_000];
  await server.command("CONFIG", "SET", "maxmemory", `${limit}`);
  await server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
  const random = seeded(13);
  let most = 0;
  using connection = await Requests.connect(server.port);
  for (let done = 0; done < commands; done += 16) {
    const writes = Array.from({ length: 16 }, () => {
      const bytes = Math.floor(10 * 2000 ** random());
      return ["SET", `key:${Math.floor(random() * commands)}`, "z".repeat(bytes)];
    });
    await connection.send(writes);
    if (done % 160 !== 0) continue;
    const [info] = await connection.send([["INFO", "memory"]]);
    most = Math.max(most, Number(/\r\nused_memory:(\d+)/.exec(info!)![1]));
  }
  return Math.max(0, most / limit - 1) * 100;
}
