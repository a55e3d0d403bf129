import { assert, assertEquals } from "@std/assert";
import {
  fromLatin1,
  fuzz,
  hasOracle,
  latin1,
  loadTestingCore,
  type Random,
  randomText,
  scaled,
  type TestingCore,
  withOracle,
} from "./testing.ts";

/** Decompresses as the format says, byte by byte; null for what is malformed. */
function model(input: Uint8Array, outLen: number): Uint8Array | null {
  const out: number[] = [];
  for (let at = 0; at < input.length;) {
    const control = input[at++];
    if (control < 32) {
      if (at + control + 1 > input.length) return null;
      out.push(...input.subarray(at, at += control + 1));
    } else {
      let len = (control >> 5) + 2;
      if (len === 9) len += input[at++];
      const from = out.length - ((control & 31) << 8) - input[at++] - 1;
      if (at > input.length || !(from >= 0)) return null;
      if (out.length + len > outLen) return null;
      for (let i = 0; i < len; i++) out.push(out[from + i]);
    }
  }
  return out.length === outLen ? Uint8Array.from(out) : null;
}

/** Texts that repeat themselves now and then, near or far. */
function randomData(random: Random): string {
  const alphabet = ["a", "ab", "abcdefgh", "the quick brown fox\0\xff"][random(4)];
  let text = randomText(random, 80, alphabet);
  const target = [30, 300, 3000, 30000][random(4)];
  while (text.length < target) {
    const from = random(text.length + 1);
    const kind = random(4);
    if (kind === 0) text += randomText(random, 200, alphabet);
    else if (kind === 1) {
      text += fromLatin1(Uint8Array.from({ length: random(100) }, () => random(256)));
    } else text += text.slice(from, from + random(kind === 2 ? 12 : 600));
  }
  return text;
}

/** Addresses for one text and its compressed form, with room between. */
function places({ core, scratch }: TestingCore, maxLen: number) {
  const input = scratch + core.LZF_TABLE_BYTES.value + 64;
  return { table: scratch, input, out: input + maxLen + 64, back: input + 2 * maxLen + 192 };
}

const GUARD = "\x99".repeat(40);

/** Compresses and decompresses, with guards around all that may be written; returns the compressed. */
function roundTrip(setup: TestingCore, data: string, outCap = data.length): string | null {
  const { core, put, text } = setup;
  const { table, input, out, back } = places(setup, data.length);
  put(input, data);
  put(out - 40, GUARD);
  put(out + outCap, GUARD);
  const len = core.lzfCompress(input, data.length, out, outCap, table);
  assertEquals(text(out + outCap, 40) + text(out - 40, 40), GUARD + GUARD);
  assertEquals(text(input, data.length), data);
  if (len === 0) return null;
  assert(len <= outCap && len < data.length, "it got smaller");
  const compressed = text(out, len);
  for (const bytes of [data.length, data.length - 1, data.length + 1]) {
    put(back - 40, GUARD);
    put(back + bytes, GUARD);
    assertEquals(core.lzfDecompress(out, len, back, bytes), bytes === data.length);
    assertEquals(text(back + bytes, 40) + text(back - 40, 40), GUARD + GUARD);
    if (bytes === data.length) assert(text(back, bytes) === data, "it comes back");
  }
  assert(fromLatin1(model(latin1(compressed), data.length)!) === data, "the model agrees");
  return compressed;
}

for (const high of [false, true]) {
  Deno.test(`lzf: what is compressed comes back${high ? ", across 2 GiB" : ""}`, () =>
    fuzz(async (random) => {
      const setup = await loadTestingCore({ high });
      for (let i = 0; i < scaled(300); i++) {
        const data = randomData(random);
        const compressed = roundTrip(setup, data);
        // With exactly the room it takes the same comes out, with less nothing.
        if (compressed) {
          assertEquals(roundTrip(setup, data, compressed.length), compressed);
          assertEquals(roundTrip(setup, data, compressed.length - 1), null);
          assertEquals(roundTrip(setup, data, random(compressed.length)), null);
        }
      }
    }));
}

Deno.test("lzf: short texts, long runs, far repetitions", () =>
  fuzz(async (random) => {
    const setup = await loadTestingCore();
    const noise = (len: number) => fromLatin1(Uint8Array.from({ length: len }, () => random(256)));
    for (const short of ["", "a", "aa", "aaa", "aaaa", "xaaaaayz", "abcdefghijklmnopqrstuvwxyz"]) {
      assertEquals(roundTrip(setup, short), null, short);
    }
    for (let len = 5; len < 700; len++) assert(roundTrip(setup, "a".repeat(len))!.length <= 12);
    // A window's length back is still reached, one more is not.
    for (const distance of [8192 - 10, 8192, 8193]) {
      const repeated = noise(100);
      const data = repeated + noise(distance - 100) + repeated + "a".repeat(1000);
      const saved = data.length - roundTrip(setup, data)!.length;
      assertEquals(saved > 800, distance <= 8192, `${saved} bytes saved at ${distance}`);
    }
    assert(roundTrip(setup, noise(100000)) === null);
    // Places are kept modulo 2^16: texts many times longer compress as well.
    assert(roundTrip(setup, noise(1000).repeat(300))!.length < 7000);
  }));

Deno.test("lzf: the same bytes in give the same bytes out, whatever came before", () =>
  fuzz(async (random) => {
    const setup = await loadTestingCore();
    for (let i = 0; i < scaled(100); i++) {
      const data = randomData(random);
      const first = roundTrip(setup, data);
      roundTrip(setup, data.replace(/[^]/g, (character) => random(20) ? character : "?"));
      assert(roundTrip(setup, data) === first);
    }
  }));

