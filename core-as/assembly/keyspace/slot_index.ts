/**
 * The index of a database's keys by cluster slot, there only where the server is in a cluster.
 *
 * It keeps no addresses, so entries may move as they like. Of each key of a slot it has the low 16 bits of the
 * hash, which say what buckets of the table the key can be in: one while there are no more than 65,536 of them,
 * then one in 65,536. Who wants a slot's keys goes from value to value and looks into those buckets for keys of
 * the slot: some seven to a bucket. Values neither change nor move as the table grows and shrinks, so that a scan
 * by value returns what is there throughout, and each key once.
 *
 * ```
 *  index (128 KiB), a record for each slot
 *    +0  u32 block           0 = the slot has no keys
 *    +4  u32 DENSE << 31 | number of keys
 *
 *  block  u16[count] values, ascending                       up to 49,152 keys
 *         u16[65536] how many keys have each value           DENSE: from then on, down to 32,768
 * ```
 *
 * Two bytes a key and what is left of the last size class, which blocks are filled up to; less where a slot has
 * very many keys. An insertion moves what is behind it: some 60 bytes where a million keys have all slots, 50 KB
 * where a slot is about to become dense.
 *
 * Tried on paper and left: a table per slot (each has its own half-empty segment: 7 bytes a key at 60 keys a slot),
 * links in entries (4 to 8 bytes, and every move of an entry has to mend them), hashes that keep a slot's keys
 * together in the table (no memory at all, and one hot slot makes chains as long as it has keys).
 */
import { ASSERTS } from "../base/asserts";
import { HIDDEN_SLOTS, SCRATCH } from "../base/layout";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { keySlot, SLOTS } from "../hashing/crc16";
import {
  bucketAt, bucketCount, level, matches, overflowOf, SLOT_MASK, slotAddress,
} from "../structures/keytable";
import { entryHash, entryKey, entryKeyLen } from "./entry";

const DENSE: u32 = 1 << 31;
const VALUES: u32 = 0x10000;
const DENSE_FROM: u32 = 49152;
const SPARSE_BELOW: u32 = 32768;
/** Smaller blocks are not worth shrinking. */
const SHRINKS_FROM: u32 = 64;

/** Cursor behind the last value. */
export const SLOT_END: u32 = VALUES;

/** @returns an index of no keys, 0 when memory is out */
export function slotIndexMake(): usize {
  const index = allocate(SLOTS << 3);
  if (index) memory.fill(index, 0, SLOTS << 3);
  return index;
}

/** Forgets all keys. */
export function slotIndexClear(index: usize): void {
  for (let record = index, end = index + (SLOTS << 3); record < end; record += 8) {
    const block = load<u32>(record);
    if (!block) continue;
    free(block);
    store<u64>(record, 0);
  }
}

// ---- slots that nobody sees -----------------------------------------------------------------------

/** Whether an entry's slot is hidden: on its way here, or on its way out. */
@inline export function isHidden(e: usize): bool {
  return load<u32>(HIDDEN_SLOTS) != 0 && isHiddenSlot(keySlot(entryKey(e), entryKeyLen(e)));
}
export function isHiddenSlot(slot: u32): bool {
  const bits = load<u32>(HIDDEN_SLOTS);
  return bits != 0 && (<u32> load<u8>(bits + (slot >> 3)) & (<u32> 1 << (slot & 7))) != 0;
}

/** Hides a slot's keys from whoever looks at all keys, or shows them. @returns false when memory is out */
export function slotHide(slot: u32, hides: bool): bool {
  if (!load<u32>(HIDDEN_SLOTS)) {
    if (!hides) return true;
    const made = allocate(SLOTS >> 3);
    if (!made) return false;
    memory.fill(made, 0, SLOTS >> 3);
    store<u32>(HIDDEN_SLOTS, <u32> made);
  }
  const cell = load<u32>(HIDDEN_SLOTS) + (slot >> 3);
  const bit: u32 = 1 << (slot & 7);
  store<u8>(cell, <u8> (hides ? load<u8>(cell) | bit : load<u8>(cell) & ~bit));
  return true;
}

/** No slot is hidden any more. */
export function slotsShow(): void {
  free(load<u32>(HIDDEN_SLOTS));
  store<u32>(HIDDEN_SLOTS, 0);
}

