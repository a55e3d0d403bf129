/**
 * The databases: for each, a table of all entries and a table of those with an expiry.
 *
 * ```
 *  database (128 bytes)
 *    +0  table keys
 *    +32 table expires      the same entries, those with an expiry only
 *    +64 u32 expires cursor where the active expiry cycle goes on
 *    +68 u32 slots          the index by cluster slot (slot_index.ts), 0 = there is none
 * ```
 *
 * Every way to a key leads through {@link lookup}: it hides or deletes what has expired and stamps the
 * access clock. A deletion by expiry is written to the expired log, which the host drains before it
 * propagates or notifies anything, so that no caller has to think of it.
 */
import {
  ACCESS_CLOCK, DATABASES, DATABASE_BYTES, DATABASE_COUNT, EXPIRED_COUNT, EXPIRED_DELETE, EXPIRED_KEEP, EXPIRED_LOG,
  EXPIRED_LOG_CAP, EXPIRED_LOG_LEN, EXPIRED_MISS, EXPIRED_MODE, EXPIRED_OWN, EFFECTS_KEYS, LFU_DECAY_MINUTES,
  LFU_LOG_FACTOR, MISSING, NOW_MS, NO_TOUCH, SNAPSHOT, SNAPSHOT_READS, STAMP_CHANGE, STAMP_FREQUENCY, STAMPS,
} from "../base/layout";
import { allocate, free, reallocate } from "../base/memory";
import { argLen, argPtr } from "../protocol/resp";
import {
  entryAccess, entryBytes, entryEncoding, entryExpiryMs, entryHash, entryKey, entryKeyLen, entryType, freeEntry,
  hasExpiry, reshapeEntry, setAccess, setExpiryMs, TYPE_HASH, valuePtr,
} from "./entry";
import { random64 } from "../hashing/hash";
import { hashKey } from "./lookahead";
import {
  TABLE_BYTES, tableBuckets, tableCount, tableDismantle, tableFind, tableInit, tableInsert, tableKeep, tableRemove,
  tableReplace, tableScan, scanEnd,
} from "../structures/keytable";
import { isHidden, slotIndexAdd, slotIndexClear, slotIndexMake, slotIndexRemove } from "./slot_index";
import { objectPlaced, pendingInit } from "./object";

/** The LFU counter that a new key starts with, so that it lives long enough to be counted. */
const LFU_INITIAL: u32 = 5;

@inline export function keysOf(db: u32): usize {
  return <usize> load<u32>(DATABASES) + db * DATABASE_BYTES;
}
@inline export function expiresOf(db: u32): usize {
  return keysOf(db) + TABLE_BYTES;
}
@inline export function cursorCell(db: u32): usize {
  return keysOf(db) + 64;
}

/** The index of a database by slot, 0 = there is none. */
@inline export function slotsOf(db: u32): usize {
  return load<u32>(keysOf(db), 68);
}

/** Has the databases, which are empty yet, indexed by slot. @returns false when memory is out */
export function slotsInit(): bool {
  for (let db: u32 = 0; db < load<u32>(DATABASE_COUNT); db++) {
    const index = slotIndexMake();
    if (!index) return false;
    store<u32>(keysOf(db), <u32> index, 68);
  }
  return true;
}

/** Far more databases than the memory has room for, few enough for 32-bit sizes. */
const DATABASES_MAX: u32 = 1 << 24;

/** Makes `count` empty databases. @returns false when memory is out */
export function keyspaceInit(count: u32): bool {
  if (count > DATABASES_MAX) return false;
  const array = allocate(count * DATABASE_BYTES);
  if (!array) return false;
  memory.fill(array, 0, count * DATABASE_BYTES);
  store<u32>(DATABASES, <u32> array);
  store<u32>(DATABASE_COUNT, count);
  for (let db: u32 = 0; db < count; db++) {
    if (!tableInit(keysOf(db)) || !tableInit(expiresOf(db))) return false;
  }
  // When memory is out, what has expired must be able to go, and what is dropped to wait.
  return growLog(LOG_BYTES >> 1) && pendingInit();
}

