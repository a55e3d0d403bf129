/**
 * Chaos: random calls of every command, made from what the server tells of its arguments. Most have the right
 * shape and edge values in it, some are spoilt: words missing, doubled, out of place. They go to a dozen keys
 * that are filled again and again with every type in every encoding.
 */

import { SeededRandom } from "../support/random.ts";
import type { Argument, Shape } from "./chaos_shapes.ts";
import { KEYS, type RandomCommand } from "./random_commands.ts";

const LONG = "L".repeat(100_000);
const INTEGERS = [
  ...["0", "1", "2", "3", "5", "10", "-1", "-2", "-3", "-10", "100", "1000"],
  ...["0", "1", "2", "3", "4", "-1", "-2"],
];
const EDGE_INTEGERS = [
  ...["2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296"],
  ...["9007199254740992", "9223372036854775807", "9223372036854775808", "-9223372036854775808"],
  ...["-9223372036854775809", "18446744073709551615", "18446744073709551616", "-0", "+1", "01"],
  ...["", " 1", "1 ", "1.5", "nan", "inf", "1e3", "0x10", "x", "\x001", "99999999999999999999999"],
];
const DOUBLES = [
  ...["0", "1", "-1", "1.5", "-2.25", "3", "0.1", "100", "inf", "-inf", "+inf", "1e308", "-1e308"],
  ...["1e-320", "-0", "9007199254740993", "1e17", "(1", "(-inf", "123456789.123"],
];
const EDGE_DOUBLES = ["nan", "", "(", "((1", "1e400", " 1", "1 ", "x", "0x1p3", "1\x00", "."];
const MEMBERS = [
  ...["a", "b", "c", "d", "m0", "m1", "m2", "m3", "1", "2", "3", "-1", "10", "e0", "e1", "e2"],
];
const EDGE_MEMBERS = [
  ...["", "\x00\xff\r\n", "9223372036854775807", "-9223372036854775808", "x".repeat(64)],
  ...["y".repeat(65), "z".repeat(300), "-", "+", "[a", "(b", "[", "(", "*", "$", ">", "inf", "1.5"],
];
const IDS = ["0", "0-0", "1-1", "1-2", "2", "3-0", "5-5", "7", "10-1", "-", "+", "(1-1", "(5"];
const EDGE_IDS = [
  ...["$", ">", "*", "1-*", "x", "", "1-", "-1", "(", "(-", "(+", "18446744073709551615"],
  ...["18446744073709551615-18446744073709551615", "18446744073709551616", "1-1-1", "01-1"],
];
const PATTERNS = ["*", "m*", "?", "[a-c]", "[^a]*", "\\*", "", "[", "*".repeat(30) + "b", "k[0-3]"];
const RANGES = ["-", "+", "[a", "(a", "[m", "(m2", "[", "(", "0", "-1", "(1", "-inf", "+inf", "a"];
/** Seconds, ms and moments that are neither within the run nor so near its end. */
const TIMES = ["100000", "1000000", "4102444800", "4102444800000", "100000", "-1", "0"];
const EDGE_TIMES = [
  ...["9223372036854775", "9223372036854776", "9223372036854775807", "-9223372036854775808"],
  ...["", "x", "1.5", "9223370444444444444", "-9223372036854775807"],
];
/** Of commands that wait: never so long that somebody notices. */
const TIMEOUTS = [
  ...["0.001", "0.01", "0.002", "-1", "nan", "inf", "x", "", "1e308", "9223372036854775807"],
];
const WAITS_MS = ["1", "2", "5", "-1", "x", "", "9223372036854775808", "1.5"];
const UNITS = ["m", "km", "mi", "ft", "M", "x"];
const ENCODINGS = ["i8", "u4", "i64", "u63", "u1", "i1", "u64", "i65", "x", "u0", "i16"];

/** Values for arguments that say by their names what they want. */
const NAMED: Record<string, readonly [readonly string[], readonly string[]]> = {
  seconds: [TIMES, EDGE_TIMES],
  milliseconds: [TIMES, EDGE_TIMES],
  timeout: [TIMEOUTS, TIMEOUTS],
  // Idle times of pending entries: nothing that the run itself could pass.
  "min-idle-time": [["0", "0", "100000000"], EDGE_INTEGERS],
  idle: [["0", "100000000"], EDGE_TIMES],
  ms: [["0", "100000000"], EDGE_TIMES],
  group: [["g", "g", "h"], EDGE_MEMBERS],
  groupname: [["g", "g", "h"], EDGE_MEMBERS],
  consumer: [["a", "b"], EDGE_MEMBERS],
  consumername: [["a", "b"], EDGE_MEMBERS],
  id: [IDS, EDGE_IDS],
  lastid: [IDS, EDGE_IDS],
  threshold: [[...IDS, "0", "3", "10"], [...EDGE_IDS, ...EDGE_INTEGERS]],
  bit: [["0", "1"], EDGE_INTEGERS],
  encoding: [ENCODINGS, EDGE_MEMBERS],
  longitude: [["0", "13.36", "-180", "180", "179.9999", "15.08"], EDGE_DOUBLES],
  latitude: [["0", "38.11", "85.05112878", "-85.05112878", "37.5"], [...EDGE_DOUBLES, "86"]],
  cursor: [["0"], EDGE_INTEGERS],
  DB: [["0", "1", "2"], EDGE_INTEGERS],
  operation: [["AND", "OR", "XOR", "NOT"], EDGE_MEMBERS],
  type: [["string", "list", "set", "zset", "hash", "stream"], EDGE_MEMBERS],
  numkeys: [["1", "2"], EDGE_INTEGERS],
  unit: [UNITS, UNITS],
};
const BY_TYPE: Record<string, readonly [readonly string[], readonly string[]]> = {
  integer: [INTEGERS, EDGE_INTEGERS],
  double: [DOUBLES, EDGE_DOUBLES],
  pattern: [PATTERNS, EDGE_MEMBERS],
  "unix-time": [TIMES, EDGE_TIMES],
  string: [MEMBERS, EDGE_MEMBERS],
};

