/**
 * BITOP: strings combined bit by bit. The host names the sources one by one, as their hits and misses
 * are its business, then has them combined.
 *
 * ```
 *  source (32 bytes):  u32 address of its bytes | u32 length | the digits of one that is an integer
 * ```
 *
 * A result is made in chunks that stay in the nearest cache while source after source is combined with
 * them. It is written where the destination's string lies when that has the room and is no source: a
 * job that repeats itself then touches the same memory each time.
 *
 * Costs: N / 64 steps a source and operation.
 */
import { BIT_SOURCES, BIT_SOURCE_COUNT, OUT_OF_MEMORY, SCRATCH } from "../../base/layout";
import {
  entryEncoding, entryType, hasExpiry, INT, isInline, RAW, setEncoding, TYPE_STRING, valuePtr,
} from "../../keyspace/entry";
import { bitsAt, bitsStatus } from "./bitmap";
import { destination, lastHash, remove } from "../../keyspace/keyspace";
import { allocate, blockBytes, free } from "../../base/memory";
import { argLen, argPtr } from "../../protocol/resp";
import { replyI64 } from "../../protocol/reply";
import { putBlock, readString, textLen, textPtr } from "../string/stringvalue";

export const BITOP_AND: u32 = 0;
export const BITOP_OR: u32 = 1;
export const BITOP_XOR: u32 = 2;
export const BITOP_NOT: u32 = 3;
/** Of the first source, what no other has. */
export const BITOP_DIFF: u32 = 4;
/** Of the others, what the first does not have. */
export const BITOP_DIFF1: u32 = 5;
/** Of the first source, what any other has. */
export const BITOP_ANDOR: u32 = 6;
/** What exactly one source has. */
export const BITOP_ONE: u32 = 7;

// What became of the destination.
export const BITOP_NOTHING: i32 = 0;
export const BITOP_CHANGED: i32 = 1;
export const BITOP_ADDED: i32 = 2;
export const BITOP_DELETED: i32 = 3;

const SOURCE_BYTES: u32 = 32;
const CHUNK: u32 = 8192;

// ---- sources --------------------------------------------------------------------------------------

@inline function sourceAt(index: u32): usize {
  return <usize> load<u32>(BIT_SOURCES) + index * SOURCE_BYTES;
}
@inline function sourcePtr(index: u32): usize {
  return load<u32>(sourceAt(index));
}
@inline function sourceLen(index: u32): u32 {
  return load<u32>(sourceAt(index), 4);
}

/** Makes room for `count` sources, to be given back by {@link bitopEnd}. @returns false when memory is out */
export function bitopStart(count: u32): bool {
  store<u32>(BIT_SOURCES, <u32> allocate(count * SOURCE_BYTES));
  store<u32>(BIT_SOURCE_COUNT, 0);
  return load<u32>(BIT_SOURCES) != 0;
}

export function bitopEnd(): void {
  free(load<u32>(BIT_SOURCES));
  store<u32>(BIT_SOURCES, 0);
}

/** Adds a source, an empty one where the key is missing. @returns 0, MISSING or WRONG_TYPE */
export function bitopSource(db: u32, karg: u32): i32 {
  const e = bitsAt(db, karg);
  const count = load<u32>(BIT_SOURCE_COUNT);
  const source = sourceAt(count);
  store<u32>(BIT_SOURCE_COUNT, count + 1);
  store<u64>(source, 0);
  if (!e) return bitsStatus;
  readString(e);
  if (textPtr == SCRATCH) {
    memory.copy(source + 8, SCRATCH, 20);
    textPtr = source + 8;
  }
  store<u32>(source, <u32> textPtr);
  store<u32>(source, textLen, 4);
  return 0;
}

// ---- combining ------------------------------------------------------------------------------------

// Operations on two runs; the last one is a and not b.
const AND: u32 = 0;
const OR: u32 = 1;
const XOR: u32 = 2;
const AND_NOT: u32 = 3;

@inline function both(operation: u32, a: v128, b: v128): v128 {
  if (operation == AND) return v128.and(a, b);
  if (operation == OR) return v128.or(a, b);
  if (operation == XOR) return v128.xor(a, b);
  return v128.andnot(a, b);
}

/** to = a (operation) b, over `len` bytes; `to` may be either. */
@inline function loop(operation: u32, to: usize, a: usize, b: usize, len: u32): void {
  const end = to + len;
  while (end - to >= 64) {
    v128.store(to, both(operation, v128.load(a), v128.load(b)));
    v128.store(to, both(operation, v128.load(a, 16), v128.load(b, 16)), 16);
    v128.store(to, both(operation, v128.load(a, 32), v128.load(b, 32)), 32);
    v128.store(to, both(operation, v128.load(a, 48), v128.load(b, 48)), 48);
    to += 64;
    a += 64;
    b += 64;
  }
  for (; to < end; to++, a++, b++) {
    const x = <u32> load<u8>(a);
    const y = <u32> load<u8>(b);
    store<u8>(to, operation == AND ? x & y : operation == OR ? x | y : operation == XOR ? x ^ y : x & ~y);
  }
}

function combine(operation: u32, to: usize, a: usize, b: usize, len: u32): void {
  if (operation == AND) loop(AND, to, a, b, len);
  else if (operation == OR) loop(OR, to, a, b, len);
  else if (operation == XOR) loop(XOR, to, a, b, len);
  else loop(AND_NOT, to, a, b, len);
}

