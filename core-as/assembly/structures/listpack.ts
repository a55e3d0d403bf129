/**
 * A listpack: a list of strings and integers in one run of bytes, as Redis lays it out in RDB files.
 *
 * ```
 *  +0  u32 bytes of the whole, header and terminator included
 *  +4  u16 entries, 65535 = not known
 *  +6  entries
 *      u8  0xff, the terminator
 *
 *  entry    +-- code ---------------------+-- back ------------------------------------+
 *           | encoding, length and data   | bytes of `code`, 7 bits a byte, read from  |
 *           |                             | its end: the high bit says "go on left"    |
 *           +-----------------------------+--------------------------------------------+
 *
 *  code   0xxxxxxx                        0..127
 *         10llllll data                   string below 64 bytes
 *         110xxxxx xxxxxxxx               -4096..4095, two's complement, high bits first
 *         1110llll llllllll data          string below 4096 bytes, high bits first
 *         0xf0 u32 data                   longer string
 *         0xf1 i16, 0xf2 i24, 0xf3 i32, 0xf4 i64
 * ```
 *
 * Numbers of more than a byte are little-endian where nothing else is said. Bytes that spell an
 * integer (number.ts, parseI64) are kept as one, in the shortest code. The width of `back` is what
 * Redis writes: one byte up to 127, then the next width from 16383, 2097151 and 268435455 on, one
 * earlier than its bits would need.
 *
 * A listpack is one allocated block, its capacity the block's. Entries are named by their offset,
 * which outlives a move; 0 is no entry. What modifies returns the listpack, perhaps moved, or 0 when
 * memory is out, and then it is as it was. Bytes given to be stored must lie outside of it.
 *
 * Costs: next and previous take a few loads; an insert or removal moves what lies behind it; a search
 * is a load and a compare per entry. Growth: growth.ts.
 */
import { ASSERTS } from "../base/asserts";
import { READ_LP_I64, READ_LP_LEN, READ_LP_PTR } from "../base/layout";
import { allocate, free } from "../base/memory";
import { equalBytes } from "../base/bytes";
import { fitBlock, growBlock, trimBlock } from "../base/growth";
import { parseI64, parsedI64, writeI64 } from "../text/number";

/** Where {@link lpInsert} puts an entry, in regard to the one named. */
export const LP_BEFORE: u32 = 0;
export const LP_AFTER: u32 = 1;
export const LP_REPLACE: u32 = 2;

/** An entry takes at most this many bytes more than its string. */
export const LP_ENTRY_OVERHEAD: u32 = 10;

const HEADER: u32 = 6;
const END: u32 = 0xff;
const UNKNOWN: u32 = 65535;
/** Size past which nothing should be added. */
const SAFE_BYTES: u64 = 1 << 30;
/** Longest string that can be stored; far above, sums of sizes would wrap around. */
const MAX_STRING: u32 = 0xe0000000;

let position: u32 = 0;

// ---- sizes ----------------------------------------------------------------------------------------

/** Bytes of the code at `p`. */
function codeBytes(p: usize): u32 {
  const byte: u32 = load<u8>(p);
  if (byte < 0x80) return 1;
  if (byte < 0xc0) return 1 + (byte & 63);
  if (byte < 0xe0) return 2;
  if (byte < 0xf0) return 2 + ((byte & 15) << 8 | <u32> load<u8>(p, 1));
  if (byte == 0xf0) return 5 + load<u32>(p, 1);
  return byte < 0xf4 ? byte - 0xee : 9;
}

/** Bytes of `back` behind a code of so many bytes. */
@inline function backBytes(code: u32): u32 {
  return code < 128 ? 1 : code < 16383 ? 2 : code < 2097151 ? 3 : code < 268435455 ? 4 : 5;
}

/** Bytes of the whole entry at `p`. */
@inline function entryBytesAt(p: usize): u32 {
  const byte: u32 = load<u8>(p);
  if (byte < 0x80) return 2;
  if (byte < 0xc0) return 2 + (byte & 63);
  if (byte < 0xe0) return 3;
  if (byte > 0xf0) return byte < 0xf4 ? byte - 0xed : 10;
  const code = codeBytes(p);
  return code + backBytes(code);
}

