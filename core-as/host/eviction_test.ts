import { assert, assertEquals } from "@std/assert";
import type { Core } from "./core.ts";
import { loadCore } from "./sources.ts";
import { fuzz, type Random } from "./testing.ts";

const NOW_MS = 1_000_000;
const CLOCK = 100_000;
/** So many that, of the few keys here, every one is among them. */
const MANY_SAMPLES = 400;

interface Key {
  db: number;
  name: string;
  entry: number;
  /** The higher, the sooner it must go. */
  rank: number;
}

async function newCore(): Promise<Core> {
  const core = await loadCore({ seed: crypto.getRandomValues(new Uint8Array(24)), databases: 2 });
  core.setU64(core.at.NOW_MS, NOW_MS);
  core.u32[core.at.ACCESS_CLOCK] = CLOCK;
  return core;
}

function addKey(core: Core, db: number, name: string, ttlMs: number): number {
  const added = core.withArguments(["set", name, "v"], () => {
    core.setResult(BigInt(NOW_MS + ttlMs));
    assert(core.x.stringSet(db, 1, 2, ttlMs === 0 ? 0 : core.at.SET_EXPIRY) >= 0);
    return core.x.keyPeek(db, 1);
  });
  assert(added !== null);
  return added!;
}

/** Different ranks, so that the order is one. */
function distinct(random: Random, count: number, below: number): number[] {
  const found = new Set<number>();
  while (found.size < count) found.add(1 + random(below - 1));
  return [...found];
}

/** Fills two databases and gives every key its rank in the policy's own terms. */
function fill(core: Core, random: Random, ranking: number): Key[] {
  const count = 2 + random(18);
  return distinct(random, count, 256).map((rank, i) => {
    const [db, name] = [random(2), `key ${i}`];
    const isTtl = ranking === core.at.EVICT_TTL;
    const entry = addKey(core, db, name, isTtl ? 1_000_000 - rank * 1000 : 0);
    if (ranking === core.at.EVICT_LRU) core.x.setAccessOf(entry, CLOCK - rank);
    if (ranking === core.at.EVICT_LFU) {
      core.x.setAccessOf(entry, (CLOCK & 0xffff) << 8 | 255 - rank);
    }
    return { db, name, entry, rank };
  });
}

for (const ranking of ["EVICT_LRU", "EVICT_LFU", "EVICT_TTL"] as const) {
  Deno.test(`eviction: with every key sampled, ${ranking} is the exact order`, async () => {
    const core = await newCore();
    core.u32[core.at.STAMPS] = ranking === "EVICT_LFU"
      ? core.at.STAMP_FREQUENCY
      : core.at.STAMP_USE;
    const code = core.at[ranking];
    const volatile = ranking === "EVICT_TTL";
    await fuzz((random) => {
      core.x.evictionReset();
      const keys = fill(core, random, code).sort((a, b) => b.rank - a.rank);
      for (const key of keys) {
        for (let db = 0; db < 2; db++) core.x.evictionSample(db, volatile, code, MANY_SAMPLES);
        assertEquals([core.x.evictionBest(volatile), core.x.evictionDatabase()], [
          key.entry,
          key.db,
        ]);
        core.x.entryDelete(key.db, key.entry);
      }
      assertEquals(core.x.evictionBest(volatile), 0);
      assertEquals(core.x.databaseSize(0) + core.x.databaseSize(1), 0);
    });
  });
}

Deno.test("eviction: a candidate that was deleted meanwhile is passed over", async () => {
  const core = await newCore();
  const first = addKey(core, 0, "first", 0);
  const second = addKey(core, 0, "second", 0);
  core.x.setAccessOf(first, CLOCK - 50);
  core.x.setAccessOf(second, CLOCK - 20);
  core.x.evictionSample(0, false, core.at.EVICT_LRU, MANY_SAMPLES);
  core.x.entryDelete(0, first);
  assertEquals(core.x.evictionBest(false), second);
  assertEquals(core.x.evictionBest(false), 0);
});

Deno.test("eviction: a random key of those with an expiry has one", async () => {
  const core = await newCore();
  for (let i = 0; i < 100; i++) addKey(core, 0, `key ${i}`, 0);
  assertEquals(core.x.evictionRandom(0, true), 0);
  const only = addKey(core, 0, "volatile", 1000);
  for (let i = 0; i < 20; i++) assertEquals(core.x.evictionRandom(0, true), only);
  const seen = new Set<number>();
  for (let i = 0; i < 3000; i++) seen.add(core.x.evictionRandom(0, false));
  assertEquals(seen.size, 101);
});
