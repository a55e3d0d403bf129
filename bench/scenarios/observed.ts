/**
 * What it costs to be observed: CPU per GET with the slow log and the tracking of latencies on, as they
 * are by default, over the same with both off. One server, switched by CONFIG SET between runs that
 * follow each other closely: the difference is small, and a machine's mood changes within seconds.
 */

import { emptyFigure, spread, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { type Drive, redisBenchmark } from "../measure.ts";
import { runTimeNs } from "../proc.ts";
import { RunningPair, type Server } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

const KEYS = 100_000;
/** Runs each way that a round takes the medians of. */
const RUNS_PER_ROUND = 5;

const settings = {
  off: ["slowlog-log-slower-than", "-1", "latency-tracking", "no"],
  on: ["slowlog-log-slower-than", "10000", "latency-tracking", "yes"],
};

export const observed: Scenario = {
  name: "observed",
  async run({ specs, rounds, quick, log }) {
    const figures = [16, 64].map((pipeline) => ({
      figure: emptyFigure(scenarioGroup, this.name, `GET P=${pipeline}, on / off`, "x", "less"),
      drive: {
        args: ["-t", "get"],
        requests: quick ? 100_000 : 400_000,
        pipeline,
        connections: 50,
        keyspace: KEYS,
        valueBytes: 64,
      },
    }));
    await using pair = await RunningPair.start(specs);
    for (const server of Object.values(pair.servers)) {
      await loadKeys(server.port, { prefix: "key:", count: KEYS, value: "x".repeat(64) });
      for (const { drive } of figures) await nsPerCommand(server, drive, "on");
    }
    for (let round = 0; round < rounds; round++) {
      for (const name of visitingOrder(round)) {
        for (const { figure, drive } of figures) {
          const ratio = await costRatio(pair.servers[name], drive);
          figure[name].push(ratio);
          log(`${this.name}: ${name} P=${drive.pipeline}: ${ratio.toFixed(3)}`);
        }
      }
    }
    return figures.map(({ figure }) => figure);
  },
};

async function costRatio(server: Server, drive: Drive): Promise<number> {
  const costs: Record<keyof typeof settings, number[]> = { off: [], on: [] };
  for (let run = 0; run < 2 * RUNS_PER_ROUND; run++) {
    // off on on off off on on off: what drifts hits both alike.
    const way = (run + 1) % 4 < 2 ? "off" : "on";
    costs[way].push(await nsPerCommand(server, drive, way));
  }
  return spread(costs.on).median / spread(costs.off).median;
}

async function nsPerCommand(
  server: Server,
  drive: Drive,
  way: keyof typeof settings,
): Promise<number> {
  await server.command("CONFIG", "SET", ...settings[way]);
  const beforeNs = runTimeNs(server.pid);
  await redisBenchmark(server.port, drive);
  return (runTimeNs(server.pid) - beforeNs) / drive.requests;
}
