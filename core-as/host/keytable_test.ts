import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fromLatin1, fuzz, fuzzScale, type Random, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, heapCounters, Hoard, usedBytes } from "./testing_heap.ts";

const SLOTS = 12;
const BUCKET_BYTES = 64;
const SEGMENT_BUCKETS = 256;
/** Items of these tests: {u32 key length, key}. */
const KEY_OFFSET = 4;
const SEGMENT_BYTES = SEGMENT_BUCKETS * BUCKET_BYTES;
const ROUND = 4000;

const LARGE_HEAP_PAGES = 2048;

/** A table beside a Map from key to item. */
class Subject {
  readonly keys = new Map<string, number>();
  /** The keys in an array for picking one at random, each knowing its place. */
  readonly list: string[] = [];
  readonly #place = new Map<string, number>();
  readonly table: number;
  readonly out: number;
  readonly #probe: number;

  constructor(readonly testing: TestingCore) {
    const { core } = testing;
    this.table = core.allocate(core.TABLE_BYTES.value);
    this.out = core.SCRATCH.value;
    this.#probe = core.SCRATCH.value + 512 * 1024;
    assert(core.tableInit(this.table, KEY_OFFSET));
  }

  newItem(key: string): number {
    const { core, u32 } = this.testing;
    const item = core.allocate(KEY_OFFSET + key.length);
    assert(item !== 0);
    u32[item >>> 2] = key.length;
    this.testing.put(item + KEY_OFFSET, key);
    return item;
  }
  hash(key: string): bigint {
    const { core, bytes } = this.testing;
    for (let i = 0; i < key.length; i++) bytes[this.#probe + i] = key.charCodeAt(i);
    return core.hashBytes(this.#probe, key.length);
  }
  find(key: string): number {
    return this.testing.core.tableFind(this.table, this.hash(key), this.#probe, key.length);
  }
  keyOf(item: number): string {
    const { bytes, u32 } = this.testing;
    return fromLatin1(bytes.subarray(item + 4, item + 4 + u32[item >>> 2]));
  }
  insertItem(key: string, item: number): boolean {
    if (!this.testing.core.tableInsert(this.table, this.hash(key), item)) return false;
    this.keys.set(key, item);
    this.#place.set(key, this.list.push(key) - 1);
    return true;
  }
  insert(key: string): void {
    assert(this.insertItem(key, this.newItem(key)));
  }
  /** Takes a key out of the table. @returns its item, the caller's to free */
  take(key: string): number {
    const item = this.keys.get(key)!;
    assert(this.testing.core.tableRemove(this.table, this.hash(key), item));
    this.keys.delete(key);
    const place = this.#place.get(key)!;
    const last = this.list.pop()!;
    if (last !== key) {
      this.list[place] = last;
      this.#place.set(last, place);
    }
    this.#place.delete(key);
    return item;
  }
  remove(key: string): void {
    this.testing.core.free(this.take(key));
  }
  replace(key: string): void {
    const item = this.newItem(key);
    const old = this.keys.get(key)!;
    this.testing.core.tableReplace(this.table, this.hash(key), old, item);
    this.testing.core.free(old);
    this.keys.set(key, item);
  }
  /** One step of a scan. */
  scan(cursor: number): { cursor: number; items: number[] } {
    const next = this.testing.core.tableScan(this.table, cursor, this.out) >>> 0;
    return { cursor: next, items: this.scanned() };
  }
  scanned(): number[] {
    const end = this.testing.core.scanEnd.value >>> 0;
    return [...this.testing.u32.subarray(this.out >>> 2, end >>> 2)];
  }
  scanAll(): number[] {
    const all: number[] = [];
    let cursor = 0;
    do {
      const step = this.scan(cursor);
      all.push(...step.items);
      cursor = step.cursor;
    } while (cursor !== 0);
    return all;
  }
  /** Dismantles the table and frees its items and itself. */
  destroy(budget: number): void {
    const { core } = this.testing;
    const items: number[] = [];
    for (let gone = false; !gone;) {
      gone = core.tableDismantle(this.table, budget, this.out);
      items.push(...this.scanned());
    }
    sameItems(items, this.keys.values()); // each comes out, and once
    items.forEach((item) => core.free(item));
    core.free(this.table);
  }
}

/** assertEquals, without its cost. */
function same(actual: number, expected: number | undefined): void {
  if (actual !== expected) assertEquals(actual, expected);
}

function sameItems(actual: Iterable<number>, expected: Iterable<number>): void {
  const [a, b] = [actual, expected].map((items) => Float64Array.from(items).sort());
  same(a.length, b.length);
  for (let i = 0; i < a.length; i++) same(a[i], b[i]);
}

/**
 * Checks a table's storage from its directory on.
 *
 * @returns how many blocks it holds
 */
function checkTable(subject: Subject): number {
  const { testing: { core, u32 }, table } = subject;
  const [directory, capacity, buckets, level, count, overflows, first, offset] = u32.subarray(
    table >>> 2,
    (table >>> 2) + 8,
  );
  assertEquals(offset, KEY_OFFSET);
  assertEquals(count, subject.keys.size, "count");
  assert(buckets >= 2 ** level && buckets < 2 ** (level + 1), `${buckets} buckets, level ${level}`);
  const segments = Math.ceil(buckets / SEGMENT_BUCKETS);
  assert(capacity >= segments && first >= Math.min(buckets, SEGMENT_BUCKETS));
  let bytes = core.blockBytes(directory);
  for (let i = 0; i < segments; i++) bytes += core.blockBytes(u32[(directory >>> 2) + i]);
  let [items, extra] = [0, 0];
  for (let index = 0; index < buckets; index++) {
    const segment = u32[(directory >>> 2) + Math.floor(index / SEGMENT_BUCKETS)];
    let bucket = segment + (index % SEGMENT_BUCKETS) * BUCKET_BYTES;
    for (let depth = 0; bucket !== 0; depth++) {
      const next = u32[(bucket >>> 2) + 3] & ~63;
      const used = checkBucket(subject, bucket, index, level);
      if (next !== 0) assertEquals(used, SLOTS, "all but the last bucket of a chain are full");
      if (depth > 0) {
        assert(used > 0, "an overflow bucket is never empty");
        extra++;
        bytes += core.blockBytes(bucket);
      }
      items += used;
      bucket = next >>> 0;
    }
  }
  assertEquals(items, count, "the buckets hold what the table counts");
  assertEquals(extra, overflows, "overflow buckets");
  assertEquals(core.tableBytes(table), bytes, "tableBytes");
  return 1 + segments + extra;
}

/** Every item of a bucket belongs there. @returns how many there are */
function checkBucket(subject: Subject, bucket: number, index: number, level: number): number {
  const { testing: { core, bytes, u32 }, table } = subject;
  const buckets = u32[(table >>> 2) + 2];
  let used = 0;
  for (let slot = 0; slot < SLOTS; slot++) {
    const tag = bytes[bucket + slot];
    if (tag === 0) continue;
    const item = u32[(bucket >>> 2) + 4 + slot];
    const hash = BigInt.asUintN(64, core.itemHash(table, item));
    let home = Number(hash & 0xffffffffn) % 2 ** (level + 1);
    if (home >= buckets) home %= 2 ** level;
    same(home, index);
    same(tag, Number(hash >> 56n) || 1);
    used++;
  }
  return used;
}

function newKey(random: Random): string {
  let key = "";
  for (let left = 3 + random(20); left > 0; left--) key += String.fromCharCode(random(256));
  return key;
}

function anyKey(subject: Subject, random: Random): string {
  return subject.list[random(subject.list.length)];
}

/** Inserts, removes, replaces and finds until the table has `target` keys. */
function churn(subject: Subject, random: Random, target: number): void {
  const growing = target > subject.keys.size;
  while (subject.keys.size !== target) {
    const choice = random(10);
    if (choice < (growing ? 7 : 3) || subject.keys.size === 0) {
      const key = newKey(random);
      if (subject.keys.has(key)) continue;
      same(subject.find(key), 0);
      subject.insert(key);
    } else if (choice === 7) subject.replace(anyKey(subject, random));
    else if (choice < 7 || !growing) subject.remove(anyKey(subject, random));
    if (subject.list.length === 0) continue;
    const key = anyKey(subject, random);
    assertEquals(subject.find(key), subject.keys.get(key));
    assertEquals(
      subject.testing.u32[subject.testing.core.foundSlot.value >>> 2],
      subject.find(key),
    );
  }
}

Deno.test("a table does what a Map does, from nothing up and down again", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  await fuzz((random) => {
    testing.bytes[testing.core.RANDOM.value] = 1;
    const subject = new Subject(testing);
    const start = usedBytes(testing);
    for (const target of [1, 0, 13, 0, 100, 8, 300, 1900, 1700, 9000, 3500, 20000, 0]) {
      churn(subject, random, target);
      checkTable(subject);
      sameItems(subject.scanAll(), subject.keys.values());
    }
    // A first segment of two buckets stays where there was one of one.
    assertEquals(usedBytes(testing) - start, BUCKET_BYTES, "memory is back");
    churn(subject, random, 2000);
    subject.destroy(1 + random(700));
    assertEquals(usedBytes(testing), 0);
    checkHeap(testing);
  });
});

Deno.test("a table of hundreds of thousands of keys finds them all and shrinks to nothing", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  const subject = new Subject(testing);
  const start = usedBytes(testing);
  const count = 200_000;
  for (let i = 0; i < count; i++) subject.insert(`key:${i}`);
  checkTable(subject);
  const perKey = testing.core.tableBytes(subject.table) / count;
  assert(perKey > 8 && perKey < 11.5, `${perKey} bytes a key`);
  for (let i = 0; i < count; i++) {
    same(subject.find(`key:${i}`), subject.keys.get(`key:${i}`));
  }
  for (let i = 0; i < count; i++) same(subject.find(`kez:${i}`), 0);
  for (let i = count - 1; i >= 0; i--) subject.remove(`key:${(i * 7) % count}`);
  checkTable(subject);
  assertEquals(usedBytes(testing) - start, BUCKET_BYTES, "memory is back");
});

Deno.test("keys of one tag in one bucket are told apart", async () => {
  const testing = await withHeap();
  const subject = new Subject(testing);
  const twins: string[] = [];
  for (let i = 0; twins.length < 80; i++) {
    const hash = BigInt.asUintN(64, subject.hash(`twin ${i}`));
    if ((hash >> 56n) === 0x42n && (hash & 3n) === 1n) twins.push(`twin ${i}`);
  }
  for (const key of twins.slice(1)) subject.insert(key);
  for (const key of twins) assertEquals(subject.find(key), subject.keys.get(key) ?? 0);
  checkTable(subject);
  for (const key of twins.slice(41)) subject.remove(key);
  for (const key of twins) assertEquals(subject.find(key), subject.keys.get(key) ?? 0);
  checkTable(subject);
});

Deno.test("keys of every length are compared whole", async () => {
  const testing = await withHeap();
  const subject = new Subject(testing);
  const long = "x".repeat(100);
  for (let len = 0; len <= 100; len++) subject.insert(long.slice(0, len));
  for (let len = 0; len <= 100; len++) {
    assertEquals(subject.find(long.slice(0, len)), subject.keys.get(long.slice(0, len)));
    if (len > 0) assertEquals(subject.find(long.slice(0, len - 1) + "y"), 0);
    if (len > 1) assertEquals(subject.find("y" + long.slice(1, len)), 0);
  }
  checkTable(subject);
});

Deno.test("a scan returns every key that is there throughout, under growth and shrinking", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  await fuzz((random) => {
    for (let round = 0; round < 25 * fuzzScale(); round++) {
      const subject = new Subject(testing);
      const most = [30, 300, 3000][round % 3];
      const stable = new Set<string>();
      for (let i = 0; i < 1 + most / 10; i++) stable.add(`stable ${i}`);
      for (const key of stable) subject.insert(key);
      const passing: string[] = [];
      const grow = () => {
        const key = `passing ${round} ${passing.length} ${random(2 ** 30)}`;
        if (subject.keys.has(key)) return;
        subject.insert(key);
        passing.push(key);
      };
      const shrink = () => passing.length > 0 && subject.remove(passing.pop()!);
      while (subject.keys.size < random(most)) grow();
      const seen = new Set<string>();
      let cursor = 0;
      let steps = 0;
      let growing = random(2) === 0;
      do {
        const step = subject.scan(cursor);
        for (const item of step.items) seen.add(subject.keyOf(item));
        cursor = step.cursor;
        if (random(20) === 0) growing = !growing;
        const burst = random(most < 1000 ? 5 : 200) === 0 ? random(most) : random(10);
        for (let i = 0; i < burst; i++) {
          if (growing && subject.keys.size < most) grow();
          else shrink();
        }
        assert(++steps < most * 4 + 100, "the walk ends");
      } while (cursor !== 0);
      for (const key of stable) assert(seen.has(key), `round ${round}: ${key} was not returned`);
      subject.destroy(1000);
    }
  });
});

