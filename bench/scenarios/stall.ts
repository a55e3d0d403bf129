/**
 * The longest stall while the table grows to ten million keys: one connection asks PING every half
 * millisecond while others write.
 */

import { emptyFigure, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { preferred, RunningPair, type Server } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { type Stall, Watch } from "./watch.ts";

export const stall: Scenario = {
  name: "stall",
  async run(bench) {
    const net = emptyFigure(scenarioGroup, this.name, "longest stall", "ms", "less");
    const seen = emptyFigure(scenarioGroup, this.name, "with the machine's own", "ms", "less");
    for (let round = 0; round < Math.min(bench.rounds, bench.quick ? 1 : 3); round++) {
      for (const name of visitingOrder(round)) {
        // Fresh servers: memory that a former load left mapped would spare this one its faults.
        await using pair = await RunningPair.start(preferred(bench.specs));
        const stalls = await growWatched(bench, pair.servers[name]);
        net[name].push(Math.max(0, ...stalls.map(({ netMs }) => netMs)));
        seen[name].push(Math.max(0, ...stalls.map(({ seenMs }) => seenMs)));
      }
    }
    return [net, seen];
  },
};

async function growWatched({ quick, log }: Bench, server: Server): Promise<Stall[]> {
  const load = { prefix: "key:", count: quick ? 1_000_000 : 10_000_000, value: "x".repeat(64) };
  const progress: { atMs: number; keys: number }[] = [];
  const note = (keys: number) =>
    progress.push({ atMs: performance.timeOrigin + performance.now(), keys });
  const watch = await Watch.start(server.port);
  await loadKeys(server.port, load, 4, note);
  const { stalls, pings, realTime } = await watch.finish();
  if (!realTime) log(`${stall.name}: no real-time priority: the machine's own stalls count too`);
  const longest = stalls.slice(0, 4).map(({ startMs, netMs, seenMs }) => {
    const keys = progress.findLast(({ atMs }) => atMs <= startMs)?.keys ?? 0;
    return `${netMs.toFixed(1)} (seen ${seenMs.toFixed(1)}) at ${(keys / 1e6).toFixed(2)}M keys`;
  });
  log(`${stall.name}: ${server.name}: ms, of ${pings} PINGs: ${longest.join(", ")}`);
  return stalls;
}
