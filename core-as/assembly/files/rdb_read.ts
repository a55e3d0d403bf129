/**
 * Values from RDB bytes: of every type that Redis has ever written, into the encodings that they deserve
 * here. The bytes are not trusted: whatever they are, a value is made whole and valid or not at all.
 *
 * What is drawn in rdb_write.ts is what is written today. Older files have, too:
 *
 * ```
 *  list 1                count, string ...
 *  zset 3                count, {member string, u8 digits, decimal} ...   253 NaN, 254 inf, 255 -inf
 *  hash 9                string: zipmap           \
 *  list 10, zset 12, hash 13   string: ziplist     > rdb_legacy.ts
 *  list 14               count, string: ziplist ...  /
 *  stream 15             19 without first ID, deleted ID, entries added, entries read
 * ```
 *
 * and newer ones sets in listpacks (20), streams whose consumers say when they were active (21), and hashes
 * with expiring fields, in a table (24) or a listpack of field, value, expiry (25). What release candidates
 * wrote (22, 23) is refused, as are modules (6, 7).
 *
 * A value is read in steps, an element each, or a node, or a whole blob. Where the bytes end within a step
 * (a piece of a file) nothing of it is kept: the reader goes on there with more of the file.
 *
 * ```
 *  reader (96 bytes)
 *    +0  u32 type              +16 u32 entry, 0 once it is dropped or taken   +32 i64 first expiry, or
 *    +4  u32 phase             +20 u32 looks for members twice                  what a stream
 *                                                                               (rdb_read_stream.ts) keeps
 *    +8  u64 elements to come  +24 u32 group, +28 u32 consumer
 * ```
 *
 * That no member stands twice in a listpack is checked where the bytes are a stranger's (RESTORE), not in a
 * file of ours, which has a checksum. Tables are checked always: it costs them nothing.
 */
import { OUT_OF_MEMORY } from "../base/layout";
import {
  freeEntry, LISTPACK, newEntry, setAccess, setEncoding, setExpiryMs, setValuePtr, STREAM, TYPE_HASH, TYPE_LIST, TYPE_SET,
  TYPE_STREAM, TYPE_STRING, TYPE_ZSET, valuePtr,
} from "../keyspace/entry";
import { free } from "../base/memory";
import { freshAccess } from "../keyspace/keyspace";
import { readHashElement, readHashBlob } from "./rdb_read_hash";
import { readListElement, readListBlob, settleList } from "./rdb_read_list";
import { readSetElement, readSetBlob } from "./rdb_read_set";
import { newStreamValue, readStreamPart } from "./rdb_read_stream";
import { readZsetElement, readZsetBlob } from "./rdb_read_zset";
import {
  fail, RDB_EMPTY, RDB_SHORT, sourceMark, sourceRelease, sourceRewind, takeCount, takeU64, takenLen, takenPtr,
  takeString, trouble,
} from "./rdb_source";
import {
  RDB_HASH, RDB_HASH_EXPIRING, RDB_HASH_LISTPACK, RDB_HASH_LISTPACK_EXPIRING, RDB_HASH_TIMED, RDB_HASH_ZIPLIST,
  RDB_HASH_ZIPMAP,
  RDB_LIST, RDB_LIST_QUICKLIST, RDB_LIST_QUICKLIST_2, RDB_LIST_ZIPLIST, RDB_SET, RDB_SET_INTSET, RDB_SET_LISTPACK,
  RDB_STREAM, RDB_STREAM_2, RDB_STREAM_3, RDB_STRING, RDB_ZSET, RDB_ZSET_2, RDB_ZSET_LISTPACK, RDB_ZSET_ZIPLIST,
} from "./rdb_types";
import {
  ELEMENTS, give, HEAD, leftOf, READ, READER_BYTES, readerEntry, readerPhase, readerType, setLeft, setReaderPhase,
} from "./rdb_reader";
import { newString } from "../types/string/stringvalue";

/** Type of the values that an RDB type is of; -1 for one that is not known or not supported. */
export function typeOfRdb(type: u32): i32 {
  switch (type) {
    case RDB_STRING: return TYPE_STRING;
    case RDB_LIST: case RDB_LIST_ZIPLIST: case RDB_LIST_QUICKLIST: case RDB_LIST_QUICKLIST_2: return TYPE_LIST;
    case RDB_SET: case RDB_SET_INTSET: case RDB_SET_LISTPACK: return TYPE_SET;
    case RDB_ZSET: case RDB_ZSET_2: case RDB_ZSET_ZIPLIST: case RDB_ZSET_LISTPACK: return TYPE_ZSET;
    case RDB_HASH: case RDB_HASH_ZIPMAP: case RDB_HASH_ZIPLIST: case RDB_HASH_LISTPACK: case RDB_HASH_EXPIRING:
    case RDB_HASH_LISTPACK_EXPIRING: case RDB_HASH_TIMED: return TYPE_HASH;
    case RDB_STREAM: case RDB_STREAM_2: case RDB_STREAM_3: return TYPE_STREAM;
    default: return -1;
  }
}