export function databaseSize(db: u32): u32 {
  return tableCount(keysOf(db));
}
export function expiresSize(db: u32): u32 {
  return tableCount(expiresOf(db));
}

export function swapDatabases(a: u32, b: u32): void {
  const pa = keysOf(a);
  const pb = keysOf(b);
  for (let at: u32 = 0; at < DATABASE_BYTES; at += 8) {
    const word = load<u64>(pa + at);
    store<u64>(pa + at, load<u64>(pb + at));
    store<u64>(pb + at, word);
  }
}

// ---- access clock ---------------------------------------------------------------------------------

/** Minutes between two points of the 16-bit LFU clock. */
@inline function lfuDecayed(access: u32): u32 {
  const decay = load<u32>(LFU_DECAY_MINUTES);
  const counter = access & 0xff;
  if (!decay) return counter;
  const periods = ((load<u32>(ACCESS_CLOCK) - (access >> 8)) & 0xffff) / decay;
  return periods > counter ? 0 : counter - periods;
}

/** The LFU counter of an entry, decayed to now. */
export function lfuCounter(e: usize): u32 {
  return lfuDecayed(entryAccess(e));
}

function touchLfu(e: usize): void {
  let counter = lfuDecayed(entryAccess(e));
  if (counter < 255) {
    // Counts with probability 1 / (base * factor + 1): eight bits reach a million accesses.
    const base = counter > LFU_INITIAL ? counter - LFU_INITIAL : 0;
    const odds = <u64> base * load<u32>(LFU_LOG_FACTOR) + 1;
    if (random64() >> 32 < 0x100000000 / odds) counter++;
  }
  setAccess(e, (load<u32>(ACCESS_CLOCK) & 0xffff) << 8 | counter);
}

@inline export function touch(e: usize): void {
  if (load<u32>(NO_TOUCH)) return;
  const stamps = load<u32>(STAMPS);
  if (stamps == STAMP_FREQUENCY) touchLfu(e);
  else if (stamps != STAMP_CHANGE || !load<u32>(SNAPSHOT_READS)) {
    const clock = load<u32>(ACCESS_CLOCK);
    // Written only when it changes: a read should not dirty the line.
    if (entryAccess(e) != clock) setAccess(e, clock);
  }
}

/** The access field of a key that is new. */
@inline export function freshAccess(): u32 {
  const clock = load<u32>(ACCESS_CLOCK);
  return load<u32>(STAMPS) == STAMP_FREQUENCY ? (clock & 0xffff) << 8 | LFU_INITIAL : clock;
}

// ---- lookup ---------------------------------------------------------------------------------------

/** Hash of the key of the last {@link lookup} or {@link find}: what an insertion after it needs. */
export let lastHash: u64 = 0;

/** The entry of a key as it lies in the table, expired or not; 0 when absent. */
export function find(db: u32, key: usize, len: u32): usize {
  lastHash = hashKey(key, len);
  const t = keysOf(db);
  // Who looks a key up may be about to change its value.
  if (load<u32>(SNAPSHOT) && !load<u32>(SNAPSHOT_READS)) tableKeep(t, lastHash);
  return tableFind(t, lastHash, key, len);
}

/** The entry of a key, 0 when absent or expired, without stamping its access clock. */
export function peek(db: u32, key: usize, len: u32): usize {
  const e = find(db, key, len);
  if (e && hasExpiry(e) && isExpired(e)) return expire(db, e);
  return e;
}

/** The entry of a key, 0 when absent or expired; stamps its access clock. */
export function lookup(db: u32, key: usize, len: u32): usize {
  const e = find(db, key, len);
  if (!e) return 0;
  if (hasExpiry(e) && isExpired(e)) return expire(db, e);
  touch(e);
  return e;
}

/**
 * The entry that a result takes the place of. An empty result deletes it, and does not look first whether it has
 * expired: to others it is deleted then.
 */
export function destination(db: u32, key: usize, len: u32, isEmpty: bool): usize {
  return isEmpty ? find(db, key, len) : lookup(db, key, len);
}

@inline export function isExpired(e: usize): bool {
  return entryExpiryMs(e) < load<i64>(NOW_MS) && load<u32>(EXPIRED_MODE) != EXPIRED_KEEP;
}

