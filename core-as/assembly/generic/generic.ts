/**
 * What any key can be asked, whatever its type. Arguments are named by their index in the command
 * under way.
 */
import {
  EXISTS, MISSING, NOW_MS, OUT_OF_MEMORY, RESULT_I64, RESULT_LEN, RESULT_PTR, SCRATCH,
} from "../base/layout";
import {
  clearExpiry, find, freshAccess, insert, isAlive, isExpired, isPast, keyBytes, keysOf, lookup, peek, remove, replace, setExpiry, unlink,
} from "../keyspace/keyspace";
import {
  entryAccess, entryEncoding, entryExpiryMs, entryHash, entryKey, entryKeyLen, entryType, entryValue,
  freeEntry, HASHTABLE, hasExpiry, INT, isInline, reshapeEntry, setAccess, setValuePtr, TYPE_HASH, TYPE_STRING, valuePtr,
} from "../keyspace/entry";
import { allocate, free } from "../base/memory";
import { equalBytes } from "../base/bytes";
import { globMatch } from "../text/glob";
import { objectCopy } from "../keyspace/object";
import { isHidden } from "../keyspace/slot_index";
import { slotScan } from "../keyspace/slots";
import { isSmall } from "../types/hash/hash_table";
import { scanEnd, tableRandom, tableScan } from "../structures/keytable";
import { foundEnd, foundStart, nextCursor, SCAN_BYTES, scanDone, scanInto, scanStep } from "../structures/tablescan";
import { argLen, argPtr } from "../protocol/resp";
import { replyArray, replyBulk, replyBulkI64, replyI64 } from "../protocol/reply";
import { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX, TTL_ABSOLUTE, TTL_MS } from "../keyspace/expiry_options";

export * from "../keyspace/expiry_options";
export { keyDelete } from "../keyspace/keyspace";

/** The entry of an argument, its access clock stamped; 0 when absent. */
export function keyLookup(db: u32, karg: u32): u32 {
  return <u32> lookup(db, argPtr(karg), argLen(karg));
}
/** The entry of an argument, not stamped; 0 when absent. */
export function keyPeek(db: u32, karg: u32): u32 {
  return <u32> peek(db, argPtr(karg), argLen(karg));
}

/** Whether a key's time is up and it is there all the same, hidden, as nothing may be deleted now. */
export function keyIsHidden(db: u32, karg: u32): bool {
  const e = find(db, argPtr(karg), argLen(karg));
  return e != 0 && hasExpiry(e) && isExpired(e);
}
export function keyPeekBytes(db: u32, ptr: u32, len: u32): u32 {
  return <u32> peek(db, ptr, len);
}

/** Deletes an entry that a scan or a lookup just returned. */
export function entryDelete(db: u32, e: u32): void {
  remove(db, e);
}

