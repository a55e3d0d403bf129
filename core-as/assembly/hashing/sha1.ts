/**
 * SHA-1 (FIPS 180-4), for DEBUG DIGEST and the names of scripts; no protection against anybody.
 *
 *   0     4     8     12    16    20          24           32          96
 *   +-----+-----+-----+-----+-----+-----------+------------+-----------+
 *   | h0  | h1  | h2  | h3  | h4  | (padding) | bytes: u64 | block: 64 |   SHA1_STATE_BYTES
 *   +-----+-----+-----+-----+-----+-----------+------------+-----------+
 *
 * h0 to h4 are the running hash, `bytes` how many were hashed; the block holds the last bytes % 64
 * of them, and the schedule of 80 words is made in its place, 16 words at a time. Costs: about 4 ns
 * a byte, one round a time.
 */
import { writeHex } from "../text/number";

/** Bytes of the state, which the caller lends. */
export const SHA1_STATE_BYTES: u32 = 96;
/** Bytes of a hash; its text is twice as long. */
export const SHA1_BYTES: u32 = 20;

const BLOCK: usize = 32;

/** Makes the state that of no bytes. */
export function sha1Init(state: usize): void {
  store<u32>(state, 0x67452301);
  store<u32>(state, 0xefcdab89, 4);
  store<u32>(state, 0x98badcfe, 8);
  store<u32>(state, 0x10325476, 12);
  store<u32>(state, 0xc3d2e1f0, 16);
  store<u64>(state, 0, 24);
}

/** Hashes the block of the state, whose bytes are then spent. */
function hashBlock(state: usize): void {
  const block = state + BLOCK;
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  for (let round: u32 = 0; round < 80; round++) {
    const at = block + ((round & 15) << 2);
    let word: u32;
    if (round < 16) word = bswap(load<u32>(at));
    else {
      const mixed = load<u32>(block + (((round + 13) & 15) << 2)) ^
        load<u32>(block + (((round + 8) & 15) << 2)) ^
        load<u32>(block + (((round + 2) & 15) << 2)) ^
        load<u32>(at);
      word = rotl(mixed, 1);
    }
    store<u32>(at, word);
    let mix: u32;
    if (round < 20) mix = (d ^ (b & (c ^ d))) + 0x5a827999;
    else if (round < 40) mix = (b ^ c ^ d) + 0x6ed9eba1;
    else if (round < 60) mix = ((b & c) | (d & (b | c))) + 0x8f1bbcdc;
    else mix = (b ^ c ^ d) + 0xca62c1d6;
    const next = rotl(a, 5) + mix + e + word;
    e = d;
    d = c;
    c = rotl(b, 30);
    b = a;
    a = next;
  }
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
  store<u32>(state, load<u32>(state, 16) + e, 16);
}

/** Hashes the run behind what was hashed before. */
export function sha1Update(state: usize, ptr: usize, len: u32): void {
  let held = <u32> load<u64>(state, 24) & 63;
  store<u64>(state, load<u64>(state, 24) + len, 24);
  while (len > 0) {
    const taken = min(64 - held, len);
    memory.copy(state + BLOCK + held, ptr, taken);
    ptr += taken;
    len -= taken;
    held += taken;
    if (held == 64) {
      hashBlock(state);
      held = 0;
    }
  }
}

/** Ends the hash and writes its SHA1_BYTES to `out`; the state is then spent. */
export function sha1Final(state: usize, out: usize): void {
  const bytes = load<u64>(state, 24);
  let held = <u32> bytes & 63;
  store<u8>(state + BLOCK + held, 0x80);
  held++;
  if (held > 56) {
    memory.fill(state + BLOCK + held, 0, 64 - held);
    hashBlock(state);
    held = 0;
  }
  memory.fill(state + BLOCK + held, 0, 56 - held);
  store<u64>(state + BLOCK, bswap(bytes << 3), 56);
  hashBlock(state);
  for (let i: usize = 0; i < 20; i += 4) store<u32>(out + i, bswap(load<u32>(state + i)));
}

/** Hashes one run and writes the 40 hexadecimal digits, in lower case, to `out`. */
export function sha1Hex(state: usize, ptr: usize, len: u32, out: usize): void {
  sha1Init(state);
  sha1Update(state, ptr, len);
  sha1Final(state, state);
  for (let i: usize = 0; i < 20; i++) writeHex(out + (i << 1), load<u8>(state + i), 2);
}
