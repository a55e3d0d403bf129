/** Sets: the results of set_algebra.ts in a key, and the union of many sets. */
import {
  OUT_OF_MEMORY, SET_INTSET_ENTRIES, SET_LISTPACK_ENTRIES, SET_SOURCE_COUNT, SET_SOURCES_MISSING,
} from "../../base/layout";
import { entryEncoding, freeEntry, HASHTABLE, LISTPACK, valuePtr } from "../../keyspace/entry";
import { destination, insert, lastHash, remove, replace } from "../../keyspace/keyspace";
import { TABLE_BYTES } from "../../structures/keytable";
import { lpNew } from "../../structures/listpack";
import { allocate, free } from "../../base/memory";
import { replyI64, replySet } from "../../protocol/reply";
import { argLen, argPtr } from "../../protocol/resp";
import { tableCopy, tableReserve } from "../../structures/tablewalk";
import {
  freeList, intersect, list, listCount, orderSources, source, sourceEnd, subtract, unionOfFew,
} from "./set_algebra";
import {
  BATCH, NEEDS_HASH, NEEDS_INTEGER, readBatch, readHandles, readStart, record, recordHash, recordIsInteger, recordLen,
  recordMember, SOURCE_BYTES, sourceCount, sourceEncoding, sourceValue, touchTable,
} from "./set_batch";
import { replyAll } from "./set_reply";
import { addMember, addToTable, dropSet, encodingFor, lengthAt, newSet, newValue, tableAdd } from "./set_value";

// What a STORE did to its key: 0 when nothing was there and nothing is.
export const SET_STORED: i32 = 1;
export const SET_STORED_NEW: i32 = 2;
export const SET_STORED_NOTHING: i32 = 3;

/** Puts a result (0: the empty one) where an argument says and replies. @returns SET_STORED*, 0 or OUT_OF_MEMORY */
function putResult(db: u32, karg: u32, e: usize): i32 {
  const old = destination(db, argPtr(karg), argLen(karg), !e);
  if (!e) {
    if (old) remove(db, old);
    replyI64(0);
    return old ? SET_STORED_NOTHING : 0;
  }
  if (!(old ? replace(db, lastHash, old, e) : insert(db, lastHash, e))) {
    dropSet(e);
    return OUT_OF_MEMORY;
  }
  if (old) freeEntry(old);
  replyI64(lengthAt(e));
  return old ? SET_STORED : SET_STORED_NEW;
}

// ---- intersection and difference ------------------------------------------------------------------

let allIntegers: bool = true;
let longest: u32 = 0;

/** Looks at members for what decides the encoding. */
function judgeRecords(count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    allIntegers = allIntegers && recordIsInteger(record(i));
    longest = max(longest, recordLen(record(i)));
  }
}

/** The encoding of the members noted: of the listed ones, or of all that the first source has. */
function judge(first: usize, whole: bool): u32 {
  const count = whole ? sourceCount(first) : listCount;
  if (count > max(load<u32>(SET_INTSET_ENTRIES), load<u32>(SET_LISTPACK_ENTRIES))) return HASHTABLE;
  allIntegers = true;
  longest = 0;
  if (whole) {
    readStart(first, NEEDS_INTEGER);
    for (let n = readBatch(); n; n = readBatch()) judgeRecords(n);
  } else {
    for (let at: u32 = 0; at < count; at += BATCH) {
      const n = min(BATCH, count - at);
      readHandles(sourceEncoding(first), sourceValue(first), list + (at << 2), n, NEEDS_INTEGER);
      judgeRecords(n);
    }
  }
  return encodingFor(count, allIntegers, longest);
}

/** A set of the members noted. @returns its entry, 0 when memory is out */
function listedSet(karg: u32, encoding: u32): usize {
  const first = source(0);
  const value = encoding == LISTPACK ? lpNew(listCount * 8) : newValue(encoding);
  const e = newSet(argPtr(karg), argLen(karg), encoding, value);
  if (!e) return 0;
  if (encoding == HASHTABLE) tableReserve(value, listCount);
  for (let at: u32 = 0; at < listCount; at += BATCH) {
    const n = min(BATCH, listCount - at);
    readHandles(sourceEncoding(first), sourceValue(first), list + (at << 2), n, encoding == HASHTABLE ? NEEDS_HASH : 0);
    if (addRecords(e, n, true)) continue;
    dropSet(e);
    return 0;
  }
  return e;
}

