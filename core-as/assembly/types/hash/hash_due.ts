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
  DATABASE_COUNT, EXPIRED_DELETE, EXPIRED_MODE, EFFECTS_FIELDS, HASH_EXPIRED_LOG, HASH_EXPIRED_LOG_CAP,
  HASH_EXPIRED_LOG_LEN, HASH_EXPIRING, HASH_EXPIRING_COUNT, HASH_EXPIRING_NEXT, SCRATCH,
} from "../../base/layout";
import { allocate, free, reallocate } from "../../base/memory";
import { entryHash, entryKey, entryKeyLen, valuePtr } from "../../keyspace/entry";
import { keysOf } from "../../keyspace/keyspace";
import { scanEnd, tableCount, tableFind, tableKeep, tableScan } from "../../structures/keytable";
import { argLen, argPtr } from "../../protocol/resp";
import {
  blockEntry, blockIsDue, blockNext, fieldsAreDue, fieldsDelete, fieldsFind, itemExpires, itemExpiryMs, itemField,
  itemFieldLen, itemIsDue, passBegin, passEnd, passKeep,
} from "./hash_table";
import { isPacked, removeEmpty } from "./hash_value";

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

/** Those of one database. */
export function hashExpiringIn(db: u32): u32 {
  let found: u32 = 0;
  for (let block: usize = load<u32>(HASH_EXPIRING); block; block = blockNext(block)) {
    if (databaseOf(blockEntry(block)) == <i32> db) found++;
  }
  return found;
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
