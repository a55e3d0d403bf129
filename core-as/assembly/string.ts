/**
 * Strings: what the string commands do to an entry. Arguments are named by their index in the command
 * under way; replies are written here, so that a command costs one call from the host.
 *
 * A value is kept as a 64-bit integer when it reads as one, inside the entry up to INLINE_MAX bytes,
 * else in a block {u32 length, bytes} whose spare capacity lets APPEND grow in place: twice the need up
 * to 1 MiB, then 1 MiB more, as SDS strings do.
 */
import {
  EXISTS, LFU, MISSING, NOT_AN_INTEGER, NOW_MS, OUT_OF_MEMORY, OVERFLOW, RESULT_I64, RESULT_LEN, RESULT_PTR,
  SCRATCH, TOO_LONG, WRONG_TYPE, IN_MAX_BULK,
} from "./layout";
import { allocate, blockBytes, free, reallocate, roundedBytes } from "./memory";
import {
  EMBSTR, EMBSTR_MAX, entryAccess, entryEncoding, entryExpiryMs, entryKey, entryKeyLen, entryType, entryValue,
  freeEntry, freeValue, hasExpiry, INLINE_MAX, INT, isInline, newEntry, RAW, setAccess, setEncoding,
  setExpiryMs, TYPE_STRING, valueRoom,
} from "./entry";
import {
  clearExpiry, freshAccess, insert, isPast, lastHash, lookup, remove, replace, setExpiry, touch,
} from "./keyspace";
import { i64Length, parseI64, parsedI64, writeI64 } from "./number";
import { argLen, argPtr } from "./resp";
import { replyBulk, replyBulkI64, replyI64, replyNull } from "./reply";

// What SET may ask for beside the value.
export const SET_NX: u32 = 1;
export const SET_XX: u32 = 2;
export const SET_KEEP_TTL: u32 = 4;
/** RESULT_I64 holds the expiry in ms since the epoch. */
export const SET_EXPIRY: u32 = 8;
/** Replies with the value that was there. */
export const SET_GET: u32 = 16;

// How an expiry argument is meant.
export const EXPIRY_SECONDS: u32 = 0;
export const EXPIRY_MS: u32 = 1;
export const EXPIRY_RELATIVE: u32 = 2;
/** 0 and less are wrong (SET, GETEX), not times gone by (EXPIRE). */
export const EXPIRY_POSITIVE: u32 = 4;

/** Longest decimal that is tried as an integer. */
const INT_TEXT_MAX: u32 = 20;
const GROW_MAX: u32 = 1 << 20;

// ---- values ---------------------------------------------------------------------------------------

/** Bytes of the string that the last {@link readString} looked at. */
export let textPtr: usize = 0;
export let textLen: u32 = 0;

/** Sets textPtr and textLen to an entry's bytes; an integer's digits are written to SCRATCH. */
export function readString(e: usize): void {
  const value = entryValue(e);
  if (isInline(e)) {
    textPtr = value + 4;
    textLen = load<u32>(value);
  } else if (entryEncoding(e) == INT) {
    textPtr = SCRATCH;
    textLen = writeI64(SCRATCH, load<i64>(value));
  } else {
    const block: usize = load<u32>(value);
    textPtr = block + 4;
    textLen = load<u32>(block);
  }
}

@inline function replyString(e: usize): void {
  if (!isInline(e) && entryEncoding(e) == INT) replyBulkI64(load<i64>(entryValue(e)));
  else {
    readString(e);
    replyBulk(textPtr, textLen);
  }
}

/** A block {length, bytes} with a copy of `len` bytes. @returns 0 when memory is out */
function newBlock(ptr: usize, len: u32, capacity: u32): usize {
  const block = allocate(capacity + 4);
  if (!block) return 0;
  store<u32>(block, len);
  memory.copy(block + 4, ptr, len);
  return block;
}

