/**
 * DUMP and RESTORE: one value as bytes, and back.
 *
 * ```
 *  payload   u8 RDB type | value (rdb_write.ts) | u16 version | u64 CRC-64 of all before
 * ```
 *
 * Costs: DUMP writes the value into a block of its own and copies it into the reply; RESTORE needs the new
 * value and nothing beside. When memory runs out for either nothing has changed.
 */
import {
  CRC64_AREA, CRC64_TABLES, DUMP_VERSION, OUT_OF_MEMORY, RDB_SINK, RDB_SINK_FAILED, RDB_SINK_LEN, RDB_SINK_PASSED, RESULT_I64,
} from "../base/layout";
import { crc64, crc64Prepare } from "../hashing/crc64";
import { freeEntry, setAccess } from "../keyspace/entry";
import { place } from "../generic/generic";
import { isPast, lookup, peek, remove } from "../keyspace/keyspace";
import {
  readDrop, readStart, readStep, readStringEntry, takeEntry, typeOfRdb,
} from "./rdb_read";
import { putByte, putBytes, putU64, sinkFree, sinkReset } from "./rdb_sink";
import { fail, RDB_BAD, RDB_SHORT, sourceOpen, sourceRelease, takeByte, trouble } from "./rdb_source";
import { rdbTypeOf, writeStart, writeStep, writeWhole } from "./rdb_write";
import { RDB_HASH_EXPIRING, RDB_HASH_TIMED, RDB_STREAM_3, RDB_STRING, RDB_VERSION, RDB_VERSION_ACTIVE, RDB_VERSION_EXPIRING } from "./rdb_types";
import { argLen, argPtr } from "../protocol/resp";
import { replyBulk } from "../protocol/reply";

/** The payload's end is wrong: its version is too new, or the checksum another. */
export const DUMP_WRONG: i32 = -310;

/** Version and checksum. */
const FOOTER_BYTES: u32 = 10;

const WRITER = memory.data(64); // WRITER_BYTES and READER_BYTES, which may be declared later
const READER = memory.data(96);
const VERSION = memory.data(2);

/** The tables of the checksum, made when they are first needed. */
export function checksumTables(): usize {
  if (!load<u32>(CRC64_TABLES)) {
    crc64Prepare(CRC64_AREA);
    store<u32>(CRC64_TABLES, <u32> CRC64_AREA);
  }
  return CRC64_AREA;
}

// ---- DUMP -----------------------------------------------------------------------------------------

/** DUMP: replies with a key's value as bytes. @returns whether there was a key, or OUT_OF_MEMORY */
export function keyDump(db: u32, karg: u32): i32 {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (!e) return 0;
  return replyDump(e) ? 1 : OUT_OF_MEMORY;
}

/** Replies with an entry's value as bytes. @returns false when memory is out */
export function replyDump(e: usize): bool {
  lendSink();
  const done = dumpEntry(e, checksumTables());
  returnSink();
  return done;
}

/** The cells of the sink that a file may be written to meanwhile. */
const LENT = memory.data(16);

/** Makes a sink of one's own the sink. */
function lendSink(): void {
  v128.store(LENT, v128.load(RDB_SINK));
  v128.store(RDB_SINK, i64x2.splat(0));
  store<u32>(RDB_SINK_PASSED, 0);
}
function returnSink(): void {
  sinkFree();
  v128.store(RDB_SINK, v128.load(LENT));
}

/** What is written at once where only its length matters. */
const MEASURED_BYTES: u32 = 0x10000;

/** Bytes that the value of an entry takes in a file. */
export function serializedBytes(e: u32): f64 {
  let bytes: f64 = 0;
  lendSink();
  writeStart(WRITER, e, load<u32>(DUMP_VERSION));
  let done: bool;
  do {
    done = writeStep(WRITER, MEASURED_BYTES);
    bytes += load<u32>(RDB_SINK_LEN);
    sinkReset(MEASURED_BYTES << 1);
  } while (!done);
  returnSink();
  return bytes;
}

