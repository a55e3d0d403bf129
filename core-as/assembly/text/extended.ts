/**
 * 80-bit extended numbers (the long double of x86-64), in which INCRBYFLOAT and HINCRBYFLOAT count:
 * parse, add and print, bit for bit as C does there.
 *
 *   0                    8        10
 *   +--------------------+--------+
 *   | mantissa           | s, exp |    EXTENDED_BYTES, little-endian, as the x87 stores it
 *   +--------------------+--------+
 *
 * The value is (-1)^s * mantissa * 2^(exp - 16383 - 63); the mantissa shows its first bit, which is
 * 0 only for zero and for subnormals (exp 0, that counts as 1). exp 32767 is infinity when the
 * mantissa is 2^63, else NaN. All rounding is to the nearest, ties to even, and once.
 *
 * Sources: the format is Intel's "Software Developer's Manual", volume 1, 4.2.2; the addition is
 * textbook (Goldberg, "What Every Computer Scientist Should Know About Floating-Point Arithmetic",
 * 1991). Costs: a parse as in decimal.ts, an addition some 10 ns, a print 50 ns for what fits 64
 * bits before the point and up to a ms for the 4933 digits of the largest.
 */
import {
  bigDivideBillion,
  bigSet,
  bigShiftLeft,
  fraction,
  multiplyHigh,
  roundingUnit,
  setFraction,
  shiftLeft,
  shiftRight,
} from "./wide";
import {
  DECIMAL,
  exponent,
  INFINITE,
  INVALID,
  mantissa,
  negative,
  scaleDigits,
  scanNumber,
  setNumber,
} from "./decimal";
import { roundToDouble } from "./double";
import { writeDigits, writeU64 } from "./number";

/** Bytes of a number. */
export const EXTENDED_BYTES: u32 = 10;
/** Bytes of scratch memory that the functions here borrow for the length of a call. */
export const EXTENDED_SCRATCH_BYTES: u32 = 10240;
/** Most bytes that {@link writeExtended} writes: sign and 4933 digits. */
export const MAX_EXTENDED_BYTES: u32 = 4934;
/** Longest text that {@link parseExtended} takes. */
const MAX_TEXT_BYTES: u32 = 5119;

/** Bytes of one large number, and decimal exponents to tell apart (see decimal.ts). */
const RANGE: u32 = 5120;
const TOP_BIT: u64 = 1 << 63;
const BIAS: i64 = 16383 + 63;
const INFINITE_EXPONENT: u32 = 32767;
/** 10^17, for the 17 digits behind the point. */
const TEN17: u64 = 100000000000000000;

function put(out: usize, isNegative: bool, exponent: u32, mantissa: u64): void {
  store<u64>(out, mantissa);
  store<u16>(out, <u16> ((u32(isNegative) << 15) | exponent), 8);
}

function exponentOf(at: usize): u32 {
  return load<u16>(at, 8) & 0x7fff;
}

function isNegativeAt(at: usize): bool {
  return (load<u16>(at, 8) >> 15) != 0;
}

/** Stores a mantissa, rounded with the fraction; `biased` is at least 1, and 1 for subnormals. */
function putRounded(out: usize, isNegative: bool, biased: i64, whole: u64): void {
  const unit = roundingUnit(whole);
  whole += unit;
  if (unit != 0 && whole == 0) {
    whole = TOP_BIT;
    biased++;
  }
  if (biased >= <i64> INFINITE_EXPONENT) put(out, isNegative, INFINITE_EXPONENT, TOP_BIT);
  else put(out, isNegative, whole < TOP_BIT ? 0 : <u32> biased, whole);
}

/**
 * Parses an extended number as INCRBYFLOAT does: the grammar of decimal.ts, nothing around it, at
 * most 5119 bytes. NaN is refused, and so is a number that overflows to infinity or underflows to 0;
 * infinity itself is taken.
 *
 * @param out EXTENDED_BYTES for the number
 * @param scratch EXTENDED_SCRATCH_BYTES to borrow
 * @returns whether it parsed
 */
export function parseExtended(ptr: usize, len: u32, out: usize, scratch: usize): bool {
  if (len > MAX_TEXT_BYTES) return false;
  const kind = scanNumber(ptr, len);
  if (kind == INVALID) return false;
  if (kind == INFINITE) {
    put(out, negative, INFINITE_EXPONENT, TOP_BIT);
    return true;
  }
  if (kind == DECIMAL) scaleDigits(RANGE, scratch);
  if (mantissa == 0) {
    put(out, negative, 0, 0);
    return true;
  }
  const biased = exponent + BIAS;
  const whole = biased < 1 ? shiftRight(mantissa, <u64> (1 - biased)) : mantissa;
  putRounded(out, negative, max(biased, 1), whole);
  return isFiniteExtended(out) && load<u64>(out) != 0;
}

/** False for infinity and NaN. */
export function isFiniteExtended(at: usize): bool {
  return exponentOf(at) != INFINITE_EXPONENT;
}

