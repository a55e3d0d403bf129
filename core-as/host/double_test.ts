import { assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  type Random,
  randomText,
  withOracle,
} from "./testing.ts";

/** Spellings around every rule of the grammar and every end of the range. */
const SPELLINGS = [
  ..."1 +1 -1 +-1 - + . 5. .5 -.5 +.5 -. 1e 1e+ e5 .e5 1e5 1E5 1e+05 1e-5 1e5.5 1.2.3 1_0".split(
    " ",
  ),
  ..."1e308 1e309 -1e309 1e-308 1e-310 5e-324 3e-324 2e-324 1e-400 0e-400 0e99999".split(" "),
  ..."1e99999999999999999999 1e-99999999999999999999 0e99999999999999999999".split(" "),
  ..."inf +inf -inf INF Infinity -iNfInItY infinit infi nan -NaN nan(1) in i".split(" "),
  ..."0x1p3 0x1.8P3 0x 0x1 0xp1 0x.8 0x.p1 -0X1p-2 0x1p 0x1p+ 0x1p99999 0xg 0x1.8.1".split(" "),
  ..."0x1p-1074 0x1p-1075 0x1.8p-1075 0x1p-1076 0x1.fffffffffffff8p1023".split(" "),
  ..."0x1.fffffffffffff7p1023 0x1.00000000000008p0 0x1.000000000000080000000000000000001p0".split(
    " ",
  ),
  ..."1.7976931348623157e308 1.7976931348623158e308 1.7976931348623159e308".split(" "),
  ..."9007199254740993 9007199254740993.00000000000000000000000000000000001".split(" "),
  ..."9007199254740991.5 9007199254740992.5 1e22 1e23 8.5e22 0.1 -0 -0.0 00012 1d5 1f".split(" "),
  ..."2.2250738585072014e-308 2.2250738585072011e-308 2.4703282292062327208e-324".split(" "),
  ...[
    "",
    " 1",
    "1 ",
    "\t1",
    "1\0",
    "1\0" + "2",
    "\0",
    " ",
    "1".repeat(400),
    "0".repeat(5000) + "7",
  ],
  ...[
    `0.${"0".repeat(400)}1e401`,
    `3.${"1".repeat(2000)}`,
    `${"1".repeat(308)}.${"0".repeat(2000)}`,
  ],
  `9007199254740993.${"0".repeat(2000)}1`,
  // Exactly half way, and a hair above it far beyond 128 bits.
  ...[2n ** 200n + 2n ** 147n, 2n ** 200n + 2n ** 147n + 1n].map(String),
];

function randomDouble(random: Random): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setUint32(0, random(2 ** 32));
  bits.setUint32(4, random(2 ** 32));
  if (random(4) === 0) bits.setUint32(4, 0);
  if (random(3) > 0) {
    bits.setUint16(0, (random(2) * 2048 + 1023 - 60 + random(130)) * 16 + random(16));
  }
  const value = bits.getFloat64(0);
  if (!Number.isFinite(value)) return random(1000) / 8;
  if (random(8) === 0) return Math.round(value);
  if (random(8) === 0) return Number(value.toPrecision(1 + random(5)));
  return value;
}

function randomSpelling(random: Random): string {
  if (random(6) === 0) return randomText(random, 8, "0123456789.eE+-xpif ");
  const sign = ["", "", "-", "+"][random(4)];
  if (random(6) === 0) {
    const hex = `${randomText(random, 20, "0f8")}.${randomText(random, 20, "01f8")}`;
    return `${sign}0x${hex}p${random(2300) - 1200}`;
  }
  const text = `${randomText(random, 25, "0123456789")}.${randomText(random, 25, "0123456789")}`;
  const exponent = random(2) ? random(20) - 10 : random(700) - 360;
  if (random(3)) return `${sign}${text}e${exponent}`;
  // The middle between two neighbours, or a hair beside it, where rounding is hardest.
  const value = Math.abs(randomDouble(random));
  const digits = value > 1e-5 && value < 1e15 ? middleAfter(value) : value.toPrecision(17);
  return sign + digits +
    (random(2) && !digits.includes("e") && digits.includes(".") ? "000001" : "");
}

