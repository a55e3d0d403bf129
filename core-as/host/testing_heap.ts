/**
 * Walks a heap and checks every invariant that memory.ts states, so that a test can ask after any
 * sequence of operations whether the allocator's own books are in order.
 */
import { assert, assertEquals } from "@std/assert";
import type { TestingCore } from "./testing.ts";

const PAGE_BYTES = 4096;
const SLAB_HEADER = 64;
const LARGE = 1, SLAB = 2, LARGE_TAIL = 3, FREE = 4, CLEAN = 5;
const POWERS = 24;
const CLASSES = 241;

/** What a heap holds. */
export interface HeapState {
  usedBytes: number;
  liveBlocks: number;
  usedPages: number;
  /** Pages of free runs that have not been given back. */
  dirtyPages: number;
  /** Slabs without a block in use: at most one per size class. */
  emptySlabs: number;
  /** Free runs, as first page and number of pages. */
  runs: Map<number, number>;
}

/** The counters as the core keeps them. */
export function heapCounters({ core, u32 }: TestingCore) {
  const cell = (address: number) => u32[address >>> 2];
  return {
    usedBytes: cell(core.USED_BYTES.value) + cell(core.USED_BYTES.value + 4) * 2 ** 32,
    liveBlocks: cell(core.LIVE_BLOCKS.value),
    usedPages: cell(core.USED_PAGES.value),
    dirtyPages: cell(core.DIRTY_PAGES.value),
    topPage: cell(core.TOP_PAGE.value),
  };
}

/** Bytes in live blocks. */
export function usedBytes(testing: TestingCore): number {
  return heapCounters(testing).usedBytes;
}

/** Walks the page map from the heap's start to its top. @throws AssertionError where it is broken */
export function checkHeap(testing: TestingCore): HeapState {
  const { core, u32 } = testing;
  const map = (page: number) => u32[(core.PAGE_MAP.value >>> 2) + page];
  const counters = heapCounters(testing);
  const state = { usedBytes: 0, liveBlocks: 0, usedPages: 0, dirtyPages: 0, emptySlabs: 0 };
  const runs = new Map<number, number>();
  const partial = new Set<number>();
  const evacuated = new Set<number>();
  let wasFree = false;
  let page = core.HEAP.value / PAGE_BYTES;
  while (page < counters.topPage) {
    const tag = map(page);
    const kind = tag & 7;
    let pages = tag >>> 3;
    if (kind === SLAB) {
      assertEquals(pages, page, "a slab's pages name its first page");
      const slab = checkSlab(testing, page);
      pages = slab.pages;
      for (let i = 0; i < pages; i++) assertEquals(map(page + i), tag, "a slab's pages are alike");
      if (slab.evacuated) evacuated.add(page * PAGE_BYTES);
      else if (slab.used < slab.capacity) partial.add(page * PAGE_BYTES);
      if (slab.used === 0) state.emptySlabs++;
      state.usedBytes += slab.used * slab.blockBytes;
      state.liveBlocks += slab.used;
    } else if (kind === LARGE) {
      assert(pages >= 3, "a large block has more than 8 KiB");
      assertEquals(map(page + pages - 1), LARGE_TAIL, "a large block's end is marked");
      state.usedBytes += pages * PAGE_BYTES;
      state.liveBlocks++;
    } else {
      assert(kind === FREE || kind === CLEAN, `page ${page} has a known tag`);
      if (kind === FREE) state.dirtyPages += pages;
      assert(pages > 0 && !wasFree, "free runs never touch");
      assertEquals(map(page + pages - 1), tag, "a free run's end is tagged like its start");
      runs.set(page, pages);
    }
    wasFree = kind === FREE || kind === CLEAN;
    if (!wasFree) state.usedPages += pages;
    page += pages;
  }
  assertEquals(page, counters.topPage, "the last run ends at the top");
  assertEquals(state.usedBytes, counters.usedBytes, "USED_BYTES");
  assertEquals(state.liveBlocks, counters.liveBlocks, "LIVE_BLOCKS");
  assertEquals(state.usedPages, counters.usedPages, "USED_PAGES");
  assertEquals(state.dirtyPages, counters.dirtyPages, "DIRTY_PAGES");
  checkBins(testing, runs);
  checkPartialLists(testing, partial);
  checkEvacuated(testing, evacuated);
  return { ...state, runs };
}

/** Checks a slab's header and its free list. */
function checkSlab({ core, u32 }: TestingCore, page: number) {
  const slab = page * PAGE_BYTES;
  const [index, capacity, used, free, fresh, , , pages] = u32.subarray(
    slab >>> 2,
    (slab >>> 2) + 8,
  );
  const first = slab + SLAB_HEADER;
  const blockBytes = core.blockBytes(first);
  assert(index < CLASSES && capacity > 0 && used <= capacity);
  assertEquals(capacity, Math.floor((pages * PAGE_BYTES - SLAB_HEADER) / blockBytes), "capacity");
  const handedOut = (fresh - first) / blockBytes;
  assert(Number.isInteger(handedOut) && handedOut <= capacity, "fresh lies on a block's border");
  const listed = new Set<number>();
  for (let block = free; block !== 0; block = u32[block >>> 2]) {
    assert(block >= first && block < fresh && (block - first) % blockBytes === 0, "a free block");
    assert(!listed.has(block), "a block is free once");
    listed.add(block);
  }
  assertEquals(used + listed.size, handedOut, "every block is used, free or fresh");
  const evacuated = u32[(slab >>> 2) + 9] !== 0;
  assert(!evacuated || (used > 0 && used < capacity), "what is emptied is neither full nor empty");
  return { pages, used, capacity, blockBytes, evacuated };
}