/** Whether a key given this expiry is to be deleted at once. Replicas and loaders leave that to others. */
@inline export function isPast(ms: i64): bool {
  return ms <= load<i64>(NOW_MS) && load<u32>(EXPIRED_MODE) == EXPIRED_DELETE;
}

/** Whether expired entries were hidden and left in their table since the log was last cleared. */
let hiding: bool = false;

/** Deletes an expired entry, if this is ours to do, and logs it. @returns 0 */
function expire(db: u32, e: usize): usize {
  const mode = load<u32>(EXPIRED_MODE);
  if ((mode != EXPIRED_DELETE && mode != EXPIRED_OWN) || !removeExpired(db, e)) hiding = true;
  return 0;
}

/** Deletes an expired entry, and logs it. @returns false when there is no room in the log */
function removeExpired(db: u32, e: usize): bool {
  if (!log(db, entryKey(e), entryKeyLen(e))) return false;
  remove(db, e);
  return true;
}

/** Bytes that the log always has. */
const LOG_BYTES: u32 = 4096;

/** Makes room for `need` bytes of records. @returns false when memory is out */
function growLog(need: u32): bool {
  const room = need < 0x40000000 ? max(need << 1, LOG_BYTES) : need;
  const buffer = load<u32>(EXPIRED_LOG);
  const grown = buffer ? reallocate(buffer, room, load<u32>(EXPIRED_LOG_LEN)) : allocate(room);
  if (!grown) return false;
  store<u32>(EXPIRED_LOG, <u32> grown);
  store<u32>(EXPIRED_LOG_CAP, room);
  return true;
}

/** Without room in the log the entry stays, hidden: a deletion that nobody hears of would be a lie. */
function log(db: u32, key: usize, len: u32): bool {
  const used = load<u32>(EXPIRED_LOG_LEN);
  const need = used + len + 8;
  if (need > load<u32>(EXPIRED_LOG_CAP) && !growLog(need)) return false;
  const record = <usize> load<u32>(EXPIRED_LOG) + used;
  store<u32>(record, db);
  store<u32>(record, len, 4);
  memory.copy(record + 8, key, len);
  store<u32>(EXPIRED_LOG_LEN, need);
  store<u32>(EXPIRED_COUNT, load<u32>(EXPIRED_COUNT) + 1);
  return true;
}

/** Logs that a key was not there, which the host tells of in its place among what has expired. */
export function logMiss(db: u32, key: usize, len: u32): void {
  log(db | EXPIRED_MISS, key, len);
}

/** Whether an entry that lies in the table has not expired. With `tells` a miss is logged as by {@link logMiss}. */
export function isAlive(db: u32, e: usize, tells: bool): bool {
  if (!hasExpiry(e) || !isExpired(e)) return true;
  const len = entryKeyLen(e);
  const used = load<u32>(EXPIRED_LOG_LEN);
  expire(db, e);
  if (!tells) return false;
  // The entry may be gone, and its key left in the log alone, which may move as it grows.
  if (load<u32>(EXPIRED_LOG_LEN) == used) logMiss(db, entryKey(e), len);
  else if (load<u32>(EXPIRED_LOG_LEN) + len + 8 <= load<u32>(EXPIRED_LOG_CAP) || growLog(used + 2 * (len + 8))) {
    logMiss(db, <usize> load<u32>(EXPIRED_LOG) + used + 8, len);
  }
  return false;
}

/** Forgets the log's records; a buffer that had to grow large is given back. */
export function clearExpiredLog(): void {
  hiding = false;
  store<u32>(EFFECTS_KEYS, 0);
  store<u32>(EXPIRED_COUNT, 0);
  store<u32>(EXPIRED_LOG_LEN, 0);
  if (load<u32>(EXPIRED_LOG_CAP) <= 65536) return;
  // A block that shrinks is there in any case, moved or not.
  store<u32>(EXPIRED_LOG, <u32> reallocate(load<u32>(EXPIRED_LOG), LOG_BYTES, 0));
  store<u32>(EXPIRED_LOG_CAP, LOG_BYTES);
}

