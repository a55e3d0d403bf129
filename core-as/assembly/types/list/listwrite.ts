/**
 * The list commands that write. Of each that removes, the statuses say whether the key went with its
 * last element: EMPTIED. Where it may remove several, RESULT_I64 is how many it has.
 */
import {
  ARGC, countChanges, LIST_NODE_BYTES, LIST_NODE_ENTRIES, MISSING, NOT_AN_INTEGER, OUT_OF_MEMORY, SCRATCH, WRONG_TYPE,
} from "../../base/layout";
import { LISTPACK, newEntry, QUICKLIST, setAccess, setValuePtr, TYPE_LIST, valuePtr } from "../../keyspace/entry";
import { freshAccess, insert, lastHash, remove } from "../../keyspace/keyspace";
import {
  LP_AFTER, LP_BEFORE, LP_ENTRY_OVERHEAD, lpAppend, lpDelete, lpDeleteRange, lpEntryBytes, lpFirst, lpFree, lpHere, lpInsert, lpLast,
  lpNew, lpPrepend, lpPrev, lpReplace, lpReserve, lpShrink,
} from "../../structures/listpack";
import { allocate, free } from "../../base/memory";
import { objectFree } from "../../keyspace/object";
import { parseI64, parsedI64 } from "../../text/number";
import {
  cursorEntry, cursorEqual, cursorLen, cursorPtr, cursorRead, cursorReply, cursorSet, cursorStep, qlCompresses,
  qlDelete, qlDeleteRange, qlDrop, qlInsert, qlNew, qlOpen, qlOpenCursor, qlOpenEnd, qlPush, qlReplace, qlTighten,
} from "../../structures/quicklist";
import { argLen, argPtr } from "../../protocol/resp";
import {
  replyArgument, replyArray, replyBulk, replyI64, replyNull, replyNullArray, replyLost, replyReserve,
  RESERVED_BYTES,
} from "../../protocol/reply";
import {
  fitRange, isQuick, lengthOf, listAt, listGrow, listShrink, listStatus, rangeCount, rangeStart, readRange, replyRange,
  seekEnd, seekSigned,
} from "./listvalue";

/** The command removed the last element, and the key with it. */
export const LIST_EMPTIED: i32 = 1;
/** There was nothing to do: no element was asked for, or found. */
export const LIST_UNCHANGED: i32 = 2;

/** Header and terminator of a listpack. */
const LP_EMPTY: u32 = 7;
/** Elements that SCRATCH can keep, below what compression borrows of it (quickcompress.ts). */
const COPY_BYTES: u32 = 0x10000;

// ---- push -----------------------------------------------------------------------------------------

/** LPUSH and RPUSH: the arguments from `first` on. Replies with the length. @returns 1 when it added the key, 0 */
export function listPush(db: u32, karg: u32, first: u32, left: bool): i32 {
  const e = listAt(db, karg);
  if (!e) return listStatus == WRONG_TYPE ? WRONG_TYPE : pushNew(db, lastHash, karg, first, left);
  if (!pushArguments(e, first, left)) return OUT_OF_MEMORY;
  replyI64(lengthOf(e));
  return 0;
}

/** LPUSHX and RPUSHX: as {@link listPush}, but MISSING, replied as 0, when the key is absent. */
export function listPushExisting(db: u32, karg: u32, first: u32, left: bool): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyI64(0);
    return listStatus;
  }
  if (!pushArguments(e, first, left)) return OUT_OF_MEMORY;
  replyI64(lengthOf(e));
  return 0;
}

/** Bytes of the arguments from `first` on. */
function argumentBytes(first: u32): u64 {
  let bytes: u64 = 0;
  for (let i = first, end = load<u32>(ARGC); i < end; i++) bytes += argLen(i);
  return bytes;
}

/** Pushes arguments to a list: all of them, or none when memory is out. */
export function pushArguments(e: usize, first: u32, left: bool): bool {
  const end = load<u32>(ARGC);
  const bytes = argumentBytes(first);
  if (!listGrow(e, bytes, end - first)) return false;
  if (first + 1 == end) return pushOne(e, left, argPtr(first), argLen(first));
  if (!isQuick(e)) {
    // Reserved at once, so that none of them can fail; within the limit, so the sum is small.
    const lp = lpReserve(valuePtr(e), <u32> bytes + (end - first) * LP_ENTRY_OVERHEAD);
    if (!lp) return false;
    setValuePtr(e, lp);
  }
  for (let i = first; i < end; i++) {
    if (pushOne(e, left, argPtr(i), argLen(i))) continue;
    while (i-- > first) qlDrop(valuePtr(e), left);
    listShrink(e);
    return false;
  }
  if (!isQuick(e)) setValuePtr(e, lpShrink(valuePtr(e)));
  return true;
}

