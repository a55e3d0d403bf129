/**
 * An intset: a set of integers in one sorted run, as Redis lays it out in RDB files.
 *
 * ```
 *  +0  u32 width: bytes of a member, 2, 4 or 8
 *  +4  u32 members
 *  +8  members, ascending, two's complement
 * ```
 *
 * All numbers are little-endian. The width is that of the widest member ever added: removals do not
 * narrow it.
 *
 * An intset is one allocated block, its capacity the block's. What modifies returns the intset,
 * perhaps moved, or 0 when memory is out, and then it is as it was.
 *
 * Costs: a search is a binary one without branches on what it reads, log2(members) loads; an addition
 * or removal moves what lies behind it; a wider member rewrites all. Growth: growth.ts.
 */
import { allocate, free } from "../base/memory";
import { growBlock, trimBlock } from "../base/growth";
import { randomBelow } from "../hashing/hash";

const HEADER: u32 = 8;
/** Members past which sizes in bytes would wrap around. */
const MAX_MEMBERS: u32 = 0x1c000000;

let changed: bool = false;

/** Bytes that a value needs. */
@inline function widthOf(value: i64): u32 {
  return value == <i64> <i16> value ? 2 : value == <i64> <i32> value ? 4 : 8;
}

@inline function width(set: usize): u32 {
  return load<u32>(set);
}

/** The member at an index, of a set of that width. */
@inline function member(set: usize, width: u32, index: u32): i64 {
  if (width == 2) return load<i16>(set + (<usize> index << 1), HEADER);
  if (width == 4) return load<i32>(set + (<usize> index << 2), HEADER);
  return load<i64>(set + (<usize> index << 3), HEADER);
}

@inline function setMember(set: usize, width: u32, index: u32, value: i64): void {
  if (width == 2) store<i16>(set + (<usize> index << 1), <i16> value, HEADER);
  else if (width == 4) store<i32>(set + (<usize> index << 2), <i32> value, HEADER);
  else store<i64>(set + (<usize> index << 3), value, HEADER);
}

/** An empty intset with room for `capacity` bytes, header included; 0 = memory is out. */
export function intsetNew(capacity: u32): usize {
  const set = allocate(max(capacity, HEADER));
  if (!set) return 0;
  store<u32>(set, 2);
  store<u32>(set, 0, 4);
  return set;
}

/** A copy of an intset, which may lie anywhere (in a file's bytes, after {@link intsetValidate}); 0 = memory is out. */
export function intsetDup(set: usize): usize {
  const bytes = intsetBytes(set);
  const copy = allocate(bytes);
  if (copy) memory.copy(copy, set, bytes);
  return copy;
}

/** Gives the intset back; 0 is ignored. */
export function intsetFree(set: usize): void {
  free(set);
}

/** Number of members. */
@inline export function intsetLength(set: usize): u32 {
  return load<u32>(set, 4);
}

/** Bytes of the whole. */
export function intsetBytes(set: usize): u32 {
  return HEADER + intsetLength(set) * width(set);
}

/** The member at an index below the length. In ascending order, so that two sets can be merged. */
export function intsetGet(set: usize, index: u32): i64 {
  return member(set, width(set), index);
}

/** A random member of a set that is not empty. */
export function intsetRandom(set: usize): i64 {
  return intsetGet(set, randomBelow(intsetLength(set)));
}

/** First index of a member that is `value` or greater, the length when there is none. */
export function intsetLowerBound(set: usize, value: i64): u32 {
  const bytes = width(set);
  if (bytes == 2) return lowerBound<i16>(set, value);
  if (bytes == 4) return lowerBound<i32>(set, value);
  return lowerBound<i64>(set, value);
}

@inline function lowerBound<T>(set: usize, value: i64): u32 {
  let left = intsetLength(set);
  let base = set + HEADER;
  while (left > 1) {
    const half = left >> 1;
    const middle = base + half * sizeof<T>();
    // A select, not a jump: which way a search goes cannot be predicted.
    base = select(middle, base, <i64> load<T>(middle - sizeof<T>()) < value);
    left -= half;
  }
  const before = left == 1 && <i64> load<T>(base) < value;
  return <u32> ((base - set - HEADER) / sizeof<T>()) + u32(before);
}

