/**
 * Random commands of the string and key families over few keys, so that they collide. Nothing
 * depends on the clock: expiries lie before 1971, or years ahead, and never near one another.
 */

import { SeededRandom } from "../support/random.ts";

/** A command and the mask that its reply is compared through, if any. */
export interface RandomCommand {
  args: string[];
  mask?: string;
}

/** Keys that collide; among them the empty one, a binary one and a long one. */
export const KEYS = [
  ...Array.from({ length: 9 }, (_, i) => `k${i}`),
  "",
  "\x00b\xff\r\n",
  "long".repeat(60),
];

/** Databases that a sequence moves through. */
export const DATABASE_COUNT = 2;

const EDGE_INTEGERS = [
  "9223372036854775807",
  "9223372036854775806",
  "-9223372036854775808",
  "-9223372036854775807",
  "9223372036854775808",
  "-9223372036854775809",
  "4294967296",
  "10000",
  "9999",
];
/** Edges that no offset of SETRANGE can be: long values would make LCS quadratically slow. */
const HUGE_INTEGERS = EDGE_INTEGERS.slice(0, 7);
const ODD_WORDS = ["abc", "", " 1", "1 ", "1.5", "+1", "01", "-0", "1e3", "nan", "inf", "0x10"];
const ALPHABET = "abcx01\r\n\x00\xff";

/** 2100-01-01: later than any relative expiry below. */
const FAR_SECONDS = 4102444800;
/** Relative expiries, in seconds: from about a day to about three years. */
const NEAREST_SECONDS = 100_000;
const FARTHEST_SECONDS = 100_000_000;

type Maker = (random: SeededRandom) => RandomCommand;

function key(random: SeededRandom): string {
  return random.pick(KEYS);
}

function integer(random: SeededRandom): string {
  const kind = random.below(20);
  if (kind === 0) return random.pick(EDGE_INTEGERS);
  if (kind === 1) return random.pick(ODD_WORDS);
  if (kind < 5) return String(random.between(-1_000_000_000, 1_000_000_000));
  return String(random.between(-20, 120));
}

function float(random: SeededRandom): string {
  const kind = random.below(12);
  if (kind === 0) return random.pick(ODD_WORDS);
  if (kind === 1) return integer(random);
  if (kind === 2) return `${random.between(-99, 99)}e${random.between(-15, 15)}`;
  return (random.between(-100_000, 100_000) / 10 ** random.below(6)).toString();
}

function text(random: SeededRandom, length: number): string {
  return Array.from({ length }, () => random.pick([...ALPHABET])).join("");
}

function value(random: SeededRandom): string {
  const kind = random.below(12);
  if (kind < 5) return integer(random);
  if (kind === 5) return float(random);
  if (kind === 6) return text(random, random.between(43, 46));
  if (kind === 7) return text(random, random.below(400));
  return text(random, random.below(12));
}

function relativeSeconds(random: SeededRandom): string {
  if (random.chance(0.06)) return random.pick([...EDGE_INTEGERS.slice(0, 6), ...ODD_WORDS]);
  if (random.chance(0.06)) return random.pick(["0", "-1", "-100"]);
  return String(random.between(NEAREST_SECONDS, FARTHEST_SECONDS));
}

function relativeMs(random: SeededRandom): string {
  const seconds = relativeSeconds(random);
  return /^\d{6,9}$/.test(seconds) ? seconds + String(random.between(100, 999)) : seconds;
}

function absoluteSeconds(random: SeededRandom): string {
  if (random.chance(0.05)) return random.pick([...EDGE_INTEGERS.slice(0, 6), ...ODD_WORDS]);
  if (random.chance(0.1)) return String(random.between(-2, 1000));
  return String(FAR_SECONDS + random.below(20));
}

function absoluteMs(random: SeededRandom): string {
  const seconds = absoluteSeconds(random);
  return seconds.length === 10 ? seconds + String(random.between(498, 502)) : seconds;
}

function expiryOption(random: SeededRandom): string[] {
  switch (random.below(4)) {
    case 0:
      return ["EX", relativeSeconds(random)];
    case 1:
      return ["PX", relativeMs(random)];
    case 2:
      return ["EXAT", absoluteSeconds(random)];
    default:
      return ["PXAT", absoluteMs(random)];
  }
}

/** Each option with its probability, in random order now and then. */
function options(random: SeededRandom, ...choices: [number, () => string[]][]): string[] {
  const chosen = choices.filter(([probability]) => random.chance(probability))
    .map(([, make]) => make());
  if (random.chance(0.3)) chosen.reverse();
  return chosen.flat();
}

function pairs(random: SeededRandom): string[] {
  return Array.from({ length: random.between(1, 4) }, () => [key(random), value(random)]).flat();
}

function keys(random: SeededRandom, most = 4): string[] {
  return Array.from({ length: random.between(1, most) }, () => key(random));
}

/** A maker of `name key ...arguments`. */
function onKey(name: string, ...rest: ((random: SeededRandom) => string)[]): Maker {
  return (random) => ({ args: [name, key(random), ...rest.map((make) => make(random))] });
}

function onKeys(name: string): Maker {
  return (random) => ({ args: [name, ...keys(random)] });
}

function masked(mask: string, maker: Maker): Maker {
  return (random) => ({ ...maker(random), mask });
}

const offset = (random: SeededRandom) => String(random.between(-3, 60));
const condition = (random: SeededRandom) => random.pick(["NX", "XX", "GT", "LT"]);

