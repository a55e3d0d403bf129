/**
 * Sorting of records by a number or by bytes, with ties in the order in which C Redis leaves them.
 *
 * ```
 *  record (16 bytes)
 *    +0  f64 key, or u32 address, u32 length of key bytes (address 0: none, which comes first)
 *    +8  u32 address, u32 length of the element that the record stands for
 * ```
 *
 * All of them are sorted by merging, which leaves ties as they were. Where only some places of the
 * result are wanted it is a quicksort that leaves out the parts of no interest: what is equal then
 * stands where J. Bentley and M. McIlroy's partition ("Engineering a sort function", 1993) happens to
 * leave it. Parts still to come are kept on a stack, the smaller one first, so that it never holds more
 * than 32, whatever the data.
 *
 * Costs: a record of room per record for merging; O(n log n) comparisons, for the partial sort in the
 * worst case O(n^2).
 */
import { compareBytes } from "./bytes";

export const RECORD_BYTES: u32 = 16;
const SHIFT: u32 = 4;

// What records are sorted by.
/** The number; ties stay ties. */
export const RANK_NUMBER: u32 = 0;
/** The number, then the element's bytes. */
export const RANK_NUMBER_BYTES: u32 = 1;
/** The key's bytes. */
export const RANK_BYTES: u32 = 2;
/** The key's bytes up to the first NUL, as C compares strings. */
export const RANK_TEXT: u32 = 3;
/** Largest first; goes with any of them. */
export const RANK_DOWN: u32 = 4;

let kind: u32 = 0;
let down: bool = false;

@inline function textLength(ptr: usize, len: u32): u32 {
  let end: u32 = 0;
  while (end < len && load<u8>(ptr + end)) end++;
  return end;
}

function compareKeys(a: usize, b: usize): i32 {
  const aPtr: usize = load<u32>(a);
  const bPtr: usize = load<u32>(b);
  if (!aPtr || !bPtr) return i32(aPtr != 0) - i32(bPtr != 0);
  const aLen = load<u32>(a, 4);
  const bLen = load<u32>(b, 4);
  if (kind == RANK_BYTES) return compareBytes(aPtr, aLen, bPtr, bLen);
  return compareBytes(aPtr, textLength(aPtr, aLen), bPtr, textLength(bPtr, bLen));
}

/** Order of two records: below, at or above 0. */
@inline function compare(a: usize, b: usize): i32 {
  let order: i32;
  if (kind <= RANK_NUMBER_BYTES) {
    const aKey = load<f64>(a);
    const bKey = load<f64>(b);
    order = aKey > bKey ? 1 : aKey == bKey ? 0 : -1;
    if (!order && kind == RANK_NUMBER_BYTES) {
      order = compareBytes(load<u32>(a, 8), load<u32>(a, 12), load<u32>(b, 8), load<u32>(b, 12));
    }
  } else order = compareKeys(a, b);
  return down ? -order : order;
}

@inline function at(records: usize, index: u32): usize {
  return records + (<usize> index << SHIFT);
}
@inline function copy(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
}

// ---- all of them ----------------------------------------------------------------------------------

/** Runs of so many records are sorted by insertion. */
const RUN: u32 = 8;

/** A record on its way to its place. */
const HELD = memory.data(16);

function insertionSort(records: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const moved = v128.load(at(records, i));
    let place = at(records, i);
    v128.store(HELD, moved);
    while (place > records && compare(place - RECORD_BYTES, HELD) > 0) {
      copy(place, place - RECORD_BYTES);
      place -= RECORD_BYTES;
    }
    v128.store(place, moved);
  }
}

/** Merges the runs [from, middle) and [middle, end) to `out`. */
function merge(out: usize, from: usize, middle: usize, end: usize): void {
  let left = from;
  let right = middle;
  while (left < middle && right < end) {
    const isLeft = compare(left, right) <= 0;
    copy(out, isLeft ? left : right);
    if (isLeft) left += RECORD_BYTES;
    else right += RECORD_BYTES;
    out += RECORD_BYTES;
  }
  if (left < middle) memory.copy(out, left, middle - left);
  else memory.copy(out, right, end - right);
}

/**
 * Sorts all of the records; those of one rank stay in their order.
 *
 * @param by RANK_*
 * @param room as much as the records take
 */
