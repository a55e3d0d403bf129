/**
 * Arithmetic wider than 64 bits, for exact conversions between decimal and binary.
 *
 * Two sizes. 128 bits: a product and a quotient of 64-bit numbers, and a fixed-point number made of
 * a mantissa (64 bits, returned) and a fraction of its last unit (64 bits, in {@link fraction},
 * whose lowest bit also stands for all that was cut off below it): enough to round correctly once.
 * Any size: an unsigned number in memory that the caller lends,
 *
 *   0      4        8
 *   +------+--------+--------+-- -- --+
 *   | size | limb 0 | limb 1 |        |   size limbs of 32 bits, least first, the last not 0
 *   +------+--------+--------+-- -- --+
 *
 * Sources: division of two words by one is `divlu` of Henry S. Warren, "Hacker's Delight" (9-5),
 * after Knuth's Algorithm D; {@link bigDivide} is schoolbook shift and subtract, O(bits * limbs).
 */

const LOW32: u64 = 0xffffffff;
const TOP_BIT: u64 = 1 << 63;

/** Fraction of the mantissa's last unit, in 2^-64; bit 0 is sticky. Set by the last operation. */
export let fraction: u64 = 0;

/** Remainder of the last {@link divideWide}. */
export let remainder: u64 = 0;

/** 5^0 to 5^27, the powers of five below 2^64. */
// deno-fmt-ignore
const POWERS_OF_FIVE = memory.data<u64>([
  1, 5, 25, 125, 625, 3125, 15625, 78125, 390625, 1953125, 9765625, 48828125, 244140625,
  1220703125, 6103515625, 30517578125, 152587890625, 762939453125, 3814697265625, 19073486328125,
  95367431640625, 476837158203125, 2384185791015625, 11920928955078125, 59604644775390625,
  298023223876953125, 1490116119384765625, 7450580596923828125,
]);

/** Largest power of five that {@link powerOfFive} knows. */
export const MAX_POWER_OF_FIVE: i64 = 27;

/** 5^power, for 0 to 27. */
export function powerOfFive(power: u32): u64 {
  return load<u64>(POWERS_OF_FIVE + (power << 3));
}

export function setFraction(value: u64): void {
  fraction = value;
}

/** High 64 bits of the product. */
export function multiplyHigh(a: u64, b: u64): u64 {
  const aLow = a & LOW32;
  const bLow = b & LOW32;
  const aHigh = a >> 32;
  const bHigh = b >> 32;
  const middle = aHigh * bLow + ((aLow * bLow) >> 32);
  return aHigh * bHigh + (middle >> 32) + ((aLow * bHigh + (middle & LOW32)) >> 32);
}

/** One 32-bit digit of a quotient; leaves the rest in {@link remainder}. */
function divideStep(top: u64, next: u64, divisor: u64): u64 {
  const divisorHigh = divisor >> 32;
  let digit = top / divisorHigh;
  let rest = top - digit * divisorHigh;
  while (digit > LOW32 || digit * (divisor & LOW32) > ((rest << 32) | next)) {
    digit--;
    rest += divisorHigh;
    if (rest > LOW32) break;
  }
  remainder = ((top << 32) | next) - digit * divisor;
  return digit;
}

/** Quotient of high:low by the divisor, which is above `high`; sets {@link remainder}. */
export function divideWide(high: u64, low: u64, divisor: u64): u64 {
  const shift = clz(divisor);
  // Shifted in two steps, as a shift by 64 would be one by 0.
  const top = (high << shift) | ((low >> 1) >> (63 - shift));
  const bottom = low << shift;
  const first = divideStep(top, bottom >> 32, divisor << shift);
  const second = divideStep(remainder, bottom & LOW32, divisor << shift);
  remainder >>= shift;
  return (first << 32) | second;
}

/** The fraction that stands for rest / whole: none, below, exactly or above one half. */
export function fractionOf(rest: u64, whole: u64): u64 {
  if (rest == 0) return 0;
  const other = whole - rest;
  return rest < other ? 1 : rest == other ? TOP_BIT : TOP_BIT | 1;
}

/** Moves mantissa and fraction right by any number of bits; returns the mantissa. */
export function shiftRight(mantissa: u64, bits: u64): u64 {
  if (bits == 0) return mantissa;
  if (bits < 64) {
    const lost = u64(fraction << (64 - bits) != 0);
    fraction = (mantissa << (64 - bits)) | (fraction >> bits) | lost;
    return mantissa >> bits;
  }
  if (bits == 64) fraction = mantissa | u64(fraction != 0);
  else if (bits < 128) {
    const lost = u64(((mantissa << (128 - bits)) | fraction) != 0);
    fraction = (mantissa >> (bits - 64)) | lost;
  } else fraction = u64((mantissa | fraction) != 0);
  return 0;
}

/** Moves mantissa and fraction left by 0 to 127 bits; returns the mantissa. */
export function shiftLeft(mantissa: u64, bits: u64): u64 {
  if (bits == 0) return mantissa;
  const below = fraction;
  if (bits < 64) {
    fraction = below << bits;
    return (mantissa << bits) | (below >> (64 - bits));
  }
  fraction = 0;
  return below << (bits - 64);
}

/** 1 when the mantissa rounds up: to the nearest, ties to even. */
export function roundingUnit(mantissa: u64): u64 {
  return u64(fraction > TOP_BIT || (fraction == TOP_BIT && (mantissa & 1) != 0));
}

