/**
 * What any key can be asked, whatever its type. Arguments are named by their index in the command
 * under way.
 */
import {
  MISSING, NOW_MS, OUT_OF_MEMORY, RESULT_I64, RESULT_LEN, RESULT_PTR, SCRATCH, SCRATCH_BYTES,
} from "./layout";
import {
  clearExpiry, find, insert, isExpired, keyBytes, keysOf, lastHash, lookup, peek, remove, replace, setExpiry, unlink,
} from "./keyspace";
import {
  entryAccess, entryEncoding, entryExpiryMs, entryHash, entryKey, entryKeyLen, entryType, entryValue,
  freeEntry, freeValue, hasExpiry, INT, isInline, newEntry, reshapeEntry, setAccess, setExpiryMs, TYPE_STRING, valueRoom,
} from "./entry";
import { allocate, blockBytes, free } from "./memory";
import { hashBytes } from "./hash";
import { scanEnd, tableRandom, tableScan } from "./keytable";
import { argLen, argPtr } from "./resp";
import { replyBulk } from "./reply";

/** The entry of an argument, its access clock stamped; 0 when absent. */
export function keyLookup(db: u32, karg: u32): u32 {
  return <u32> lookup(db, argPtr(karg), argLen(karg));
}
/** The entry of an argument, not stamped; 0 when absent. */
export function keyPeek(db: u32, karg: u32): u32 {
  return <u32> peek(db, argPtr(karg), argLen(karg));
}
export function keyPeekBytes(db: u32, ptr: u32, len: u32): u32 {
  return <u32> peek(db, ptr, len);
}

/** DEL. @returns whether the key was there */
export function keyDelete(db: u32, karg: u32): bool {
  const e = peek(db, argPtr(karg), argLen(karg));
  if (!e) return false;
  remove(db, e);
  return true;
}
/** Deletes an entry that a scan or a lookup just returned. */
export function entryDelete(db: u32, e: u32): void {
  remove(db, e);
}

export function typeOf(e: u32): u32 {
  return entryType(e);
}
export function encodingOf(e: u32): u32 {
  return entryEncoding(e);
}
export function accessOf(e: u32): u32 {
  return entryAccess(e);
}
export function setAccessOf(e: u32, access: u32): void {
  setAccess(e, access);
}
/** Points RESULT at an entry's key. */
export function keyOf(e: u32): void {
  store<u32>(RESULT_PTR, <u32> entryKey(e));
  store<u32>(RESULT_LEN, entryKeyLen(e));
}
export function replyKey(e: u32): void {
  replyBulk(entryKey(e), entryKeyLen(e));
}
/** MEMORY USAGE of an entry, in bytes. */
export function usageOf(e: u32): u32 {
  return keyBytes(e);
}

// ---- expiry ---------------------------------------------------------------------------------------

/** Puts an entry's expiry into RESULT_I64. @returns whether it has one */
export function expiryOf(e: u32): bool {
  if (!hasExpiry(e)) return false;
  store<i64>(RESULT_I64, entryExpiryMs(e));
  return true;
}

// Conditions of EXPIRE.
export const EXPIRE_NX: u32 = 1;
export const EXPIRE_XX: u32 = 2;
export const EXPIRE_GT: u32 = 4;
export const EXPIRE_LT: u32 = 8;

/** Sets a key's expiry to RESULT_I64. @returns 1 set, 2 deleted as it lies behind us, 0 a condition forbade it */
export function keyExpire(db: u32, karg: u32, conditions: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  const ms = load<i64>(RESULT_I64);
  const has = hasExpiry(e);
  const old: i64 = has ? entryExpiryMs(e) : 0;
  if ((conditions & EXPIRE_NX) && has) return 0;
  if ((conditions & EXPIRE_XX) && !has) return 0;
  if ((conditions & EXPIRE_GT) && (!has || ms <= old)) return 0;
  if ((conditions & EXPIRE_LT) && has && ms >= old) return 0;
  if (ms <= load<i64>(NOW_MS)) {
    remove(db, e);
    return 2;
  }
  return setExpiry(db, e, ms) ? 1 : OUT_OF_MEMORY;
}

