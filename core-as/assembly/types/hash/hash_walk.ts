/** Hashes: HSCAN and HRANDFIELD, which look at fields that nobody has named. */
import { MISSING, OUT_FAILED, OUT_MUTED, OUT_OF_MEMORY, OUT_RESP, SCRATCH } from "../../base/layout";
import { valuePtr } from "../../keyspace/entry";
import { globMatch } from "../../text/glob";
import { randomBelow } from "../../hashing/hash";
import { peek } from "../../keyspace/keyspace";
import { scanEnd, tableCount, tableRandom, tableScan } from "../../structures/keytable";
import { lpFirst, lpGetString, lpLen, lpLength, lpNext, lpPtr, lpSeek } from "../../structures/listpack";
import { foundEnd, foundStart, nextCursor, SCAN_BYTES, scanDone, scanStep } from "../../structures/tablescan";
import { argLen, argPtr } from "../../protocol/resp";
import { bulkBytes, replyArray, replyBulk, replyBulkI64, replyFits, replyNull } from "../../protocol/reply";
import {
  clearMark, fieldsAreDue, itemField, itemFieldLen, itemMarked, itemValue, itemValueLen, setMark,
} from "./hash_table";
import { countOf, hashAt, isHidden, isPacked, replyPacked, status } from "./hash_value";

/** From so many fields on it is asked whether the reply fits, by the shortest of a few. */
const MANY: f64 = 65536;
const LOOKED_AT: u32 = 16;

/** Fields that are not past their time. */
export function countVisible(fields: usize): u32 {
  if (!fieldsAreDue(fields)) return tableCount(fields);
  let count: u32 = 0;
  let cursor: u32 = 0;
  do {
    cursor = tableScan(fields, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      if (!isHidden(load<u32>(at))) count++;
    }
  } while (cursor);
  return count;
}

// ---- HSCAN ----------------------------------------------------------------------------------------

/** Whether a pattern argument (0: none) lets every field pass, even the empty one that `*` does not match. */
@inline function matchesAll(parg: u32): bool {
  return !parg || (argLen(parg) == 1 && load<u8>(argPtr(parg)) == 0x2a);
}

/** Looks whether an argument is a hash. @returns 0, MISSING or WRONG_TYPE */
export function hashLook(db: u32, karg: u32): i32 {
  return hashAt(db, karg) ? 0 : status;
}

/**
 * HSCAN of a hash that is there ({@link hashLook}): replies with the next cursor and the fields found; a
 * listpack is served whole.
 *
 * @param parg argument with the pattern, 0 for none
 */
export function hashScan(db: u32, karg: u32, cursor: u32, count: u32, parg: u32, values: bool): void {
  const e = peek(db, argPtr(karg), argLen(karg));
  if (matchesAll(parg)) parg = 0;
  if (isPacked(e)) scanPacked(valuePtr(e), parg, values);
  else scanTable(valuePtr(e), cursor, count, parg, values);
}

function scanPacked(lp: usize, parg: u32, values: bool): void {
  replyArray(2);
  replyBulkI64(0);
  // Twice over it: the array's length comes first.
  const found = parg ? walkPacked(lp, parg, false, values) : lpLength(lp) >> 1;
  replyArray(values ? found << 1 : found);
  walkPacked(lp, parg, true, values);
}

function walkPacked(lp: usize, parg: u32, reply: bool, values: bool): u32 {
  let found: u32 = 0;
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    const field = at;
    at = lpNext(lp, at);
    if (parg) {
      lpGetString(lp, field, SCRATCH);
      if (!globMatch(argPtr(parg), argLen(parg), lpPtr(), lpLen(), false)) continue;
    }
    found++;
    if (!reply) continue;
    replyPacked(lp, field);
    if (values) replyPacked(lp, at);
  }
  return found;
}

function scanTable(fields: usize, cursor: u32, count: u32, parg: u32, values: bool): void {
  scanStep(fields, cursor, count);
  let kept = foundStart;
  for (let at = foundStart; at < foundEnd; at += 4) {
    const item: usize = load<u32>(at);
    if (isHidden(item)) continue;
    if (parg && !globMatch(argPtr(parg), argLen(parg), itemField(item), itemFieldLen(item), false)) continue;
    store<u32>(kept, <u32> item);
    kept += 4;
  }
  replyArray(2);
  replyBulkI64(nextCursor);
  const found = <u32> (kept - foundStart) >> 2;
  replyArray(values ? found << 1 : found);
  for (let at = foundStart; at < kept; at += 4) replyItem(load<u32>(at), values);
  scanDone();
}

@inline function replyItem(item: usize, values: bool): void {
  replyBulk(itemField(item), itemFieldLen(item));
  if (values) replyBulk(itemValue(item), itemValueLen(item));
}

// ---- HRANDFIELD -----------------------------------------------------------------------------------

/** An item that is not past its time, each as likely; 0 when there is none. */
function randomItem(fields: usize): usize {
  for (let tries = 0; tries < 100; tries++) {
    const item = tableRandom(fields);
    if (!item || !isHidden(item)) return item;
  }
  let cursor: u32 = 0;
  do {
    cursor = tableScan(fields, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      if (!isHidden(load<u32>(at))) return load<u32>(at);
    }
  } while (cursor);
  return 0;
}

