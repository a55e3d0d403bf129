/**
 * All databases into the bytes of an RDB file, step by step.
 *
 * ```
 *  file      "REDIS" u32 version as 4 digits
 *            0xfa name string, value string ...                       what the host has to say
 *            0xf5 string ...                                          libraries of functions
 *            0xfe number, 0xfb keys, expiring keys, record ...        of each database with keys
 *            0xff, u64 CRC-64 of all before, 0 where there is none
 *  record    [0xfc i64 expiry, ms] [0xf8 idle seconds | 0xf9 u8 counter] u8 type, key string, value
 *
 *  saver (144 bytes)
 *    +0  u32 database            +32 u64 keys written         +80 writer (rdb_write.ts)
 *    +4  u32 phase               +40 u64 CRC so far
 *    +8  walk through its keys   +48 u32 what is said of a key's use
 *    +24 u32 a value is under way  +52 u32 whether there is a checksum
 * ```
 *
 * The host empties the sink after each step. The data set must not change between steps: that is the
 * caller's care.
 */
import {
  ACCESS_CLOCK, DATABASE_COUNT, HASH_EXPIRING_COUNT, RDB_SINK, RDB_SINK_FAILED, RDB_SINK_LEN,
} from "./layout";
import { crc64 } from "./crc64";
import { checksumTables } from "./dump";
import { entryAccess, entryExpiryMs, entryKey, entryKeyLen, hasExpiry } from "./entry";
import { databaseSize, expiresSize, keysOf, lfuCounter } from "./keyspace";
import { allocate, free } from "./memory";
import { putByte, putBytes, putLength, putString, putU64, sinkFree, sinkReset } from "./rdb_sink";
import { isEnough, RDB_VERSION, RDB_VERSION_EXPIRING, rdbTypeOf, writeStart, writeStep } from "./rdb_write";
import { argLen, argPtr } from "./resp";
import { walkNext, walkStart } from "./tablewalk";

// What a byte that is no type says.
export const OP_FUNCTION: u32 = 0xf5;
export const OP_FUNCTION_OLD: u32 = 0xf6;
export const OP_MODULE: u32 = 0xf7;
export const OP_IDLE: u32 = 0xf8;
export const OP_FREQ: u32 = 0xf9;
export const OP_AUX: u32 = 0xfa;
export const OP_RESIZE: u32 = 0xfb;
export const OP_EXPIRE_MS: u32 = 0xfc;
export const OP_EXPIRE: u32 = 0xfd;
export const OP_SELECT: u32 = 0xfe;
export const OP_END: u32 = 0xff;

// What is said of a key's use: nothing, how long it is idle, how often it is used.
export const SAVE_NO_USE: u32 = 0;
export const SAVE_IDLE: u32 = 1;
export const SAVE_FREQ: u32 = 2;

// What a step has come to.
export const SAVE_MORE: i32 = 0;
export const SAVE_DONE: i32 = 1;
export const SAVE_FAILED: i32 = -1;

const SAVER_BYTES: u32 = 144;
const WRITER: u32 = 80;
/** A sink that had to grow beyond this for a large value is given back. */
const SINK_KEPT_BYTES: u32 = 0x100000;

const NEXT_DATABASE: u32 = 0;
const KEYS: u32 = 1;
const TRAILER: u32 = 2;
const END: u32 = 3;

const MAGIC = memory.data<u8>([0x52, 0x45, 0x44, 0x49, 0x53, 0x30, 0x30, 0x31, 0x30]); // REDIS0010

@inline function phaseOf(s: usize): u32 { return load<u32>(s, 4); }
@inline function setPhase(s: usize, phase: u32): void { store<u32>(s, phase, 4); }

/**
 * Begins a file.
 *
 * @param use SAVE_*
 * @returns the saver, 0 when memory is out
 */