// ---- change ---------------------------------------------------------------------------------------

/**
 * Adds an entry whose key a lookup has just found absent (its expiry, where it has one, already set).
 *
 * @returns false when memory is out; the entry is then still the caller's
 */
export function insert(db: u32, hash: u64, e: usize): bool {
  if (hiding) {
    const hidden = tableFind(keysOf(db), hash, entryKey(e), entryKeyLen(e));
    if (hidden) {
      if (!replace(db, hash, hidden, e)) return false;
      freeEntry(hidden);
      return true;
    }
  }
  const slots = slotsOf(db);
  if (slots && !slotIndexAdd(slots, entryKey(e), entryKeyLen(e), hash)) return false;
  if (!tableInsert(keysOf(db), hash, e)) {
    if (slots) slotIndexRemove(slots, entryKey(e), entryKeyLen(e), hash);
    return false;
  }
  if (hasExpiry(e) && !tableInsert(expiresOf(db), hash, e)) {
    tableRemove(keysOf(db), hash, e);
    if (slots) slotIndexRemove(slots, entryKey(e), entryKeyLen(e), hash);
    return false;
  }
  placed(e);
  return true;
}

/** An entry has got its place: what keeps the address of its values' entries must hear of it. */
@inline function placed(e: usize): void {
  if (entryType(e) == TYPE_HASH) objectPlaced(TYPE_HASH, entryEncoding(e), valuePtr(e), e);
}

/**
 * Puts an entry where another one of the same key is; the old one is the caller's to free.
 *
 * @returns false when memory is out, and then nothing has changed
 */
export function replace(db: u32, hash: u64, old: usize, e: usize): bool {
  const expires = expiresOf(db);
  if (hasExpiry(e)) {
    if (hasExpiry(old)) tableReplace(expires, hash, old, e);
    else if (!tableInsert(expires, hash, e)) return false;
  } else if (hasExpiry(old)) tableRemove(expires, hash, old);
  tableReplace(keysOf(db), hash, old, e);
  placed(e);
  return true;
}

/** Takes an entry out of its database; it is the caller's to free. */
export function unlink(db: u32, e: usize): void {
  const hash = entryHash(e);
  if (hasExpiry(e)) tableRemove(expiresOf(db), hash, e);
  tableRemove(keysOf(db), hash, e);
  const slots = slotsOf(db);
  if (slots) slotIndexRemove(slots, entryKey(e), entryKeyLen(e), hash);
}

/** Deletes an entry. */
export function remove(db: u32, e: usize): void {
  unlink(db, e);
  freeEntry(e);
}

/** Sets the expiry of an entry. @returns the entry, perhaps moved; 0 when memory is out */
export function setExpiry(db: u32, e: usize, ms: i64): usize {
  if (hasExpiry(e)) {
    setExpiryMs(e, ms);
    return e;
  }
  return reshape(db, e, true, ms);
}

/** Takes the expiry from an entry that has one. @returns the entry, moved; 0 when memory is out */
export function clearExpiry(db: u32, e: usize): usize {
  return reshape(db, e, false, 0);
}

function reshape(db: u32, e: usize, expiry: bool, ms: i64): usize {
  const made = reshapeEntry(e, entryKey(e), entryKeyLen(e), expiry);
  if (!made) return 0;
  if (expiry) setExpiryMs(made, ms);
  if (!replace(db, entryHash(e), e, made)) {
    free(made);
    return 0;
  }
  free(e);
  return made;
}

// ---- active expiry --------------------------------------------------------------------------------

let sampledKeys: u32 = 0;
let sampledTtlMs: f64 = 0;

/** Keys looked at by the last {@link expireSample}. */
export function keysSampled(): u32 {
  return sampledKeys;
}
/** Sum of the remaining ms of those that had not expired. */
export function ttlSampled(): f64 {
  return sampledTtlMs;
}

/**
 * Looks at the keys with an expiry from where the last call stopped, until `wanted` were seen or
 * `wanted * 20` buckets or the whole table passed, and deletes (and logs) those that have expired.
 *
 * @param scratch room for the entries of some buckets
 * @returns how many were deleted
 */