/** Bytes of the whole entry that ends before `end`. */
function entryBytesBefore(end: usize): u32 {
  let byte: u32 = load<u8>(--end);
  let code = byte & 127;
  for (let shift = 7; byte & 128 && shift < 35; shift += 7) {
    byte = load<u8>(--end);
    code |= (byte & 127) << shift;
  }
  return code + backBytes(code);
}

function writeBack(p: usize, code: u32, width: u32): void {
  for (let at = p + width - 1; at > p; at--) {
    store<u8>(at, <u8> (code & 127 | 128));
    code >>= 7;
  }
  store<u8>(p, <u8> code);
}

function isBack(p: usize, code: u32, width: u32): bool {
  for (let at = p + width - 1; at > p; at--) {
    if (<u32> load<u8>(at) != (code & 127 | 128)) return false;
    code >>= 7;
  }
  return <u32> load<u8>(p) == code;
}

// ---- the whole ------------------------------------------------------------------------------------

/** An empty listpack with room for `capacity` bytes, header and terminator included; 0 = memory is out. */
export function lpNew(capacity: u32): usize {
  const lp = allocate(max(capacity, HEADER + 1));
  if (!lp) return 0;
  store<u32>(lp, HEADER + 1);
  store<u16>(lp, 0, 4);
  store<u8>(lp, <u8> END, HEADER);
  return lp;
}

/** A copy of a listpack, which may lie anywhere (in a file's bytes, after {@link lpValidate}); 0 = memory is out. */
export function lpDup(lp: usize): usize {
  const bytes = lpBytes(lp);
  const copy = allocate(bytes);
  if (copy) memory.copy(copy, lp, bytes);
  return copy;
}

/** Gives the listpack back; 0 is ignored. */
export function lpFree(lp: usize): void {
  free(lp);
}

/** Gives spare room back; never fails. @returns the listpack, perhaps moved */
export function lpShrink(lp: usize): usize {
  return fitBlock(lp, lpBytes(lp));
}

/** Makes room for `bytes` more, so that adding them cannot fail (LP_ENTRY_OVERHEAD per entry on top). */
export function lpReserve(lp: usize, bytes: u32): usize {
  const total = lpBytes(lp);
  if (<u64> total + bytes > u32.MAX_VALUE) return 0;
  return growBlock(lp, total + bytes, total);
}

/** Bytes of the whole. */
@inline export function lpBytes(lp: usize): u32 {
  return load<u32>(lp);
}

/** Whether `bytes` may be added without the whole reaching 1 GiB. */
export function lpSafeToAdd(lp: usize, bytes: u32): bool {
  return <u64> lpBytes(lp) + bytes <= SAFE_BYTES;
}

/** Number of entries. Counts them where the header does not know, and tells the header if it can. */
export function lpLength(lp: usize): u32 {
  let count: u32 = load<u16>(lp, 4);
  if (count != UNKNOWN) return count;
  count = 0;
  for (let p = lp + HEADER; load<u8>(p) != END; p += entryBytesAt(p)) count++;
  if (count < UNKNOWN) store<u16>(lp, <u16> count, 4);
  return count;
}

/** Changes the header's count, if it is known. */
@inline function addCount(lp: usize, added: i32): void {
  const count: u32 = load<u16>(lp, 4);
  if (count != UNKNOWN) store<u16>(lp, <u16> (count + added), 4);
}

// ---- moving ---------------------------------------------------------------------------------------

/** `at` when an entry stands there, 0 at the end: to go on after {@link lpDelete}. */
@inline export function lpHere(lp: usize, at: u32): u32 {
  return load<u8>(lp + at) == END ? 0 : at;
}

/** The first entry, or 0. */
export function lpFirst(lp: usize): u32 {
  return lpHere(lp, HEADER);
}

/** The last entry, or 0. */
export function lpLast(lp: usize): u32 {
  return lpPrev(lp, lpBytes(lp) - 1);
}

/** The entry after, or 0. */
export function lpNext(lp: usize, at: u32): u32 {
  return lpHere(lp, at + entryBytesAt(lp + at));
}

