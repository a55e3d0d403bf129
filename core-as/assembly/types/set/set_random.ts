/** Sets: SPOP and SRANDMEMBER, whose members chance names. */
import {
  countChanges, EFFECTS_ON, LOOK_SINK, MISSING, OUT_FAILED, OUT_MUTED, OUT_OF_MEMORY, SCRATCH, SCRATCH_BYTES, SET_LISTPACK_ENTRIES,
  SET_LISTPACK_VALUE,
} from "../../base/layout";
import { entryEncoding, HASHTABLE, INTSET, LISTPACK, setEncoding, setValuePtr, TYPE_SET, valuePtr } from "../../keyspace/entry";
import { effectArgument, effectBegin, effectPut, effectsReserveFor, effectWord } from "../../keyspace/effects";
import { randomBelow } from "../../hashing/hash";
import { intsetLength, intsetRemoveAt } from "../../structures/intset";
import { keyBytes, remove } from "../../keyspace/keyspace";
import { itemHash, tableRandom, tableRemove } from "../../structures/keytable";
import { lpAppend, lpDelete, lpFirst, lpFree, lpHere, lpLength, lpNew, lpNext, lpSeek, lpBytes } from "../../structures/listpack";
import { free, allocate } from "../../base/memory";
import { objectFree } from "../../keyspace/object";
import {
  bulkBytes, replyArray, replyFits, replyNull, replySet, replyLost, replyReserve, RESERVED_BYTES,
} from "../../protocol/reply";
import { tableReserve, walkNext, walkStart, WALK_BYTES } from "../../structures/tablewalk";
import { replyAll, replyItem, replyMember } from "./set_reply";
import {
  clearMark, freeValue, itemLen, itemMarked, itemMember, lengthAt, memberLen, memberPtr, newValue, readMember, setAt, setMark,
  setStatus, tableAdd,
} from "./set_value";

/** Flag of a status: the key was removed, as its set has no member left. */
export const SET_POPPED_ALL: i32 = 1;
/** Most handles that are noted in SCRATCH. */
const NOTED: u32 = SCRATCH_BYTES >> 2;
/** More than so many times what stays must be popped for what stays to become a set of its own. */
const POPPED_SHARE: u32 = 5;
/** From so many on, and when they are half of all, it is those that stay that move. */
const MOVED_MIN: u32 = 1024;
/** From so many members on it is asked whether the reply fits, by the shortest of a few. */
const MANY: f64 = 65536;
const LOOKED_AT: u32 = 16;

const WALK = memory.data(WALK_BYTES);

/** The handle of a member, each as likely; the set is not empty. */
function randomHandle(encoding: u32, value: usize): u32 {
  if (encoding == HASHTABLE) return <u32> tableRandom(value);
  if (encoding == INTSET) return randomBelow(intsetLength(value));
  return lpSeek(value, randomBelow(lpLength(value)));
}

/** Removes the member of a handle. */
function removeHandle(e: usize, handle: u32): void {
  const encoding = entryEncoding(e);
  const value = valuePtr(e);
  if (encoding == HASHTABLE) {
    tableRemove(value, itemHash(value, handle), handle);
    free(handle);
  } else if (encoding == INTSET) setValuePtr(e, intsetRemoveAt(value, handle, 1));
  else setValuePtr(e, lpDelete(value, handle));
}

/** Whether the next one of `left` is among the `wanted` still to be chosen (Knuth, TAOCP 2, 3.4.2 S). */
@inline function isChosen(left: u32, wanted: u32): bool {
  return randomBelow(left) < wanted;
}

// ---- what is popped -------------------------------------------------------------------------------

const SREM: u64 = 0x4d455253;

/** Begins to propagate the removal of `count` members from the set in argument 1. */
function beginPops(db: u32, count: u32): void {
  if (!load<u32>(EFFECTS_ON) || !count) return;
  effectBegin(db, 2 + count);
  effectWord(SREM);
  effectArgument(1);
}

/** Propagates that the member of a handle is removed. */
function effectPopped(encoding: u32, value: usize, handle: u32): void {
  if (!load<u32>(EFFECTS_ON)) return;
  readMember(encoding, value, handle);
  effectPut(memberPtr, memberLen);
}