/** Index of a value, or -1. */
export function intsetIndexOf(set: usize, value: i64): i32 {
  const bytes = width(set);
  if (widthOf(value) > bytes) return -1;
  const index = intsetLowerBound(set, value);
  return index < intsetLength(set) && member(set, bytes, index) == value ? index : -1;
}

/** Whether the value is a member. */
export function intsetHas(set: usize, value: i64): bool {
  return intsetIndexOf(set, value) >= 0;
}

/** Whether the last {@link intsetAdd} or {@link intsetRemove} changed anything. */
export function intsetChanged(): bool {
  return changed;
}

/**
 * Adds a value; {@link intsetChanged} tells whether it was new.
 *
 * @returns the intset, perhaps moved; 0 when memory is out
 */
export function intsetAdd(set: usize, value: i64): usize {
  changed = false;
  const bytes = width(set);
  if (widthOf(value) > bytes) return addWider(set, value);
  const length = intsetLength(set);
  // Values often come in order, and when a set is loaded they do.
  const last = length == 0 || member(set, bytes, length - 1) < value;
  const index = last ? length : intsetLowerBound(set, value);
  if (!last && member(set, bytes, index) == value) return set;
  if (length >= MAX_MEMBERS) return 0;
  const used = HEADER + length * bytes;
  set = growBlock(set, used + bytes, used);
  if (!set) return 0;
  if (!last) {
    const at = set + HEADER + index * bytes;
    memory.copy(at + bytes, at, (length - index) * bytes);
  }
  setMember(set, bytes, index, value);
  store<u32>(set, length + 1, 4);
  changed = true;
  return set;
}

/** Adds a value wider than all members: it comes before the first or behind the last. */
function addWider(set: usize, value: i64): usize {
  const from = width(set);
  const to = widthOf(value);
  const length = intsetLength(set);
  if (length >= MAX_MEMBERS) return 0;
  set = growBlock(set, HEADER + (length + 1) * to, HEADER + length * from);
  if (!set) return 0;
  const first: u32 = value < 0 ? 1 : 0;
  // From the last on, so that none is overwritten before it is read.
  for (let i = length; i-- > 0;) setMember(set, to, i + first, member(set, from, i));
  setMember(set, to, first ? 0 : length, value);
  store<u32>(set, to);
  store<u32>(set, length + 1, 4);
  changed = true;
  return set;
}

/** Removes a value; {@link intsetChanged} tells whether it was a member. Never fails. */
export function intsetRemove(set: usize, value: i64): usize {
  const index = intsetIndexOf(set, value);
  changed = index >= 0;
  return changed ? intsetRemoveAt(set, index, 1) : set;
}

/** Removes `count` members from an index on, all below the length. Never fails. */
export function intsetRemoveAt(set: usize, index: u32, count: u32): usize {
  const bytes = width(set);
  const length = intsetLength(set);
  const at = set + HEADER + index * bytes;
  memory.copy(at, at + count * bytes, (length - index - count) * bytes);
  store<u32>(set, length - count, 4);
  return trimBlock(set, HEADER + (length - count) * bytes);
}

/**
 * Whether untrusted bytes are an intset with at least one member. No byte outside of them is read.
 *
 * @param deep check that the members ascend too. Without it every function is safe on it, but a
 *   search may miss
 */
export function intsetValidate(ptr: usize, len: u32, deep: bool): bool {
  if (len < HEADER) return false;
  const bytes = width(ptr);
  const length = intsetLength(ptr);
  if ((bytes != 2 && bytes != 4 && bytes != 8) || length == 0) return false;
  if (<u64> length * bytes + HEADER != len) return false;
  if (!deep) return true;
  for (let i: u32 = 1; i < length; i++) {
    if (member(ptr, bytes, i - 1) >= member(ptr, bytes, i)) return false;
  }
  return true;
}
