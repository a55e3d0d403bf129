import { assert, assertEquals } from "@std/assert";
import { fromLatin1, fuzz, fuzzScale, type Random, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, Hoard, usedBytes } from "./testing_heap.ts";

const DATABASES = 3;
const LARGE_HEAP_PAGES = 1024;

interface Believed {
  value: number;
  expiryMs: number | null;
}

/** A key space beside Maps. */
class Subject {
  readonly databases = Array.from({ length: DATABASES }, () => new Map<string, Believed>());
  /** Deletions by expiry that the log must tell of, as "db key". */
  readonly expired: string[] = [];
  nowMs = 1000;
  #mode: number;
  readonly #key: number;
  readonly scratch: number;

  constructor(readonly testing: TestingCore) {
    const { core } = testing;
    this.scratch = core.SCRATCH.value;
    this.#key = this.scratch + 512 * 1024;
    this.#mode = core.EXPIRED_DELETE.value;
    assert(core.keyspaceInit(DATABASES));
    this.advance(0);
  }
  cell(address: number): number {
    return this.testing.u32[address >>> 2];
  }
  advance(ms: number): void {
    this.nowMs += ms;
    this.testing.u32[this.testing.core.NOW_MS.value >>> 2] = this.nowMs;
  }
  set mode(mode: number) {
    this.#mode = mode;
    this.testing.u32[this.testing.core.EXPIRED_MODE.value >>> 2] = mode;
  }
  #put(key: string): number {
    return this.testing.put(this.#key, key);
  }
  lookup(db: number, key: string): number {
    return this.testing.core.lookup(db, this.#key, this.#put(key));
  }
  peek(db: number, key: string): number {
    return this.testing.core.peek(db, this.#key, this.#put(key));
  }
  find(db: number, key: string): number {
    return this.testing.core.find(db, this.#key, this.#put(key));
  }

  isExpired({ expiryMs }: Believed): boolean {
    return expiryMs !== null && expiryMs < this.nowMs &&
      this.#mode !== this.testing.core.EXPIRED_KEEP.value;
  }
  /** What a lookup must find, the model's deletion by expiry included. */
  expect(db: number, key: string): Believed | undefined {
    const believed = this.databases[db].get(key);
    if (believed === undefined || !this.isExpired(believed)) return believed;
    if (this.#mode === this.testing.core.EXPIRED_DELETE.value) {
      this.databases[db].delete(key);
      this.expired.push(`${db} ${key}`);
    }
    return undefined;
  }

  /** A string entry with its value in a block of its own, or 0. */
  newEntry(key: string, value: number, expiryMs: number | null): number {
    const { core, u32 } = this.testing;
    const block = core.allocate(12);
    if (block === 0) return 0;
    const e = core.newEntry(0, 0, this.#key, this.#put(key), expiryMs !== null, false, 4);
    if (e === 0) {
      core.free(block);
      return 0;
    }
    u32[block >>> 2] = 8;
    u32[(block >>> 2) + 1] = value;
    new DataView(u32.buffer).setUint32(core.entryValue(e), block, true);
    if (expiryMs !== null) core.setExpiryMs(e, BigInt(expiryMs));
    return e;
  }
  valueOf(e: number): number {
    const { core, u32 } = this.testing;
    const block = new DataView(u32.buffer).getUint32(core.entryValue(e), true);
    return u32[(block >>> 2) + 1];
  }

  /** Sets a key as SET would. @returns whether there was memory */
  set(db: number, key: string, value: number, expiryMs: number | null): boolean {
    const { core } = this.testing;
    this.expect(db, key);
    const old = this.lookup(db, key);
    const e = this.newEntry(key, value, expiryMs);
    if (e === 0) return false;
    const hash = core.entryHash(e);
    const done = old === 0 ? core.insert(db, hash, e) : core.replace(db, hash, old, e);
    if (!done) {
      core.freeEntry(e);
      return false;
    }
    if (old !== 0) core.freeEntry(old);
    this.databases[db].set(key, { value, expiryMs });
    return true;
  }

  /** Entries of one of a database's tables. */
  entries(table: number): number[] {
    const { core, u32 } = this.testing;
    const all: number[] = [];
    let cursor = 0;
    do {
      cursor = core.tableScan(table, cursor, this.scratch) >>> 0;
      all.push(...u32.subarray(this.scratch >>> 2, core.scanEnd.value >>> 2));
    } while (cursor !== 0);
    return all;
  }
  keyOf(e: number): string {
    const { core, bytes } = this.testing;
    const at = core.entryKey(e);
    return fromLatin1(bytes.subarray(at, at + core.entryKeyLen(e)));
  }

  /** Every key and its expiry are there, and the two tables of a database are in step. */
  check(): void {
    const { core } = this.testing;
    this.databases.forEach((believed, db) => {
      const entries = this.entries(core.keysOf(db));
      assertEquals(core.databaseSize(db), believed.size, `keys of database ${db}`);
      assertEquals(entries.length, believed.size);
      const withExpiry = new Set<number>();
      for (const e of entries) {
        const expected = believed.get(this.keyOf(e));
        assert(expected, "no key that should be gone");
        assertEquals(this.valueOf(e), expected!.value);
        const expiryMs = core.hasExpiry(e) ? Number(core.entryExpiryMs(e)) : null;
        assertEquals(expiryMs, expected!.expiryMs);
        if (expiryMs !== null) withExpiry.add(e);
      }
      assertEquals(
        new Set(this.entries(core.expiresOf(db))),
        withExpiry,
        "both tables hold the same",
      );
      assertEquals(core.expiresSize(db), withExpiry.size);
    });
  }

  /** Reads and clears the log of expired keys; it must say what the model deleted. */
  checkLog(): void {
    const { core, testing } = { core: this.testing.core, testing: this.testing };
    const told: string[] = [];
    let at = this.cell(core.EXPIRED_LOG.value);
    const end = at + this.cell(core.EXPIRED_LOG_LEN.value);
    const view = new DataView(testing.u32.buffer);
    while (at < end) {
      const [db, len] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
      told.push(`${db} ${fromLatin1(testing.bytes.subarray(at + 8, at + 8 + len))}`);
      at += 8 + len;
    }
    assertEquals(told.length, this.cell(core.EXPIRED_COUNT.value));
    assertEquals(told.sort(), this.expired.sort(), "the log tells what expired");
    this.expired.length = 0;
    core.clearExpiredLog();
    assertEquals(this.cell(core.EXPIRED_COUNT.value) + this.cell(core.EXPIRED_LOG_LEN.value), 0);
  }

  /** Samples until every key with an expiry was seen. */
  sampleAll(db: number): void {
    const { core } = this.testing;
    for (const [key, believed] of this.databases[db]) {
      if (believed.expiryMs === null || believed.expiryMs >= this.nowMs) continue;
      this.databases[db].delete(key);
      this.expired.push(`${db} ${key}`);
    }
    // Each call goes on where the last one stopped: twice the table passes every bucket.
    for (let seen = 2 * core.expiresSize(db) + 20; seen > 0; seen -= core.keysSampled()) {
      core.expireSample(db, 20, this.scratch);
      if (core.expiresSize(db) === 0) break;
    }
  }
}

function anyKey(random: Random): string {
  return `key ${random(400)}`.padEnd(8 + random(2) * 30, "x");
}

function step(subject: Subject, random: Random): void {
  const { testing: { core } } = subject;
  const db = random(DATABASES);
  const key = anyKey(random);
  const choice = random(20);
  if (choice < 8) {
    const expiryMs = random(2) === 0 ? null : subject.nowMs + random(300) - 50;
    subject.set(db, key, random(2 ** 31), expiryMs);
  } else if (choice < 11) {
    const expected = subject.expect(db, key);
    const e = random(2) === 0 ? subject.lookup(db, key) : subject.peek(db, key);
    assertEquals(e !== 0, expected !== undefined);
    if (expected) assertEquals(subject.valueOf(e), expected.value);
  } else if (choice < 13) {
    const expected = subject.expect(db, key);
    const e = subject.peek(db, key);
    if (e === 0) return assertEquals(expected, undefined);
    core.remove(db, e);
    subject.databases[db].delete(key);
  } else if (choice < 17) {
    const expected = subject.expect(db, key);
    let e = subject.lookup(db, key);
    if (e === 0) return assertEquals(expected, undefined);
    if (choice === 13 && expected!.expiryMs !== null) {
      e = core.clearExpiry(db, e);
      if (e !== 0) expected!.expiryMs = null;
    } else {
      const expiryMs = subject.nowMs + random(200);
      e = core.setExpiry(db, e, BigInt(expiryMs));
      if (e !== 0) expected!.expiryMs = expiryMs;
    }
    if (e !== 0) assertEquals([subject.keyOf(e), subject.valueOf(e)], [key, expected!.value]);
  } else if (choice < 19) subject.advance(random(20));
  else {
    const other = random(DATABASES);
    core.swapDatabases(db, other);
    const { databases } = subject;
    [databases[db], databases[other]] = [databases[other], databases[db]];
  }
}

Deno.test("databases do what Maps do, in every mode of expiry", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  const { core } = testing;
  const subject = new Subject(testing);
  const start = usedBytes(testing) - core.blockBytes(subject.cell(core.EXPIRED_LOG.value));
  await fuzz((random) => {
    const modes = [core.EXPIRED_DELETE, core.EXPIRED_HIDE, core.EXPIRED_KEEP];
    for (let round = 0; round < 60 * fuzzScale(); round++) {
      subject.mode = modes[[0, 0, 1, 2][random(4)]].value;
      for (let i = 0; i < 400; i++) step(subject, random);
      subject.check();
      subject.checkLog();
      subject.mode = core.EXPIRED_DELETE.value;
      const db = random(DATABASES);
      if (random(3) === 0) subject.sampleAll(db);
      if (random(12) === 0) {
        assertEquals(core.flush(db, subject.scratch), subject.databases[db].size);
        subject.databases[db].clear();
      }
      subject.check();
      subject.checkLog();
    }
    for (let db = 0; db < DATABASES; db++) {
      core.flush(db, subject.scratch);
      subject.databases[db].clear();
    }
    core.free(subject.cell(core.EXPIRED_LOG.value));
    for (const cell of [core.EXPIRED_LOG, core.EXPIRED_LOG_CAP]) testing.u32[cell.value >>> 2] = 0;
    assertEquals(usedBytes(testing), start, "memory is back");
    checkHeap(testing);
  });
});

Deno.test("failing allocations lose no key, no expiry and no word of the log", async () => {
  const testing = await withHeap(300);
  const subject = new Subject(testing);
  const { core } = testing;
  await fuzz((random) => {
    for (let i = 0; i < 1000; i++) step(subject, random);
    const hoard = new Hoard(testing);
    for (let round = 0; round < 300 * fuzzScale(); round++) {
      for (const bytes of [16, 64, 128]) hoard.loosen(bytes, random(3));
      // Clocks stand still: without room in the log a key stays, which the model does not know of.
      const nowMs = subject.nowMs;
      step(subject, random);
      if (subject.nowMs !== nowMs) subject.advance(nowMs - subject.nowMs);
      hoard.tighten();
      if (round % 20 === 0) subject.check();
    }
    for (let db = 0; db < DATABASES; db++) {
      assertEquals(core.flush(db, subject.scratch), subject.databases[db].size);
      subject.databases[db].clear();
    }
    subject.check();
    hoard.release();
    checkHeap(testing);
  });
});

Deno.test("without room in the log an expired key stays, hidden, and can be set anew", async () => {
  const testing = await withHeap(300);
  const { core } = testing;
  const subject = new Subject(testing);
  // Longer than what the log always has room for.
  const key = "key".repeat(2000);
  subject.set(0, key, 1, subject.nowMs);
  subject.advance(1);
  const e = subject.newEntry(key, 2, null);
  const hoard = new Hoard(testing);
  assertEquals(subject.lookup(0, key), 0);
  assertEquals([core.databaseSize(0), subject.cell(core.EXPIRED_COUNT.value)], [1, 0]);
  hoard.release();
  assert(core.insert(0, core.entryHash(e), e));
  assertEquals([core.databaseSize(0), core.expiresSize(0)], [1, 0], "no second entry of the key");
  assertEquals(subject.valueOf(subject.lookup(0, key)), 2);
});

Deno.test("a key that is hidden from clients is replaced by a write, not doubled", async () => {
  const testing = await withHeap(300);
  const { core } = testing;
  const subject = new Subject(testing);
  const used = usedBytes(testing);
  for (const expiryMs of [null, 5000]) {
    subject.set(0, "key", 1, subject.nowMs);
    subject.set(0, "other", 1, null);
    subject.advance(1);
    subject.mode = core.EXPIRED_HIDE.value;
    assertEquals(subject.lookup(0, "key"), 0);
    assertEquals(subject.find(0, "key") !== 0, true);
    subject.set(0, "another", 1, null);
    assert(subject.set(0, "key", 2, expiryMs));
    subject.check();
    subject.mode = core.EXPIRED_DELETE.value;
    core.flush(0, subject.scratch);
    subject.databases[0].clear();
    assertEquals(usedBytes(testing), used);
  }
});

Deno.test("a key expires in the millisecond after its time", async () => {
  const testing = await withHeap(300);
  const subject = new Subject(testing);
  subject.set(0, "key", 1, subject.nowMs + 10);
  subject.advance(10);
  assert(subject.lookup(0, "key") !== 0);
  subject.advance(1);
  assertEquals(subject.lookup(0, "key"), 0);
  subject.expect(0, "key");
  subject.checkLog();
  assertEquals(testing.core.databaseSize(0), 0);
});

Deno.test("expireSample takes times at both ends of an i64", async () => {
  const testing = await withHeap(300);
  const { core } = testing;
  const subject = new Subject(testing);
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
  for (const key of ["a", "b", "c", "d"]) subject.set(0, key, 1, 0);
  subject.mode = core.EXPIRED_KEEP.value;
  core.setExpiryMs(subject.lookup(0, "a"), least);
  core.setExpiryMs(subject.lookup(0, "b"), -1n);
  core.setExpiryMs(subject.lookup(0, "c"), most);
  core.setExpiryMs(subject.lookup(0, "d"), most - 5n);
  subject.mode = core.EXPIRED_DELETE.value;
  assertEquals(core.expireSample(0, 20, subject.scratch), 2);
  assertEquals(core.keysSampled(), 4);
  assert(core.ttlSampled() > 1.8e19, "the sum of two long times does not wrap around");
  assertEquals([subject.lookup(0, "a"), subject.lookup(0, "b")], [0, 0]);
});

Deno.test("expireSample looks at as many keys as it is asked to, and at each in turn", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  const { core } = testing;
  const subject = new Subject(testing);
  for (let i = 0; i < 5000; i++) subject.set(0, `key ${i}`, i, subject.nowMs + (i % 3 ? 10 : 1000));
  let sampled = 0;
  let calls = 0;
  for (; sampled < 5000; calls++) {
    assertEquals(core.expireSample(0, 20, subject.scratch), 0, "nothing has expired");
    // A bucket and its sibling are the most by which a call oversteps.
    assert(core.keysSampled() >= 20 && core.keysSampled() < 100);
    sampled += core.keysSampled();
  }
  assert(core.ttlSampled() > 0);
  subject.advance(11);
  subject.sampleAll(0);
  subject.check();
  subject.checkLog();
  assertEquals(core.databaseSize(0), Math.ceil(5000 / 3));
});

Deno.test("a log that has grown large is given back, and one near 4 GiB does not wrap around", async () => {
  const testing = await withHeap(65535);
  const { core, u32 } = testing;
  const subject = new Subject(testing);
  const used = usedBytes(testing);
  for (let i = 0; i < 2000; i++) subject.set(0, `${i}`.repeat(100).slice(0, 100), i, subject.nowMs);
  subject.advance(1);
  subject.sampleAll(0);
  subject.checkLog();
  // Two tables that have had more than one bucket keep room for two.
  assertEquals(usedBytes(testing), used + 128);
  // As if 2 GiB of keys had been logged: the memory is not touched.
  const [log, cap, len] = [core.EXPIRED_LOG, core.EXPIRED_LOG_CAP, core.EXPIRED_LOG_LEN]
    .map((cell) => cell.value >>> 2);
  u32[cap] = 2 ** 31;
  u32[log] = core.allocate(2 ** 31);
  u32[len] = 2 ** 31 - 4;
  subject.set(0, "the last straw", 1, subject.nowMs);
  subject.advance(1);
  assertEquals(subject.lookup(0, "the last straw"), 0);
  assert(u32[len] <= core.blockBytes(u32[log]), "the log lies inside its block");
  core.clearExpiredLog();
});

Deno.test("detach empties a database at once and dismantle frees it in steps", async () => {
  const testing = await withHeap(LARGE_HEAP_PAGES);
  const { core } = testing;
  const subject = new Subject(testing);
  const used = usedBytes(testing);
  for (let i = 0; i < 3000; i++) subject.set(1, `${i}`, i, i % 2 ? 1e6 : null);
  const detached = core.allocate(2 * core.TABLE_BYTES.value);
  assert(core.detach(1, detached));
  assertEquals([core.databaseSize(1), core.expiresSize(1)], [0, 0]);
  subject.databases[1].clear();
  subject.set(1, "7", 7, null);
  let steps = 0;
  while (!core.dismantle(detached, 50, subject.scratch)) steps++;
  assert(steps > 10);
  subject.check();
  core.flush(1, subject.scratch);
  assertEquals(usedBytes(testing), used);
});

Deno.test("more databases than memory could hold are refused", async () => {
  const testing = await withHeap(300);
  for (const count of [2 ** 25, 2 ** 25 + 1, 2 ** 31, 100_000]) {
    assert(!testing.core.keyspaceInit(count));
    checkHeap(testing);
  }
});

Deno.test("LFU counters grow with the logarithm of accesses and decay", async () => {
  const testing = await withHeap(300);
  const { core, u32 } = testing;
  const subject = new Subject(testing);
  const put = (cell: { value: number }, value: number) => u32[cell.value >>> 2] = value;
  testing.bytes[core.RANDOM.value] = 1;
  put(core.STAMPS, core.STAMP_FREQUENCY.value);
  put(core.LFU_DECAY_MINUTES, 1);
  put(core.ACCESS_CLOCK, 100);
  subject.set(0, "key", 1, null);
  core.setAccess(subject.find(0, "key"), core.freshAccess());
  const counter = () => core.lfuCounter(subject.find(0, "key"));
  const counts: number[] = [];
  for (const factor of [0, 10, 2 ** 31 - 1]) {
    put(core.LFU_LOG_FACTOR, factor);
    core.setAccess(subject.find(0, "key"), 100 << 8 | 5);
    for (let i = 0; i < 1000; i++) subject.lookup(0, "key");
    counts.push(counter());
  }
  assertEquals(counts[0], 255);
  assert(counts[1] > 10 && counts[1] < 30, `${counts[1]}`);
  assert(counts[2] <= 7, `a huge factor stops counting: ${counts[2]}`);
  core.setAccess(subject.find(0, "key"), 65530 << 8 | 50);
  put(core.ACCESS_CLOCK, 20);
  assertEquals(counter(), 50 - 26, "the clock of 16 bits goes around");
  put(core.LFU_DECAY_MINUTES, 0);
  assertEquals(counter(), 50);
});