// ---- SPOP -----------------------------------------------------------------------------------------

/** SPOP of one member: replies with it, or with null. @returns 0, SET_POPPED_ALL, MISSING or WRONG_TYPE (no reply) */
export function setPop(db: u32, karg: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyNull();
    return setStatus;
  }
  const handle = randomHandle(entryEncoding(e), valuePtr(e));
  replyMember(entryEncoding(e), valuePtr(e), handle);
  if (replyLost()) return OUT_OF_MEMORY;
  beginPops(db, 1);
  effectPopped(entryEncoding(e), valuePtr(e), handle);
  if (lengthAt(e) == 1) {
    remove(db, e);
    return SET_POPPED_ALL;
  }
  removeHandle(e, handle);
  return 0;
}

/** SPOP with a count: replies; RESULT_I64 is how many. @returns as {@link setPop}, or OUT_OF_MEMORY with nothing changed */
export function setPopMany(db: u32, karg: u32, count: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replySet(0);
    return setStatus;
  }
  const size = lengthAt(e);
  countChanges(min(count, size));
  if (count >= size) {
    replySet(size);
    replyAll(entryEncoding(e), valuePtr(e));
    if (replyLost()) return OUT_OF_MEMORY;
    remove(db, e);
    return SET_POPPED_ALL;
  }
  if (load<u32>(EFFECTS_ON)) {
    if (!effectsReserveFor(1, count, keyBytes(e, 5) + 20.0 * count)) return OUT_OF_MEMORY;
  }
  if (entryEncoding(e) != HASHTABLE) {
    const bytes: u64 = entryEncoding(e) == LISTPACK ? lpBytes(valuePtr(e)) : 0;
    if (!replyReserve(bytes + (<u64> count + 1) * RESERVED_BYTES)) return OUT_OF_MEMORY;
    beginPops(db, count);
    replySet(count);
    popChosen(e, size, count);
    return 0;
  }
  if ((size - count) <= count / POPPED_SHARE) {
    const kept = keepFew(db, e, size, size - count);
    if (kept) return kept > 0 ? 0 : kept;
  }
  if (count >= MOVED_MIN && size - count <= count) {
    const kept = keepMany(db, e, size, size - count);
    if (kept) return kept > 0 ? 0 : kept;
  }
  return popDrawn(db, e, count) ? 0 : OUT_OF_MEMORY;
}

/** Pops so many of a table, drawn one by one, once they are told of. @returns false when memory is out: nothing has changed */
function popDrawn(db: u32, e: usize, count: u32): bool {
  const t = valuePtr(e);
  const items = count <= NOTED ? SCRATCH : allocate(count << 2);
  if (!items) return false;
  const end = items + (<usize> count << 2);
  for (let at = items; at < end;) {
    const item = tableRandom(t);
    if (itemMarked(item)) continue;
    setMark(item);
    store<u32>(at, <u32> item);
    at += 4;
  }
  replySet(count);
  for (let at = items; at < end; at += 4) replyItem(load<u32>(at));
  const lost = replyLost();
  if (!lost) beginPops(db, count);
  for (let at = items; at < end; at += 4) {
    const item = load<u32>(at);
    clearMark(item);
    if (lost) continue;
    effectPopped(HASHTABLE, 0, item);
    removeHandle(e, item);
  }
  if (items != SCRATCH) free(items);
  return !lost;
}

/** Pops from a listpack or an intset in one pass. */
function popChosen(e: usize, left: u32, wanted: u32): void {
  const encoding = entryEncoding(e);
  let handle = encoding == LISTPACK ? lpFirst(valuePtr(e)) : 0;
  while (wanted) {
    if (isChosen(left--, wanted)) {
      wanted--;
      replyMember(encoding, valuePtr(e), handle);
      effectPopped(encoding, valuePtr(e), handle);
      removeHandle(e, handle);
      if (encoding == LISTPACK) handle = lpHere(valuePtr(e), handle);
    } else handle = encoding == LISTPACK ? lpNext(valuePtr(e), handle) : handle + 1;
  }
}

