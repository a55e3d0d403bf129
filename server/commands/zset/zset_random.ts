/**
 * Random commands on sorted sets, over few keys and members so that they collide: some stay listpacks,
 * some pass a limit by a long member or by their number of members. In one key all scores are equal, as
 * the commands by member want it.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

/** Keys of sorted sets; the first ones get many members, the last one equal scores. */
const ZSET_KEYS = KEYS.slice(0, 7);
const LARGE_KEYS = KEYS.slice(0, 2);
const LEX_KEY = KEYS[7];
/** Keys of sets: of integers, of few and of many members. */
const SET_KEYS = KEYS.slice(8, 11);
const MEMBER_COUNT = 12;
const LARGE_MEMBER_COUNT = 700;

const ODD_MEMBERS = ["", "\x00\xff\r\n", "1", "-1", "01", "a".repeat(64), "b".repeat(65)];
const ODD_SCORES = [
  ...["inf", "-inf", "+inf", "0", "1e3", "0x10", "1e-320", "9007199254740993", "1e308"],
  ...["0.1", "3.0000000000000004", "1e17", "-1e21", "123456789012345678", "4503599627370497"],
];
const BAD_SCORES = ["nan", "abc", "", " 1", "1 ", "1.5x", "1e400"];

type Maker = (random: SeededRandom) => RandomCommand;

function key(random: SeededRandom): string {
  return random.pick(random.chance(0.3) ? LARGE_KEYS : ZSET_KEYS);
}

function member(random: SeededRandom): string {
  if (random.chance(0.08)) return random.pick(ODD_MEMBERS.slice(0, random.chance(0.1) ? 7 : 6));
  return `m${random.below(random.chance(0.3) ? LARGE_MEMBER_COUNT : MEMBER_COUNT)}`;
}

function score(random: SeededRandom): string {
  const kind = random.below(100);
  if (kind === 0) return random.pick(BAD_SCORES);
  if (kind < 10) return random.pick(ODD_SCORES);
  if (kind < 60) return String(random.between(-20, 20));
  if (kind < 80) return String(random.between(-1e9, 1e9));
  return String(random.between(-1000, 1000) / 10 ** random.below(4));
}

function rank(random: SeededRandom): string {
  const kind = random.below(30);
  if (kind === 0) return random.pick(["9223372036854775807", "-9223372036854775808", "x", "1.0"]);
  return String(kind < 25 ? random.between(-15, 15) : random.between(-800, 800));
}

function scoreBound(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(["nan", "(nan", "((1", "[1", "abc"]);
  if (random.chance(0.15)) return random.pick(["-inf", "+inf", "(inf", "(-inf", "", "("]);
  return (random.chance(0.3) ? "(" : "") + (random.chance(0.9) ? score(random) : "1.5");
}

function lexBound(random: SeededRandom): string {
  if (random.chance(0.02)) return random.pick(["", "m1", "++", "-x"]);
  if (random.chance(0.3)) return random.pick(["-", "+"]);
  return random.pick(["[", "("]) + (random.chance(0.2) ? "m" : member(random));
}

function several(random: SeededRandom, make: (random: SeededRandom) => string[]): string[] {
  const count = random.chance(0.05) ? random.between(50, 300) : random.between(1, 4);
  return Array.from({ length: count }, () => make(random)).flat();
}

/** Each word with its probability. */
function options(random: SeededRandom, ...choices: [number, string[]][]): string[] {
  const chosen = choices.filter(([probability]) => random.chance(probability))
    .map(([, words]) => words);
  if (random.chance(0.3)) chosen.reverse();
  return chosen.flat();
}

function limit(random: SeededRandom): string[] {
  return ["LIMIT", String(random.between(-1, 8)), String(random.between(-2, 20))];
}

/** Weights that infinities and zeros can make NaN of, too. */
function weight(random: SeededRandom): string {
  return random.chance(0.05)
    ? random.pick(["inf", "-inf", "x", "nan"])
    : random.pick(["0", "1", "-1", "2.5", "0.1", "1e300"]);
}

