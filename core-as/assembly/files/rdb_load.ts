/**
 * The bytes of an RDB file (rdb_save.ts) into the databases, piece by piece: a file larger than memory has
 * room for beside its content is never there as a whole, nor is a large collection.
 *
 * ```
 *  loader (192 bytes)
 *    +0  u32 phase               +16 i64 expiry                 +56 u64 keys made
 *    +4  u32 version             +24 u32 it has one             +64 u64 keys that had expired
 *    +80 u32 RDB type of the key that was read last, +84 u32 its entry where it is told of, +88 u32 KEY_*
 *    +8  u32 database            +28 u32 access, NO_ACCESS      +72 u64 keys without elements
 *    +12 u32 LOAD_* bits         +40 u64 CRC of what was read   +96 reader (rdb_read.ts)
 * ```
 *
 * The host hands in what it has; the loader takes as many whole steps as there are (an element of a value at
 * least) and says how far it has come and how many bytes it must see to go on. What it cannot know itself
 * (fields, libraries, the end) it stops for.
 */
import {
  ACCESS_CLOCK, DATABASE_COUNT, NOW_MS, OUT_OF_MEMORY, RDB_KEY_LEN, RDB_KEY_PTR, RDB_TAKEN, RESULT_I64, RESULT_LEN, STAMP_FREQUENCY, STAMPS,
  RESULT_PTR,
} from "../base/layout";
import { crc64 } from "../hashing/crc64";
import { checksumTables } from "./dump";
import {
  entryEncoding, entryKey, entryKeyLen, entryType, freeEntry, setAccess, valuePtr,
} from "../keyspace/entry";
import { TYPE_STRING } from "../keyspace/kinds";
import { objectLength } from "../keyspace/object";
import { find, insert, lastHash } from "../keyspace/keyspace";
import { place } from "../generic/generic";
import { allocate, free } from "../base/memory";
import { readDrop, readStart, readStep, readStringEntry, takeEntry, typeOfRdb } from "./rdb_read";
import {
  OP_AUX, OP_END, OP_EXPIRE, OP_EXPIRE_MS, OP_FREQ, OP_FUNCTION, OP_IDLE, OP_MODULE, OP_RESIZE, OP_SELECT,
  OP_SLOT,
} from "./rdb_save";
import {
  fail, forgive, RDB_EMPTY, RDB_SHORT, sourceAt, sourceMark, sourceOpen, sourceRelease, sourceRewind, takeByte,
  takeBytes, takeLength, takenLen, takenPtr, takeString, takeU32, takeU64, trouble, wanted,
} from "./rdb_source";
import { RDB_HASH_TIMED, RDB_STRING, RDB_VERSION_READ, RDB_VERSION_VALKEY } from "./rdb_types";

// What a call has come to. RDB_TAKEN is how many bytes it has taken.
/** It needs RESULT_I64 bytes from there on. */
export const LOAD_MORE: i32 = 0;
/** A field of the file: its name is in RESULT, its value in RDB_KEY. */
export const LOAD_AUX: i32 = 1;
/** A library of functions is in RDB_KEY. */
export const LOAD_FUNCTION: i32 = 2;
/** A key without elements was passed over. */
export const LOAD_SKIPPED: i32 = 3;
/** With LOAD_TELLS: a key is whole, its name is in RDB_KEY; what it is {@link loadedType} and its like say. */
export const LOAD_KEY: i32 = 5;
/** The end, and the checksum is right, or there is none (LOAD_NO_CHECKSUM in {@link loadFlags}). */
export const LOAD_END: i32 = 4;

// Why it cannot go on.
export const LOAD_NO_SIGNATURE: i32 = -320;
/** RESULT_I64 is the version. */
export const LOAD_BAD_VERSION: i32 = -321;
/** RESULT_I64 is the type, the key in RDB_KEY. */
export const LOAD_BAD_TYPE: i32 = -322;
export const LOAD_MODULE: i32 = -323;
/** RESULT_I64 is the database. */
export const LOAD_BAD_DATABASE: i32 = -324;
/** The key of RDB_KEY is there already, in database RESULT_I64. */
export const LOAD_DUPLICATE: i32 = -325;
/** The checksum of the file is in RESULT_I64, that of its bytes {@link loadChecksum}. */
export const LOAD_BAD_CHECKSUM: i32 = -326;