/**
 * Pops all of a table but `wanted` members, which become a listpack, as in Redis.
 *
 * @returns 1; 0 when a listpack cannot hold them, or OUT_OF_MEMORY: then nothing has changed
 */
function keepFew(db: u32, e: usize, size: u32, wanted: u32): i32 {
  if (wanted > load<u32>(SET_LISTPACK_ENTRIES)) return 0;
  const t = valuePtr(e);
  const count = size - wanted;
  let lp = lpNew(0);
  let fits = true;
  walkStart(WALK, t);
  for (let left = size; wanted && lp && fits;) {
    const item = walkNext(WALK);
    if (!isChosen(left--, wanted)) continue;
    wanted--;
    fits = itemLen(item) <= load<u32>(SET_LISTPACK_VALUE);
    const grown = fits ? lpAppend(lp, itemMember(item), itemLen(item)) : lp;
    if (!grown) lpFree(lp);
    else setMark(item);
    lp = grown;
  }
  if (!lp || !fits) {
    lpFree(lp);
    clearMarks(t);
    return lp ? 0 : OUT_OF_MEMORY;
  }
  replySet(count);
  tellUnmarked(t, false);
  if (replyLost()) {
    lpFree(lp);
    clearMarks(t);
    return OUT_OF_MEMORY;
  }
  effectUnmarked(db, t, count);
  setValuePtr(e, lp);
  setEncoding(e, LISTPACK);
  objectFree(TYPE_SET, HASHTABLE, t);
  return 1;
}

function clearMarks(t: usize): void {
  walkStart(WALK, t);
  for (let item = walkNext(WALK); item; item = walkNext(WALK)) clearMark(item);
}

/**
 * Pops all of a table but `wanted` members, which move to a table of their own: what is left goes whole,
 * in the turns to come.
 *
 * @returns 1; 0 when there is no memory for that, OUT_OF_MEMORY when there is none for the reply: then nothing has changed
 */
function keepMany(db: u32, e: usize, size: u32, wanted: u32): i32 {
  const t = valuePtr(e);
  const kept = newValue(HASHTABLE);
  if (!kept) return 0;
  const count = size - wanted;
  tableReserve(kept, wanted);
  let done = true;
  walkStart(WALK, t);
  for (let left = size; wanted && done;) {
    const item = walkNext(WALK);
    if (!isChosen(left--, wanted)) continue;
    wanted--;
    setMark(item);
    done = tableAdd(kept, itemHash(t, item), itemMember(item), itemLen(item));
  }
  if (!done) {
    clearMarks(t);
    freeValue(HASHTABLE, kept);
    return 0;
  }
  replySet(count);
  tellUnmarked(t, false);
  if (replyLost()) {
    clearMarks(t);
    freeValue(HASHTABLE, kept);
    return OUT_OF_MEMORY;
  }
  effectUnmarked(db, t, count);
  setValuePtr(e, kept);
  objectFree(TYPE_SET, HASHTABLE, t);
  return 1;
}

/** Items that are asked for together, so that their cache misses overlap. */
const BATCH: u32 = 32;
const ITEMS = memory.data(128);

/** Replies with the members of a table that bear no mark, or with `propagates` propagates that they are removed. */
function tellUnmarked(t: usize, propagates: bool): void {
  walkStart(WALK, t);
  let count: u32;
  do {
    count = 0;
    let sum: u32 = 0;
    while (count < BATCH) {
      const item = walkNext(WALK);
      if (!item) break;
      store<u32>(ITEMS + (count++ << 2), <u32> item);
    }
    for (let i: u32 = 0; i < count; i++) sum += load<u32>(load<u32>(ITEMS + (i << 2)));
    store<u32>(LOOK_SINK, sum);
    for (let i: u32 = 0; i < count; i++) {
      const item: usize = load<u32>(ITEMS + (i << 2));
      if (itemMarked(item)) continue;
      if (propagates) effectPut(itemMember(item), itemLen(item));
      else replyItem(item);
    }
  } while (count == BATCH);
}

