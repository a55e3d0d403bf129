/**
 * What RDB bytes are read from: a run of them in memory, all there is (a payload of RESTORE) or a piece of
 * a file. How lengths and strings are spelt is drawn in rdb_sink.ts.
 *
 * Nothing outside of the run is read, whatever the bytes are. The first thing that goes wrong is
 * {@link trouble}; from then on every function gives 0 or nothing, so that who reads a few things in a row
 * looks once. Where the run ends too early SHORT says so, and how many bytes from the mark on would have
 * been needed: with more of the file the same is read again from the mark.
 *
 * Strings are pointed at where they lie; one that had to be spelt or decompressed lies in a block of its own
 * until {@link sourceRelease}.
 */
import { OUT_OF_MEMORY } from "../base/layout";
import { lzfDecompress } from "../structures/lzf";
import { allocate, free } from "../base/memory";
import { writeI64 } from "../text/number";

/** The bytes end too early. */
export const RDB_SHORT: i32 = -300;
/** They make no sense. */
export const RDB_BAD: i32 = -301;
/** A collection without elements, which no key may have. */
export const RDB_EMPTY: i32 = -302;

/** What has gone wrong: 0, RDB_SHORT, RDB_BAD, RDB_EMPTY or OUT_OF_MEMORY. */
export let trouble: i32 = 0;
/** Bytes from the mark on that must be there for it to go on. */
export let wanted: u64 = 0;

let at: usize = 0;
let end: usize = 0;
let mark: usize = 0;

/** LZF never makes more of a byte than this. */
const LZF_FACTOR: u64 = 88;

/** Blocks of strings that had to be made: a field, its value, and what they came in. */
const MADE_MAX: u32 = 4;
const MADE = memory.data(4 * 4);
let madeCount: u32 = 0;
/** Where integers are spelt, one after the other. */
const TEXTS = memory.data(4 * 24);

// ---- the run --------------------------------------------------------------------------------------

/** Begins to read `len` bytes. */
export function sourceOpen(ptr: usize, len: u32): void {
  at = ptr;
  mark = ptr;
  end = ptr + len;
  trouble = 0;
}
/** Here reading begins again when the run ends too early. */
@inline export function sourceMark(): void {
  mark = at;
}
/** Goes back to the mark, for when there is more. */
export function sourceRewind(): void {
  at = mark;
  trouble = 0;
}
/** Where reading goes on. */
@inline export function sourceAt(): usize {
  return at;
}
@inline export function sourceLeft(): u32 {
  return <u32> (end - at);
}
@inline export function fail(what: i32): void {
  if (!trouble) trouble = what;
}
/** Forgets what has gone wrong with a value, so that others can be read. */
@inline export function forgive(): void {
  trouble = 0;
}

/** Gives back the strings that had to be made. */
export function sourceRelease(): void {
  while (madeCount) free(load<u32>(MADE + (--madeCount << 2)));
}

/** Whether `bytes` are there. */
@inline function has(bytes: u64): bool {
  if (trouble) return false;
  if (bytes <= <u64> (end - at)) return true;
  trouble = RDB_SHORT;
  wanted = <u64> (at - mark) + bytes;
  return false;
}

// ---- numbers --------------------------------------------------------------------------------------

export function takeByte(): u32 {
  return has(1) ? load<u8>(at++) : 0;
}

/** Where `len` bytes lie; 0 when they do not. */
export function takeBytes(len: u32): usize {
  if (!has(len)) return 0;
  at += len;
  return at - len;
}

/** Low bits first. */
export function takeU32(): u32 {
  const ptr = takeBytes(4);
  return ptr ? load<u32>(ptr) : 0;
}
export function takeU64(): u64 {
  const ptr = takeBytes(8);
  return ptr ? load<u64>(ptr) : 0;
}

/** The ID that {@link takeId} has read. */
export let takenMs: u64 = 0;
export let takenSeq: u64 = 0;

