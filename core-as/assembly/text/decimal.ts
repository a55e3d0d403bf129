/**
 * The text of a floating-point number, read exactly: what `strtod` and `strtold` share.
 *
 *   [+-] ( digits [. digits] [e [+-] digits] | 0x hex [. hex] [p [+-] digits] | inf | infinity )
 *
 * in any case of letters and with the digits of one side of the point optional; NaN is refused, as
 * Redis refuses it everywhere. The result is a mantissa with a fraction for one correct rounding
 * (see wide.ts) and a binary exponent.
 *
 * No tables and no approximation: up to 19 digits scaled by at most 10^27 take one 128-bit product
 * or quotient (some 20 ns), the rest exact arithmetic on large numbers (1 us for 1e-30, tens of us
 * for the ends of the range). So is every number right, and the usual ones fast.
 */
import {
  bigCompare,
  bigDivide,
  bigLength,
  bigMultiplyAdd,
  bigMultiplyPower,
  bigSet,
  bigShiftLeft,
  bigTop,
  divideWide,
  fractionOf,
  MAX_POWER_OF_FIVE,
  multiplyHigh,
  powerOfFive,
  remainder,
  setFraction,
  shiftLeft,
} from "./wide";
import { hexValue } from "./number";

/** What {@link scanNumber} found. */
export const INVALID: u32 = 0;
/** {@link digits} and {@link scale} are set; {@link scaleDigits} makes the binary number of them. */
export const DECIMAL: u32 = 1;
/** The binary number is set: the text was hexadecimal. */
export const BINARY: u32 = 2;
export const INFINITE: u32 = 3;

/** "inf" and "infinity", the first letter in the lowest byte. */
const INF_WORD: u64 = 0x666e69;
const INFINITY_WORD: u64 = 0x7974696e69666e69;

/** The number read last: its sign, and (mantissa + fraction) * 2^exponent, mantissa >= 2^63 or 0. */
export let negative: bool = false;
export let mantissa: u64 = 0;
export let exponent: i64 = 0;

/** The digits read last: the first 19 that count as a number, which is to be scaled by 10^scale. */
export let digits: u64 = 0;
export let scale: i64 = 0;
/** Whether `digits` is not all of them. */
export let truncated: bool = false;

/** Exponents in the text saturate here: far above any length of a text, far below 2^63. */
const EXPONENT_LIMIT: i64 = 1 << 40;

/** Digits of 10^19 - 1, the most that fit 64 bits whatever they are. */
const MAX_SMALL_DIGITS: i64 = 19;

/** Bytes of the text that {@link readMantissa} and {@link readExponent} have read up to. */
let cursor: usize = 0;
/** First significant digit, and how many digits stand from there on. */
let significant: usize = 0;
let significantCount: i64 = 0;

/** Sets the result to an exact number, for those who have one from elsewhere. */
export function setNumber(isNegative: bool, newMantissa: u64, newExponent: i64): void {
  negative = isNegative;
  mantissa = newMantissa;
  exponent = newExponent;
  setFraction(0);
}

/** Whether the text from `ptr` on is the given lower-case word of `len` bytes, in any case. */
function isWord(ptr: usize, word: u64, len: u32): bool {
  for (let i: u32 = 0; i < len; i++) {
    if (<u64> (load<u8>(ptr + i) | 32) != ((word >> (i << 3)) & 255)) return false;
  }
  return true;
}

/** Reads `[+-] digits` up to the very end into the result; false when that is not what is there. */
function readExponent(at: usize, end: usize): bool {
  let minus = false;
  if (at < end && (load<u8>(at) == 43 || load<u8>(at) == 45)) minus = load<u8>(at++) == 45;
  if (at == end) return false;
  let value: i64 = 0;
  for (; at < end; at++) {
    const digit: u32 = <u32> load<u8>(at) - 48;
    if (digit > 9) return false;
    value = min(value * 10 + digit, EXPONENT_LIMIT);
  }
  scale += minus ? -value : value;
  return true;
}

/** Reads decimal digits with at most one point; false when there is no digit. */
function readMantissa(at: usize, end: usize): bool {
  const start = at;
  let point: usize = 0;
  digits = 0;
  significantCount = 0;
  for (; at < end; at++) {
    const digit: u32 = <u32> load<u8>(at) - 48;
    if (digit > 9) {
      if (load<u8>(at) != 46 || point != 0) break;
      point = at;
      continue;
    }
    if (significantCount == 0) {
      if (digit == 0) continue;
      significant = at;
    }
    if (++significantCount <= MAX_SMALL_DIGITS) digits = digits * 10 + digit;
  }
  cursor = at;
  const dropped = max(significantCount - MAX_SMALL_DIGITS, 0);
  truncated = dropped > 0;
  scale = dropped - (point != 0 ? <i64> (at - point - 1) : 0);
  return at - start > <usize> (point != 0);
}

/** Reads a hexadecimal number after its 0x; mantissa, fraction and exponent are then set. */
function readHex(at: usize, end: usize): bool {
  const start = at;
  let point: usize = 0;
  let count: i64 = 0;
  let below: u64 = 0;
  mantissa = 0;
  for (; at < end; at++) {
    const digit: u64 = hexValue(load<u8>(at));
    if (digit > 15) {
      if (load<u8>(at) != 46 || point != 0) break;
      point = at;
      continue;
    }
    if (count == 0 && digit == 0) continue;
    count++;
    if (count <= 16) mantissa = (mantissa << 4) | digit;
    else if (count <= 31) below = (below << 4) | digit;
    else if (digit != 0) below |= 1;
  }
  if (at - start <= <usize> (point != 0)) return false;
  // In hexadecimal digits so far; the text's exponent counts bits.
  scale = ((count > 16 ? count - 16 : 0) - (point != 0 ? <i64> (at - point - 1) : 0)) * 4;
  if (at < end && ((load<u8>(at) | 32) != 112 || !readExponent(at + 1, end))) return false;
  exponent = scale;
  if (mantissa == 0) return true;
  // `below` holds 15 digits at most, so that it fits with a digit to spare for the sticky bit.
  const held = <u64> min(max(count - 16, 0), 15);
  setFraction(held == 0 ? 0 : below << (64 - (held << 2)));
  const shift = clz(mantissa);
  mantissa = shiftLeft(mantissa, shift);
  exponent -= shift;
  return true;
}

