/**
 * The allocator: pages of 4 KiB in runs, and slabs of equal blocks cut from runs.
 *
 * ```
 *  PAGE_MAP, one u32 per page:
 *    0                      never handed out
 *    slab  << 3 | SLAB      every page of a slab; `slab` is the number of its first page
 *    pages << 3 | LARGE     first page of a large block
 *    LARGE_TAIL             last page of a large block
 *    pages << 3 | FREE      first and last page of a free run (boundary tags)
 *    pages << 3 | CLEAN     the same, given back to the kernel: it has no page of it
 *
 *  slab (8, 16 or 32 KiB):
 *    +0  u32 class          index into the size classes
 *    +4  u32 capacity       blocks it can hold
 *    +8  u32 used           blocks handed out
 *    +12 u32 free           first block of the free list (linked through the blocks), 0 = none
 *    +16 u32 fresh          address of the first block never handed out
 *    +20 u32 next           neighbours in the list of slabs with a free block
 *    +24 u32 prev
 *    +28 u32 pages
 *    +32 u32 bytes of a block
 *    +36 u32 whether it is being emptied (evacuation.ts)
 *    +64 blocks (a block of 64 bytes is then a whole cache line)
 * ```
 *
 * Size classes: multiples of 4 up to 512, of 8 up to 1 KiB, then sixteen per power of two up to 8 KiB;
 * larger blocks are whole pages. (A spacing of 8, 16 and 32 up to there cost an entry with a key of 16
 * bytes and a pointer 4 bytes, a listpack of 600 another 6; four classes per power of two cost small
 * listpacks a tenth of their bytes.) Free runs hang in bins by (power of two, three more bits), found
 * through two levels of bitmaps, and join with free neighbours at once. The two ideas are Bonwick's slabs ("The Slab
 * Allocator", 1994) and the good-fit search of TLSF (Masmano et al., 2004), applied to pages.
 *
 * Invariants: two free runs never touch; a slab is in its class's list exactly when a block of it is
 * free and it is not being emptied; USED_BYTES is the sum of {@link blockBytes} over live blocks.
 *
 * Costs: `allocate` and `free` are O(1). Fresh blocks are handed out in address order, so a slab's
 * pages become resident only as they are used. **`allocate` returns 0 when memory is out**; nothing
 * here traps. Free runs keep their links outside (PAGE_LINKS), so that a page given back to the
 * kernel is not touched again.
 */
import { ASSERTS } from "./asserts";
import {
  DIRTY_PAGES, HEAP, LIMIT_PAGE, LIVE_BLOCKS, PAGE_LINKS, PAGE_MAP, RELEASED_PAGES, RELEASED_RUN, RESULT_LEN, RUN_BINS, RUN_BITMAP, RUN_SUB_BITMAPS,
  SLAB_PARTIAL, TOP_PAGE, USED_BYTES, USED_PAGES,
} from "./layout";

const PAGE_BITS: u32 = 12;
const PAGE_BYTES: u32 = 1 << PAGE_BITS;

const SLAB: u32 = 2;
const LARGE: u32 = 1;
const LARGE_TAIL: u32 = 3;
const FREE: u32 = 4;
const CLEAN: u32 = 5;
/** Shorter runs are not given back by themselves: a call of the kernel costs more than a page or two. A slab is four. */
const RELEASED_MIN: u32 = 4;
/** Bins of free runs. */
const BINS: u32 = 24 * 8;

const SMALL_MAX: u32 = 8192;
const SLAB_HEADER: u32 = 64;

/** Size class of a request of 1..8192 bytes. */
@inline function classOf(bytes: u32): u32 {
  if (bytes <= 512) return (bytes + 3) >> 2;
  if (bytes <= 1024) return 64 + ((bytes + 7) >> 3);
  const log = 31 - clz(bytes - 1); // 10 for 1025..2048
  return 193 + ((log - 10) << 4) + (((bytes - 1) >> (log - 4)) & 15);
}

