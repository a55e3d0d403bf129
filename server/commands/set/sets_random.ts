/**
 * Random commands on sets, over few keys and members so that they collide: some hold integers only, some
 * stay small, some pass a limit by a long member or by their number of members.
 *
 * What depends on chance is compared by its shape and changes nothing, so SPOP takes all or nothing. The
 * oracle keeps small sets of strings in a hash table, not in a listpack as Redis 7.2, so that OBJECT
 * ENCODING is compared only where integers or large sets are kept.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

const SET_KEYS = KEYS.slice(0, 6);
/** Of large sets. */
const LARGE_KEYS = KEYS.slice(0, 2);
/** Of sets that only ever get integers: never a listpack. */
const INTEGER_KEYS = KEYS.slice(6, 9);
const SMALL_COUNT = 15;
const LARGE_COUNT = 900;

const ODD_MEMBERS = [
  ...["", "\x00\xff\r\n", "01", "-0", "+1", " 1", "1.0", "9223372036854775808", "a".repeat(64)],
  ...["b".repeat(65), "c".repeat(300)],
];
const EDGE_INTEGERS = [
  ...["0", "-1", "32767", "32768", "-32769", "2147483647", "2147483648", "-2147483649"],
  ...["9223372036854775807", "-9223372036854775808"],
];

type Maker = (random: SeededRandom) => RandomCommand;

function integer(random: SeededRandom): string {
  if (random.chance(0.05)) return random.pick(EDGE_INTEGERS);
  return String(random.below(random.chance(0.3) ? LARGE_COUNT : SMALL_COUNT));
}

function member(random: SeededRandom): string {
  if (random.chance(0.03)) return random.pick(ODD_MEMBERS);
  if (random.chance(0.3)) return integer(random);
  return `m${random.below(random.chance(0.3) ? LARGE_COUNT : SMALL_COUNT)}`;
}

/** A key and members that it may get. */
function keyAndMembers(random: SeededRandom): string[] {
  // No more at once than an intset may hold: 7.2 takes a hash table for them at sight.
  const count = random.chance(0.06) ? random.between(50, 500) : random.between(1, 4);
  const make = (maker: (random: SeededRandom) => string) =>
    Array.from({ length: count }, () => maker(random));
  if (random.chance(0.35)) return [random.pick(INTEGER_KEYS), ...make(integer)];
  return [random.pick(count > 4 ? LARGE_KEYS : SET_KEYS), ...make(member)];
}

function key(random: SeededRandom): string {
  return random.pick(random.chance(0.35) ? INTEGER_KEYS : SET_KEYS);
}

function keys(random: SeededRandom, from: (random: SeededRandom) => string = key): string[] {
  const count = random.chance(0.1) ? random.between(5, 9) : random.between(1, 3);
  return Array.from({ length: count }, () => from(random));
}

function named(name: string): Maker {
  return (random) => ({ args: [name, ...keyAndMembers(random)] });
}

function combining(name: string): Maker {
  return (random) => ({ args: [name, ...keys(random)], mask: "unordered" });
}

/** A result where it may be stored: an integers' key gets integers only. */
function storing(name: string): Maker {
  return (random) => {
    const integers = random.chance(0.4);
    const from = integers ? (r: SeededRandom) => r.pick(INTEGER_KEYS) : key;
    return { args: [name, random.pick(integers ? INTEGER_KEYS : SET_KEYS), ...keys(random, from)] };
  };
}

const moveMaker: Maker = (random) => {
  const integers = random.chance(0.4);
  const target = random.pick(integers ? INTEGER_KEYS : SET_KEYS);
  const source = integers ? random.pick(INTEGER_KEYS) : key(random);
  return { args: ["SMOVE", source, target, integers ? integer(random) : member(random)] };
};

const cardMaker: Maker = (random) => {
  const sources = keys(random);
  const limit = random.chance(0.5) ? ["LIMIT", String(random.between(-1, 30))] : [];
  return { args: ["SINTERCARD", String(sources.length), ...sources, ...limit] };
};

/** What tells all of a set. */
function whole(key: string): RandomCommand[] {
  const isInteger = INTEGER_KEYS.includes(key);
  const encoding: RandomCommand = { args: ["OBJECT", "ENCODING", key] };
  return [
    { args: ["SMEMBERS", key], mask: "unordered" },
    { args: ["SSCAN", key, "0", "COUNT", "100000"], mask: "unordered" },
    { args: ["SSCAN", key, "0", "MATCH", "*1", "COUNT", "100000"], mask: "unordered" },
    { args: ["SRANDMEMBER", key, "100000"], mask: "unordered" },
    { args: ["SRANDMEMBER", key, "-3"], mask: "shape" },
    { args: ["SRANDMEMBER", key, "3"], mask: "shape" },
    { args: ["SRANDMEMBER", key], mask: "type" },
    { args: ["SCARD", key] },
    isInteger ? encoding : { ...encoding, mask: "type" },
    { args: ["TTL", key], mask: "near:2" },
  ];
}

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [30, named("SADD")],
  [14, named("SREM")],
  [8, named("SMISMEMBER")],
  [6, (random) => ({ args: ["SISMEMBER", ...keyAndMembers(random).slice(0, 2)] })],
  [10, moveMaker],
  [4, combining("SINTER")],
  [4, combining("SUNION")],
  [4, combining("SDIFF")],
  [4, cardMaker],
  [5, storing("SINTERSTORE")],
  [5, storing("SUNIONSTORE")],
  [5, storing("SDIFFSTORE")],
  [12, (random) => random.pick(whole(key(random)))],
  [0.7, (random) => ({ args: ["SPOP", key(random), "100000"], mask: "unordered" })],
  [0.5, (random) => ({ args: ["SPOP", key(random), "0"] })],
  [0.7, (random) => ({ args: ["DEL", key(random)] })],
  [1, (random) => ({ args: ["COPY", random.pick(SET_KEYS), random.pick(SET_KEYS), "REPLACE"] })],
  [0.3, (random) => ({ args: ["SET", random.pick(SET_KEYS), "x"] })],
  [0.5, (random) => ({ args: ["EXPIRE", key(random), "100000"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/**
 * A sequence that the seed alone determines. What all sets hold is read out at its end, and then deleted:
 * the comparison that follows every sequence would look at encodings without regard to the above.
 */
export function randomSetCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  const all = [...SET_KEYS, ...INTEGER_KEYS];
  return [...commands, ...all.flatMap(whole), { args: ["DEL", ...all] }];
}
