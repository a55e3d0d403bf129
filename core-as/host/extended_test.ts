import { assert, assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  type Oracle,
  type Random,
  randomText,
  type TestingCore,
  withOracle,
} from "./testing.ts";

/** Numbers at every end of the range, and spellings beside the grammar. */
const SPELLINGS = [
  ..."0 -0 1 -1 0.1 0.2 3.0 5.0e3 200 1e-17 5e-18 -5e-18 -6e-18 1.5e-17 2.5e-17 -1e-30".split(" "),
  ..."0.99999999999999999 0.999999999999999999 9223372036854775807.5 -9223372036854775808".split(
    " ",
  ),
  ..."18446744073709551615 18446744073709551616 18446744073709551615.5 36893488147419103233".split(
    " ",
  ),
  ..."1e18 1e19 1e20 1e27 1e28 1e4931 1e4932 -1e4932 1.18973149535723176502e4932".split(" "),
  ..."1.18973149535723176506e4932 1.2e4932 1e4933 -1e99999999999999 3e-4951 1e-4951".split(" "),
  ..."1.8e-4951 1.9e-4951 3.3621031431120935063e-4932 3.3621031431120935062e-4932".split(" "),
  ..."inf -inf Infinity nan +5 +-5 .5 5. . 1e 0x1p4 0x.8 0x1p16383 0x1p16384 0x1p-16445".split(" "),
  ..."0x1p-16446 0x1.8p-16446 0x1.ffffffffffffffffp0 0x1.fffffffffffffffep0 0xffffffffffffffff8"
    .split(" "),
  ...["", " 1", "1 ", "1\0", "0".repeat(5118) + "7", "0".repeat(5119) + "7"],
  ...[`${"9".repeat(4932)}.5`, `1.${"0".repeat(5000)}1`, `0.${"0".repeat(4000)}1e4001`],
];

/** INCRBYFLOAT's arithmetic by the core: the reply, or null for a refusal of any kind. */
function increment(setup: TestingCore, value: string, by: string): string | null {
  const { core, scratch, put, text } = setup;
  const [a, b] = [scratch + 10240, scratch + 10256];
  const at = scratch + 10300;
  if (!core.parseExtended(at, put(at, value), a, scratch)) return null;
  if (!core.parseExtended(at, put(at, by), b, scratch)) return null;
  core.addExtended(a, a, b);
  return core.isFiniteExtended(a) ? text(at, core.writeExtended(at, a, scratch)) : null;
}

async function compare(ask: Oracle, setup: TestingCore, pairs: string[][]): Promise<void> {
  const replies = await ask(pairs.flatMap(([value, by]) => [
    ["SET", "key", value],
    ["INCRBYFLOAT", "key", by],
  ]));
  pairs.forEach(([value, by], i) => {
    const reply = replies[i * 2 + 1];
    const expected = typeof reply === "string" ? reply : null;
    assertEquals(increment(setup, value, by), expected, JSON.stringify([value, by]));
  });
}

function randomNumber(random: Random): string {
  const digits = (maxLen: number) => randomText(random, maxLen, "0123456789");
  const sign = random(2) ? "-" : "";
  switch (random(8)) {
    case 0:
      return SPELLINGS[random(SPELLINGS.length)];
    case 1:
      return randomText(random, 8, "0123456789.eE+-xpif ");
    case 2:
      return `${sign}0x${randomText(random, 20, "0f8")}.${digits(20)}p${random(33200) - 16600}`;
    case 3:
      return `${sign}${digits(20)}.${digits(20)}e${random(9960) - 5000}`;
    case 4:
      return `${sign}${digits(60)}.${digits(60)}`;
    case 5:
      return `${sign}${digits(5)}`;
    default:
      return `${sign}${digits(6)}.${digits(19)}e${random(40) - 20}`;
  }
}

Deno.test({
  name: "extended: INCRBYFLOAT of Redis gives the same sums",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], async (ask) => {
      const setup = await loadTestingCore();
      await compare(
        ask,
        setup,
        SPELLINGS.flatMap((a) => SPELLINGS.slice(0, 16).map((b) => [a, b])),
      );
      await fuzz(async (random) => {
        const pairs = Array.from({ length: 4000 }, () => {
          const value = randomNumber(random);
          // Close neighbours cancel, which is where subtraction is hardest.
          if (random(4) > 0) return [value, randomNumber(random)];
          const by = value.replace(/[0-9]$/, (digit) => String((Number(digit) + 1) % 10));
          return [value, by.startsWith("-") ? by.slice(1) : `-${by}`];
        });
        await compare(ask, setup, pairs);
      });
    }),
});

Deno.test({
  name: "extended: across 2 GiB as below",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], async (ask) => {
      const pairs = SPELLINGS.map((spelling) => [spelling, "-0.125"]);
      await compare(ask, await loadTestingCore({ high: true }), pairs);
    }),
});

Deno.test("extended: borrows no more scratch, and writes no more, than it says", async () => {
  const { core, scratch, put, text } = await loadTestingCore();
  const guard = scratch + core.EXTENDED_SCRATCH_BYTES.value;
  put(guard + 10, "guard");
  const at = guard + 100;
  for (const digits of ["9".repeat(5110), "1"]) {
    for (const exponent of [-9999, -5121, -5120, -5119, -4951, -179, -178, 0, 4932, 5119]) {
      core.parseExtended(at, put(at, `${digits}e${exponent}`), guard, scratch);
      core.parseExtended(at, put(at, `.${digits}e${exponent}`), guard, scratch);
    }
  }
  assert(core.parseExtended(at, put(at, "-1.189731495357231765e4932"), guard, scratch));
  assertEquals(core.writeExtended(at, guard, scratch), core.MAX_EXTENDED_BYTES.value);
  assertEquals(text(guard + 10, 5), "guard");
});

Deno.test("extended: sums without an oracle", async () => {
  const setup = await loadTestingCore();
  for (
    const [value, by, sum] of [
      ["0.1", "0.2", "0.3"],
      ["10.5", "0.1", "10.6"],
      ["5.0e3", "200", "5200"],
      ["-1", "1", "0"],
      ["-0.0", "-0", "0"],
      ["1e19", "1", "10000000000000000001"],
      ["1e30", "0", "1000000000000000000024696061952"],
      ["-6e-18", "0", "-0.00000000000000001"],
      ["inf", "1", null],
      ["1e4932", "1e4932", null],
      ["1e4933", "0", null],
      ["1e-4951", "0", null],
      ["nan", "0", null],
    ]
  ) assertEquals(increment(setup, value!, by!), sum, `${value} + ${by}`);
});

Deno.test("extended: takes integers and doubles exactly and gives doubles back", async () => {
  const { core, scratch, text } = await loadTestingCore();
  const [number, at] = [scratch + 10240, scratch + 10260];
  const printed = () => text(at, core.writeExtended(at, number, scratch));
  for (const value of [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 12345678901234567n]) {
    core.extendedFromI64(number, value);
    assertEquals(printed(), String(value));
  }
  for (const value of [0, 0.5, -2.25, 1e300, 5e-324, 2 ** -1022, -1.7976931348623157e308, 0.1]) {
    core.extendedFromDouble(number, value);
    assertEquals(core.extendedToDouble(number), value);
  }
  core.extendedFromDouble(number, 0.1);
  assertEquals(printed(), "0.10000000000000001");
  for (const [value, word] of [[Infinity, "inf"], [-Infinity, "-inf"], [NaN, "nan"]] as const) {
    core.extendedFromDouble(number, value);
    assertEquals(printed(), word);
    assert(Object.is(core.extendedToDouble(number), value));
  }
});