@inline function recordOf(index: usize, slot: u32): usize {
  return index + (<usize> slot << 3);
}

/** Number of keys of a slot. */
export function slotIndexCount(index: usize, slot: u32): u32 {
  return load<u32>(recordOf(index, slot), 4) & ~DENSE;
}

/** Address of the first value that is not below `value`. */
function lowerBound(block: usize, count: u32, value: u32): usize {
  let low: u32 = 0;
  while (count) {
    const half = count >> 1;
    if (load<u16>(block + ((low + half) << 1)) < value) {
      low += half + 1;
      count -= half + 1;
    } else count = half;
  }
  return block + (low << 1);
}

// ---- changes --------------------------------------------------------------------------------------

/** Adds a key. @returns false when memory is out */
export function slotIndexAdd(index: usize, key: usize, len: u32, hash: u64): bool {
  const record = recordOf(index, keySlot(key, len));
  const value = <u32> hash & (VALUES - 1);
  if (load<u32>(record, 4) == DENSE_FROM && !makeDense(record)) return false;
  let block = <usize> load<u32>(record);
  const word = load<u32>(record, 4);
  if (word & DENSE) {
    const cell = block + (value << 1);
    const keys = load<u16>(cell);
    if (keys == 0xffff) return false; // a hash that knows no seed, never met
    store<u16>(cell, keys + 1);
    store<u32>(record, word + 1, 4);
    return true;
  }
  const bytes = word << 1;
  if (!block || blockBytes(block) < bytes + 2) {
    block = block ? reallocate(block, bytes + 2, bytes) : allocate(2);
    if (!block) return false;
    store<u32>(record, <u32> block);
  }
  const at = lowerBound(block, word, value);
  memory.copy(at + 2, at, block + bytes - at);
  store<u16>(at, value);
  store<u32>(record, word + 1, 4);
  return true;
}

/** Takes a key out. */
export function slotIndexRemove(index: usize, key: usize, len: u32, hash: u64): void {
  const record = recordOf(index, keySlot(key, len));
  const value = <u32> hash & (VALUES - 1);
  const block = <usize> load<u32>(record);
  const word = load<u32>(record, 4);
  if (ASSERTS) assert(word & ~DENSE, "a key that its slot does not have");
  store<u32>(record, word - 1, 4);
  if (word & DENSE) {
    const cell = block + (value << 1);
    if (ASSERTS) assert(load<u16>(cell), "a value that its slot does not have");
    store<u16>(cell, load<u16>(cell) - 1);
    if ((word & ~DENSE) == SPARSE_BELOW) makeSparse(record);
    return;
  }
  const bytes = (word - 1) << 1;
  const at = lowerBound(block, word, value);
  if (ASSERTS) assert(at < block + (word << 1) && load<u16>(at) == value, "a value that its slot does not have");
  memory.copy(at, at + 2, block + bytes - at);
  if (!bytes) {
    free(block);
    store<u32>(record, 0);
    return;
  }
  const room = blockBytes(block);
  if (room >= SHRINKS_FROM && bytes < room - (room >> 2)) {
    store<u32>(record, <u32> reallocate(block, bytes, bytes));
  }
}

/** @returns false when memory is out, and then nothing has changed */
function makeDense(record: usize): bool {
  const block = <usize> load<u32>(record);
  const count = load<u32>(record, 4);
  const dense = allocate(VALUES << 1);
  if (!dense) return false;
  memory.fill(dense, 0, VALUES << 1);
  for (let at = block, end = block + (count << 1); at < end; at += 2) {
    const cell = dense + (<usize> load<u16>(at) << 1);
    store<u16>(cell, load<u16>(cell) + 1);
  }
  free(block);
  store<u32>(record, <u32> dense);
  store<u32>(record, count | DENSE, 4);
  return true;
}

/** Without memory it stays dense: it is looked at again when it has lost more keys and grown again. */
function makeSparse(record: usize): void {
  const dense = <usize> load<u32>(record);
  const count = load<u32>(record, 4) & ~DENSE;
  const block = allocate(count << 1);
  if (!block) return;
  let at = block;
  for (let value: u32 = 0; value < VALUES; value++) {
    for (let keys = load<u16>(dense + (value << 1)); keys; keys--) {
      store<u16>(at, value);
      at += 2;
    }
  }
  free(dense);
  store<u32>(record, <u32> block);
  store<u32>(record, count, 4);
}

