/**
 * The hash table: a set of items hashed by their key bytes. Linear hashing over buckets of one cache
 * line. The items are a database's entries (entry.ts), or the members of a collection: anything that
 * has `{u32 key length, key bytes}` at a fixed place, the length in the low 30 bits.
 *
 * ```
 *  table (32 bytes)                       bucket (64 bytes, one cache line)
 *    +0  u32 directory                      +0  u8[12] tags      0 = empty, else 1..255 of the hash
 *    +4  u32 directory capacity             +12 u32    overflow | marks
 *    +8  u32 buckets                                   bits 6..31 the overflow bucket's address
 *    +12 u32 level                                     bits 0..5 the generation of the snapshot
 *    +16 u32 count                                     that has written it last
 *    +20 u32 overflow buckets               +16 u32[12] items
 *    +24 u32 first segment's capacity
 *    +28 u32 key offset      of the key's bytes in an item, its length before them; 0 = entries
 *
 *  directory: u32 addresses of segments; a segment is 256 buckets (16 KiB), the first one may be smaller
 * ```
 *
 * A bucket's number is the hash's low `level + 1` bits, or one bit less where that bucket does not
 * exist yet. One insert splits at most one bucket and one removal joins at most two (W. Litwin,
 * "Linear hashing", 1980): growth and shrinking are incremental in both directions, no second table
 * ever exists, no allocation is larger than the directory (4 bytes per 1,800 keys), and the longest
 * stall is one bucket's work. A load of 7 entries per bucket costs about 10 bytes a key, overflow
 * buckets included, at every size; a table that doubles costs between 6 and 12, and both while it
 * moves.
 *
 * Lookup: one SIMD compare of the tag with twelve, then the key itself; a miss reads one line, a hit
 * two. The tag is taken from the hash's top byte, which no bucket number uses.
 *
 * SCAN's guarantee (an element present throughout is returned) holds through growth and shrinking
 * because the cursor counts in reversed binary on the low `level` bits and a split bucket is visited
 * together with its sibling (P. Noordhuis's cursor of 2012, for buckets that split one at a time).
 *
 * Invariants: an overflow bucket is never empty; all but the last bucket of a chain are full.
 */
import { ASSERTS } from "../base/asserts";
import { SNAPSHOT, SNAPSHOT_GENERATION } from "../base/layout";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { entryKey, entryKeyLen } from "./keyed";
import { hashBytes, randomBelow } from "../hashing/hash";
import { equalBytes } from "../base/bytes";

export const TABLE_BYTES: u32 = 32;

const SLOTS: u32 = 12;
export const SLOT_MASK: i32 = 0xfff;
export const BUCKET_BYTES: u32 = 64;
export const SEGMENT_BITS: u32 = 8;
export const SEGMENT_BUCKETS: u32 = 1 << SEGMENT_BITS;
export const LOAD: u32 = 7;
/** A table joins buckets below this load: far enough from LOAD that no key count makes it swing. */
const LOAD_LOW: u32 = 2;

@inline export function directory(t: usize): usize { return load<u32>(t); }
@inline export function bucketCount(t: usize): u32 { return load<u32>(t, 8); }
@inline export function level(t: usize): u32 { return load<u32>(t, 12); }
@inline export function tableCount(t: usize): u32 { return load<u32>(t, 16); }
@inline export function tableBuckets(t: usize): u32 { return load<u32>(t, 8); }

/** Low bits of a length word that are the length: the others are the item's own. */
const KEY_LEN: u32 = 0x3fffffff;

@inline function itemKey(t: usize, item: usize): usize {
  const offset = load<u32>(t, 28);
  return offset ? item + offset : entryKey(item);
}
@inline export function itemKeyLen(t: usize, item: usize): u32 {
  const offset = load<u32>(t, 28);
  return offset ? load<u32>(item + offset - 4) & KEY_LEN : entryKeyLen(item);
}
/** Hash of an item of the table. */
export function itemHash(t: usize, item: usize): u64 {
  return hashBytes(itemKey(t, item), itemKeyLen(t, item));
}