/** Bytes of a block of a class. */
@inline function classBytes(index: u32): u32 {
  if (index <= 128) return index << 2;
  if (index <= 192) return (index - 64) << 3;
  const log = 10 + ((index - 193) >> 4);
  return (1 << log) + ((((index - 193) & 15) + 1) << (log - 4));
}

/** Whether a tag is a free run's, given back or not. */
@inline function isFree(tag: u32): bool {
  return (tag & 6) == FREE;
}

@inline function mapOf(page: u32): usize {
  return PAGE_MAP + (<usize> page << 2);
}

// ---- runs of pages --------------------------------------------------------------------------------

@inline function nextOf(page: u32): usize {
  return PAGE_LINKS + (<usize> page << 3);
}
@inline function prevOf(page: u32): usize {
  return PAGE_LINKS + (<usize> page << 3) + 4;
}

/** Bin of a run of `pages`: power of two times eight, plus the three bits below its highest. */
@inline function binOf(pages: u32): u32 {
  const log = 31 - clz(pages);
  const sub = log >= 3 ? (pages >> (log - 3)) & 7 : (pages << (3 - log)) & 7;
  return (log << 3) + sub;
}

/** @param kind FREE or CLEAN */
function insertRun(page: u32, pages: u32, kind: u32): void {
  if (ASSERTS) assert(pages, "a free run without pages");
  const tag = pages << 3 | kind;
  if (kind == FREE) store<u32>(DIRTY_PAGES, load<u32>(DIRTY_PAGES) + pages);
  store<u32>(mapOf(page), tag);
  store<u32>(mapOf(page + pages - 1), tag);
  const bin = binOf(pages);
  const cell = RUN_BINS + (bin << 2);
  const head = load<u32>(cell);
  store<u32>(nextOf(page), head);
  store<u32>(prevOf(page), 0);
  if (head) store<u32>(prevOf(head), page);
  store<u32>(cell, page);
  const log = bin >> 3;
  store<u32>(RUN_BITMAP, load<u32>(RUN_BITMAP) | 1 << log);
  const sub = RUN_SUB_BITMAPS + (log << 2);
  store<u32>(sub, load<u32>(sub) | 1 << (bin & 7));
}

/** @returns its kind */
function removeRun(page: u32, pages: u32): u32 {
  const kind = load<u32>(mapOf(page)) & 7;
  if (ASSERTS) {
    const tag = pages << 3 | kind;
    assert(isFree(kind) && load<u32>(mapOf(page)) == tag, "a run that is not free, or of another length");
    assert(load<u32>(mapOf(page + pages - 1)) == tag, "a free run whose ends differ");
  }
  if (page == load<u32>(RELEASED_RUN)) store<u32>(RELEASED_RUN, 0);
  if (kind == FREE) store<u32>(DIRTY_PAGES, load<u32>(DIRTY_PAGES) - pages);
  const next = load<u32>(nextOf(page));
  const prev = load<u32>(prevOf(page));
  if (next) store<u32>(prevOf(next), prev);
  if (prev) {
    store<u32>(nextOf(prev), next);
    return kind;
  }
  const bin = binOf(pages);
  store<u32>(RUN_BINS + (bin << 2), next);
  if (next) return kind;
  const log = bin >> 3;
  const sub = RUN_SUB_BITMAPS + (log << 2);
  const left = load<u32>(sub) & ~(1 << (bin & 7));
  store<u32>(sub, left);
  if (!left) store<u32>(RUN_BITMAP, load<u32>(RUN_BITMAP) & ~(1 << log));
  return kind;
}

/** First page of a free run of at least `pages`, or 0. Looks only into bins where any run fits. */
function findRun(pages: u32): u32 {
  // Round up to the next bin boundary: then the head of a bin fits without a search.
  const log = 31 - clz(pages);
  const rounded = log >= 3 ? pages + (1 << (log - 3)) - 1 : pages;
  const bin = binOf(rounded);
  const first = bin >> 3;
  const subs = load<u32>(RUN_SUB_BITMAPS + (first << 2)) & (0xff << (bin & 7));
  if (subs) return load<u32>(RUN_BINS + (((first << 3) + ctz(subs)) << 2));
  const logs = first == 31 ? 0 : load<u32>(RUN_BITMAP) & (<u32> 0xfffffffe << first);
  if (!logs) return 0;
  const found = ctz(logs);
  const sub = ctz(load<u32>(RUN_SUB_BITMAPS + (found << 2)));
  return load<u32>(RUN_BINS + (((found << 3) + sub) << 2));
}

