/**
 * Random stream commands, over few keys, groups and consumers and with IDs so close that they collide. IDs and
 * times of delivery are always given, so that both servers agree; nodes are small, so that there are many.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { consumersOf } from "../../../tests/compat/consumers.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

const STREAM_KEYS = KEYS.slice(0, 4);
const GROUPS = ["g", "h", "\x00\xff"];
const CONSUMERS = ["a", "b", "c", ""];
/** IDs reach from 0-0 to this ms; only the first keys are filled beyond a few entries. */
const LAST_MS = 60;
const FIELDS = ["f", "g", "", "1", "\r\n", "a".repeat(70)];
const BAD_IDS = ["x", "1-", "-", "+", "$", ">", "*", "(1-1", "18446744073709551616", ""];
const EDGE_IDS = ["0", "0-0", "18446744073709551615-18446744073709551615", "18446744073709551615"];

type Maker = (random: SeededRandom) => RandomCommand;
type Part = (random: SeededRandom) => string;

const key: Part = (random) => random.pick(STREAM_KEYS);
const group: Part = (random) => random.chance(0.02) ? "nogroup" : random.pick(GROUPS.slice(0, 2));
const consumer: Part = (random) => random.pick(CONSUMERS);

function id(random: SeededRandom): string {
  const kind = random.below(200);
  if (kind === 0) return random.pick(BAD_IDS);
  if (kind === 1) return random.pick(EDGE_IDS);
  const ms = String(random.below(LAST_MS));
  return random.chance(0.3) ? ms : `${ms}-${random.below(4)}`;
}

function bound(random: SeededRandom): string {
  if (random.chance(0.3)) return random.pick(["-", "+"]);
  return (random.chance(0.3) ? "(" : "") + id(random);
}

function several(random: SeededRandom, make: (random: SeededRandom) => string[]): string[] {
  return Array.from({ length: random.between(1, 5) }, () => make(random)).flat();
}

/** Each word with its probability. */
function options(random: SeededRandom, ...choices: [number, string[]][]): string[] {
  return choices.filter(([probability]) => random.chance(probability)).flatMap(([, words]) =>
    words
  );
}

function count(random: SeededRandom): string {
  return String(random.chance(0.05) ? random.between(-2, 0) : random.between(1, 12));
}

function trim(random: SeededRandom): string[] {
  const about = random.chance(0.5);
  const how = random.pick(["MAXLEN", "MINID"]);
  const threshold = how === "MINID" ? id(random) : String(random.below(40));
  return [
    how,
    ...(about ? ["~"] : random.chance(0.3) ? ["="] : []),
    threshold,
    ...options(random, [about ? 0.4 : 0.02, ["LIMIT", String(random.below(20))]]),
  ];
}

/** Mostly one set of fields, so that entries share them. */
function fieldValues(random: SeededRandom): string[] {
  const value = () =>
    random.chance(0.5) ? String(random.between(-70000, 70000)) : "v".repeat(random.below(90));
  if (random.chance(0.7)) return ["f", value(), "g", value()];
  return several(random, (r) => [r.pick(FIELDS), value()]);
}

/** An entry at the end: half of the seqs are left to the stream. */
const xadd: Maker = (random) => ({
  args: [
    ...["XADD", key(random)],
    ...options(random, [0.1, ["NOMKSTREAM"]], [0.15, trim(random)]),
    random.chance(0.7) ? `${random.below(LAST_MS)}-*` : id(random).replace("*", "5-*"),
    ...fieldValues(random),
  ],
});

/** A stream that is filled anew, from its start to some ms. */
function refill(random: SeededRandom): RandomCommand[] {
  const name = key(random);
  const last = random.between(5, LAST_MS);
  const entries = Array.from({ length: last }, (_, i) => ({
    args: ["XADD", name, `${i + 1}-*`, ...fieldValues(random)],
  }));
  const groups = GROUPS.map((name_) => ({
    args: [
      ...["XGROUP", "CREATE", name, name_, random.pick(["0", "$", id(random)])],
      ...options(random, [0.2, ["ENTRIESREAD", String(random.between(-1, 30))]]),
    ],
  }));
  const at = random.below(last);
  return [{ args: ["DEL", name] }, ...entries.slice(0, at), ...groups, ...entries.slice(at)];
}

const xreadgroup: Maker = (random) => {
  const keys = Array.from({ length: random.chance(0.8) ? 1 : 2 }, () => key(random));
  return {
    args: [
      ...["XREADGROUP", "GROUP", group(random), consumer(random)],
      ...options(random, [0.8, ["COUNT", count(random)]], [0.1, ["NOACK"]]),
      ...["STREAMS", ...keys],
      ...keys.map(() => random.chance(0.7) ? ">" : id(random)),
    ],
  };
};

const xread: Maker = (random) => {
  const keys = Array.from({ length: random.between(1, 3) }, () => key(random));
  const from = () => random.chance(0.1) ? "$" : id(random).replace("+", "0");
  return {
    args: [
      "XREAD",
      ...options(random, [0.7, ["COUNT", count(random)]]),
      ...["STREAMS", ...keys, ...keys.map(from)],
    ],
  };
};

const xpending: Maker = (random) => ({
  args: [
    ...["XPENDING", key(random), group(random)],
    ...options(random, [0.3, ["IDLE", random.pick(["0", "1000000", "x"])]]),
    ...[bound(random), bound(random), count(random)],
    ...options(random, [0.4, [consumer(random)]]),
  ],
  mask: "moments",
});