/** Propagates that the members are removed that bear no mark, of which there are so many. */
function effectUnmarked(db: u32, t: usize, count: u32): void {
  if (!load<u32>(EFFECTS_ON)) return;
  beginPops(db, count);
  tellUnmarked(t, true);
}

// ---- SRANDMEMBER ----------------------------------------------------------------------------------

/** SRANDMEMBER of one member: replies with it, or with null. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setRandom(db: u32, karg: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyNull();
    return setStatus;
  }
  const value = valuePtr(e);
  replyMember(entryEncoding(e), value, randomHandle(entryEncoding(e), value));
  return 0;
}

/** SRANDMEMBER of so many different members: replies. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setRandomDistinct(db: u32, karg: u32, count: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyArray(0);
    return setStatus;
  }
  const encoding = entryEncoding(e);
  const value = valuePtr(e);
  const size = lengthAt(e);
  count = min(count, size);
  replyArray(count);
  if (count == size) replyAll(encoding, value);
  else if (encoding != HASHTABLE) choosePacked(encoding, value, size, count);
  else if (count < size / 3 && count <= NOTED) drawMarked(value, count);
  else chooseItems(value, size, count);
  return 0;
}

function choosePacked(encoding: u32, value: usize, left: u32, wanted: u32): void {
  let handle = encoding == LISTPACK ? lpFirst(value) : 0;
  while (wanted) {
    if (isChosen(left--, wanted)) {
      wanted--;
      replyMember(encoding, value, handle);
    }
    handle = encoding == LISTPACK ? lpNext(value, handle) : handle + 1;
  }
}

function chooseItems(t: usize, left: u32, wanted: u32): void {
  walkStart(WALK, t);
  while (wanted) {
    const item = walkNext(WALK);
    if (!isChosen(left--, wanted)) continue;
    wanted--;
    replyItem(item);
  }
}

/** Draws items and marks them, so that none is drawn twice; for few out of many. */
function drawMarked(t: usize, count: u32): void {
  const end = SCRATCH + (count << 2);
  for (let at = SCRATCH; at < end;) {
    const item = tableRandom(t);
    if (itemMarked(item)) continue;
    setMark(item);
    store<u32>(at, <u32> item);
    at += 4;
  }
  for (let at = SCRATCH; at < end; at += 4) {
    const item: usize = load<u32>(at);
    clearMark(item);
    replyItem(item);
  }
}

/**
 * SRANDMEMBER with a negative count: replies with `count` members, the same one as often as chance has it.
 *
 * @returns 0, MISSING, WRONG_TYPE or, when memory has no room for so many, OUT_OF_MEMORY (no reply)
 */
export function setRandomRepeated(db: u32, karg: u32, count: f64): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyArray(0);
    return setStatus;
  }
  const encoding = entryEncoding(e);
  const value = valuePtr(e);
  if (count >= MANY && !fits(encoding, value, count)) return OUT_OF_MEMORY;
  replyArray(<u32> count);
  const size = lengthAt(e);
  const noted = encoding == LISTPACK && count > 4 && size <= NOTED;
  if (noted) noteOffsets(value);
  // A reply that outgrows memory has failed, one that is dropped is wanted by nobody.
  for (let left = <u32> count; left && !(load<u32>(OUT_FAILED) | load<u32>(OUT_MUTED)); left--) {
    replyMember(encoding, value, noted ? load<u32>(SCRATCH + (randomBelow(size) << 2)) : randomHandle(encoding, value));
  }
  return 0;
}

/** Whether so many members can fit into a reply, those drawn being no shorter than the shortest of a few. */
function fits(encoding: u32, value: usize, count: f64): bool {
  let shortest: u32 = u32.MAX_VALUE;
  for (let i: u32 = 0; i < LOOKED_AT; i++) {
    readMember(encoding, value, randomHandle(encoding, value));
    shortest = min(shortest, memberLen);
  }
  return replyFits(count, bulkBytes(shortest));
}

/** Writes the offsets of a listpack's entries to SCRATCH. */
function noteOffsets(lp: usize): void {
  let out = SCRATCH;
  for (let at = lpFirst(lp); at; at = lpNext(lp, at)) {
    store<u32>(out, at);
    out += 4;
  }
}