@inline function tagOf(hash: u64): u32 {
  const tag = <u32> (hash >> 56);
  return tag ? tag : 1;
}
@inline export function overflowOf(bucket: usize): usize {
  return load<u32>(bucket, 12) & ~63;
}
@inline export function setOverflow(bucket: usize, next: usize): void {
  store<u32>(bucket, (load<u32>(bucket, 12) & 63) | <u32> next, 12);
}
@inline export function bucketAt(t: usize, index: u32): usize {
  return <usize> load<u32>(directory(t) + (<usize> (index >> SEGMENT_BITS) << 2)) +
    ((index & (SEGMENT_BUCKETS - 1)) << 6);
}
@inline export function bucketIndex(t: usize, hash: u64): u32 {
  const low = <u32> hash;
  const half: u32 = 1 << level(t);
  const index = low & (half + half - 1);
  return index < bucketCount(t) ? index : index & (half - 1);
}
/** Bit i is set where slot i's tag is `tag` (0: the empty slots). */
@inline export function matches(bucket: usize, tag: u32): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(bucket), i8x16.splat(<i8> tag))) & SLOT_MASK;
}
@inline export function slotAddress(bucket: usize, slot: u32): usize {
  return bucket + 16 + (slot << 2);
}


// ---- storage --------------------------------------------------------------------------------------

/**
 * Makes `t` an empty table of one bucket.
 *
 * @param keyOffset where an item's key bytes are, their length before them; 0 for entries
 * @returns false when memory is out
 */
export function tableInit(t: usize, keyOffset: u32 = 0): bool {
  memory.fill(t, 0, TABLE_BYTES);
  const segment = allocate(BUCKET_BYTES);
  const dir = segment ? allocate(8) : 0;
  if (!dir) {
    free(segment);
    return false;
  }
  memory.fill(segment, 0, BUCKET_BYTES);
  store<u32>(dir, <u32> segment);
  store<u32>(t, <u32> dir);
  store<u32>(t, 2, 4);
  store<u32>(t, 1, 8);
  store<u32>(t, 1, 24);
  store<u32>(t, keyOffset, 28);
  return true;
}

/** Makes room for bucket number `index`, zeroed. @returns false when memory is out */
export function reserveBucket(t: usize, index: u32): bool {
  const capacity = load<u32>(t, 24);
  if (index < SEGMENT_BUCKETS) {
    if (index < capacity) return true;
    const segment = reallocate(bucketAt(t, 0), capacity << 7, capacity << 6);
    if (!segment) return false;
    memory.fill(segment + (capacity << 6), 0, capacity << 6);
    store<u32>(directory(t), <u32> segment);
    store<u32>(t, capacity << 1, 24);
    return true;
  }
  // Segments past the first come and go whole.
  if (index & (SEGMENT_BUCKETS - 1)) return true;
  const number = index >> SEGMENT_BITS;
  if (number == load<u32>(t, 4)) {
    const grown = reallocate(directory(t), number << 3, number << 2);
    if (!grown) return false;
    store<u32>(t, <u32> grown);
    store<u32>(t, number << 1, 4);
  }
  const segment = allocate(BUCKET_BYTES << SEGMENT_BITS);
  if (!segment) return false;
  memory.fill(segment, 0, BUCKET_BYTES << SEGMENT_BITS);
  store<u32>(directory(t) + (number << 2), <u32> segment);
  return true;
}

/** Gives back what bucket number `index`, the last one, occupied. */
function releaseBucket(t: usize, index: u32): void {
  if (index >= SEGMENT_BUCKETS) {
    if (index & (SEGMENT_BUCKETS - 1)) return;
    free(bucketAt(t, index));
    shrinkDirectory(t, index >> SEGMENT_BITS);
    return;
  }
  const capacity = load<u32>(t, 24);
  if (index > capacity >> 2 || capacity < 4) return;
  // Halved only when three quarters are unused: no swinging at a boundary. Without memory for a smaller
  // block the old one stays, and so does its capacity.
  const segment = reallocate(bucketAt(t, 0), capacity << 5, capacity << 5);
  store<u32>(directory(t), <u32> segment);
  store<u32>(t, blockBytes(segment) >> 6, 24);
}

