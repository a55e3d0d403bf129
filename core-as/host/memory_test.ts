import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fuzz, fuzzScale, type Random, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, heapCounters, usedBytes } from "./testing_heap.ts";

const PAGE_BYTES = 4096;
const WHOLE_SPACE_PAGES = 65535;

/** A size that is as likely small as large: 1 byte to `most`. */
function anySize(random: Random, most: number): number {
  return 1 + random(2 ** (1 + random(Math.ceil(Math.log2(most)))) - 1);
}

/** What a test believes of the live blocks. */
class Model {
  readonly blocks: { ptr: number; bytes: number; mark: number }[] = [];
  #mark = 0;
  /** @param foreign live blocks that are none of this model's */
  constructor(readonly testing: TestingCore, readonly random: Random, readonly foreign = 0) {}

  /** Fills the bytes, or for a long block its ends, with a byte of the block's own. */
  #fill(ptr: number, from: number, to: number, mark: number) {
    const { bytes } = this.testing;
    if (to - from <= 8192) return bytes.fill(mark, ptr + from, ptr + to);
    bytes.fill(mark, ptr + from, ptr + from + 4096);
    bytes.fill(mark, ptr + to - 4096, ptr + to);
  }
  #check(ptr: number, bytes: number, mark: number) {
    const memory = this.testing.bytes;
    for (const at of [0, 7, bytes >> 2, bytes - 8, bytes - 1]) {
      const isEnd = at < 4096 || at >= bytes - 4096;
      if (at >= 0 && at < bytes && (bytes <= 8192 || isEnd)) assertEquals(memory[ptr + at], mark);
    }
  }

  allocate(bytes: number): boolean {
    const { core } = this.testing;
    const used = usedBytes(this.testing);
    const ptr = core.allocate(bytes);
    if (ptr === 0) return false;
    assertEquals(ptr % (bytes > 8192 ? PAGE_BYTES : 4), 0, "aligned");
    assert(core.blockBytes(ptr) >= bytes && core.blockBytes(ptr) === core.roundedBytes(bytes));
    assertEquals(usedBytes(this.testing), used + core.blockBytes(ptr));
    const mark = this.#mark++ & 255;
    this.#fill(ptr, 0, bytes, mark);
    this.blocks.push({ ptr, bytes, mark });
    return true;
  }

  free(index: number): void {
    const { ptr, bytes, mark } = this.blocks[index];
    this.#check(ptr, bytes, mark);
    this.testing.core.free(ptr);
    this.blocks[index] = this.blocks[this.blocks.length - 1];
    this.blocks.pop();
  }

  reallocate(index: number, bytes: number): boolean {
    const { core } = this.testing;
    const block = this.blocks[index];
    const before = heapCounters(this.testing);
    // A long block carries its mark at its ends only; shorten what is kept to what is known.
    const known = block.bytes <= 8192 ? block.bytes : 4096;
    const ptr = core.reallocate(block.ptr, bytes, Math.min(known, bytes));
    if (ptr === 0) {
      // But for slabs that were kept empty: they went in search of room.
      const { usedPages, dirtyPages } = before;
      assert(heapCounters(this.testing).usedPages <= usedPages);
      const after = { ...heapCounters(this.testing), usedPages, dirtyPages };
      assertEquals(after, before, "a failure changes nothing");
      this.#check(block.ptr, block.bytes, block.mark);
      return false;
    }
    assert(core.blockBytes(ptr) >= bytes);
    const kept = Math.min(known, bytes);
    this.#check(ptr, kept, block.mark);
    Object.assign(block, { ptr, bytes });
    this.#fill(ptr, 0, bytes, block.mark);
    return true;
  }

  /** No two blocks overlap, and the heap's books balance. */
  check(): void {
    const sorted = this.blocks.toSorted((a, b) => a.ptr - b.ptr);
    for (let i = 1; i < sorted.length; i++) {
      assert(sorted[i - 1].ptr + sorted[i - 1].bytes <= sorted[i].ptr, "blocks overlap");
    }
    for (const { ptr, bytes, mark } of sorted) this.#check(ptr, bytes, mark);
    assertEquals(checkHeap(this.testing).liveBlocks - this.foreign, this.blocks.length);
  }

  /** Frees all; then every page is in one free run, but for a slab kept per class. */
  clear(): void {
    while (this.blocks.length > 0) this.free(this.random(this.blocks.length));
    const { liveBlocks, emptySlabs, usedPages, runs } = checkHeap(this.testing);
    assertEquals(liveBlocks, this.foreign);
    if (this.foreign > 0) return;
    assert(emptySlabs <= 240 && usedPages <= emptySlabs * 16, "one slab a class is kept");
    assert(runs.size <= emptySlabs + 1, "all else has joined");
  }
}