/** The entry before, or 0. */
export function lpPrev(lp: usize, at: u32): u32 {
  return at == HEADER ? 0 : at - entryBytesBefore(lp + at);
}

/** The entry of an index, negative ones count from the end (-1 is the last); 0 outside. */
export function lpSeek(lp: usize, index: i32): u32 {
  const count: i32 = load<u16>(lp, 4);
  let backward = index < 0;
  if (count != UNKNOWN) {
    if (backward) index += count;
    if (<u32> index >= <u32> count) return 0;
    backward = index > count >> 1;
    if (backward) index -= count;
  }
  if (backward) {
    let at = lpLast(lp);
    while (at && ++index < 0) at = lpPrev(lp, at);
    return at;
  }
  let p = lp + HEADER;
  while (load<u8>(p) != END) {
    if (index-- == 0) return <u32> (p - lp);
    p += entryBytesAt(p);
  }
  return 0;
}

// ---- reading --------------------------------------------------------------------------------------

@inline function isIntCode(byte: u32): bool {
  return byte < 0x80 || byte - 0xc0 < 0x20 || byte > 0xf0;
}

/** The integer at `p`, where {@link isIntCode} of `byte`. */
@inline function intAt(p: usize, byte: u32): i64 {
  if (byte < 0x80) return byte;
  if (byte < 0xe0) return <i32> ((byte << 8 | <u32> load<u8>(p, 1)) << 19) >> 19;
  if (byte == 0xf1) return load<i16>(p, 1);
  if (byte == 0xf2) return load<i32>(p) >> 8;
  if (byte == 0xf3) return load<i32>(p, 1);
  return load<i64>(p, 1);
}

/** Reads the entry at `p` into the value; true for an integer. */
function read(p: usize): bool {
  const byte: u32 = load<u8>(p);
  if (isIntCode(byte)) {
    store<i64>(READ_LP_I64, intAt(p, byte));
    return true;
  }
  if (byte < 0xc0) return setBytes(p + 1, byte & 63);
  if (byte < 0xf0) return setBytes(p + 2, (byte & 15) << 8 | <u32> load<u8>(p, 1));
  return setBytes(p + 5, load<u32>(p, 1));
}

@inline function setBytes(ptr: usize, len: u32): bool {
  store<u32>(READ_LP_PTR, <u32> ptr);
  store<u32>(READ_LP_LEN, len);
  return false;
}

/** Reads an entry: true for an integer, {@link lpI64}; false for bytes, {@link lpPtr} and {@link lpLen}. */
export function lpGet(lp: usize, at: u32): bool {
  if (ASSERTS) assert(at >= HEADER && load<u8>(lp + at) != END, "a look at what is no entry");
  return read(lp + at);
}

/**
 * Reads an entry as bytes, {@link lpPtr} and {@link lpLen}.
 *
 * @param scratch 20 bytes, where an integer is spelt
 */
export function lpGetString(lp: usize, at: u32, scratch: usize): void {
  if (read(lp + at)) setBytes(scratch, writeI64(scratch, lpI64()));
}

/** Address of the bytes last read; they are gone when the listpack is modified. */
export function lpPtr(): usize {
  return load<u32>(READ_LP_PTR);
}

/** Length of the bytes last read. */
export function lpLen(): u32 {
  return load<u32>(READ_LP_LEN);
}

/** The integer last read. */
export function lpI64(): i64 {
  return load<i64>(READ_LP_I64);
}

@inline function spellsInteger(ptr: usize, len: u32): bool {
  return len - 1 < 20 && parseI64(ptr, len);
}

/** Whether an entry reads as these bytes; changes the value last read. */
export function lpEqualAt(lp: usize, at: u32, ptr: usize, len: u32): bool {
  if (read(lp + at)) return spellsInteger(ptr, len) && parsedI64() == lpI64();
  return lpLen() == len && equalBytes(lpPtr(), ptr, len);
}

/**
 * The first entry from `from` on that reads as these bytes, or 0; changes the value last read.
 *
 * @param from an entry, or 0 for an empty listpack
 * @param skip entries to pass over after each one compared: 1 where names and values alternate
 */
