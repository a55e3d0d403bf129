/**
 * Members of sets in batches, for commands that look for each member of one set in others.
 *
 * In a large table every step is a cache miss: the item, the bucket where another set would have it, the
 * item found there. One after the other they are most of the time that an intersection takes. Members are
 * therefore read BATCH at a time, and each step is done for all of them before the next, so that the
 * misses are in flight together (as in lookahead.ts). Each member is hashed once, however many tables it
 * is looked for in: they all have one hash key.
 *
 * ```
 *  record (32 bytes)
 *    +0  u64 hash                 when NEEDS_HASH
 *    +8  u32 address of the member, +12 u32 its length
 *    +16 i64 its value            when it is an integer and NEEDS_INTEGER
 *    +24 u32 handle (set_value.ts)
 *    +28 u32 whether it is an integer
 *
 *  source (24 bytes): a set that takes part
 *    +0  u32 value, 0 = no such key
 *    +4  u32 encoding
 *    +8  u32 members
 *    +12 u32 where the search in an intset goes on
 *    +16 u32 members that were found nowhere before (union)
 * ```
 */
import { LOOK_SINK } from "../../base/layout";
import { HASHTABLE, INTSET, LISTPACK } from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import { intsetGet, intsetHas, intsetLength } from "../../structures/intset";
import { tableCount, tableFind, tableProbe } from "../../structures/keytable";
import { lpFind, lpFirst, lpNext } from "../../structures/listpack";
import { parseI64, parsedI64 } from "../../text/number";
import { walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import { itemLen, itemMember, memberLen, memberPtr, readMember } from "./set_value";

export const SOURCE_BYTES: u32 = 24;
@inline export function sourceValue(s: usize): usize { return load<u32>(s); }
@inline export function sourceEncoding(s: usize): u32 { return load<u32>(s, 4); }
@inline export function sourceCount(s: usize): u32 { return load<u32>(s, 8); }

/** Members of a batch: about as many misses as a core keeps in flight, times two or three. */
export const BATCH: u32 = 32;
const RECORD_BYTES: u32 = 32;
const RECORDS = memory.data(1024);
/** Where the integers of a batch are spelt, 24 bytes each. */
const TEXTS = memory.data(768);
/** Below this a table lies in the caches anyway. */
const LARGE: u32 = 1024;

export const NEEDS_HASH: u32 = 1;
export const NEEDS_INTEGER: u32 = 2;

@inline export function record(index: u32): usize { return RECORDS + index * RECORD_BYTES; }
@inline export function recordHash(r: usize): u64 { return load<u64>(r); }
@inline export function recordMember(r: usize): usize { return load<u32>(r, 8); }
@inline export function recordLen(r: usize): u32 { return load<u32>(r, 12); }
@inline export function recordHandle(r: usize): u32 { return load<u32>(r, 24); }
@inline export function recordIsInteger(r: usize): bool { return load<u32>(r, 28) != 0; }

// ---- reading --------------------------------------------------------------------------------------

let readEncoding: u32 = 0;
let readValue: usize = 0;
let readAt: u32 = 0;
let readNeeds: u32 = 0;
const WALK = memory.data(WALK_BYTES);

/** Puts the reader before the first member of a source, which must not change meanwhile. */
export function readStart(source: usize, needs: u32): void {
  readEncoding = sourceEncoding(source);
  readValue = sourceValue(source);
  readNeeds = needs;
  if (readEncoding == HASHTABLE) walkStart(WALK, readValue);
  else readAt = readEncoding == LISTPACK ? lpFirst(readValue) : 0;
}

/** Notes the next handles. @returns how many */
function nextHandles(): u32 {
  let count: u32 = 0;
  if (readEncoding == HASHTABLE) {
    for (; count < BATCH; count++) {
      const item = walkNext(WALK);
      if (!item) break;
      store<u32>(record(count), <u32> item, 24);
    }
  } else if (readEncoding == INTSET) {
    count = min(BATCH, intsetLength(readValue) - readAt);
    for (let i: u32 = 0; i < count; i++) store<u32>(record(i), readAt++, 24);
  } else {
    for (; count < BATCH && readAt; count++) {
      store<u32>(record(count), readAt, 24);
      readAt = lpNext(readValue, readAt);
    }
  }
  return count;
}

/** Reads the next members. @returns how many records there are, 0 at the end */
export function readBatch(): u32 {
  const count = nextHandles();
  readRecords(readEncoding, readValue, count, readNeeds);
  return count;
}

/** Puts the handles of a list into the records and reads their members. */
export function readHandles(encoding: u32, value: usize, list: usize, count: u32, needs: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(record(i), load<u32>(list + (i << 2)), 24);
  readRecords(encoding, value, count, needs);
}

function readRecords(encoding: u32, value: usize, count: u32, needs: u32): void {
  const end = record(count);
  if (encoding == HASHTABLE) {
    let sum: u32 = 0;
    for (let r = RECORDS; r < end; r += RECORD_BYTES) sum += load<u32>(recordHandle(r));
    store<u32>(LOOK_SINK, sum);
    for (let r = RECORDS; r < end; r += RECORD_BYTES) {
      const item: usize = recordHandle(r);
      store<u32>(r, <u32> itemMember(item), 8);
      store<u32>(r, itemLen(item), 12);
    }
  } else {
    let text: usize = TEXTS;
    for (let r = RECORDS; r < end; r += RECORD_BYTES, text += 24) {
      readMember(encoding, value, recordHandle(r), text);
      store<u32>(r, <u32> memberPtr, 8);
      store<u32>(r, memberLen, 12);
    }
  }
  if (needs & NEEDS_HASH) {
    for (let r = RECORDS; r < end; r += RECORD_BYTES) store<u64>(r, hashBytes(recordMember(r), recordLen(r)));
  }
  if (needs & NEEDS_INTEGER) readIntegers(encoding, value, end);
}

function readIntegers(encoding: u32, value: usize, end: usize): void {
  for (let r = RECORDS; r < end; r += RECORD_BYTES) {
    const known = encoding == INTSET;
    const is = known || parseI64(recordMember(r), recordLen(r));
    store<u32>(r, u32(is), 28);
    if (is) store<i64>(r, known ? intsetGet(value, recordHandle(r)) : parsedI64(), 16);
  }
}

// ---- looking for them -----------------------------------------------------------------------------

/** What a record must have so that it can be looked for in a source. */
export function needsOf(source: usize): u32 {
  const encoding = sourceEncoding(source);
  return encoding == HASHTABLE ? NEEDS_HASH : encoding == INTSET ? NEEDS_INTEGER : 0;
}

/** Touches what a search of the records in a table will read. */
export function touchTable(t: usize, count: u32): void {
  if (tableCount(t) < LARGE) return;
  const end = record(count);
  let sum: u32 = 0;
  // Two passes: an item's address is known only once its bucket has come.
  for (let r = RECORDS; r < end; r += RECORD_BYTES) sum += <u32> tableProbe(t, recordHash(r));
  for (let r = RECORDS; r < end; r += RECORD_BYTES) {
    const item = tableProbe(t, recordHash(r));
    if (item) sum += load<u32>(item);
  }
  store<u32>(LOOK_SINK, sum);
}

/** Keeps the records whose member a source has (or, with `wanted` false, has not). @returns how many */
export function keepRecords(source: usize, count: u32, wanted: bool): u32 {
  const encoding = sourceEncoding(source);
  const value = sourceValue(source);
  if (encoding == HASHTABLE) touchTable(value, count);
  const ascending = encoding == INTSET && readEncoding == INTSET;
  let kept: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const r = record(i);
    let found: bool;
    if (encoding == HASHTABLE) found = tableFind(value, recordHash(r), recordMember(r), recordLen(r)) != 0;
    else if (ascending) found = gallop(source, load<i64>(r, 16));
    else if (encoding == INTSET) found = recordIsInteger(r) && intsetHas(value, load<i64>(r, 16));
    else found = lpFind(value, lpFirst(value), recordMember(r), recordLen(r), 0) != 0;
    if (found != wanted) continue;
    if (kept != i) copyRecord(record(kept), r);
    kept++;
  }
  return kept;
}

@inline function copyRecord(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

/**
 * Looks for ever greater values in an intset: from where the last one was, in steps that double, then
 * between the last two (Bentley and Yao, "An almost optimal algorithm for unbounded searching", 1976). A
 * set of like size costs a step or two a value, a much larger one not more than a binary search.
 */
function gallop(source: usize, value: i64): bool {
  const set = sourceValue(source);
  const length = intsetLength(set);
  let low = load<u32>(source, 12);
  let step: u32 = 1;
  while (low + step <= length && intsetGet(set, low + step - 1) < value) {
    low += step;
    step <<= 1;
  }
  let high = min(low + step - 1, length);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (intsetGet(set, middle) < value) low = middle + 1;
    else high = middle;
  }
  store<u32>(source, low, 12);
  return low < length && intsetGet(set, low) == value;
}
