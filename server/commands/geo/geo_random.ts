/**
 * Random geo commands: places all over the map, among them its corners, the poles, the date line and many
 * at one place; searches from a few meters to more than the globe.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import type { RandomCommand } from "../../../tests/compat/random_commands.ts";

/** One key stays a listpack, the others do not. */
const KEYS = ["geo:small", "geo:{1}", "geo:{2}", "geo:{3}"];
const DESTINATION = "geo:stored";
/** Where distances are stored as scores, which are only the same but for their last bit. */
const DISTANCES = "geo:distances";
const MEMBER_COUNT = 600;

type Maker = (random: SeededRandom) => RandomCommand;

function key(random: SeededRandom): string {
  return random.pick(random.chance(0.03) ? ["geo:missing", "geo:string"] : KEYS);
}

function member(random: SeededRandom, key: string): string {
  const number = random.below(key === KEYS[0] ? 40 : MEMBER_COUNT);
  return number % 3 === 0 ? `${number}` : `m${number}`;
}

/** A number with some decimals. */
function decimal(random: SeededRandom, low: number, high: number): string {
  const digits = random.between(0, 8);
  return (low + (high - low) * (random.nextUint32() / 2 ** 32)).toFixed(digits);
}

const CENTERS = [[13.36, 38.11], [-0.1278, 51.5074], [139.69, 35.68], [-179.99, -16.5]];

function place(random: SeededRandom): [longitude: string, latitude: string] {
  const kind = random.below(20);
  if (kind === 0) return ["13.361389", "38.115556"];
  if (kind === 1) {
    return [random.pick(["180", "-180", "0", "90", "-90", "179.99999"]), decimal(random, -85, 85)];
  }
  if (kind === 2) {
    return [
      decimal(random, -180, 180),
      random.pick(["85.05112878", "-85.05112878", "0", "85", "-85"]),
    ];
  }
  if (kind < 5) {
    const sign = random.chance(0.5) ? 1 : -1;
    return [decimal(random, -180, 180), decimal(random, 60 * sign, 85 * sign)];
  }
  if (kind < 14) {
    const [longitude, latitude] = random.pick(CENTERS);
    const spread = random.pick([1e-4, 0.01, 0.5]);
    const around = (middle: number) => decimal(random, middle - spread, middle + spread);
    return [around(longitude).replace(/^-18\d.*/, "-180"), around(latitude)];
  }
  return [decimal(random, -180, 180), decimal(random, -85, 85)];
}

function length(random: SeededRandom): string {
  const kind = random.below(40);
  if (kind === 0) return random.pick(["0", "-1", "x", "inf", "1e300", "1e-300", "nan", "-0"]);
  const size = 10 ** (random.nextUint32() / 2 ** 32 * 7.6);
  return size.toFixed(random.between(0, 4));
}

/** A unit after a length, which it keeps about the size. */
function unit(random: SeededRandom): string {
  return random.pick(random.chance(0.02) ? ["", "cm", "kmm"] : ["m", "m", "M", "ft", "FT"]);
}
function far(random: SeededRandom): [length: string, unit: string] {
  if (random.chance(0.6)) return [length(random), unit(random)];
  return [
    decimal(random, 0, random.pick([1, 100, 3000, 21000])),
    random.pick(["km", "mi", "Km", "MI"]),
  ];
}

function options(random: SeededRandom, ...choices: [number, string[]][]): string[] {
  const chosen = choices.filter(([probability]) => random.chance(probability)).map(([, words]) =>
    words
  );
  if (random.chance(0.3)) chosen.reverse();
  return chosen.flat();
}

function count(random: SeededRandom): string[] {
  const number = random.chance(0.03)
    ? random.pick(["0", "-1", "x", "9223372036854775807"])
    : String(random.between(1, random.pick([3, 20, 300])));
  return random.chance(0.4) ? ["COUNT", number, "ANY"] : ["COUNT", number];
}

function shown(random: SeededRandom): string[] {
  return options(random, [0.4, ["WITHDIST"]], [0.4, ["WITHCOORD"]], [0.3, ["WITHHASH"]]);
}

function order(random: SeededRandom): string[] {
  return random.pick([[], [], ["ASC"], ["DESC"]]);
}

function query(random: SeededRandom, source: string): string[] {
  const [width, unitOfWidth] = far(random);
  const middle = random.chance(0.4)
    ? ["FROMMEMBER", member(random, source)]
    : ["FROMLONLAT", ...place(random)];
  const shape = random.chance(0.5)
    ? ["BYRADIUS", width, unitOfWidth]
    : ["BYBOX", width, random.chance(0.7) ? length(random) : width, unitOfWidth];
  const all = [middle, shape, order(random), ...(random.chance(0.4) ? [count(random)] : [])];
  if (random.chance(0.3)) all.reverse();
  if (random.chance(0.02)) all.splice(random.below(all.length), 1);
  return all.flat();
}