function dumpEntry(e: usize, tables: usize): bool {
  const type = rdbTypeOf(e, load<u32>(DUMP_VERSION));
  putByte(type);
  writeWhole(WRITER, e, load<u32>(DUMP_VERSION));
  store<u16>(VERSION, <u16> versionOfType(type));
  putBytes(VERSION, 2);
  putU64(crc64(0, load<u32>(RDB_SINK), load<u32>(RDB_SINK_LEN), tables));
  if (load<u32>(RDB_SINK_FAILED)) return false;
  replyBulk(load<u32>(RDB_SINK), load<u32>(RDB_SINK_LEN));
  return true;
}

/** The lowest version of the format that has a type that is written. */
function versionOfType(type: u32): u32 {
  if (type == RDB_HASH_EXPIRING) return RDB_VERSION_EXPIRING;
  return type == RDB_STREAM_3 ? RDB_VERSION_ACTIVE : RDB_VERSION;
}

// ---- RESTORE --------------------------------------------------------------------------------------

/** What a new key's access clock is when RESTORE is told nothing. */
export const RESTORE_FRESH: u32 = 0xffffffff;
/** The key's time is over: it was not made. */
export const RESTORE_PAST: i32 = 0;
/** The same, and the key that was there is gone. */
export const RESTORE_DELETED: i32 = 1;
export const RESTORE_MADE: i32 = 2;

/**
 * RESTORE: makes a key of a payload argument, over what is there.
 *
 * @param expires whether RESULT_I64 is its expiry, ms since the epoch
 * @param access what its access clock is to be
 * @param trusts whether the payload's checksum is not looked at
 * @returns one of the above; DUMP_WRONG, RDB_BAD or OUT_OF_MEMORY, and then nothing has changed
 */
export function keyRestore(db: u32, karg: u32, parg: u32, expires: bool, access: u32, trusts: bool): i32 {
  const tables = checksumTables();
  const len = argLen(parg);
  if (!isPayload(argPtr(parg), len, tables, trusts)) return DUMP_WRONG;
  const expiryMs = load<i64>(RESULT_I64);
  // As in Redis the end is not cut off: what reads on into it makes sense or not.
  sourceOpen(argPtr(parg), len);
  const e = readEntry(argPtr(karg), argLen(karg), expires, expiryMs);
  if (!e) return trouble == OUT_OF_MEMORY ? OUT_OF_MEMORY : RDB_BAD;
  if (expires && isPast(expiryMs)) {
    freeEntry(e);
    const old = peek(db, argPtr(karg), argLen(karg));
    if (!old) return RESTORE_PAST;
    remove(db, old);
    return RESTORE_DELETED;
  }
  if (access != RESTORE_FRESH) setAccess(e, access);
  if (place(db, e)) return RESTORE_MADE;
  freeEntry(e);
  return OUT_OF_MEMORY;
}

/** Whether bytes end as a payload does. */
function isPayload(ptr: usize, len: u32, tables: usize, trusts: bool): bool {
  if (len < FOOTER_BYTES) return false;
  const footer = ptr + len - FOOTER_BYTES;
  if (<u32> load<u16>(footer) > RDB_VERSION_EXPIRING) return false;
  return trusts || crc64(0, ptr, len - 8, tables) == load<u64>(footer, 2);
}

/** The entry that the source's bytes are the value of; 0 and {@link trouble}. */
function readEntry(key: usize, keyLen: u32, expires: bool, expiryMs: i64): usize {
  const type = takeByte();
  // Valkey's hashes are read in its files only: elsewhere the number has meant something else.
  if (trouble || typeOfRdb(type) < 0 || type == RDB_HASH_TIMED) return 0;
  if (type == RDB_STRING) {
    const e = readStringEntry(key, keyLen, expires, expiryMs);
    sourceRelease();
    return e;
  }
  if (!readStart(READER, type, key, keyLen, expires, expiryMs, true)) {
    fail(OUT_OF_MEMORY);
    return 0;
  }
  const done = readStep(READER);
  if (done == 1) return takeEntry(READER);
  if (done == RDB_SHORT) readDrop(READER);
  else fail(done);
  return 0;
}
