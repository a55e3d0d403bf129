/**
 * The estimate of a HyperLogLog: Otmar Ertl, "New cardinality estimation algorithms for HyperLogLog
 * sketches" (2017), algorithm 6. It needs no more than how many registers have each value, and no
 * corrections for small or large numbers.
 */
import { DENSE_BYTES, HEADER, REGISTERS, REGISTER_MAX } from "./hyperloglog";
import { sparseCount } from "./hyperloglog_sparse";

/** Values that six bits can have. */
const VALUES: u32 = 64;
/** Registers next to each other are counted apart: mostly they are equal, and one count waits for the other. */
const LANES: u32 = 4;
const COUNTS = memory.data(1024);

/** 1 / (2 ln 2). */
const ALPHA: f64 = 0.721347520444481703680;

@inline function clearCounts(): void {
  memory.fill(COUNTS, 0, VALUES * LANES * 4);
}

@inline function bump(lane: u32, value: u32): void {
  const count = COUNTS + lane * VALUES * 4 + (value << 2);
  store<u32>(count, load<u32>(count) + 1);
}

@inline function countOf(value: u32): f64 {
  const at = COUNTS + (value << 2);
  return load<u32>(at) + load<u32>(at, VALUES * 4) + load<u32>(at, VALUES * 8) + load<u32>(at, VALUES * 12);
}

function tau(x: f64): f64 {
  if (x == 0 || x == 1) return 0;
  let y: f64 = 1;
  let z = 1 - x;
  let before: f64;
  do {
    x = sqrt<f64>(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (before != z);
  return z / 3;
}

function sigma(x: f64): f64 {
  if (x == 1) return Infinity;
  let y: f64 = 1;
  let z = x;
  let before: f64;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (before != z);
  return z;
}

/** The estimate that the counts give. */
function estimate(): u64 {
  const m: f64 = REGISTERS;
  let z = m * tau((m - countOf(REGISTER_MAX)) / m);
  for (let value = REGISTER_MAX - 1; value >= 1; value--) {
    z += countOf(value);
    z *= 0.5;
  }
  z += m * sigma(countOf(0) / m);
  const found = ALPHA * m * m / z;
  // Registers that no element can have made may give anything; this is what C's rounding gives then.
  if (!(found < 9223372036854775808.0)) return <u64> i64.MIN_VALUE;
  const whole = floor<f64>(found);
  return <u64> whole + u64(found - whole >= 0.5);
}

/** The estimate of a dense string. */
export function denseEstimate(ptr: usize): u64 {
  clearCounts();
  const end = ptr + DENSE_BYTES;
  for (let p = ptr + HEADER; p < end; p += 12) {
    const low = load<u64>(p);
    const high = load<u32>(p, 8);
    bump(0, <u32> low & 63);
    bump(1, <u32> (low >> 6) & 63);
    bump(2, <u32> (low >> 12) & 63);
    bump(3, <u32> (low >> 18) & 63);
    bump(0, <u32> (low >> 24) & 63);
    bump(1, <u32> (low >> 30) & 63);
    bump(2, <u32> (low >> 36) & 63);
    bump(3, <u32> (low >> 42) & 63);
    bump(0, <u32> (low >> 48) & 63);
    bump(1, <u32> (low >> 54) & 63);
    bump(2, <u32> (low >> 60) | (high & 3) << 4);
    bump(3, high >> 2 & 63);
    bump(0, high >> 8 & 63);
    bump(1, high >> 14 & 63);
    bump(2, high >> 20 & 63);
    bump(3, high >> 26);
  }
  return estimate();
}

/** Whether the last {@link sparseEstimate} found as many registers as there must be. */
export let estimateValid: bool = false;

/** The estimate of a sparse string. */
export function sparseEstimate(ptr: usize, len: u32): u64 {
  clearCounts();
  estimateValid = sparseCount(COUNTS, ptr, len);
  return estimateValid ? estimate() : 0;
}

/** The estimate of registers of a byte each. */
export function bytesEstimate(registers: usize): u64 {
  clearCounts();
  let zeros: u32 = 0;
  for (const end = registers + REGISTERS; registers < end; registers += 8) {
    const word = load<u64>(registers);
    // Mostly so where sparse ones were united.
    if (!word) {
      zeros += 8;
      continue;
    }
    bump(0, <u32> word & 63);
    bump(1, <u32> (word >> 8) & 63);
    bump(2, <u32> (word >> 16) & 63);
    bump(3, <u32> (word >> 24) & 63);
    bump(0, <u32> (word >> 32) & 63);
    bump(1, <u32> (word >> 40) & 63);
    bump(2, <u32> (word >> 48) & 63);
    bump(3, <u32> (word >> 56) & 63);
  }
  store<u32>(COUNTS, load<u32>(COUNTS) + zeros);
  return estimate();
}
