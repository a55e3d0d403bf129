/**
 * The longest stall while something large goes: one connection asks PING every half millisecond while
 * a collection of five million elements is dropped by UNLINK, or by its expiry.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { loadCommands } from "../load.ts";
import { preferred, RunningPair, type Server, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Watch } from "./watch.ts";

const name = (index: number) => `element:${index}`;

/** How the collections are filled: the words of element `index`. */
const collections = {
  "list": { command: "RPUSH", words: (index: number) => [name(index)] },
  "set": { command: "SADD", words: (index: number) => [name(index)] },
  "hash": { command: "HSET", words: (index: number) => [name(index), `${index}`] },
  "sorted set": { command: "ZADD", words: (index: number) => [`${index % 100_003}`, name(index)] },
} as const;

/** What goes, and how. */
type Case = readonly [how: "UNLINK" | "expiry", what: keyof typeof collections];
const cases: readonly Case[] = [
  ["UNLINK", "list"],
  ["UNLINK", "set"],
  ["UNLINK", "hash"],
  ["UNLINK", "sorted set"],
  ["expiry", "sorted set"],
];

const key = "collection";
const expiryMs = 200;

export const free: Scenario = {
  name: "free",
  async run(bench) {
    const figures: Figure[] = [];
    for (const [how, what] of cases) {
      const figure = emptyFigure(scenarioGroup, this.name, `${how}, ${what}`, "ms", "less");
      for (let round = 0; round < Math.min(bench.rounds, bench.quick ? 1 : 3); round++) {
        for (const server of visitingOrder(round)) {
          await using pair = await RunningPair.start(preferred(bench.specs));
          figure[server].push(await dropWatched(bench, pair.servers[server], [how, what]));
        }
      }
      figures.push(figure);
    }
    return figures;
  },
};

const elementsPerCommand = 200;

/** The commands that fill a collection with so many elements. */
function* commandsFor(what: Case[1], count: number): Generator<string[]> {
  const { command, words } = collections[what];
  for (let next = 0; next < count;) {
    const line = [command, key];
    for (const end = Math.min(count, next + elementsPerCommand); next < end; next++) {
      line.push(...words(next));
    }
    yield line;
  }
}

/** @returns the longest stall in ms, the machine's own taken off */
async function dropWatched(bench: Bench, server: Server, [how, what]: Case): Promise<number> {
  const count = bench.quick ? 200_000 : 5_000_000;
  await loadCommands(server.port, commandsFor(what, count));
  const watch = await Watch.start(server.port);
  const startMs = performance.now();
  if (how === "UNLINK") await server.command("UNLINK", key);
  else await server.command("PEXPIRE", key, `${expiryMs}`);
  await gone(server);
  const tookMs = performance.now() - startMs;
  const { stalls, realTime } = await watch.finish();
  if (!realTime) bench.log("free: no real-time priority: the machine's own stalls count too");
  const [longest] = stalls;
  const shown = longest === undefined
    ? "below 1 ms"
    : `${longest.netMs.toFixed(1)} ms (seen ${longest.seenMs.toFixed(1)})`;
  bench.log(`free: ${server.name}: ${how} of a ${what}: ${shown}, gone in ${tookMs.toFixed(0)} ms`);
  return longest?.netMs ?? 0;
}

/** Waits until neither the key nor anything that is still to be freed is left. */
async function gone(server: Server): Promise<void> {
  const isLeft = async () =>
    await server.command("DBSIZE") !== "0" ||
    !/lazyfree_pending_objects:0\r?$/m.test(await server.command("INFO", "memory"));
  while (await isLeft()) await sleep(50);
}
