/**
 * SipHash-1-3, keyed: the hash of every table whose keys a client chooses, so that nobody can aim at
 * one bucket. (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the 1-3 variant is
 * the one that Rust's and Python's tables use.) 64-bit adds, rotates and xors only, which WASM has;
 * the faster multiply-and-fold hashes need a 64 x 64 -> 128 product, which it has not.
 *
 * Also the random numbers of the core: xorshift64* (Vigna, 2016), for sampling only.
 */
import { HASH_KEY, RANDOM } from "../base/layout";

export function hashBytes(ptr: usize, len: u32): u64 {
  const k0 = load<u64>(HASH_KEY);
  const k1 = load<u64>(HASH_KEY, 8);
  let v0 = k0 ^ 0x736f6d6570736575;
  let v1 = k1 ^ 0x646f72616e646f6d;
  let v2 = k0 ^ 0x6c7967656e657261;
  let v3 = k1 ^ 0x7465646279746573;
  const end = ptr + (len & ~7);
  let word: u64;
  let last = <u64> len << 56;
  while (true) {
    if (ptr != end) {
      word = load<u64>(ptr);
    } else {
      // The tail: 0 to 7 bytes under the length byte. Two overlapping loads instead of a loop.
      const tail = len & 7;
      if (tail >= 4) {
        last |= <u64> load<u32>(ptr) | <u64> load<u32>(ptr + tail - 4) << ((tail - 4) << 3);
      } else if (tail) {
        last |= <u64> load<u8>(ptr) | <u64> load<u8>(ptr + (tail >> 1)) << (tail >> 1 << 3) |
          <u64> load<u8>(ptr + tail - 1) << ((tail - 1) << 3);
      }
      word = last;
    }
    v3 ^= word;
    v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32);
    v2 += v3; v3 = rotl(v3, 16) ^ v2;
    v0 += v3; v3 = rotl(v3, 21) ^ v0;
    v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32);
    v0 ^= word;
    if (ptr == end) break;
    ptr += 8;
  }
  v2 ^= 0xff;
  for (let i = 0; i < 3; i++) {
    v0 += v1; v1 = rotl(v1, 13) ^ v0; v0 = rotl(v0, 32);
    v2 += v3; v3 = rotl(v3, 16) ^ v2;
    v0 += v3; v3 = rotl(v3, 21) ^ v0;
    v2 += v1; v1 = rotl(v1, 17) ^ v2; v2 = rotl(v2, 32);
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The next 64 random bits. */
export function random64(): u64 {
  let x = load<u64>(RANDOM);
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  store<u64>(RANDOM, x);
  return x * 0x2545f4914f6cdd1d;
}

/** A number in 0..bound-1, bound > 0 (multiply-shift of 32 bits: bias below 2^-32 * bound). */
export function randomBelow(bound: u32): u32 {
  return <u32> (((random64() >> 32) * <u64> bound) >> 32);
}