export function rankAll(records: usize, count: u32, by: u32, room: usize): void {
  kind = by & 3;
  down = (by & RANK_DOWN) != 0;
  const end = at(records, count);
  for (let run = records; run < end; run += RUN << SHIFT) {
    insertionSort(run, <u32> min<usize>((end - run) >> SHIFT, RUN));
  }
  let from = records;
  let to = room;
  const bytes = end - records;
  for (let width: usize = RUN << SHIFT; width < bytes; width <<= 1) {
    for (let offset: usize = 0; offset < bytes; offset += width << 1) {
      const middle = min(offset + width, bytes);
      merge(to + offset, from + offset, from + middle, from + min(middle + width, bytes));
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != records) memory.copy(records, from, bytes);
}

// ---- some of them ---------------------------------------------------------------------------------

@inline function swap(a: usize, b: usize): void {
  const kept = v128.load(a);
  copy(a, b);
  v128.store(b, kept);
}
function swapMany(a: usize, b: usize, count: u32): void {
  for (; count; count--) {
    swap(a, b);
    a += RECORD_BYTES;
    b += RECORD_BYTES;
  }
}

function medianOf(a: usize, b: usize, c: usize): usize {
  if (compare(a, b) < 0) return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
  return compare(b, c) > 0 ? b : compare(a, c) < 0 ? a : c;
}

/** A record in the middle of the others, of three or of nine. */
function pivotOf(records: usize, count: u32): usize {
  let middle = at(records, count >> 1);
  if (count == 7) return middle;
  let low = records;
  let high = at(records, count - 1);
  if (count > 40) {
    const part = <usize> (count >> 3) << SHIFT;
    low = medianOf(low, low + part, low + 2 * part);
    middle = medianOf(middle - part, middle, middle + part);
    high = medianOf(high - 2 * part, high - part, high);
  }
  return medianOf(low, middle, high);
}

/** How many records {@link partition} has left below and above the pivot. */
let below: u32 = 0;
let above: u32 = 0;

/** Brings what is below the pivot to the beginning and what is above it to the end. */
function partition(records: usize, count: u32): void {
  swap(records, pivotOf(records, count));
  // Equal ones gather at both ends first: [records, a) and (d, end).
  let a = records + RECORD_BYTES;
  let b = a;
  let c = at(records, count - 1);
  let d = c;
  while (true) {
    let order: i32;
    while (b <= c && (order = compare(b, records)) <= 0) {
      if (!order) {
        swap(a, b);
        a += RECORD_BYTES;
      }
      b += RECORD_BYTES;
    }
    while (b <= c && (order = compare(c, records)) >= 0) {
      if (!order) {
        swap(c, d);
        d -= RECORD_BYTES;
      }
      c -= RECORD_BYTES;
    }
    if (b > c) break;
    swap(b, c);
    b += RECORD_BYTES;
    c -= RECORD_BYTES;
  }
  const end = at(records, count);
  const less = b - a;
  const more = d - c;
  const first = min<usize>(a - records, less);
  swapMany(records, b - first, <u32> (first >> SHIFT));
  const last = min<usize>(more, end - d - RECORD_BYTES);
  swapMany(b, end - last, <u32> (last >> SHIFT));
  below = <u32> (less >> SHIFT);
  above = <u32> (more >> SHIFT);
}

/** Parts still to be sorted, each {first u32, count u32}. */
const PARTS = memory.data(64 * 8);

/** Puts those records into their places that belong to the places `first` to `last`. */
export function rankSome(records: usize, count: u32, by: u32, first: u32, last: u32): void {
  kind = by & 3;
  down = (by & RANK_DOWN) != 0;
  let part: u32 = 0;
  let parts: usize = PARTS;
  while (true) {
    if (count < 7) insertionSort(at(records, part), count);
    else {
      partition(at(records, part), count);
      const right = part + count - above;
      const isLeft = below > 1 && first < part + below && last >= part;
      const isRight = above > 1 && first < right + above && last >= right;
      const takesLeft = isLeft && (!isRight || below <= above);
      if (isLeft && isRight) {
        store<u32>(parts, takesLeft ? right : part);
        store<u32>(parts, takesLeft ? above : below, 4);
        parts += 8;
      }
      count = takesLeft ? below : above;
      if (!takesLeft) part = right;
      if (isLeft || isRight) continue;
    }
    if (parts == PARTS) return;
    parts -= 8;
    part = load<u32>(parts);
    count = load<u32>(parts, 4);
  }
}