/** Commands that want other things than their documented types say, by group or name. */
const RANGED = /^(ZRANGE|ZREVRANGE|ZLEXCOUNT|ZCOUNT|ZREMRANGE)/;
const STREAM_RANGED = /^X(RANGE|REVRANGE|PENDING|AUTOCLAIM|CLAIM)/;

/** The keys that usually hold what a group's commands want. */
const HOME: Record<string, readonly number[]> = {
  string: [0, 1],
  bitmap: [0, 1],
  hyperloglog: [2],
  list: [3, 4],
  hash: [5, 6],
  set: [7, 8],
  "sorted-set": [9, 10],
  geo: [9, 10],
  stream: [11],
};

/** One call while it is made. */
class Call {
  readonly words: string[];
  /** Where the number of keys stands that follow, -1 for nowhere. */
  #countAt = -1;
  /** How often what may be repeated is: the same everywhere, so that keys and IDs match. */
  readonly #repeats: number;

  constructor(readonly random: SeededRandom, readonly shape: Shape, readonly edges: number) {
    this.words = [...shape.words];
    this.#repeats = random.chance(0.03) ? 40 : random.between(1, 3);
    for (const part of shape.parts) this.add(part);
  }

  add(part: Argument): void {
    const { random } = this;
    if (part.isOptional && !random.chance(0.4)) return;
    const times = !part.isMultiple ? 1 : random.chance(0.9) ? this.#repeats : random.between(0, 4);
    if (part.type === "key" && part.isMultiple && this.#countAt >= 0) {
      if (random.chance(0.95)) this.words[this.#countAt] = String(times);
      this.#countAt = -1;
    }
    for (let i = 0; i < times; i++) {
      if (part.token !== undefined && (i === 0 || part.hasMultipleTokens)) {
        const { token } = part;
        this.words.push(random.chance(0.1) ? token.toLowerCase() : token);
      }
      this.#addOne(part);
    }
  }

  #addOne(part: Argument): void {
    switch (part.type) {
      case "pure-token":
        return;
      case "oneof":
        return this.add(this.random.pick(part.parts));
      case "block":
        return part.parts.forEach((inner) => this.add(inner));
    }
    if (part.name === "numkeys") this.#countAt = this.words.length;
    this.words.push(this.#value(part));
  }

  #value({ name, type }: Argument): string {
    const { random, shape, edges } = this;
    if (type === "key") return chaosKey(random, shape.group);
    const isEdge = random.chance(edges);
    if (!isEdge && type === "string" && RANGED.test(shape.words[0])) return random.pick(RANGES);
    if (!isEdge && STREAM_RANGED.test(shape.words[0]) && /^(start|end)$/.test(name)) {
      return random.pick(IDS);
    }
    if (shape.words[0].startsWith("XREAD") && name === "milliseconds") return random.pick(WAITS_MS);
    if (type === "string" && random.chance(0.002)) return LONG;
    const [usual, odd] = NAMED[name] ?? BY_TYPE[type] ?? BY_TYPE.string;
    return random.pick(isEdge ? odd : usual);
  }
}

function chaosKey(random: SeededRandom, group: string): string {
  const home = HOME[group];
  return home && random.chance(0.75) ? KEYS[random.pick(home)] : random.pick(KEYS);
}

const STRAY_WORDS = [
  ...[
    "LIMIT",
    "COUNT",
    "WITHSCORES",
    "NX",
    "XX",
    "GET",
    "BY",
    "STORE",
    "MATCH",
    "REV",
    "DESC",
    "CH",
  ],
  ...EDGE_INTEGERS,
  ...EDGE_IDS,
];

