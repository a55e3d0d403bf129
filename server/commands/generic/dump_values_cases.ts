/** Values of every type and encoding, from a seed: the commands that make one key. */

import type { SeededRandom } from "../../../tests/support/random.ts";

type Command = string[];
type Maker = (random: SeededRandom, key: string) => Command[];

const INTEGERS = ["0", "12", "127", "-128", "128", "-32768", "32768", "2147483647", "-2147483649"];
const ODD = [
  "",
  "\0",
  "\xff\r\n",
  "007",
  "-0",
  "1.5",
  "9223372036854775807",
  "-9223372036854775808",
];

function word(random: SeededRandom): string {
  const kind = random.below(8);
  if (kind === 0) return random.pick(INTEGERS);
  if (kind === 1) return random.pick(ODD);
  if (kind === 2) return String(random.between(-100_000, 100_000));
  if (kind === 3) return "ab".repeat(random.between(1, 30));
  return Array.from({ length: random.below(24) }, () => String.fromCharCode(random.below(256)))
    .join("");
}

/** A word that is long for a listpack, or for a node of a list. */
function longWord(random: SeededRandom): string {
  const length = random.pick([65, 300, 5000, 9000, 20_000]);
  if (random.chance(0.5)) return "long ".repeat(length / 5);
  let text = "";
  for (let i = 0; i < length; i++) text += String.fromCharCode(random.below(256));
  return text;
}

/** Few elements, or more than any listpack may have. */
function size(random: SeededRandom): number {
  return random.pick([1, 2, 5, 20, 127, 129, 600]);
}

/** One command for every hundred elements. */
function filled(name: string, key: string, words: string[], step: number): Command[] {
  const commands: Command[] = [];
  for (let at = 0; at < words.length; at += step * 100) {
    commands.push([name, key, ...words.slice(at, at + step * 100)]);
  }
  return commands;
}

const score = (random: SeededRandom) =>
  random.pick([
    () => String(random.between(-50, 50)),
    () => String(random.between(-1e6, 1e6) / 7),
    () => random.pick(["inf", "-inf", "-0", "1e300", "5e-324", "3.5", "4611686018427387904"]),
  ])();

const string: Maker = (random, key) => {
  const value = random.chance(0.2) ? longWord(random) : word(random);
  const commands = [["SET", key, value]];
  if (random.chance(0.2)) commands.push(["APPEND", key, word(random)]);
  return commands;
};

const list: Maker = (random, key) => {
  const words = Array.from({ length: size(random) }, () => word(random));
  if (random.chance(0.3)) words[random.below(words.length)] = longWord(random);
  const commands = filled("RPUSH", key, words, 1);
  if (random.chance(0.3)) commands.push(["LINSERT", key, "AFTER", words[0], word(random)]);
  return commands;
};

const integers: Maker = (random, key) => {
  const range = random.pick([30_000, 2_000_000_000, 2 ** 50]);
  const words = Array.from({ length: size(random) }, () => String(random.between(-range, range)));
  return filled("SADD", key, words, 1);
};

const set: Maker = (random, key) => {
  const words = Array.from({ length: size(random) }, () => word(random));
  if (random.chance(0.2)) words.push(longWord(random));
  return filled("SADD", key, words, 1);
};

const zset: Maker = (random, key) => {
  const words = Array.from({ length: size(random) }, () => [score(random), word(random)]);
  if (random.chance(0.2)) words.push([score(random), longWord(random)]);
  return filled("ZADD", key, words.flat(), 2);
};

const hash: Maker = (random, key) => {
  const words = Array.from({ length: size(random) }, () => [word(random), word(random)]);
  if (random.chance(0.2)) words.push([word(random), longWord(random)]);
  return filled("HSET", key, words.flat(), 2);
};

const stream: Maker = (random, key) => {
  const commands: Command[] = [];
  const count = size(random);
  for (let i = 1; i <= count; i++) {
    const fields = random.chance(0.8)
      ? ["f", word(random)]
      : [word(random), "v", "g", word(random)];
    commands.push(["XADD", key, `${i * 10}-${random.below(3)}`, ...fields]);
  }
  if (random.chance(0.3)) commands.push(["XDEL", key, "10-0", "20-1", "30-2"]);
  if (random.chance(0.2)) commands.push(["XTRIM", key, "MAXLEN", String(random.below(count))]);
  for (let group = random.below(3); group > 0; group--) {
    const name = `g${group}`;
    commands.push(["XGROUP", "CREATE", key, name, random.pick(["0", "$", "25-0"])]);
    commands.push(["XGROUP", "CREATECONSUMER", key, name, "idle"]);
    const read = String(random.between(1, 40));
    commands.push(["XREADGROUP", "GROUP", name, "alice", "COUNT", read, "STREAMS", key, ">"]);
    commands.push(["XREADGROUP", "GROUP", name, "bob", "COUNT", read, "STREAMS", key, ">"]);
    commands.push(["XACK", key, name, "40-0", "50-1"]);
  }
  return commands;
};

const makers = { string, list, integers, set, zset, hash, stream };

export interface MadeValue {
  key: string;
  kind: keyof typeof makers;
  commands: Command[];
}

/** Values of random kinds. */
export function randomValues(random: SeededRandom, count: number): MadeValue[] {
  const kinds = Object.keys(makers) as (keyof typeof makers)[];
  return Array.from({ length: count }, (_, i) => {
    const kind = random.pick(kinds);
    const key = `${kind}:${i}`;
    return { key, kind, commands: makers[kind](random, key) };
  });
}

/** Kinds whose order, and so whose bytes, the data alone decides. */
export function hasOneForm(kind: MadeValue["kind"], type: number): boolean {
  // A table has its own order in every server, a set's listpack is none in 7.0, and nodes end elsewhere.
  if (kind === "string" || kind === "integers") return type === 0 || type === 11;
  return type === 16 || type === 17 || type === 5;
}
