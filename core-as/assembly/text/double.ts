/**
 * Doubles as text: what Redis takes for one, and the two ways of printing one.
 *
 * Parsing is correctly rounded: a number of at most 2^53 scaled by at most 10^22 is one
 * floating-point operation (William Clinger, "How to Read Floating Point Numbers Accurately", 1990),
 * everything else goes through decimal.ts.
 *
 * Printing scales value and rounding interval to 17 digits with 128 bits, exactly, and beyond about
 * 10^-11 and 10^44 with large numbers; the shortest text is then the roundest number inside the
 * interval, as in Ulf Adams' "Ryu" (2018) but without its tables. Costs: some 10 ns for integers,
 * 50 to 100 ns for usual fractions, a few us at the ends of the range.
 */
import {
  bigDivide,
  bigLength,
  bigMultiplyPower,
  bigSet,
  bigShiftLeft,
  divideWide,
  fraction,
  fractionOf,
  MAX_POWER_OF_FIVE,
  multiplyHigh,
  powerOfFive,
  remainder,
  roundingUnit,
  setFraction,
  shiftLeft,
  shiftRight,
} from "./wide";
import {
  DECIMAL,
  digits,
  exponent,
  INFINITE,
  INVALID,
  mantissa,
  negative,
  scale,
  scaleDigits,
  scanNumber,
  truncated,
} from "./decimal";
import { isSpace, u64Length, writeDigits, writeI64 } from "./number";

/** Bytes of scratch memory that the functions here borrow for the length of a call. */
export const DOUBLE_SCRATCH_BYTES: u32 = 1024;
/** Most bytes that {@link writeDouble17} and {@link writeDoubleShortest} write. */
export const MAX_DOUBLE_BYTES: u32 = 26;

/** Bytes of one large number, and decimal exponents to tell apart (see decimal.ts). */
const RANGE: u32 = 512;
const INFINITE_BITS: u64 = 0x7ff0000000000000;
/** 10^16 and 10^17: numbers of 17 digits lie between. */
const TEN16: u64 = 10000000000000000;
const TEN17: u64 = 100000000000000000;
/** 2^62: larger integers are written as other numbers are. */
const MOST_PLAIN: f64 = 4611686018427387904;

/** 10^0 to 10^22, the powers of ten that are exact. */
// deno-fmt-ignore
const POWERS_OF_TEN = memory.data<f64>([
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]);

let parsed: f64 = 0;
/** Whether a finite number became infinity, or one other than 0 became 0. */
let outOfRange: bool = false;

/** Decimal exponent of the first of the 17 digits that {@link scaleTo17} made. */
let decimalExponent: i32 = 0;

/** The number that decimal.ts holds, rounded once to a double. */
export function roundToDouble(): f64 {
  const sign = u64(negative) << 63;
  if (mantissa == 0) return reinterpret<f64>(sign);
  const biased = exponent + (63 + 1023);
  if (biased > 2046) return reinterpret<f64>(sign | INFINITE_BITS);
  // 53 bits stay, and fewer below the least normal number.
  const dropped = biased < 1 ? 12 - biased : 11;
  let kept = shiftRight(mantissa, <u64> dropped);
  kept += roundingUnit(kept);
  // The first bit of a normal mantissa adds the 1 that is missing in the exponent.
  return reinterpret<f64>(sign | ((<u64> max(biased - 1, 0) << 52) + kept));
}

/** Reads the whole text into `parsed`; false when it is no number. */
function readDouble(ptr: usize, len: u32, scratch: usize): bool {
  const kind = scanNumber(ptr, len);
  outOfRange = false;
  if (kind == INVALID) return false;
  if (kind == INFINITE) {
    parsed = negative ? -Infinity : Infinity;
    return true;
  }
  if (kind == DECIMAL) {
    if (!truncated && digits <= 1 << 53 && scale >= -22 && scale <= 22) {
      const whole = <f64> digits;
      const power = load<f64>(POWERS_OF_TEN + (<usize> abs(scale) << 3));
      const value = scale < 0 ? whole / power : whole * power;
      parsed = negative ? -value : value;
      return true;
    }
    scaleDigits(RANGE, scratch);
  }
  parsed = roundToDouble();
  outOfRange = abs(parsed) == Infinity || (parsed == 0 && mantissa != 0);
  return true;
}