/** A word less, more, doubled, replaced or two exchanged. */
function spoil(random: SeededRandom, words: string[]): void {
  const at = random.below(words.length - 1) + 1;
  switch (words.length === 1 ? 2 : random.below(5)) {
    case 0:
      words.splice(at, random.chance(0.3) ? words.length : 1);
      break;
    case 1:
      words.splice(at, 0, words[at]);
      break;
    case 2:
      words.splice(random.between(1, words.length), 0, random.pick(STRAY_WORDS));
      break;
    case 3:
      words[at] = random.pick(STRAY_WORDS);
      break;
    default: {
      const other = random.below(words.length - 1) + 1;
      [words[at], words[other]] = [words[other], words[at]];
    }
  }
}

function numbered(count: number, make: (i: number) => string[]): string[] {
  return Array.from({ length: count }, (_, i) => make(i)).flat();
}

/** Fills a key anew, by the key's place in {@link HOME}, or with anything at all. */
function fill(random: SeededRandom, index: number): string[][] {
  const key = KEYS[index];
  const size = random.pick([1, 3, 20, 120, 129, 300, 600]);
  const word = (i: number) => random.chance(0.02) ? random.pick(EDGE_MEMBERS) : `m${i}`;
  switch (index) {
    case 0:
      return [["SET", key, random.pick([...INTEGERS, ...EDGE_INTEGERS, ...DOUBLES])]];
    case 1:
      return random.chance(0.3)
        ? [["SETRANGE", key, String(random.below(3000)), "\xf0\x0f"]]
        : [["SET", key, random.pick([...EDGE_MEMBERS, "q".repeat(44), "q".repeat(45)])]];
    case 2: {
      const made = [["PFADD", key, ...numbered(size * 3, (i) => [`h${i}`])]];
      // A HyperLogLog that somebody else has written to.
      if (random.chance(0.3)) {
        made.push([
          "SETRANGE",
          key,
          String(random.below(60)),
          random.pick(["\x00", "\xff", "\x7f\x80"]),
        ]);
      }
      return made;
    }
    case 3:
    case 4:
      return [["RPUSH", key, ...numbered(size, (i) => [random.chance(0.3) ? String(i) : word(i)])]];
    case 5:
    case 6:
      return [["HSET", key, ...numbered(size, (i) => [word(i), random.pick(INTEGERS)])]];
    case 7:
      return [["SADD", key, ...numbered(size, (i) => [String(i * (i % 7 === 0 ? 70000 : 1))])]];
    case 8:
      return [["SADD", key, ...numbered(size, (i) => [word(i)])]];
    case 9:
      return [["ZADD", key, ...numbered(size, (i) => [String(i % 13), word(i)])]];
    case 10:
      return [[
        "GEOADD",
        key,
        ...numbered(size, (i) => [String(i % 170), String(i % 80), `m${i}`]),
      ]];
    default:
      return streamFill(key, Math.min(size, 130));
  }
}

function streamFill(key: string, size: number): string[][] {
  return [
    ...Array.from({ length: size }, (_, i) => ["XADD", key, `${i + 1}-1`, "f", `v${i}`]),
    ["XGROUP", "CREATE", key, "g", "0"],
    ["XGROUP", "CREATE", key, "h", "2-1"],
    ["XGROUP", "CREATECONSUMER", key, "g", "a"],
    ["XGROUP", "CREATECONSUMER", key, "g", "b"],
    ["XREADGROUP", "GROUP", "g", "a", "COUNT", "3", "STREAMS", key, ">"],
    ["XREADGROUP", "GROUP", "g", "b", "COUNT", "2", "STREAMS", key, ">"],
    ["XDEL", key, "2-1"],
  ];
}

/** What a key is filled with from empty; now and then one key gets what usually lies in another. */
export function refill(random: SeededRandom, index: number): string[][] {
  const key = KEYS[index];
  const from = random.chance(0.15) ? random.below(KEYS.length) : index;
  const made = fill(random, from).map((words) => words.map((w) => w === KEYS[from] ? key : w));
  return [["DEL", key], ...made];
}

/** How calls are chosen. */
export interface Appetite {
  /** Probability that a value is an edge. */
  edges: number;
  /** Probability that a call is spoilt. */
  spoilt: number;
  /** What becomes of a call: the commands sent for it, none to leave it out. */
  serve: (words: string[], shape: Shape, random: SeededRandom) => RandomCommand[];
}

/** A sequence that seed, shapes and appetite determine; it begins by filling all keys. */
export function chaosCommands(
  shapes: readonly Shape[],
  appetite: Appetite,
  seed: number,
  count: number,
): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands: RandomCommand[] = [];
  const plain = (words: string[]): RandomCommand => ({ args: words, mask: "success:moments" });
  for (let i = 0; i < KEYS.length; i++) commands.push(...refill(random, i).map(plain));
  while (commands.length < count) {
    if (random.chance(0.03)) {
      commands.push(...refill(random, random.below(KEYS.length)).map(plain));
      continue;
    }
    const shape = random.pick(shapes);
    const { words } = new Call(random, shape, appetite.edges);
    if (random.chance(appetite.spoilt)) spoil(random, words);
    commands.push(...appetite.serve(words, shape, random));
  }
  return commands;
}