function shrinkDirectory(t: usize, segments: u32): void {
  const capacity = load<u32>(t, 4);
  if (segments > capacity >> 2 || capacity < 4) return;
  const dir = reallocate(directory(t), capacity << 1, segments << 2);
  store<u32>(t, <u32> dir);
  store<u32>(t, blockBytes(dir) >> 2, 4);
}

// ---- chains ---------------------------------------------------------------------------------------

/** Puts an entry into a bucket's chain. @returns false when an overflow bucket cannot be had */
function chainAdd(t: usize, bucket: usize, tag: u32, entry: u32): bool {
  let vacant = matches(bucket, 0);
  while (!vacant) {
    const next = overflowOf(bucket);
    if (!next) {
      const fresh = allocate(BUCKET_BYTES);
      if (!fresh) return false;
      memory.fill(fresh, 0, BUCKET_BYTES);
      setOverflow(bucket, fresh);
      store<u32>(t, load<u32>(t, 20) + 1, 20);
      bucket = fresh;
      vacant = SLOT_MASK;
      break;
    }
    bucket = next;
    vacant = matches(bucket, 0);
  }
  const slot = ctz(vacant);
  store<u8>(bucket + slot, <u8> tag);
  store<u32>(slotAddress(bucket, slot), entry);
  return true;
}

/** Empties a slot and fills the hole with the chain's last entry, so that overflow buckets stay full. */
function chainRemove(t: usize, head: usize, bucket: usize, slot: u32): void {
  let before: usize = 0;
  let last = bucket;
  for (let next = overflowOf(last); next; next = overflowOf(next)) {
    before = last;
    last = next;
  }
  if (before) {
    const moved = 31 - clz(~matches(last, 0) & SLOT_MASK);
    store<u8>(bucket + slot, load<u8>(last + moved));
    store<u32>(slotAddress(bucket, slot), load<u32>(slotAddress(last, moved)));
    store<u8>(last + moved, 0);
  } else store<u8>(last + slot, 0);
  if (last != head && (matches(last, 0) == SLOT_MASK)) {
    if (!before) {
      before = head;
      while (overflowOf(before) != last) before = overflowOf(before);
    }
    setOverflow(before, 0);
    free(last);
    store<u32>(t, load<u32>(t, 20) - 1, 20);
  }
}

// ---- the snapshot's marks -------------------------------------------------------------------------

/** The generation that follows all of 1..63 is 1 again, once no bucket bears it any more. */
export const GENERATIONS: u32 = 63;

/** Whether the snapshot under way has written a bucket. */
@inline export function isMarked(bucket: usize): bool {
  return (load<u32>(bucket, 12) & 63) == load<u32>(SNAPSHOT_GENERATION);
}
@inline export function mark(bucket: usize): void {
  store<u32>(bucket, (load<u32>(bucket, 12) & ~63) | load<u32>(SNAPSHOT_GENERATION), 12);
}
@inline export function unmark(bucket: usize): void { store<u32>(bucket, load<u32>(bucket, 12) & ~63, 12); }

/** Takes all marks away, whatever their generation. */
export function tableUnmark(t: usize): void {
  for (let index: u32 = 0; index < bucketCount(t); index++) unmark(bucketAt(t, index));
}

/** What a snapshot does with a bucket that is about to change; handed in by the room of files. */
let writeBefore: (t: usize, index: u32) => void = (_t: usize, _index: u32): void => {};
/** Whether a bucket should not be split or joined now, as writing it first would take long. */
let spares: (t: usize, index: u32) => bool = (_t: usize, _index: u32): bool => false;
export function onBucketChange(hook: (t: usize, index: u32) => void, sparing: (t: usize, index: u32) => bool): void {
  writeBefore = hook;
  spares = sparing;
}
@inline function isSpared(t: usize, index: u32): bool {
  return load<u32>(SNAPSHOT) != 0 && spares(t, index);
}

/** A bucket is about to change: while a snapshot is made, what is in it is written first. */
@inline function beforeChange(t: usize, index: u32): void {
  if (load<u32>(SNAPSHOT)) writeBefore(t, index);
}

/** The same of the bucket of a key whose value is about to change. */
@inline export function tableKeep(t: usize, hash: u64): void {
  beforeChange(t, bucketIndex(t, hash));
}

// ---- growth and shrinking -------------------------------------------------------------------------

