/**
 * XXH3, 64 bits wide, seed 0 (Y. Collet, the specification in the xxHash repository): what DIGEST tells
 * of a string, and IFDEQ and IFDNE compare. Fast, no protection against anybody.
 *
 * Six ways by length, all keyed with a published secret of 192 bytes:
 *
 * ```
 *  0, 1..3, 4..8, 9..16   one or two words, multiplied and mixed
 *  17..128                pairs of 16-byte pieces from both ends inwards, their folded products summed
 *  129..240               the same piece by piece, mixed once more after the first eight
 *  241 and more           stripes of 64 bytes into eight accumulators; a block of 16 stripes, each with
 *                         the secret 8 bytes further on, and then the accumulators are scrambled
 * ```
 *
 * The accumulators are four vectors of two. Costs: 10 to 40 ns up to 240 bytes, then some 0.1 ns a byte.
 */
import { multiplyHigh } from "../text/wide";

const PRIME32_1: u64 = 0x9e3779b1;
const PRIME32_2: u64 = 0x85ebca77;
const PRIME32_3: u64 = 0xc2b2ae3d;
const PRIME64_1: u64 = 0x9e3779b185ebca87;
const PRIME64_2: u64 = 0xc2b2ae3d27d4eb4f;
const PRIME64_3: u64 = 0x165667b19e3779f9;
const PRIME64_4: u64 = 0x85ebca77c2b2ae63;
const PRIME64_5: u64 = 0x27d4eb2f165667c5;
const PRIME_MIX_1: u64 = 0x165667919e3779f9;
const PRIME_MIX_2: u64 = 0x9fb21c651e98df25;

const SECRET_BYTES: u32 = 192;
const SECRET = memory.data<u8>([
  0xb8, 0xfe, 0x6c, 0x39, 0x23, 0xa4, 0x4b, 0xbe, 0x7c, 0x01, 0x81, 0x2c, 0xf7, 0x21, 0xad, 0x1c,
  0xde, 0xd4, 0x6d, 0xe9, 0x83, 0x90, 0x97, 0xdb, 0x72, 0x40, 0xa4, 0xa4, 0xb7, 0xb3, 0x67, 0x1f,
  0xcb, 0x79, 0xe6, 0x4e, 0xcc, 0xc0, 0xe5, 0x78, 0x82, 0x5a, 0xd0, 0x7d, 0xcc, 0xff, 0x72, 0x21,
  0xb8, 0x08, 0x46, 0x74, 0xf7, 0x43, 0x24, 0x8e, 0xe0, 0x35, 0x90, 0xe6, 0x81, 0x3a, 0x26, 0x4c,
  0x3c, 0x28, 0x52, 0xbb, 0x91, 0xc3, 0x00, 0xcb, 0x88, 0xd0, 0x65, 0x8b, 0x1b, 0x53, 0x2e, 0xa3,
  0x71, 0x64, 0x48, 0x97, 0xa2, 0x0d, 0xf9, 0x4e, 0x38, 0x19, 0xef, 0x46, 0xa9, 0xde, 0xac, 0xd8,
  0xa8, 0xfa, 0x76, 0x3f, 0xe3, 0x9c, 0x34, 0x3f, 0xf9, 0xdc, 0xbb, 0xc7, 0xc7, 0x0b, 0x4f, 0x1d,
  0x8a, 0x51, 0xe0, 0x4b, 0xcd, 0xb4, 0x59, 0x31, 0xc8, 0x9f, 0x7e, 0xc9, 0xd9, 0x78, 0x73, 0x64,
  0xea, 0xc5, 0xac, 0x83, 0x34, 0xd3, 0xeb, 0xc3, 0xc5, 0x81, 0xa0, 0xff, 0xfa, 0x13, 0x63, 0xeb,
  0x17, 0x0d, 0xdd, 0x51, 0xb7, 0xf0, 0xda, 0x49, 0xd3, 0x16, 0x55, 0x26, 0x29, 0xd4, 0x68, 0x9e,
  0x2b, 0x16, 0xbe, 0x58, 0x7d, 0x47, 0xa1, 0xfc, 0x8f, 0xf8, 0xb8, 0xd1, 0x7a, 0xd0, 0x31, 0xce,
  0x45, 0xcb, 0x3a, 0x8f, 0x95, 0x16, 0x04, 0x28, 0xaf, 0xd7, 0xfb, 0xca, 0xbb, 0x4b, 0x40, 0x7e,
]);
const STRIPE_BYTES: u32 = 64;
const BLOCK_STRIPES: u32 = (SECRET_BYTES - STRIPE_BYTES) / 8;
const BLOCK_BYTES: u32 = BLOCK_STRIPES * STRIPE_BYTES;

