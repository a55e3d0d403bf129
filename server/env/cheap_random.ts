/** Numbers by chance where many are needed and nobody gains by guessing them. */

/**
 * Numbers from 0 up to 1 (mulberry32), the same for the same seed: a picture, or gossip, takes more of them than the
 * system's source gives fast.
 */
export function cheapRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ seed >>> 15, seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return ((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32;
  };
}