/**
 * Parses a double as ZADD, ZINCRBY and other float arguments do: the grammar of decimal.ts and
 * nothing around it. NaN is refused, and so is a number that overflows to infinity or underflows to
 * 0; infinity itself is taken.
 *
 * @param scratch DOUBLE_SCRATCH_BYTES to borrow
 * @returns whether it parsed; the value is then {@link parsedDouble}
 */
export function parseDouble(ptr: usize, len: u32, scratch: usize): bool {
  return readDouble(ptr, len, scratch) && !outOfRange;
}

/**
 * Parses a double as the ends of a score range do ("(" taken off): as {@link parseDouble}, but
 * leading white space is skipped, a NUL ends the text, an empty text is 0, and numbers too large or
 * too small become infinity and 0.
 */
export function parseDoubleLoose(ptr: usize, len: u32, scratch: usize): bool {
  let end = ptr;
  while (end < ptr + len && load<u8>(end) != 0) end++;
  parsed = 0;
  if (end == ptr) return true;
  while (ptr < end && isSpace(load<u8>(ptr))) ptr++;
  return readDouble(ptr, <u32> (end - ptr), scratch);
}

/**
 * Parses a double as SORT does its weights: as {@link parseDoubleLoose}, but numbers too large, and those
 * too small to have all their digits, are refused.
 */
export function parseDoubleNormal(ptr: usize, len: u32, scratch: usize): bool {
  outOfRange = false;
  if (!parseDoubleLoose(ptr, len, scratch) || outOfRange) return false;
  return parsed == 0 || abs(parsed) >= f64.MIN_NORMAL_VALUE;
}

/** Value of the last successful parse. */
export function parsedDouble(): f64 {
  return parsed;
}

/** floor(odd * 2^power * 10^shift), which is below 2^64, and its rest in the fraction of wide.ts. */
function scaleBy(odd: u64, power: i32, shift: i32, scratch: usize): u64 {
  const binary = power + shift;
  if (shift >= 0 && shift <= <i32> MAX_POWER_OF_FIVE) {
    const five = powerOfFive(shift);
    setFraction(odd * five);
    const high = multiplyHigh(odd, five);
    const left = 64 + binary;
    return left >= 0 ? shiftLeft(high, <u64> left) : shiftRight(high, <u64> -left);
  }
  if (shift < 0 && shift >= -<i32> MAX_POWER_OF_FIVE) {
    // Here the number is at least 10^17, so that `binary` is not negative.
    const five = powerOfFive(-shift);
    setFraction(odd);
    const high = shiftLeft(0, <u64> binary);
    const quotient = divideWide(high, fraction, five);
    setFraction(fractionOf(remainder, five));
    return quotient;
  }
  const value = scratch;
  const divisor = scratch + RANGE;
  bigSet(value, odd);
  bigSet(divisor, 1);
  bigMultiplyPower(shift > 0 ? value : divisor, abs(shift));
  bigShiftLeft(binary > 0 ? value : divisor, abs(binary));
  const bits = bigLength(value) - bigLength(divisor) + 1;
  bigShiftLeft(divisor, bits - 1);
  return bigDivide(value, divisor, bits);
}

/**
 * Scales odd * 2^power to 17 digits before the point, which are returned; sets
 * {@link decimalExponent} and the fraction.
 */
function scaleTo17(odd: u64, power: i32, scratch: usize): u64 {
  // 78913 / 2^18 is log10(2), near enough for the exponents of doubles but for one unit.
  decimalExponent = ((power + 63 - <i32> clz(odd)) * 78913) >> 18;
  let whole = scaleBy(odd, power, 16 - decimalExponent, scratch);
  while (whole < TEN16 || whole >= TEN17) {
    decimalExponent += whole < TEN16 ? -1 : 1;
    whole = scaleBy(odd, power, 16 - decimalExponent, scratch);
  }
  return whole;
}