/** Adds the records' members, to a table by their hashes; `fresh` ones are not looked for. @returns false when memory is out */
function addRecords(e: usize, count: u32, fresh: bool): bool {
  const intoTable = entryEncoding(e) == HASHTABLE;
  if (intoTable) touchTable(valuePtr(e), count);
  for (let i: u32 = 0; i < count; i++) {
    const r = record(i);
    const member = recordMember(r);
    const len = recordLen(r);
    if (!intoTable) {
      if (addMember(e, member, len) < 0) return false;
    } else if (fresh) {
      if (!tableAdd(valuePtr(e), recordHash(r), member, len)) return false;
    } else if (addToTable(valuePtr(e), recordHash(r), member, len) < 0) return false;
  }
  return true;
}

function putListed(db: u32, karg: u32, whole: bool): i32 {
  if (!listCount) {
    freeList();
    return putResult(db, karg, 0);
  }
  const e = listedSet(karg, judge(source(0), whole));
  freeList();
  return e ? putResult(db, karg, e) : OUT_OF_MEMORY;
}

/** SINTERSTORE: replies. @returns SET_STORED*, 0 or OUT_OF_MEMORY (no reply) */
export function setStoreIntersection(db: u32, karg: u32): i32 {
  return intersect(0, true) ? putListed(db, karg, false) : OUT_OF_MEMORY;
}

/** SDIFFSTORE: replies. @returns SET_STORED*, 0 or OUT_OF_MEMORY (no reply) */
export function setStoreDifference(db: u32, karg: u32): i32 {
  return subtract() ? putListed(db, karg, copiesFirst()) : OUT_OF_MEMORY;
}

/**
 * Whether Redis would put all of the first set into the result and then take away what others have: the
 * encoding that this needs is the one that remains.
 */
function copiesFirst(): bool {
  let members: u64 = 0;
  let sets: u64 = 0;
  for (let s = source(0); s < sourceEnd(); s += SOURCE_BYTES) {
    if (!sourceValue(s)) continue;
    sets++;
    members += sourceCount(s);
  }
  return sets * sourceCount(source(0)) / 2 > members;
}

// ---- union ----------------------------------------------------------------------------------------

/** Sets up to which SUNION looks for each member in all sets before its own. */
const FEW: u32 = 4;

/** SUNION: replies. @returns 0 or OUT_OF_MEMORY (no reply) */
export function setUnion(): i32 {
  if (load<u32>(SET_SOURCE_COUNT) - load<u32>(SET_SOURCES_MISSING) <= FEW) return unionOfFew();
  const e = unite(0, 0);
  if (!e) return OUT_OF_MEMORY;
  replySet(lengthAt(e));
  replyAll(entryEncoding(e), valuePtr(e));
  dropSet(e);
  return 0;
}

/** SUNIONSTORE: replies. @returns SET_STORED*, 0 or OUT_OF_MEMORY (no reply) */
export function setStoreUnion(db: u32, karg: u32): i32 {
  if (load<u32>(SET_SOURCE_COUNT) == load<u32>(SET_SOURCES_MISSING)) return putResult(db, karg, 0);
  const e = unite(argPtr(karg), argLen(karg));
  return e ? putResult(db, karg, e) : OUT_OF_MEMORY;
}

/** The union as a set with this key. @returns its entry, 0 when memory is out */
function unite(key: usize, keyLen: u32): usize {
  const end = sourceEnd();
  let s = source(0);
  let largest: u32 = 0;
  for (; s < end; s += SOURCE_BYTES) largest = max(largest, sourceCount(s));
  s = source(0);
  let e: usize;
  if (largest > max(load<u32>(SET_INTSET_ENTRIES), load<u32>(SET_LISTPACK_ENTRIES))) {
    orderSources(true);
    e = newSet(key, keyLen, HASHTABLE, tableOf(s));
    s += SOURCE_BYTES;
  } else {
    const encoding = encodingFor(0, true, 0);
    e = newSet(key, keyLen, encoding, newValue(encoding));
  }
  for (; e && s < end; s += SOURCE_BYTES) {
    if (!sourceValue(s)) continue;
    readStart(s, NEEDS_HASH);
    for (let count = readBatch(); count; count = readBatch()) {
      if (addRecords(e, count, false)) continue;
      dropSet(e);
      return 0;
    }
  }
  return e;
}

/** A table with all members of a source. @returns 0 when memory is out */
function tableOf(s: usize): usize {
  if (sourceEncoding(s) == HASHTABLE) {
    const t = allocate(TABLE_BYTES);
    if (!t || tableCopy(t, sourceValue(s))) return t;
    free(t);
    return 0;
  }
  const e = newSet(0, 0, HASHTABLE, newValue(HASHTABLE));
  if (!e) return 0;
  const t = valuePtr(e);
  tableReserve(t, sourceCount(s));
  readStart(s, NEEDS_HASH);
  for (let count = readBatch(); count; count = readBatch()) {
    if (addRecords(e, count, true)) continue;
    dropSet(e);
    return 0;
  }
  free(e);
  return t;
}