export function lpFind(lp: usize, from: u32, ptr: usize, len: u32, skip: u32): u32 {
  if (!from) return 0;
  const isInt = spellsInteger(ptr, len);
  const wanted = isInt ? parsedI64() : 0;
  // A short string shows its length in its first byte. Then its last eight bytes are compared at
  // once; what they reach back to of a shorter one lies inside the listpack and is masked away.
  const short = len < 64 ? 0x80 | len : END + 1;
  const mask: u64 = len >= 8 ? -1 : len == 0 ? 0 : <u64> -1 << (64 - (len << 3));
  const tail = load<u64>(ptr + len - 8) & mask;
  let p = lp + from;
  while (true) {
    const byte: u32 = load<u8>(p);
    if (byte == short) {
      if ((load<u64>(p + len - 7) & mask) == tail && (len <= 8 || equalBytes(p + 1, ptr, len))) break;
    } else if (byte == END) {
      return 0;
    } else if (isIntCode(byte)) {
      if (isInt && wanted == intAt(p, byte)) break;
    } else if (byte >= 0xc0) {
      read(p);
      if (lpLen() == len && equalBytes(lpPtr(), ptr, len)) break;
    }
    p += entryBytesAt(p);
    for (let left = skip; left; left--) {
      if (load<u8>(p) == END) return 0;
      p += entryBytesAt(p);
    }
  }
  return <u32> (p - lp);
}

// ---- modifying ------------------------------------------------------------------------------------

/** Makes `fresh` bytes out of the `old` ones at `at`, what lies behind moving along. */
function splice(lp: usize, at: u32, old: u32, fresh: u32): usize {
  if (old == fresh) return lp;
  const total = lpBytes(lp);
  const wide = <u64> total - old + fresh;
  if (wide > u32.MAX_VALUE) return 0;
  const bytes = <u32> wide;
  if (fresh > old) {
    lp = growBlock(lp, bytes, total);
    if (!lp) return 0;
  }
  const rest = at + old;
  if (rest + 1 == total) store<u8>(lp + at + fresh, <u8> END);
  else memory.copy(lp + at + fresh, lp + rest, total - rest);
  store<u32>(lp, bytes);
  return fresh < old ? trimBlock(lp, bytes) : lp;
}

/** Opens room for an entry with a code of so many bytes, and writes all but that. Sets `position`. */
function open(lp: usize, at: u32, where: u32, code: u32): usize {
  if (ASSERTS) {
    assert(load<u8>(lp + lpBytes(lp) - 1) == END, "a listpack without its end");
    assert(at >= HEADER && at < lpBytes(lp), "an entry put in outside of the listpack");
    assert(where == LP_BEFORE || load<u8>(lp + at) != END, "an entry put behind the end");
  }
  let old: u32 = 0;
  if (where == LP_AFTER) at += entryBytesAt(lp + at);
  else if (where == LP_REPLACE) old = entryBytesAt(lp + at);
  const back = backBytes(code);
  lp = splice(lp, at, old, code + back);
  if (!lp) return 0;
  if (where != LP_REPLACE) addCount(lp, 1);
  if (back == 1) store<u8>(lp + at + code, <u8> code);
  else writeBack(lp + at + code, code, back);
  position = at;
  return lp;
}

/** Bytes of an integer's code. */
function intCode(value: i64): u32 {
  // A value of n bits in two's complement: its sign folded away, n - 1 bits are left.
  const bits = 64 - <u32> clz(value ^ (value >> 63));
  const isByte = <u64> value < 128;
  return isByte ? 1 : bits < 13 ? 2 : bits < 16 ? 3 : bits < 24 ? 4 : bits < 32 ? 5 : 9;
}

function writeInt(p: usize, code: u32, value: i64): void {
  const low = <u32> value;
  if (code == 1) store<u8>(p, <u8> low);
  else if (code == 2) store<u16>(p, <u16> (0xc0 | low >> 8 & 31 | low << 8));
  else if (code == 4) store<u32>(p, 0xf2 | low << 8);
  else {
    store<u8>(p, <u8> (code == 3 ? 0xf1 : code == 5 ? 0xf3 : 0xf4));
    if (code == 3) store<u16>(p, <u16> low, 1);
    else if (code == 5) store<u32>(p, low, 1);
    else store<i64>(p, value, 1);
  }
}

