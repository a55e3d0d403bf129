/** Sets: the commands that name their members, and those that return them all. */
import { MISSING, OUT_OF_MEMORY, LOOK_SINK } from "../../base/layout";
import { entryEncoding, HASHTABLE, valuePtr } from "../../keyspace/entry";
import { hashBytes } from "../../hashing/hash";
import { insert, lastHash, remove } from "../../keyspace/keyspace";
import { tableCount, tableProbe } from "../../structures/keytable";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyI64, replySet } from "../../protocol/reply";
import {
  addMember, addToTable, dropSet, firstEncoding, hasMember, lengthAt, newSet, newValue, prepare, removeMember, setAt,
  setStatus,
} from "./set_value";
import { replyAll } from "./set_reply";

/** Flag of a status: the key was removed, as its set has no member left. */
export const SET_GONE: i32 = 1 << 30;

/** Members whose buckets are asked for together. */
const BATCH: u32 = 16;
const HASHES = memory.data(128);
/** Below this a table lies in the caches anyway. */
const LARGE: u32 = 4096;

/** Hashes arguments and touches where their members would be, so that the cache misses overlap. */
function touchArguments(t: usize, first: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u64>(HASHES + (i << 3), hashBytes(argPtr(first + i), argLen(first + i)));
  let sum: u32 = 0;
  // Two passes: an item's address is known only once its bucket has come.
  for (let i: u32 = 0; i < count; i++) sum += <u32> tableProbe(t, load<u64>(HASHES + (i << 3)));
  for (let i: u32 = 0; i < count; i++) {
    const item = tableProbe(t, load<u64>(HASHES + (i << 3)));
    if (item) sum += load<u32>(item);
  }
  store<u32>(LOOK_SINK, sum);
}

// ---- SADD and SREM --------------------------------------------------------------------------------

/** How many members the last {@link setAdd} added, also where memory went out. */
let addedCount: u32 = 0;
export function setAddedCount(): u32 {
  return addedCount;
}
let madeKey: bool = false;
/** Whether it made the key. */
export function setMadeKey(): bool {
  return madeKey;
}

/** SADD of the arguments from `first` on. @returns how many were new, or an error */
export function setAdd(db: u32, karg: u32, first: u32, end: u32): i32 {
  addedCount = 0;
  let e = setAt(db, karg);
  madeKey = false;
  if (e) {
    if (!prepare(e, end - first)) return OUT_OF_MEMORY;
  } else {
    if (setStatus != MISSING) return setStatus;
    const encoding = firstEncoding(argPtr(first), argLen(first), end - first);
    e = newSet(argPtr(karg), argLen(karg), encoding, newValue(encoding));
    if (!e) return OUT_OF_MEMORY;
    madeKey = true;
  }
  const hash = lastHash;
  const added = addArguments(e, first, end);
  if (madeKey) {
    if (!addedCount || !insert(db, hash, e)) {
      dropSet(e);
      addedCount = 0;
      return OUT_OF_MEMORY;
    }
  }
  if (added < 0) return added;
  replyI64(added);
  return added;
}

function addArguments(e: usize, first: u32, end: u32): i32 {
  for (let i = first; i < end;) {
    if (end - i > 1 && entryEncoding(e) == HASHTABLE && tableCount(valuePtr(e)) >= LARGE) {
      const count = min(end - i, BATCH);
      touchArguments(valuePtr(e), i, count);
      for (let n: u32 = 0; n < count; n++, i++) {
        const added = addToTable(valuePtr(e), load<u64>(HASHES + (n << 3)), argPtr(i), argLen(i));
        if (added < 0) return added;
        addedCount += added;
      }
      continue;
    }
    const added = addMember(e, argPtr(i), argLen(i));
    if (added < 0) return added;
    addedCount += added;
    i++;
  }
  return addedCount;
}