/** The bin of a run: its power of two, and the three bits below its highest. */
function binOf(pages: number): number {
  const log = 31 - Math.clz32(pages);
  return log * 8 + (Math.floor(pages * 8 / 2 ** log) & 7);
}

/** The free runs of the map and those of the bins are the same ones, each in its bin. */
function checkBins({ core, u32 }: TestingCore, runs: Map<number, number>): void {
  const link = (page: number, which: 0 | 1) =>
    u32[(core.PAGE_LINKS.value >>> 2) + page * 2 + which];
  let bitmap = 0;
  const found = new Set<number>();
  for (let log = 0; log < POWERS; log++) {
    let subs = 0;
    for (let sub = 0; sub < 8; sub++) {
      let before = 0;
      for (let page = u32[(core.RUN_BINS.value >>> 2) + log * 8 + sub]; page !== 0;) {
        assert(runs.has(page) && !found.has(page), "a bin holds free runs only, and once");
        assertEquals(binOf(runs.get(page)!), log * 8 + sub, "a run hangs in its bin");
        assertEquals(link(page, 1), before, "a run knows the one before it");
        found.add(page);
        subs |= 1 << sub;
        before = page;
        page = link(page, 0);
      }
    }
    assertEquals(u32[(core.RUN_SUB_BITMAPS.value >>> 2) + log], subs, "sub-bitmap");
    if (subs !== 0) bitmap |= 1 << log;
  }
  assertEquals(found.size, runs.size, "every free run is in a bin");
  assertEquals(u32[core.RUN_BITMAP.value >>> 2], bitmap >>> 0, "bitmap");
}

/** A slab is in its class's list exactly when a block of it is free. */
function checkPartialLists({ core, u32 }: TestingCore, partial: Set<number>): void {
  const listed = new Set<number>();
  for (let index = 0; index < CLASSES; index++) {
    let before = 0;
    for (let slab = u32[(core.SLAB_PARTIAL.value >>> 2) + index]; slab !== 0;) {
      assert(partial.has(slab) && !listed.has(slab), "a slab with a free block, once");
      assertEquals(u32[slab >>> 2], index, "a slab in the list of its class");
      assertEquals(u32[(slab >>> 2) + 6], before, "a slab knows the one before it");
      listed.add(slab);
      before = slab;
      slab = u32[(slab >>> 2) + 5];
    }
  }
  assertEquals(listed.size, partial.size, "every slab with a free block is listed");
}

/** Checks the one list of the slabs that are being emptied. */
function checkEvacuated({ core, u32 }: TestingCore, evacuated: Set<number>): void {
  let seen = 0;
  let before = core.EVACUATED.value;
  for (let slab = u32[(before >>> 2) + 5]; slab !== 0; slab = u32[(slab >>> 2) + 5]) {
    assert(evacuated.has(slab), "a slab that is being emptied");
    assertEquals(u32[(slab >>> 2) + 6], before, "a slab knows the one before it");
    before = slab;
    seen++;
  }
  assertEquals(seen, evacuated.size, "every slab that is being emptied is listed, once");
}

/** A segment of a key table (keytable.ts). */
const SEGMENT_BYTES = 16384;

/** Takes all the memory there is, so that the next allocation fails. */
export class Hoard {
  readonly #blocks = new Map<number, number[]>();
  constructor(readonly testing: TestingCore) {
    // Some segments first: what is left goes in larger pieces.
    const segments = [1, 2, 3].map(() => testing.core.allocate(SEGMENT_BYTES));
    this.#blocks.set(SEGMENT_BYTES, segments.filter((ptr) => ptr !== 0));
    this.tighten();
  }
  get size(): number {
    let size = 0;
    for (const list of this.#blocks.values()) size += list.length;
    return size;
  }
  tighten(): void {
    for (let bytes = 2 ** 22; bytes >= 8; bytes /= 2) {
      if (!this.#blocks.has(bytes)) this.#blocks.set(bytes, []);
      const list = this.#blocks.get(bytes)!;
      for (let ptr; (ptr = this.testing.core.allocate(bytes)) !== 0;) list.push(ptr);
    }
  }
  /** Gives back up to `count` blocks of a size. */
  loosen(bytes: number, count: number): void {
    const list = this.#blocks.get(bytes)!;
    while (count-- > 0 && list.length > 0) this.testing.core.free(list.pop()!);
  }
  release(): void {
    for (const list of this.#blocks.values()) {
      for (const ptr of list.splice(0)) this.testing.core.free(ptr);
    }
  }
}