/** The exact decimal half way to the next larger double; for values of moderate size. */
function middleAfter(value: number): string {
  let scale = 0;
  while (value !== Math.floor(value) || value < 2 ** 52) {
    value *= 2;
    scale++;
  }
  const doubled = BigInt(value) * 2n + 1n;
  const digits = (doubled * 5n ** BigInt(scale + 1)).toString().padStart(scale + 2, "0");
  return `${digits.slice(0, -scale - 1)}.${digits.slice(-scale - 1)}`;
}

/** JavaScript's own reading, which is correctly rounded, of what has the decimal grammar. */
function model(text: string): number | null {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (!/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(text)) return null;
  const value = Number(text);
  if (!Number.isFinite(value)) return null;
  return value === 0 && /[1-9]/.test(text.replace(/e.*/i, "")) ? null : value;
}

for (const high of [false, true]) {
  Deno.test(`double: parses decimals as JavaScript does${high ? ", across 2 GiB" : ""}`, async () => {
    const { core, scratch, put } = await loadTestingCore({ high });
    const check = (text: string) => {
      if (/x/i.test(text)) return;
      const at = scratch + core.DOUBLE_SCRATCH_BYTES.value;
      const value = core.parseDouble(at, put(at, text), scratch) ? core.parsedDouble() : null;
      assertEquals(value, model(text), text);
    };
    SPELLINGS.forEach(check);
    await fuzz((random) => {
      for (let i = 0; i < 20000; i++) check(randomSpelling(random));
    });
  });
}

Deno.test("double: borrows no more scratch than it says", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  const guard = scratch + core.DOUBLE_SCRATCH_BYTES.value;
  put(guard, "guard");
  for (const digits of ["9".repeat(1024), "9".repeat(3000), "1"]) {
    for (const exponent of [-4000, -3512, -1536, -1535, -513, -512, -511, 0, 308, 511, 512]) {
      const at = guard + 100;
      core.parseDouble(at, put(at, `${digits}e${exponent}`), scratch);
      core.parseDouble(at, put(at, `.${digits}e${exponent}`), scratch);
    }
  }
  for (const value of [5e-324, 1e-300, Number.MAX_VALUE]) {
    core.writeDoubleShortest(guard + 100, value, scratch);
  }
  assertEquals(text(guard, 5), "guard");
});

Deno.test("double: the shortest text is JavaScript's, and reads back", async () => {
  const { core, scratch, text } = await loadTestingCore();
  const at = scratch + core.DOUBLE_SCRATCH_BYTES.value;
  const check = (value: number) => {
    const printed = text(at, core.writeDoubleShortest(at, value, scratch));
    assertEquals(Number(printed), value);
    // Large integers have all their digits.
    if (Number.isInteger(value) && Math.abs(value) <= 2 ** 62) {
      return assertEquals(printed, Object.is(value, -0) ? "-0" : String(BigInt(value)));
    }
    const digitsOf = (spelling: string) =>
      spelling.replace(/e.*/, "").replace(/[-.]/g, "").replace(/^0+|0+$/g, "");
    assertEquals(digitsOf(printed), digitsOf(String(value)), `${value}`);
  };
  for (let exponent = -1074; exponent < 1024; exponent++) {
    check(2 ** exponent);
    check(-(2 ** exponent) * (1 + Number.EPSILON));
    if (exponent > -1022) check(2 ** exponent * (1 - Number.EPSILON / 2));
  }
  for (let exponent = -323; exponent <= 308; exponent++) check(Number(`1e${exponent}`));
  await fuzz((random) => {
    for (let i = 0; i < 50000; i++) {
      const value = randomDouble(random);
      // Infinities have words, which the next test looks at.
      if (Number.isFinite(value)) check(value);
    }
  });
});