/** A new entry for a string, encoded as it deserves. @returns 0 when memory is out */
function newString(key: usize, keyLen: u32, ptr: usize, len: u32, expiry: bool): usize {
  let e: usize;
  if (len <= INT_TEXT_MAX && parseI64(ptr, len)) {
    e = newEntry(TYPE_STRING, INT, key, keyLen, expiry, false, 8);
    if (!e) return 0;
    store<i64>(entryValue(e), parsedI64());
  } else if (len <= INLINE_MAX) {
    e = newEntry(TYPE_STRING, len <= EMBSTR_MAX ? EMBSTR : RAW, key, keyLen, expiry, true, len + 4);
    if (!e) return 0;
    fillInline(e, ptr, len);
  } else {
    const block = newBlock(ptr, len, len);
    e = block ? newEntry(TYPE_STRING, RAW, key, keyLen, expiry, false, 4) : 0;
    if (!e) {
      free(block);
      return 0;
    }
    store<u32>(entryValue(e), <u32> block);
  }
  setAccess(e, freshAccess());
  return e;
}

@inline function fillInline(e: usize, ptr: usize, len: u32): void {
  const value = entryValue(e);
  store<u32>(value, len);
  memory.copy(value + 4, ptr, len);
}

/** Overwrites in place where the new value has the old one's shape and block. @returns whether it did */
@inline function overwrite(e: usize, ptr: usize, len: u32): bool {
  if (entryType(e) != TYPE_STRING) return false;
  const value = entryValue(e);
  const int = len <= INT_TEXT_MAX && parseI64(ptr, len);
  if (int) {
    if (isInline(e) || entryEncoding(e) != INT) return false;
    store<i64>(value, parsedI64());
    return true;
  }
  if (!isInline(e) || len > INLINE_MAX) return false;
  if (load<u32>(value) != len && blockBytes(e) != roundedBytes(<u32> (value - e) + 4 + len)) return false;
  setEncoding(e, len <= EMBSTR_MAX ? EMBSTR : RAW);
  fillInline(e, ptr, len);
  return true;
}

/** Gives `old` a new entry in its place and frees it. @returns whether there was memory for it */
function supersede(db: u32, hash: u64, old: usize, e: usize): bool {
  if (!e) return false;
  if (!replace(db, hash, old, e)) {
    freeEntry(e);
    return false;
  }
  freeEntry(old);
  return true;
}

/** Expiry that `flags` ask for a string to have that takes the place of `old` or of nothing (0). */
@inline function wantsExpiry(old: usize, flags: u32): bool {
  return (flags & SET_EXPIRY) != 0 || ((flags & SET_KEEP_TTL) != 0 && old != 0 && hasExpiry(old));
}
@inline function wantedExpiryMs(old: usize, flags: u32): i64 {
  return flags & SET_EXPIRY ? load<i64>(RESULT_I64) : entryExpiryMs(old);
}

/** An entry for a string that takes the place of `old` or of nothing (0). @returns 0 when memory is out */
function newInPlaceOf(
  old: usize, key: usize, keyLen: u32, ptr: usize, len: u32, flags: u32,
): usize {
  const expiry = wantsExpiry(old, flags);
  const e = newString(key, keyLen, ptr, len, expiry);
  if (!e) return 0;
  if (expiry) setExpiryMs(e, wantedExpiryMs(old, flags));
  // The key stays as popular as it was.
  if (old && load<u32>(LFU)) setAccess(e, entryAccess(old));
  return e;
}

/** Writes a string to a key: SET, whatever was there. `hash` is the key's, `old` its entry or 0. */
export function putString(
  db: u32, hash: u64, old: usize, key: usize, keyLen: u32, ptr: usize, len: u32, flags: u32,
): bool {
  if (old) {
    const expiry = wantsExpiry(old, flags);
    if (hasExpiry(old) == expiry && overwrite(old, ptr, len)) {
      if (expiry) setExpiryMs(old, wantedExpiryMs(old, flags));
      return true;
    }
  }
  const e = newInPlaceOf(old, key, keyLen, ptr, len, flags);
  if (!e) return false;
  if (old) return supersede(db, hash, old, e);
  if (insert(db, hash, e)) return true;
  freeEntry(e);
  return false;
}

// ---- commands -------------------------------------------------------------------------------------

/** The string entry of an argument, MISSING or WRONG_TYPE as 0 with the status in {@link status}. */
export let status: i32 = 0;
@inline function stringAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) {
    status = MISSING;
    return 0;
  }
  if (entryType(e) != TYPE_STRING) {
    status = WRONG_TYPE;
    return 0;
  }
  return e;
}

