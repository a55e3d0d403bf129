/**
 * How clusters grow: machines of the bus by the hundred, on a network that is only a model, half of them replicas.
 * For each size: until all know all, messages and bytes while nothing happens, the memory of a node's table, and
 * how long slots are without a primary when one dies, and when as many die at once as leave a majority.
 *
 * `deno task growth [--chart FILE.svg] [--known FILE] [SIZE ...]` prints a line for each size, and draws them with those
 * of a file of such lines. The work grows with the third power of the size: 200 nodes take 20 s, 500 some minutes.
 * 1000 come up, idle and replace one primary in a quarter of an hour of CPU and 13 GB of memory; when 249 die at once they
 * take more than 20 GB, and are not through in as long again.
 */

import { parseArgs } from "@std/cli";

import { MessageType } from "../../cluster/bus/packet.ts";
import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { BusNet } from "./bus_net.ts";
import { disagreement, join, Judge, ModelNode } from "./clusters.ts";
import { World } from "./world.ts";

const NODE_TIMEOUT_MS = 15_000;
const IDLE_S = 15;
const STEP_US = 50_000;
const LIMIT_US = 600e6;

/** What a size was seen to cost. */
export interface Growth {
  readonly nodes: number;
  /** From the first MEET until every node knows every other one. */
  readonly joinedS: number;
  /** Of one node, while nothing happens: what it sends. */
  readonly messagesPerS: number;
  readonly bytesPerS: number;
  /** Of one node: what it keeps of all. */
  readonly tableBytes: number;
  /** From a primary's death until its slots are served again, in the eyes of whom took them over. */
  readonly oneFailoverS: number;
  /** The same when the largest minority of all primaries dies at once: until the last one. */
  readonly manyFailoversS: number;
  readonly died: number;
  /** What was sent then to tell others that they have failed. */
  readonly failMessages: number;
}

/**
 * Grows a cluster of so many nodes, half of them replicas.
 *
 * @param tell is told what was seen as soon as it was: a thousand nodes take their time
 */
