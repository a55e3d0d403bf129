/**
 * Random HyperLogLog commands: what is kept is compared byte by byte. Some of the strings are written by
 * hand, right or rotten, or changed under way, as a client may do.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import { KEYS, type RandomCommand } from "../../../tests/compat/random_commands.ts";

const HLL_KEYS = KEYS.slice(0, 6);
const REGISTERS = 16384;

type Maker = (random: SeededRandom) => RandomCommand;

const key = (random: SeededRandom) => random.pick(HLL_KEYS);

function element(random: SeededRandom): string {
  if (random.chance(0.1)) {
    return Array.from({ length: random.below(40) }, () => String.fromCharCode(random.below(256)))
      .join("");
  }
  return `e${random.below(random.chance(0.5) ? 300 : 100_000)}`;
}

const addMaker: Maker = (random) => {
  const few = random.chance(0.8);
  const count = few ? random.between(0, 5) : random.pick([30, 30, 200, 200, 1000]);
  return { args: ["PFADD", key(random), ...Array.from({ length: count }, () => element(random))] };
};

/** The registers of a sparse one: runs that come to the right number of them, or not quite. */
function runs(random: SeededRandom): string {
  const bytes: number[] = [];
  const most = random.chance(0.5) ? 4000 : 200;
  let left = REGISTERS;
  while (left > 0 && bytes.length < 2800) {
    const kind = random.below(3);
    const run = Math.min(left, random.between(1, kind === 0 ? 4 : kind === 1 ? 64 : most));
    if (kind === 0) bytes.push(0x80 | random.below(32) << 2 | run - 1);
    else if (kind === 1 || run <= 2) bytes.push(Math.min(run, 64) - 1);
    else bytes.push(0x40 | run - 1 >> 8, run - 1 & 255);
    left -= run;
  }
  if (left > 0) bytes.push(0x40 | left - 1 >> 8, left - 1 & 255);
  if (random.chance(0.2)) {
    const at = random.below(bytes.length);
    if (random.chance(0.5)) bytes[at] ^= 1 << random.below(8);
    else bytes.splice(at, random.between(1, 3));
  }
  return String.fromCharCode(...bytes);
}

const writtenMaker: Maker = (random) => {
  const dense = random.chance(0.15);
  const header = `HYLL${dense ? "\0" : "\x01"}\0\0\0`;
  const estimate = "\x07\0\0\0\0\0\0" + (random.chance(0.7) ? "\x80" : "\0");
  const byte = () => String.fromCharCode(random.below(256));
  const block = Array.from({ length: 96 }, byte).join("");
  return {
    args: ["SET", key(random), header + estimate + (dense ? block.repeat(128) : runs(random))],
  };
};

/** Bytes changed where they lie: mostly in the runs, sometimes in the header. */
const changedMaker: Maker = (random) => {
  const at = random.chance(0.3) ? random.below(16) : 16 + random.below(300);
  const text = String.fromCharCode(...Array.from({ length: 2 }, () => random.below(256)));
  return { args: ["SETRANGE", key(random), String(at), text] };
};

function keys(random: SeededRandom): string[] {
  return Array.from({ length: random.between(0, 3) }, () => key(random));
}

// A small list is a listpack here, as in Redis 7.2, and a quicklist in 7.0.
const encodingMaker: Maker = (random) => ({
  args: ["OBJECT", "ENCODING", key(random)],
  mask: "except:listpack|quicklist",
});

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [40, addMaker],
  [14, (random) => ({ args: ["PFCOUNT", key(random)] })],
  [8, (random) => ({ args: ["PFCOUNT", key(random), ...keys(random)] })],
  [8, (random) => ({ args: ["PFMERGE", key(random), ...keys(random)] })],
  [14, (random) => ({ args: ["GET", key(random)] })],
  [2, (random) => ({ args: ["PFDEBUG", "ENCODING", key(random)] })],
  [2, (random) => ({ args: ["PFDEBUG", "DECODE", key(random)] })],
  [0.3, (random) => ({ args: ["PFDEBUG", "GETREG", key(random)] })],
  [0.7, (random) => ({ args: ["PFDEBUG", "TODENSE", key(random)] })],
  [3, encodingMaker],
  [3, writtenMaker],
  [1, changedMaker],
  [0.3, (random) => ({ args: ["APPEND", key(random), "\x00"] })],
  [4, (random) => ({ args: ["DEL", key(random)] })],
  [1, (random) => ({ args: ["COPY", key(random), key(random), "REPLACE"] })],
  [0.5, (random) => ({ args: ["EXPIRE", key(random), "100000"] })],
  [0.3, (random) => ({ args: ["RPUSH", key(random), "x"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return found[1](random);
}

/** A sequence that the seed alone determines; the limit of the sparse form is one of its accidents. */
export function randomHllCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const limit = String(random.pick([3000, 3000, 3000, 100, 12_000]));
  return [
    { args: ["CONFIG", "SET", "hll-sparse-max-bytes", limit] },
    ...Array.from({ length: count }, () => randomCommand(random)),
    ...HLL_KEYS.map((key) => ({ args: ["PFCOUNT", key] })),
    { args: ["CONFIG", "SET", "hll-sparse-max-bytes", "3000"] },
  ];
}