/** Replies with a key's string, or with null when it is absent. @returns 0, MISSING or WRONG_TYPE */
export function stringGet(db: u32, karg: u32): i32 {
  const e = stringAt(db, karg);
  if (e) {
    replyString(e);
    return 0;
  }
  if (status == MISSING) replyNull();
  return status;
}

/**
 * SET.
 *
 * @returns 1 when it added a key, 0 when it replaced one; when NX or XX forbade it EXISTS or MISSING;
 * WRONG_TYPE with SET_GET only
 */
export function stringSet(db: u32, karg: u32, varg: u32, flags: u32): i32 {
  const key = argPtr(karg);
  const keyLen = argLen(karg);
  const old = lookup(db, key, keyLen);
  if (flags & SET_GET) return exchange(db, old, lastHash, karg, varg, flags);
  if (old ? (flags & SET_NX) : (flags & SET_XX)) return old ? EXISTS : MISSING;
  const done = putString(db, lastHash, old, key, keyLen, argPtr(varg), argLen(varg), flags);
  return done ? (old ? 0 : 1) : OUT_OF_MEMORY;
}

/** SET with GET: the reply is written when nothing can fail any more, so the old value lives till then. */
function exchange(db: u32, old: usize, hash: u64, karg: u32, varg: u32, flags: u32): i32 {
  if (!old) {
    const forbidden = (flags & SET_XX) != 0;
    const done = forbidden ||
      putString(db, hash, 0, argPtr(karg), argLen(karg), argPtr(varg), argLen(varg), flags);
    if (!done) return OUT_OF_MEMORY;
    replyNull();
    return forbidden ? MISSING : 1;
  }
  if (entryType(old) != TYPE_STRING) return WRONG_TYPE;
  touch(old); // the second access, after the one of the reading
  if (flags & SET_NX) {
    replyString(old);
    return EXISTS;
  }
  const e = newInPlaceOf(old, argPtr(karg), argLen(karg), argPtr(varg), argLen(varg), flags);
  if (!e) return OUT_OF_MEMORY;
  if (!replace(db, hash, old, e)) {
    freeEntry(e);
    return OUT_OF_MEMORY;
  }
  replyString(old);
  freeEntry(old);
  return 0;
}

/** GETDEL: replies as GET. @returns 0, MISSING or WRONG_TYPE */
export function stringTake(db: u32, karg: u32): i32 {
  const e = stringAt(db, karg);
  if (!e) {
    if (status == MISSING) replyNull();
    return status;
  }
  replyString(e);
  remove(db, e);
  return 0;
}

// What GETEX did.
export const GETEX_READ: i32 = 0;
export const GETEX_SET: i32 = 1;
export const GETEX_DELETED: i32 = 2;
export const GETEX_PERSISTED: i32 = 3;

/**
 * GETEX: replies as GET.
 *
 * @param earg the expiry argument, 0 to take the expiry away
 * @param kind EXPIRY_* of it
 * @returns GETEX_*, MISSING, WRONG_TYPE, OUT_OF_MEMORY or what {@link expiryArgument} found wrong
 */
export function stringGetExpire(db: u32, karg: u32, earg: u32, kind: u32): i32 {
  let e = stringAt(db, karg);
  if (!e) {
    if (status == MISSING) replyNull();
    return status;
  }
  if (!earg) {
    const had = hasExpiry(e);
    if (had) e = clearExpiry(db, e);
    if (!e) return OUT_OF_MEMORY;
    replyString(e);
    return had ? GETEX_PERSISTED : GETEX_READ;
  }
  const wrong = expiryArgument(earg, kind);
  if (wrong) return wrong;
  const ms = load<i64>(RESULT_I64);
  if (isPast(ms)) {
    replyString(e);
    remove(db, e);
    return GETEX_DELETED;
  }
  e = setExpiry(db, e, ms);
  if (!e) return OUT_OF_MEMORY;
  replyString(e);
  return GETEX_SET;
}

/** Sets a key to bytes that are no argument, keeping its expiry (SET_KEEP_TTL) or not. */
export function stringPut(db: u32, karg: u32, ptr: u32, len: u32, flags: u32): i32 {
  const key = argPtr(karg);
  const keyLen = argLen(karg);
  const old = lookup(db, key, keyLen);
  const done = putString(db, lastHash, old, key, keyLen, ptr, len, flags);
  return done ? (old ? 0 : 1) : OUT_OF_MEMORY;
}