/** Puts digits * 10^scale, of which all digits are known, into the result; scale is -27 to 27. */
function scaleSmall(): void {
  const shift = clz(digits);
  const aligned = digits << shift;
  exponent = scale - shift;
  if (scale >= 0) {
    const power = powerOfFive(<u32> scale);
    const high = multiplyHigh(aligned, power);
    setFraction(aligned * power);
    const moved = clz(high);
    mantissa = shiftLeft(high, moved);
    exponent += 64 - moved;
    return;
  }
  const power = powerOfFive(<u32> -scale);
  const spare = clz(power);
  const divisor = power << spare;
  exponent += spare - 64;
  if (aligned < divisor) {
    mantissa = divideWide(aligned, 0, divisor);
  } else {
    mantissa = divideWide(aligned >> 1, aligned << 63, divisor);
    exponent++;
  }
  setFraction(fractionOf(remainder, divisor));
}

/**
 * Puts the number whose digits start at `significant` into the result. `scratch` lends two numbers
 * of `range` bytes each; at most 2 * range digits count, one more stands for all those behind.
 */
function scaleBig(scratch: usize, range: u32): void {
  const value = scratch;
  const divisor = scratch + range;
  const kept = min(significantCount, 2 * <i64> range);
  const dropped = significantCount - kept;
  // The power of ten of the last digit kept.
  let power = scale - max(significantCount - MAX_SMALL_DIGITS, 0) + dropped;
  bigSet(value, 0);
  let at = significant;
  let chunk: u32 = 0;
  let factor: u32 = 1;
  for (let left = kept; left > 0; at++) {
    const digit: u32 = <u32> load<u8>(at) - 48;
    if (digit > 9) continue;
    chunk = chunk * 10 + digit;
    factor *= 10;
    left--;
    if (factor == 1000000000 || left == 0) {
      bigMultiplyAdd(value, factor, chunk);
      chunk = 0;
      factor = 1;
    }
  }
  if (dropped > 0) {
    bigMultiplyAdd(value, 10, 1);
    power--;
  }
  if (power >= 0) {
    bigMultiplyPower(value, <u32> power);
    exponent = power + bigLength(value) - 64;
    mantissa = bigTop(value);
    return;
  }
  bigSet(divisor, 1);
  bigMultiplyPower(divisor, <u32> -power);
  divideBig(value, divisor, power);
}

/** Puts value / divisor * 2^power into the result. */
function divideBig(value: usize, divisor: usize, power: i64): void {
  const lengthOfValue = bigLength(value);
  const lengthOfDivisor = bigLength(divisor);
  // One bit more than the divisor has, so that the quotient begins with its first or second digit.
  const shift = <i64> lengthOfDivisor - lengthOfValue;
  if (shift > 0) bigShiftLeft(value, <u32> shift);
  else bigShiftLeft(divisor, <u32> -shift);
  if (bigCompare(value, divisor) < 0) {
    bigShiftLeft(value, 1);
    exponent = power - shift - 64;
  } else exponent = power - shift - 63;
  mantissa = bigDivide(value, divisor, 64);
}

/**
 * Reads a number that fills the whole text.
 *
 * @returns INVALID, DECIMAL, BINARY or INFINITE, with {@link negative} set
 */
export function scanNumber(ptr: usize, len: u32): u32 {
  const end = ptr + len;
  let at = ptr;
  negative = false;
  if (at < end && (load<u8>(at) == 43 || load<u8>(at) == 45)) negative = load<u8>(at++) == 45;
  const left = <u32> (end - at);
  if (left == 3 && isWord(at, INF_WORD, 3)) return INFINITE;
  if (left == 8 && isWord(at, INFINITY_WORD, 8)) return INFINITE;
  if (left > 2 && load<u8>(at) == 48 && (load<u8>(at + 1) | 32) == 120) {
    return readHex(at + 2, end) ? BINARY : INVALID;
  }
  if (!readMantissa(at, end)) return INVALID;
  if (cursor == end) return DECIMAL;
  return (load<u8>(cursor) | 32) == 101 && readExponent(cursor + 1, end) ? DECIMAL : INVALID;
}

/**
 * Makes the binary number of the digits just scanned, whose text must still be there.
 *
 * @param range a number of 10^range or more, or below 10^-range, gets an exponent beyond all
 *   formats; it is also the bytes of a number in `scratch`, where there are two. 512 does for
 *   doubles and 5120 for long doubles, of texts below 5120 bytes: a digit takes less than half a
 *   byte
 */
export function scaleDigits(range: u32, scratch: usize): void {
  setFraction(0);
  mantissa = 0;
  if (digits == 0) return;
  const top = scale + min(significantCount, MAX_SMALL_DIGITS);
  const limit: i64 = range;
  if (top > limit || top < -limit) {
    mantissa = <u64> 1 << 63;
    exponent = top > 0 ? EXPONENT_LIMIT : -EXPONENT_LIMIT;
  } else if (truncated || scale > MAX_POWER_OF_FIVE || scale < -MAX_POWER_OF_FIVE) {
    scaleBig(scratch, range);
  } else scaleSmall();
}