// How to load.
/** A key that is there is overwritten. */
export const LOAD_MERGES: u32 = 1;
/** Keys past their time are made: somebody else deletes them. */
export const LOAD_KEEPS_EXPIRED: u32 = 2;
/** Members that stand twice in a listpack are looked for. */
export const LOAD_CHECKS: u32 = 4;
/** The checksum is not looked at. */
export const LOAD_TRUSTS: u32 = 8;
/** Into the databases that are staged (staged.ts), not into those that are served. */
export const LOAD_BESIDE: u32 = 32;
/** Set by the loader: the file has no checksum. */
export const LOAD_NO_CHECKSUM: u32 = 16;
/** Keys are told of, and not made: the file is looked at only. */
export const LOAD_TELLS: u32 = 64;

// What {@link loadedKind} says of a key: it has an expiry, which is over.
export const KEY_EXPIRES: u32 = 1;
export const KEY_EXPIRED: u32 = 2;

const LOADER_BYTES: u32 = 192;
const READER: u32 = 96;
const NO_ACCESS: u32 = 0xffffffff;

const SIGNATURE: u32 = 0;
const RECORDS: u32 = 1;
const VALUE: u32 = 2;
const CHECKSUM: u32 = 3;
const ENDED: u32 = 4;

@inline function phaseOf(l: usize): u32 { return load<u32>(l); }
@inline function setPhase(l: usize, phase: u32): void { store<u32>(l, phase); }
@inline function databaseOf(l: usize): u32 { return load<u32>(l, 8); }
@inline export function loadFlags(l: u32): u32 { return load<u32>(l, 12); }

/** From here on keys whose time is over are loaded, too. */
export function loadKeepsExpired(l: u32): void {
  store<u32>(l, loadFlags(l) | LOAD_KEEPS_EXPIRED, 12);
}

/** Number of the database that is the file's 0. */
@inline function firstDatabase(flags: u32): u32 {
  return flags & LOAD_BESIDE ? load<u32>(DATABASE_COUNT) : 0;
}

/** Begins a file. @param flags LOAD_* @returns the loader, 0 when memory is out */
export function loadStart(flags: u32): u32 {
  const l = allocate(LOADER_BYTES);
  if (!l) return 0;
  memory.fill(l, 0, LOADER_BYTES);
  store<u32>(l, flags, 12);
  store<u32>(l, firstDatabase(flags), 8);
  store<u32>(l, NO_ACCESS, 28);
  return <u32> l;
}

/** Ends a file, whole or not. */
export function loadFinish(l: u32): void {
  sourceRelease();
  dropTold(l);
  if (phaseOf(l) == VALUE) readDrop(l + READER);
  free(l);
}

/** Drops the entry of the key that the host was told of. */
function dropTold(l: usize): void {
  const e = load<u32>(l, 84);
  store<u32>(l, 0, 84);
  if (e) freeEntry(e);
}

/** The file's version; RDB type, database and KEY_* bits of the key that was read last, and how many elements the one told of has. */
export function loadedVersion(l: u32): u32 { return load<u32>(l, 4); }
export function loadedType(l: u32): u32 { return load<u32>(l, 80); }
export function loadedDatabase(l: u32): u32 { return databaseOf(l); }
export function loadedKind(l: u32): u32 { return load<u32>(l, 88); }
export function loadedElements(l: u32): u32 {
  const e: usize = load<u32>(l, 84);
  return e && entryType(e) != TYPE_STRING ? objectLength(entryType(e), entryEncoding(e), valuePtr(e)) : 1;
}

export function loadedKeys(l: u32): f64 { return <f64> load<u64>(l, 56); }
export function loadExpiredKeys(l: u32): f64 { return <f64> load<u64>(l, 64); }
export function loadEmptyKeys(l: u32): f64 { return <f64> load<u64>(l, 72); }

/** Puts the checksum of the bytes read into RESULT_I64. */
export function loadChecksum(l: u32): void {
  store<i64>(RESULT_I64, load<u64>(l, 40));
}

