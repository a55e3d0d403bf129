/**
 * Hashes: fields that expire.
 *
 * Only a hash table can hold an expiry, so a listpack becomes one with its first. A field past its time
 * is deleted by the next command that names it, and hidden from all others until the cycle finds it:
 * the hashes with such fields are a list of expiry blocks (hash_table.ts), each with a lower bound of
 * when its next field is due. Hashes that are not due cost the cycle one look; one that is due is passed
 * through some buckets a step, from a cursor of its own.
 *
 * Each deletion by time is logged for the host, which tells of it and clears the log:
 *
 * ```
 *  record:  u32 database | u32 GONE << 31 | key length | u32 field length | key | field
 * ```
 *
 * GONE says that the hash was left empty and its key deleted. Without room in the log a field stays,
 * hidden: a deletion that nobody hears of would be a lie.
 */
import {
  DATABASE_COUNT, EXPIRED_DELETE, EXPIRED_MODE, EFFECTS_FIELDS, HASH_EXPIRED_LOG, HASH_EXPIRED_LOG_CAP, HASH_EXPIRED_LOG_LEN,
  HASH_EXPIRING, HASH_EXPIRING_COUNT, HASH_EXPIRING_NEXT, MISSING, NOW_MS, OUT_OF_MEMORY, RESULT_I64, SCRATCH,
  SCRATCH_BYTES, WRONG_TYPE,
} from "../../base/layout";
import { allocate, free, reallocate } from "../../base/memory";
import { entryHash, entryKey, entryKeyLen, valuePtr } from "../../keyspace/entry";
import { isPast, keysOf, remove } from "../../keyspace/keyspace";
import { scanEnd, tableCount, tableFind, tableKeep, tableScan } from "../../structures/keytable";
import { argLen, argPtr } from "../../protocol/resp";
import { replyArray, replyI64, replyNull, replyReserve, RESERVED_BYTES } from "../../protocol/reply";
import { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX, TTL_ABSOLUTE, TTL_MS } from "../../generic/generic";
import {
  blockEntry, blockIsDue, blockNext, fieldsAreDue, fieldsDelete, fieldsExpire, fieldsFind, fieldsPersist,
  itemExpires, itemExpiryMs, itemField, itemFieldLen, itemIsDue, passBegin, passEnd, passKeep,
} from "./hash_table";
import {
  convert, deleteFound, findField, foundItem, hashAt, isPacked, readFound, removeEmpty, replyFound, setField, status,
  textLen,
} from "./hash_value";
import { HASH_KEY_GONE, HASH_NEW_KEY, wasMade, writable } from "./hash_write";

// What a command with expiries did, bits of its result (with HASH_NEW_KEY and HASH_KEY_GONE).
export const HASH_EXPIRES: i32 = 1;
export const HASH_PERSISTED: i32 = 2;
export const HASH_DELETED: i32 = 4;
export const HASH_WRITTEN: i32 = 8;

// ---- deletion by time -----------------------------------------------------------------------------

const GONE: u32 = 1 << 31;

/** Logs and deletes a field past its time, and its key when it was the last. @returns whether it did */
function expireField(db: u32, e: usize, item: usize): bool {
  const keyLen = entryKeyLen(e);
  const fieldLen = itemFieldLen(item);
  const used = load<u32>(HASH_EXPIRED_LOG_LEN);
  const record = logRoom(used, 12 + keyLen + fieldLen);
  if (!record) return false;
  // A command that only reads may be the one that finds it.
  tableKeep(keysOf(db), entryHash(e));
  const fields = valuePtr(e);
  store<u32>(record, db);
  store<u32>(record, keyLen | (tableCount(fields) == 1 ? GONE : 0), 4);
  store<u32>(record, fieldLen, 8);
  memory.copy(record + 12, entryKey(e), keyLen);
  memory.copy(record + 12 + keyLen, itemField(item), fieldLen);
  store<u32>(HASH_EXPIRED_LOG_LEN, used + 12 + keyLen + fieldLen);
  fieldsDelete(fields, item);
  removeEmpty(db, e);
  return true;
}

/** Where the log's next record goes; 0 when memory is out. */
function logRoom(used: u32, bytes: u32): usize {
  const log = load<u32>(HASH_EXPIRED_LOG);
  if (used + bytes <= load<u32>(HASH_EXPIRED_LOG_CAP)) return log + used;
  const room = max((used + bytes) << 1, 4096);
  const grown = log ? reallocate(log, room, used) : allocate(room);
  if (!grown) return 0;
  store<u32>(HASH_EXPIRED_LOG, <u32> grown);
  store<u32>(HASH_EXPIRED_LOG_CAP, room);
  return grown + used;
}

