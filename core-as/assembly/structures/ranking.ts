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
import { compareBytes } from "../base/bytes";

export const RECORD_BYTES: u32 = 16;
const SHIFT: u32 = 4;

// What records are sorted by.
/** The number; ties stay ties. */
export const RANK_NUMBER: u32 = 0;
/** The number, then the element's bytes. */
export const RANK_NUMBER_BYTES: u32 = 1;
/** The key's bytes. */
export const RANK_BYTES: u32 = 2;
/** Largest first; goes with any of them. */
export const RANK_DOWN: u32 = 4;

let kind: u32 = 0;
let down: bool = false;

/** Order of the bytes of two keys. */
function compareKeys(a: usize, b: usize): i32 {
  const aPtr: usize = load<u32>(a);
  const bPtr: usize = load<u32>(b);
  if (!aPtr || !bPtr) return i32(aPtr != 0) - i32(bPtr != 0);
  return compareBytes(aPtr, load<u32>(a, 4), bPtr, load<u32>(b, 4));
}

/** Order of two records whose numbers are equal. */
function compareTied(a: usize, b: usize): i32 {
  if (kind == RANK_NUMBER) return 0;
  const order = compareBytes(load<u32>(a, 8), load<u32>(a, 12), load<u32>(b, 8), load<u32>(b, 12));
  return down ? -order : order;
}

/** Order of two records: below, at or above 0. Numbers sorted downwards have been negated. */
@inline function compare(a: usize, b: usize): i32 {
  if (kind == RANK_BYTES) return down ? -compareKeys(a, b) : compareKeys(a, b);
  const aKey = load<f64>(a);
  const bKey = load<f64>(b);
  return aKey > bKey ? 1 : aKey == bKey ? compareTied(a, b) : -1;
}

/** Takes on an order, for which numbers are negated: to be called before and after. */
function orient(records: usize, count: u32, by: u32): void {
  kind = by & 3;
  down = (by & RANK_DOWN) != 0;
  if (!down || kind == RANK_BYTES) return;
  for (let record = records, end = at(records, count); record < end; record += RECORD_BYTES) {
    store<f64>(record, -load<f64>(record));
  }
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

/** The same by numbers. */
function insertionSortNumbers(records: usize, count: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const moved = v128.load(at(records, i));
    const key = load<f64>(at(records, i));
    let place = at(records, i);
    v128.store(HELD, moved);
    while (place > records) {
      const before = load<f64>(place - RECORD_BYTES);
      if (!(before > key) && (before != key || compareTied(place - RECORD_BYTES, HELD) <= 0)) break;
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

/** The same by numbers; which side is next cannot be foretold, so it is no branch. */
function mergeNumbers(out: usize, from: usize, middle: usize, end: usize): void {
  let left = from;
  let right = middle;
  while (left < middle && right < end) {
    const leftKey = load<f64>(left);
    const rightKey = load<f64>(right);
    let isRight = usize(leftKey > rightKey);
    if (leftKey == rightKey) isRight = usize(compareTied(left, right) > 0);
    copy(out, select<usize>(right, left, isRight != 0));
    right += isRight << SHIFT;
    left += (isRight ^ 1) << SHIFT;
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
  orient(records, count, by);
  const isNumber = kind != RANK_BYTES;
  const end = at(records, count);
  for (let run = records; run < end; run += RUN << SHIFT) {
    const length = <u32> min<usize>((end - run) >> SHIFT, RUN);
    if (isNumber) insertionSortNumbers(run, length);
    else insertionSort(run, length);
  }
  let from = records;
  let to = room;
  const bytes = end - records;
  for (let width: usize = RUN << SHIFT; width < bytes; width <<= 1) {
    for (let offset: usize = 0; offset < bytes; offset += width << 1) {
      const middle = from + min(offset + width, bytes);
      const last = from + min(offset + (width << 1), bytes);
      if (isNumber) mergeNumbers(to + offset, from + offset, middle, last);
      else merge(to + offset, from + offset, middle, last);
    }
    const swapped = from;
    from = to;
    to = swapped;
  }
  if (from != records) memory.copy(records, from, bytes);
  orient(records, count, by);
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
  orient(records, count, by);
  rankParts(records, count, first, last);
  orient(records, count, by);
}

function rankParts(records: usize, count: u32, first: u32, last: u32): void {
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