/** The eight accumulators. */
const ACC = memory.data(64, 16);

// ---- mixing ---------------------------------------------------------------------------------------

/** The two halves of a product of 128 bits, one on the other. */
@inline function foldedProduct(a: u64, b: u64): u64 {
  return multiplyHigh(a, b) ^ a * b;
}
@inline function avalanche(hash: u64): u64 {
  hash = (hash ^ hash >> 37) * PRIME_MIX_1;
  return hash ^ hash >> 32;
}
/** The longer mixing of short inputs, that of XXH64. */
@inline function avalancheShort(hash: u64): u64 {
  hash = (hash ^ hash >> 33) * PRIME64_2;
  hash = (hash ^ hash >> 29) * PRIME64_3;
  return hash ^ hash >> 32;
}
/** 16 bytes of input under 16 of the secret. */
@inline function mixPiece(ptr: usize, secret: usize): u64 {
  return foldedProduct(load<u64>(ptr) ^ load<u64>(secret), load<u64>(ptr, 8) ^ load<u64>(secret, 8));
}

// ---- by length ------------------------------------------------------------------------------------

function hash1to3(ptr: usize, len: u32): u64 {
  const combined = <u32> load<u8>(ptr) << 16 | <u32> load<u8>(ptr + (len >> 1)) << 24 |
    <u32> load<u8>(ptr + len - 1) | len << 8;
  return avalancheShort(<u64> (combined ^ load<u32>(SECRET) ^ load<u32>(SECRET, 4)));
}

function hash4to8(ptr: usize, len: u32): u64 {
  const input = <u64> load<u32>(ptr + len - 4) + (<u64> load<u32>(ptr) << 32);
  let hash = input ^ load<u64>(SECRET, 8) ^ load<u64>(SECRET, 16);
  hash = (hash ^ rotl(hash, 49) ^ rotl(hash, 24)) * PRIME_MIX_2;
  hash = (hash ^ (hash >> 35) + len) * PRIME_MIX_2;
  return hash ^ hash >> 28;
}

function hash9to16(ptr: usize, len: u32): u64 {
  const low = load<u64>(ptr) ^ load<u64>(SECRET, 24) ^ load<u64>(SECRET, 32);
  const high = load<u64>(ptr + len - 8) ^ load<u64>(SECRET, 40) ^ load<u64>(SECRET, 48);
  return avalanche(len + bswap(low) + high + foldedProduct(low, high));
}

function hash17to128(ptr: usize, len: u32): u64 {
  let hash = <u64> len * PRIME64_1;
  // Pairs from the ends inwards, as many as it takes to see every byte.
  for (let pair: u32 = (len - 1) >> 5; <i32> pair >= 0; pair--) {
    hash += mixPiece(ptr + (pair << 4), SECRET + (pair << 5));
    hash += mixPiece(ptr + len - ((pair + 1) << 4), SECRET + (pair << 5) + 16);
  }
  return avalanche(hash);
}

