import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { fuzz, fuzzScale, loadTestingCore, type TestingCore } from "./testing.ts";

const MASK = 2n ** 64n - 1n;
const rotl = (value: bigint, by: bigint) => (value << by | value >> (64n - by)) & MASK;

/** SipHash-c-d after its paper (section 2), a word at a time and with no thought of speed. */
function sipHash(c: number, d: number, key: Uint8Array, message: Uint8Array): bigint {
  const word = (bytes: Uint8Array, at: number) => {
    let value = 0n;
    for (let i = 7; i >= 0; i--) value = value << 8n | BigInt(bytes[at + i] ?? 0);
    return value;
  };
  const [k0, k1] = [word(key, 0), word(key, 8)];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & MASK;
      v2 = (v2 + v3) & MASK;
      v1 = rotl(v1, 13n) ^ v0;
      v3 = rotl(v3, 16n) ^ v2;
      v0 = rotl(v0, 32n);
      v2 = (v2 + v1) & MASK;
      v0 = (v0 + v3) & MASK;
      v1 = rotl(v1, 17n) ^ v2;
      v3 = rotl(v3, 21n) ^ v0;
      v2 = rotl(v2, 32n);
    }
  };
  const whole = message.length & ~7;
  for (let at = 0; at <= whole; at += 8) {
    let m = word(message, at);
    if (at === whole) m |= BigInt(message.length & 255) << 56n;
    v3 ^= m;
    rounds(c);
    v0 ^= m;
  }
  v2 ^= 0xffn;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i);

function hash(testing: TestingCore, key: Uint8Array, message: Uint8Array, at?: number) {
  at ??= testing.core.SCRATCH.value;
  testing.bytes.set(key, testing.core.HASH_KEY.value);
  testing.put(at, message);
  return BigInt.asUintN(64, testing.core.hashBytes(at, message.length));
}

Deno.test("the model computes the vector of SipHash's paper", () => {
  assertEquals(sipHash(2, 4, counting(16), counting(15)), 0xa129ca6149be45e5n);
  assertEquals(sipHash(2, 4, counting(16), counting(0)), 0x726fdb47dd0e0e31n);
});

Deno.test("hashBytes gives the published values of SipHash-1-3", async () => {
  const testing = await loadTestingCore();
  const key = new Uint8Array(16);
  const text = (word: string) => new TextEncoder().encode(word);
  assertEquals(hash(testing, key, text("")), 0xd1fba762150c532cn);
  assertEquals(hash(testing, key, counting(1)), 0x68a914128e01e473n);
  assertEquals(hash(testing, key, text("siphash")), 0x8264ceeccb16bcben);
  assertEquals(hash(testing, key, text("digest-sip_hash")), 0xce31007e34130c0an);
});

Deno.test("hashBytes agrees with the model at every length and alignment", async () => {
  for (const high of [false, true]) {
    const testing = await loadTestingCore({ high });
    const scratch = high ? testing.scratch : testing.core.SCRATCH.value;
    await fuzz((random) => {
      const bytes = (length: number) => Uint8Array.from({ length }, () => random(256));
      for (let length = 0; length <= 300; length++) {
        const key = bytes(16);
        const message = bytes(length);
        const at = scratch - random(64);
        // What follows the message must not matter.
        testing.bytes.fill(random(256), at, at + length + 16);
        assertEquals(hash(testing, key, message, at), sipHash(1, 3, key, message), `${length}`);
      }
      for (let round = 0; round < 200 * fuzzScale(); round++) {
        const [key, message] = [bytes(16), bytes(random(5000))];
        assertEquals(hash(testing, key, message, scratch), sipHash(1, 3, key, message));
      }
    });
  }
});

Deno.test("random numbers below a bound are spread evenly and repeat from a seed", async () => {
  const { core, bytes } = await loadTestingCore();
  const seed = () => bytes.set([1, 2, 3, 4, 5, 6, 7, 8], core.RANDOM.value);
  for (const bound of [1, 2, 3, 10, 1000]) {
    seed();
    const counts = new Array<number>(bound).fill(0);
    const draws = bound * 1000;
    for (let i = 0; i < draws; i++) counts[core.randomBelow(bound)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // Four standard deviations above the mean of the distribution.
    assert(chiSquare < bound - 1 + 4 * Math.sqrt(2 * bound), `${bound}: ${chiSquare}`);
  }
  seed();
  const first = core.random64();
  assertNotEquals(core.random64(), first);
  seed();
  assertEquals(core.random64(), first);
});