Deno.test("a scan of a table that rests returns every key once", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  const subject = new Subject(testing);
  for (let i = 0; i < ROUND; i++) {
    subject.insert(`${i}`);
    if (i % 97 === 0) sameItems(subject.scanAll(), subject.keys.values());
  }
});

Deno.test("any number is taken as a cursor", async () => {
  const testing = await withHeap();
  const subject = new Subject(testing);
  for (let i = 0; i < ROUND; i++) subject.insert(`${i}`);
  await fuzz((random) => {
    for (let i = 0; i < 200; i++) {
      let cursor = random(2 ** 32);
      let steps = 0;
      do {
        cursor = subject.scan(cursor).cursor;
        assert(++steps <= ROUND, "the walk ends");
      } while (cursor !== 0);
    }
  });
});

Deno.test("a random item is any of them with the same probability", async () => {
  const testing = await withHeap();
  testing.bytes.set([9, 8, 7, 6, 5, 4, 3, 2], testing.core.RANDOM.value);
  for (const size of [1, 2, 11, 30, 100, 1000]) {
    const subject = new Subject(testing);
    assertEquals(testing.core.tableRandom(subject.table), 0);
    for (let i = 0; i < size; i++) subject.insert(`${i}`);
    const counts = new Map<number, number>();
    const each = 200;
    for (let i = 0; i < size * each; i++) {
      const item = testing.core.tableRandom(subject.table);
      counts.set(item, (counts.get(item) ?? 0) + 1);
    }
    let chiSquare = 0;
    for (const item of subject.keys.values()) {
      chiSquare += ((counts.get(item) ?? 0) - each) ** 2 / each;
    }
    assert(chiSquare < size - 1 + 4 * Math.sqrt(2 * size), `${size} items: ${chiSquare}`);
    subject.destroy(1000);
  }
});