/** Runs looked at in a bin before memory grows. */
const FEW_RUNS: u32 = 16;

/**
 * The bin that {@link findRun} rounded past may still hold a run that fits. A few are looked at before memory
 * grows: what is as large as what was freed before, large values one after the other, would leave a hole
 * behind each. All of them are looked at when it cannot grow.
 */
function searchRun(pages: u32, most: u32): u32 {
  let page = load<u32>(RUN_BINS + (binOf(pages) << 2));
  while (page && most--) {
    if (load<u32>(mapOf(page)) >> 3 >= pages) return page;
    page = load<u32>(nextOf(page));
  }
  return 0;
}

/** Hands out pages never used so far, together with the free run before them. @returns 0 beyond the limit */
function growTop(pages: u32): u32 {
  const top = load<u32>(TOP_PAGE);
  const tag = load<u32>(mapOf(top - 1));
  const run = isFree(tag) ? tag >> 3 : 0;
  if (run >= pages || pages - run > load<u32>(LIMIT_PAGE) - top) return 0;
  if (run) removeRun(top - run, run);
  store<u32>(TOP_PAGE, top + pages - run);
  store<u32>(USED_PAGES, load<u32>(USED_PAGES) + pages);
  return top - run;
}

/** Hands out `pages` consecutive pages. @returns the first page's number, 0 when memory is out */
function allocatePages(pages: u32): u32 {
  const page = takePages(pages);
  return page || !releaseEmptySlabs() ? page : takePages(pages);
}

function takePages(pages: u32): u32 {
  let page = findRun(pages);
  if (!page) page = searchRun(pages, FEW_RUNS);
  if (!page) {
    page = growTop(pages);
    if (page) return page;
    page = searchRun(pages, u32.MAX_VALUE);
    if (!page) return 0;
  }
  const have = load<u32>(mapOf(page)) >> 3;
  const kind = removeRun(page, have);
  if (have > pages) insertRun(page + pages, have - pages, kind);
  store<u32>(USED_PAGES, load<u32>(USED_PAGES) + pages);
  return page;
}

function freePages(page: u32, pages: u32): void {
  store<u32>(USED_PAGES, load<u32>(USED_PAGES) - pages);
  const after = page + pages;
  if (after < load<u32>(TOP_PAGE)) {
    const tag = load<u32>(mapOf(after));
    if (isFree(tag)) {
      removeRun(after, tag >> 3);
      pages += tag >> 3;
    }
  }
  const before = load<u32>(mapOf(page - 1));
  if (isFree(before)) {
    page -= before >> 3;
    removeRun(page, before >> 3);
    pages += before >> 3;
  }
  insertRun(page, pages, FREE);
}

// ---- slabs ----------------------------------------------------------------------------------------

@inline function slabPages(blockBytes: u32): u32 {
  return blockBytes <= 64 ? 2 : blockBytes <= 512 ? 4 : blockBytes <= 2048 ? 8 : 16;
}

export function linkSlab(slab: usize, index: u32): void {
  const cell = SLAB_PARTIAL + (index << 2);
  const head = load<u32>(cell);
  store<u32>(slab, head, 20);
  store<u32>(slab, 0, 24);
  if (head) store<u32>(head, <u32> slab, 24);
  store<u32>(cell, <u32> slab);
}

export function unlinkSlab(slab: usize, index: u32): void {
  const next = load<u32>(slab, 20);
  const prev = load<u32>(slab, 24);
  if (next) store<u32>(next, prev, 24);
  if (prev) store<u32>(prev, next, 20);
  else store<u32>(SLAB_PARTIAL + (index << 2), next);
}