/** STRLEN. @returns the length, MISSING or WRONG_TYPE */
export function stringLength(db: u32, karg: u32): i32 {
  const e = stringAt(db, karg);
  if (!e) return status;
  if (!isInline(e) && entryEncoding(e) == INT) return i64Length(load<i64>(entryValue(e)));
  readString(e);
  return textLen;
}

/**
 * Adds `delta` to a key's integer, 0 where it is absent, and replies with the sum.
 *
 * @param darg argument with the delta, 0 for one
 * @param sign 1 or -1
 */
export function stringIncrement(db: u32, karg: u32, darg: u32, sign: i32): i32 {
  let delta: i64 = 1;
  if (darg) {
    if (!parseI64(argPtr(darg), argLen(darg))) return NOT_AN_INTEGER;
    delta = parsedI64();
    if (sign < 0 && delta == i64.MIN_VALUE) return TOO_LONG;
  }
  delta *= sign;
  const e = stringAt(db, karg);
  const hash = lastHash;
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  let value: i64 = 0;
  const inPlace = e && !isInline(e) && entryEncoding(e) == INT;
  if (inPlace) value = load<i64>(entryValue(e));
  else if (e) {
    readString(e);
    if (!parseI64(textPtr, textLen)) return NOT_AN_INTEGER;
    value = parsedI64();
  }
  if (delta > 0 ? value > i64.MAX_VALUE - delta : value < i64.MIN_VALUE - delta) return OVERFLOW;
  value += delta;
  if (inPlace) store<i64>(entryValue(e), value);
  else {
    const len = writeI64(SCRATCH, value);
    if (!putString(db, hash, e, argPtr(karg), argLen(karg), SCRATCH, len, SET_KEEP_TTL)) {
      return OUT_OF_MEMORY;
    }
  }
  replyI64(value);
  return e ? 0 : 1;
}

/** Makes an entry's string a block with room for `len` bytes. @returns the block, 0 when memory is out */
function ensureBlock(db: u32, e: usize, hash: u64, len: u32): usize {
  const capacity = len < GROW_MAX ? len << 1 : len + GROW_MAX;
  if (!isInline(e) && entryEncoding(e) != INT) {
    const block: usize = load<u32>(entryValue(e));
    setEncoding(e, RAW);
    if (blockBytes(block) - 4 >= len) return block;
    let grown = reallocate(block, capacity + 4, load<u32>(block) + 4);
    if (!grown) grown = reallocate(block, len + 4, load<u32>(block) + 4);
    if (grown) store<u32>(entryValue(e), <u32> grown);
    return grown;
  }
  readString(e);
  const block = newBlock(textPtr, textLen, capacity);
  if (!block) return 0;
  const made = newEntry(TYPE_STRING, RAW, entryKey(e), entryKeyLen(e), hasExpiry(e), false, 4);
  if (!made) {
    free(block);
    return 0;
  }
  setAccess(made, load<u32>(e) >> 8);
  if (hasExpiry(e)) setExpiryMs(made, entryExpiryMs(e));
  store<u32>(entryValue(made), <u32> block);
  return supersede(db, hash, e, made) ? block : 0;
}

@inline function tooLong(len: u64): bool {
  return len > <u64> load<u32>(IN_MAX_BULK);
}

/** APPEND: replies with the new length. @returns 1 when it added a key, 0, or an error */
export function stringAppend(db: u32, karg: u32, varg: u32): i32 {
  const e = stringAt(db, karg);
  const hash = lastHash;
  const len = argLen(varg);
  if (!e) {
    if (status == WRONG_TYPE) return WRONG_TYPE;
    const done = putString(db, hash, 0, argPtr(karg), argLen(karg), argPtr(varg), len, 0);
    if (!done) return OUT_OF_MEMORY;
    replyI64(len);
    return 1;
  }
  readString(e);
  const had = textLen;
  if (tooLong(<u64> had + len)) return TOO_LONG;
  const block = ensureBlock(db, e, hash, had + len);
  if (!block) return OUT_OF_MEMORY;
  memory.copy(block + 4 + had, argPtr(varg), len);
  store<u32>(block, had + len);
  replyI64(had + len);
  return 0;
}

/**
 * SETRANGE: replies with the length.
 *
 * @param offset in bytes, 0 or more
 * @returns 1 when it added a key, 0 when it changed one, MISSING when there was nothing to do
 */