/** to = not from, over `len` bytes. */
function invert(to: usize, from: usize, len: u32): void {
  const end = to + len;
  while (end - to >= 64) {
    v128.store(to, v128.not(v128.load(from)));
    v128.store(to, v128.not(v128.load(from, 16)), 16);
    v128.store(to, v128.not(v128.load(from, 32)), 32);
    v128.store(to, v128.not(v128.load(from, 48)), 48);
    to += 64;
    from += 64;
  }
  for (; to < end; to++, from++) store<u8>(to, ~load<u8>(from));
}

// The chunk under way: where it is to lie, where in the strings it begins, and its length.
let chunkTo: usize = 0;
let chunkAt: u32 = 0;
let chunkLen: u32 = 0;

/** Bytes that a source has in the chunk. */
@inline function part(index: u32): u32 {
  const len = sourceLen(index);
  return len > chunkAt ? min(len - chunkAt, chunkLen) : 0;
}
@inline function partPtr(index: u32): usize {
  return sourcePtr(index) + chunkAt;
}

/** The chunk takes a source's bytes, zeros behind them. */
function take(index: u32): void {
  const len = part(index);
  if (len) memory.copy(chunkTo, partPtr(index), len);
  if (len < chunkLen) memory.fill(chunkTo + len, 0, chunkLen - len);
}

/** chunk = chunk (operation) source; beyond its end a source is zero. */
function addSource(operation: u32, index: u32): void {
  const len = part(index);
  combine(operation, chunkTo, chunkTo, partPtr(index), len);
  if (operation == AND && len < chunkLen) memory.fill(chunkTo + len, 0, chunkLen - len);
}

/** chunk = source `first` (operation) the next one (operation) ... the last one. */
function fold(operation: u32, first: u32): void {
  const count = load<u32>(BIT_SOURCE_COUNT);
  const paired = first + 1 < count && part(first) == chunkLen && part(first + 1) == chunkLen;
  if (paired) combine(operation, chunkTo, partPtr(first), partPtr(first + 1), chunkLen);
  else take(first);
  for (let i = paired ? first + 2 : first + 1; i < count; i++) addSource(operation, i);
}

/** What the last operation keeps beside the chunk: bits seen, and those of the source in common with them. */
const SEEN: usize = SCRATCH;
const COMMON: usize = SCRATCH + CHUNK;

/** chunk = what exactly one source has: what was seen, less what was seen again. */
function foldOne(): void {
  const count = load<u32>(BIT_SOURCE_COUNT);
  take(0);
  memory.copy(SEEN, chunkTo, chunkLen);
  for (let i: u32 = 1; i < count; i++) {
    const len = part(i);
    const source = partPtr(i);
    combine(AND, COMMON, SEEN, source, len);
    combine(OR, SEEN, SEEN, source, len);
    combine(OR, chunkTo, chunkTo, source, len);
    combine(AND_NOT, chunkTo, chunkTo, COMMON, len);
  }
}

function makeChunk(operation: u32): void {
  switch (operation) {
    case BITOP_AND: return fold(AND, 0);
    case BITOP_OR: return fold(OR, 0);
    case BITOP_XOR: return fold(XOR, 0);
    case BITOP_NOT: return invert(chunkTo, partPtr(0), chunkLen);
    case BITOP_DIFF: {
      fold(OR, 1);
      const len = part(0);
      combine(AND_NOT, chunkTo, partPtr(0), chunkTo, len);
      memory.fill(chunkTo + len, 0, chunkLen - len);
      return;
    }
    case BITOP_DIFF1:
      fold(OR, 1);
      return addSource(AND_NOT, 0);
    case BITOP_ANDOR:
      fold(OR, 1);
      return addSource(AND, 0);
    default: return foldOne();
  }
}

function makeAll(operation: u32, to: usize, len: u32): void {
  for (let at: u32 = 0; at < len; at += CHUNK) {
    chunkTo = to + at;
    chunkAt = at;
    chunkLen = min(len - at, CHUNK);
    makeChunk(operation);
  }
}

// ---- the destination ------------------------------------------------------------------------------

/** The destination's own block, if the result can be written there; else 0. */
function blockFor(old: usize, len: u32): usize {
  if (!old || entryType(old) != TYPE_STRING || isInline(old) || entryEncoding(old) == INT) return 0;
  if (hasExpiry(old)) return 0;
  const block = valuePtr(old);
  const room = blockBytes(block) - 4;
  if (room < len || room >> 1 > len) return 0;
  const count = load<u32>(BIT_SOURCE_COUNT);
  for (let i: u32 = 0; i < count; i++) if (sourcePtr(i) == block + 4) return 0;
  return block;
}

/**
 * Stores what the sources give at the destination, whatever was there, and replies with its length. One
 * without a byte is no string: the destination is deleted.
 *
 * @returns BITOP_* or OUT_OF_MEMORY
 */
export function bitopStore(db: u32, operation: u32, karg: u32): i32 {
  const count = load<u32>(BIT_SOURCE_COUNT);
  let len: u32 = 0;
  for (let i: u32 = 0; i < count; i++) len = max(len, sourceLen(i));
  const key = argPtr(karg);
  const keyLen = argLen(karg);
  const old = destination(db, key, keyLen, !len);
  const hash = lastHash;
  if (!len) {
    if (old) remove(db, old);
    replyI64(0);
    return old ? BITOP_DELETED : BITOP_NOTHING;
  }
  let block = blockFor(old, len);
  if (block) {
    makeAll(operation, block + 4, len);
    store<u32>(block, len);
    setEncoding(old, RAW);
  } else {
    block = allocate(len + 4);
    if (!block) return OUT_OF_MEMORY;
    makeAll(operation, block + 4, len);
    store<u32>(block, len);
    if (!putBlock(db, hash, old, key, keyLen, block)) return OUT_OF_MEMORY;
  }
  replyI64(len);
  return old ? BITOP_CHANGED : BITOP_ADDED;
}
