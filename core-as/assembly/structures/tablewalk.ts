/**
 * Whole tables of members (keytable.ts): walking, copying, reserving, emptying.
 *
 * ```
 *  walk (16 bytes)
 *    +0  u32 table
 *    +4  u32 next bucket's number
 *    +8  u32 bucket under way, 0 before the first
 *    +12 u32 its slots still to come, a bit each
 * ```
 *
 * A walk goes through the buckets in the order of memory, which the processor fetches ahead, and needs no
 * room for what it finds; unlike a scan it knows nothing of changes: the table must stay as it is.
 */
import { allocate, free } from "../base/memory";
import {
  BUCKET_BYTES, bucketAt, bucketCount, directory, itemKeyLen, LOAD, matches, overflowOf, reserveBucket,
  SEGMENT_BITS, SEGMENT_BUCKETS, setOverflow, SLOT_MASK, slotAddress, TABLE_BYTES, tableCount,
} from "./keytable";
import { LOOK_SINK } from "../base/layout";

export const WALK_BYTES: u32 = 16;

/** Puts a walk before the first item of a table. */
@inline export function walkStart(walk: usize, t: usize): void {
  store<u32>(walk, <u32> t);
  store<u32>(walk, 0, 4);
  store<u32>(walk, 0, 8);
  store<u32>(walk, 0, 12);
}

/** The next item, 0 at the end. */
export function walkNext(walk: usize): usize {
  let bucket: usize = load<u32>(walk, 8);
  let taken = load<u32>(walk, 12);
  while (!taken) {
    if (bucket) bucket = overflowOf(bucket);
    if (!bucket) {
      const t: usize = load<u32>(walk);
      const index = load<u32>(walk, 4);
      if (index == bucketCount(t)) return 0;
      store<u32>(walk, index + 1, 4);
      bucket = bucketAt(t, index);
    }
    store<u32>(walk, <u32> bucket, 8);
    taken = ~matches(bucket, 0) & SLOT_MASK;
  }
  store<u32>(walk, taken & (taken - 1), 12);
  return load<u32>(slotAddress(bucket, ctz(taken)));
}

/** Takes an item out of a table that is being emptied; 0 when none is left, and then its storage is gone. */
export function tablePop(t: usize): usize {
  let buckets = bucketCount(t);
  while (buckets) {
    const head = bucketAt(t, buckets - 1);
    const second = overflowOf(head);
    const bucket = second ? second : head;
    const taken = ~matches(bucket, 0) & SLOT_MASK;
    if (taken) {
      const slot = ctz(taken);
      store<u8>(bucket + slot, 0);
      store<u32>(t, tableCount(t) - 1, 16);
      return load<u32>(slotAddress(bucket, slot));
    }
    if (second) {
      setOverflow(head, overflowOf(second));
      free(second);
      continue;
    }
    buckets--;
    if (buckets && !(buckets & (SEGMENT_BUCKETS - 1))) free(head);
    store<u32>(t, buckets, 8);
  }
  free(bucketAt(t, 0));
  free(directory(t));
  return 0;
}

/** Gives an empty table the buckets that `count` items will need, or as many as memory has. */
export function tableReserve(t: usize, count: u32): void {
  const wanted = count / LOAD + 1;
  let buckets: u32 = 1;
  while (buckets < wanted && reserveBucket(t, buckets)) buckets++;
  store<u32>(t, buckets, 8);
  store<u32>(t, 31 - clz(buckets), 12);
}

// ---- copying --------------------------------------------------------------------------------------

/**
 * Makes `to` a copy of a table whose items are their keys and what stands before them, with copies of
 * the items. Nothing is hashed: each goes where its original is.
 *
 * @returns false when memory is out, and then nothing of the copy is left
 */
export function tableCopy(to: usize, t: usize): bool {
  const buckets = bucketCount(t);
  const first = load<u32>(t, 24) * BUCKET_BYTES;
  const dirBytes = load<u32>(t, 4) << 2;
  memory.copy(to, t, TABLE_BYTES);
  store<u32>(to, 0, 20);
  const dir = allocate(dirBytes);
  const segment = dir ? allocate(first) : 0;
  if (!segment) {
    free(dir);
    return false;
  }
  store<u32>(to, <u32> dir);
  store<u32>(dir, <u32> segment);
  memory.copy(segment, bucketAt(t, 0), first);
  for (let index: u32 = 0; index < buckets; index++) {
    if (index >= SEGMENT_BUCKETS && !(index & (SEGMENT_BUCKETS - 1))) {
      const next = allocate(SEGMENT_BUCKETS * BUCKET_BYTES);
      if (!next) return dropCopy(to, index);
      memory.copy(next, bucketAt(t, index), SEGMENT_BUCKETS * BUCKET_BYTES);
      store<u32>(dir + (<usize> (index >> SEGMENT_BITS) << 2), <u32> next);
    }
    if (!copyChain(to, bucketAt(to, index))) return dropCopy(to, index + 1);
  }
  return true;
}

/** Gives a chain whose first bucket was copied its own items and overflow buckets. */
function copyChain(t: usize, bucket: usize): bool {
  while (true) {
    const overflow = overflowOf(bucket);
    store<u32>(bucket, 0, 12);
    if (!copyItems(t, bucket)) return false;
    if (!overflow) return true;
    const copy = allocate(BUCKET_BYTES);
    if (!copy) return false;
    memory.copy(copy, overflow, BUCKET_BYTES);
    store<u32>(t, load<u32>(t, 20) + 1, 20);
    store<u32>(bucket, <u32> copy, 12);
    bucket = copy;
  }
}

/** Puts copies in the place of a bucket's items; without memory it keeps the slots that have theirs. */
function copyItems(t: usize, bucket: usize): bool {
  const offset = load<u32>(t, 28);
  const taken = ~matches(bucket, 0) & SLOT_MASK;
  let sum: u32 = 0;
  // Every item is a cache miss: all of a bucket's are asked for before the first is waited for.
  for (let left = taken; left; left &= left - 1) sum += load<u32>(load<u32>(slotAddress(bucket, ctz(left))));
  store<u32>(LOOK_SINK, sum);
  for (let left = taken; left; left &= left - 1) {
    const slot = slotAddress(bucket, ctz(left));
    const item: usize = load<u32>(slot);
    const bytes = offset + itemKeyLen(t, item);
    const copy = allocate(bytes);
    if (!copy) {
      for (; left; left &= left - 1) store<u8>(bucket + ctz(left), 0);
      return false;
    }
    memory.copy(copy, item, bytes);
    store<u32>(slot, <u32> copy);
  }
  return true;
}

/** Frees a copy of which `buckets` buckets are its own. @returns false */
function dropCopy(to: usize, buckets: u32): bool {
  store<u32>(to, buckets, 8);
  while (true) {
    const item = tablePop(to);
    if (!item) return false;
    free(item);
  }
}