export function stringSetRange(db: u32, karg: u32, offset: f64, varg: u32): i32 {
  const e = stringAt(db, karg);
  const hash = lastHash;
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  const len = argLen(varg);
  let had: u32 = 0;
  if (e) {
    readString(e);
    had = textLen;
  }
  if (!len) {
    replyI64(had);
    return MISSING;
  }
  if (offset + len > <f64> load<u32>(IN_MAX_BULK)) return TOO_LONG;
  const start = <u32> offset;
  const wanted = max(had, start + len);
  let block: usize;
  if (e) block = ensureBlock(db, e, hash, wanted);
  else block = newRaw(db, hash, karg, wanted);
  if (!block) return OUT_OF_MEMORY;
  if (start > had) memory.fill(block + 4 + had, 0, start - had);
  memory.copy(block + 4 + start, argPtr(varg), len);
  store<u32>(block, wanted);
  replyI64(wanted);
  return e ? 0 : 1;
}

/** A new key with an empty block of some capacity. @returns the block, 0 when memory is out */
function newRaw(db: u32, hash: u64, karg: u32, capacity: u32): usize {
  const block = newBlock(0, 0, capacity);
  if (!block) return 0;
  const e = newEntry(TYPE_STRING, RAW, argPtr(karg), argLen(karg), false, false, 4);
  if (e) {
    setAccess(e, freshAccess());
    store<u32>(entryValue(e), <u32> block);
    if (insert(db, hash, e)) return block;
    free(e);
  }
  free(block);
  return 0;
}

/** GETRANGE with bounds as Redis takes them: negative ones count from the end. Replies. */
export function stringGetRange(db: u32, karg: u32, sarg: u32, earg: u32): i32 {
  if (!parseI64(argPtr(sarg), argLen(sarg))) return NOT_AN_INTEGER;
  let start = parsedI64();
  if (!parseI64(argPtr(earg), argLen(earg))) return NOT_AN_INTEGER;
  let end = parsedI64();
  const e = stringAt(db, karg);
  if (!e) {
    if (status == MISSING) replyBulk(0, 0);
    return status;
  }
  readString(e);
  const len = <i64> textLen;
  if (start < 0 && end < 0 && start > end) {
    replyBulk(0, 0);
    return 0;
  }
  if (start < 0) start = max<i64>(start + len, 0);
  if (end < 0) end = max<i64>(end + len, 0);
  if (end >= len) end = len - 1;
  if (start > end || !len) replyBulk(0, 0);
  else replyBulk(textPtr + <u32> start, <u32> (end - start + 1));
  return 0;
}

/** Points RESULT at a key's string. @returns 0, MISSING or WRONG_TYPE */
export function stringRead(db: u32, karg: u32): i32 {
  const e = stringAt(db, karg);
  if (!e) return status;
  readString(e);
  store<u32>(RESULT_PTR, <u32> textPtr);
  store<u32>(RESULT_LEN, textLen);
  return 0;
}

// ---- expiry arguments -----------------------------------------------------------------------------

/**
 * Reads an expiry argument into RESULT_I64 as ms since the epoch.
 *
 * @param kind EXPIRY_*
 * @returns 0, NOT_AN_INTEGER, or OVERFLOW for "invalid expire time"
 */
export function expiryArgument(arg: u32, kind: u32): i32 {
  if (!parseI64(argPtr(arg), argLen(arg))) return NOT_AN_INTEGER;
  let ms = parsedI64();
  if ((kind & EXPIRY_POSITIVE) && ms <= 0) return OVERFLOW;
  if (!(kind & EXPIRY_MS)) {
    if (ms > i64.MAX_VALUE / 1000 || ms < i64.MIN_VALUE / 1000) return OVERFLOW;
    ms *= 1000;
  }
  if (kind & EXPIRY_RELATIVE) {
    const now = load<i64>(NOW_MS);
    if (ms > i64.MAX_VALUE - now) return OVERFLOW;
    ms += now;
  }
  store<i64>(RESULT_I64, ms);
  return 0;
}

/** Reads an integer argument into RESULT_I64. */
export function integerArgument(arg: u32): bool {
  if (!parseI64(argPtr(arg), argLen(arg))) return false;
  store<i64>(RESULT_I64, parsedI64());
  return true;
}
