/**
 * What RDB bytes are written to, and how lengths and strings are spelt in them.
 *
 * ```
 *  length   00llllll                             below 64
 *           01llllll llllllll                    below 16384, high bits first
 *           0x80 u32                             below 2^32, high bits first
 *           0x81 u64                             high bits first
 *
 *  string   length, bytes
 *           0xc0 i8 | 0xc1 i16 | 0xc2 i32        bytes that spell such an integer; low bits first
 *           0xc3 length, length, LZF             compressed bytes, their number and that of the string
 * ```
 *
 * The sink is one block that grows, for who wants the bytes in one piece (DUMP); when memory is out
 * RDB_SINK_FAILED is set and the rest is dropped. For a file it is SINK_AREA, which does not grow: when it
 * is full the host writes it away, and what is larger than it goes to the host from where it lies. So no
 * file needs memory; only a large string is compressed in a block of its own where there is one, and
 * written as it is where there is none. The same cell says that the host has failed.
 *
 * Sources: "Redis RDB Dump File Format" of the redis-rdb-tools project, and what redis-server 7.0 writes.
 */
import {
  LZF_AREA, RDB_COMPRESSES, RDB_SINK, RDB_SINK_CAP, RDB_SINK_FAILED, RDB_SINK_LEN, RDB_SINK_PASSED, RDB_SINK_SUM,
  RDB_SINK_SUMS, SINK_AREA, SINK_AREA_BYTES,
} from "../base/layout";
import { crc64 } from "../hashing/crc64";
import { lzfCompress } from "../structures/lzf";
import { allocate, blockBytes, free, reallocate } from "../base/memory";
import { i64Length, parseI64, parsedI64, writeI64 } from "../text/number";

/** Size of a new sink. */
const SINK_BYTES: u32 = 1024;
/** Most bytes of a length. */
export const LENGTH_BYTES: u32 = 9;
/** Longest decimal that is tried as an integer. */
const INT_TEXT_MAX: u32 = 11;
/** What is not longer is not compressed. */
const LZF_MIN: u32 = 20;
/** Bytes that compression must save. */
const LZF_SAVES: u32 = 4;
/** Bytes before compressed ones: 0xc3 and two lengths below 2^32. */
const LZF_HEAD: u32 = 11;

/** Makes {@link isEnough} true for any step that has a limit. */
const PASSED: u32 = 0x7fffffff;

/** Has the host write bytes to the file; it must not call the core. @returns false when it cannot */
@external("host", "writeFile")
declare function writeFile(ptr: u32, len: u32): bool;

// ---- the sink -------------------------------------------------------------------------------------

/** Empties the sink; a block that had to grow large is given back. */
export function sinkReset(keepBytes: u32): void {
  if (load<u32>(RDB_SINK_CAP) > keepBytes) sinkFree();
  store<u32>(RDB_SINK_LEN, 0);
  store<u32>(RDB_SINK_FAILED, 0);
}

/** Gives the sink's block back. */
export function sinkFree(): void {
  free(load<u32>(RDB_SINK));
  store<u32>(RDB_SINK, 0);
  store<u32>(RDB_SINK_CAP, 0);
  store<u32>(RDB_SINK_LEN, 0);
}

// ---- a file ---------------------------------------------------------------------------------------

/**
 * Makes a file the sink.
 *
 * @param tables of crc64.ts, 0 for a file without checksum
 */
export function fileOpen(tables: usize): void {
  store<u32>(RDB_SINK, <u32> SINK_AREA);
  store<u32>(RDB_SINK_CAP, SINK_AREA_BYTES);
  store<u32>(RDB_SINK_LEN, 0);
  store<u32>(RDB_SINK_FAILED, 0);
  store<u32>(RDB_SINK_PASSED, 0);
  store<u64>(RDB_SINK_SUM, 0);
  store<u32>(RDB_SINK_SUMS, <u32> tables);
}

export function fileClose(): void {
  store<u32>(RDB_SINK, 0);
  store<u32>(RDB_SINK_CAP, 0);
  store<u32>(RDB_SINK_LEN, 0);
}

/** Whether bytes go into a file: then nothing is to take long. */
@inline export function isFile(): bool { return load<u32>(RDB_SINK) == <u32> SINK_AREA; }

