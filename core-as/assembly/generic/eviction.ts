/**
 * Choosing keys to evict: the approximated LRU and LFU of Redis 3 and later. Each round samples a few
 * random entries, those of a random bucket or two, and keeps the best candidates seen so far in a pool, so that a handful of samples a
 * round comes close to knowing the order of all keys.
 *
 * ```
 *  pool: EVICTION_SLOTS slots in ascending order of score, empty ones (score 0) first
 *    +0  u64 hash of the key
 *    +8  u64 score      the higher, the better to evict; 0 = empty
 *    +16 u32 database
 *    +20 u32 key length
 * ```
 *
 * A slot names its key by the 64-bit hash: entries may be freed or moved while they are in the pool.
 * Should two keys share hash and length, the wrong one of two candidates goes; nothing breaks.
 */
import { ACCESS_CLOCK, EVICTION_POOL, LOOK_SINK, RESULT_I64, SCRATCH } from "../base/layout";
import {
  entryAccess, entryEncoding, entryExpiryMs, entryHash, entryKeyLen, hasExpiry, HASHTABLE, SKIPLIST, valuePtr,
} from "../keyspace/entry";
import { expiresOf, keysOf, lfuCounter } from "../keyspace/keyspace";
import { isHidden } from "../keyspace/slot_index";
import { tableBytes, tableCount, tableFindHash, tableRandom, tableSome } from "../structures/keytable";

const EVICTION_SLOTS: u32 = 16;
const SLOT_BYTES: u32 = 24;

/** How candidates are ranked. */
export const EVICT_LRU: u32 = 0;
export const EVICT_LFU: u32 = 1;
export const EVICT_TTL: u32 = 2;

@inline function slotAt(index: u32): usize {
  return EVICTION_POOL + index * SLOT_BYTES;
}

/** 1 or more: what makes an entry a better candidate the higher it is. */
function scoreOf(e: usize, ranking: u32): u64 {
  if (ranking == EVICT_LFU) return 256 - lfuCounter(e);
  if (ranking == EVICT_LRU) return 1 + ((load<u32>(ACCESS_CLOCK) - entryAccess(e)) & 0xffffff);
  // The sooner it expires the better; an expiry is never negative when it lies in a table.
  return hasExpiry(e) ? i64.MAX_VALUE - entryExpiryMs(e) + 1 : 1;
}

/** Forgets all candidates: their scores mean nothing under another policy. */
export function evictionReset(): void {
  memory.fill(EVICTION_POOL, 0, EVICTION_SLOTS * SLOT_BYTES);
}

function offer(db: u32, e: usize, score: u64): void {
  // A full pool takes only what is better than its worst.
  if (load<u64>(slotAt(0), 8) >= score) return;
  const hash = entryHash(e);
  let place: u32 = 0;
  while (place + 1 < EVICTION_SLOTS && load<u64>(slotAt(place + 1), 8) < score) place++;
  for (let i: u32 = 0; i < EVICTION_SLOTS; i++) {
    if (load<u64>(slotAt(i), 8) && load<u64>(slotAt(i)) == hash && load<u32>(slotAt(i), 16) == db) return;
  }
  memory.copy(slotAt(0), slotAt(1), place * SLOT_BYTES);
  const slot = slotAt(place);
  store<u64>(slot, hash);
  store<u64>(slot, score, 8);
  store<u32>(slot, db, 16);
  store<u32>(slot, entryKeyLen(e), 20);
}

/** Samples taken at once: as many entries of whole buckets fit SCRATCH with room to spare. */
const SAMPLES_MAX: u32 = 0x10000;

/** Offers `samples` random entries of a database, or a few more, or of those with an expiry only, to the pool. */
export function evictionSample(db: u32, volatile: bool, ranking: u32, samples: u32): void {
  const t = volatile ? expiresOf(db) : keysOf(db);
  const end = tableSome(t, min(samples, SAMPLES_MAX), SCRATCH);
  // Touched first, all of them: the misses of the cache overlap.
  let sum: u32 = 0;
  for (let at = SCRATCH; at < end; at += 4) sum += load<u32>(load<u32>(at));
  store<u32>(LOOK_SINK, sum);
  for (let at = SCRATCH; at < end; at += 4) {
    const e: usize = load<u32>(at);
    // A slot that is on its way here is its source's to keep.
    if (!isHidden(e)) offer(db, e, scoreOf(e, ranking));
  }
}

/** A random entry of a database, or of those with an expiry only; 0 when there is none. */
export function evictionRandom(db: u32, volatile: bool): u32 {
  return <u32> tableRandom(volatile ? expiresOf(db) : keysOf(db));
}

let bestDb: u32 = 0;
/** Database of what {@link evictionBest} found. */
export function evictionDatabase(): u32 {
  return bestDb;
}

/** Takes the best candidate that is still there out of the pool; 0 when there is none. */
export function evictionBest(volatile: bool): u32 {
  const best = slotAt(EVICTION_SLOTS - 1);
  while (load<u64>(best, 8)) {
    const db = load<u32>(best, 16);
    const t = volatile ? expiresOf(db) : keysOf(db);
    const e = tableFindHash(t, load<u64>(best), load<u32>(best, 20));
    memory.copy(slotAt(1), slotAt(0), (EVICTION_SLOTS - 1) * SLOT_BYTES);
    memory.fill(slotAt(0), 0, SLOT_BYTES);
    bestDb = db;
    if (e) return <u32> e;
  }
  return 0;
}

/** Bytes of the table of a database's keys, of which it shows what its entries do not hold. */
export function keysTableBytes(db: u32): u32 {
  return tableBytes(keysOf(db));
}
export function expiresTableBytes(db: u32): u32 {
  return tableBytes(expiresOf(db));
}
/** The same of the table that is a set, or part of a hash or a sorted set; RESULT_I64 is its elements. @returns 0 for other values */
export function valueTableBytes(e: u32): u32 {
  if (entryEncoding(e) != HASHTABLE && entryEncoding(e) != SKIPLIST) return 0;
  store<u64>(RESULT_I64, tableCount(valuePtr(e)));
  return tableBytes(valuePtr(e));
}