function pushOne(e: usize, left: bool, ptr: usize, len: u32): bool {
  const value = valuePtr(e);
  if (isQuick(e)) return qlPush(value, left, ptr, len);
  const lp = left ? lpPrepend(value, ptr, len) : lpAppend(value, ptr, len);
  if (!lp) return false;
  setValuePtr(e, lp);
  return true;
}

/** A list that does not exist yet, of the arguments from `first` on. */
function pushNew(db: u32, hash: u64, karg: u32, first: u32, left: bool): i32 {
  const count = load<u32>(ARGC) - first;
  const bytes = argumentBytes(first);
  const entry = count == 1 ? lpEntryBytes(argPtr(first), argLen(first)) : 0;
  const e = newList(db, hash, karg, bytes, count, entry);
  if (!e) return OUT_OF_MEMORY;
  if (pushArguments(e, first, left)) {
    replyI64(count);
    return 1;
  }
  remove(db, e);
  return OUT_OF_MEMORY;
}

/**
 * An empty list in the key space, about to get `count` elements of `bytes` together.
 *
 * @param firstEntry bytes of the entry that a listpack is given room for
 * @returns 0 when memory is out
 */
export function newList(db: u32, hash: u64, karg: u32, bytes: u64, count: u32, firstEntry: u32): usize {
  const small = bytes + LP_EMPTY <= load<u32>(LIST_NODE_BYTES) && count <= load<u32>(LIST_NODE_ENTRIES);
  const value = small ? lpNew(LP_EMPTY + firstEntry) : qlNew();
  if (!value) return 0;
  const encoding = small ? LISTPACK : QUICKLIST;
  const e = newEntry(TYPE_LIST, encoding, argPtr(karg), argLen(karg), false, false, 4);
  if (e) {
    setAccess(e, freshAccess());
    setValuePtr(e, value);
    if (insert(db, hash, e)) return e;
    free(e);
  }
  objectFree(TYPE_LIST, encoding, value);
  return 0;
}

// ---- pop ------------------------------------------------------------------------------------------

/** Makes sure that the element at an end can be removed. @returns false when memory is out */
@inline function openEnd(e: usize, left: bool): bool {
  return !isQuick(e) || qlOpenEnd(valuePtr(e), left);
}

/** Removes the element at an end. */
function drop(e: usize, left: bool): void {
  const value = valuePtr(e);
  if (isQuick(e)) qlDrop(value, left);
  else setValuePtr(e, lpDelete(value, left ? lpFirst(value) : lpLast(value)));
}

/** After a removal: removes the key of a list that is empty now, or sees to its encoding. @returns LIST_EMPTIED or 0 */
export function settle(db: u32, e: usize): i32 {
  if (!lengthOf(e)) {
    remove(db, e);
    return LIST_EMPTIED;
  }
  listShrink(e);
  return 0;
}

/** LPOP and RPOP without a count: replies with the element or null. @returns 0, LIST_EMPTIED, MISSING or WRONG_TYPE */
export function listPop(db: u32, karg: u32, left: bool): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyNull();
    return listStatus;
  }
  return popOf(db, e, left, 0);
}

/** BLPOP and BRPOP of one key: replies with it and the element, or with nothing at all. @returns as {@link listPop} */
export function listPopNamed(db: u32, karg: u32, left: bool): i32 {
  const e = listAt(db, karg);
  return e ? popOf(db, e, left, karg) : listStatus;
}

function popOf(db: u32, e: usize, left: bool, karg: u32): i32 {
  if (!openEnd(e, left)) return OUT_OF_MEMORY;
  if (karg) {
    replyArray(2);
    replyArgument(karg);
  }
  seekEnd(e, left);
  cursorReply();
  if (replyLost()) return OUT_OF_MEMORY;
  drop(e, left);
  return settle(db, e);
}

/** Compresses again what the removal of a range at the ends, or of elements anywhere, has left open. */
export function tighten(e: usize, whole: bool): void {
  if (isQuick(e)) qlTighten(valuePtr(e), whole);
}

/** Makes sure that a range of elements can be removed. @returns false when memory is out */
export function openRange(e: usize, index: u32, count: u32): bool {
  if (!isQuick(e) || !count) return true;
  return qlOpen(valuePtr(e), index) && qlOpen(valuePtr(e), index + count - 1);
}

/** Removes `count` elements from an index on, for which {@link openRange} was asked. */
export function removeRange(e: usize, index: u32, count: u32): void {
  if (!count) return;
  if (isQuick(e)) qlDeleteRange(valuePtr(e), index, count);
  else setValuePtr(e, lpDeleteRange(valuePtr(e), index, count));
}

/**
 * LPOP and RPOP with a count: replies with an array of up to `wanted` elements, null without a key.
 *
 * @param withKey LMPOP: the array stands behind the key in another one; an absent key gets no reply
 * @returns 0, LIST_EMPTIED, LIST_UNCHANGED, MISSING or WRONG_TYPE
 */