/** Writes "inf", "-inf", "nan" or "-nan". */
function writeSpecial(out: usize, value: f64): u32 {
  const sign = u32(reinterpret<u64>(value) >> 63);
  store<u8>(out, 45);
  store<u16>(out + sign, value != value ? 0x616e : 0x6e69);
  store<u8>(out + sign, value != value ? 0x6e : 0x66, 2);
  return sign + 3;
}

/** Writes a number that is an integer from -most to most, or returns 0 where it is none. */
function writeIntegral(out: usize, value: f64, most: f64): u32 {
  if (abs(value) > most || floor(value) != value) return 0;
  if (value == 0 && reinterpret<u64>(value) != 0) {
    store<u16>(out, 0x302d);
    return 2;
  }
  return writeI64(out, <i64> value);
}

/**
 * Writes coefficient * 10^(exponent of its first digit) as `%g` lays it out at 17 digits: plain from
 * 10^-4 to below 10^17, else with an exponent of two digits or more; no trailing zeros.
 */
function writeDecimal(out: usize, coefficient: u64, firstExponent: i32): u32 {
  for (let tens = coefficient / 10; tens * 10 == coefficient; tens /= 10) coefficient = tens;
  const count = <i32> u64Length(coefficient);
  if (firstExponent < -4 || firstExponent >= 17) {
    const at = out + writePointed(out, coefficient, count);
    store<u8>(at, 101);
    store<u8>(at, firstExponent < 0 ? 45 : 43, 1);
    const size = max(u64Length(abs(firstExponent)), 2);
    writeDigits(at + 2, abs(firstExponent), size);
    return <u32> (at - out) + 2 + size;
  }
  if (firstExponent < 0) {
    memory.fill(out, 48, 1 - firstExponent);
    store<u8>(out, 46, 1);
    writeDigits(out + 1 - firstExponent, coefficient, count);
    return 1 - firstExponent + count;
  }
  const whole = firstExponent + 1;
  if (whole >= count) {
    writeDigits(out, coefficient, count);
    memory.fill(out + count, 48, whole - count);
    return whole;
  }
  writeDigits(out + 1, coefficient, count);
  memory.copy(out, out + 1, whole);
  store<u8>(out + whole, 46);
  return count + 1;
}

/** Digits 1 to 9 with a point behind the first if there are more. @returns the bytes written */
function writePointed(out: usize, coefficient: u64, count: i32): u32 {
  writeDigits(out + 1, coefficient, count);
  store<u8>(out, load<u8>(out + 1));
  store<u8>(out + 1, 46);
  return count == 1 ? 1 : count + 1;
}

/**
 * Writes coefficient * 10^(exponent of its first digit) as replies since Redis 7.2 lay it out: plain
 * with at most 7 zeros behind the digits, or at most 6 places or down from below 10^4 to 10^-3; else
 * with an exponent of as many digits as it has.
 */
function writeShortDecimal(out: usize, coefficient: u64, firstExponent: i32): u32 {
  for (let tens = coefficient / 10; tens * 10 == coefficient; tens /= 10) coefficient = tens;
  const count = <i32> u64Length(coefficient);
  const places = count - 1 - firstExponent;
  const size = abs(firstExponent);
  if (places <= 0 && size < count + 7) {
    writeDigits(out, coefficient, count);
    memory.fill(out + count, 48, -places);
    return count - places;
  }
  if (places > 0 && (places < 7 || size < 4)) {
    if (firstExponent < 0) {
      memory.fill(out, 48, 1 + size);
      store<u8>(out, 46, 1);
      writeDigits(out + 1 + size, coefficient, count);
      return 1 + size + count;
    }
    writeDigits(out + 1, coefficient, count);
    memory.copy(out, out + 1, firstExponent + 1);
    store<u8>(out + firstExponent + 1, 46);
    return count + 1;
  }
  const at = out + writePointed(out, coefficient, count);
  store<u8>(at, 101);
  store<u8>(at, firstExponent < 0 ? 45 : 43, 1);
  const digits = u64Length(size);
  writeDigits(at + 2, size, digits);
  return <u32> (at - out) + 2 + digits;
}

