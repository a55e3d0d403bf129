/**
 * A hash whatever its encoding: a listpack of fields and values in turns while it is small, a hash
 * table (hash_table.ts) once a field, a value or the number of fields passes the configured limits. It
 * never turns back. Fields are handed in as bytes; what was found stays found until the next call.
 */
import {
  EXPIRED_KEEP, EXPIRED_MODE, HASH_LISTPACK_ENTRIES, HASH_LISTPACK_VALUE, MISSING, OUT_OF_MEMORY, SCRATCH, WRONG_TYPE,
} from "../../base/layout";
import {
  entryEncoding, entryType, HASHTABLE, LISTPACK, newEntry, setAccess, setEncoding, setValuePtr, TYPE_HASH, valuePtr,
} from "../../keyspace/entry";
import { free } from "../../base/memory";
import { freshAccess, insert, lookup, remove } from "../../keyspace/keyspace";
import {
  lpAppend, lpDeleteRangeAt, lpEntryBytes, lpFind, lpFirst, lpFree, lpGet, lpGetString, lpI64, lpLen, lpLength, lpNew,
  lpNext, lpPtr, lpReplace, lpReserve, lpSafeToAdd,
} from "../../structures/listpack";
import { tableCount } from "../../structures/keytable";
import { argLen, argPtr } from "../../protocol/resp";
import { replyBulk, replyBulkI64 } from "../../protocol/reply";
import {
  fieldsAdd, fieldsDelete, fieldsFind, fieldsFreeStep, fieldsNew, fieldsSet, isSmall, itemIsDue, itemValue,
  itemValueLen, setSmall,
} from "./hash_table";

/** Why the last {@link hashAt} gave no entry: MISSING or WRONG_TYPE. */
export let status: i32 = 0;

/** The item, or the listpack's offsets, of the field that was found last. */
export let foundItem: usize = 0;
let foundAt: u32 = 0;
let foundValue: u32 = 0;

/** Bytes of the value that the last {@link readFound} read. */
export let textPtr: usize = 0;
export let textLen: u32 = 0;

@inline export function isPacked(e: usize): bool {
  return entryEncoding(e) == LISTPACK;
}

/** Whether a field past its time is to be taken for absent. */
@inline export function isHidden(item: usize): bool {
  return itemIsDue(item) && load<u32>(EXPIRED_MODE) != EXPIRED_KEEP;
}

/** The hash of an argument; 0 with the reason in {@link status}. */
export function hashAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) {
    status = MISSING;
    return 0;
  }
  if (entryType(e) != TYPE_HASH) {
    status = WRONG_TYPE;
    return 0;
  }
  return e;
}

/** Fields, those past their time included as long as nothing has taken them away. */
export function countOf(e: usize): u32 {
  const value = valuePtr(e);
  return isPacked(e) ? lpLength(value) >> 1 : tableCount(value);
}

// ---- reading --------------------------------------------------------------------------------------

/** Looks for a field. @returns whether it is there */
export function findField(e: usize, field: usize, len: u32): bool {
  return findKept(e, field, len) && (isPacked(e) || !isHidden(foundItem));
}

/** The same, with those past their time that nothing has taken away yet. */
export function findKept(e: usize, field: usize, len: u32): bool {
  const value = valuePtr(e);
  if (!isPacked(e)) {
    foundItem = fieldsFind(value, field, len);
    return foundItem != 0;
  }
  foundAt = lpFind(value, lpFirst(value), field, len, 1);
  if (!foundAt) return false;
  foundValue = lpNext(value, foundAt);
  return true;
}

/** Points textPtr and textLen at the value of the field just found; an integer is spelt in SCRATCH. */
export function readFound(e: usize): void {
  if (isPacked(e)) {
    lpGetString(valuePtr(e), foundValue, SCRATCH);
    textPtr = lpPtr();
    textLen = lpLen();
  } else {
    textPtr = itemValue(foundItem);
    textLen = itemValueLen(foundItem);
  }
}

/** Replies with an entry of a listpack. */
@inline export function replyPacked(lp: usize, at: u32): void {
  if (lpGet(lp, at)) replyBulkI64(lpI64());
  else replyBulk(lpPtr(), lpLen());
}

/** Replies with the value of the field just found. */
@inline export function replyFound(e: usize): void {
  if (isPacked(e)) replyPacked(valuePtr(e), foundValue);
  else replyBulk(itemValue(foundItem), itemValueLen(foundItem));
}

// ---- making and converting ------------------------------------------------------------------------