/** Takes in the next bytes of the file. @returns LOAD_*, RDB_BAD or OUT_OF_MEMORY */
export function loadStep(l: u32, ptr: u32, len: u32): i32 {
  sourceRelease();
  dropTold(l);
  sourceOpen(ptr, len);
  let status: i32 = 0;
  let summed: usize = ptr;
  while (!status && !trouble) {
    if (phaseOf(l) == VALUE) status = goOn(l);
    else {
      sourceMark();
      status = readRecord(l);
    }
    // The checksum comes next: here ends what it is of.
    if (phaseOf(l) == CHECKSUM) summed = sum(l, summed);
    // What the host is told of stays until the next call.
    if (!status && !trouble) sourceRelease();
  }
  if (trouble == RDB_SHORT) {
    sourceRewind();
    store<i64>(RESULT_I64, wanted);
    status = LOAD_MORE;
  } else if (trouble) status = trouble;
  store<u32>(RDB_TAKEN, <u32> sourceAt() - ptr);
  if (phaseOf(l) != ENDED) sum(l, summed);
  return status;
}

/** Takes the bytes from `from` to where reading goes on into the checksum. @returns that place */
function sum(l: usize, from: usize): usize {
  const to = sourceAt();
  store<u64>(l, crc64(load<u64>(l, 40), from, <u32> (to - from), checksumTables()), 40);
  return to;
}

function readRecord(l: usize): i32 {
  if (phaseOf(l) == SIGNATURE) return readSignature(l);
  if (phaseOf(l) == CHECKSUM) return readChecksum(l);
  const op = takeByte();
  if (trouble) return 0;
  switch (op) {
    case OP_EXPIRE_MS: setExpiry(l, takeU64()); return 0;
    case OP_EXPIRE: setExpiry(l, <i64> <i32> takeU32() * 1000); return 0;
    case OP_IDLE: setIdle(l, takeLength()); return 0;
    case OP_FREQ: setFrequency(l, takeByte()); return 0;
    case OP_SELECT: return select(l, takeLength());
    case OP_RESIZE:
      takeLength();
      takeLength();
      return 0;
    case OP_SLOT:
      for (let i = 0; i < 3; i++) takeLength();
      return 0;
    case OP_AUX: return readAux();
    case OP_FUNCTION:
      if (takeString()) tellKey(takenPtr, takenLen);
      return LOAD_FUNCTION;
    case OP_MODULE: return LOAD_MODULE;
    case OP_END:
      // Versions before 5 have no checksum.
      setPhase(l, load<u32>(l, 4) < 5 ? ENDED : CHECKSUM);
      return load<u32>(l, 4) < 5 ? LOAD_END : 0;
    default: return readKey(l, op);
  }
}

function tellKey(ptr: usize, len: u32): void {
  store<u32>(RDB_KEY_PTR, <u32> ptr);
  store<u32>(RDB_KEY_LEN, len);
}

function readSignature(l: usize): i32 {
  const ptr = takeBytes(9);
  if (!ptr) return 0;
  const isValkey = load<u32>(ptr) == 0x4b4c4156 && load<u16>(ptr, 4) == 0x5945; // VALKEY
  const isRedis = load<u32>(ptr) == 0x49444552 && load<u8>(ptr, 4) == 0x53; // REDIS
  if (!isValkey && !isRedis) return LOAD_NO_SIGNATURE;
  let version: u32 = 0;
  for (let i: u32 = isValkey ? 6 : 5; i < 9; i++) {
    const digit = <u32> load<u8>(ptr + i) - 0x30;
    if (digit > 9) break;
    version = version * 10 + digit;
  }
  store<i64>(RESULT_I64, version);
  if (isValkey ? version != RDB_VERSION_VALKEY : !version || version > RDB_VERSION_READ) return LOAD_BAD_VERSION;
  store<u32>(l, version, 4);
  setPhase(l, RECORDS);
  return 0;
}

function readChecksum(l: usize): i32 {
  const sum = takeU64();
  if (trouble) return 0;
  setPhase(l, ENDED);
  if (loadFlags(<u32> l) & LOAD_TRUSTS) return LOAD_END;
  if (!sum) {
    store<u32>(l, loadFlags(<u32> l) | LOAD_NO_CHECKSUM, 12);
    return LOAD_END;
  }
  store<i64>(RESULT_I64, sum);
  return sum == load<u64>(l, 40) ? LOAD_END : LOAD_BAD_CHECKSUM;
}

function readAux(): i32 {
  if (!takeString()) return 0;
  store<u32>(RESULT_PTR, <u32> takenPtr);
  store<u32>(RESULT_LEN, takenLen);
  if (takeString()) tellKey(takenPtr, takenLen);
  return LOAD_AUX;
}

// ---- what is said of the next key -----------------------------------------------------------------

