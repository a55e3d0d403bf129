/**
 * BITFIELD: integers of 1 to 64 bits, signed or not, at any bit of a string. The highest bit comes
 * first; what lies behind the string's end reads as zero.
 *
 * The operations are read twice: once to see that all of them are right, and how long the string must
 * be, then to execute them. So nothing has happened when there is an error, and no list of them is kept.
 */
import { ARGC, NOT_AN_INTEGER, OUT_OF_MEMORY, RESULT_I64, WRONG_TYPE } from "../../base/layout";
import {
  BIT_OFFSET_WRONG, BIT_SYNTAX, bitsAt, bitsGrown, bitsStatus, isBitOffset, writableBits,
} from "./bitmap";
import { lastHash } from "../../keyspace/keyspace";
import { parseI64, parsedI64 } from "../../text/number";
import { argLen, argPtr, wordLen } from "../../protocol/resp";
import { replyArray, replyI64, replyNull, replyReserve, RESERVED_BYTES } from "../../protocol/reply";
import { readString, textLen, textPtr } from "../string/stringvalue";

export const FIELD_TYPE_WRONG: i32 = -30;
export const FIELD_OVERFLOW_WRONG: i32 = -31;
/** An operation that writes where none may. */
export const FIELD_WRITES: i32 = -32;
/** The key to be read is no string. */
export const FIELD_READ_WRONG_TYPE: i32 = -33;

// What the command has done.
export const FIELD_READ: i32 = 0;
export const FIELD_READ_MISSING: i32 = 1;
export const FIELD_WRITTEN: i32 = 2;
export const FIELD_ADDED: i32 = 3;

const GET: u32 = 0;
const SET: u32 = 1;
const INCREMENT: u32 = 2;
const SET_OVERFLOW: u32 = 3;

// What becomes of an integer that does not fit.
const WRAP: u32 = 0;
const SATURATE: u32 = 1;
const FAIL: u32 = 2;

// ---- reading operations ---------------------------------------------------------------------------

// The operation that readOperation has read, and the argument that follows it.
let operation: u32 = 0;
let next: u32 = 0;
let overflow: u32 = WRAP;
let signed: bool = false;
let bits: u32 = 0;
let offset: u64 = 0;
let operand: i64 = 0;

/** An argument of up to 8 bytes in lower case, as one word; 0 for a longer one. */
function wordOf(arg: u32): u64 {
  const len = wordLen(arg);
  if (len - 1 > 7) return 0;
  return (load<u64>(argPtr(arg)) | 0x2020202020202020) & <u64> -1 >> (64 - (len << 3));
}
// The words, their first letter in the lowest byte.
const WORD_GET: u64 = 0x746567;
const WORD_SET: u64 = 0x746573;
const WORD_INCRBY: u64 = 0x796272636e69;
const WORD_OVERFLOW: u64 = 0x776f6c667265766f;
const WORD_WRAP: u64 = 0x70617277;
const WORD_SAT: u64 = 0x746173;
const WORD_FAIL: u64 = 0x6c696166;

/** Reads a type like i16 or u63. */
function readType(arg: u32): bool {
  const ptr = argPtr(arg);
  const len = wordLen(arg);
  if (!len) return false;
  const letter = load<u8>(ptr);
  signed = letter == 0x69;
  if ((!signed && letter != 0x75) || !parseI64(ptr + 1, len - 1)) return false;
  const wide = parsedI64();
  if (wide < 1 || wide > (signed ? 64 : 63)) return false;
  bits = <u32> wide;
  return true;
}

/** Reads an offset in bits, or behind '#' in integers of the type just read. */
function readOffset(arg: u32): bool {
  const ptr = argPtr(arg);
  const len = argLen(arg);
  const scaled: u32 = len && load<u8>(ptr) == 0x23 ? 1 : 0;
  if (!parseI64(ptr + scaled, len - scaled)) return false;
  const given = scaled ? parsedI64() * bits : parsedI64();
  offset = given;
  return isBitOffset(given);
}

/** Reads the operation at argument `at`. @returns 0 or what is wrong with it */
function readOperation(at: u32): i32 {
  const word = wordOf(at);
  const left = load<u32>(ARGC) - at - 1;
  if (word == WORD_OVERFLOW && left >= 1) {
    const kind = wordOf(at + 1);
    if (kind == WORD_WRAP) overflow = WRAP;
    else if (kind == WORD_SAT) overflow = SATURATE;
    else if (kind == WORD_FAIL) overflow = FAIL;
    else return FIELD_OVERFLOW_WRONG;
    operation = SET_OVERFLOW;
    next = at + 2;
    return 0;
  }
  if (word == WORD_GET && left >= 2) operation = GET;
  else if (word == WORD_SET && left >= 3) operation = SET;
  else if (word == WORD_INCRBY && left >= 3) operation = INCREMENT;
  else return BIT_SYNTAX;
  if (!readType(at + 1)) return FIELD_TYPE_WRONG;
  if (!readOffset(at + 2)) return BIT_OFFSET_WRONG;
  next = at + 3;
  if (operation == GET) return 0;
  if (!parseI64(argPtr(at + 3), argLen(at + 3))) return NOT_AN_INTEGER;
  operand = parsedI64();
  next = at + 4;
  return 0;
}

// ---- integers in a string -------------------------------------------------------------------------

