/**
 * HyperLogLog: how many different elements were seen, in 16384 registers. Philippe Flajolet's
 * "HyperLogLog" (2007) with the 64-bit hash of "HyperLogLog in Practice" (Heule, 2013). It is a string,
 * and byte for byte the one that Redis has after the same commands:
 *
 * ```
 *  +0   "HYLL"
 *  +4   u8 DENSE or SPARSE, 3 bytes unused
 *  +8   u64 the last estimate; its highest bit is set once registers have changed since
 *  +16  registers
 *
 *  DENSE   register i of 6 bits from bit 6 i on, the lowest bit of the lowest byte first: 12288 bytes
 *  SPARSE  runs of equal registers, see hyperloglog_sparse.ts
 * ```
 *
 * An element's hash names a register by its lowest 14 bits; the register keeps the highest number that
 * the position of the lowest bit set above them had, counted from 1.
 *
 * Strings come from clients, who may write anything: what is no such string is told by
 * {@link isHyperLogLog}, rotten runs by what walks over them.
 */

export const HEADER: u32 = 16;
export const REGISTERS: u32 = 16384;
export const DENSE: u32 = 0;
export const SPARSE: u32 = 1;
/** Bytes of a dense one. */
export const DENSE_BYTES: u32 = HEADER + REGISTERS / 4 * 3;

const INDEX_BITS: u32 = 14;
/** Highest number that an element can give a register. */
export const REGISTER_MAX: u32 = 64 - INDEX_BITS + 1;
const MAGIC: u32 = 0x4c4c5948;
const SEED: u64 = 0xadc83b19;

/** Whether bytes are a HyperLogLog, as far as its header and length tell. */
export function isHyperLogLog(ptr: usize, len: u32): bool {
  if (len < HEADER || load<u32>(ptr) != MAGIC) return false;
  const encoding = load<u8>(ptr, 4);
  return encoding == SPARSE || (encoding == DENSE && len == DENSE_BYTES);
}

@inline export function encodingAt(ptr: usize): u32 {
  return load<u8>(ptr, 4);
}

/** Writes the header of one whose registers are to follow. */
export function startHeader(ptr: usize, encoding: u32): void {
  store<u32>(ptr, MAGIC);
  store<u32>(ptr, encoding, 4);
  store<u64>(ptr, 0, 8);
}

// ---- the estimate kept ----------------------------------------------------------------------------

@inline export function isStale(ptr: usize): bool {
  return <i64> load<u64>(ptr, 8) < 0;
}
@inline export function markStale(ptr: usize): void {
  store<u8>(ptr, load<u8>(ptr, 15) | 0x80, 15);
}
@inline export function keptEstimate(ptr: usize): u64 {
  return load<u64>(ptr, 8);
}
@inline export function keepEstimate(ptr: usize, estimate: u64): void {
  store<u64>(ptr, estimate, 8);
}

// ---- elements -------------------------------------------------------------------------------------

/** MurmurHash64A, by Austin Appleby. */
function murmur(ptr: usize, len: u32): u64 {
  const m: u64 = 0xc6a4a7935bd1e995;
  let h: u64 = SEED ^ (<u64> len * m);
  const end = ptr + (len & ~7);
  while (ptr < end) {
    let k = load<u64>(ptr) * m;
    k = (k ^ k >> 47) * m;
    h = (h ^ k) * m;
    ptr += 8;
  }
  const left = len & 7;
  if (left) h = (h ^ (load<u64>(ptr) & <u64> -1 >> (64 - (left << 3)))) * m;
  h = (h ^ h >> 47) * m;
  return h ^ h >> 47;
}

/** The register of the last {@link hashElement}, and the number that it is to have at least. */
export let register: u32 = 0;
export let rank: u32 = 0;

export function hashElement(ptr: usize, len: u32): void {
  const hash = murmur(ptr, len);
  register = <u32> hash & (REGISTERS - 1);
  rank = <u32> ctz(hash >> INDEX_BITS | 1 << (64 - INDEX_BITS)) + 1;
}

// ---- dense registers ------------------------------------------------------------------------------

/** Register `index` of those at `registers`. The last one's word reaches a byte beyond them, in the block. */
export function denseGet(registers: usize, index: u32): u32 {
  const bit = index * 6;
  return <u32> load<u16>(registers + (bit >> 3)) >> (bit & 7) & 63;
}

/** Raises a register. @returns whether it was lower */
export function denseRaise(registers: usize, index: u32, value: u32): bool {
  const bit = index * 6;
  const at = registers + (bit >> 3);
  const shift = bit & 7;
  const word = <u32> load<u16>(at);
  if ((word >> shift & 63) >= value) return false;
  store<u16>(at, <u16> (word & ~(63 << shift) | value << shift));
  return true;
}

/** Three bytes of each group of twelve in a lane of their own, the fourth zero. */
@inline function spread(bytes: v128): v128 {
  return i8x16.swizzle(bytes, v128(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1));
}

/** Raises registers of a byte each, `to`, to what dense ones have. */
export function denseRaiseBytes(to: usize, registers: usize): void {
  for (const end = to + REGISTERS; to < end; to += 16, registers += 12) {
    const x = spread(v128.load(registers));
    const first = v128.and(x, i32x4.splat(0x3f));
    const second = v128.and(i32x4.shl(x, 2), i32x4.splat(0x3f00));
    const third = v128.and(i32x4.shl(x, 4), i32x4.splat(0x3f0000));
    const fourth = v128.and(i32x4.shl(x, 6), i32x4.splat(0x3f000000));
    const values = v128.or(v128.or(first, second), v128.or(third, fourth));
    v128.store(to, i8x16.max_u(v128.load(to), values));
  }
}

/** Makes dense registers of registers of a byte each. */
export function densePack(registers: usize, from: usize): void {
  for (const end = from + REGISTERS; from < end; from += 16, registers += 12) {
    const x = v128.load(from);
    const first = v128.and(x, i32x4.splat(0x3f));
    const second = v128.and(i32x4.shr_u(x, 2), i32x4.splat(0xfc0));
    const third = v128.and(i32x4.shr_u(x, 4), i32x4.splat(0x3f000));
    const fourth = v128.and(i32x4.shr_u(x, 6), i32x4.splat(0xfc0000));
    const words = v128.or(v128.or(first, second), v128.or(third, fourth));
    const packed = i8x16.swizzle(words, v128(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
    store<u64>(registers, i64x2.extract_lane(packed, 0));
    store<u32>(registers, i32x4.extract_lane(packed, 2), 8);
  }
}