function newSlab(index: u32): usize {
  const bytes = classBytes(index);
  const pages = slabPages(bytes);
  const first = allocatePages(pages);
  if (!first) return 0;
  for (let i: u32 = 0; i < pages; i++) store<u32>(mapOf(first + i), first << 3 | SLAB);
  const slab = <usize> first << PAGE_BITS;
  store<u32>(slab, index);
  store<u32>(slab, ((pages << PAGE_BITS) - SLAB_HEADER) / bytes, 4);
  store<u32>(slab, 0, 8);
  store<u32>(slab, 0, 12);
  store<u32>(slab, <u32> slab + SLAB_HEADER, 16);
  store<u32>(slab, pages, 28);
  store<u32>(slab, bytes, 32);
  store<u32>(slab, 0, 36);
  linkSlab(slab, index);
  return slab;
}

/**
 * Frees the slabs that {@link free} keeps though they are empty: wherever they lie they divide what is
 * free, and a large block may find no place in a heap with next to nothing in it.
 *
 * @returns whether there were any
 */
function releaseEmptySlabs(): bool {
  let released = false;
  for (let index: u32 = 0; index <= classOf(SMALL_MAX); index++) {
    const slab: usize = load<u32>(SLAB_PARTIAL + (index << 2));
    if (!slab || load<u32>(slab, 8)) continue;
    unlinkSlab(slab, index);
    freePages(<u32> (slab >> PAGE_BITS), load<u32>(slab, 28));
    released = true;
  }
  return released;
}

// ---- the interface --------------------------------------------------------------------------------

@inline function account(bytes: i64, blocks: i32): void {
  store<u64>(USED_BYTES, load<u64>(USED_BYTES) + bytes);
  store<u32>(LIVE_BLOCKS, load<u32>(LIVE_BLOCKS) + blocks);
}

/**
 * Sets up an empty heap that ends below `limitBytes` of this memory. Its last page is never handed out:
 * a load of 16 bytes, or of the next cache line, may then read past the end of any block.
 */
export function memoryInit(limitBytes: u32): void {
  store<u32>(TOP_PAGE, HEAP >> PAGE_BITS);
  store<u32>(LIMIT_PAGE, max(limitBytes >> PAGE_BITS, <u32> (HEAP >> PAGE_BITS) + 1) - 1);
  // The page before the heap looks taken for ever: freePages need not test for the start.
  store<u32>(mapOf(<u32> (HEAP >> PAGE_BITS) - 1), LARGE_TAIL);
}

/**
 * @param bytes 0 or more
 * @returns the block's address, 4-byte aligned up to 8 KiB and page-aligned above; 0 when memory is out
 */
export function allocate(bytes: u32): usize {
  if (bytes > SMALL_MAX) return allocateLarge(bytes);
  const index = classOf(max(bytes, 1));
  let slab: usize = load<u32>(SLAB_PARTIAL + (index << 2));
  if (!slab) {
    slab = newSlab(index);
    if (!slab) return 0;
  }
  const size = load<u32>(slab, 32);
  let block: usize = load<u32>(slab, 12);
  if (block) store<u32>(slab, load<u32>(block), 12);
  else {
    block = load<u32>(slab, 16);
    store<u32>(slab, <u32> block + size, 16);
  }
  const used = load<u32>(slab, 8) + 1;
  store<u32>(slab, used, 8);
  if (used == load<u32>(slab, 4)) unlinkSlab(slab, index);
  account(size, 1);
  return block;
}

function allocateLarge(bytes: u32): usize {
  if (bytes > 0xf0000000) return 0;
  const pages = (bytes + PAGE_BYTES - 1) >> PAGE_BITS;
  const first = allocatePages(pages);
  if (!first) return 0;
  markLarge(first, pages);
  account(<i64> pages << PAGE_BITS, 1);
  return <usize> first << PAGE_BITS;
}

@inline function markLarge(first: u32, pages: u32): void {
  store<u32>(mapOf(first + pages - 1), LARGE_TAIL);
  store<u32>(mapOf(first), pages << 3 | LARGE);
}

