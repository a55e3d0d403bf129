/**
 * Micro-benchmarks of the core's foundation: `deno bench -A bench/micro/core_bench.ts`. Each iteration
 * does {@link BATCH} operations, so the time shown in us is that of one operation in ns. A call from
 * TypeScript into the core is part of it; so is, for the key table, a bigint hash.
 */
import { type TestingCore, withHeap } from "../../core-as/host/testing.ts";

const BATCH = 1000;
const HEAP_PAGES = 8192;
/** Items of these tables: {u32 key length, key}. */
const KEY_OFFSET = 4;
const KEY_BYTES = 16;

const memory = await withHeap(HEAP_PAGES);
memory.bytes.set([1, 2, 3, 4, 5, 6, 7, 8], memory.core.RANDOM.value);

for (const bytes of [16, 64, 100, 4096, 65536]) {
  const { core } = memory;
  Deno.bench(`allocate and free ${bytes} bytes`, { group: "memory" }, () => {
    for (let i = 0; i < BATCH; i++) core.free(core.allocate(bytes));
  });
}

Deno.bench(
  "allocate 1000 blocks of 64 bytes, free them in another order",
  { group: "memory" },
  () => {
    const { core } = memory;
    const blocks = new Uint32Array(BATCH);
    for (let i = 0; i < BATCH; i++) blocks[i] = core.allocate(64);
    for (let i = 0; i < BATCH; i++) core.free(blocks[(i * 379) % BATCH]);
  },
);

for (const bytes of [0, 8, 16, 32, 64, 1024]) {
  const { core } = memory;
  const at = core.SCRATCH.value;
  Deno.bench(`hashBytes ${bytes} bytes`, { group: "hash" }, () => {
    for (let i = 0; i < BATCH; i++) core.hashBytes(at, bytes);
  });
}

/** A table of `count` keys, and where keys to look for lie with their hashes. */
function makeTable(testing: TestingCore, count: number) {
  const { core, u32 } = testing;
  const table = core.allocate(core.TABLE_BYTES.value);
  core.tableInit(table, KEY_OFFSET);
  const item = (i: number, prefix: string) => {
    const made = core.allocate(KEY_OFFSET + KEY_BYTES);
    u32[made >>> 2] = KEY_BYTES;
    testing.put(made + KEY_OFFSET, (prefix + i).padEnd(KEY_BYTES, "."));
    return { made, hash: core.hashBytes(made + KEY_OFFSET, KEY_BYTES) };
  };
  for (let i = 0; i < count; i++) {
    const { made, hash } = item(i, "key:");
    core.tableInsert(table, hash, made);
  }
  // A stride through all keys, so that large tables are read as a server's are: out of order.
  const hits = Array.from({ length: 100_000 }, (_, i) => item((i * 7919) % count, "key:"));
  const misses = Array.from({ length: 100_000 }, (_, i) => item(i, "not:"));
  return { table, hits, misses };
}

for (const [count, label] of [[1000, "1k"], [1_000_000, "1M"]] as const) {
  const { core } = memory;
  const { table, hits, misses } = makeTable(memory, count);
  let at = 0;
  Deno.bench(`tableFind hit of ${label} keys`, { group: "keytable" }, () => {
    for (let i = 0; i < BATCH; i++) {
      const { made, hash } = hits[at++ % hits.length];
      core.tableFind(table, hash, made + KEY_OFFSET, KEY_BYTES);
    }
  });
  Deno.bench(`tableFind miss of ${label} keys`, { group: "keytable" }, () => {
    for (let i = 0; i < BATCH; i++) {
      const { made, hash } = misses[at++ % misses.length];
      core.tableFind(table, hash, made + KEY_OFFSET, KEY_BYTES);
    }
  });
  Deno.bench(`tableInsert and tableRemove among ${label} keys`, { group: "keytable" }, () => {
    for (let i = 0; i < BATCH; i++) {
      const { made, hash } = misses[at++ % misses.length];
      core.tableInsert(table, hash, made);
      core.tableRemove(table, hash, made);
    }
  });
  Deno.bench(`tableRandom of ${label} keys`, { group: "keytable" }, () => {
    for (let i = 0; i < BATCH; i++) core.tableRandom(table);
  });
}

Deno.bench("tableInsert, from an empty table up", { group: "keytable" }, (b) => {
  const { core } = memory;
  const table = core.allocate(core.TABLE_BYTES.value);
  core.tableInit(table, KEY_OFFSET);
  b.start();
  for (let i = 0; i < BATCH; i++) core.tableInsert(table, growth[i].hash, growth[i].made);
  b.end();
  while (!core.tableDismantle(table, 1000, core.SCRATCH.value)) continue;
  core.free(table);
});
const growth = makeTable(memory, 1).misses;
