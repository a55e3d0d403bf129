/**
 * The commands of fields that expire: HEXPIRE and its like, HGETEX, HSETEX and HGETDEL. How fields go by
 * themselves is in hash_due.ts.
 */
import { MISSING, NOW_MS, OUT_OF_MEMORY, RESULT_I64, SCRATCH, SCRATCH_BYTES, WRONG_TYPE } from "../../base/layout";
import { allocate, free } from "../../base/memory";
import { valuePtr } from "../../keyspace/entry";
import { isPast } from "../../keyspace/keyspace";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyI64, replyNull, replyReserve, RESERVED_BYTES } from "../../protocol/reply";
import { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX, TTL_ABSOLUTE, TTL_MS } from "../../keyspace/expiry_options";
import { fieldsExpire, fieldsPersist, itemExpires, itemExpiryMs, setSmall } from "./hash_table";
import {
  convert, deleteFound, findField, foundItem, hashAt, isPacked, readFound, removeEmpty, replyFound, setField, status,
  textLen,
} from "./hash_value";
import { HASH_KEY_GONE, HASH_NEW_KEY, wasMade, writable } from "./hash_write";
import { withoutExpired } from "./hash_due";

// What a command with expiries did, bits of its result (with HASH_NEW_KEY and HASH_KEY_GONE).
export const HASH_EXPIRES: i32 = 1;
export const HASH_PERSISTED: i32 = 2;
export const HASH_DELETED: i32 = 4;
export const HASH_WRITTEN: i32 = 8;

// ---- HEXPIRE and its like -------------------------------------------------------------------------

/** Latest expiry of a field, in ms since the epoch: 46 bits, as the real server has it. */
const EXPIRY_MAX_MS: i64 = (1 << 46) - 1;

/** Whether RESULT_I64 is a time that a field may expire at. */
export function hashExpiryFits(): bool {
  return load<i64>(RESULT_I64) <= EXPIRY_MAX_MS;
}

// What an operation does to one field.
const EXPIRE: u32 = 0;
const PERSIST: u32 = 1;

// What became of it, as HEXPIRE and HPERSIST reply it.
const NO_FIELD: i32 = -2;
const NO_EXPIRY: i32 = -1;
const FORBIDDEN: i32 = 0;
const DONE: i32 = 1;
const DELETED: i32 = 2;
const NO_MEMORY: i32 = 3;

/** Whether conditions forbid a new expiry to the field just found. */
function isForbidden(e: usize, conditions: u32, ms: i64): bool {
  const has = !isPacked(e) && itemExpires(foundItem);
  const old: i64 = has ? itemExpiryMs(foundItem) : 0;
  return ((conditions & EXPIRE_NX) && has) || ((conditions & EXPIRE_XX) && !has) ||
    ((conditions & EXPIRE_GT) && (!has || ms <= old)) || ((conditions & EXPIRE_LT) && has && ms >= old);
}

function expireOne(e: usize, arg: u32, conditions: u32): i32 {
  const ms = load<i64>(RESULT_I64);
  if (!findField(e, argPtr(arg), argLen(arg))) return NO_FIELD;
  if (isForbidden(e, conditions, ms)) return FORBIDDEN;
  if (isPast(ms)) {
    deleteFound(e);
    return DELETED;
  }
  if (isPacked(e)) {
    if (!convert(e)) return NO_MEMORY;
    setSmall(valuePtr(e), true);
    findField(e, argPtr(arg), argLen(arg));
  }
  return fieldsExpire(valuePtr(e), e, foundItem, ms) ? DONE : NO_MEMORY;
}

function persistOne(e: usize, arg: u32): i32 {
  if (!findField(e, argPtr(arg), argLen(arg))) return NO_FIELD;
  if (isPacked(e) || !itemExpires(foundItem)) return NO_EXPIRY;
  return fieldsPersist(valuePtr(e), foundItem) ? DONE : NO_MEMORY;
}

let partly: i32 = 0;
/** What the last call had done when it ran out of memory, bits of HASH_*. */
export function hashPartlyDone(): i32 {
  return partly;
}

/** Codes of up to this many fields fit into SCRATCH, behind what {@link convert} needs of it. */
const CODES_BYTES: u32 = SCRATCH_BYTES / 2;
const CODES: usize = SCRATCH + 64;

/**
 * Does one operation to the fields in arguments `first` to `argc` - 1.
 *
 * @param codes where what became of each is written, one byte a field; 0 for nowhere
 * @returns bits of HASH_*, or OUT_OF_MEMORY after some of them were done ({@link hashPartlyDone})
 */
