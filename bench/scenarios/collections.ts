/**
 * Memory per element of collections: what `used_memory` grows by from an empty server to one that
 * holds them, divided by how many elements there are: in one large collection of each type, and in
 * 100,000 small ones, whose keys of 16 bytes count along.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { loadCommands } from "../load.ts";
import { Server, sleep } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

/** Collections of one kind, all alike. */
interface Kind {
  /** The name of the figure. */
  name: string;
  /** Collections, in thousands where one is not large. */
  collections: number;
  elements: number;
  /** The command that adds elements to the key behind it. */
  verb: string;
  /** The words of one element. */
  words: (index: number) => string[];
}

/** A text of so many bytes that names a number. */
function text(prefix: string, index: number, bytes: number): string {
  return prefix + `${index}`.padStart(bytes - prefix.length, "0");
}

/** Scores without an order of their own, as a timestamp or a measurement has them. */
function score(index: number): string {
  return `${Math.imul(index, 2654435761) >>> 8}`;
}

const member = (index: number) => [text("m:", index, 16)];
const field = (index: number) => [text("f:", index, 16), text("v:", index, 16)];
const scored = (index: number) => [score(index), text("m:", index, 16)];

/** Small collections of a size: elements of 8 to 16 bytes, a hash's values too. */
function small(elements: number): Kind[] {
  const collections = 100_000;
  const bytes = (index: number) => 8 + index % 9;
  const word = (index: number) => text("e", index, bytes(index));
  const pair = (index: number) => [word(index), text("v", index, bytes(index + 4))];
  const kind = (name: string, verb: string, words: (index: number) => string[]): Kind => ({
    ...{ name: `small ${name} of ${elements}, per element`, collections, elements, verb, words },
  });
  return [
    kind("lists", "RPUSH", (index) => [word(index)]),
    kind("sets", "SADD", (index) => [word(index)]),
    kind("hashes", "HSET", pair),
    kind("sorted sets", "ZADD", (index) => [`${index % 1000}`, word(index)]),
  ];
}

const large = 1_000_000;
const kinds: readonly Kind[] = [
  {
    ...{ name: "sorted set of 1M, per member", collections: 1, elements: large },
    ...{ verb: "ZADD", words: scored },
  },
  {
    ...{ name: "hash of 1M, per field", collections: 1, elements: large },
    ...{ verb: "HSET", words: field },
  },
  {
    ...{ name: "set of 1M, per member", collections: 1, elements: large },
    ...{ verb: "SADD", words: member },
  },
  {
    ...{ name: "list of 1M, per element", collections: 1, elements: large },
    ...{ verb: "RPUSH", words: member },
  },
  ...[5, 10, 20].flatMap(small),
];

/** The commands that make collections; elements come one at a time, as they do in life. */
function* commandsOf({ collections, elements, verb, words }: Kind): Generator<string[]> {
  for (let element = 0; element < elements; element++) {
    for (let collection = 0; collection < collections; collection++) {
      const key = text("key:", collection, 16);
      yield [verb, key, ...words(element * 31 + collection)];
    }
  }
}

export const collections: Scenario = {
  name: "collections",
  async run({ specs, rounds, quick, log }) {
    const figures: Figure[] = [];
    for (const whole of kinds) {
      const kind = quick ? smaller(whole) : whole;
      const figure = emptyFigure(scenarioGroup, this.name, kind.name, "B", "less");
      // Nothing here depends on chance, so one round says it all; the order is kept to alternate.
      for (const name of visitingOrder(rounds)) {
        await using server = await Server.start(specs[name]);
        const before = await server.usedMemoryBytes();
        await loadCommands(server.port, commandsOf(kind));
        await sleep(200);
        const grown = await server.usedMemoryBytes() - before;
        figure[name].push(grown / (kind.collections * kind.elements));
        log(`${this.name}: ${kind.name}: ${name} ${figure[name].at(-1)!.toFixed(1)} B`);
      }
      figures.push(figure);
    }
    return figures;
  },
};

/** The same in a tenth of the size. */
function smaller(kind: Kind): Kind {
  return kind.collections > 1
    ? { ...kind, collections: kind.collections / 10 }
    : { ...kind, elements: kind.elements / 10 };
}