/** A block of a slab is about to be freed: is it one, and not free already? */
function checkFreed(slab: usize, block: usize): void {
  const start = slab + SLAB_HEADER;
  assert(block >= start && block < load<u32>(slab, 16), "free of what a slab has not handed out");
  assert((block - start) % load<u32>(slab, 32) == 0, "free of an address inside a block");
  assert(load<u32>(slab, 8), "free of a block of an empty slab");
  // A walk along the whole list would take the square of its length.
  let other: usize = load<u32>(slab, 12);
  for (let i = 0; other && i < 8; i++, other = load<u32>(other)) assert(other != block, "a block freed twice");
}

/** Gives a block back; 0 is ignored. */
export function free(block: usize): void {
  if (!block) return;
  const page = <u32> (block >> PAGE_BITS);
  const tag = load<u32>(mapOf(page));
  if ((tag & 7) != SLAB) {
    assert((tag & 7) == LARGE, "free of what is not a block");
    account(-(<i64> (tag >> 3) << PAGE_BITS), -1);
    freePages(page, tag >> 3);
    return;
  }
  const slab = <usize> (tag >> 3) << PAGE_BITS;
  if (ASSERTS) checkFreed(slab, block);
  account(-<i64> load<u32>(slab, 32), -1);
  store<u32>(block, load<u32>(slab, 12));
  store<u32>(slab, <u32> block, 12);
  const used = load<u32>(slab, 8);
  store<u32>(slab, used - 1, 8);
  if (used == load<u32>(slab, 4)) linkSlab(slab, load<u32>(slab));
  // The class's only slab with room stays: a block taken and given back must not cost a slab each time.
  if (used == 1 && (load<u32>(slab, 20) | load<u32>(slab, 24))) {
    unlinkSlab(slab, load<u32>(slab));
    freePages(tag >> 3, load<u32>(slab, 28));
  }
}

/** Bytes that a block can hold: its request rounded up to the size class or to pages. */
export function blockBytes(block: usize): u32 {
  const tag = load<u32>(mapOf(<u32> (block >> PAGE_BITS)));
  if ((tag & 7) == SLAB) return load<u32>(<usize> (tag >> 3) << PAGE_BITS, 32);
  if (ASSERTS) assert((tag & 7) == LARGE, "the size of what is not a block");
  return tag >> 3 << PAGE_BITS;
}

/** What {@link blockBytes} would say of a block allocated for `bytes`. */
export function roundedBytes(bytes: u32): u32 {
  if (bytes > SMALL_MAX) return (bytes + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1);
  return classBytes(classOf(max(bytes, 1)));
}

/**
 * Makes a block hold `bytes`, in place where its class or its right neighbour allows.
 *
 * @param keep bytes of content to carry over when it moves
 * @returns the block, moved or not; 0 when memory is out, and then the old block is as it was
 */
export function reallocate(block: usize, bytes: u32, keep: u32): usize {
  const have = blockBytes(block);
  if (roundedBytes(bytes) == have) return block;
  if (have > SMALL_MAX && bytes > SMALL_MAX && bytes <= 0xf0000000 && resizeLarge(block, bytes)) {
    return block;
  }
  const moved = allocate(bytes);
  if (!moved) return bytes <= have ? block : 0;
  memory.copy(moved, block, min(keep, bytes));
  free(block);
  return moved;
}

function resizeLarge(block: usize, bytes: u32): bool {
  const page = <u32> (block >> PAGE_BITS);
  const have = load<u32>(mapOf(page)) >> 3;
  const want = (bytes + PAGE_BYTES - 1) >> PAGE_BITS;
  if (want < have) {
    markLarge(page, want);
    freePages(page + want, have - want);
  } else {
    const after = page + have;
    const extra = want - have;
    const top = load<u32>(TOP_PAGE);
    const tag = after < top ? load<u32>(mapOf(after)) : FREE;
    if (!isFree(tag)) return false;
    const run = tag >> 3;
    if (run < extra) {
      if (after + run != top || extra - run > load<u32>(LIMIT_PAGE) - top) return false;
      store<u32>(TOP_PAGE, top + extra - run);
    }
    const kind = run ? removeRun(after, run) : FREE;
    if (run > extra) insertRun(after + extra, run - extra, kind);
    store<u32>(USED_PAGES, load<u32>(USED_PAGES) + extra);
    markLarge(page, want);
  }
  account((<i64> want - <i64> have) << PAGE_BITS, 0);
  return true;
}

