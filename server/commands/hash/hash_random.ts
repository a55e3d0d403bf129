/**
 * Random commands on hashes, over few keys and fields so that they collide: some hashes stay small,
 * some pass the limits of a listpack by a long value or by their number of fields.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

/** Keys of hashes; the last ones get many fields. */
const HASH_KEYS = KEYS.slice(0, 8);
const LARGE_KEYS = KEYS.slice(0, 2);
const FIELD_COUNT = 12;
const LARGE_FIELD_COUNT = 900;

const ODD_FIELDS = ["", "\x00\xff\r\n", "1", "-1", "01", "a".repeat(64), "b".repeat(65)];
const ODD_VALUES = [
  "",
  "abc",
  " 1",
  "1.5",
  "+1",
  "-0",
  "1e3",
  "nan",
  "inf",
  "0x10",
  "\x00\r\n\xff",
];
const INTEGERS = ["9223372036854775807", "-9223372036854775808", "4294967296", "-129", "127", "0"];

type Maker = (random: SeededRandom) => RandomCommand;

function key(random: SeededRandom): string {
  return random.pick(random.chance(0.3) ? LARGE_KEYS : HASH_KEYS);
}

function field(random: SeededRandom): string {
  if (random.chance(0.1)) return random.pick(ODD_FIELDS);
  return `f${random.below(random.chance(0.3) ? LARGE_FIELD_COUNT : FIELD_COUNT)}`;
}

function value(random: SeededRandom): string {
  const kind = random.below(12);
  if (kind < 3) return random.pick(ODD_VALUES);
  if (kind < 5) return random.pick(INTEGERS);
  if (kind < 7) return String(random.between(-70_000, 70_000));
  if (kind === 7) return String(random.between(-1000, 1000) / 8);
  // Long values are rare enough that some hashes stay listpacks.
  if (kind === 8 && random.chance(0.1)) return "v".repeat(random.between(60, 400));
  return "w".repeat(random.below(64));
}

function delta(random: SeededRandom): string {
  if (random.chance(0.1)) return random.pick([...ODD_VALUES, ...INTEGERS]);
  return String(random.between(-50, 50));
}

function float(random: SeededRandom): string {
  if (random.chance(0.1)) return random.pick([...ODD_VALUES, ...INTEGERS]);
  return String(random.between(-1000, 1000) / 10 ** random.below(4));
}

function many(random: SeededRandom, ...parts: ((random: SeededRandom) => string)[]): string[] {
  const count = random.chance(0.05) ? random.between(50, 300) : random.between(1, 4);
  return Array.from({ length: count }, () => parts.map((part) => part(random))).flat();
}

function onKey(name: string, ...parts: ((random: SeededRandom) => string)[]): Maker {
  return (random) => ({ args: [name, key(random), ...parts.map((part) => part(random))] });
}

/** The commands that tell all of a hash, whatever the order of its fields. */
function whole(key: string): RandomCommand[] {
  return [
    { args: ["HGETALL", key], mask: "pairs" },
    { args: ["HKEYS", key], mask: "unordered" },
    { args: ["HVALS", key], mask: "unordered" },
    { args: ["HSCAN", key, "0", "COUNT", "100000"], mask: "unordered" },
    { args: ["HSCAN", key, "0", "MATCH", "f*1", "COUNT", "100000"], mask: "unordered" },
    { args: ["HRANDFIELD", key, "100000"], mask: "unordered" },
    { args: ["HRANDFIELD", key, "100000", "WITHVALUES"], mask: "unordered" },
    { args: ["HRANDFIELD", key, "3", "WITHVALUES"], mask: "shape" },
    { args: ["HRANDFIELD", key, "-3"], mask: "shape" },
    { args: ["HRANDFIELD", key], mask: "type" },
    { args: ["OBJECT", "ENCODING", key] },
    { args: ["HLEN", key] },
  ];
}

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [25, (random) => ({ args: ["HSET", key(random), ...many(random, field, value)] })],
  [3, (random) => ({ args: ["HMSET", key(random), ...many(random, field, value)] })],
  [6, onKey("HSETNX", field, value)],
  [12, (random) => ({ args: ["HDEL", key(random), ...many(random, field)] })],
  [10, onKey("HINCRBY", field, delta)],
  [8, onKey("HINCRBYFLOAT", field, float)],
  [6, onKey("HGET", field)],
  [4, (random) => ({ args: ["HMGET", key(random), ...many(random, field)] })],
  [4, onKey("HEXISTS", field)],
  [4, onKey("HSTRLEN", field)],
  [12, (random) => random.pick(whole(key(random)))],
  [2, onKey("DEL")],
  [1, onKey("RENAME", key)],
  [1, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [0.5, onKey("SET", value)],
  [0.5, onKey("EXPIRE", () => "100000")],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines; what all hashes hold is read out at its end. */
export function randomHashCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  return [...commands, ...HASH_KEYS.flatMap(whole)];
}