export function listPopMany(db: u32, karg: u32, wanted: f64, left: bool, withKey: bool): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING && !withKey) replyNullArray();
    return listStatus;
  }
  const length = lengthOf(e);
  const count = wanted < <f64> length ? <u32> wanted : length;
  const first = left ? 0 : length - count;
  if (count < length && !openRange(e, first, count)) return OUT_OF_MEMORY;
  if (withKey) {
    replyArray(2);
    replyBulk(argPtr(karg), argLen(karg));
  }
  replyArray(count);
  if (!count) return LIST_UNCHANGED;
  countChanges(count);
  seekEnd(e, left);
  replyRange(count, !left);
  if (replyLost()) return OUT_OF_MEMORY;
  removeRange(e, first, count);
  tighten(e, false);
  return settle(db, e);
}

// ---- trim, remove ---------------------------------------------------------------------------------

/** LTRIM: keeps the elements between two indices. @returns 0, LIST_EMPTIED, MISSING, WRONG_TYPE or NOT_AN_INTEGER */
export function listTrim(db: u32, karg: u32, sarg: u32): i32 {
  if (!readRange(sarg)) return NOT_AN_INTEGER;
  const e = listAt(db, karg);
  if (!e) return listStatus;
  const length = lengthOf(e);
  fitRange(length);
  countChanges(length - rangeCount);
  if (!rangeCount) {
    remove(db, e);
    return LIST_EMPTIED;
  }
  const end = rangeStart + rangeCount;
  if (!openRange(e, end, length - end) || !openRange(e, 0, rangeStart)) return OUT_OF_MEMORY;
  removeRange(e, end, length - end);
  removeRange(e, 0, rangeStart);
  tighten(e, false);
  return settle(db, e);
}

/** Removes the cursor's element. @returns whether the cursor stands at one, in the direction walked */
function removeHere(e: usize, back: bool): bool {
  if (isQuick(e)) return qlDelete(valuePtr(e), back);
  const at = cursorEntry();
  const lp = lpDelete(valuePtr(e), at);
  setValuePtr(e, lp);
  const next = back ? lpPrev(lp, at) : lpHere(lp, at);
  cursorSet(lp, next);
  return next != 0;
}

/** Opens the nodes of up to `left` elements that are these bytes. @returns false when memory is out */
function openEqual(e: usize, back: bool, left: u64, ptr: usize, len: u32): bool {
  if (!isQuick(e) || !qlCompresses(valuePtr(e))) return true;
  seekEnd(e, !back);
  while (left) {
    if (cursorEqual(ptr, len)) {
      if (!qlOpenCursor()) return false;
      left--;
    }
    if (!cursorStep(back)) break;
  }
  return true;
}

/**
 * LREM: removes up to as many elements as the count says, from the tail when it is negative, all when
 * it is 0; replies with their number.
 *
 * @returns 0, LIST_EMPTIED, LIST_UNCHANGED, MISSING, WRONG_TYPE, NOT_AN_INTEGER or OUT_OF_MEMORY
 */
export function listRemove(db: u32, karg: u32, carg: u32, varg: u32): i32 {
  if (!parseI64(argPtr(carg), argLen(carg))) return NOT_AN_INTEGER;
  const wanted = parsedI64();
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyI64(0);
    return listStatus;
  }
  const back = wanted < 0;
  let left = wanted == 0 ? <u64> u32.MAX_VALUE : <u64> (back ? 0 - wanted : wanted);
  let removed: u32 = 0;
  const ptr = argPtr(varg);
  const len = argLen(varg);
  const open = openEqual(e, back, left, ptr, len);
  seekEnd(e, !back);
  for (let isThere = open; isThere && left;) {
    if (cursorEqual(ptr, len)) {
      removed++;
      left--;
      isThere = removeHere(e, back);
    } else isThere = cursorStep(back);
  }
  tighten(e, true);
  if (!open) return OUT_OF_MEMORY;
  replyI64(removed);
  countChanges(removed);
  return removed ? settle(db, e) : LIST_UNCHANGED;
}

// ---- set, insert ----------------------------------------------------------------------------------

/** LSET. @returns 0, MISSING, WRONG_TYPE, NOT_AN_INTEGER, OUT_OF_MEMORY; LIST_UNCHANGED when the index is outside */
export function listSet(db: u32, karg: u32, iarg: u32, varg: u32): i32 {
  const e = listAt(db, karg);
  if (!e) return listStatus;
  if (!parseI64(argPtr(iarg), argLen(iarg))) return NOT_AN_INTEGER;
  const index = parsedI64();
  const ptr = argPtr(varg);
  const len = argLen(varg);
  if (!listGrow(e, len, 1)) return OUT_OF_MEMORY;
  if (!seekSigned(e, index)) return LIST_UNCHANGED;
  if (isQuick(e)) {
    if (!qlReplace(valuePtr(e), ptr, len)) return OUT_OF_MEMORY;
  } else {
    const lp = lpReplace(valuePtr(e), cursorEntry(), ptr, len);
    if (!lp) return OUT_OF_MEMORY;
    setValuePtr(e, lp);
  }
  listShrink(e);
  return 0;
}