function hash129to240(ptr: usize, len: u32): u64 {
  let hash = <u64> len * PRIME64_1;
  for (let at: u32 = 0; at < 128; at += 16) hash += mixPiece(ptr + at, SECRET + at);
  hash = avalanche(hash);
  for (let at: u32 = 128; at + 16 <= len; at += 16) hash += mixPiece(ptr + at, SECRET + at - 128 + 3);
  return avalanche(hash + mixPiece(ptr + len - 16, SECRET + 119));
}

// ---- long inputs ----------------------------------------------------------------------------------

/** Two accumulators after 16 bytes more: each takes its neighbour's word, and a product of its own. */
@inline function accumulated(acc: v128, ptr: usize, secret: usize): v128 {
  const input = v128.load(ptr);
  const keyed = v128.xor(input, v128.load(secret));
  const product = i64x2.extmul_low_i32x4_u(
    v128.shuffle<i32>(keyed, keyed, 0, 2, 0, 2),
    v128.shuffle<i32>(keyed, keyed, 1, 3, 1, 3),
  );
  return i64x2.add(acc, i64x2.add(v128.shuffle<i64>(input, input, 1, 0), product));
}

/** Takes in stripes, each with the secret 8 bytes further on than the one before. */
function accumulate(ptr: usize, secret: usize, stripes: u32): void {
  let a = v128.load(ACC);
  let b = v128.load(ACC, 16);
  let c = v128.load(ACC, 32);
  let d = v128.load(ACC, 48);
  for (; stripes; stripes--) {
    a = accumulated(a, ptr, secret);
    b = accumulated(b, ptr + 16, secret + 16);
    c = accumulated(c, ptr + 32, secret + 32);
    d = accumulated(d, ptr + 48, secret + 48);
    ptr += STRIPE_BYTES;
    secret += 8;
  }
  v128.store(ACC, a);
  v128.store(ACC, b, 16);
  v128.store(ACC, c, 32);
  v128.store(ACC, d, 48);
}

function scramble(): void {
  const secret = SECRET + SECRET_BYTES - STRIPE_BYTES;
  for (let at: usize = 0; at < 64; at += 8) {
    const acc = load<u64>(ACC + at);
    store<u64>(ACC + at, (acc ^ acc >> 47 ^ load<u64>(secret + at)) * PRIME32_1);
  }
}

function hashLong(ptr: usize, len: u32): u64 {
  store<u64>(ACC, PRIME32_3);
  store<u64>(ACC, PRIME64_1, 8);
  store<u64>(ACC, PRIME64_2, 16);
  store<u64>(ACC, PRIME64_3, 24);
  store<u64>(ACC, PRIME64_4, 32);
  store<u64>(ACC, PRIME32_2, 40);
  store<u64>(ACC, PRIME64_5, 48);
  store<u64>(ACC, PRIME32_1, 56);
  // The last stripe is for itself: it ends with the input, and may overlap the one before.
  let at = ptr;
  let left = len - 1;
  for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES) {
    accumulate(at, SECRET, BLOCK_STRIPES);
    scramble();
    at += BLOCK_BYTES;
  }
  accumulate(at, SECRET, left / STRIPE_BYTES);
  accumulate(ptr + len - STRIPE_BYTES, SECRET + SECRET_BYTES - STRIPE_BYTES - 7, 1);
  let hash = <u64> len * PRIME64_1;
  for (let pair: usize = 0; pair < 64; pair += 16) hash += mixPiece(ACC + pair, SECRET + 11 + pair);
  return avalanche(hash);
}

/** XXH3-64 of a run of bytes. */
export function xxh3(ptr: usize, len: u32): u64 {
  if (len > 240) return hashLong(ptr, len);
  if (len > 128) return hash129to240(ptr, len);
  if (len > 16) return hash17to128(ptr, len);
  if (len > 8) return hash9to16(ptr, len);
  if (len > 3) return hash4to8(ptr, len);
  return len ? hash1to3(ptr, len) : avalancheShort(load<u64>(SECRET, 56) ^ load<u64>(SECRET, 64));
}
