/** A seeded random source for tests: the same seed gives the same sequence everywhere. */

/**
 * Mulberry32: 32 bits of state, one multiply-xor-shift round a number. Too weak for statistics,
 * enough to vary test input.
 */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The next 32 bits as an unsigned integer. */
  nextUint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.nextUint32() / 2 ** 32 * limit);
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.nextUint32() < probability * 2 ** 32;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

/** The seed in the environment variable, or a fresh one. */
export function seedFromEnv(variable: string): number {
  const given = Deno.env.get(variable);
  return given === undefined ? crypto.getRandomValues(new Uint32Array(1))[0] : Number(given);
}