// ---- keys -----------------------------------------------------------------------------------------

/** The first value of a slot's keys that is not below `value`; SLOT_END when there is none. */
function nextValue(record: usize, value: u32): u32 {
  const block = <usize> load<u32>(record);
  const word = load<u32>(record, 4);
  if (word & DENSE) {
    while (value < VALUES && !load<u16>(block + (value << 1))) value++;
    return value;
  }
  const at = lowerBound(block, word, value);
  return at < block + (word << 1) ? <u32> load<u16>(at) : SLOT_END;
}

/** The first bucket that keys of a value can be in; the others are each VALUES further. */
@inline function firstBucket(t: usize, value: u32): u32 {
  const half: u32 = 1 << level(t);
  if (half >= VALUES) return value;
  const i = value & (half + half - 1);
  return i < bucketCount(t) ? i : i & (half - 1);
}

/** Writes a slot's entries of one value as u32. @returns the end of what was written */
function gather(t: usize, slot: u32, value: u32, out: usize): usize {
  const count = bucketCount(t);
  for (let i = firstBucket(t, value); i < count; i += VALUES) out = gatherChain(bucketAt(t, i), slot, value, out);
  return out;
}

function gatherChain(bucket: usize, slot: u32, value: u32, out: usize): usize {
  do {
    for (let taken = ~matches(bucket, 0) & SLOT_MASK; taken; taken &= taken - 1) {
      const e = load<u32>(slotAddress(bucket, ctz(taken)));
      if (keySlot(entryKey(e), entryKeyLen(e)) != slot) continue;
      if ((<u32> entryHash(e) & (VALUES - 1)) != value) continue;
      store<u32>(out, e);
      out += 4;
    }
    bucket = overflowOf(bucket);
  } while (bucket);
  return out;
}

// Of a table of a million keys each value leads to fifteen entries anywhere in memory, which one after the other are
// waited for in turn, and touched before they are looked at come together.

/** Values whose entries are touched together: their lines stay in the first cache until they are looked at. */
const TOUCHED_VALUES = 8;
/** Keeps the compiler from leaving out what only touches. */
let touched: u32 = 0;

/** Touches the entries of the next values of a slot. @returns the value from which on none was touched */
function touchNext(record: usize, t: usize, from: u32): u32 {
  const count = bucketCount(t);
  let end = from;
  for (let n = 0; n < TOUCHED_VALUES && end != SLOT_END; n++) {
    for (let i = firstBucket(t, end); i < count; i += VALUES) touched += load<u32>(bucketAt(t, i));
    end = nextValue(record, end + 1);
  }
  for (let value = from; value < end; value = nextValue(record, value + 1)) {
    for (let i = firstBucket(t, value); i < count; i += VALUES) touchChain(bucketAt(t, i));
  }
  return end;
}

function touchChain(bucket: usize): void {
  do {
    for (let taken = ~matches(bucket, 0) & SLOT_MASK; taken; taken &= taken - 1) {
      touched += load<u32>(load<u32>(slotAddress(bucket, ctz(taken))));
    }
    bucket = overflowOf(bucket);
  } while (bucket);
}

/** End of what the last {@link slotIndexScan} wrote. */
export let slotScanEnd: usize = 0;

/**
 * Writes entries of a slot, as u32 to SCRATCH, from the cursor on: at least `wanted`, or all that are left.
 *
 * @returns the next cursor, SLOT_END at the end
 */
export function slotIndexScan(index: usize, t: usize, slot: u32, cursor: u32, wanted: u32): u32 {
  const record = recordOf(index, slot);
  const full = SCRATCH + (<usize> wanted << 2);
  let out = SCRATCH;
  let untouched: u32 = 0;
  if (load<u32>(record)) {
    while (out < full) {
      const value = nextValue(record, cursor);
      if (value == SLOT_END) break;
      if (value >= untouched) untouched = touchNext(record, t, value);
      out = gather(t, slot, value, out);
      cursor = value + 1;
    }
  } else cursor = SLOT_END;
  slotScanEnd = out;
  return out < full ? SLOT_END : cursor;
}