/** Whether a value of this RDB type is a count and so many elements; else it is one string, or a stream. */
function isCounted(type: u32): bool {
  return type < RDB_HASH_ZIPMAP || type == RDB_LIST_QUICKLIST || type == RDB_LIST_QUICKLIST_2 ||
    type == RDB_HASH_EXPIRING || type == RDB_HASH_TIMED;
}

/**
 * Puts a reader before a value that is no string.
 *
 * @param expiryMs of the key, where `expires`
 * @returns false when memory is out
 */
export function readStart(
  r: usize, type: u32, key: usize, keyLen: u32, expires: bool, expiryMs: i64, twice: bool,
): bool {
  memory.fill(r, 0, READER_BYTES);
  store<u32>(r, type);
  store<u32>(r, u32(twice), 20);
  const e = newEntry(typeOfRdb(type), LISTPACK, key, keyLen, expires, false, 4);
  if (!e) return false;
  if (expires) setExpiryMs(e, expiryMs);
  setAccess(e, freshAccess());
  setValuePtr(e, 0);
  store<u32>(r, <u32> e, 16);
  return true;
}

/** Drops what a reader has made. */
export function readDrop(r: usize): void {
  const e = readerEntry(r);
  store<u32>(r, 0, 16);
  if (!e) return;
  if (valuePtr(e)) freeEntry(e);
  else free(e);
}

/**
 * Goes on reading.
 *
 * @returns 1 when the value is whole, and {@link takeEntry} has it; RDB_SHORT when there must be more bytes;
 * RDB_BAD, RDB_EMPTY or OUT_OF_MEMORY, and then nothing is left of it
 */
export function readStep(r: usize): i32 {
  while (!trouble) {
    if (readerPhase(r) == READ) return 1;
    sourceMark();
    readPart(r);
    sourceRelease();
  }
  const what = trouble;
  if (what == RDB_SHORT) sourceRewind();
  else readDrop(r);
  return what;
}

/** The entry of a value that is whole, and now the caller's. */
export function takeEntry(r: usize): usize {
  const e = readerEntry(r);
  store<u32>(r, 0, 16);
  return e;
}

function readPart(r: usize): void {
  const type = readerType(r);
  if (typeOfRdb(type) == TYPE_STREAM) {
    if (readerPhase(r) == HEAD && !give(r, STREAM, newStreamValue())) return;
    readStreamPart(r);
  } else if (!isCounted(type)) readBlob(r, type);
  else if (readerPhase(r) == HEAD) readHead(r, type);
  else readElement(r, type);
}


// ---- counted --------------------------------------------------------------------------------------

function readHead(r: usize, type: u32): void {
  if (type == RDB_HASH_EXPIRING) store<u64>(r, takeU64(), 32);
  const count = takeCount();
  if (trouble) return;
  if (!count) return fail(RDB_EMPTY);
  setLeft(r, count);
  setReaderPhase(r, ELEMENTS);
}

function readElement(r: usize, type: u32): void {
  switch (typeOfRdb(type)) {
    case TYPE_LIST: readListElement(r, type); break;
    case TYPE_SET: readSetElement(r); break;
    case TYPE_ZSET: readZsetElement(r, type); break;
    default: readHashElement(r, type); break;
  }
  if (trouble) return;
  setLeft(r, leftOf(r) - 1);
  if (leftOf(r)) return;
  if (typeOfRdb(type) == TYPE_LIST) settleList(r);
  setReaderPhase(r, READ);
}

// ---- in one string --------------------------------------------------------------------------------

function readBlob(r: usize, type: u32): void {
  if (type == RDB_HASH_LISTPACK_EXPIRING) store<u64>(r, takeU64(), 32);
  if (!takeString()) return;
  const ptr = takenPtr;
  const len = takenLen;
  switch (typeOfRdb(type)) {
    case TYPE_LIST: readListBlob(r, ptr, len); break;
    case TYPE_SET: readSetBlob(r, type, ptr, len); break;
    case TYPE_ZSET: readZsetBlob(r, type, ptr, len); break;
    default: readHashBlob(r, type, ptr, len); break;
  }
  if (!trouble) setReaderPhase(r, READ);
}

// ---- strings --------------------------------------------------------------------------------------

/** Reads a string as the value of a key. @returns its entry, in no database; 0 and {@link trouble} */
export function readStringEntry(key: usize, keyLen: u32, expires: bool, expiryMs: i64): usize {
  if (!takeString()) return 0;
  const e = newString(key, keyLen, takenPtr, takenLen, expires, false);
  if (!e) fail(OUT_OF_MEMORY);
  else if (expires) setExpiryMs(e, expiryMs);
  return e;
}