function operate(
  db: u32, e: usize, operation: u32, conditions: u32, first: u32, argc: u32, codes: usize,
): i32 {
  partly = 0;
  for (let i = first; i < argc; i++) {
    let code = NO_FIELD;
    if (e) code = operation == EXPIRE ? expireOne(e, i, conditions) : persistOne(e, i);
    if (code == NO_MEMORY) return OUT_OF_MEMORY;
    if (code == DONE) partly |= operation == EXPIRE ? HASH_EXPIRES : HASH_PERSISTED;
    else if (code == DELETED) {
      partly |= HASH_DELETED;
      if (removeEmpty(db, e)) {
        partly |= HASH_KEY_GONE;
        e = 0;
      }
    }
    if (codes) store<i8>(codes + i - first, <i8> code);
  }
  return partly;
}

/** {@link operate} on the hash of an argument, with a reply of the codes. */
function operateAndReply(
  db: u32, karg: u32, operation: u32, conditions: u32, first: u32, argc: u32,
): i32 {
  let e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, first, argc, 1);
  const count = argc - first;
  // The reply comes when nothing can fail any more.
  const codes = count <= CODES_BYTES ? CODES : allocate(count);
  partly = 0;
  if (!codes) return OUT_OF_MEMORY;
  const result = operate(db, e, operation, conditions, first, argc, codes);
  if (result >= 0) {
    replyArray(count);
    for (let i: u32 = 0; i < count; i++) replyI64(load<i8>(codes + i));
  }
  if (codes != CODES) free(codes);
  return result;
}

/**
 * HEXPIRE and its like: gives the fields from argument `first` on the expiry RESULT_I64, and replies with
 * an array of what became of each: -2 not there, 0 a condition forbade it, 1 done, 2 deleted.
 *
 * @param conditions EXPIRE_*
 * @returns bits of HASH_*, WRONG_TYPE or OUT_OF_MEMORY (no reply)
 */
export function hashExpire(db: u32, karg: u32, conditions: u32, first: u32, argc: u32): i32 {
  return operateAndReply(db, karg, EXPIRE, conditions, first, argc);
}

/** HPERSIST: replies with an array: -2 not there, -1 no expiry, 1 done. @returns as {@link hashExpire} */
export function hashPersist(db: u32, karg: u32, first: u32, argc: u32): i32 {
  return operateAndReply(db, karg, PERSIST, 0, first, argc);
}

/**
 * HTTL and its like: replies with an array of the fields' expiries, -2 not there, -1 none.
 *
 * @param kind TTL_*
 * @returns 0, MISSING or WRONG_TYPE (no reply)
 */
export function hashTtl(db: u32, karg: u32, kind: u32, first: u32, argc: u32): i32 {
  const e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  const result = e ? 0 : MISSING;
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (!e || !findField(e, argPtr(i), argLen(i))) replyI64(NO_FIELD);
    else if (isPacked(e) || !itemExpires(foundItem)) replyI64(NO_EXPIRY);
    else {
      let ms = itemExpiryMs(foundItem);
      if (!(kind & TTL_ABSOLUTE)) ms = max<i64>(ms - load<i64>(NOW_MS), 0);
      // Rounded up, where TTL rounds to the nearest second.
      replyI64(kind & TTL_MS ? ms : (ms + 999) / 1000);
    }
  }
  return result;
}

// ---- HGETEX, HSETEX, HGETDEL ----------------------------------------------------------------------

// What becomes of the expiry of a field that is read or written.
/** Reading leaves it, writing takes it away. */
export const HASH_EXPIRY_PLAIN: u32 = 0;
/** It becomes RESULT_I64. */
export const HASH_EXPIRY_SET: u32 = 1;
/** HGETEX takes it away. */
export const HASH_EXPIRY_PERSIST: u32 = 2;
/** HSETEX keeps it. */
export const HASH_EXPIRY_KEEP: u32 = 3;

function replyField(e: usize, arg: u32): bool {
  if (e && findField(e, argPtr(arg), argLen(arg))) {
    replyFound(e);
    return true;
  }
  replyNull();
  return false;
}

/** Makes sure that fields can be told of while they are changed. @returns false when memory is out */
function reserveFields(e: usize, first: u32, argc: u32): bool {
  let bytes: u64 = <u64> (argc - first + 1) * RESERVED_BYTES;
  for (let i = first; e && i < argc; i++) {
    if (!findField(e, argPtr(i), argLen(i))) continue;
    readFound(e);
    bytes += textLen;
  }
  return replyReserve(bytes);
}