/** Times long ago, and now. */
function moment(random: SeededRandom): string[] {
  return ["TIME", String(random.chance(0.1) ? random.between(-5, 0) : random.between(1, 100_000))];
}

const xclaim: Maker = (random) => ({
  args: [
    ...["XCLAIM", key(random), group(random), consumer(random)],
    ...[random.pick(["0", "0", "1000000", "-1", "x"]), ...several(random, (r) => [id(r)])],
    ...options(
      random,
      [0.6, moment(random)],
      [0.3, ["RETRYCOUNT", String(random.between(-1, 9))]],
      [0.3, ["FORCE"]],
      [0.3, ["JUSTID"]],
      [0.1, ["LASTID", id(random)]],
      [0.02, ["IDLE"]],
    ),
  ],
});

const xautoclaim: Maker = (random) => ({
  args: [
    ...["XAUTOCLAIM", key(random), group(random), consumer(random)],
    ...[random.pick(["0", "0", "1000000"]), random.chance(0.5) ? "0" : bound(random)],
    ...options(random, [0.6, ["COUNT", count(random)]], [0.3, ["JUSTID"]]),
  ],
});

/** All that there is to know of a stream. */
function whole(name: string): RandomCommand[] {
  return [
    { args: ["XINFO", "STREAM", name, "FULL", "COUNT", "0"], mask: "moments" },
    { args: ["XINFO", "STREAM", name] },
    { args: ["XINFO", "GROUPS", name] },
    { args: ["XRANGE", name, "-", "+"] },
    { args: ["XREVRANGE", name, "+", "-"] },
    { args: ["XLEN", name] },
  ];
}

function onKey(name: string, ...parts: Part[]): Maker {
  return (random) => ({ args: [name, key(random), ...parts.map((part) => part(random))] });
}

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [24, xadd],
  [6, (random) => ({ args: ["XDEL", key(random), ...several(random, (r) => [id(r)])] })],
  [3, (random) => ({ args: ["XTRIM", key(random), ...trim(random)] })],
  [5, (random) => ({
    args: [
      ...["XRANGE", key(random), bound(random), bound(random)],
      ...options(random, [0.5, ["COUNT", count(random)]]),
    ],
  })],
  [5, (random) => ({
    args: [
      ...["XREVRANGE", key(random), bound(random), bound(random)],
      ...options(random, [0.5, ["COUNT", count(random)]]),
    ],
  })],
  [5, xread],
  [16, xreadgroup],
  [8, (random) => ({
    args: ["XACK", key(random), group(random), ...several(random, (r) => [id(r)])],
  })],
  [4, xpending],
  [2, onKey("XPENDING", group)],
  [10, xclaim],
  [6, xautoclaim],
  [1, (random) => ({
    args: [
      ...[
        "XGROUP",
        "CREATE",
        key(random),
        random.pick(GROUPS),
        random.pick(["$", "0", id(random)]),
      ],
      ...options(
        random,
        [0.3, ["MKSTREAM"]],
        [0.2, ["ENTRIESREAD", String(random.between(-2, 9))]],
      ),
    ],
  })],
  [1.5, (random) => ({
    args: [
      ...["XGROUP", "SETID", key(random), group(random), random.pick(["$", "0", id(random)])],
      ...options(random, [0.2, ["ENTRIESREAD", String(random.between(-2, 9))]]),
    ],
  })],
  [0.4, (random) => ({ args: ["XGROUP", "DESTROY", key(random), group(random)] })],
  [1, (random) => ({
    args: ["XGROUP", "CREATECONSUMER", key(random), group(random), consumer(random)],
  })],
  [1, (random) => ({
    args: ["XGROUP", "DELCONSUMER", key(random), group(random), consumer(random)],
  })],
  // Behind all IDs: 7.2 takes none below the highest that was deleted.
  [0.2, (random) => ({
    args: [
      ...["XSETID", key(random), String(LAST_MS + random.below(9))],
      ...options(
        random,
        [0.5, ["ENTRIESADDED", String(random.between(-1, 90))]],
        [0.5, ["MAXDELETEDID", id(random)]],
      ),
    ],
  })],
  [6, (random) => random.pick(whole(key(random)))],
  [1, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [0.5, onKey("RENAME", key)],
  [0.2, onKey("DEL")],
  [0.1, onKey("SET", id)],
  [
    0.5,
    (random) => ({ args: ["XINFO", "CONSUMERS", key(random), group(random)], mask: "moments" }),
  ],
  [1, (random) => ({ args: ["DEBUG", "DIGEST-VALUE", key(random)] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);
/** Commands between two streams that are filled anew. */
const REFILL_EVERY = 150;

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines; what all streams hold is read out at its end. */
export function randomStreamCommands(seed: number, length: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const nodes = ["CONFIG", "SET", "stream-node-max-entries", String(random.between(1, 12))];
  const bytes = ["stream-node-max-bytes", String(random.chance(0.5) ? 0 : random.between(60, 900))];
  const commands: RandomCommand[] = [{ args: [...nodes, ...bytes] }];
  while (commands.length < length) {
    if (random.below(REFILL_EVERY) === 0) commands.push(...refill(random));
    else {
      const command = randomCommand(random);
      commands.push(...consumersOf(command.args).map((args) => ({ args })), command);
    }
  }
  return [...commands, ...STREAM_KEYS.flatMap(whole)];
}