export function saveStart(use: u32, checksum: bool): u32 {
  const s = allocate(SAVER_BYTES);
  if (!s) return 0;
  if (!checksumTables()) {
    free(s);
    return 0;
  }
  memory.fill(s, 0, SAVER_BYTES);
  store<u32>(s, use, 48);
  store<u32>(s, u32(checksum), 52);
  sinkReset(0);
  const version = load<u32>(HASH_EXPIRING_COUNT) ? RDB_VERSION_EXPIRING : RDB_VERSION;
  store<u8>(MAGIC, <u8> (0x30 + version % 10), 8);
  putBytes(MAGIC, 9);
  return <u32> s;
}

/** Says something of the file: arguments `index` and the one behind it. */
export function saveAux(index: u32): void {
  putByte(OP_AUX);
  putString(argPtr(index), argLen(index));
  putString(argPtr(index + 1), argLen(index + 1));
}

/** A library of functions: an argument. */
export function saveFunction(index: u32): void {
  putByte(OP_FUNCTION);
  putString(argPtr(index), argLen(index));
}

/** Fills the sink up to about `limit` bytes. @returns SAVE_* */
export function saveStep(s: u32, limit: u32): i32 {
  while (phaseOf(s) != END && !isEnough(limit)) {
    switch (phaseOf(s)) {
      case NEXT_DATABASE: startDatabase(s); break;
      case KEYS: saveKeys(s, limit); break;
      default: saveTrailer(s); break;
    }
  }
  if (load<u32>(RDB_SINK_FAILED)) return SAVE_FAILED;
  if (phaseOf(s) == END) return SAVE_DONE;
  sum(s);
  return SAVE_MORE;
}

/** Takes what the sink holds into the checksum. */
function sum(s: usize): void {
  if (!load<u32>(s, 52)) return;
  store<u64>(s, crc64(load<u64>(s, 40), load<u32>(RDB_SINK), load<u32>(RDB_SINK_LEN), checksumTables()), 40);
}

/** The host has taken what the sink holds. */
export function saveTaken(): void {
  sinkReset(SINK_KEPT_BYTES);
}

/** Ends a file, whole or not. */
export function saveEnd(s: u32): void {
  sinkFree();
  free(s);
}

/** Keys that are written. */
export function savedKeys(s: u32): f64 {
  return <f64> load<u64>(s, 32);
}

function startDatabase(s: usize): void {
  let db = load<u32>(s);
  while (db < load<u32>(DATABASE_COUNT) && !databaseSize(db)) db++;
  store<u32>(s, db);
  if (db == load<u32>(DATABASE_COUNT)) {
    setPhase(s, TRAILER);
    return;
  }
  putByte(OP_SELECT);
  putLength(db);
  putByte(OP_RESIZE);
  putLength(databaseSize(db));
  putLength(expiresSize(db));
  walkStart(s + 8, keysOf(db));
  setPhase(s, KEYS);
}

function saveKeys(s: usize, limit: u32): void {
  while (!isEnough(limit)) {
    if (!load<u32>(s, 24)) {
      const e = walkNext(s + 8);
      if (!e) {
        store<u32>(s, load<u32>(s) + 1);
        setPhase(s, NEXT_DATABASE);
        return;
      }
      startRecord(s, e);
    }
    if (!writeStep(s + WRITER, limit)) return;
    store<u32>(s, 0, 24);
    store<u64>(s, load<u64>(s, 32) + 1, 32);
  }
}

function startRecord(s: usize, e: usize): void {
  if (hasExpiry(e)) {
    putByte(OP_EXPIRE_MS);
    putU64(entryExpiryMs(e));
  }
  const use = load<u32>(s, 48);
  if (use == SAVE_IDLE) {
    putByte(OP_IDLE);
    putLength((load<u32>(ACCESS_CLOCK) - entryAccess(e)) & 0xffffff);
  } else if (use == SAVE_FREQ) {
    putByte(OP_FREQ);
    putByte(lfuCounter(e));
  }
  putByte(rdbTypeOf(e));
  putString(entryKey(e), entryKeyLen(e));
  writeStart(s + WRITER, e);
  store<u32>(s, 1, 24);
}

function saveTrailer(s: usize): void {
  putByte(OP_END);
  sum(s);
  putU64(load<u64>(s, 40));
  setPhase(s, END);
}