Deno.test("double: lays out as Redis prints it", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  const at = scratch + core.DOUBLE_SCRATCH_BYTES.value;
  for (
    const [value, full, shortest] of [
      [0, "0", "0"],
      [-0, "-0", "-0"],
      [-12, "-12", "-12"],
      [1 / 3, "0.33333333333333331", "0.3333333333333333"],
      [0.0001, "0.0001", "0.0001"],
      [0.00001, "1.0000000000000001e-05", "0.00001"],
      [1.5e-7, "1.4999999999999999e-07", "1.5e-7"],
      [1e16, "10000000000000000", "10000000000000000"],
      [1e17, "1e+17", "100000000000000000"],
      [2 ** 62, "4.6116860184273879e+18", "4611686018427387904"],
      [-(2 ** 63), "-9.2233720368547758e+18", "-9223372036854776000"],
      [1e21, "1e+21", "1e+21"],
      [-1.5e300, "-1.5000000000000001e+300", "-1.5e+300"],
      [5e-324, "4.9406564584124654e-324", "5e-324"],
      [123456.789, "123456.789", "123456.789"],
      [Infinity, "inf", "inf"],
      [-Infinity, "-inf", "-inf"],
      [NaN, "nan", "nan"],
    ] as const
  ) {
    put(at, "x".repeat(40));
    const len = core.writeDouble17(at, value, scratch);
    assertEquals(text(at, len), full);
    assertEquals(text(at + core.MAX_DOUBLE_BYTES.value, 6), "xxxxxx");
    assertEquals(text(at, core.writeDoubleShortest(at, value, scratch)), shortest);
  }
});

Deno.test({
  name: "double: Redis takes the same spellings and prints the same scores",
  ignore: !hasOracle,
  fn: () =>
    withOracle(["--zset-max-listpack-entries", "0"], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put, text } = await loadTestingCore();
        const at = scratch + core.DOUBLE_SCRATCH_BYTES.value;
        const spellings = [...SPELLINGS];
        while (spellings.length < 10000) spellings.push(randomSpelling(random));
        while (spellings.length < 20000) spellings.push(String(randomDouble(random)));
        const replies = await ask(spellings.flatMap((spelling) => [
          ["DEL", "scores"],
          ["ZADD", "scores", spelling, "member"],
          ["ZSCORE", "scores", "member"],
        ]));
        spellings.forEach((spelling, i) => {
          const parsed = core.parseDouble(at, put(at, spelling), scratch);
          const printed = parsed
            ? text(at, core.writeDouble17(at, core.parsedDouble(), scratch))
            : null;
          assertEquals(printed, replies[i * 3 + 2], JSON.stringify(spelling));
        });
      })),
});

Deno.test({
  name: "double: Redis takes the same spellings for the ends of a score range",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put } = await loadTestingCore();
        const at = scratch + core.DOUBLE_SCRATCH_BYTES.value;
        const scores = [-Infinity, -2, -0.5, 0, 0.5, 1, 2, 10, 1e300, Infinity];
        await ask(
          scores.map((score) => ["ZADD", "scores", String(score).replace("inity", ""), `${score}`]),
        );
        const spellings = SPELLINGS.flatMap((text) => [text, ` ${text}`, `${text}\0x`]);
        while (spellings.length < 5000) spellings.push(randomSpelling(random));
        const counts = await ask(spellings.map((text) => ["ZCOUNT", "scores", text, "+inf"]));
        spellings.forEach((spelling, i) => {
          const parsed = core.parseDoubleLoose(at, put(at, spelling), scratch);
          const expected = typeof counts[i] === "bigint" ? Number(counts[i]) : null;
          const count = scores.filter((score) => score >= core.parsedDouble()).length;
          assertEquals(parsed ? count : null, expected, JSON.stringify(spelling));
        });
      })),
});
