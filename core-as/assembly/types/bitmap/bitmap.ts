/**
 * Bitmaps: strings by their bits. SETBIT, GETBIT, BITCOUNT and BITPOS; BITOP is in bitop.ts, BITFIELD in
 * bitfield.ts, how runs of bits are counted and searched in bitscan.ts. Arguments are named by their
 * index in the command under way; replies are written here.
 */
import { ARGC, IN_MAX_BULK, MISSING, NOT_AN_INTEGER, OUT_OF_MEMORY, WRONG_TYPE } from "../../base/layout";
import { entryType, entryValue, isInline, RAW, setEncoding, TYPE_STRING } from "../../keyspace/entry";
import { lastHash, lookup } from "../../keyspace/keyspace";
import { countBits, countBytes, findBit } from "./bitscan";
import { parseI64, parsedI64 } from "../../text/number";
import { argLen, argPtr, wordLen } from "../../protocol/resp";
import { replyI64 } from "../../protocol/reply";
import { ensureBlock, newRaw, readString, textLen, textPtr } from "../string/stringvalue";

// What may be wrong with an argument: a bit's offset, its value, the number or words of them.
export const BIT_OFFSET_WRONG: i32 = -20;
export const BIT_VALUE_WRONG: i32 = -21;
export const BIT_SYNTAX: i32 = -22;
/** No integer where a bit's value must be. */
export const BIT_NOT_INTEGER: i32 = -23;

// ---- values ---------------------------------------------------------------------------------------

/** The string entry of an argument, 0 with MISSING or WRONG_TYPE in {@link bitsStatus}. */
export let bitsStatus: i32 = 0;
@inline export function bitsAt(db: u32, karg: u32): usize {
  const e = lookup(db, argPtr(karg), argLen(karg));
  if (e && entryType(e) == TYPE_STRING) return e;
  bitsStatus = e ? WRONG_TYPE : MISSING;
  return 0;
}

/** Whether the last {@link writableBits} made its string longer. */
export let bitsGrown: bool = false;

/**
 * The bytes of a key's string, to be changed: at least `len` of them, those it did not have zero.
 *
 * @param e the key's entry as just looked up, 0 when it is to be added
 * @returns where they are, 0 when memory is out
 */
export function writableBits(db: u32, e: usize, hash: u64, karg: u32, len: u32): usize {
  let had: u32 = 0;
  let block: usize;
  if (e) {
    readString(e);
    had = textLen;
    bitsGrown = len > had;
    if (!bitsGrown && isInline(e)) {
      setEncoding(e, RAW);
      return entryValue(e) + 4;
    }
    len = max(len, had);
    block = ensureBlock(db, e, hash, len);
  } else {
    bitsGrown = true;
    block = newRaw(db, hash, argPtr(karg), argLen(karg), len);
  }
  if (!block) return 0;
  if (bitsGrown) {
    memory.fill(block + 4 + had, 0, len - had);
    store<u32>(block, len);
  }
  return block + 4;
}

/** Whether a bit of this number can be in a string. */
@inline export function isBitOffset(offset: i64): bool {
  return offset >= 0 && offset >> 3 < <i64> load<u32>(IN_MAX_BULK);
}

// ---- SETBIT and GETBIT ----------------------------------------------------------------------------

/** SETBIT: replies with the bit as it was. @returns 2 when it added a key, 1 when it changed one, 0, or an error */
export function bitmapSet(db: u32, karg: u32, oarg: u32, varg: u32): i32 {
  if (!parseI64(argPtr(oarg), argLen(oarg)) || !isBitOffset(parsedI64())) return BIT_OFFSET_WRONG;
  const offset = parsedI64();
  const bit = <u32> load<u8>(argPtr(varg)) - 0x30;
  if (argLen(varg) != 1 || bit > 1) return BIT_VALUE_WRONG;
  const e = bitsAt(db, karg);
  if (!e && bitsStatus == WRONG_TYPE) return WRONG_TYPE;
  const byte = <u32> (offset >> 3);
  const bits = writableBits(db, e, lastHash, karg, byte + 1);
  if (!bits) return OUT_OF_MEMORY;
  const at = bits + byte;
  const shift = 7 - <u32> (offset & 7);
  const had = <u32> load<u8>(at);
  const was = had >> shift & 1;
  store<u8>(at, had & ~(1 << shift) | bit << shift);
  replyI64(was);
  if (!e) return 2;
  return bitsGrown || was != bit ? 1 : 0;
}

