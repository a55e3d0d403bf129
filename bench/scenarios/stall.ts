/**
 * The longest stall while the table grows to ten million keys: one connection asks PING every half
 * millisecond while others write. A second probe asks the idle server at the same time; its slowest
 * answer is what the machine itself, with its loader and its other processes, adds to anybody.
 */

import { emptyFigure, type ServerName, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { type Pair, RunningPair, type Server, type ServerSpec } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Probe } from "./probe.ts";

export const stall: Scenario = {
  name: "stall",
  async run(bench) {
    const longest = emptyFigure(scenarioGroup, this.name, "longest stall", "ms", "less");
    const floor = emptyFigure(scenarioGroup, this.name, "idle neighbour's", "ms", "less");
    for (let round = 0; round < Math.min(bench.rounds, bench.quick ? 1 : 3); round++) {
      for (const name of visitingOrder(round)) {
        // Fresh servers: memory that a former load left mapped would spare this one its faults.
        await using pair = await RunningPair.start(preferred(bench.specs));
        const [slowestMs, neighbourMs] = await growUnderProbe(bench, pair.servers, name);
        longest[name].push(slowestMs);
        floor[name].push(neighbourMs);
      }
    }
    return [longest, floor];
  },
};

/**
 * The servers with priority over their load, which two cores would otherwise let delay them by a
 * slice of the scheduler (3 ms); where the system refuses, `nice` says so and starts them as usual.
 */
function preferred(specs: Pair<ServerSpec>): Pair<ServerSpec> {
  const prefer = (spec: ServerSpec) => ({
    ...spec,
    command: ["nice", "-n", "-15", ...spec.command],
  });
  return { etna: prefer(specs.etna), redis: prefer(specs.redis) };
}

/** Returns the slowest answer, in ms, of the server that grows and of its idle neighbour. */
async function growUnderProbe(
  { quick, log }: Bench,
  servers: Pair<Server>,
  name: ServerName,
): Promise<[number, number]> {
  const { port } = servers[name];
  const load = { prefix: "key:", count: quick ? 1_000_000 : 10_000_000, value: "x".repeat(64) };
  const probe = await Probe.start(port);
  const neighbour = await Probe.start(servers[name === "etna" ? "redis" : "etna"].port);
  const startMs = performance.now();
  const progress: { atMs: number; keys: number }[] = [];
  await loadKeys(
    port,
    load,
    4,
    (keys) => progress.push({ atMs: performance.now() - startMs, keys }),
  );
  const [found, foundIdle] = [await probe.finish(), await neighbour.finish()];
  if (!found.realTime) log(`${stall.name}: the probe has no real-time priority: expect noise`);
  const slowest = found.slowest.map(({ atMs, tookMs }) => {
    const keys = progress.findLast((step) => step.atMs <= atMs)?.keys ?? 0;
    return `${tookMs.toFixed(2)} ms at ${(keys / 1e6).toFixed(2)}M keys`;
  });
  log(`${stall.name}: ${name}, slowest of ${found.trips} PINGs: ${slowest.join(", ")}`);
  return [found.slowest[0].tookMs, foundIdle.slowest[0].tookMs];
}
