import { assertEquals } from "@std/assert";
import { fuzz, loadTestingCore } from "./testing.ts";

const hex = (hash: bigint) => BigInt.asUintN(64, hash).toString(16).padStart(16, "0");

/** The bytes that the algorithm's own checks hash. */
function sanityBuffer(count: number): Uint8Array {
  let state = 2654435761n;
  return Uint8Array.from({ length: count }, () => {
    const byte = Number(state >> 56n);
    state = BigInt.asUintN(64, state * 11400714785074694797n);
    return byte;
  });
}

/** By length of that buffer, as published with the algorithm. */
const VECTORS: Record<number, string> = {
  0: "2d06800538d394c2",
  1: "c44bdff4074eecdb",
  6: "27b56a84cd2d7325",
  12: "a713daf0dfbb77e7",
  24: "a3fe70bf9d3510eb",
  48: "397da259ecba1f11",
  80: "bcdefbbb2c47c90a",
  195: "cd94217ee362ec3a",
  403: "cdeb804d65c6dea4",
  512: "617e49599013cb6b",
  2048: "dd59e2c3a5f038e0",
  2240: "6e73a90539cf2948",
  2367: "cb37aeb9e5d361ed",
};

/** Texts that Redis's documentation and clients' tests show. */
const TEXTS: Record<string, string> = {
  "Hello world": "b6acb9d84a38ff74",
  hello: "9555e8555c62dcfd",
  123: "404a763b3f4c8c9a",
  v8: "0cc76dbb41381419",
  foo: "ab6e5f64077e7d8a",
  test: "9ec9f7918d7dfc40",
};

for (const high of [false, true]) {
  Deno.test(`xxh3: the published vectors${high ? ", across 2 GiB" : ""}`, async () => {
    const { core, scratch, put } = await loadTestingCore({ high });
    put(scratch, sanityBuffer(4096));
    for (const [length, hash] of Object.entries(VECTORS)) {
      assertEquals(hex(core.xxh3(scratch, Number(length))), hash, `${length} bytes`);
    }
    for (const [text, hash] of Object.entries(TEXTS)) {
      assertEquals(hex(core.xxh3(scratch, put(scratch, text))), hash, text);
    }
  });
}

Deno.test("xxh3: every length up to 4096, by the hash of all hashes", async () => {
  const { core, bytes, scratch, put } = await loadTestingCore();
  const hashes = scratch + 8192;
  const view = new DataView(bytes.buffer);
  put(scratch, sanityBuffer(4096));
  for (let length = 0; length <= 4096; length++) {
    view.setBigUint64(hashes + length * 8, core.xxh3(scratch, length), true);
  }
  // Made with the reference implementation.
  assertEquals(hex(core.xxh3(hashes, 4097 * 8)), "803c3cfb765481f4");
});

Deno.test("xxh3: what lies around the bytes does not matter, each of them does", async () => {
  const { core, bytes, scratch, put } = await loadTestingCore();
  await fuzz((random) => {
    for (let i = 0; i < 2000; i++) {
      const data = Uint8Array.from({ length: 1 + random(1500) }, () => random(256));
      const at = scratch + random(64);
      put(at, data);
      const hash = core.xxh3(at, data.length);
      const elsewhere = scratch + 4096 + random(64);
      bytes[elsewhere + data.length] = random(256);
      assertEquals(core.xxh3(elsewhere, put(elsewhere, data)), hash);
      bytes[at + random(data.length)] ^= 1 << random(8);
      assertEquals(core.xxh3(at, data.length) === hash, false);
    }
  });
});