/** Splits the next bucket in turn; does nothing when memory is out, or a snapshot wants that (the table only gets fuller). */
function split(t: usize): void {
  const count = bucketCount(t);
  const half: u32 = 1 << level(t);
  if (isSpared(t, count - half)) return;
  beforeChange(t, count - half);
  if (!reserveBucket(t, count)) return;
  // Both halves are built before the bucket's number of entries is believed: overflow buckets that the
  // new chain needs are the only allocation, and the old chain can lend none before it is emptied.
  const source = bucketAt(t, count - half);
  const target = bucketAt(t, count);
  memory.fill(target, 0, BUCKET_BYTES);
  store<u32>(target, load<u32>(source, 12) & 63, 12);
  let bucket = source;
  let slot: u32 = 0;
  while (true) {
    if (slot == SLOTS) {
      bucket = overflowOf(bucket);
      if (!bucket) break;
      slot = 0;
    }
    const tag = load<u8>(bucket + slot);
    if (tag) {
      const entry = load<u32>(slotAddress(bucket, slot));
      if (<u32> itemHash(t, entry) & half) {
        if (!chainAdd(t, target, tag, entry)) {
          undoSplit(t, source, target);
          releaseBucket(t, count);
          return;
        }
        // Marked rather than removed: the chain is packed once, below.
        store<u8>(bucket + slot, 0);
      }
    }
    slot++;
  }
  pack(t, source);
  store<u32>(t, count + 1, 8);
  if (count + 1 == half << 1) store<u32>(t, level(t) + 1, 12);
}

/** Memory went out half way through a split: what had moved goes back into the holes it left. */
function undoSplit(t: usize, source: usize, target: usize): void {
  for (let bucket = target; bucket; bucket = overflowOf(bucket)) {
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
      const tag = load<u8>(bucket + slot);
      if (tag) chainAdd(t, source, tag, load<u32>(slotAddress(bucket, slot)));
    }
  }
  freeChain(t, overflowOf(target));
  setOverflow(target, 0);
  memory.fill(target, 0, SLOTS);
}

function freeChain(t: usize, bucket: usize): void {
  while (bucket) {
    const next = overflowOf(bucket);
    free(bucket);
    store<u32>(t, load<u32>(t, 20) - 1, 20);
    bucket = next;
  }
}

/** Moves a chain's entries to its front and frees the overflow buckets left empty. */
function pack(t: usize, head: usize): void {
  let to = head;
  let toSlot: u32 = 0;
  for (let from = head; from; from = overflowOf(from)) {
    for (let slot: u32 = 0; slot < SLOTS; slot++) {
      const tag = load<u8>(from + slot);
      if (!tag) continue;
      if (toSlot == SLOTS) {
        to = overflowOf(to);
        toSlot = 0;
      }
      const entry = load<u32>(slotAddress(from, slot));
      store<u8>(from + slot, 0);
      store<u8>(to + toSlot, tag);
      store<u32>(slotAddress(to, toSlot), entry);
      toSlot++;
    }
  }
  freeChain(t, overflowOf(to));
  setOverflow(to, 0);
}

/** Joins the last bucket to the one it was split from; does nothing when memory is out. */
function join(t: usize): void {
  const last = bucketCount(t) - 1;
  const half: u32 = 1 << (last < <u32> 1 << level(t) ? level(t) - 1 : level(t));
  if (isSpared(t, last) || isSpared(t, last - half)) return;
  beforeChange(t, last);
  beforeChange(t, last - half);
  const moved = allocate(BUCKET_BYTES);
  if (!moved) return;
  const source = bucketAt(t, last);
  const target = bucketAt(t, last - half);
  memory.copy(moved, source, BUCKET_BYTES);
  let tail = target;
  while (overflowOf(tail)) tail = overflowOf(tail);
  setOverflow(tail, moved);
  store<u32>(t, load<u32>(t, 20) + 1, 20);
  pack(t, target);
  store<u32>(t, 31 - clz(half), 12);
  store<u32>(t, last, 8);
  releaseBucket(t, last);
}

// ---- the interface --------------------------------------------------------------------------------

/** Address of the slot that the last successful {@link tableFind} found; valid until the next change. */
export let foundSlot: usize = 0;