/** A source of a union and its like: now and then a set. */
function source(random: SeededRandom): string {
  return random.chance(0.25) ? random.pick(SET_KEYS) : key(random);
}

function onKey(name: string, ...parts: ((random: SeededRandom) => string)[]): Maker {
  return (random) => ({ args: [name, key(random), ...parts.map((part) => part(random))] });
}

const zaddMaker: Maker = (random) => ({
  args: [
    "ZADD",
    key(random),
    ...options(
      random,
      [0.12, ["NX"]],
      [0.12, ["XX"]],
      [0.15, ["GT"]],
      [0.15, ["LT"]],
      [0.3, ["CH"]],
    ),
    ...(random.chance(0.15)
      ? ["INCR", score(random), member(random)]
      : several(random, (r) => [score(r), member(r)])),
  ],
});

/** A range by rank, score or member: the key and the words behind it. */
function range(random: SeededRandom): string[] {
  const kind = random.below(3);
  const by = [rank, scoreBound, lexBound][kind];
  return [
    kind === 2 ? LEX_KEY : key(random),
    by(random),
    by(random),
    ...options(
      random,
      [kind === 0 ? 0 : 1, [["", "BYSCORE", "BYLEX"][kind]]],
      [0.4, ["REV"]],
      [kind === 0 ? 0.03 : 0.5, limit(random)],
    ),
  ];
}

function scoreRange(name: string): Maker {
  return (random) => ({
    args: [
      ...[name, key(random), scoreBound(random), scoreBound(random)],
      ...options(random, [0.4, ["WITHSCORES"]], [0.4, limit(random)]),
    ],
  });
}

function lexRange(name: string): Maker {
  return (random) => ({
    args: [
      ...[name, LEX_KEY, lexBound(random), lexBound(random)],
      ...options(random, [0.4, limit(random)]),
    ],
  });
}

/** A union or its like. @param weighs whether it takes weights; shows: scores */
function combination(name: string, stores: boolean, weighs: boolean): Maker {
  return (random) => {
    const keys = Array.from({ length: random.between(1, 4) }, () => source(random));
    const weights = ["WEIGHTS", ...keys.map(() => weight(random))];
    return {
      args: [
        ...(stores ? [name, key(random)] : [name]),
        ...[String(keys.length), ...keys],
        ...options(
          random,
          [weighs ? 0.4 : 0.02, weights],
          [weighs ? 0.5 : 0.02, ["AGGREGATE", random.pick(["SUM", "MIN", "MAX"])]],
          [stores ? 0.02 : 0.6, ["WITHSCORES"]],
        ),
      ],
    };
  };
}

const zmpopMaker: Maker = (random) => ({
  args: [
    ...["ZMPOP", "2", key(random), key(random), random.pick(["MIN", "MAX"])],
    ...options(random, [0.5, ["COUNT", String(random.between(0, 10))]]),
  ],
});