/** Takes and gives back at random, keeping about `target` bytes in use. */
/** Gives free pages back as the kernel takes them: they read as zero. */
function giveBack({ core, u32 }: TestingCore, most: number): boolean {
  const page = core.nextDirtyStretch(most);
  if (page === 0) return false;
  const pages = u32[core.RESULT_LEN.value >>> 2];
  u32.fill(0, page * PAGE_BYTES >>> 2, (page + pages) * PAGE_BYTES >>> 2);
  return true;
}

function churn(model: Model, random: Random, steps: number, most: number, target: number) {
  let failures = 0;
  for (let step = 0; step < steps; step++) {
    const { blocks, testing } = model;
    const full = usedBytes(testing) > target;
    const choice = random(10);
    if (blocks.length === 0 || choice < (full ? 2 : 5)) {
      if (!model.allocate(anySize(random, most))) failures++;
    } else if (choice < 7) {
      if (!model.reallocate(random(blocks.length), anySize(random, most))) failures++;
    } else model.free(random(blocks.length));
    if (random(8) === 0) giveBack(testing, 1 + random(64));
    if (step % 512 === 0) model.check();
  }
  model.check();
  return failures;
}

Deno.test("allocate rounds to the size class and counts what it hands out", async () => {
  const testing = await withHeap();
  const { core } = testing;
  let previous = 0;
  for (let bytes = 0; bytes <= 20000; bytes++) {
    const rounded = core.roundedBytes(bytes);
    assert(rounded >= bytes && rounded >= previous && rounded % 4 === 0);
    // Below 512 bytes three are lost at most, or four of none; below 1 KiB seven, below 8 KiB a sixteenth.
    const lost = bytes <= 512 ? 4 : bytes <= 1024 ? 7 : bytes <= 8192 ? bytes / 16 : PAGE_BYTES - 1;
    assert(rounded - bytes <= lost, `${bytes}`);
    previous = rounded;
    if (bytes % 17) continue;
    const ptr = core.allocate(bytes);
    assertEquals(core.blockBytes(ptr), rounded);
    core.free(ptr);
  }
  for (const bytes of [8193, 12288, 12289, 2 ** 20 + 1]) {
    const ptr = core.allocate(bytes);
    assertEquals([core.blockBytes(ptr), ptr % PAGE_BYTES], [core.roundedBytes(bytes), 0]);
    core.free(ptr);
  }
  assertEquals(checkHeap(testing).usedBytes, 0);
});

Deno.test("blocks never overlap, keep their content and add up", async () => {
  const testing = await withHeap(2048);
  await fuzz((random) => {
    for (const most of [64, 600, 9000, 65536, 2 ** 23]) {
      const model = new Model(testing, random);
      churn(model, random, 12000 * fuzzScale(), most, 2 ** 25);
      model.clear();
    }
  });
});

Deno.test("a full heap answers 0 and stays whole", async () => {
  const testing = await withHeap(300); // 44 pages of 64 KiB for the heap
  await fuzz((random) => {
    for (const most of [64, 9000, 65536, 2 ** 21]) {
      const model = new Model(testing, random);
      const failures = churn(model, random, 12000 * fuzzScale(), most, 2 ** 30);
      if (most > 9000) assertNotEquals(failures, 0, "this fuzz meets the limit");
      model.clear();
    }
  });
});