const addMaker: Maker = (random) => {
  const target = key(random);
  const places = Array.from({ length: random.between(1, 30) }, () => {
    return [...place(random), member(random, target)];
  });
  return {
    args: [
      ...["GEOADD", target],
      ...options(random, [0.1, ["NX"]], [0.1, ["XX"]], [0.3, ["CH"]]),
      ...places.flat(),
    ],
  };
};

const searchMaker: Maker = (random) => {
  const source = key(random);
  return { args: ["GEOSEARCH", source, ...query(random, source), ...shown(random)] };
};

const storeMaker: Maker = (random) => {
  const source = key(random);
  const destination = random.chance(0.1) ? random.pick(KEYS) : DESTINATION;
  const [target, storing] = random.chance(0.3) ? [DISTANCES, ["STOREDIST"]] : [destination, []];
  return {
    args: [
      ...["GEOSEARCHSTORE", target, source, ...query(random, source), ...storing],
      ...options(random, [0.02, ["WITHDIST"]]),
    ],
  };
};

function radiusMaker(name: string, byMember: boolean): Maker {
  return (random) => {
    const source = key(random);
    const destination = random.chance(0.1) ? random.pick(KEYS) : DESTINATION;
    const stores = random.pick([[], [], [], ["STORE", destination], ["STOREDIST", DISTANCES]]);
    return {
      args: [
        ...[name, source, ...(byMember ? [member(random, source)] : place(random)), ...far(random)],
        ...order(random),
        ...(stores.length === 0 || random.chance(0.05) ? shown(random) : []),
        ...stores,
        ...(random.chance(0.3) ? count(random) : []),
      ],
    };
  };
}

const membersMaker = (name: string): Maker => (random) => {
  const source = key(random);
  return { args: [name, source, member(random, source), member(random, source), "absent"] };
};

const distanceMaker: Maker = (random) => {
  const source = key(random);
  const units = random.pick([[], ["m"], ["km"], ["ft"], ["mi"]]);
  return { args: ["GEODIST", source, member(random, source), member(random, source), ...units] };
};

/** Each maker with its weight. */
const MAKERS: [number, Maker][] = [
  [20, addMaker],
  [40, searchMaker],
  [8, storeMaker],
  [6, radiusMaker("GEORADIUS", false)],
  [6, radiusMaker("GEORADIUSBYMEMBER", true)],
  [2, radiusMaker("GEORADIUS_RO", false)],
  [2, radiusMaker("GEORADIUSBYMEMBER_RO", true)],
  [4, membersMaker("GEOPOS")],
  [4, membersMaker("GEOHASH")],
  [8, distanceMaker],
  [4, () => ({ args: ["ZRANGE", DESTINATION, "0", "-1", "WITHSCORES"] })],
  [4, () => ({ args: ["ZRANGE", DISTANCES, "0", "-1"] })],
  [1, (random) => ({ args: ["OBJECT", "ENCODING", random.pick([DESTINATION, DISTANCES])] })],
  [2, (random) => {
    const source = key(random);
    return { args: ["ZREM", source, member(random, source), member(random, source)] };
  }],
  [0.2, (random) => ({ args: ["DEL", key(random)] })],
  [0.5, () => ({ args: ["SET", "geo:string", "v"] })],
];
const TOTAL_WEIGHT = MAKERS.reduce((sum, [weight]) => sum + weight, 0);

/**
 * Distances are as near as the oracle's own, whose library rounds one sine in a thousand the other way: of
 * a million distances one differs in its last digit.
 */
function masked(command: RandomCommand): RandomCommand {
  const shows = command.args[0] === "GEODIST" || command.args.includes("WITHDIST");
  return shows ? { ...command, mask: "decimals" } : command;
}

function randomCommand(random: SeededRandom): RandomCommand {
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const found = MAKERS.find(([weight]) => (at -= weight) < 0) ?? MAKERS[0];
  return masked(found[1](random));
}

/** A sequence that the seed alone determines; what all keys hold is read out at its end. */
export function randomGeoCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  const all = [...KEYS, DESTINATION].map((key): RandomCommand => ({
    args: ["ZRANGE", key, "0", "-1", "WITHSCORES"],
  }));
  // All that is left is compared to the last bit.
  return [...commands, ...all, { args: ["DEL", DISTANCES] }];
}