Deno.test("a random item is found in a table that could not shrink", async () => {
  const testing = await withHeap();
  const { core, u32 } = testing;
  const subject = new Subject(testing);
  for (let i = 0; i < ROUND; i++) subject.insert(`${i}`);
  const buckets = u32[(subject.table >>> 2) + 2];
  // Without memory no bucket is joined.
  const hoard = new Hoard(testing);
  for (let i = 1; i < ROUND; i++) {
    hoard.tighten();
    subject.remove(`${i}`);
  }
  assert(core.tableBuckets(subject.table) > buckets / 2);
  assertEquals(core.tableRandom(subject.table), subject.keys.get("0"));
  checkTable(subject);
});

Deno.test("a split that memory fails half way through is undone, its segment given back", async () => {
  const testing = await withHeap();
  const subject = new Subject(testing);
  const buckets = () => testing.core.tableBuckets(subject.table);
  // These all lie in bucket 0 and would all move to bucket 256: more than one bucket holds.
  for (let i = 0, found = 0; found < 40; i++) {
    if ((subject.hash(`moves ${i}`) & 0x1ffn) !== 0x100n) continue;
    subject.insert(`moves ${i}`);
    found++;
  }
  for (let i = 0; buckets() < SEGMENT_BUCKETS || subject.keys.size % 7 !== 0; i++) {
    subject.insert(`${i}`);
  }
  same(buckets(), SEGMENT_BUCKETS);
  const [key, item] = ["the next", subject.newItem("the next")];
  const hoard = new Hoard(testing);
  hoard.loosen(SEGMENT_BYTES, 1);
  hoard.loosen(BUCKET_BYTES, 2); // one for the item's own chain, if it needs one
  assert(subject.insertItem(key, item));
  same(buckets(), SEGMENT_BUCKETS);
  const blocks = checkTable(subject) + hoard.size + subject.keys.size + 1;
  assertEquals(heapCounters(testing).liveBlocks, blocks, "nothing leaks");
  for (const known of subject.list) same(subject.find(known), subject.keys.get(known));
  hoard.release();
  subject.insert("another");
  subject.insert("and another");
  assert(buckets() > SEGMENT_BUCKETS, "with memory, the split is made up for");
  checkTable(subject);
});

