/**
 * Random SORT commands over lists, sets and sorted sets of numbers, words and odd strings, with weights
 * and values in strings and hashes.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import type { RandomCommand } from "../../../tests/compat/random_commands.ts";

const NUMBERS = ["sort:n1", "sort:n2"];
const WORDS = ["sort:w1", "sort:w2"];
const SETS = ["sort:ints", "sort:words"];
const ZSETS = ["sort:z1", "sort:z2"];
const DESTINATION = "sort:stored";
/** How many different elements there are, so that ties and weights meet them. */
const ELEMENT_COUNT = 150;

const ODD_NUMBERS = ["inf", "-inf", "1.5", "-0", "0x10", "1e3", " 7", "+5", "05", "5.0", ""];
const ODD_WORDS = [
  "",
  "\x00",
  "a\x00b",
  "a\x00c",
  "a",
  "\xff\xfe",
  "-",
  "w".repeat(70),
  "10",
  "nan",
];

type Maker = (random: SeededRandom) => RandomCommand;

function number(random: SeededRandom): string {
  if (random.chance(0.04)) return random.pick(ODD_NUMBERS);
  if (random.chance(0.002)) return random.pick(["x", "nan", "1 ", "."]);
  return String(random.below(ELEMENT_COUNT));
}
function word(random: SeededRandom): string {
  return random.chance(0.1) ? random.pick(ODD_WORDS) : `w${random.below(ELEMENT_COUNT)}`;
}

/** A word that compares equal with no other one as C strings. */
function tieless(random: SeededRandom): string {
  const made = word(random);
  return made.includes("\x00") ? "b" : made;
}

function several(random: SeededRandom, make: (random: SeededRandom) => string): string[] {
  return Array.from({ length: random.between(1, random.pick([3, 20, 100])) }, () => make(random));
}

function source(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(["sort:missing", "sort:string", DESTINATION]);
  return random.pick([...NUMBERS, ...NUMBERS, ...WORDS, ...SETS, ...ZSETS]);
}

const PATTERNS = [
  ...["weight:*", "weight:*", "rank:*", "rank:*->by", "hash:*->f", "hash:*->n", "*", "weight:*->f"],
  ...["none:*", "nosort", "#", "hash:*->", "hash:*", "", "w\x00*"],
];

/** Sets without an order of their own: what is not sorted comes as it may. */
function isLoose(key: string, args: readonly string[]): boolean {
  if (key !== SETS[1] && key !== SETS[0]) return false;
  return args.some((arg, i) => args[i - 1] === "BY" && !/^[^\0]*\*/.test(arg));
}

function options(random: SeededRandom): string[] {
  const parts: string[][] = [];
  if (random.chance(0.4)) parts.push([random.pick(["ASC", "DESC", "DESC"])]);
  if (random.chance(0.5)) parts.push(["ALPHA"]);
  if (random.chance(0.4)) parts.push(["BY", random.pick(PATTERNS)]);
  if (random.chance(0.4)) {
    const offset = random.between(-2, random.pick([5, 100]));
    parts.push(["LIMIT", String(offset), String(random.between(-1, random.pick([5, 100])))]);
  }
  const gets = random.chance(0.3) ? random.between(1, 3) : 0;
  for (let i = 0; i < gets; i++) parts.push(["GET", random.pick([...PATTERNS, "#"])]);
  if (random.chance(0.01)) parts.push([random.pick(["BOGUS", "BY", "LIMIT", "GET"])]);
  return parts.sort(() => random.chance(0.5) ? 1 : -1).flat();
}

const sortMaker: Maker = (random) => {
  const key = source(random);
  const all = options(random);
  // Of what has no order the oracle leaves ties as its hash table has them.
  const hasTies = !/:[nw]\d$/.test(key) && all.includes("BY");
  const args = hasTies ? all.filter((word) => word !== "ALPHA") : all;
  const store = random.chance(0.25) ? ["STORE", DESTINATION] : [];
  const name = random.chance(0.2) ? "SORT_RO" : "SORT";
  const isUnordered = store.length === 0 && isLoose(key, args);
  // Of a set in no order no part can be compared.
  const cut = isUnordered && (args.includes("LIMIT") || args.includes("GET"));
  const mask = cut ? "type" : isUnordered ? "unordered" : undefined;
  return { args: [name, key, ...args, ...store], ...(mask === undefined ? {} : { mask }) };
};

/** A weight or value for some elements. */
const weightMaker: Maker = (random) => {
  const element = random.pick([word, number])(random);
  return random.pick([
    () => ({ args: ["SET", `weight:${element}`, number(random)] }),
    () => ({ args: ["SET", `rank:${element}`, random.pick(["a", "b", "c", "a\x00d"])] }),
    () => ({ args: ["HSET", `rank:${element}`, "by", word(random)] }),
    () => ({ args: ["HSET", `hash:${element}`, "f", number(random), "n", word(random)] }),
    () => ({ args: ["DEL", `weight:${element}`, `rank:${element}`] }),
  ])();
};

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [40, sortMaker],
  [30, weightMaker],
  [4, (random) => ({ args: ["RPUSH", random.pick(NUMBERS), ...several(random, number)] })],
  [3, (random) => ({ args: ["RPUSH", random.pick(WORDS), ...several(random, word)] })],
  [2, (random) => ({ args: ["SADD", SETS[0], ...several(random, (r) => `${r.below(300)}`)] })],
  [2, (random) => ({ args: ["SADD", SETS[1], ...several(random, tieless)] })],
  [4, (random) => {
    const element = random.pick([tieless, number]);
    const pairs = several(random, (r) => `${r.below(20)}`).flatMap((score) => [
      score,
      element(random),
    ]);
    return { args: ["ZADD", random.pick(ZSETS), ...pairs] };
  }],
  [4, () => ({ args: ["LRANGE", DESTINATION, "0", "-1"] })],
  [2, (random) => ({ args: ["OBJECT", "ENCODING", random.pick(ZSETS)] })],
  [1, (random) => ({ args: ["DEL", random.pick([...NUMBERS, ...WORDS, ...SETS, ...ZSETS])] })],
  [0.5, () => ({ args: ["SET", "sort:string", "v"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines. */
export function randomSortCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  // Lists and sets may differ in their encodings: that is not for this test to tell.
  const keys = [...NUMBERS, ...WORDS, ...SETS, DESTINATION];
  return [...commands, { args: ["LRANGE", DESTINATION, "0", "-1"] }, { args: ["DEL", ...keys] }];
}