/** Bytes before a string's own in its code. */
@inline function stringHead(len: u32): u32 {
  return len < 64 ? 1 : len < 4096 ? 2 : 5;
}

function writeString(p: usize, head: u32, ptr: usize, len: u32): void {
  if (head == 1) store<u8>(p, <u8> (0x80 | len));
  else if (head == 2) store<u16>(p, <u16> (0xe0 | len >> 8 | len << 8));
  else {
    store<u8>(p, 0xf0);
    store<u32>(p, len, 1);
  }
  memory.copy(p + head, ptr, len);
}

/**
 * Puts an entry before, after or in the place of another.
 *
 * @param at an entry; with LP_BEFORE the terminator's offset too
 * @returns the listpack, perhaps moved; 0 when memory is out. {@link lpPosition} is the new entry
 */
export function lpInsert(lp: usize, at: u32, where: u32, ptr: usize, len: u32): usize {
  if (spellsInteger(ptr, len)) return lpInsertInt(lp, at, where, parsedI64());
  if (len > MAX_STRING) return 0;
  const head = stringHead(len);
  lp = open(lp, at, where, head + len);
  if (lp) writeString(lp + position, head, ptr, len);
  return lp;
}

/** {@link lpInsert} of an integer. */
export function lpInsertInt(lp: usize, at: u32, where: u32, value: i64): usize {
  const code = intCode(value);
  lp = open(lp, at, where, code);
  if (lp) writeInt(lp + position, code, value);
  return lp;
}

/** The code that {@link lpWriteEntry} is to write: its bytes, and the integer that it may be. */
let nextCode: u32 = 0;
let nextIsInt: bool = false;
let nextI64: i64 = 0;

/**
 * Bytes of the entry that a string makes, for who keeps room around a listpack and writes there himself
 * with {@link lpWriteEntry}. The string is shorter than 2^31.
 */
export function lpEntryBytes(ptr: usize, len: u32): u32 {
  nextIsInt = spellsInteger(ptr, len);
  if (nextIsInt) nextI64 = parsedI64();
  nextCode = nextIsInt ? intCode(nextI64) : stringHead(len) + len;
  return nextCode + backBytes(nextCode);
}

/** Writes the entry of the last {@link lpEntryBytes} to `p`; the header and terminator are the caller's. */
export function lpWriteEntry(p: usize, ptr: usize, len: u32): void {
  if (nextIsInt) writeInt(p, nextCode, nextI64);
  else writeString(p, nextCode - len, ptr, len);
  writeBack(p + nextCode, nextCode, backBytes(nextCode));
}

/** Bytes of the entry that an integer makes; see {@link lpEntryBytes}. */
@inline export function lpIntBytes(value: i64): u32 {
  return intCode(value) + 1;
}

/** Writes the entry of an integer to `p`. @returns where it ends */
export function lpWriteIntEntry(p: usize, value: i64): usize {
  const code = intCode(value);
  writeInt(p, code, value);
  store<u8>(p + code, <u8> code);
  return p + code + 1;
}

/** Bytes of the entry written last by {@link lpWriteEntry}. */
@inline export function lpWrittenBytes(): u32 {
  return nextCode + backBytes(nextCode);
}

// By address, for who walks a listpack that does not change meanwhile: the entries behind and before the one
// at `p`, lpGet of it, and its integer, 0 where there are bytes.
@inline export function lpSkip(p: usize): usize { return p + entryBytesAt(p); }
@inline export function lpBack(p: usize): usize { return p - entryBytesBefore(p); }
@inline export function lpRead(p: usize): bool { return read(p); }
@inline export function lpIntAt(p: usize): i64 {
  const byte: u32 = load<u8>(p);
  return byte < 0x80 ? byte : isIntCode(byte) ? intAt(p, byte) : 0;
}

/** The entry that the last successful insertion wrote. */
export function lpPosition(): u32 {
  return position;
}