/** Takes a key's expiry away. @returns 1 done, 0 it had none, MISSING */
export function keyPersist(db: u32, karg: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  if (!hasExpiry(e)) return 0;
  return clearExpiry(db, e) ? 1 : OUT_OF_MEMORY;
}

// ---- moving and copying ---------------------------------------------------------------------------

/** Gives an entry with another key to a database, over what is there. @returns false: no memory, e freed */
function place(db: u32, e: usize): bool {
  const hash = entryHash(e);
  const old = find(db, entryKey(e), entryKeyLen(e));
  if (old ? replace(db, hash, old, e) : insert(db, hash, e)) {
    if (old) freeEntry(old);
    return true;
  }
  return false;
}

/** RENAME to an argument's key in the same database. @returns 0, MISSING or OUT_OF_MEMORY */
export function keyRename(db: u32, from: u32, to: u32): i32 {
  const e = lookup(db, argPtr(from), argLen(from));
  if (!e) return MISSING;
  const made = reshapeEntry(e, argPtr(to), argLen(to), hasExpiry(e));
  if (!made) return OUT_OF_MEMORY;
  // The new name first: if that fails nothing is lost. Both entries share the value meanwhile.
  if (!place(db, made)) {
    free(made);
    return OUT_OF_MEMORY;
  }
  unlink(db, e);
  free(e);
  return 0;
}

/** MOVE to another database, where the key must be absent. @returns 0, MISSING or OUT_OF_MEMORY */
export function keyMove(db: u32, karg: u32, target: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  const hash = lastHash;
  if (!insert(target, hash, e)) return OUT_OF_MEMORY;
  unlink(db, e);
  return 0;
}

/** COPY to an argument's key, over what is there. @returns 0, MISSING or OUT_OF_MEMORY */
export function keyCopy(db: u32, from: u32, target: u32, to: u32): i32 {
  const e = lookup(db, argPtr(from), argLen(from));
  if (!e) return MISSING;
  const made = reshapeEntry(e, argPtr(to), argLen(to), hasExpiry(e));
  if (!made) return OUT_OF_MEMORY;
  if (!copyValue(e, made)) {
    free(made);
    return OUT_OF_MEMORY;
  }
  if (place(target, made)) return 0;
  freeEntry(made);
  return OUT_OF_MEMORY;
}

/** Gives `made`, which shares the value of `e`, a value of its own. */
function copyValue(e: usize, made: usize): bool {
  if (isInline(e) || entryEncoding(e) == INT) return true;
  const block: usize = load<u32>(entryValue(e));
  const len = load<u32>(block) + 4;
  const copy = allocate(len);
  if (!copy) return false;
  memory.copy(copy, block, len);
  store<u32>(entryValue(made), <u32> copy);
  return true;
}

// ---- iteration ------------------------------------------------------------------------------------

/**
 * Buckets of a database from a cursor on, until `count` entries are written to `out` or the end comes.
 *
 * @returns the next cursor, 0 at the end; the entries end at {@link scanned}
 */
export function keyScan(db: u32, cursor: u32, count: u32, out: u32): u32 {
  const start = out;
  const t = keysOf(db);
  // Ten empty buckets an entry asked for, then the client gets a turn.
  let buckets: u64 = <u64> count * 10;
  do {
    cursor = tableScan(t, cursor, out);
    out = <u32> scanEnd;
  } while (cursor && out - start < count << 2 && --buckets && out - start < SCRATCH_BYTES / 2);
  scannedEnd = out;
  return cursor;
}
let scannedEnd: u32 = 0;
export function scanned(): u32 {
  return scannedEnd;
}

/** RANDOMKEY: an entry that has not expired, each as likely; 0 when there is none. */
export function keyRandom(db: u32): u32 {
  const t = keysOf(db);
  for (let tries = 0; tries < 100; tries++) {
    const e = tableRandom(t);
    if (!e || !hasExpiry(e) || !isExpired(e)) return <u32> e;
    const live = peek(db, entryKey(e), entryKeyLen(e));
    if (live) return <u32> live;
  }
  return 0;
}

/** Whether an entry has expired, the policy of the moment considered. */
export function entryExpired(e: u32): bool {
  return hasExpiry(e) && isExpired(e);
}