/** Sets the number at `big`. */
export function bigSet(big: usize, value: u64): void {
  store<u64>(big, value, 4);
  store<u32>(big, value == 0 ? 0 : value > LOW32 ? 2 : 1);
}

/** big = big * factor + addend; `factor` is not 0. */
export function bigMultiplyAdd(big: usize, factor: u32, addend: u32): void {
  const end = big + 4 + (<usize> load<u32>(big) << 2);
  let carry: u64 = addend;
  for (let at = big + 4; at < end; at += 4) {
    carry += <u64> load<u32>(at) * factor;
    store<u32>(at, <u32> carry);
    carry >>= 32;
  }
  if (carry == 0) return;
  store<u32>(end, <u32> carry);
  store<u32>(big, load<u32>(big) + 1);
}

/** big = big * 5^power. */
export function bigMultiplyPower(big: usize, power: u32): void {
  for (; power >= 13; power -= 13) bigMultiplyAdd(big, 1220703125, 0);
  if (power > 0) bigMultiplyAdd(big, <u32> powerOfFive(power), 0);
}

/** Bits of the number; 0 for 0. */
export function bigLength(big: usize): u32 {
  const size = load<u32>(big);
  return size == 0 ? 0 : (size << 5) - clz(load<u32>(big + (size << 2)));
}

/** big = big * 2^bits. */
export function bigShiftLeft(big: usize, bits: u32): void {
  const size = load<u32>(big);
  if (size == 0 || bits == 0) return;
  const words = bits >> 5;
  const inner: u64 = bits & 31;
  const limbs = big + 4;
  let moved: u64 = 0;
  // From the top, so that no limb is overwritten before it has moved.
  for (let i = size; i > 0; i--) {
    const above = moved;
    moved = <u64> load<u32>(limbs + ((i - 1) << 2)) << inner;
    store<u32>(limbs + ((i + words) << 2), <u32> (above | (moved >> 32)));
  }
  store<u32>(limbs + (words << 2), <u32> moved);
  memory.fill(limbs, 0, words << 2);
  const newSize = size + words;
  store<u32>(big, load<u32>(limbs + (newSize << 2)) != 0 ? newSize + 1 : newSize);
}

/**
 * The 64 bits from the highest set one on, and {@link fraction} from those below; big is not 0.
 * Shifts the number to whole limbs.
 */
export function bigTop(big: usize): u64 {
  const length = bigLength(big);
  bigShiftLeft(big, length < 128 ? 128 - length : (0 - length) & 31);
  const end = big + 4 + (<usize> load<u32>(big) << 2);
  let lost: u32 = 0;
  for (let at = big + 4; at < end - 16; at += 4) lost |= load<u32>(at);
  fraction = load<u64>(end - 16) | u64(lost != 0);
  return load<u64>(end - 8);
}

/** Order of two numbers: -1, 0 or 1. */
export function bigCompare(a: usize, b: usize): i32 {
  const size = load<u32>(a);
  if (size != load<u32>(b)) return size < load<u32>(b) ? -1 : 1;
  for (let at = size << 2; at > 0; at -= 4) {
    const limbA = load<u32>(a + at);
    const limbB = load<u32>(b + at);
    if (limbA != limbB) return limbA < limbB ? -1 : 1;
  }
  return 0;
}

/** a = a - b, where a is not below b. */
function bigSubtract(a: usize, b: usize): void {
  const sizeB = load<u32>(b);
  let size = load<u32>(a);
  let borrow: u64 = 0;
  for (let i: u32 = 1; i <= size; i++) {
    const at = i << 2;
    const limb: u64 = i <= sizeB ? load<u32>(b + at) : 0;
    const difference = <u64> load<u32>(a + at) - limb - borrow;
    store<u32>(a + at, <u32> difference);
    borrow = difference >> 63;
  }
  while (size > 0 && load<u32>(a + (size << 2)) == 0) size--;
  store<u32>(a, size);
}

/**
 * The first `bits` (at most 64) binary digits of a / b, the first one of weight 1, where a < 2 b.
 * Sets {@link fraction} from what is left; destroys a.
 */
export function bigDivide(a: usize, b: usize, bits: u32): u64 {
  let quotient: u64 = 0;
  for (; bits > 0; bits--) {
    quotient <<= 1;
    if (bigCompare(a, b) >= 0) {
      bigSubtract(a, b);
      quotient |= 1;
    }
    bigShiftLeft(a, 1);
  }
  const order = bigCompare(a, b);
  fraction = load<u32>(a) == 0 ? 0 : order < 0 ? 1 : order == 0 ? TOP_BIT : TOP_BIT | 1;
  return quotient;
}

/** Divides the number by 10^9 and returns the remainder. */
export function bigDivideBillion(big: usize): u32 {
  let size = load<u32>(big);
  let rest: u64 = 0;
  for (let at = size << 2; at > 0; at -= 4) {
    const part = (rest << 32) | load<u32>(big + at);
    const digit = part / 1000000000;
    store<u32>(big + at, <u32> digit);
    rest = part - digit * 1000000000;
  }
  while (size > 0 && load<u32>(big + (size << 2)) == 0) size--;
  store<u32>(big, size);
  return <u32> rest;
}