export function expireSample(db: u32, wanted: u32, scratch: usize): u32 {
  const t = expiresOf(db);
  let expired: u32 = 0;
  let cursor = load<u32>(cursorCell(db));
  sampledKeys = 0;
  sampledTtlMs = 0;
  // No key is looked at twice: one round of a small table is enough.
  const round: u32 = 1 << (31 - clz(tableBuckets(t)));
  for (let steps = min(wanted * 20, round); steps && sampledKeys < wanted && tableCount(t); steps--) {
    cursor = tableScan(t, cursor, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) {
      const e: usize = load<u32>(at);
      sampledKeys++;
      // Whose slot it is says what has expired of one that is on its way here.
      if (isHidden(e)) continue;
      const now = load<i64>(NOW_MS);
      const expiryMs = entryExpiryMs(e);
      if (expiryMs < now) {
        if (removeExpired(db, e)) expired++;
      } else sampledTtlMs += <f64> (expiryMs - now);
    }
  }
  store<u32>(cursorCell(db), cursor);
  return expired;
}

/** Deletes a key whose time is over, whatever the mode. @returns 1 done, 0 it has time left, MISSING it has no expiry */
export function expireKey(db: u32, karg: u32): i32 {
  const e = find(db, argPtr(karg), argLen(karg));
  if (!e || !hasExpiry(e)) return MISSING;
  return entryExpiryMs(e) < load<i64>(NOW_MS) && removeExpired(db, e) ? 1 : 0;
}

// ---- emptying -------------------------------------------------------------------------------------

/**
 * Moves a database's content into `detached`, a block of two tables, and leaves the database empty.
 *
 * @returns false when memory is out, and then nothing has changed
 */
export function detach(db: u32, detached: usize): bool {
  memory.copy(detached, keysOf(db), TABLE_BYTES * 2);
  if (tableInit(keysOf(db))) {
    if (tableInit(expiresOf(db))) {
      store<u32>(cursorCell(db), 0);
      if (slotsOf(db)) slotIndexClear(slotsOf(db));
      return true;
    }
    tableDismantle(keysOf(db), 1, 0);
  }
  memory.copy(keysOf(db), detached, TABLE_BYTES * 2);
  return false;
}

/**
 * Frees part of what {@link detach} took: `budget` buckets of it.
 *
 * @param scratch room for the entries of the buckets of one step
 * @returns whether all is free, the block `detached` too
 */
export function dismantle(detached: usize, budget: u32, scratch: usize): bool {
  const keys = detached;
  const expires = detached + TABLE_BYTES;
  while (budget--) {
    // The entries are shared, so the table that owns them goes last.
    if (load<u32>(expires)) {
      if (tableDismantle(expires, 1, scratch)) store<u32>(expires, 0);
      continue;
    }
    const gone = tableDismantle(keys, 1, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) freeEntry(load<u32>(at));
    if (gone) {
      free(detached);
      return true;
    }
  }
  return false;
}

/** Empties a database at once. @returns how many keys it had */
export function flush(db: u32, scratch: usize): u32 {
  const count = databaseSize(db);
  if (!count) return 0;
  const block = allocate(TABLE_BYTES * 2);
  if (block && detach(db, block)) {
    while (!dismantle(block, 0x10000, scratch)) continue;
    return count;
  }
  free(block);
  // Memory is out: delete one by one, which needs none.
  let cursor: u32 = 0;
  do {
    cursor = tableScan(keysOf(db), cursor, scratch);
    for (let at = scratch, end = scanEnd; at < end; at += 4) remove(db, load<u32>(at));
  } while (cursor || databaseSize(db));
  return count;
}

/** Bytes that a key accounts for: its entry, its value and its places in the tables. */
export function keyBytes(e: usize, samples: u32): f64 {
  return entryBytes(e, samples) + (hasExpiry(e) ? 20 : 10);
}

/** DEL. @returns whether the key was there */
export function keyDelete(db: u32, karg: u32): bool {
  const e = peek(db, argPtr(karg), argLen(karg));
  if (!e) return false;
  remove(db, e);
  return true;
}