Deno.test("a heap fills up to its limit with small blocks and empties into one run", async () => {
  const testing = await withHeap(280);
  const { core } = testing;
  for (const bytes of [8, 64, 3000, 8192, 40000]) {
    const blocks: number[] = [];
    for (let ptr; (ptr = core.allocate(bytes)) !== 0;) blocks.push(ptr);
    const heapBytes = 16 * 65536;
    assert(
      blocks.length * core.roundedBytes(bytes) > heapBytes * 0.75,
      `${bytes}: ${blocks.length}`,
    );
    assertEquals(core.allocate(2 ** 20), 0);
    assertEquals(core.reallocate(blocks[0], 2 ** 20, bytes), 0);
    checkHeap(testing);
    for (const ptr of blocks) core.free(ptr);
    const { runs, emptySlabs } = checkHeap(testing);
    assert(runs.size <= emptySlabs + 1);
  }
});

Deno.test("the space before the top is used together with a free run that ends there", async () => {
  const testing = await withHeap(280);
  const { core } = testing;
  const heapBytes = 16 * 65536;
  const keep = core.allocate(PAGE_BYTES * 4);
  const last = core.allocate(heapBytes / 2);
  core.free(last);
  // Neither the free run nor what lies above it is as large, both together are.
  const large = core.allocate(heapBytes * 3 / 4);
  assertNotEquals(large, 0);
  checkHeap(testing);
  core.free(large);
  const grown = core.reallocate(core.reallocate(keep, heapBytes / 4, 8), heapBytes * 7 / 8, 8);
  assertEquals(grown, keep, "a block grows over the run behind it and the top");
  checkHeap(testing);
  core.free(grown);
  assertEquals(checkHeap(testing).runs.size, 1);
});

Deno.test("holes are filled before the heap grows", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const blocks = Array.from({ length: 200 }, () => core.allocate(3 * PAGE_BYTES));
  const { topPage } = heapCounters(testing);
  for (let i = 0; i < blocks.length; i += 2) core.free(blocks[i]);
  checkHeap(testing);
  for (let i = 0; i < 100; i++) assertNotEquals(core.allocate(3 * PAGE_BYTES - 5), 0);
  assertEquals(heapCounters(testing).topPage, topPage);
  for (let i = 1; i < blocks.length; i += 2) core.free(blocks[i]);
  checkHeap(testing);
});

Deno.test("a large block grows over the free run behind it and shrinks in place", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const a = core.allocate(10 * PAGE_BYTES);
  const b = core.allocate(10 * PAGE_BYTES);
  const c = core.allocate(10 * PAGE_BYTES);
  core.free(b);
  assertEquals(core.reallocate(a, 15 * PAGE_BYTES, 10 * PAGE_BYTES), a);
  checkHeap(testing);
  assertEquals(core.reallocate(a, 20 * PAGE_BYTES, 10 * PAGE_BYTES), a);
  assertEquals(checkHeap(testing).runs.size, 0);
  assertEquals(core.reallocate(a, 3 * PAGE_BYTES, 10 * PAGE_BYTES), a);
  assertEquals([...checkHeap(testing).runs.values()], [17]);
  assertNotEquals(core.reallocate(a, 21 * PAGE_BYTES, 8), a);
  core.free(c);
  checkHeap(testing);
});

Deno.test("sizes near 4 GiB are refused, not wrapped around", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const block = core.allocate(100);
  for (const bytes of [2 ** 32 - 1, 2 ** 32 - PAGE_BYTES, 0xf0000001, 0xf0000000, 2 ** 31]) {
    assertEquals(core.allocate(bytes), 0);
    assertEquals(core.reallocate(block, bytes, 100), 0);
  }
  const large = core.allocate(50000);
  for (const bytes of [2 ** 32 - 1, 2 ** 31]) assertEquals(core.reallocate(large, bytes, 9), 0);
  core.free(0);
  assertEquals(checkHeap(testing).liveBlocks, 2);
});

Deno.test("blocks beyond 2 GiB are as good as others", async () => {
  const testing = await withHeap(WHOLE_SPACE_PAGES);
  await fuzz((random) => {
    const { core } = testing;
    // Untouched pages cost nothing, so the low half can be taken at once.
    const low = [core.allocate(2 ** 30), core.allocate(2 ** 30)];
    const model = new Model(testing, random, low.length);
    churn(model, random, 8000 * fuzzScale(), 2 ** 22, 2 ** 31 + 2 ** 26);
    assert(model.blocks.some((block) => block.ptr > 2 ** 31));
    model.clear();
    low.forEach((block) => core.free(block));
    checkHeap(testing);
  });
});