/** out = a + b; `out` may be either of them. Opposite infinities make a NaN, too much infinity. */
export function addExtended(out: usize, a: usize, b: usize): void {
  if (
    exponentOf(b) > exponentOf(a) || (exponentOf(b) == exponentOf(a) && load<u64>(b) > load<u64>(a))
  ) {
    const swapped = a;
    a = b;
    b = swapped;
  }
  const isNegative = isNegativeAt(a);
  const isDifference = isNegative != isNegativeAt(b);
  const large = load<u64>(a);
  if (!isFiniteExtended(a)) {
    // NaN has the larger mantissa, so that it is `a` when there is one.
    const isNaN = large != TOP_BIT || (isDifference && !isFiniteExtended(b));
    put(out, isNegative, INFINITE_EXPONENT, isNaN ? TOP_BIT | (TOP_BIT >> 1) : TOP_BIT);
    return;
  }
  let biased: i64 = max(exponentOf(a), 1);
  setFraction(0);
  const small = shiftRight(load<u64>(b), biased - max(exponentOf(b), 1));
  if (!isDifference) {
    let sum = large + small;
    if (sum < large) {
      sum = shiftRight(sum, 1) | TOP_BIT;
      biased++;
    }
    putRounded(out, isNegative, biased, sum);
    return;
  }
  // The sticky bit of the fraction stays one under negation, which is all that it means.
  let difference = large - small - u64(fraction != 0);
  setFraction(0 - fraction);
  if (difference == 0 && fraction == 0) {
    put(out, false, 0, 0);
    return;
  }
  const zeros = difference != 0 ? clz(difference) : 64 + clz(fraction);
  const shift = min(zeros, <u64> (biased - 1));
  putRounded(out, isNegative, biased - <i64> shift, shiftLeft(difference, shift));
}

/** Stores an integer, exactly. */
export function extendedFromI64(out: usize, value: i64): void {
  const size: u64 = abs(value);
  const shift = clz(size);
  if (size == 0) put(out, false, 0, 0);
  else put(out, value < 0, <u32> (BIAS - <i64> shift), size << shift);
}

/** Stores a double, exactly. */
export function extendedFromDouble(out: usize, value: f64): void {
  const bits = reinterpret<u64>(value);
  const isNegative = bits >> 63 != 0;
  const biased = <u32> (bits >> 52) & 2047;
  const below = bits << 11 & ~TOP_BIT;
  if (biased == 2047) put(out, isNegative, INFINITE_EXPONENT, TOP_BIT | below);
  else if (biased > 0) put(out, isNegative, biased + (16383 - 1023), TOP_BIT | below);
  else if (below == 0) put(out, isNegative, 0, 0);
  else {
    const shift = clz(below);
    put(out, isNegative, 16383 - 1022 - <u32> shift, below << shift);
  }
}

/** The nearest double; too large becomes infinity, too small 0. */
export function extendedToDouble(at: usize): f64 {
  const whole = load<u64>(at);
  if (exponentOf(at) == INFINITE_EXPONENT) {
    if (whole != TOP_BIT) return NaN;
    return isNegativeAt(at) ? -Infinity : Infinity;
  }
  setNumber(isNegativeAt(at), whole, <i64> max(exponentOf(at), 1) - BIAS);
  return roundToDouble();
}

/** Writes the digits of a number of 2^64 or more. */
function writeBig(out: usize, whole: u64, power: u32, scratch: usize): u32 {
  const chunks = scratch + RANGE;
  bigSet(scratch, whole);
  bigShiftLeft(scratch, power);
  let count: usize = 0;
  while (load<u32>(scratch) > 0) store<u32>(chunks + (count++ << 2), bigDivideBillion(scratch));
  let at = out + writeU64(out, load<u32>(chunks + (--count << 2)));
  while (count > 0) {
    writeDigits(at, load<u32>(chunks + (--count << 2)), 9);
    at += 9;
  }
  return <u32> (at - out);
}

/** Writes the magnitude with 17 digits behind the point, less the zeros (and point) that end it. */
function writeFraction(out: usize, whole: u64, bits: u64): u32 {
  let integer = bits < 64 ? whole >> bits : 0;
  const below = bits < 64 ? whole << (64 - bits) : whole;
  setFraction(below * TEN17);
  let decimals = multiplyHigh(below, TEN17);
  if (bits > 64) decimals = shiftRight(decimals, bits - 64);
  decimals += roundingUnit(decimals);
  if (decimals == TEN17) {
    integer++;
    decimals = 0;
  }
  const len = writeU64(out, integer);
  if (decimals == 0) return len;
  let size: u32 = 17;
  for (let tens = decimals / 10; tens * 10 == decimals; tens /= 10) {
    decimals = tens;
    size--;
  }
  store<u8>(out + len, 46);
  writeDigits(out + len + 1, decimals, size);
  return len + 1 + size;
}

/**
 * Writes the number as INCRBYFLOAT replies it: C's `%.17Lf` without the zeros that end it, and a
 * zero without sign; "inf", "-inf" and "nan" for what is not finite.
 *
 * @param out room for MAX_EXTENDED_BYTES; 38 do for numbers below 2^64
 * @param scratch EXTENDED_SCRATCH_BYTES to borrow
 * @returns the bytes written
 */
export function writeExtended(out: usize, at: usize, scratch: usize): u32 {
  const whole = load<u64>(at);
  const sign = u32(isNegativeAt(at));
  if (exponentOf(at) == INFINITE_EXPONENT) {
    if (whole != TOP_BIT) {
      store<u16>(out, 0x616e);
      store<u8>(out, 0x6e, 2);
      return 3;
    }
    store<u8>(out, 45);
    store<u16>(out + sign, 0x6e69);
    store<u8>(out + sign, 0x66, 2);
    return sign + 3;
  }
  store<u8>(out, 45);
  const power = <i64> max(exponentOf(at), 1) - BIAS;
  if (power > 0) return sign + writeBig(out + sign, whole, <u32> power, scratch);
  if (power == 0) return sign + writeU64(out + sign, whole);
  const len = writeFraction(out + sign, whole, <u64> -power);
  if (sign == 0 || len != 1 || load<u8>(out, 1) != 48) return sign + len;
  store<u8>(out, 48);
  return 1;
}