Deno.test("lzf: reads and writes nothing behind the end of memory", () =>
  fuzz(async (random) => {
    const setup = await loadTestingCore();
    const { core, bytes, put, text } = setup;
    const { table, out } = places(setup, 2 ** 17);
    for (let i = 0; i < scaled(100); i++) {
      const data = randomData(random);
      const compressed = roundTrip(setup, data);
      if (!compressed) continue;
      const input = bytes.length - data.length;
      put(input, data);
      assertEquals(
        core.lzfCompress(input, data.length, out, data.length, table),
        compressed.length,
      );
      bytes.fill(0, input);
      assert(core.lzfDecompress(out, compressed.length, input, data.length));
      assert(text(input, data.length) === data);
      const last = bytes.length - compressed.length;
      put(last, compressed);
      assert(core.lzfDecompress(last, compressed.length, out, data.length));
      assertEquals(core.lzfDecompress(last + 1, compressed.length - 1, out, 1), false);
    }
  }));

Deno.test("lzf: decompresses or refuses anything as the model does, in bounds", () =>
  fuzz(async (random) => {
    const setup = await loadTestingCore();
    const { core, put, text, bytes } = setup;
    const { table, input, out, back } = places(setup, 4096);
    let accepted = 0;
    let compressed = new Uint8Array();
    let outLen = 0;
    for (let i = 0; i < scaled(50000); i++) {
      if (i % 500 === 0) {
        const data = randomData(random).slice(0, 400);
        const len = core.lzfCompress(input, put(input, data), out, data.length, table);
        compressed = len
          ? bytes.slice(out, out + len)
          : Uint8Array.of(2, 97, 98, 99, 0x20, 2, 0x40, 0);
        outLen = len ? data.length : 10;
      }
      const mutated = compressed.slice(
        0,
        random(10) ? compressed.length : random(compressed.length),
      );
      for (let times = random(3); times >= 0 && mutated.length; times--) {
        mutated[random(mutated.length)] = random(2) ? random(256) : random(8) << 5 | random(3);
      }
      const wanted = random(10) ? outLen : random(outLen + 20);
      put(input, mutated);
      put(back - 40, GUARD);
      put(back + wanted, GUARD);
      const did = core.lzfDecompress(input, mutated.length, back, wanted);
      assertEquals(text(back + wanted, 40) + text(back - 40, 40), GUARD + GUARD);
      const expected = model(mutated, wanted);
      assertEquals(did, expected !== null, String(mutated));
      if (!expected) continue;
      accepted++;
      assert(text(back, wanted) === fromLatin1(expected));
    }
    assert(accepted > scaled(50000) / 100, `${accepted} accepted`);
  }));

/** A length as RDB files write it. */
function rdbLength(len: number): string {
  if (len < 64) return String.fromCharCode(len);
  if (len < 16384) return String.fromCharCode(0x40 | len >> 8, len & 255);
  return String.fromCharCode(0x80, len >>> 24, len >> 16 & 255, len >> 8 & 255, len & 255);
}

/** Reads such a length. */
function readRdbLength(text: string, at: number): [len: number, next: number] {
  const byte = text.charCodeAt(at);
  if (byte < 64) return [byte, at + 1];
  if (byte < 128) return [(byte & 63) << 8 | text.charCodeAt(at + 1), at + 2];
  return [new DataView(latin1(text.slice(at + 1, at + 5)).buffer).getUint32(0), at + 5];
}

Deno.test({
  name: "lzf: Redis and this read each other's",
  ignore: !hasOracle,
  fn: () =>
    withOracle(["--rdbcompression", "yes"], (ask) =>
      fuzz(async (random) => {
        const setup = await loadTestingCore();
        const { core, put, text, memory } = setup;
        const { input, out } = places(setup, 2 ** 16);
        const crcTable = 2 ** 21;
        core.crc64Prepare(crcTable);
        const texts = Array.from({ length: scaled(300) }, () => randomData(random))
          .filter((data) => roundTrip(setup, data));
        const payloads = texts.map((data) => {
          const compressed = roundTrip(setup, data)!;
          const body = `\0\xc3${rdbLength(compressed.length)}${
            rdbLength(data.length)
          }${compressed}\x0a\0`;
          const len = put(input, body);
          const crc = core.crc64(0n, input, len, crcTable);
          new DataView(memory.buffer).setBigUint64(input + len, crc, true);
          return text(input, len + 8);
        });
        const replies = await ask(texts.flatMap((data, i) => [
          ["RESTORE", "ours", "0", payloads[i], "REPLACE"],
          ["GET", "ours"],
          ["SET", "theirs", data],
          ["DUMP", "theirs"],
        ]));
        let [ours, theirs] = [0, 0];
        texts.forEach((data, i) => {
          const [restored, got, , dump] = replies.slice(i * 4, i * 4 + 4) as string[];
          assertEquals(restored, "OK");
          assert(got === data, "Redis reads it");
          if (!dump.startsWith("\0\xc3")) return;
          const [compressedLen, at] = readRdbLength(dump, 2);
          const [len, start] = readRdbLength(dump, at);
          put(input, dump.slice(start, start + compressedLen));
          assertEquals(len, data.length);
          assert(core.lzfDecompress(input, compressedLen, out, len), "it reads Redis's");
          assert(text(out, len) === data, "it reads Redis's");
          ours += payloads[i].length;
          theirs += dump.length;
        });
        assert(ours < theirs * 1.03, `${ours} bytes where Redis writes ${theirs}`);
        if (Deno.env.has("ETNA_VERBOSE")) console.log(ours, theirs);
      })),
});