/** The field of the operation under way, in the `len` bytes at `ptr`. */
function readField(ptr: usize, len: u32): i64 {
  const first = <u32> (offset >> 3);
  const skip = <u32> (offset & 7);
  let word: u64 = 0;
  let ninth: u64 = 0;
  if (first + 8 < len) {
    word = bswap(load<u64>(ptr + first));
    ninth = load<u8>(ptr + first, 8);
  } else {
    for (let i: u32 = 0; i < 8; i++) word = word << 8 | (first + i < len ? load<u8>(ptr + first + i) : 0);
  }
  word = word << skip | ninth << skip >> 8;
  return signed ? <i64> word >> (64 - bits) : <i64> (word >> (64 - bits));
}

/** Writes the lowest bits of a value as the field of the operation under way, which lies inside. */
function writeField(ptr: usize, value: u64): void {
  let left = bits;
  let at = offset;
  while (left) {
    const byte = ptr + <usize> (at >> 3);
    const room = 8 - <u32> (at & 7);
    const count = min(room, left);
    const shift = room - count;
    const mask: u32 = (1 << count) - 1 << shift;
    const part = <u32> (value >> (left - count)) << shift & mask;
    store<u8>(byte, load<u8>(byte) & ~mask | part);
    at += count;
    left -= count;
  }
}

// ---- arithmetic -----------------------------------------------------------------------------------

/** What {@link fit} has made of its sum. */
let fitted: i64 = 0;

/** Makes `value` + `added` fit the field as `overflow` says. @returns false when it fails */
function fit(value: i64, added: i64): bool {
  const direction = signed ? beyondSigned(value, added) : beyondUnsigned(value, added);
  const sum = value + added;
  if (!direction) {
    fitted = sum;
    return true;
  }
  if (overflow == FAIL) return false;
  const unused = 64 - bits;
  const highest: i64 = signed ? i64.MAX_VALUE >> unused : <i64> (<u64> -1 >> unused);
  if (overflow == SATURATE) fitted = direction > 0 ? highest : signed ? ~highest : 0;
  else if (signed) fitted = sum << unused >> unused;
  else fitted = <i64> (<u64> sum << unused >> unused);
  return true;
}

/** Whether the sum lies above (1), below (-1) or within the field. A value may be beyond it by itself. */
function beyondUnsigned(value: i64, added: i64): i32 {
  const highest = <u64> -1 >> (64 - bits);
  if (<u64> value > highest) return 1;
  if (added > 0 && <u64> added > highest - <u64> value) return 1;
  return added < 0 && <u64> value < 0 - <u64> added ? -1 : 0;
}
function beyondSigned(value: i64, added: i64): i32 {
  const highest: i64 = i64.MAX_VALUE >> (64 - bits);
  const lowest = ~highest;
  // These may wrap, as Redis's do: a value far below a narrower field then counts as above it.
  const above = highest - value;
  const below = lowest - value;
  const narrow = bits < 64;
  if (value > highest || ((narrow || (value >= 0 && added > 0)) && added > above)) return 1;
  if (value < lowest || ((narrow || (value < 0 && added < 0)) && added < below)) return -1;
  return 0;
}

// ---- the command ----------------------------------------------------------------------------------

/** Executes an operation and replies. @returns whether it has changed the field */
function execute(ptr: usize, len: u32): bool {
  const had = readField(ptr, len);
  if (operation == GET) {
    replyI64(had);
    return false;
  }
  if (!(operation == SET ? fit(operand, 0) : fit(had, operand))) {
    replyNull();
    return false;
  }
  writeField(ptr, fitted);
  replyI64(operation == SET ? had : fitted);
  return bitsGrown || had != fitted;
}

/**
 * BITFIELD and BITFIELD_RO: replies with an array.
 *
 * @param first the first operation's argument
 * @returns FIELD_*, with the number of changes in RESULT_I64, or an error
 */
export function bitfield(db: u32, karg: u32, first: u32, readOnly: bool): i32 {
  const argc = load<u32>(ARGC);
  let count: u32 = 0;
  let writes = false;
  let wanted: u64 = 0;
  overflow = WRAP;
  for (let at = first; at < argc; at = next) {
    const status = readOperation(at);
    if (status) return status;
    if (operation == SET_OVERFLOW) continue;
    count++;
    if (operation == GET) continue;
    writes = true;
    wanted = max(wanted, (offset + bits + 7) >> 3);
  }
  if (writes && readOnly) return FIELD_WRITES;
  const e = bitsAt(db, karg);
  if (!e && bitsStatus == WRONG_TYPE) return writes ? WRONG_TYPE : FIELD_READ_WRONG_TYPE;
  let ptr: usize = 0;
  let len: u32 = 0;
  // What is answered is of no use to who never gets it: it has its room before anything is written.
  if (writes && !replyReserve((<u64> count + 1) * RESERVED_BYTES)) return OUT_OF_MEMORY;
  if (writes) {
    ptr = writableBits(db, e, lastHash, karg, <u32> wanted);
    if (!ptr) return OUT_OF_MEMORY;
    len = load<u32>(ptr - 4);
  } else if (e) {
    readString(e);
    ptr = textPtr;
    len = textLen;
  }
  replyArray(count);
  overflow = WRAP;
  let changes: i64 = 0;
  for (let at = first; at < argc; at = next) {
    readOperation(at);
    if (operation != SET_OVERFLOW && execute(ptr, len)) changes++;
  }
  store<i64>(RESULT_I64, changes);
  if (writes) return e ? FIELD_WRITTEN : FIELD_ADDED;
  return e ? FIELD_READ : FIELD_READ_MISSING;
}
