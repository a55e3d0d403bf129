/**
 * Random bitmap commands, over few keys so that they collide: strings short and long, integers, runs of
 * ones and of zeros, ranges in and out of them.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

const BIT_KEYS = KEYS.slice(0, 6);
const BAD_INTEGERS = [
  "",
  "a",
  "1.5",
  "-0",
  "01",
  "9223372036854775808",
  "#3",
  "18446744073709551616",
];

type Maker = (random: SeededRandom) => RandomCommand;

const key = (random: SeededRandom) => random.pick(BIT_KEYS);

/** Mostly within small strings, sometimes far out, seldom none. */
function offset(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick([...BAD_INTEGERS, "-1", "4294967296"]);
  if (random.chance(0.05)) return String(random.below(100_000));
  return String(random.below(random.chance(0.3) ? 3000 : 200));
}

function bound(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(BAD_INTEGERS);
  if (random.chance(0.03)) return random.pick(["9223372036854775807", "-9223372036854775808"]);
  const far = random.pick([10, 60, 400, 3000]);
  return String(random.between(-far, far));
}

function bytes(random: SeededRandom): string {
  const length = random.pick([0, 1, 7, 8, 15, 16, 17, 44, 45, 63, 64, 65, 256, 257, 300, 9000]);
  const kind = random.below(5);
  if (kind === 0) return String(random.between(-100_000, 100_000));
  if (kind === 1) return "\xff".repeat(length);
  if (kind === 2) return "\0".repeat(length);
  if (kind === 3) return "\xff".repeat(length) + String.fromCharCode(random.below(256));
  return Array.from({ length }, () => String.fromCharCode(random.below(256))).join("");
}

function range(random: SeededRandom): string[] {
  const unit = random.chance(0.5) ? [random.pick(["BIT", "BYTE", "bit", "foo"])] : [];
  return [bound(random), bound(random), ...unit];
}

const countMaker: Maker = (random) => ({
  args: ["BITCOUNT", key(random), ...(random.chance(0.8) ? range(random) : [])],
});

const positionMaker: Maker = (random) => {
  const rest = random.pick([[], [bound(random)], range(random), range(random)]);
  return { args: ["BITPOS", key(random), random.pick(["0", "1", "0", "1", "2"]), ...rest] };
};

const combineMaker: Maker = (random) => {
  const operation = random.pick(["AND", "OR", "XOR", "NOT", "and", "FOO"]);
  const count = operation === "NOT" && random.chance(0.9) ? 1 : random.between(1, 5);
  const sources = Array.from({ length: count }, () => key(random));
  return { args: ["BITOP", operation, key(random), ...sources] };
};

function fieldType(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(["u64", "i65", "u0", "x8", "i", ""]);
  const wide = random.chance(0.3) ? random.pick([1, 62, 63, 64]) : random.between(1, 63);
  return random.chance(0.5) ? `u${Math.min(wide, 63)}` : `i${wide}`;
}

function fieldValue(random: SeededRandom): string {
  if (random.chance(0.01)) return random.pick(BAD_INTEGERS);
  const bits = random.below(64);
  const size = 2n ** BigInt(bits);
  const value = size - BigInt(random.below(3)) + BigInt(random.below(1000)) * (size >> 10n);
  const bounded = value > 9223372036854775807n ? 9223372036854775807n : value;
  return String(random.chance(0.5) ? bounded : -bounded - (random.chance(0.2) ? 1n : 0n));
}

function fieldOperation(random: SeededRandom): string[] {
  const place = random.chance(0.3) ? `#${random.below(20)}` : offset(random);
  switch (random.below(7)) {
    case 0:
      return ["OVERFLOW", random.pick(["WRAP", "SAT", "FAIL", "sat", "fail"])];
    case 1:
    case 2:
      return ["GET", fieldType(random), place];
    case 3:
    case 4:
      return ["SET", fieldType(random), place, fieldValue(random)];
    default:
      return ["INCRBY", fieldType(random), place, fieldValue(random)];
  }
}

const fieldMaker: Maker = (random) => {
  const operations = Array.from({ length: random.below(6) }, () => fieldOperation(random));
  return { args: ["BITFIELD", key(random), ...operations.flat()] };
};

const readFieldMaker: Maker = (random) => {
  const operations = Array.from(
    { length: random.below(4) },
    () => random.chance(0.1) ? fieldOperation(random) : ["GET", fieldType(random), offset(random)],
  );
  return { args: ["BITFIELD_RO", key(random), ...operations.flat()] };
};

// A small list is a listpack here, as in Redis 7.2, and a quicklist in 7.0.
const encodingMaker: Maker = (random) => ({
  args: ["OBJECT", "ENCODING", key(random)],
  mask: "except:listpack|quicklist",
});

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [20, (random) => ({ args: ["SETBIT", key(random), offset(random), `${random.below(2)}`] })],
  [8, (random) => ({ args: ["GETBIT", key(random), offset(random)] })],
  [14, countMaker],
  [14, positionMaker],
  [14, combineMaker],
  [20, fieldMaker],
  [6, readFieldMaker],
  [6, (random) => ({ args: ["SET", key(random), bytes(random)] })],
  [2, (random) => ({ args: ["APPEND", key(random), bytes(random)] })],
  [2, (random) => ({ args: ["SETRANGE", key(random), `${random.below(300)}`, bytes(random)] })],
  [6, (random) => ({ args: ["GET", key(random)] })],
  [3, encodingMaker],
  [1, (random) => ({ args: ["INCR", key(random)] })],
  [1, (random) => ({ args: ["EXPIRE", key(random), "100000"] })],
  [0.5, (random) => ({ args: ["PERSIST", key(random)] })],
  [0.5, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [1, (random) => ({ args: ["DEL", key(random)] })],
  [0.3, (random) => ({ args: ["RPUSH", key(random), "x"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines. */
export function randomBitCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => randomCommand(random));
}