/** @returns the entry of a key, 0 when absent */
export function tableFind(t: usize, hash: u64, key: usize, len: u32): usize {
  const tag = tagOf(hash);
  let bucket = bucketAt(t, bucketIndex(t, hash));
  do {
    for (let hits = matches(bucket, tag); hits; hits &= hits - 1) {
      const slot = slotAddress(bucket, ctz(hits));
      const entry: usize = load<u32>(slot);
      if (itemKeyLen(t, entry) == len && equalBytes(itemKey(t, entry), key, len)) {
        foundSlot = slot;
        return entry;
      }
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return 0;
}

/** An entry of a table of keys by its hash and key length; 0 when absent. */
export function tableFindHash(t: usize, hash: u64, len: u32): usize {
  const tag = tagOf(hash);
  let bucket = bucketAt(t, bucketIndex(t, hash));
  do {
    for (let hits = matches(bucket, tag); hits; hits &= hits - 1) {
      const entry: usize = load<u32>(slotAddress(bucket, ctz(hits)));
      if (itemKeyLen(t, entry) == len && itemHash(t, entry) == hash) return entry;
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return 0;
}

/** The first entry in a hash's bucket that may be the one looked for, 0 when none can be. */
@inline export function tableProbe(t: usize, hash: u64): usize {
  const bucket = bucketAt(t, bucketIndex(t, hash));
  const hits = matches(bucket, tagOf(hash));
  return hits ? load<u32>(slotAddress(bucket, ctz(hits))) : 0;
}

/** Adds an entry whose key is not in the table. @returns false when memory is out */
export function tableInsert(t: usize, hash: u64, entry: usize): bool {
  if (ASSERTS) {
    assert(itemHash(t, entry) == hash, "an entry put in under the hash of another key");
    assert(!tableFind(t, hash, itemKey(t, entry), itemKeyLen(t, entry)), "a key put in twice");
  }
  const index = bucketIndex(t, hash);
  beforeChange(t, index);
  if (!chainAdd(t, bucketAt(t, index), tagOf(hash), <u32> entry)) return false;
  const count = load<u32>(t, 16) + 1;
  store<u32>(t, count, 16);
  if (count > bucketCount(t) * LOAD) split(t);
  return true;
}

/** Puts `entry` where `old`, an entry of the same key, is in the table. */
export function tableReplace(t: usize, hash: u64, old: usize, entry: usize): void {
  const tag = tagOf(hash);
  const index = bucketIndex(t, hash);
  beforeChange(t, index);
  let bucket = bucketAt(t, index);
  do {
    for (let hits = matches(bucket, tag); hits; hits &= hits - 1) {
      const slot = slotAddress(bucket, ctz(hits));
      if (load<u32>(slot) == <u32> old) {
        if (ASSERTS) assert(itemHash(t, entry) == hash, "an entry in the place of one of another key");
        store<u32>(slot, <u32> entry);
        return;
      }
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  if (ASSERTS) assert(false, "the place of an entry that is not in the table");
}

/** Takes an entry out (it is not freed). @returns whether it was there */
export function tableRemove(t: usize, hash: u64, entry: usize): bool {
  const tag = tagOf(hash);
  const index = bucketIndex(t, hash);
  beforeChange(t, index);
  const head = bucketAt(t, index);
  let bucket = head;
  do {
    for (let hits = matches(bucket, tag); hits; hits &= hits - 1) {
      const slot = ctz(hits);
      if (load<u32>(slotAddress(bucket, slot)) != <u32> entry) continue;
      chainRemove(t, head, bucket, slot);
      const count = load<u32>(t, 16) - 1;
      store<u32>(t, count, 16);
      if (count < bucketCount(t) * LOAD_LOW && bucketCount(t) > 1) join(t);
      return true;
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return false;
}

function collect(bucket: usize, out: usize): usize {
  do {
    for (let taken = ~matches(bucket, 0) & SLOT_MASK; taken; taken &= taken - 1) {
      store<u32>(out, load<u32>(slotAddress(bucket, ctz(taken))));
      out += 4;
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return out;
}

@inline function reverse(v: u32): u32 {
  v = (v >> 1 & 0x55555555) | (v & 0x55555555) << 1;
  v = (v >> 2 & 0x33333333) | (v & 0x33333333) << 2;
  v = (v >> 4 & 0x0f0f0f0f) | (v & 0x0f0f0f0f) << 4;
  return bswap(v);
}

/** End of what the last {@link tableScan} wrote. */
export let scanEnd: usize = 0;

/**
 * One step of a scan: writes the entries of the cursor's bucket (and of its sibling, where it is
 * split) as u32 to `out`.
 *
 * @returns the next cursor, 0 at the end
 */
export function tableScan(t: usize, cursor: u32, out: usize): u32 {
  const half: u32 = 1 << level(t);
  const index = cursor & (half - 1);
  out = collect(bucketAt(t, index), out);
  if (index + half < bucketCount(t)) out = collect(bucketAt(t, index + half), out);
  scanEnd = out;
  // Count up in reversed binary: the bits above the mask become ones, so the carry starts at its top.
  return reverse(reverse(cursor | ~(half - 1)) + 1);
}

/**
 * Writes at least `wanted` entries (as u32) to `out`, or all there are: those of whole buckets, from a random one
 * on. Each entry is among them with the same probability, for a bucket is, and which share one is the hash's
 * choice; a miss of the cache brings some seven, where {@link tableRandom} takes five for one.
 *
 * @returns the end of what was written
 */
export function tableSome(t: usize, wanted: u32, out: usize): usize {
  const count = bucketCount(t);
  const full = out + (<usize> wanted << 2);
  let index = randomBelow(count);
  for (let left = count; left && out < full; left--) {
    out = collect(bucketAt(t, index), out);
    if (++index == count) index = 0;
  }
  return out;
}

/** An entry, each with the same probability; 0 when the table is empty. */
export function tableRandom(t: usize): usize {
  if (!tableCount(t)) return 0;
  // A bucket and then a place among `width`, both drawn anew on a miss: no entry is favoured by the
  // company it has in its bucket, as long as no chain is longer than `width`.
  const width: u32 = SLOTS * 3;
  for (let tries = 0; tries < 4096; tries++) {
    let place = randomBelow(width);
    let bucket = bucketAt(t, randomBelow(bucketCount(t)));
    while (bucket && place >= SLOTS) {
      place -= SLOTS;
      bucket = overflowOf(bucket);
    }
    if (bucket && load<u8>(bucket + place)) return load<u32>(slotAddress(bucket, place));
  }
  // Never met in practice: a table this empty has been joined. Take the first one from a random bucket on.
  let index = randomBelow(bucketCount(t));
  while (true) {
    const taken = ~matches(bucketAt(t, index), 0) & SLOT_MASK;
    if (taken) return load<u32>(slotAddress(bucketAt(t, index), ctz(taken)));
    if (++index == bucketCount(t)) index = 0;
  }
}

/**
 * Empties a table from its last bucket down, `budget` buckets at most. The table must not be used for
 * anything else once this has begun.
 *
 * @param out where the entries of those buckets are written, as u32
 * @returns whether the table is gone, its storage given back; {@link scanEnd} ends the list
 */
export function tableDismantle(t: usize, budget: u32, out: usize): bool {
  let buckets = bucketCount(t);
  while (buckets && budget--) {
    buckets--;
    const bucket = bucketAt(t, buckets);
    out = collect(bucket, out);
    freeChain(t, overflowOf(bucket));
    if (buckets && buckets >= SEGMENT_BUCKETS && !(buckets & (SEGMENT_BUCKETS - 1))) free(bucket);
  }
  scanEnd = out;
  store<u32>(t, buckets, 8);
  if (buckets) return false;
  free(bucketAt(t, 0));
  free(directory(t));
  return true;
}

/** Bytes of a table's own storage. */
export function tableBytes(t: usize): u32 {
  const buckets = bucketCount(t);
  const segments = buckets <= SEGMENT_BUCKETS
    ? load<u32>(t, 24)
    : (buckets + SEGMENT_BUCKETS - 1) & ~(SEGMENT_BUCKETS - 1);
  return ((segments + load<u32>(t, 20)) << 6) + (load<u32>(t, 4) << 2);
}
