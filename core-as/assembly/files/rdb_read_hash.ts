/** Hashes from RDB bytes: fields and values, a listpack, a ziplist or a zipmap (rdb_read.ts). */
import { HASH_LISTPACK_ENTRIES, HASH_LISTPACK_VALUE, OUT_OF_MEMORY } from "../base/layout";
import { HASHTABLE, LISTPACK, valuePtr } from "../keyspace/entry";
import { lpDup, lpFirst, lpGet, lpGetString, lpI64, lpLen, lpNew, lpNext, lpPtr, lpSafeToAdd } from "../structures/listpack";
import { listpackCount, ziplistCount } from "./rdb_count";
import {
  zlLen, zlNext, zlPtr, zlStart, zmField, zmFieldLen, zmNext, zmStart, zmValue, zmValueLen,
} from "./rdb_legacy";
import { firstExpiryOf, give, leftOf, looksTwice, readerEntry } from "./rdb_reader";
import { fail, RDB_BAD, RDB_EMPTY, takeLength, takenLen, takenPtr, takeString, takeU64, trouble } from "./rdb_source";
import { checkUnique } from "./rdb_unique";
import {
  RDB_HASH_EXPIRING, RDB_HASH_LISTPACK, RDB_HASH_LISTPACK_EXPIRING, RDB_HASH_TIMED, RDB_HASH_ZIPMAP,
} from "./rdb_types";
import { fieldsExpire, fieldsFind, fieldsNew, setSmall } from "../types/hash/hash_table";
import { convert, isPacked, setField } from "../types/hash/hash_value";

/** Latest expiry of a field: 46 bits, as the real server has it. */
const EXPIRY_MAX_MS: u64 = (1 << 46) - 1;

const TEXT = memory.data(24);
const VALUE_TEXT = memory.data(24);

export function readHashElement(r: usize, type: u32): void {
  const expiry = type == RDB_HASH_EXPIRING ? takeLength() : 0;
  if (!takeString()) return;
  const field = takenPtr;
  const len = takenLen;
  if (!takeString()) return;
  const value = takenPtr;
  const valueLen = takenLen;
  const ms: i64 = type == RDB_HASH_TIMED ? <i64> takeU64() : -1;
  if (trouble) return;
  if (type >= RDB_HASH_TIMED ? !beginTable(r, <u32> leftOf(r)) : !begin(r, <u32> leftOf(r))) return;
  addField(r, field, len, value, valueLen);
  if (ms >= 0 && !trouble) expireField(r, field, len, ms);
  if (expiry && !trouble) expireField(r, field, len, <u64> firstExpiryOf(r) + expiry - 1);
}

/** Gives a hash that is to have so many fields its value, if it has none yet. @returns false when memory is out */
function begin(r: usize, count: u32): bool {
  if (valuePtr(readerEntry(r))) return true;
  return count <= load<u32>(HASH_LISTPACK_ENTRIES) ? give(r, LISTPACK, lpNew(0)) : give(r, HASHTABLE, fieldsNew());
}

/** The same for one whose fields expire. */
function beginTable(r: usize, count: u32): bool {
  if (valuePtr(readerEntry(r))) return true;
  if (!give(r, HASHTABLE, fieldsNew())) return false;
  setSmall(valuePtr(readerEntry(r)), count <= load<u32>(HASH_LISTPACK_ENTRIES));
  return true;
}

function addField(r: usize, field: usize, len: u32, value: usize, valueLen: u32): void {
  const e = readerEntry(r);
  if (isPacked(e)) {
    const limit = load<u32>(HASH_LISTPACK_VALUE);
    const fits = len <= limit && valueLen <= limit && lpSafeToAdd(valuePtr(e), len + valueLen);
    if (!fits && !convert(e)) return fail(OUT_OF_MEMORY);
  } else if (max(len, valueLen) > load<u32>(HASH_LISTPACK_VALUE)) setSmall(valuePtr(e), false);
  const added = setField(e, field, len, value, valueLen, false);
  if (added != 1) fail(added ? OUT_OF_MEMORY : RDB_BAD);
}

/** Sets the expiry of a field of a table. */
function expireField(r: usize, field: usize, len: u32, ms: u64): void {
  if (!ms || ms > EXPIRY_MAX_MS) return fail(RDB_BAD);
  const e = readerEntry(r);
  const fields = valuePtr(e);
  if (!fieldsExpire(fields, e, fieldsFind(fields, field, len), ms)) fail(OUT_OF_MEMORY);
}

// ---- in one string --------------------------------------------------------------------------------

export function readHashBlob(r: usize, type: u32, ptr: usize, len: u32): void {
  if (type == RDB_HASH_ZIPMAP) readZipmap(r, ptr, len);
  else if (type == RDB_HASH_LISTPACK) readListpack(r, ptr, len);
  else if (type == RDB_HASH_LISTPACK_EXPIRING) readExpiring(r, ptr, len);
  else readZiplist(r, ptr, len);
}

function readZipmap(r: usize, ptr: usize, len: u32): void {
  zmStart(ptr, len);
  let next = zmNext();
  if (!next) return fail(RDB_EMPTY);
  // How many pairs there are its first byte does not say for certain: the hash grows as it must.
  for (; next > 0 && !trouble; next = zmNext()) {
    if (begin(r, 0)) addField(r, zmField, zmFieldLen, zmValue, zmValueLen);
  }
  if (next < 0) fail(RDB_BAD);
}

function readZiplist(r: usize, ptr: usize, len: u32): void {
  const count = ziplistCount(ptr, len, 2);
  if (!count) return;
  zlStart(ptr);
  while (!trouble && zlNext()) {
    const field = zlPtr;
    const fieldLen = zlLen;
    zlNext();
    if (begin(r, count)) addField(r, field, fieldLen, zlPtr, zlLen);
  }
}

function readListpack(r: usize, ptr: usize, len: u32): void {
  const count = listpackCount(ptr, len, 2);
  if (!count) return;
  const crowded = count > load<u32>(HASH_LISTPACK_ENTRIES);
  if (crowded || looksTwice(r)) checkUnique(ptr, 1);
  if (trouble || !give(r, LISTPACK, lpDup(ptr))) return;
  if (crowded && !convert(readerEntry(r))) fail(OUT_OF_MEMORY);
}

/** A listpack of field, value and expiry, 0 for none. */
function readExpiring(r: usize, ptr: usize, len: u32): void {
  const count = listpackCount(ptr, len, 3);
  if (!count) return;
  if (!beginTable(r, count)) return fail(RDB_BAD);
  for (let at = lpFirst(ptr); at && !trouble; ) {
    lpGetString(ptr, at, TEXT);
    const field = lpPtr();
    const fieldLen = lpLen();
    at = lpNext(ptr, at);
    lpGetString(ptr, at, VALUE_TEXT);
    addField(r, field, fieldLen, lpPtr(), lpLen());
    at = lpNext(ptr, at);
    if (!lpGet(ptr, at)) return fail(RDB_BAD);
    const ms = lpI64();
    if (ms && !trouble) expireField(r, field, fieldLen, ms);
    at = lpNext(ptr, at);
  }
}
