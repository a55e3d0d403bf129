/**
 * How clusters grow: machines of the bus by the hundred, on a network that is only a model, half of them replicas.
 * For each size: until all know all, messages and bytes while nothing happens, the memory of a node's table, and
 * how long slots are without a primary when one dies, and when as many die at once as leave a majority.
 *
 * `deno task growth [SIZE ...]` prints a line for each size.
 */

import { SLOT_COUNT } from "../../server/cluster/cluster.ts";
import { disagreement, join, Judge, ModelNode, Net } from "./clusters.ts";
import { World } from "./world.ts";

const NODE_TIMEOUT_MS = 15_000;
const IDLE_S = 30;
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
  /** From a primary's death until its slots are served again, in the eyes of whom took them over. */
  readonly oneFailoverS: number;
  /** The same when the largest minority of all primaries dies at once: until the last one. */
  readonly manyFailoversS: number;
  readonly died: number;
}

/** Grows a cluster of so many nodes, half of them replicas. */
export function grow(count: number, seed: number, nodeTimeoutMs = NODE_TIMEOUT_MS): Growth {
  const world = new World(seed);
  const net = new Net(world);
  net.deathsByVote = 0;
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
  until(() => disagreement(nodes) === null, "of one mind");
  world.advance(IDLE_S * 1e6);
  const before = { messages: net.messages, bytes: net.bytes };
  world.advance(IDLE_S * 1e6);
  const perS = (total: number) => total / IDLE_S / count;
  const messagesPerS = perS(net.messages - before.messages);
  const bytesPerS = perS(net.bytes - before.bytes);
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
  world.advance(5e6);
  const alive = nodes.filter(({ isUp, state }) =>
    isUp && state.self.isMaster && state.self.slotCount > 0
  );
  // As many as can die at once while the others are a majority.
  const victims = alive.slice(0, Math.ceil(alive.length / 2) - 1);
  const manyFailoversS = kill(victims);
  return {
    nodes: count,
    joinedS,
    messagesPerS,
    bytesPerS,
    oneFailoverS,
    manyFailoversS,
    died: victims.length,
  };
}

if (import.meta.main) {
  const sizes = Deno.args.length > 0 ? Deno.args.map(Number) : [6, 10, 20, 50, 100, 200, 500, 1000];
  for (const size of sizes) {
    const startMs = performance.now();
    const growth = grow(size, 1);
    console.log(
      JSON.stringify({ ...growth, tookS: Math.round((performance.now() - startMs) / 100) / 10 }),
    );
  }
}