/** Has the host write what the sink holds. @returns false when it could not, now or before */
export function fileFlush(): bool {
  if (load<u32>(RDB_SINK_FAILED)) return false;
  const len = load<u32>(RDB_SINK_LEN);
  if (!len) return true;
  store<u32>(RDB_SINK_LEN, 0);
  return give(SINK_AREA, len);
}

/** The checksum goes into it last: from here on it counts no more. @returns it, 0 where there is none */
export function fileSum(): u64 {
  fileFlush();
  store<u32>(RDB_SINK_SUMS, 0);
  return load<u64>(RDB_SINK_SUM);
}

/** Gives the host bytes of the file: 0.8 ns a byte for the checksum. */
function give(ptr: usize, len: u32): bool {
  store<u32>(RDB_SINK_PASSED, PASSED);
  const tables: usize = load<u32>(RDB_SINK_SUMS);
  if (tables) store<u64>(RDB_SINK_SUM, crc64(load<u64>(RDB_SINK_SUM), ptr, len, tables));
  if (writeFile(<u32> ptr, len)) return true;
  failed(0);
  return false;
}

/** Shorter pieces must not follow the one that is missing. */
function failed(used: u32): void {
  store<u32>(RDB_SINK_FAILED, 1);
  store<u32>(RDB_SINK_CAP, used);
}

// ---- beside a file --------------------------------------------------------------------------------

/** The sink of the file, while another one has its place. */
const FILE = memory.data(16);

/**
 * What is put from here on does not go into the file but behind what is beside it, as its place there is not
 * reached yet.
 *
 * @param beside 16 bytes: block, 0 = none, its size, bytes used, whether memory was out
 */
export function asideBegin(beside: usize): void {
  v128.store(FILE, v128.load(RDB_SINK));
  v128.store(RDB_SINK, v128.load(beside));
}

/** From here on bytes go into the file again. @returns false when memory was out: what was put since is dropped */
export function asideEnd(beside: usize): bool {
  const whole = !load<u32>(RDB_SINK_FAILED);
  const used = load<u32>(beside, 8);
  v128.store(beside, v128.load(RDB_SINK));
  v128.store(RDB_SINK, v128.load(FILE));
  if (whole) return true;
  store<u32>(beside, blockSize(load<u32>(beside)), 4);
  store<u32>(beside, used, 8);
  store<u32>(beside, 0, 12);
  return false;
}
function blockSize(block: usize): u32 { return block ? blockBytes(block) : 0; }

export function asideFree(beside: usize): void {
  free(load<u32>(beside));
  v128.store(beside, i64x2.splat(0));
}

// ---- room -----------------------------------------------------------------------------------------

/** Where the next `need` bytes go; 0 when they must be dropped. */
@inline function room(need: u32): usize {
  const used = load<u32>(RDB_SINK_LEN);
  if (need <= load<u32>(RDB_SINK_CAP) - used) return <usize> load<u32>(RDB_SINK) + used;
  return roomSlow(need);
}

function roomSlow(need: u32): usize {
  if (load<u32>(RDB_SINK_FAILED)) return 0;
  if (isFile()) return fileFlush() && need <= SINK_AREA_BYTES ? SINK_AREA : 0;
  const used = load<u32>(RDB_SINK_LEN);
  const block: usize = load<u32>(RDB_SINK);
  const least = <u64> used + need;
  const most = max<u64>(least + (least >> 1), SINK_BYTES);
  let grown: usize = 0;
  if (most < 0xf0000000) grown = block ? reallocate(block, <u32> most, used) : allocate(<u32> most);
  if (!grown && least < 0xf0000000) grown = block ? reallocate(block, <u32> least, used) : allocate(<u32> least);
  if (!grown) {
    failed(used);
    return 0;
  }
  store<u32>(RDB_SINK, <u32> grown);
  store<u32>(RDB_SINK_CAP, blockBytes(grown));
  return grown + used;
}

@inline function commit(end: usize): void {
  store<u32>(RDB_SINK_LEN, <u32> end - load<u32>(RDB_SINK));
}

// ---- bytes and numbers ----------------------------------------------------------------------------

export function putBytes(ptr: usize, len: u32): void {
  if (len > SINK_AREA_BYTES && isFile()) {
    if (fileFlush()) give(ptr, len);
    return;
  }
  const at = room(len);
  if (!at) return;
  memory.copy(at, ptr, len);
  commit(at + len);
}