/** Bytes of the pages that nothing has. */
export function bytesLeft(): u64 {
  return <u64> (load<u32>(LIMIT_PAGE) - (HEAP >> PAGE_BITS) - load<u32>(USED_PAGES)) << PAGE_BITS;
}

/** First free run at or after `page` (a run or slab boundary), 0 when there is none; for giving memory back. */
export function nextFreeRun(page: u32): u32 {
  const top = load<u32>(TOP_PAGE);
  while (page < top) {
    if (isFree(load<u32>(mapOf(page)))) return page;
    page = pageAfter(page);
  }
  return 0;
}

/** The first page in use at or after `page` (a run or slab boundary), 0 when there is none. */
export function nextUsedPage(page: u32): u32 {
  const top = load<u32>(TOP_PAGE);
  while (page < top) {
    const tag = load<u32>(mapOf(page));
    if (!isFree(tag)) return page;
    page += tag >> 3;
  }
  return 0;
}

/** The page behind what begins at `page`: a slab, a large block or a free run. */
export function pageAfter(page: u32): u32 {
  const tag = load<u32>(mapOf(page));
  return page + ((tag & 7) == SLAB ? load<u32>(<usize> (tag >> 3) << PAGE_BITS, 28) : tag >> 3);
}

/** The slab that a block is in, 0 for a large block. */
@inline export function slabOf(block: usize): usize {
  const tag = load<u32>(mapOf(<u32> (block >> PAGE_BITS)));
  return (tag & 7) == SLAB ? <usize> (tag >> 3) << PAGE_BITS : 0;
}

/** Pages of the free run that starts at `page`. */
export function freeRunPages(page: u32): u32 {
  return load<u32>(mapOf(page)) >> 3;
}

/**
 * The next stretch of free pages to be given back to the kernel, from the longest runs down; a long run
 * goes in several. The caller must do it before anything else is done with the heap.
 *
 * @param most pages of a stretch
 * @returns its first page, RESULT_LEN has how many; 0 when there is none that is worth it
 */
export function nextDirtyStretch(most: u32): u32 {
  // A run that has changed meanwhile is forgotten by removeRun.
  let run = load<u32>(RELEASED_RUN);
  let done = load<u32>(RELEASED_PAGES);
  if (!run) {
    done = 0;
    run = longestDirtyRun();
    if (!run) return 0;
  }
  const pages = load<u32>(mapOf(run)) >> 3;
  const stretch = min(most, pages - done);
  store<u32>(RESULT_LEN, stretch);
  store<u32>(RELEASED_RUN, run);
  store<u32>(RELEASED_PAGES, done + stretch);
  if (done + stretch == pages) {
    removeRun(run, pages);
    insertRun(run, pages, CLEAN);
  }
  return run + done;
}

/** Runs looked at in a bin: in one with that many given back, the others are not worth a search. */
const LOOKED_AT_MAX: u32 = 256;

function longestDirtyRun(): u32 {
  for (let bin = <i32> BINS - 1; bin >= <i32> binOf(RELEASED_MIN); bin--) {
    if (!(load<u32>(RUN_SUB_BITMAPS + (<usize> (bin >> 3) << 2)) & (1 << (bin & 7)))) continue;
    let page = load<u32>(RUN_BINS + (<usize> bin << 2));
    for (let looked: u32 = 0; page && looked < LOOKED_AT_MAX; looked++) {
      if ((load<u32>(mapOf(page)) & 7) == FREE) return page;
      page = load<u32>(nextOf(page));
    }
  }
  return 0;
}
