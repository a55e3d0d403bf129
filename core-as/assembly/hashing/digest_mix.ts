/**
 * Mixing bytes into a digest: what DEBUG DIGEST is made of (generic/digest.ts has its grammar). A type calls
 * {@link digestMix} for each thing that it holds in order, {@link digestJoin} for each without, or for each pair
 * {@link pairStart}, {@link pairMix} and {@link pairJoin}.
 */
import { SHA1_BYTES, sha1Final, sha1Init, sha1Update } from "./sha1";

/** Digests under way: of a value, of a pair in it. */
export const VALUE = memory.data(20);
const PAIR = memory.data(20);

const STATE = memory.data(96); // SHA1_STATE_BYTES
const HASH = memory.data(20);
const NUMBER = memory.data(4);

/** digest = digest ^ H(bytes) */
export function join(digest: usize, ptr: usize, len: u32): void {
  sha1Init(STATE);
  sha1Update(STATE, ptr, len);
  sha1Final(STATE, HASH);
  for (let i: usize = 0; i < 20; i += 4) store<u32>(digest + i, load<u32>(digest + i) ^ load<u32>(HASH + i));
}

/** digest = H(digest ^ H(bytes)) */
function mix(digest: usize, ptr: usize, len: u32): void {
  join(digest, ptr, len);
  sha1Init(STATE);
  sha1Update(STATE, digest, SHA1_BYTES);
  sha1Final(STATE, digest);
}

export function mixNumber(digest: usize, number: u32): void {
  store<u32>(NUMBER, bswap(number));
  mix(digest, NUMBER, 4);
}

// ---- what types call ------------------------------------------------------------------------------

/** Takes in something whose place among others matters. */
export function digestMix(ptr: usize, len: u32): void {
  mix(VALUE, ptr, len);
}
/** Takes in something whose place does not matter. */
export function digestJoin(ptr: usize, len: u32): void {
  join(VALUE, ptr, len);
}
/** Begins a pair, or something of more parts. */
export function pairStart(): void {
  memory.fill(PAIR, 0, SHA1_BYTES);
}
/** Takes in the next part of a pair. */
export function pairMix(ptr: usize, len: u32): void {
  mix(PAIR, ptr, len);
}
/** Takes in something that a pair has beside its parts. */
export function pairMark(ptr: usize, len: u32): void {
  join(PAIR, ptr, len);
}
/** Ends a pair whose place among others does not matter. */
export function pairJoin(): void {
  digestJoin(PAIR, SHA1_BYTES);
}
