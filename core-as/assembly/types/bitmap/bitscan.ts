/**
 * Runs of bits: how many are set, and where the first one of a kind is. Bit 0 of a run is the highest
 * bit of its first byte, as SETBIT numbers them.
 *
 * Costs: counting takes 64 bytes a step, one population count a word: on the machines measured the
 * plain instruction beats `i8x16.popcnt`, which engines take apart into ten. Searching takes 64 bytes
 * a step until one differs. Both read whole words only inside the run.
 */

/** Bits set in the bytes [ptr, end). */
export function countBytes(ptr: usize, end: usize): u64 {
  let sum: u64 = 0;
  // Four sums, so that no addition waits for the one before.
  let a: u64 = 0;
  let b: u64 = 0;
  let c: u64 = 0;
  while (end - ptr >= 64) {
    sum += popcnt(load<u64>(ptr)) + popcnt(load<u64>(ptr, 8));
    a += popcnt(load<u64>(ptr, 16)) + popcnt(load<u64>(ptr, 24));
    b += popcnt(load<u64>(ptr, 32)) + popcnt(load<u64>(ptr, 40));
    c += popcnt(load<u64>(ptr, 48)) + popcnt(load<u64>(ptr, 56));
    ptr += 64;
  }
  sum += a + b + c;
  while (end - ptr >= 8) {
    sum += popcnt(load<u64>(ptr));
    ptr += 8;
  }
  const left = <u32> (end - ptr);
  // The bytes behind the run are shifted out.
  if (left) sum += popcnt(load<u64>(ptr) << (64 - (left << 3)));
  return sum;
}

/** Bits set among those numbered `first` to `last` of the bytes at `ptr`. */
export function countBits(ptr: usize, first: u64, last: u64): u64 {
  const from = ptr + <usize> (first >> 3);
  const to = ptr + <usize> (last >> 3);
  const before = popcnt(<u32> load<u8>(from) >> (8 - <u32> (first & 7)));
  const after = popcnt(<u32> load<u8>(to) & (0x7f >> <u32> (last & 7)));
  return countBytes(from, to + 1) - before - after;
}

/** The address of the first byte of [ptr, end) that is not `byte`, `end` when there is none. */
function skipBytes(ptr: usize, end: usize, byte: u32): usize {
  const same = i8x16.splat(<i8> byte);
  while (end - ptr >= 64) {
    const a = v128.or(v128.xor(v128.load(ptr), same), v128.xor(v128.load(ptr, 16), same));
    const b = v128.or(v128.xor(v128.load(ptr, 32), same), v128.xor(v128.load(ptr, 48), same));
    if (v128.any_true(v128.or(a, b))) break;
    ptr += 64;
  }
  while (end - ptr >= 16) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(ptr), same));
    if (mask != 0xffff) return ptr + ctz(~mask);
    ptr += 16;
  }
  while (ptr < end && load<u8>(ptr) == byte) ptr++;
  return ptr;
}

/** The number of the first bit that is `bit` among those numbered `first` to `last`, or -1. */
export function findBit(ptr: usize, first: u64, last: u64, bit: u32): i64 {
  const flip: u32 = bit ? 0 : 0xff;
  let at = ptr + <usize> (first >> 3);
  const to = ptr + <usize> (last >> 3);
  // Bits of the wanted kind are ones from here on; those before the first are none.
  let byte = ((<u32> load<u8>(at)) ^ flip) & (0xff >> <u32> (first & 7));
  if (!byte && at < to) {
    at = skipBytes(at + 1, to, flip);
    byte = <u32> load<u8>(at) ^ flip;
  }
  if (!byte) return -1;
  const found = (<u64> (at - ptr) << 3) + clz(byte) - 24;
  return found > last ? -1 : <i64> found;
}