/**
 * Writes the number exactly as C prints it with `%.17g`; the replies of Redis were of this kind up to 7.0.
 *
 * @param out MAX_DOUBLE_BYTES of room
 * @param scratch DOUBLE_SCRATCH_BYTES to borrow
 * @returns the bytes written
 */
export function writeDouble17(out: usize, value: f64, scratch: usize): u32 {
  if (!(abs(value) < Infinity)) return writeSpecial(out, value);
  const short = writeIntegral(out, value, 9007199254740991);
  if (short != 0) return short;
  const sign = u32(value < 0);
  store<u8>(out, 45);
  const bits = reinterpret<u64>(abs(value));
  const biased = <i32> (bits >> 52);
  const odd = (bits & 0xfffffffffffff) | (u64(biased > 0) << 52);
  let whole = scaleTo17(odd, max(biased, 1) - 1075, scratch);
  whole += roundingUnit(whole);
  if (whole == TEN17) decimalExponent++;
  return sign + writeDecimal(out + sign, whole, decimalExponent);
}

/**
 * Writes the shortest decimal that reads back as the same double, the nearest one of those; integers
 * up to 2^62 have all their digits. Replies are of this kind. Parameters and result as for {@link writeDouble17}.
 */
export function writeDoubleShortest(out: usize, value: f64, scratch: usize): u32 {
  if (!(abs(value) < Infinity)) return writeSpecial(out, value);
  const short = writeIntegral(out, value, MOST_PLAIN);
  if (short != 0) return short;
  const sign = u32(value < 0);
  store<u8>(out, 45);
  const bits = reinterpret<u64>(abs(value));
  const biased = <i32> (bits >> 52);
  const odd = (bits & 0xfffffffffffff) | (u64(biased > 0) << 52);
  // In quarters of the last unit: the interval reaches half a unit, below a power of two a quarter.
  const power = max(biased, 1) - 1077;
  const whole = scaleTo17(odd << 2, power, scratch);
  const rest = fraction;
  const shift = 16 - decimalExponent;
  const below: u64 = biased > 1 && odd == 1 << 52 ? 1 : 2;
  // The ends belong to the interval when the mantissa is even, as a tie rounds to it.
  const open = (odd & 1) != 0;
  let low = scaleBy((odd << 2) - below, power, shift, scratch);
  low += u64(open || fraction != 0);
  let high = scaleBy((odd << 2) + 2, power, shift, scratch);
  high -= u64(open && fraction == 0);
  const shortest = roundestOf(low, whole, rest, high);
  if (shortest >= TEN17) decimalExponent++;
  return sign + writeShortDecimal(out + sign, shortest, decimalExponent);
}

/** The number from low to high with most trailing zeros that is nearest to whole + rest. */
function roundestOf(low: u64, whole: u64, rest: u64, high: u64): u64 {
  let unit: u64 = 1;
  while (unit < TEN17) {
    const next = unit * 10;
    if (high - (high % next) < low) break;
    unit = next;
  }
  if (unit == 1) {
    // All 17 digits: rounding moves by half at most, and the interval reaches further even below.
    setFraction(rest);
    return whole + roundingUnit(whole);
  }
  const over = whole % unit;
  let nearest = whole - over;
  const isTie = over == unit - over;
  if (over > unit - over || (isTie && (rest != 0 || (nearest / unit) % 2 == 1))) nearest += unit;
  // Above a power of two the interval reaches further up than down, so it can only be left below.
  return nearest < low ? nearest + unit : nearest;
}