function setExpiry(l: usize, ms: i64): void {
  if (trouble) return;
  store<i64>(l, ms, 16);
  store<u32>(l, 1, 24);
}

function setIdle(l: usize, seconds: u64): void {
  if (trouble || load<u32>(STAMPS) == STAMP_FREQUENCY) return;
  store<u32>(l, (load<u32>(ACCESS_CLOCK) - <u32> seconds) & 0xffffff, 28);
}

function setFrequency(l: usize, counter: u32): void {
  if (trouble || load<u32>(STAMPS) != STAMP_FREQUENCY) return;
  store<u32>(l, (load<u32>(ACCESS_CLOCK) & 0xffff) << 8 | counter, 28);
}

function select(l: usize, db: u64): i32 {
  if (trouble) return 0;
  store<i64>(RESULT_I64, db);
  if (db >= load<u32>(DATABASE_COUNT) && !(loadFlags(<u32> l) & LOAD_TELLS)) return LOAD_BAD_DATABASE;
  store<u32>(l, <u32> db + firstDatabase(loadFlags(<u32> l)), 8);
  return 0;
}

/** Forgets what was said of the key that is done. */
function nextKey(l: usize): void {
  store<u32>(l, 0, 24);
  store<u32>(l, NO_ACCESS, 28);
  setPhase(l, RECORDS);
}

// ---- keys -----------------------------------------------------------------------------------------

function readKey(l: usize, type: u32): i32 {
  if (!takeString()) return 0;
  const key = takenPtr;
  const len = takenLen;
  tellKey(key, len);
  store<u32>(l, type, 80);
  // Redis had that number for something else once, in files that no release has written.
  const isOfOther = type == RDB_HASH_TIMED && load<u32>(l, 4) != RDB_VERSION_VALKEY;
  if (typeOfRdb(type) < 0 || isOfOther) {
    store<i64>(RESULT_I64, type);
    return LOAD_BAD_TYPE;
  }
  const expires = load<u32>(l, 24) != 0;
  if (type == RDB_STRING) {
    const e = readStringEntry(key, len, expires, load<i64>(l, 16));
    return e ? finish(l, e) : 0;
  }
  const checks = (loadFlags(<u32> l) & LOAD_CHECKS) != 0;
  if (!readStart(l + READER, type, key, len, expires, load<i64>(l, 16), checks)) fail(OUT_OF_MEMORY);
  else setPhase(l, VALUE);
  return 0;
}

function goOn(l: usize): i32 {
  const reader = l + READER;
  const done = readStep(reader);
  if (done == 1) return finish(l, takeEntry(reader));
  if (done == RDB_SHORT) {
    fail(RDB_SHORT);
    return 0;
  }
  nextKey(l);
  if (done != RDB_EMPTY) return 0;
  forgive();
  store<u64>(l, load<u64>(l, 72) + 1, 72);
  return LOAD_SKIPPED;
}

/** A key is whole: it gets its place, or not. */
function finish(l: usize, e: usize): i32 {
  const flags = loadFlags(<u32> l);
  const isPast = load<u32>(l, 24) && load<i64>(l, 16) < load<i64>(NOW_MS);
  const expired = isPast && !(flags & LOAD_KEEPS_EXPIRED);
  const access = load<u32>(l, 28);
  store<u32>(l, (load<u32>(l, 24) ? KEY_EXPIRES : 0) | (isPast ? KEY_EXPIRED : 0), 88);
  nextKey(l);
  if (flags & LOAD_TELLS) {
    tellKey(entryKey(e), entryKeyLen(e));
    store<u32>(l, <u32> e, 84);
    return LOAD_KEY;
  }
  if (expired) {
    store<u64>(l, load<u64>(l, 64) + 1, 64);
    freeEntry(e);
    return 0;
  }
  if (access != NO_ACCESS) setAccess(e, access);
  const db = databaseOf(l);
  const there = find(db, entryKey(e), entryKeyLen(e));
  if (there && !(flags & LOAD_MERGES)) {
    tellKey(entryKey(there), entryKeyLen(there));
    store<i64>(RESULT_I64, db - firstDatabase(flags));
    freeEntry(e);
    return LOAD_DUPLICATE;
  }
  if (!(there ? place(db, e) : insert(db, lastHash, e))) {
    freeEntry(e);
    fail(OUT_OF_MEMORY);
    return 0;
  }
  store<u64>(l, load<u64>(l, 56) + 1, 56);
  return 0;
}
