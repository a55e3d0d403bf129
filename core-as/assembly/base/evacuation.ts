/**
 * Emptying slabs: of those of a size class that are in part full, the emptier ones take no more blocks, and who
 * knows where a block is pointed at moves it out of them. An empty slab's pages go back to where any class, or
 * a large block, takes them from.
 *
 * ```
 *  CLASS_SUMS: {u32 blocks in use, u32 blocks there is room for, u32 free ones not yet spoken for} per class
 *  EVACUATED:  stands before the first slab being emptied; these are linked as those of a class are
 * ```
 *
 * A slab being emptied is in one list with those of every class, which begins with a slab that is none: it thus
 * always has one before it, and `free` takes it out of that list and gives it back without knowing. Nothing on
 * the way of a block taken or given back asks whether there are such slabs.
 *
 * Chosen are slabs that are little fuller than their class's are on the whole, as many as the others have room
 * for the blocks of: a slab of `capacity` blocks with `used` takes its free ones away and needs `used` of the
 * others', together `capacity` whatever is in it. A class whose slabs are half full has half of them afterwards,
 * full. (To choose all that are no fuller than the mean left a third of the surplus where they were alike.)
 *
 * Costs: a slab looked at is a cache miss; a million pages are 250,000 slabs at most.
 */
import { CLASS_SUMS, EVACUATED, HEAP, TOP_PAGE } from "./layout";
import { linkSlab, pageAfter, slabOf, unlinkSlab } from "./memory";

const PAGE_BITS: u32 = 12;
const CLASSES: u32 = 241;
const SUM_BYTES: u32 = 12;
/** A class is left alone if its slabs lack less than one block in so many. */
const FREE_SHARE: u32 = 16;

@inline function usedOf(slab: usize): u32 { return load<u32>(slab, 8); }
@inline function capacityOf(slab: usize): u32 { return load<u32>(slab, 4); }
@inline function sumOf(slab: usize): usize {
  return CLASS_SUMS + <usize> load<u32>(slab) * SUM_BYTES;
}
@inline function firstEvacuated(): usize { return load<u32>(EVACUATED, 20); }

/** Where a walk through the heap begins. */
export const FIRST_PAGE: u32 = <u32> (HEAP >> PAGE_BITS);

/** Begins to count what the slabs hold. */
export function clearSums(): void {
  memory.fill(CLASS_SUMS, 0, CLASSES * SUM_BYTES);
}

/** Counts some runs' slabs. @returns the page to go on at, 0 at the end */
export function countSlabs(page: u32, runs: u32): u32 {
  while (page < load<u32>(TOP_PAGE)) {
    if (!runs--) return page;
    const slab = slabOf(<usize> page << PAGE_BITS);
    if (slab && usedOf(slab) < capacityOf(slab)) {
      const sum = sumOf(slab);
      store<u32>(sum, load<u32>(sum) + usedOf(slab));
      store<u32>(sum, load<u32>(sum, 4) + capacityOf(slab), 4);
      store<u32>(sum, load<u32>(sum, 8) + capacityOf(slab) - usedOf(slab), 8);
    }
    page = pageAfter(page);
  }
  return 0;
}

/** Of a class's slabs, whether one is worth emptying. */
@inline function isSparse(slab: usize): bool {
  const used = load<u32>(sumOf(slab));
  const capacity = load<u32>(sumOf(slab), 4);
  if (load<u32>(sumOf(slab), 8) < capacityOf(slab) || capacity - used < capacity / FREE_SHARE) return false;
  return (<u64> usedOf(slab) * capacity << 3) <= <u64> used * capacityOf(slab) * 9;
}

/** Chooses among some runs' slabs those to empty. @returns the page to go on at, 0 at the end */
export function chooseSlabs(page: u32, runs: u32): u32 {
  while (page < load<u32>(TOP_PAGE)) {
    if (!runs--) return page;
    const next = pageAfter(page);
    const slab = slabOf(<usize> page << PAGE_BITS);
    // An empty one is the only one of its class with room.
    if (slab && usedOf(slab) && usedOf(slab) < capacityOf(slab) && !load<u32>(slab, 36) && isSparse(slab)) {
      store<u32>(sumOf(slab), load<u32>(sumOf(slab), 8) - capacityOf(slab), 8);
      unlinkSlab(slab, load<u32>(slab));
      evacuate(slab);
    }
    page = next;
  }
  return 0;
}

function evacuate(slab: usize): void {
  const first = firstEvacuated();
  store<u32>(slab, 1, 36);
  store<u32>(slab, <u32> first, 20);
  store<u32>(slab, <u32> EVACUATED, 24);
  if (first) store<u32>(first, <u32> slab, 24);
  store<u32>(EVACUATED, <u32> slab, 20);
}

/** Whether a block is in a slab that is being emptied. */
@inline export function isEvacuated(block: usize): bool {
  const slab = slabOf(block);
  return slab != 0 && load<u32>(slab, 36) != 0;
}

/** Has up to `most` slabs that are not empty take blocks again. @returns whether some are left */
export function restoreSlabs(most: u32): bool {
  while (most-- && firstEvacuated()) {
    const slab = firstEvacuated();
    unlinkSlab(slab, load<u32>(slab));
    store<u32>(slab, 0, 36);
    linkSlab(slab, load<u32>(slab));
  }
  return firstEvacuated() != 0;
}