/**
 * LINSERT: puts argument `varg` before or after the first element that is argument `parg`; replies with
 * the length, -1 without such an element, 0 without a key.
 *
 * @returns 0, LIST_UNCHANGED, MISSING, WRONG_TYPE or OUT_OF_MEMORY
 */
export function listInsert(db: u32, karg: u32, after: bool, parg: u32, varg: u32): i32 {
  const e = listAt(db, karg);
  if (!e) {
    if (listStatus == MISSING) replyI64(0);
    return listStatus;
  }
  const ptr = argPtr(varg);
  const len = argLen(varg);
  // Before it is known whether the pivot is there, as Redis does it.
  if (!listGrow(e, len, 1)) return OUT_OF_MEMORY;
  seekEnd(e, true);
  while (!cursorEqual(argPtr(parg), argLen(parg))) {
    if (cursorStep(false)) continue;
    replyI64(-1);
    return LIST_UNCHANGED;
  }
  if (isQuick(e)) {
    if (!qlInsert(valuePtr(e), after, ptr, len)) return OUT_OF_MEMORY;
  } else {
    const lp = lpInsert(valuePtr(e), cursorEntry(), after ? LP_AFTER : LP_BEFORE, ptr, len);
    if (!lp) return OUT_OF_MEMORY;
    setValuePtr(e, lp);
  }
  replyI64(lengthOf(e));
  return 0;
}

// ---- move -----------------------------------------------------------------------------------------

/** The element under way, which the source gives up last. */
let movedPtr: usize = 0;
let movedLen: u32 = 0;

/** LMOVE added the destination's key; a bit beside LIST_EMPTIED's. */
export const LIST_ADDED: i32 = 2;

/**
 * LMOVE: takes an element from an end of one list, adds it to an end of another and replies with it, or
 * with null without a source.
 *
 * @returns bits LIST_EMPTIED (the source) and LIST_ADDED (the destination), MISSING, WRONG_TYPE or
 * OUT_OF_MEMORY
 */
export function listMove(db: u32, sarg: u32, darg: u32, fromLeft: bool, toLeft: bool): i32 {
  const source = listAt(db, sarg);
  if (!source) {
    if (listStatus == MISSING) replyNull();
    return listStatus;
  }
  let target = listAt(db, darg);
  if (!target && listStatus == WRONG_TYPE) return WRONG_TYPE;
  const hash = lastHash;
  if (!openEnd(source, fromLeft)) return OUT_OF_MEMORY;
  seekEnd(source, fromLeft);
  cursorRead(SCRATCH);
  movedPtr = cursorPtr;
  movedLen = cursorLen;
  if (!replyReserve(<u64> movedLen + RESERVED_BYTES)) return OUT_OF_MEMORY;
  if (source == target) return rotate(source, fromLeft, toLeft) ? 0 : OUT_OF_MEMORY;
  const added = !target;
  if (added) target = newMoved(db, hash, darg);
  else if (!listGrow(target, movedLen, 1) || !pushOne(target, toLeft, movedPtr, movedLen)) target = 0;
  if (!target) return OUT_OF_MEMORY;
  replyBulk(movedPtr, movedLen);
  drop(source, fromLeft);
  return settle(db, source) | (added ? LIST_ADDED : 0);
}

/** A new list of the element under way; 0 when memory is out. */
function newMoved(db: u32, hash: u64, karg: u32): usize {
  const e = newList(db, hash, karg, movedLen, 1, lpEntryBytes(movedPtr, movedLen));
  if (!e) return 0;
  if (pushOne(e, true, movedPtr, movedLen)) return e;
  remove(db, e);
  return 0;
}

/**
 * Moves an element within a list. A copy is pushed before the element goes, so that nothing is lost when
 * memory runs out; the list is as large as before, so its encoding stays.
 */
function rotate(e: usize, fromLeft: bool, toLeft: bool): bool {
  const copy: usize = movedLen <= COPY_BYTES ? SCRATCH : allocate(movedLen);
  if (!copy) return false;
  memory.copy(copy, movedPtr, movedLen);
  const done = fromLeft == toLeft || pushOne(e, toLeft, copy, movedLen);
  if (done) {
    if (fromLeft != toLeft) drop(e, fromLeft);
    replyBulk(copy, movedLen);
  }
  if (copy != SCRATCH) free(copy);
  return done;
}
