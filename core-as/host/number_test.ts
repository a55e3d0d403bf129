import { assert, assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  type Random,
  randomText,
  withOracle,
} from "./testing.ts";

/** Spellings around every rule and limit. */
const SPELLINGS = [
  ..."0,-0,00,01,-1,-01,--1,+1,1,-,12345678,123456789,1234567890123456789".split(","),
  ...[
    "",
    " 1",
    "1 ",
    "1\0",
    "1\0x",
    "\0",
    "1a",
    "12345678x",
    "1234567/8",
    "1234567:8",
    "x12345678",
  ],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808"],
  ...["-9223372036854775809", "18446744073709551615", "18446744073709551616"],
  ...["18446744073709551620", "99999999999999999999", "10000000000000000000"],
  ...["-10000000000000000000", "100000000000000000000", "009223372036854775807"],
  ...[" 18446744073709551615", "+007", "+", " ", "\t\n\v\f\r 5", "+-5", "+ 5"],
];

function randomSpelling(random: Random): string {
  if (random(4) === 0) return randomText(random, 21, "0123456789-+ a");
  const digits = randomText(random, 21, "0123456789");
  return (random(2) ? "-" : "") + digits.slice(random(3));
}

const model = {
  i64(text: string): bigint | null {
    if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return null;
    const value = BigInt(text);
    return BigInt.asIntN(64, value) === value ? value : null;
  },
  u64(text: string): bigint | null {
    if (!/^(0|[1-9][0-9]*)$/.test(text)) return null;
    return BigInt(text) < 2n ** 64n ? BigInt(text) : null;
  },
  u64Loose(text: string): bigint | null {
    if (!/^[ \t\n\v\f\r]*\+?[0-9]+(\0.*)?$/s.test(text)) return null;
    const value = BigInt(text.replace("+", "").replace(/\0.*/s, ""));
    return value < 2n ** 64n ? value : null;
  },
};

for (const high of [false, true]) {
  const name = high ? " across 2 GiB" : "";
  Deno.test(`number: parses as the model does${name}`, async () => {
    const { core, scratch, put } = await loadTestingCore({ high });
    const check = (text: string) => {
      // Each end of the run is next to digits, so that one read too far shows.
      const len = put(scratch + 8, text);
      put(scratch, "11111111");
      put(scratch + 8 + len, "11111111");
      const at = scratch + 8;
      assertEquals(core.parseI64(at, len) ? core.parsedI64() : null, model.i64(text), text);
      assertEquals(core.parseU64(at, len) ? core.parsedU64() : null, model.u64(text), text);
      assertEquals(core.parseU64Loose(at, len) ? core.parsedU64() : null, model.u64Loose(text));
    };
    SPELLINGS.forEach(check);
    await fuzz((random) => {
      for (let i = 0; i < 20000; i++) check(randomSpelling(random));
    });
  });
}

Deno.test("number: prints every length, and not a byte more", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  const check = (value: bigint) => {
    const signed = BigInt.asIntN(64, value);
    for (
      const [expected, write, length] of [
        [signed, () => core.writeI64(scratch + 1, signed), core.i64Length(signed)],
        [value, () => core.writeU64(scratch + 1, value), core.u64Length(value)],
      ] as const
    ) {
      put(scratch, "x".repeat(24));
      const len = write();
      assertEquals(text(scratch, len + 2), `x${expected}x`);
      assertEquals(length, len);
    }
  };
  for (let power = 1n; power < 2n ** 64n; power *= 10n) [power - 1n, power].forEach(check);
  for (let bit = 0n; bit < 64n; bit++) {
    [2n ** bit - 1n, 2n ** bit, 2n ** 64n - 2n ** bit].map(check);
  }
  await fuzz((random) => {
    for (let i = 0; i < 20000; i++) {
      const value = BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32));
      check(value >> BigInt(random(64)));
    }
  });
});

Deno.test("number: prints and reads hexadecimal", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  put(scratch, "x".repeat(20));
  core.writeHex(scratch + 1, 0x0123456789abcdefn, 16);
  assertEquals(text(scratch, 18), "x0123456789abcdefx");
  core.writeHex(scratch + 1, 0xfedn, 2);
  assertEquals(text(scratch, 4), "xed2");
  put(scratch + 100, "\x00\xff\x5a");
  core.writeHexBytes(scratch, scratch + 100, 3);
  assertEquals(text(scratch, 7), "00ff5a5");
  for (let byte = 0; byte < 256; byte++) {
    const digit = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
    const value = core.hexValue(byte);
    assert(digit < 0 ? value > 15 : value === digit, `byte ${byte}`);
  }
});

Deno.test({
  name: "number: Redis takes the same spellings for integers and stream ids",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put } = await loadTestingCore();
        const texts = [...SPELLINGS];
        while (texts.length < 5000) texts.push(randomSpelling(random));
        const replies = await ask(texts.flatMap((text) => [
          ["SET", "text", text],
          ["OBJECT", "ENCODING", "text"],
          ["SET", "zero", "0"],
          ["INCRBY", "zero", text],
          ["DEL", "stream"],
          ["XADD", "stream", `1-${text}`, "field", "value"],
        ]));
        texts.forEach((text, i) => {
          const [, encoding, , sum, , id] = replies.slice(i * 6, i * 6 + 6);
          const len = put(scratch, text);
          const value = core.parseI64(scratch, len) ? core.parsedI64() : null;
          assertEquals(encoding === "int", value !== null, `encoding of ${JSON.stringify(text)}`);
          assertEquals(typeof sum === "bigint" ? sum : null, value, JSON.stringify(text));
          // A minus belongs to no id; strtoull would wrap it.
          if (text.includes("-")) return;
          const half = core.parseU64Loose(scratch, len) ? `1-${core.parsedU64()}` : null;
          assertEquals(typeof id === "string" ? id : null, half, JSON.stringify(text));
        });
      })),
});