/** The commands that tell all of a sorted set. */
function whole(key: string): RandomCommand[] {
  return [
    { args: ["ZRANGE", key, "0", "-1", "WITHSCORES"] },
    { args: ["ZREVRANGE", key, "0", "-1", "WITHSCORES"] },
    { args: ["ZSCAN", key, "0", "COUNT", "100000"], mask: "unordered" },
    { args: ["ZSCAN", key, "0", "MATCH", "m*1", "COUNT", "100000"], mask: "unordered" },
    { args: ["ZRANDMEMBER", key, "100000"], mask: "unordered" },
    { args: ["ZRANDMEMBER", key, "100000", "WITHSCORES"], mask: "unordered" },
    { args: ["ZRANDMEMBER", key, "3", "WITHSCORES"], mask: "shape" },
    { args: ["ZRANDMEMBER", key, "-3"], mask: "shape" },
    { args: ["ZRANDMEMBER", key], mask: "type" },
    // Since 7.2 ZRANGESTORE between scores makes no listpack: cases tell encodings.
    { args: ["OBJECT", "ENCODING", key], mask: "except:listpack|skiplist" },
    { args: ["ZCARD", key] },
    { args: ["TTL", key], mask: "near:2" },
  ];
}

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [30, zaddMaker],
  [8, onKey("ZINCRBY", score, member)],
  [10, (random) => ({ args: ["ZREM", key(random), ...several(random, (r) => [member(r)])] })],
  [6, onKey("ZSCORE", member)],
  [3, (random) => ({ args: ["ZMSCORE", key(random), ...several(random, (r) => [member(r)])] })],
  [6, onKey("ZRANK", member)],
  [6, onKey("ZREVRANK", member)],
  [4, onKey("ZCOUNT", scoreBound, scoreBound)],
  [12, (random) => ({
    args: ["ZRANGE", ...range(random), ...options(random, [0.3, ["WITHSCORES"]])],
  })],
  [4, (random) => ({ args: ["ZRANGESTORE", key(random), ...range(random)] })],
  [3, onKey("ZREVRANGE", rank, rank)],
  [3, scoreRange("ZRANGEBYSCORE")],
  [3, scoreRange("ZREVRANGEBYSCORE")],
  [2, (random) => ({
    args: ["ZADD", LEX_KEY, ...several(random, (r) => ["0", member(r)])],
  })],
  [2, lexRange("ZRANGEBYLEX")],
  [2, lexRange("ZREVRANGEBYLEX")],
  [2, (random) => ({ args: ["ZLEXCOUNT", LEX_KEY, lexBound(random), lexBound(random)] })],
  [0.5, (random) => ({ args: ["ZREMRANGEBYLEX", LEX_KEY, lexBound(random), lexBound(random)] })],
  [2, onKey("ZREMRANGEBYRANK", rank, rank)],
  [2, onKey("ZREMRANGEBYSCORE", scoreBound, scoreBound)],
  [4, onKey("ZPOPMIN")],
  [4, onKey("ZPOPMAX")],
  [2, onKey("ZPOPMIN", (random) => String(random.between(-1, 20)))],
  [2, onKey("ZPOPMAX", (random) => String(random.between(-1, 20)))],
  [3, zmpopMaker],
  [3, combination("ZUNION", false, true)],
  [3, combination("ZINTER", false, true)],
  [3, combination("ZDIFF", false, false)],
  [3, combination("ZUNIONSTORE", true, true)],
  [3, combination("ZINTERSTORE", true, true)],
  [3, combination("ZDIFFSTORE", true, false)],
  [2, (random) => ({
    args: [
      ...["ZINTERCARD", "2", source(random), source(random)],
      ...options(random, [0.5, ["LIMIT", String(random.between(-1, 5))]]),
    ],
  })],
  [2, (random) => ({
    args: ["SADD", SET_KEYS[0], ...several(random, (r) => [String(r.between(-5, 5))])],
  })],
  [1, (random) => ({ args: ["SADD", SET_KEYS[1], ...several(random, (r) => [member(r)])] })],
  [2, (random) => ({ args: ["SADD", SET_KEYS[2], ...several(random, (r) => [member(r)])] })],
  [1, (random) => ({ args: ["SREM", random.pick(SET_KEYS), member(random)] })],
  [0.3, (random) => ({ args: ["DEL", random.pick(SET_KEYS)] })],
  [12, (random) => random.pick(whole(key(random)))],
  [1, onKey("DEL")],
  [1, onKey("RENAME", key)],
  [2, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [0.3, onKey("SET", score)],
  [0.5, onKey("EXPIRE", () => "100000")],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines; what all sorted sets hold is read out at its end. */
export function randomZsetCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  // Sets may differ in their encodings: that is not for this test to tell.
  return [...commands, { args: ["DEL", ...SET_KEYS] }, ...[...ZSET_KEYS, LEX_KEY].flatMap(whole)];
}