/** Replies with fields and deletes them. @returns bits of HASH_* or OUT_OF_MEMORY */
function replyAndDelete(db: u32, e: usize, first: u32, argc: u32): i32 {
  let result: i32 = 0;
  if (!reserveFields(e, first, argc)) return OUT_OF_MEMORY;
  replyArray(argc - first);
  for (let i = first; i < argc; i++) {
    if (!replyField(e, i)) continue;
    deleteFound(e);
    result |= HASH_DELETED;
    if (removeEmpty(db, e)) {
      result |= HASH_KEY_GONE;
      e = 0;
    }
  }
  return result;
}

/**
 * HGETEX: replies with an array of the fields' values.
 *
 * @param kind HASH_EXPIRY_*
 * @returns bits of HASH_*, WRONG_TYPE or OUT_OF_MEMORY (no reply)
 */
export function hashGetExpire(db: u32, karg: u32, kind: u32, first: u32, argc: u32): i32 {
  let e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, first, argc, 1);
  if (kind == HASH_EXPIRY_SET && isPast(load<i64>(RESULT_I64))) return replyAndDelete(db, e, first, argc);
  let result: i32 = 0;
  if (kind != HASH_EXPIRY_PLAIN) {
    if (!reserveFields(e, first, argc)) return OUT_OF_MEMORY;
    result = operate(db, e, kind == HASH_EXPIRY_SET ? EXPIRE : PERSIST, 0, first, argc, 0);
    if (result < 0) return result;
  }
  replyArray(argc - first);
  for (let i = first; i < argc; i++) replyField(e, i);
  return result;
}

/** HGETDEL: replies with an array of the fields' values. @returns bits of HASH_*, WRONG_TYPE or OUT_OF_MEMORY (no reply) */
export function hashGetDelete(db: u32, karg: u32, first: u32, argc: u32): i32 {
  let e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, first, argc, 1);
  return replyAndDelete(db, e, first, argc);
}

// Conditions of HSETEX.
/** No field may be there. */
export const HASH_FNX: u32 = 1;
/** Every field must be there. */
export const HASH_FXX: u32 = 2;

/**
 * HSETEX: sets the fields and values from argument `first` on.
 *
 * @param condition HASH_FNX, HASH_FXX or 0
 * @param kind HASH_EXPIRY_*
 * @returns bits of HASH_*, MISSING when the condition forbade it, WRONG_TYPE or OUT_OF_MEMORY, which may
 * come after some were set ({@link hashPartlyDone})
 */
export function hashSetExpire(
  db: u32, karg: u32, condition: u32, kind: u32, first: u32, argc: u32,
): i32 {
  let e = hashAt(db, karg);
  if (!e && status == WRONG_TYPE) return WRONG_TYPE;
  if (e) e = withoutExpired(db, e, first, argc, 2);
  if (condition) {
    for (let i = first; i < argc; i += 2) {
      const found = e != 0 && findField(e, argPtr(i), argLen(i));
      if (found == (condition == HASH_FNX)) return MISSING;
    }
  }
  partly = 0;
  if (kind == HASH_EXPIRY_SET && isPast(load<i64>(RESULT_I64))) return deleteSet(db, e, first, argc);
  e = writable(db, karg, first, argc, 2);
  if (!e) return OUT_OF_MEMORY;
  for (let i = first; i < argc; i += 2) {
    const done = setField(
      e, argPtr(i), argLen(i), argPtr(i + 1), argLen(i + 1), kind == HASH_EXPIRY_KEEP,
    );
    if (done < 0) {
      removeEmpty(db, e);
      return OUT_OF_MEMORY;
    }
    partly |= HASH_WRITTEN | (wasMade() ? HASH_NEW_KEY : 0);
    if (kind != HASH_EXPIRY_SET) continue;
    if (expireOne(e, i, 0) == NO_MEMORY) return OUT_OF_MEMORY;
    partly |= HASH_EXPIRES;
  }
  return partly;
}

/** Fields that are set with an expiry in the past are set and deleted at once: that is what is told of them. */
function deleteSet(db: u32, e: usize, first: u32, argc: u32): i32 {
  partly = HASH_WRITTEN | HASH_DELETED | (e ? 0 : HASH_NEW_KEY | HASH_KEY_GONE);
  for (let i = first; i < argc && e; i += 2) {
    if (!findField(e, argPtr(i), argLen(i))) continue;
    deleteFound(e);
    if (removeEmpty(db, e)) {
      partly |= HASH_KEY_GONE;
      e = 0;
    }
  }
  return partly;
}
