/**
 * Strings: what the string commands do to an entry. Arguments are named by their index in the command
 * under way; replies are written here, so that a command costs one call from the host.
 */
import {
  EXISTS, IN_MAX_BULK, MISSING, NOT_A_FLOAT, NOT_AN_INTEGER, NOW_MS, OUT_OF_MEMORY, OVERFLOW, RESULT_F64, RESULT_I64, RESULT_LEN,
  RESULT_PTR, SCRATCH, TOO_LONG, WRONG_TYPE,
} from "../../base/layout";
import { entryEncoding, entryType, entryValue, freeEntry, hasExpiry, INT, isInline, TYPE_STRING } from "../../keyspace/entry";
import {
  clearExpiry, isPast, lastHash, lookup, remove, replace, setExpiry, touch,
} from "../../keyspace/keyspace";
import { parseDouble, parsedDouble } from "../../text/double";
import { addExtended, extendedFromI64, isFiniteExtended, parseExtended, writeExtended } from "../../text/extended";
import { i64Length, parseI64, parsedI64, writeI64 } from "../../text/number";
import { argLen, argPtr } from "../../protocol/resp";
import { replyBulk, replyI64, replyNull } from "../../protocol/reply";
import {
  ensureBlock, newInPlaceOf, newRaw, putString, readString, replyString, SET_GET, SET_KEEP_TTL, SET_NX, SET_TEXT,
  SET_XX, textLen, textPtr, reserveString,
} from "./stringvalue";

// How an expiry argument is meant.
export const EXPIRY_SECONDS: u32 = 0;
export const EXPIRY_MS: u32 = 1;
export const EXPIRY_RELATIVE: u32 = 2;
/** 0 and less are wrong (SET, GETEX), not times gone by (EXPIRE). */
export const EXPIRY_POSITIVE: u32 = 4;

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
  if (!reserveString(old)) return OUT_OF_MEMORY;
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

/** GETDEL: replies as GET. @returns 0, MISSING, WRONG_TYPE or OUT_OF_MEMORY, and then the string is still there */
export function stringTake(db: u32, karg: u32): i32 {
  const e = stringAt(db, karg);
  if (!e) {
    if (status == MISSING) replyNull();
    return status;
  }
  if (!reserveString(e)) return OUT_OF_MEMORY;
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
    if (!reserveString(e)) return OUT_OF_MEMORY;
    const had = hasExpiry(e);
    if (had) e = clearExpiry(db, e);
    if (!e) return OUT_OF_MEMORY;
    replyString(e);
    return had ? GETEX_PERSISTED : GETEX_READ;
  }
  const wrong = expiryArgument(earg, kind);
  if (wrong) return wrong;
  const ms = load<i64>(RESULT_I64);
  if (!reserveString(e)) return OUT_OF_MEMORY;
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

// Where INCRBYFLOAT works: its result's text, its two numbers, and what the arithmetic borrows.
const FLOAT_TEXT: usize = SCRATCH;
const FLOAT_SUM: usize = SCRATCH + 8192;
const FLOAT_DELTA: usize = SCRATCH + 8192 + 16;
const FLOAT_WORK: usize = SCRATCH + 16384;

/** INCRBYFLOAT: replies with the sum. @returns 1 when it added a key, 0, or an error; OVERFLOW: not finite */
export function stringIncrementFloat(db: u32, karg: u32, darg: u32): i32 {
  const e = stringAt(db, karg);
  const hash = lastHash;
  if (!e) {
    if (status == WRONG_TYPE) return WRONG_TYPE;
    extendedFromI64(FLOAT_SUM, 0);
  } else if (!isInline(e) && entryEncoding(e) == INT) {
    extendedFromI64(FLOAT_SUM, load<i64>(entryValue(e)));
  } else {
    readString(e);
    if (!parseExtended(textPtr, textLen, FLOAT_SUM, FLOAT_WORK)) return NOT_A_FLOAT;
  }
  if (!parseExtended(argPtr(darg), argLen(darg), FLOAT_DELTA, FLOAT_WORK)) return NOT_A_FLOAT;
  addExtended(FLOAT_SUM, FLOAT_SUM, FLOAT_DELTA);
  if (!isFiniteExtended(FLOAT_SUM)) return OVERFLOW;
  const len = writeExtended(FLOAT_TEXT, FLOAT_SUM, FLOAT_WORK);
  const flags = SET_KEEP_TTL | SET_TEXT;
  if (!putString(db, hash, e, argPtr(karg), argLen(karg), FLOAT_TEXT, len, flags)) return OUT_OF_MEMORY;
  replyBulk(FLOAT_TEXT, len);
  store<u32>(RESULT_PTR, <u32> FLOAT_TEXT);
  store<u32>(RESULT_LEN, len);
  return e ? 0 : 1;
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
  else block = newRaw(db, hash, argPtr(karg), argLen(karg), wanted);
  if (!block) return OUT_OF_MEMORY;
  if (start > had) memory.fill(block + 4 + had, 0, start - had);
  memory.copy(block + 4 + start, argPtr(varg), len);
  store<u32>(block, wanted);
  replyI64(wanted);
  return e ? 0 : 1;
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

/** Reads a floating-point argument into RESULT_F64. */
export function doubleArgument(arg: u32): bool {
  if (!parseDouble(argPtr(arg), argLen(arg), SCRATCH)) return false;
  store<f64>(RESULT_F64, parsedDouble());
  return true;
}

/** Reads an integer argument into RESULT_I64. */
export function integerArgument(arg: u32): bool {
  if (!parseI64(argPtr(arg), argLen(arg))) return false;
  store<i64>(RESULT_I64, parsedI64());
  return true;
}