/** GETBIT. @returns 0, MISSING or an error */
export function bitmapGet(db: u32, karg: u32, oarg: u32): i32 {
  if (!parseI64(argPtr(oarg), argLen(oarg)) || !isBitOffset(parsedI64())) return BIT_OFFSET_WRONG;
  const offset = parsedI64();
  const e = bitsAt(db, karg);
  if (!e) {
    if (bitsStatus == MISSING) replyI64(0);
    return bitsStatus;
  }
  readString(e);
  const byte = <u32> (offset >> 3);
  replyI64(byte < textLen ? load<u8>(textPtr + byte) >> <u32> (7 - (offset & 7)) & 1 : 0);
  return 0;
}

// ---- BITCOUNT and BITPOS --------------------------------------------------------------------------

/** The unit that an argument names: 1 for BIT, 8 for BYTE, 0 for neither. */
function unitOf(arg: u32): u32 {
  const word = load<u32>(argPtr(arg)) | 0x20202020;
  const len = wordLen(arg);
  if (len == 3) return (word & 0xffffff) == 0x746962 ? 1 : 0;
  return len == 4 && word == 0x65747962 ? 8 : 0;
}

// A range of the string that readString has looked at, as numbers of its first and last bit.
let firstBit: i64 = 0;
let lastBit: i64 = 0;

/** Turns bounds of a unit's numbers, negative from the end, into a range. @returns whether it has bits */
function setRange(start: i64, end: i64, unit: u32): bool {
  const total = <i64> textLen << (unit == 1 ? 3 : 0);
  if (start < 0) start = max<i64>(start + total, 0);
  if (end < 0) end = max<i64>(end + total, 0);
  if (end >= total) end = total - 1;
  if (start > end) return false;
  firstBit = unit == 1 ? start : start << 3;
  lastBit = unit == 1 ? end : (end << 3) + 7;
  return true;
}

/** BITCOUNT of a key and, if there are more arguments, of a range. @returns 0, MISSING or an error */
export function bitmapCount(db: u32, karg: u32): i32 {
  const e = bitsAt(db, karg);
  if (!e) {
    if (bitsStatus == MISSING) replyI64(0);
    return bitsStatus;
  }
  readString(e);
  const given = load<u32>(ARGC) - karg - 1;
  if (!given) {
    replyI64(countBytes(textPtr, textPtr + textLen));
    return 0;
  }
  if (given != 2 && given != 3) return BIT_SYNTAX;
  if (!parseI64(argPtr(karg + 1), argLen(karg + 1))) return NOT_AN_INTEGER;
  const start = parsedI64();
  if (!parseI64(argPtr(karg + 2), argLen(karg + 2))) return NOT_AN_INTEGER;
  const end = parsedI64();
  // The wrong way round from the end: clamped they might meet at the first byte.
  if (start < 0 && end < 0 && start > end) {
    replyI64(0);
    return 0;
  }
  const unit = given == 3 ? unitOf(karg + 3) : 8;
  if (!unit) return BIT_SYNTAX;
  replyI64(setRange(start, end, unit) ? countBits(textPtr, firstBit, lastBit) : 0);
  return 0;
}

/** BITPOS of a bit in a key and, if there are more arguments, in a range. @returns 0, MISSING or an error */
export function bitmapPosition(db: u32, karg: u32, barg: u32): i32 {
  if (!parseI64(argPtr(barg), argLen(barg))) return BIT_NOT_INTEGER;
  const bit = parsedI64();
  if (bit != 0 && bit != 1) return BIT_VALUE_WRONG;
  const e = bitsAt(db, karg);
  if (!e) {
    if (bitsStatus == MISSING) replyI64(bit ? -1 : 0);
    return bitsStatus;
  }
  readString(e);
  const given = load<u32>(ARGC) - barg - 1;
  if (given > 3) return BIT_SYNTAX;
  let start: i64 = 0;
  let end: i64 = -1;
  let unit: u32 = 8;
  if (given) {
    if (!parseI64(argPtr(barg + 1), argLen(barg + 1))) return NOT_AN_INTEGER;
    start = parsedI64();
    if (given == 3) unit = unitOf(barg + 3);
    if (!unit) return BIT_SYNTAX;
    if (given >= 2) {
      if (!parseI64(argPtr(barg + 2), argLen(barg + 2))) return NOT_AN_INTEGER;
      end = parsedI64();
    }
  }
  if (!setRange(start, end, unit)) {
    replyI64(-1);
    return 0;
  }
  let found = findBit(textPtr, firstBit, lastBit, <u32> bit);
  // Without an end a string goes on with zeros.
  if (found < 0 && !bit && given < 2) found = <i64> textLen << 3;
  replyI64(found);
  return 0;
}