export function grow(
  count: number,
  seed: number,
  nodeTimeoutMs = NODE_TIMEOUT_MS,
  tell: (seen: Partial<Growth>) => void = () => {},
): Growth {
  const emptyBytes = heapBytes();
  const world = new World(seed);
  const net = new BusNet<ModelNode>(world);
  net.deathsByVote = 0;
  net.keepsFiles = net.keepsLogs = false;
  const judge = new Judge(world.failures, []);
  const settings = { nodeTimeoutMs, requiresFullCoverage: false, migrationBarrier: 1 };
  const nodes = Array.from(
    { length: count },
    (_, i) => new ModelNode(net, `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, settings, judge),
  );
  const primaries = count >> 1;
  join(world, nodes, primaries);
  const until = (holds: () => boolean, what: string): number => {
    const fromUs = world.nowUs;
    while (!holds()) {
      if (world.failures.length > 0) throw world.failures[0];
      if (world.nowUs - fromUs > LIMIT_US) throw new Error(`${count} nodes: not ${what}`);
      world.advance(STEP_US);
    }
    return (world.nowUs - fromUs) / 1e6;
  };
  until(() => nodes.every(({ state }) => state.nodes.size === count), "joined");
  const joinedS = world.nowUs / 1e6;
  tell({ joinedS });
  until(() => disagreement(nodes) === null, "of one mind");
  world.advance(IDLE_S * 1e6);
  const before = { messages: net.messages, bytes: net.bytes };
  world.advance(IDLE_S * 1e6);
  const perS = (total: number) => total / IDLE_S / count;
  const messagesPerS = perS(net.messages - before.messages);
  const bytesPerS = perS(net.bytes - before.bytes);
  const tableBytes = Math.round((heapBytes() - emptyBytes) / count);
  tell({ messagesPerS, bytesPerS, tableBytes });
  const kill = (victims: readonly ModelNode[]) => {
    const slots = victims.flatMap(({ state }) =>
      Array.from({ length: SLOT_COUNT }, (_, slot) => slot)
        .filter((slot) => state.owners[slot] === state.self).slice(0, 1)
    );
    for (const victim of victims) victim.crash();
    return until(
      () =>
        slots.every((slot) =>
          nodes.some(({ isUp, state }) => isUp && state.owners[slot] === state.self)
        ),
      "taken over",
    );
  };
  const oneFailoverS = kill([nodes[0]]);
  tell({ oneFailoverS });
  world.advance(5e6);
  const alive = nodes.filter(({ isUp, state }) =>
    isUp && state.self.isMaster && state.self.slotCount > 0
  );
  // As many as can die at once while the others are a majority.
  const victims = alive.slice(0, Math.ceil(alive.length / 2) - 1);
  const countFails = () =>
    nodes.reduce((sum, { state }) => sum + (state.counts.sent.get(MessageType.FAIL) ?? 0), 0);
  const failsBefore = countFails();
  const manyFailoversS = kill(victims);
  return {
    nodes: count,
    joinedS,
    messagesPerS,
    bytesPerS,
    tableBytes,
    oneFailoverS,
    manyFailoversS,
    died: victims.length,
    failMessages: countFails() - failsBefore,
  };
}

/** Bytes of the heap in use, without what is free to go where the engine can be asked to look. */
function heapBytes(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed;
}

// ---- drawing ----------------------------------------------------------------------------------------

const PANELS: readonly [string, (growth: Growth) => number][] = [
  ["messages a second that a node sends", ({ messagesPerS }) => messagesPerS],
  ["KB a second that a node sends", ({ bytesPerS }) => bytesPerS / 1000],
  ["KB of memory for a node's table", ({ tableBytes }) => tableBytes / 1000],
  ["seconds until all know all", ({ joinedS }) => joinedS],
  ["seconds without: one primary dies", ({ oneFailoverS }) => oneFailoverS],
  ["seconds without: the largest minority dies", ({ manyFailoversS }) => manyFailoversS],
];
const [WIDTH, HEIGHT, COLUMNS] = [300, 170, 3];

/** Panels over the number of nodes, both on logarithmic scales. */
export function draw(all: readonly Growth[]): string {
  const panels = PANELS.map(([title, of], i) =>
    `<g transform="translate(${i % COLUMNS * WIDTH} ${Math.floor(i / COLUMNS) * HEIGHT})">${
      panel(title, all.map((growth) => [growth.nodes, of(growth)]))
    }</g>`
  );
  const height = Math.ceil(PANELS.length / COLUMNS) * HEIGHT;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * COLUMNS} ${height}">
<style>text{font:11px system-ui,sans-serif;fill:#24292f}.ground{fill:#fff}polyline{fill:none;stroke:#1f9d83;stroke-width:2}circle{fill:#1f9d83}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}}</style>
<rect class="ground" width="100%" height="100%"/>
${panels.join("\n")}
</svg>
`;
}

function panel(title: string, points: readonly (readonly [number, number])[]): string {
  const span = (values: number[]) => [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const [left, right] = span(points.map(([nodes]) => nodes));
  const [low, high] = span(points.map(([, value]) => value));
  const x = (nodes: number) => 20 + (Math.log(nodes) - left) / (right - left || 1) * (WIDTH - 60);
  const y = (value: number) =>
    HEIGHT - 30 - (Math.log(value) - low) / Math.max(high - low, 0.7) * (HEIGHT - 75);
  const dots = points.map(([nodes, value]) =>
    `<circle cx="${x(nodes).toFixed(1)}" cy="${y(value).toFixed(1)}" r="3"/>` +
    `<text text-anchor="middle" x="${x(nodes).toFixed(1)}" y="${(y(value) - 7).toFixed(1)}">${
      value < 100 ? value.toPrecision(3) : Math.round(value)
    }</text><text text-anchor="middle" x="${x(nodes).toFixed(1)}" y="${
      HEIGHT - 10
    }">${nodes}</text>`
  );
  const line = points.map(([nodes, value]) => `${x(nodes).toFixed(1)},${y(value).toFixed(1)}`);
  return `<text x="10" y="16" font-weight="600">${title}</text><polyline points="${
    line.join(" ")
  }"/>${dots.join("")}`;
}

if (import.meta.main) {
  const { chart, known, _: sizes } = parseArgs(Deno.args, { string: ["chart", "known"] });
  const lines = known === undefined ? [] : Deno.readTextFileSync(known).trim().split("\n");
  const all: Growth[] = lines.map((line) => JSON.parse(line));
  for (const size of sizes.length > 0 ? sizes.map(Number) : [6, 12, 25, 50, 100, 200]) {
    const startMs = performance.now();
    const tell = (seen: Partial<Growth>) => console.error(JSON.stringify({ nodes: size, ...seen }));
    const growth = grow(size, 1, NODE_TIMEOUT_MS, tell);
    all.push(growth);
    all.sort((one, other) => one.nodes - other.nodes);
    const tookS = Math.round((performance.now() - startMs) / 100) / 10;
    console.log(JSON.stringify({ ...growth, tookS }));
    if (chart !== undefined) Deno.writeTextFileSync(chart, draw(all));
  }
}
