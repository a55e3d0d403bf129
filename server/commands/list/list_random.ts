/**
 * Random commands on lists, over few keys so that they collide: some lists stay small, some grow to many
 * nodes, some hold elements larger than a node, and now and then the limits of nodes change.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

/** Keys of lists; the first ones grow large. */
const LIST_KEYS = KEYS.slice(0, 6);
const LARGE_KEYS = KEYS.slice(0, 2);

const ODD_ELEMENTS = [
  "",
  "01",
  "-0",
  " 1",
  "+1",
  "1.5",
  "\x00\xff\r\n",
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
];
const ODD_INDICES = [
  "9223372036854775807",
  "-9223372036854775808",
  "9223372036854775808",
  "4294967296",
  "x",
  "1.0",
];
const NODE_SIZES = ["-1", "-2", "-2", "-3", "-5", "0", "1", "7", "128"];

type Maker = (random: SeededRandom) => RandomCommand;

function key(random: SeededRandom): string {
  return random.pick(random.chance(0.6) ? LARGE_KEYS : LIST_KEYS);
}

function element(random: SeededRandom): string {
  const kind = random.below(20);
  if (kind < 3) return random.pick(ODD_ELEMENTS);
  if (kind < 9) return String(random.between(-50, 200));
  if (kind < 11) return String(random.between(-(2 ** 33), 2 ** 33));
  if (kind < 18) return `e${random.below(60)}`;
  if (kind === 18 || random.chance(0.8)) return "long ".repeat(random.below(60));
  return `${random.below(10)}`.repeat(random.between(3000, 12_000));
}

function index(random: SeededRandom): string {
  if (random.chance(0.03)) return random.pick(ODD_INDICES);
  const reach = random.chance(0.5) ? 8 : 2000;
  return String(random.between(-reach, reach));
}

function count(random: SeededRandom): string {
  if (random.chance(0.03)) return random.pick([...ODD_INDICES, "-1", "0"]);
  return String(random.chance(0.1) ? random.below(300) : random.below(5));
}

function end(random: SeededRandom): string {
  return random.pick(["LEFT", "RIGHT"]);
}

function elements(random: SeededRandom): string[] {
  const length = random.chance(0.1) ? random.between(50, 600) : random.between(1, 4);
  return Array.from({ length }, () => element(random));
}

function onKey(name: string, ...parts: ((random: SeededRandom) => string)[]): Maker {
  return (random) => ({ args: [name, key(random), ...parts.map((part) => part(random))] });
}

function push(name: string): Maker {
  return (random) => ({ args: [name, key(random), ...elements(random)] });
}

function position(random: SeededRandom): RandomCommand {
  const args = ["LPOS", key(random), element(random)];
  if (random.chance(0.4)) args.push("RANK", String(random.between(-4, 4)));
  if (random.chance(0.5)) args.push("COUNT", count(random));
  if (random.chance(0.3)) args.push("MAXLEN", count(random));
  return { args };
}

function popFirst(random: SeededRandom): RandomCommand {
  const keys = Array.from({ length: random.between(1, 3) }, () => key(random));
  const args = ["LMPOP", String(keys.length), ...keys, end(random)];
  if (random.chance(0.5)) args.push("COUNT", count(random));
  return { args };
}

/** Ends that leave most of a list where it is, most of the time. */
function trim(random: SeededRandom): RandomCommand {
  const gentle = random.chance(0.8);
  const [start, stop] = gentle
    ? [String(random.below(20)), String(-1 - random.below(20))]
    : [index(random), index(random)];
  return { args: ["LTRIM", key(random), start, stop] };
}

function configuration(nodeSize: string, depth: string): string[] {
  return ["CONFIG", "SET", "list-max-listpack-size", nodeSize, "list-compress-depth", depth];
}

/** The commands that tell all of a list. */
function whole(key: string): RandomCommand[] {
  return [{ args: ["LRANGE", key, "0", "-1"] }, { args: ["LLEN", key] }];
}

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [14, push("LPUSH")],
  [14, push("RPUSH")],
  [3, push("LPUSHX")],
  [3, push("RPUSHX")],
  [8, onKey("LPOP")],
  [8, onKey("RPOP")],
  [3, onKey("LPOP", count)],
  [3, onKey("RPOP", count)],
  [4, popFirst],
  [8, (random) => ({ args: ["LMOVE", key(random), key(random), end(random), end(random)] })],
  [4, onKey("RPOPLPUSH", key)],
  [10, onKey("LINDEX", index)],
  [10, onKey("LRANGE", index, index)],
  [14, onKey("LSET", index, element)],
  [
    14,
    onKey("LINSERT", (random) => random.pick(["BEFORE", "AFTER"]), element, element),
  ],
  [5, onKey("LREM", (random) => String(random.between(-2, 2)), element)],
  [2, trim],
  [8, position],
  [3, (random) => random.pick(whole(key(random)))],
  [0.3, onKey("DEL")],
  [0.5, onKey("RENAME", key)],
  [0.5, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [0.2, onKey("SET", element)],
  [
    0.3,
    (random) => ({
      args: configuration(random.pick(NODE_SIZES), String(random.below(4))),
    }),
  ],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines; what all lists hold is read out at its end. */
export function randomListCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  // The limits of nodes outlive the keys of the sequence before.
  const start = { args: configuration("-2", "0") };
  return [start, ...commands, ...LIST_KEYS.flatMap(whole)];
}