/** HRANDFIELD of one field: replies with it, or with null. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function hashRandom(db: u32, karg: u32): i32 {
  const e = hashAt(db, karg);
  if (!e) {
    if (status == MISSING) replyNull();
    return status;
  }
  const value = valuePtr(e);
  if (isPacked(e)) replyPacked(value, lpSeek(value, randomBelow(countOf(e)) << 1));
  else {
    const item = randomItem(value);
    if (item) replyBulk(itemField(item), itemFieldLen(item));
    else replyNull();
  }
  return 0;
}

/** The head of a pair or nothing: in RESP3 a field and its value are an array of their own. */
@inline function replyPair(values: bool): void {
  if (values && load<u32>(OUT_RESP) == 3) replyArray(2);
}
/** The head of an array of `count` fields, or of fields and values. */
@inline function replyHead(count: u32, values: bool): void {
  replyArray(values && load<u32>(OUT_RESP) != 3 ? count << 1 : count);
}

function replyPackedField(lp: usize, at: u32, values: bool): void {
  replyPair(values);
  replyPacked(lp, at);
  if (values) replyPacked(lp, lpNext(lp, at));
}
function replyItemField(item: usize, values: bool): void {
  replyPair(values);
  replyItem(item, values);
}

/**
 * HRANDFIELD with a count: replies with so many different fields, or as many as there are.
 *
 * @returns 0, MISSING or WRONG_TYPE (no reply)
 */
export function hashRandomDistinct(db: u32, karg: u32, count: u32, values: bool): i32 {
  const e = hashAt(db, karg);
  if (!e) {
    if (status == MISSING) replyArray(0);
    return status;
  }
  const value = valuePtr(e);
  const packed = isPacked(e);
  const size = packed ? countOf(e) : countVisible(value);
  count = min(count, size);
  replyHead(count, values);
  if (packed) choosePacked(value, size, count, values);
  else if (count < size / 3 && count <= SCAN_BYTES >> 2 && !fieldsAreDue(value)) drawMarked(value, count, values);
  else chooseItems(value, size, count, values);
  return 0;
}

/** Whether the next one of `left` is among the `wanted` still to be chosen (Knuth, TAOCP 2, 3.4.2 S). */
@inline function isChosen(left: u32, wanted: u32): bool {
  return randomBelow(left) < wanted;
}

function choosePacked(lp: usize, left: u32, wanted: u32, values: bool): void {
  for (let at = lpFirst(lp); wanted; at = lpNext(lp, lpNext(lp, at))) {
    if (!isChosen(left--, wanted)) continue;
    wanted--;
    replyPackedField(lp, at, values);
  }
}

function chooseItems(fields: usize, left: u32, wanted: u32, values: bool): void {
  let cursor: u32 = 0;
  while (wanted) {
    cursor = tableScan(fields, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end && wanted; at += 4) {
      const item: usize = load<u32>(at);
      if (isHidden(item) || !isChosen(left--, wanted)) continue;
      wanted--;
      replyItemField(item, values);
    }
  }
}

/** Draws items and marks them, so that none is drawn twice; for few out of many. */
function drawMarked(fields: usize, count: u32, values: bool): void {
  const end = SCRATCH + (count << 2);
  for (let at = SCRATCH; at < end;) {
    const item = tableRandom(fields);
    if (itemMarked(item)) continue;
    setMark(item);
    store<u32>(at, <u32> item);
    at += 4;
  }
  for (let at = SCRATCH; at < end; at += 4) {
    const item: usize = load<u32>(at);
    clearMark(item);
    replyItemField(item, values);
  }
}

/**
 * HRANDFIELD with a negative count: replies with `count` fields, the same one as often as chance has it.
 *
 * @returns 0, MISSING, WRONG_TYPE or, when memory has no room for so many, OUT_OF_MEMORY (no reply)
 */
export function hashRandomRepeated(db: u32, karg: u32, count: f64, values: bool): i32 {
  const e = hashAt(db, karg);
  if (!e) {
    if (status == MISSING) replyArray(0);
    return status;
  }
  const value = valuePtr(e);
  const packed = isPacked(e);
  const some = packed || (fieldsAreDue(value) ? randomItem(value) != 0 : true);
  if (some && count >= MANY && !fits(e, count, values)) return OUT_OF_MEMORY;
  const head: u32 = some ? <u32> count : 0;
  replyHead(head, values);
  const size = countOf(e);
  const offsets = packed && count > 4 && size <= SCAN_BYTES >> 2;
  if (offsets) noteOffsets(value);
  // A reply that outgrows memory has failed, one that is dropped is wanted by nobody.
  for (let left = head; left && !(load<u32>(OUT_FAILED) | load<u32>(OUT_MUTED)); left--) {
    if (packed) {
      const index = randomBelow(size);
      const at = offsets ? load<u32>(SCRATCH + (index << 2)) : lpSeek(value, index << 1);
      replyPackedField(value, at, values);
    } else replyItemField(randomItem(value), values);
  }
  return 0;
}

/** Whether so many fields can fit into a reply, those drawn being no shorter than the shortest of a few. */
function fits(e: usize, count: f64, values: bool): bool {
  const value = valuePtr(e);
  let shortest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < LOOKED_AT; i++) {
    let bytes: u32;
    if (isPacked(e)) {
      const at = lpSeek(value, randomBelow(countOf(e)) << 1);
      bytes = packedBytes(value, at) + (values ? packedBytes(value, lpNext(value, at)) : 0);
    } else {
      const item = randomItem(value);
      bytes = bulkBytes(itemFieldLen(item)) + (values ? bulkBytes(itemValueLen(item)) : 0);
    }
    shortest = min(shortest, bytes);
  }
  return replyFits(count, shortest);
}

function packedBytes(lp: usize, at: u32): u32 {
  lpGetString(lp, at, SCRATCH);
  return bulkBytes(lpLen());
}

/** Writes the offsets of a listpack's fields to SCRATCH. */
function noteOffsets(lp: usize): void {
  let out = SCRATCH;
  for (let at = lpFirst(lp); at; at = lpNext(lp, lpNext(lp, at))) {
    store<u32>(out, at);
    out += 4;
  }
}