/** Whether a listpack may take the fields and values in arguments `first` to `end` - 1. */
function fitsArguments(lp: usize, first: u32, end: u32): bool {
  // As many fields as arguments, though some may be named twice.
  if ((end - first) >> 1 > load<u32>(HASH_LISTPACK_ENTRIES)) return false;
  const limit = load<u32>(HASH_LISTPACK_VALUE);
  let sum: u64 = 0;
  for (let i = first; i < end; i++) {
    const len = argLen(i);
    if (len > limit) return false;
    sum += len;
  }
  return sum < 1 << 30 && (!lp || lpSafeToAdd(lp, <u32> sum));
}

/** Makes a hash ready to take arguments. @returns false when memory is out */
export function prepare(e: usize, first: u32, end: u32): bool {
  if (isPacked(e)) return fitsArguments(valuePtr(e), first, end) || convert(e);
  if (isSmall(valuePtr(e)) && !fitsArguments(0, first, end)) setSmall(valuePtr(e), false);
  return true;
}

/**
 * A new hash without fields, which will take the arguments `first` to `end` - 1.
 *
 * @param hash of the key
 * @returns its entry, 0 when memory is out
 */
export function newHash(db: u32, hash: u64, karg: u32, first: u32, end: u32): usize {
  const packed = fitsArguments(0, first, end);
  const value = packed ? lpNew(0) : fieldsNew();
  if (!value) return 0;
  const e = newEntry(TYPE_HASH, packed ? LISTPACK : HASHTABLE, argPtr(karg), argLen(karg), false, false, 4);
  if (e) {
    setAccess(e, freshAccess());
    setValuePtr(e, value);
    if (insert(db, hash, e)) return e;
    free(e);
  }
  if (packed) lpFree(value);
  else fieldsFreeStep(value, 1, SCRATCH);
  return 0;
}

/** Turns a listpack into a hash table. @returns false when memory is out, and then nothing has changed */
export function convert(e: usize): bool {
  const lp = valuePtr(e);
  const fields = fieldsNew();
  if (!fields) return false;
  let at = lpFirst(lp);
  while (at) {
    lpGetString(lp, at, SCRATCH);
    const field = lpPtr();
    const len = lpLen();
    at = lpNext(lp, at);
    lpGetString(lp, at, SCRATCH + 32);
    if (!fieldsAdd(fields, field, len, lpPtr(), lpLen())) {
      while (!fieldsFreeStep(fields, 0x10000, SCRATCH)) continue;
      return false;
    }
    at = lpNext(lp, at);
  }
  lpFree(lp);
  setValuePtr(e, fields);
  setEncoding(e, HASHTABLE);
  return true;
}

// ---- writing --------------------------------------------------------------------------------------

/**
 * Sets a field; limits of length are the caller's business ({@link prepare}), the number of fields is
 * looked after here.
 *
 * @param keep whether a field that is there keeps its expiry
 * @returns 1 when it was added, 0 when there was one, OUT_OF_MEMORY with nothing changed
 */
export function setField(
  e: usize, field: usize, len: u32, value: usize, valueLen: u32, keep: bool,
): i32 {
  if (!isPacked(e)) {
    const fields = valuePtr(e);
    const made = fieldsSet(fields, field, len, value, valueLen, keep);
    if (isSmall(fields) && tableCount(fields) > load<u32>(HASH_LISTPACK_ENTRIES)) setSmall(fields, false);
    return made;
  }
  const added = findField(e, field, len) ? replaceFound(e, value, valueLen) : append(e, field, len, value, valueLen);
  // Without memory for the table it stays a listpack, a little too long, until the next write.
  if (lpLength(valuePtr(e)) >> 1 > load<u32>(HASH_LISTPACK_ENTRIES)) convert(e);
  return added;
}

function replaceFound(e: usize, value: usize, len: u32): i32 {
  const made = lpReplace(valuePtr(e), foundValue, value, len);
  if (!made) return OUT_OF_MEMORY;
  setValuePtr(e, made);
  return 0;
}

function append(e: usize, field: usize, len: u32, value: usize, valueLen: u32): i32 {
  // Room for both at once: a block of this size moves for nearly every entry.
  const lp = lpReserve(valuePtr(e), lpEntryBytes(field, len) + lpEntryBytes(value, valueLen));
  if (!lp) return OUT_OF_MEMORY;
  setValuePtr(e, lpAppend(lpAppend(lp, field, len), value, valueLen));
  return 1;
}

/** Deletes the field just found. */
export function deleteFound(e: usize): void {
  if (isPacked(e)) setValuePtr(e, lpDeleteRangeAt(valuePtr(e), foundAt, 2));
  else fieldsDelete(valuePtr(e), foundItem);
}

/** Deletes the key of a hash without fields. @returns whether it had none */
export function removeEmpty(db: u32, e: usize): bool {
  if (countOf(e)) return false;
  remove(db, e);
  return true;
}