/** SREM of the arguments from `first` on. @returns how many were there, with SET_GONE; MISSING or WRONG_TYPE */
export function setRemove(db: u32, karg: u32, first: u32, end: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyI64(0);
    return setStatus;
  }
  let removed: i32 = 0;
  let gone: i32 = 0;
  for (let i = first; i < end; i++) {
    if (!removeMember(e, argPtr(i), argLen(i))) continue;
    removed++;
    if (lengthAt(e)) continue;
    remove(db, e);
    gone = SET_GONE;
    break;
  }
  replyI64(removed);
  return removed | gone;
}

// ---- SMOVE ----------------------------------------------------------------------------------------

// What SMOVE did, beside the reply: bits of its status.
export const SET_MOVED: i32 = 1;
export const SET_MOVED_LAST: i32 = 2;
export const SET_MOVED_NEW: i32 = 4;
export const SET_MOVED_NEW_KEY: i32 = 8;

/** SMOVE: replies. @returns bits SET_MOVED*, 0 when nothing changed, or an error */
export function setMove(db: u32, from: u32, to: u32, marg: u32): i32 {
  const source = setAt(db, from);
  if (!source && setStatus == MISSING) {
    replyI64(0);
    return 0;
  }
  const status = setStatus;
  let target = setAt(db, to);
  const hash = lastHash;
  if (!source) return status;
  if (!target && setStatus != MISSING) return setStatus;
  const member = argPtr(marg);
  const len = argLen(marg);
  if (source == target || !hasMember(entryEncoding(source), valuePtr(source), member, len)) {
    replyI64(source == target && hasMember(entryEncoding(source), valuePtr(source), member, len) ? 1 : 0);
    return 0;
  }
  // Added before it is removed: only that can fail.
  let done = SET_MOVED;
  if (target) {
    const added = addMember(target, member, len);
    if (added < 0) return added;
    if (added) done |= SET_MOVED_NEW;
  } else {
    const encoding = firstEncoding(member, len, 1);
    target = newSet(argPtr(to), argLen(to), encoding, newValue(encoding));
    if (!target) return OUT_OF_MEMORY;
    if (addMember(target, member, len) < 0 || !insert(db, hash, target)) {
      dropSet(target);
      return OUT_OF_MEMORY;
    }
    done |= SET_MOVED_NEW | SET_MOVED_NEW_KEY;
  }
  removeMember(source, member, len);
  if (!lengthAt(source)) {
    remove(db, source);
    done |= SET_MOVED_LAST;
  }
  replyI64(1);
  return done;
}

// ---- reads ----------------------------------------------------------------------------------------

/** SISMEMBER: replies. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setHas(db: u32, karg: u32, marg: u32): i32 {
  const e = setAt(db, karg);
  if (!e) {
    if (setStatus == MISSING) replyI64(0);
    return setStatus;
  }
  replyI64(hasMember(entryEncoding(e), valuePtr(e), argPtr(marg), argLen(marg)) ? 1 : 0);
  return 0;
}

/** SMISMEMBER of the arguments from `first` on: replies. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setHasMany(db: u32, karg: u32, first: u32, end: u32): i32 {
  const e = setAt(db, karg);
  if (!e && setStatus != MISSING) return setStatus;
  replyArray(end - first);
  for (let i = first; i < end; i++) {
    if (e && !((i - first) % BATCH) && entryEncoding(e) == HASHTABLE && tableCount(valuePtr(e)) >= LARGE) {
      touchArguments(valuePtr(e), i, min(end - i, BATCH));
    }
    replyI64(e && hasMember(entryEncoding(e), valuePtr(e), argPtr(i), argLen(i)) ? 1 : 0);
  }
  return e ? 0 : MISSING;
}

/** SCARD: replies. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setCount(db: u32, karg: u32): i32 {
  const e = setAt(db, karg);
  if (!e && setStatus != MISSING) return setStatus;
  replyI64(e ? lengthAt(e) : 0);
  return e ? 0 : MISSING;
}

/** SMEMBERS: replies. @returns 0, MISSING or WRONG_TYPE (no reply) */
export function setMembers(db: u32, karg: u32): i32 {
  const e = setAt(db, karg);
  if (!e && setStatus != MISSING) return setStatus;
  replySet(e ? lengthAt(e) : 0);
  if (!e) return MISSING;
  replyAll(entryEncoding(e), valuePtr(e));
  return 0;
}