/** Adds an entry at the end. */
export function lpAppend(lp: usize, ptr: usize, len: u32): usize {
  return lpInsert(lp, lpBytes(lp) - 1, LP_BEFORE, ptr, len);
}

/** Adds an integer at the end. */
export function lpAppendInt(lp: usize, value: i64): usize {
  return lpInsertInt(lp, lpBytes(lp) - 1, LP_BEFORE, value);
}

/** Adds an entry at the front. */
export function lpPrepend(lp: usize, ptr: usize, len: u32): usize {
  return lpInsert(lp, HEADER, LP_BEFORE, ptr, len);
}

/** Adds an integer at the front. */
export function lpPrependInt(lp: usize, value: i64): usize {
  return lpInsertInt(lp, HEADER, LP_BEFORE, value);
}

/** Puts other bytes in the place of an entry. */
export function lpReplace(lp: usize, at: u32, ptr: usize, len: u32): usize {
  return lpInsert(lp, at, LP_REPLACE, ptr, len);
}

/** Removes an entry; the one after it, if any, is then at `at` ({@link lpHere}). Never fails. */
export function lpDelete(lp: usize, at: u32): usize {
  addCount(lp, -1);
  return splice(lp, at, entryBytesAt(lp + at), 0);
}

/** Removes up to `count` entries from the one at `at` on. Never fails. */
export function lpDeleteRangeAt(lp: usize, at: u32, count: u32): usize {
  let p = lp + at;
  let removed: u32 = 0;
  for (; removed < count && load<u8>(p) != END; removed++) p += entryBytesAt(p);
  addCount(lp, -(<i32> removed));
  return splice(lp, at, <u32> (p - lp) - at, 0);
}

/** Removes up to `count` entries from an index on, as {@link lpSeek} takes it. Never fails. */
export function lpDeleteRange(lp: usize, index: i32, count: u32): usize {
  const at = lpSeek(lp, index);
  return at ? lpDeleteRangeAt(lp, at, count) : lp;
}

/**
 * Adds the entries of `b` behind those of `a` and frees `b`.
 *
 * @returns `a`, perhaps moved; 0 when memory is out, and then both are as they were
 */
export function lpMerge(a: usize, b: usize): usize {
  const total = lpBytes(a);
  const added = lpBytes(b) - HEADER - 1;
  if (<u64> total + added > u32.MAX_VALUE) return 0;
  const merged = growBlock(a, total + added, total);
  if (!merged) return 0;
  memory.copy(merged + total - 1, b + HEADER, added + 1);
  store<u32>(merged, total + added);
  const count = <u32> load<u16>(merged, 4) + load<u16>(b, 4);
  // Either count unknown makes the sum reach UNKNOWN by itself.
  store<u16>(merged, <u16> min(count, UNKNOWN), 4);
  free(b);
  return merged;
}

// ---- checking -------------------------------------------------------------------------------------

/**
 * Whether untrusted bytes are a listpack. No byte outside of them is read.
 *
 * @param deep check each entry too. Only then is every other function safe on it; without it the
 *   size and the terminator alone are looked at, for bytes that a checksum vouches for
 */
export function lpValidate(ptr: usize, len: u32, deep: bool): bool {
  if (len < HEADER + 1 || load<u32>(ptr) != len || load<u8>(ptr + len - 1) != END) return false;
  if (!deep) return true;
  const end = ptr + len - 1;
  let p = ptr + HEADER;
  let count: u32 = 0;
  for (; p < end; count++) {
    const byte: u32 = load<u8>(p);
    const left = <u32> (end - p);
    if (byte > 0xf4 || (byte == 0xf0 && left < 5)) return false;
    // A code of two bytes may read the terminator as its second one, which is still inside.
    if (byte == 0xf0 && load<u32>(p, 1) >= left) return false;
    const code = codeBytes(p);
    const back = backBytes(code);
    if (<u64> code + back > left || !isBack(p + code, code, back)) return false;
    p += code + back;
  }
  const known: u32 = load<u16>(ptr, 4);
  return known == UNKNOWN || known == count;
}