export function typeOf(e: u32): u32 {
  return entryType(e);
}
/** What OBJECT ENCODING calls a small hash whose fields expire; no entry has it. */
const LISTPACK_EXPIRING: u32 = 12;
/** The encoding that Redis would have for a value. */
export function encodingOf(e: u32): u32 {
  const encoding = entryEncoding(e);
  const isTable = encoding == HASHTABLE && entryType(e) == TYPE_HASH;
  return isTable && isSmall(valuePtr(e)) ? LISTPACK_EXPIRING : encoding;
}
export function accessOf(e: u32): u32 {
  return entryAccess(e);
}
export function setAccessOf(e: u32, access: u32): void {
  setAccess(e, access);
}
/** The integer of a string entry in encoding INT, rounded beyond 2^53. */
export function integerOf(e: u32): f64 {
  return <f64> load<i64>(entryValue(e));
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
export function usageOf(e: u32, samples: u32): f64 {
  return keyBytes(e, samples);
}

// ---- expiry ---------------------------------------------------------------------------------------

/** Puts an entry's expiry into RESULT_I64. @returns whether it has one */
export function expiryOf(e: u32): bool {
  if (!hasExpiry(e)) return false;
  store<i64>(RESULT_I64, entryExpiryMs(e));
  return true;
}

// Conditions of EXPIRE.
/**
 * Sets a key's expiry to RESULT_I64.
 *
 * @returns 1 set, 2 deleted as it lies behind us, 0 a condition forbade it, MISSING or OUT_OF_MEMORY
 */
export function keyExpire(db: u32, karg: u32, conditions: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  const ms = load<i64>(RESULT_I64);
  if (conditions) {
    const has = hasExpiry(e);
    const old: i64 = has ? entryExpiryMs(e) : 0;
    if ((conditions & EXPIRE_NX) && has) return 0;
    if ((conditions & EXPIRE_XX) && !has) return 0;
    if ((conditions & EXPIRE_GT) && (!has || ms <= old)) return 0;
    if ((conditions & EXPIRE_LT) && has && ms >= old) return 0;
  }
  if (isPast(ms)) {
    remove(db, e);
    return 2;
  }
  return setExpiry(db, e, ms) ? 1 : OUT_OF_MEMORY;
}

/** Replies with a key's expiry, -1 where it has none and -2 where there is no key. @returns whether there is */
export function keyTtl(db: u32, karg: u32, kind: u32): bool {
  const e = peek(db, argPtr(karg), argLen(karg));
  if (!e || !hasExpiry(e)) {
    replyI64(e ? -1 : -2);
    return e != 0;
  }
  let ms = entryExpiryMs(e);
  if (!(kind & TTL_ABSOLUTE)) ms = max<i64>(ms - load<i64>(NOW_MS), 0);
  // Rounded to the nearest second, without a sum that could overflow.
  if (!(kind & TTL_MS)) ms = ms / 1000 + i64(ms % 1000 >= 500);
  replyI64(ms);
  return true;
}

/** Takes a key's expiry away. @returns 1 done, 0 it had none, MISSING or OUT_OF_MEMORY */
export function keyPersist(db: u32, karg: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  if (!hasExpiry(e)) return 0;
  return clearExpiry(db, e) ? 1 : OUT_OF_MEMORY;
}

// ---- moving and copying ---------------------------------------------------------------------------

/** Gives an entry to a database, over what is there under its key. @returns false when memory is out */
export function place(db: u32, e: usize): bool {
  const hash = entryHash(e);
  const old = find(db, entryKey(e), entryKeyLen(e));
  if (old ? replace(db, hash, old, e) : insert(db, hash, e)) {
    if (old) freeEntry(old);
    return true;
  }
  return false;
}

/** Whether two arguments hold the same bytes. */
export function sameArguments(a: u32, b: u32): bool {
  return argLen(a) == argLen(b) && equalBytes(argPtr(a), argPtr(b), argLen(a));
}

/**
 * RENAME to an argument's key in the same database.
 *
 * @param nx whether a key that is there forbids it
 * @returns 1 done, 0 both names are the same, EXISTS, MISSING or OUT_OF_MEMORY
 */
export function keyRename(db: u32, from: u32, to: u32, nx: bool): i32 {
  const e = lookup(db, argPtr(from), argLen(from));
  if (!e) return MISSING;
  if (sameArguments(from, to)) return 0;
  const there = lookup(db, argPtr(to), argLen(to));
  if (nx && there) return EXISTS;
  const made = reshapeEntry(e, argPtr(to), argLen(to), hasExpiry(e));
  if (!made) return OUT_OF_MEMORY;
  // The new name first: if that fails nothing is lost. Both entries share the value meanwhile.
  if (!place(db, made)) {
    free(made);
    return OUT_OF_MEMORY;
  }
  unlink(db, e);
  free(e);
  return 1;
}

/** MOVE to another database. @returns 1, EXISTS when the key is there already, MISSING or OUT_OF_MEMORY */
export function keyMove(db: u32, karg: u32, target: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return MISSING;
  if (lookup(target, argPtr(karg), argLen(karg))) return EXISTS;
  if (!place(target, e)) return OUT_OF_MEMORY;
  unlink(db, e);
  return 1;
}

/**
 * COPY to an argument's key of any database; the copy's access clock starts anew.
 *
 * @returns 1, EXISTS when the key is there and not to be replaced, MISSING or OUT_OF_MEMORY
 */
export function keyCopy(db: u32, from: u32, target: u32, to: u32, replaces: bool): i32 {
  const e = lookup(db, argPtr(from), argLen(from));
  if (!e) return MISSING;
  if (lookup(target, argPtr(to), argLen(to)) && !replaces) return EXISTS;
  const made = reshapeEntry(e, argPtr(to), argLen(to), hasExpiry(e));
  if (!made) return OUT_OF_MEMORY;
  setAccess(made, freshAccess());
  if (!copyValue(e, made)) {
    free(made);
    return OUT_OF_MEMORY;
  }
  if (place(target, made)) return 1;
  freeEntry(made);
  return OUT_OF_MEMORY;
}

/** Gives `made`, which shares the value of `e`, a value of its own. */
function copyValue(e: usize, made: usize): bool {
  if (isInline(e)) return true;
  if (entryType(e) != TYPE_STRING) {
    const value = objectCopy(entryType(e), entryEncoding(e), valuePtr(e));
    if (value) setValuePtr(made, value);
    return value != 0;
  }
  if (entryEncoding(e) == INT) return true;
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
  scanInto(keysOf(db), cursor, count, out, SCAN_BYTES);
  return nextCursor;
}
export function scanned(): u32 {
  return <u32> foundEnd;
}

/** Whether a pattern argument (0: none) lets every key pass, even the empty one that `*` does not match. */
@inline function matchesAll(parg: u32): bool {
  return !parg || (argLen(parg) == 1 && load<u8>(argPtr(parg)) == 0x2a);
}

/** Any type, and a type that no key has: filters of {@link replyScan}. */
export const ANY_TYPE: i32 = -1;
export const NO_TYPE: i32 = -2;

/** Keys whose type the last {@link replyScan} has asked for, and those of them that had expired. */
let typesAsked: u32 = 0;
let typesMissed: u32 = 0;
export function scanHits(): u32 {
  return typesAsked - typesMissed;
}
export function scanMisses(): u32 {
  return typesMissed;
}

/**
 * SCAN: replies with the next cursor and the keys found.
 *
 * @param parg argument with the pattern, 0 for none
 * @param type of the keys wanted, or one of the two above
 * @param tells whether keys that had expired when their type was asked for are logged as missed
 */
export function replyScan(db: u32, cursor: u32, count: u32, parg: u32, type: i32, tells: bool): void {
  scanStep(keysOf(db), cursor, count);
  const kept = filterScanned(db, <u32> foundStart, <u32> foundEnd, parg, type, tells);
  replyArray(2);
  replyBulkI64(nextCursor);
  replyScanned(<u32> foundStart, kept);
  scanDone();
}

/** Of the entries found, as u32 from `start` on, keeps those that are wanted. @returns their end */
function filterScanned(db: u32, start: u32, end: u32, parg: u32, type: i32, tells: bool): u32 {
  const all = matchesAll(parg);
  let kept = start;
  typesAsked = typesMissed = 0;
  for (let at = start; at < end; at += 4) {
    const e: usize = load<u32>(at);
    if (isHidden(e)) continue;
    if (!all && !globMatch(argPtr(parg), argLen(parg), entryKey(e), entryKeyLen(e), false)) continue;
    const alive = isAlive(db, e, tells && type != ANY_TYPE);
    if (type != ANY_TYPE) {
      // Redis looks a key up to learn its type.
      typesAsked++;
      if (!alive) typesMissed++;
    }
    if (!alive || (type != ANY_TYPE && entryType(e) != type)) continue;
    store<u32>(kept, <u32> e);
    kept += 4;
  }
  return kept;
}

function replyScanned(start: u32, end: u32): void {
  replyArray((end - start) >> 2);
  for (let at = start; at < end; at += 4) replyKey(load<u32>(at));
}

/** Most keys of a slot that are looked at in one call: as many as fit SCRATCH with room to spare. */
const SLOT_SCAN_MAX: u32 = SCAN_BYTES >> 3;

/**
 * CLUSTERSCAN: looks at `count` keys of a slot, or a few more, from a cursor on, and keeps those that
 * {@link slotScanReply} is to reply with.
 *
 * @returns the next cursor, SLOT_END at the end
 */
export function slotScanKeep(db: u32, slot: u32, cursor: u32, count: u32, parg: u32, type: i32): u32 {
  const next = slotScan(db, slot, cursor, min(count, SLOT_SCAN_MAX));
  const end = <u32> SCRATCH + (load<u32>(RESULT_LEN) << 2);
  slotScanKept = filterScanned(db, <u32> SCRATCH, end, parg, type, false);
  return next;
}
let slotScanKept: u32 = 0;

/** Replies with the keys that were kept. */
export function slotScanReply(): void {
  replyScanned(<u32> SCRATCH, slotScanKept);
}

/** KEYS: replies with the keys that match a pattern argument. */
export function replyKeys(db: u32, parg: u32): void {
  // Twice over the table: an array's length comes first, and a list of all keys might find no memory.
  replyArray(walkKeys(db, parg, false));
  walkKeys(db, parg, true);
}

function walkKeys(db: u32, parg: u32, reply: bool): u32 {
  const t = keysOf(db);
  const all = matchesAll(parg);
  const pattern = argPtr(parg);
  const patternLen = argLen(parg);
  let count: u32 = 0;
  let cursor: u32 = 0;
  do {
    cursor = tableScan(t, cursor, SCRATCH);
    for (let at = SCRATCH, end = scanEnd; at < end; at += 4) {
      const e: usize = load<u32>(at);
      if ((hasExpiry(e) && isExpired(e)) || isHidden(e)) continue;
      if (!all && !globMatch(pattern, patternLen, entryKey(e), entryKeyLen(e), false)) continue;
      count++;
      if (reply) replyKey(<u32> e);
    }
  } while (cursor);
  return count;
}

/** RANDOMKEY: an entry that has not expired, each as likely; 0 when there is none. */
export function keyRandom(db: u32): u32 {
  const t = keysOf(db);
  for (let tries = 0; tries < 100; tries++) {
    const e = tableRandom(t);
    if (e && isHidden(e)) continue;
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
