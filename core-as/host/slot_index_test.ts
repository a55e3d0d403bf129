import { assert, assertEquals } from "@std/assert";
import { fromLatin1, fuzz, type Random, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap } from "./testing_heap.ts";

/** Databases with an index beside sets of keys by slot. */
class Subject {
  readonly #slots = new Map<number, Set<string>>();
  readonly #at: number;

  constructor(readonly testing: TestingCore) {
    const { core } = testing;
    this.#at = core.SCRATCH.value + 512 * 1024;
    assert(core.keyspaceInit(2));
    assert(core.slotsInit());
  }

  #put(key: string): number {
    return this.testing.put(this.#at, key);
  }
  slotOf(key: string): number {
    return this.testing.core.keySlot(this.#at, this.#put(key));
  }
  keysOf(slot: number): Set<string> {
    let keys = this.#slots.get(slot);
    if (keys === undefined) this.#slots.set(slot, keys = new Set());
    return keys;
  }
  get slots(): Iterable<[number, Set<string>]> {
    return this.#slots;
  }

  /** Adds a key, or takes it out if it is there. @returns false when memory was out */
  toggle(key: string): boolean {
    const { core } = this.testing;
    const len = this.#put(key);
    const e = core.lookup(0, this.#at, len);
    const keys = this.keysOf(this.slotOf(key));
    if (e !== 0) {
      core.remove(0, e);
      keys.delete(key);
      return true;
    }
    const made = core.newEntry(0, 0, this.#at, len, false, false, 4);
    if (made === 0) return false;
    const value = core.entryValue(made);
    this.testing.bytes.fill(0, value, value + 4);
    if (!core.insert(0, core.entryHash(made), made)) {
      core.freeEntry(made);
      return false;
    }
    keys.add(key);
    return true;
  }

  empty(): void {
    this.testing.core.flush(0, this.testing.core.SCRATCH.value);
    this.#slots.clear();
  }

  /** Names that a scan of a slot returns. */
  scan(slot: number, wanted: number, between: () => void = () => {}): string[] {
    const { core, u32, bytes } = this.testing;
    const found: string[] = [];
    for (let cursor = 0; cursor !== core.SLOT_END.value;) {
      cursor = core.slotScan(0, slot, cursor, wanted);
      const count = u32[core.RESULT_LEN.value >>> 2];
      for (let i = 0; i < count; i++) {
        const e = u32[(core.SCRATCH.value >>> 2) + i];
        const key = core.entryKey(e);
        found.push(fromLatin1(bytes.subarray(key, key + core.entryKeyLen(e))));
      }
      between();
    }
    return found;
  }

  check(slot: number, keys: Set<string>): void {
    assertEquals(this.testing.core.slotKeys(0, slot), keys.size);
    assertEquals(this.scan(slot, 7).sort(), [...keys].sort());
  }
}

/** Keys of many slots, and of a few that have many. */
function randomKey(random: Random, range: number): string {
  const n = random(range);
  return n % 3 === 0 ? `{hot}${n}` : `${n}`;
}

Deno.test("slot index: has the keys of each slot, as a model has", async () => {
  await fuzz(async (random) => {
    const subject = new Subject(await withHeap(4096));
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20_000; i++) assert(subject.toggle(randomKey(random, 15_000)));
      let checks = 300;
      for (const [slot, keys] of subject.slots) if (checks-- > 0) subject.check(slot, keys);
      const hot = subject.slotOf("{hot}");
      subject.check(hot, subject.keysOf(hot));
      checkHeap(subject.testing);
    }
    subject.empty();
    assertEquals(subject.testing.core.slotKeys(0, subject.slotOf("{hot}")), 0);
    checkHeap(subject.testing);
  });
});

Deno.test("slot index: a scan returns what is there throughout, while the table grows and shrinks", async () => {
  const subject = new Subject(await withHeap(4096));
  for (let i = 0; i < 500; i++) assert(subject.toggle(`{hot}kept${i}`));
  // The second time what the first has added goes.
  for (let round = 0; round < 2; round++) {
    let next = 0;
    const found = subject.scan(subject.slotOf("{hot}"), 10, () => {
      for (let i = 0; i < 300 && next < 20_000; i++) assert(subject.toggle(`${next++}`));
    });
    const kept = found.filter((key) => key.startsWith("{hot}kept"));
    assertEquals(kept.length, new Set(kept).size);
    assertEquals(kept.length, 500);
  }
});

Deno.test("slot index: of a slot with very many keys, and of less again", async () => {
  const subject = new Subject(await withHeap(8192));
  const slot = subject.slotOf("{hot}");
  for (let i = 0; i < 60_000; i++) assert(subject.toggle(`{hot}${i}`));
  subject.check(slot, subject.keysOf(slot));
  for (let i = 0; i < 50_000; i++) assert(subject.toggle(`{hot}${i}`));
  subject.check(slot, subject.keysOf(slot));
  checkHeap(subject.testing);
});

Deno.test("slot index: a key that memory is out for is nowhere", async () => {
  const subject = new Subject(await withHeap(300));
  let i = 0;
  while (subject.toggle(`{hot}${i}`)) i++;
  assert(i > 100);
  for (let more = 1; more < 2000; more++) subject.toggle(`${i + more}`);
  for (const [slot, keys] of subject.slots) subject.check(slot, keys);
  while (i-- > 0) assert(subject.toggle(`{hot}${i}`));
  for (const [slot, keys] of subject.slots) subject.check(slot, keys);
  checkHeap(subject.testing);
});