Deno.test("failing allocations lose no key and leak nothing", async () => {
  const testing = await withHeap(288);
  await fuzz((random) => {
    for (const size of [0, 40, 1780, 3570]) {
      const subject = new Subject(testing);
      for (let i = 0; i < size; i++) subject.insert(`first ${i}`);
      const spare: string[] = [];
      const items = new Map<string, number>();
      for (let i = 0; i < 300; i++) {
        spare.push(`spare ${i}`);
        items.set(`spare ${i}`, subject.newItem(`spare ${i}`));
      }
      const hoard = new Hoard(testing);
      let failures = 0;
      for (let step = 0; step < 2000 * fuzzScale(); step++) {
        if (random(4) === 0) hoard.loosen(BUCKET_BYTES, random(4));
        if (random(8) === 0) hoard.loosen(SEGMENT_BYTES, 1);
        const bias = Math.floor(step / 500) % 2 ? 3 : 7;
        if (spare.length > 0 && random(10) < bias) {
          const index = random(spare.length);
          const key = spare[index];
          if (subject.insertItem(key, items.get(key)!)) spare.splice(index, 1);
          else failures++;
        } else if (subject.list.length > 0) {
          const key = anyKey(subject, random);
          items.set(key, subject.take(key));
          spare.push(key);
        }
        hoard.tighten();
        if (step % 20 !== 0) continue;
        const blocks = checkTable(subject) + hoard.size + subject.keys.size + spare.length + 1;
        assertEquals(heapCounters(testing).liveBlocks, blocks, "nothing leaks");
      }
      assertNotEquals(failures, 0, "this fuzz meets the limit");
      for (const key of subject.list) same(subject.find(key), subject.keys.get(key));
      hoard.release();
      for (const key of spare) testing.core.free(items.get(key)!);
      subject.destroy(100);
      assertEquals(checkHeap(testing).liveBlocks, 0);
    }
  });
});