Deno.test("one block can take nearly the whole space", async () => {
  const testing = await withHeap(WHOLE_SPACE_PAGES);
  const { core } = testing;
  const huge = core.allocate(0xee000000);
  assertNotEquals(huge, 0);
  assertEquals(usedBytes(testing), 0xee000000);
  core.free(huge);
  assertEquals(checkHeap(testing).runs.size, 1);
});

Deno.test("the memory's last bytes stay free, for loads that read past a block", async () => {
  const testing = await withHeap(280);
  const { core, bytes } = testing;
  let highest = 0;
  for (let ptr; (ptr = core.allocate(8)) !== 0;) highest = Math.max(highest, ptr);
  assert(highest + 8 + 64 <= bytes.length);
});

Deno.test("free runs can be walked", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const first = core.HEAP.value / PAGE_BYTES;
  const small = Array.from({ length: 3000 }, () => core.allocate(64));
  const blocks = Array.from({ length: 30 }, () => core.allocate(5 * PAGE_BYTES));
  for (let i = 0; i < 30; i += 3) core.free(blocks[i]);
  for (let i = 500; i < 2500; i++) core.free(small[i]);
  const { runs } = checkHeap(testing);
  const starts = [...runs.keys()].sort((a, b) => a - b);
  const walked: number[] = [];
  for (let page = first; (page = core.nextFreeRun(page)) !== 0;) {
    walked.push(page);
    assertEquals(core.freeRunPages(page), runs.get(page));
    page += core.freeRunPages(page);
  }
  assertEquals(walked, starts);
});

Deno.test("free pages are given back, each once, until none is left but those of short runs", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const blocks = Array.from({ length: 40 }, () => core.allocate(50 * PAGE_BYTES));
  for (let i = 0; i < 40; i += 2) core.free(blocks[i]);
  assertEquals(heapCounters(testing).dirtyPages, 1000);
  let stretches = 0;
  while (giveBack(testing, 30)) stretches++;
  assertEquals([stretches, heapCounters(testing).dirtyPages], [40, 0]);
  // What is taken and freed again has been used again.
  core.free(core.allocate(20 * PAGE_BYTES));
  assertEquals(heapCounters(testing).dirtyPages, 50);
  checkHeap(testing);
  for (let i = 1; i < 40; i += 2) core.free(blocks[i]);
  while (giveBack(testing, 1 << 20));
  assertEquals(heapCounters(testing).dirtyPages, 0);
  checkHeap(testing);
});

Deno.test("slabs kept empty do not stand in the way of a large block", async () => {
  const testing = await withHeap();
  const { core } = testing;
  // A slab of each class, with large blocks between them; then nothing is left but the slabs.
  const blocks: number[] = [];
  for (let bytes = 8; bytes <= 8192; bytes += bytes >> 4 & ~7 || 8) {
    blocks.push(core.allocate(bytes), core.allocate(100 * PAGE_BYTES));
  }
  let rest = 0;
  for (let ptr; (ptr = core.allocate(10 * PAGE_BYTES)) !== 0; rest++) blocks.push(ptr);
  for (const block of blocks) core.free(block);
  const { emptySlabs, runs } = checkHeap(testing);
  assert(emptySlabs > 10);
  const largest = Math.max(...runs.values());
  const all = [...runs.values()].reduce((sum, pages) => sum + pages, 0);
  assert(largest < all);
  assertNotEquals(core.allocate(all * PAGE_BYTES), 0);
  assertEquals(checkHeap(testing).emptySlabs, 0);
});

Deno.test("memory: large blocks that come and go beside others that stay leave no holes behind", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const bytes = 200_000;
  const before = heapCounters(testing).topPage;
  for (let i = 0; i < 20; i++) {
    // What is read into, what is kept of it; the first goes.
    const place = core.allocate(bytes);
    core.allocate(bytes);
    core.free(place);
  }
  const used = (heapCounters(testing).topPage - before) * PAGE_BYTES;
  assert(used < 23 * bytes, `${used} bytes for 20 blocks of ${bytes}`);
});