export function putByte(byte: u32): void {
  const at = room(1);
  if (!at) return;
  store<u8>(at, <u8> byte);
  commit(at + 1);
}

/** A number of 64 bits, low bits first: times, and doubles by their bits. */
export function putU64(value: u64): void {
  const at = room(8);
  if (!at) return;
  store<u64>(at, value);
  commit(at + 8);
}

/** Two numbers of 64 bits, high bits first: the ID of a stream's entry. */
export function putId(ms: u64, seq: u64): void {
  const at = room(16);
  if (!at) return;
  store<u64>(at, bswap(ms));
  store<u64>(at, bswap(seq), 8);
  commit(at + 16);
}

/** Writes a length to `at`. @returns where it ends */
function writeLength(at: usize, value: u64): usize {
  if (value < 64) {
    store<u8>(at, <u8> value);
    return at + 1;
  }
  if (value < 16384) {
    store<u16>(at, <u16> (0x40 | value >> 8 | value << 8));
    return at + 2;
  }
  if (value <= <u64> u32.MAX_VALUE) {
    store<u8>(at, 0x80);
    store<u32>(at, bswap(<u32> value), 1);
    return at + 5;
  }
  store<u8>(at, 0x81);
  store<u64>(at, bswap(value), 1);
  return at + 9;
}

export function putLength(value: u64): void {
  const at = room(LENGTH_BYTES);
  if (at) commit(writeLength(at, value));
}

// ---- strings --------------------------------------------------------------------------------------

/** Writes an integer that fits into 32 bits as a string to `at`. @returns where it ends */
function writeInt(at: usize, value: i32): usize {
  if (value == <i32> <i8> value) {
    store<u8>(at, 0xc0);
    store<u8>(at, <u8> value, 1);
    return at + 2;
  }
  if (value == <i32> <i16> value) {
    store<u8>(at, 0xc1);
    store<u16>(at, <u16> value, 1);
    return at + 3;
  }
  store<u8>(at, 0xc2);
  store<u32>(at, <u32> value, 1);
  return at + 5;
}

/** The string that an integer spells. */
export function putInteger(value: i64): void {
  const at = room(24);
  if (!at) return;
  if (value == <i64> <i32> value) {
    commit(writeInt(at, <i32> value));
    return;
  }
  store<u8>(at, <u8> i64Length(value));
  commit(at + 1 + writeI64(at + 1, value));
}

/** A string, as short as it gets. */
export function putString(ptr: usize, len: u32): void {
  if (len <= INT_TEXT_MAX && parseI64(ptr, len) && parsedI64() == <i64> <i32> parsedI64()) {
    const at = room(8);
    if (at) commit(writeInt(at, <i32> parsedI64()));
    return;
  }
  if (len > LZF_MIN && load<u32>(RDB_COMPRESSES) && putCompressed(ptr, len)) return;
  putLength(len);
  putBytes(ptr, len);
}

/** The string if it becomes shorter. @returns false when nothing was written */
function putCompressed(ptr: usize, len: u32): bool {
  if (isFile() && len > SINK_AREA_BYTES - LZF_HEAD) return putLargeCompressed(ptr, len);
  const at = room(len + LZF_HEAD);
  if (!at) return true;
  // Not in SCRATCH: while a file is written that may be somebody's.
  const made = lzfCompress(ptr, len, at + LZF_HEAD, len - LZF_SAVES, LZF_AREA);
  if (!made) return false;
  store<u8>(at, 0xc3);
  const data = writeLength(writeLength(at + 1, made), len);
  memory.copy(data, at + LZF_HEAD, made);
  commit(data + made);
  return true;
}

/** The same of a string that the sink does not hold. */
function putLargeCompressed(ptr: usize, len: u32): bool {
  const block = allocate(len - LZF_SAVES);
  if (!block) return false;
  const made = lzfCompress(ptr, len, block, len - LZF_SAVES, LZF_AREA);
  if (made) putLzf(block, made, len);
  free(block);
  return made != 0;
}

/** A string of `len` bytes that is compressed already. */
export function putLzf(ptr: usize, made: u32, len: u32): void {
  const at = room(LZF_HEAD);
  if (!at) return;
  store<u8>(at, 0xc3);
  commit(writeLength(writeLength(at + 1, made), len));
  putBytes(ptr, made);
}