/** An ID of a stream, high bits first. */
export function takeId(): void {
  const ptr = takeBytes(16);
  takenMs = ptr ? bswap(load<u64>(ptr)) : 0;
  takenSeq = ptr ? bswap(load<u64>(ptr, 8)) : 0;
}

/** Whether the last {@link takeAny} was no length but the kind of a string. */
let isKind: bool = false;

function takeAny(): u64 {
  const byte = takeByte();
  isKind = byte >= 0xc0;
  if (isKind) return byte & 63;
  if (byte < 0x40) return byte;
  if (byte < 0x80) return (byte & 63) << 8 | takeByte();
  if (byte == 0x80) return bswap(takeU32());
  if (byte == 0x81) return bswap(takeU64());
  fail(RDB_BAD);
  return 0;
}

export function takeLength(): u64 {
  const value = takeAny();
  if (isKind) fail(RDB_BAD);
  return value;
}

/** A length that is kept in 32 bits: of what cannot be so many in this memory anyway. */
export function takeCount(): u32 {
  const value = takeLength();
  if (value > <u64> u32.MAX_VALUE) fail(RDB_BAD);
  return <u32> value;
}

// ---- strings --------------------------------------------------------------------------------------

/** The string that {@link takeString} has read. */
export let takenPtr: usize = 0;
export let takenLen: u32 = 0;

const KIND_INT8: u64 = 0;
const KIND_INT16: u64 = 1;
const KIND_INT32: u64 = 2;
const KIND_LZF: u64 = 3;

/** Reads a string. @returns whether there was one */
export function takeString(): bool {
  const value = takeAny();
  if (isKind) takeKind(value);
  else if (value > 0x7fffffff) fail(RDB_BAD);
  else {
    takenPtr = takeBytes(<u32> value);
    takenLen = <u32> value;
  }
  return !trouble;
}

function takeKind(kind: u64): void {
  if (kind == KIND_LZF) takeLzf();
  else if (kind == KIND_INT8) spell(<i8> takeByte());
  else if (kind == KIND_INT16) {
    const ptr = takeBytes(2);
    if (ptr) spell(load<i16>(ptr));
  } else if (kind == KIND_INT32) spell(<i32> takeU32());
  else fail(RDB_BAD);
}

/** Makes an integer the string that was read. */
export function spell(value: i64): void {
  // Nothing stands in MADE for it, but its place in TEXTS must not be another's.
  const slot = nextText++ & 3;
  takenPtr = TEXTS + slot * 24;
  takenLen = writeI64(takenPtr, value);
}
let nextText: u32 = 0;

function takeLzf(): void {
  const bytes = takeLength();
  const len = takeLength();
  if (trouble) return;
  if (bytes > 0x7fffffff || len > 0x7fffffff || len > bytes * LZF_FACTOR || !len) return fail(RDB_BAD);
  const packed = takeBytes(<u32> bytes);
  if (!packed) return;
  const block = madeCount < MADE_MAX ? allocate(<u32> len) : 0;
  if (!block) return fail(OUT_OF_MEMORY);
  store<u32>(MADE + (madeCount++ << 2), <u32> block);
  if (!lzfDecompress(packed, <u32> bytes, block, <u32> len)) return fail(RDB_BAD);
  takenPtr = block;
  takenLen = <u32> len;
}

/** Passes over a string without looking at what it is. */
export function skipString(): void {
  const value = takeAny();
  if (!isKind) {
    if (value > 0x7fffffff) fail(RDB_BAD);
    else takeBytes(<u32> value);
  } else if (value == KIND_LZF) {
    const bytes = takeLength();
    takeLength();
    if (bytes > 0x7fffffff) fail(RDB_BAD);
    else takeBytes(<u32> bytes);
  } else if (value <= KIND_INT32) takeBytes(1 << <u32> value);
  else fail(RDB_BAD);
}
