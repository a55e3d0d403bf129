/**
 * Integers as text: parse and print, decimal and hexadecimal.
 *
 * Costs: a parse takes eight digits per step, a print two digits per division; neither allocates.
 * Sources: the eight-digit multiply is Daniel Lemire's "Quickly parsing eight digits" (2018); the
 * digit count from the bit length is Sean Anderson's "Bit Twiddling Hacks" (integer log base 10).
 */
import { READ_INTEGER } from "../base/layout";

/** Most bytes that {@link writeI64} and {@link writeU64} write. */
export const MAX_DECIMAL_BYTES: u32 = 20;

const I64_LIMIT: u64 = 1 << 63;

/** 10^0 to 10^19. */
// deno-fmt-ignore
const POWERS = memory.data<u64>([
  1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000,
  100000000000, 1000000000000, 10000000000000, 100000000000000, 1000000000000000,
  10000000000000000, 100000000000000000, 1000000000000000000, 10000000000000000000,
]);

/** True when the eight bytes are all '0' to '9'. */
function areDigits8(text: u64): bool {
  const high: u64 = text & 0xf0f0f0f0f0f0f0f0;
  const carried: u64 = ((text + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4;
  return (high | carried) == 0x3333333333333333;
}

/** Value of eight ASCII digits, the first one in the lowest byte. */
function valueOfDigits8(text: u64): u64 {
  const digits: u64 = text - 0x3030303030303030;
  const pairs: u64 = digits * 10 + (digits >> 8);
  const evens: u64 = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
  const odds: u64 = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return (evens + odds) >> 32;
}

/** Parses 1 to 20 digits and nothing else into {@link parsedU64}; false on other bytes or above 2^64 - 1. */
function parseDigits(ptr: usize, len: u32): bool {
  if (len - 1 > 19) return false;
  const end = ptr + len;
  const last = end - 1;
  let value: u64 = 0;
  while (ptr + 8 < end) {
    const text = load<u64>(ptr);
    if (!areDigits8(text)) return false;
    value = value * 100000000 + valueOfDigits8(text);
    ptr += 8;
  }
  // The last digit is taken apart: only a twentieth one can overflow.
  while (ptr < last) {
    const digit: u32 = <u32> load<u8>(ptr++) - 48;
    if (digit > 9) return false;
    value = value * 10 + digit;
  }
  const digit: u32 = <u32> load<u8>(last) - 48;
  if (digit > 9) return false;
  if (len == 20 && (value > 1844674407370955161 || (value == 1844674407370955161 && digit > 5))) {
    return false;
  }
  store<u64>(READ_INTEGER, value * 10 + digit);
  return true;
}

/**
 * Parses the one canonical spelling of a signed 64-bit integer, the only one that INCR, integer
 * arguments and the `int` encoding accept: no spaces, '+', leading zeros or "-0".
 *
 * @returns whether it parsed; the value is then {@link parsedI64}
 */
export function parseI64(ptr: usize, len: u32): bool {
  if (len == 0) return false;
  const negative = load<u8>(ptr) == 45;
  const sign: u32 = negative ? 1 : 0;
  if (len == sign) return false;
  if (load<u8>(ptr + sign) == 48) {
    store<u64>(READ_INTEGER, 0);
    return len == 1;
  }
  if (!parseDigits(ptr + sign, len - sign)) return false;
  if (negative) {
    if (parsedU64() > I64_LIMIT) return false;
    store<u64>(READ_INTEGER, 0 - parsedU64());
    return true;
  }
  return parsedU64() < I64_LIMIT;
}

/** Value of the last successful parse, signed. */
export function parsedI64(): i64 {
  return load<i64>(READ_INTEGER);
}

/** Parses the canonical spelling of an unsigned 64-bit integer; the value is {@link parsedU64}. */
export function parseU64(ptr: usize, len: u32): bool {
  if (len == 0) return false;
  if (load<u8>(ptr) == 48 && len > 1) return false;
  return parseDigits(ptr, len);
}

/**
 * Parses an unsigned 64-bit integer as the halves of a stream ID are read: leading white space, one
 * '+' and leading zeros are let through, and a NUL ends the text. The value is {@link parsedU64}.
 */
export function parseU64Loose(ptr: usize, len: u32): bool {
  const end = ptr + len;
  while (ptr < end && isSpace(load<u8>(ptr))) ptr++;
  if (ptr < end && load<u8>(ptr) == 43) ptr++;
  const digits = ptr;
  while (ptr < end && load<u8>(ptr) == 48) ptr++;
  const significant = ptr;
  while (ptr < end && load<u8>(ptr) != 0) ptr++;
  if (ptr == significant) {
    store<u64>(READ_INTEGER, 0);
    return ptr > digits;
  }
  return parseDigits(significant, <u32> (ptr - significant));
}

/** Value of the last successful parse, unsigned. */
export function parsedU64(): u64 {
  return load<u64>(READ_INTEGER);
}

/** True for the white space of C's `isspace`: tab, LF, VT, FF, CR and space. */
export function isSpace(byte: u32): bool {
  return byte == 32 || byte - 9 < 5;
}

/** Digits of the value in decimal: 1 to 20. */
export function u64Length(value: u64): u32 {
  // 1233 / 4096 is just above log10(2).
  const guess: u32 = ((64 - <u32> clz(value | 1)) * 1233) >> 12;
  // At 2^63 and above the guess is 19 and 10^19 is the last entry.
  return guess + u32(value >= load<u64>(POWERS + (guess << 3)) || guess == 0);
}

/** Bytes of the value in decimal, sign included: 1 to 20. */
export function i64Length(value: i64): u32 {
  return value < 0 ? u64Length(0 - <u64> value) + 1 : u64Length(<u64> value);
}

/** Writes two digits of `value`, which is below 100. */
function writePair(out: usize, value: u32): void {
  const tens = (value * 103) >> 10;
  store<u16>(out, <u16> (0x3030 | tens | ((value - tens * 10) << 8)));
}

/** Writes exactly `len` digits of `value`, with leading zeros where it is shorter. */
export function writeDigits(out: usize, value: u64, len: u32): void {
  let at = out + len;
  while (value > 0xffffffff && at >= out + 2) {
    const next = value / 100;
    writePair(at -= 2, <u32> (value - next * 100));
    value = next;
  }
  let low = <u32> value;
  while (at >= out + 2) {
    const next = low / 100;
    writePair(at -= 2, low - next * 100);
    low = next;
  }
  if (at > out) store<u8>(out, <u8> (48 + low % 10));
}

/** Writes the value in decimal, at most 20 bytes and never one more than its length; returns it. */
export function writeU64(out: usize, value: u64): u32 {
  const len = u64Length(value);
  writeDigits(out, value, len);
  return len;
}

/** Writes the value in decimal, at most 20 bytes and never one more than its length; returns it. */
export function writeI64(out: usize, value: i64): u32 {
  if (value >= 0) return writeU64(out, <u64> value);
  store<u8>(out, 45);
  return writeU64(out + 1, 0 - <u64> value) + 1;
}

/** Value of a hexadecimal digit of either case, or 16 and above for any other byte. */
export function hexValue(byte: u32): u32 {
  if (byte - 48 < 10) return byte - 48;
  const letter = (byte | 32) - 97;
  return letter < 6 ? letter + 10 : 255;
}

/** Writes the low `digits` hexadecimal digits of the value, in lower case. */
export function writeHex(out: usize, value: u64, digits: u32): void {
  for (let at = out + digits; at > out;) {
    const digit = <u32> value & 15;
    store<u8>(--at, <u8> (digit + (digit < 10 ? 48 : 87)));
    value >>= 4;
  }
}

/** Writes `len` bytes as 2 * `len` lower-case hexadecimal digits; the ranges must not overlap. */
export function writeHexBytes(out: usize, ptr: usize, len: u32): void {
  for (let i: u32 = 0; i < len; i++) writeHex(out + (i << 1), load<u8>(ptr + i), 2);
}