/** Forgets the log's records; a buffer that had to grow large is given back. */
export function hashClearExpiredLog(): void {
  store<u32>(EFFECTS_FIELDS, 0);
  store<u32>(HASH_EXPIRED_LOG_LEN, 0);
  if (load<u32>(HASH_EXPIRED_LOG_CAP) <= 65536) return;
  free(load<u32>(HASH_EXPIRED_LOG));
  store<u32>(HASH_EXPIRED_LOG, 0);
  store<u32>(HASH_EXPIRED_LOG_CAP, 0);
}

/**
 * Deletes those of the fields in arguments `first`, `first + step` .. `end` - 1 that are past their time,
 * where this is ours to do.
 *
 * @returns the entry, 0 when the key is gone with its last field
 */
@inline export function withoutExpired(db: u32, e: usize, first: u32, end: u32, step: u32): usize {
  return isPacked(e) || !fieldsAreDue(valuePtr(e)) ? e : expireNamed(db, e, first, end, step);
}

function expireNamed(db: u32, e: usize, first: u32, end: u32, step: u32): usize {
  if (load<u32>(EXPIRED_MODE) != EXPIRED_DELETE) return e;
  const fields = valuePtr(e);
  for (let i = first; i < end; i += step) {
    const item = fieldsFind(fields, argPtr(i), argLen(i));
    if (!item || !itemIsDue(item)) continue;
    const last = tableCount(fields) == 1;
    if (expireField(db, e, item) && last) return 0;
  }
  return e;
}

// ---- the cycle ------------------------------------------------------------------------------------

/** Hashes that have fields with an expiry. */
export function hashExpiringCount(): u32 {
  return load<u32>(HASH_EXPIRING_COUNT);
}

/**
 * A step of the cycle: looks at hashes with expiring fields from where the last one stopped, and deletes
 * what is due.
 *
 * @param budget hashes looked at and buckets passed, together at most
 * @returns hashes that are done with; the cycle has been around when their sum is the number of hashes
 */
export function hashExpireStep(budget: u32): u32 {
  let done: u32 = 0;
  if (load<u32>(EXPIRED_MODE) != EXPIRED_DELETE) return load<u32>(HASH_EXPIRING_COUNT);
  while (budget && load<u32>(HASH_EXPIRING)) {
    let block: usize = load<u32>(HASH_EXPIRING_NEXT);
    if (!block) block = load<u32>(HASH_EXPIRING);
    store<u32>(HASH_EXPIRING_NEXT, <u32> block);
    budget--;
    if (blockIsDue(block)) {
      const db = databaseOf(blockEntry(block));
      if (db >= 0) {
        budget = expirePass(db, blockEntry(block), budget + 1);
        // Gone with its last expiry: then the next one stands in its place already.
        if (load<u32>(HASH_EXPIRING_NEXT) != <u32> block) {
          done++;
          continue;
        }
        if (blockIsDue(block)) return done;
      }
    }
    store<u32>(HASH_EXPIRING_NEXT, <u32> blockNext(block));
    done++;
  }
  return done;
}

/** The database that an entry is in; -1 for none: its hash is on its way out. */
function databaseOf(e: usize): i32 {
  if (!e) return -1;
  const hash = entryHash(e);
  const count = load<u32>(DATABASE_COUNT);
  for (let db: u32 = 0; db < count; db++) {
    if (tableFind(keysOf(db), hash, entryKey(e), entryKeyLen(e)) == e) return db;
  }
  return -1;
}

/** Goes on with the pass through a hash, `budget` buckets at most. @returns what is left of the budget */
function expirePass(db: u32, e: usize, budget: u32): u32 {
  const fields = valuePtr(e);
  let cursor = passBegin(fields);
  do {
    cursor = tableScan(fields, cursor, SCRATCH);
    budget--;
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      const item: usize = load<u32>(at);
      if (!itemExpires(item)) continue;
      if (!itemIsDue(item)) {
        passKeep(fields, itemExpiryMs(item));
        continue;
      }
      const last = tableCount(fields) == 1;
      if (!expireField(db, e, item)) {
        // No room in the log: the next step begins where this one did.
        return 0;
      }
      if (last) return budget;
    }
  } while (cursor && budget);
  passEnd(fields, cursor);
  return budget;
}

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

/** Fields that are set with an expiry in the past are as good as deleted. */
function deleteSet(db: u32, e: usize, first: u32, argc: u32): i32 {
  for (let i = first; i < argc && e; i += 2) {
    if (!findField(e, argPtr(i), argLen(i))) continue;
    deleteFound(e);
    partly |= HASH_DELETED;
    if (removeEmpty(db, e)) {
      partly |= HASH_KEY_GONE;
      e = 0;
    }
  }
  return partly;
}