function expireMaker(name: string, time: (random: SeededRandom) => string): Maker {
  return (random) => ({
    args: [
      name,
      key(random),
      time(random),
      ...options(random, [0.4, () => [condition(random)]], [0.1, () => [condition(random)]]),
    ],
  });
}

const setMaker: Maker = (random) => ({
  args: [
    "SET",
    key(random),
    value(random),
    ...options(
      random,
      [0.25, () => [random.pick(["NX", "XX", "nx"])]],
      [0.2, () => ["GET"]],
      [0.25, () => expiryOption(random)],
      [0.1, () => ["KEEPTTL"]],
    ),
  ],
});

const getexMaker: Maker = (random) => ({
  args: [
    "GETEX",
    key(random),
    ...options(random, [0.6, () => expiryOption(random)], [0.2, () => ["PERSIST"]]),
  ],
});

const copyMaker: Maker = (random) => ({
  args: [
    "COPY",
    key(random),
    key(random),
    ...options(
      random,
      [0.3, () => ["DB", String(random.below(DATABASE_COUNT))]],
      [0.5, () => ["REPLACE"]],
    ),
  ],
});

const lcsMaker: Maker = (random) => ({
  args: [
    "LCS",
    key(random),
    key(random),
    ...options(
      random,
      [0.2, () => ["LEN"]],
      [0.5, () => ["IDX"]],
      [0.3, () => ["MINMATCHLEN", String(random.between(-1, 5))]],
      [0.3, () => ["WITHMATCHLEN"]],
    ),
  ],
});

const PATTERNS = ["*", "k*", "k[0-4]", "k?", "*o*", "[^k]*", "\x00*", "nothing"];

const scanMaker: Maker = (random) => ({
  args: [
    "SCAN",
    "0",
    "COUNT",
    "1000000",
    ...options(
      random,
      [0.5, () => ["MATCH", random.pick(PATTERNS)]],
      [0.3, () => ["TYPE", random.pick(["string", "list", "bogus"])]],
    ),
  ],
  mask: "unordered",
});

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [30, setMaker],
  [14, onKey("GET")],
  [6, getexMaker],
  [3, onKey("GETDEL")],
  [4, onKey("GETSET", value)],
  [4, onKeys("MGET")],
  [3, (random) => ({ args: ["MSET", ...pairs(random)] })],
  [3, (random) => ({ args: ["MSETNX", ...pairs(random)] })],
  [9, onKey("APPEND", value)],
  [4, onKey("STRLEN")],
  [5, onKey("INCR")],
  [5, onKey("DECR")],
  [6, onKey("INCRBY", integer)],
  [6, onKey("DECRBY", integer)],
  [8, onKey("INCRBYFLOAT", float)],
  [6, onKey("SETRANGE", offset, value)],
  [6, onKey("GETRANGE", integer, integer)],
  [2, onKey("SUBSTR", integer, integer)],
  [2, onKey("SETNX", value)],
  [2, onKey("SETEX", relativeSeconds, value)],
  [2, onKey("PSETEX", relativeMs, value)],
  [4, lcsMaker],
  [4, onKeys("DEL")],
  [2, onKeys("UNLINK")],
  [3, onKeys("EXISTS")],
  [2, onKeys("TOUCH")],
  [2, onKey("TYPE")],
  [6, onKey("RENAME", key)],
  [4, onKey("RENAMENX", key)],
  [6, copyMaker],
  [4, onKey("MOVE", (random) => String(random.below(DATABASE_COUNT)))],
  [4, expireMaker("EXPIRE", relativeSeconds)],
  [4, expireMaker("PEXPIRE", relativeMs)],
  [4, expireMaker("EXPIREAT", absoluteSeconds)],
  [4, expireMaker("PEXPIREAT", absoluteMs)],
  [3, masked("near:2", onKey("TTL"))],
  [3, masked("near:3000", onKey("PTTL"))],
  [3, masked("near:2", onKey("EXPIRETIME"))],
  [3, masked("near:3000", onKey("PEXPIRETIME"))],
  [4, onKey("PERSIST")],
  [5, (random) => ({ args: ["OBJECT", "ENCODING", key(random)] })],
  [2, (random) => ({ args: ["KEYS", random.pick(PATTERNS)], mask: "unordered" })],
  [2, scanMaker],
  [2, (random) => ({ args: ["SELECT", String(random.below(DATABASE_COUNT))] })],
  [0.2, () => ({ args: ["SWAPDB", "0", "1"] })],
  [0.1, () => ({ args: ["FLUSHDB"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/** Spoils a command: an argument too few, too many, or of the wrong kind. */
function spoil(random: SeededRandom, command: RandomCommand): RandomCommand {
  const args = [...command.args];
  const at = random.between(1, args.length);
  if (args.length > 1 && random.chance(0.3)) args.pop();
  else if (random.chance(0.5)) args.splice(at, 0, random.pick(ODD_WORDS));
  else args[at] = random.pick([...ODD_WORDS, ...HUGE_INTEGERS]);
  return { ...command, args };
}

const SPOILT_SHARE = 0.03;

/** The next command. */
export function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  const command = found[1](random);
  // A SCAN from any cursor but 0 depends on the order of the hash table.
  const canSpoil = command.args[0] !== "SCAN";
  return canSpoil && random.chance(SPOILT_SHARE) ? spoil(random, command) : command;
}

/** A sequence that the seed alone determines. */
export function randomCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => randomCommand(random));
}
