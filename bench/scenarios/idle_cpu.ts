/** CPU of a server that has worked and now has nothing to do, over some seconds. */

import { emptyFigure, serverNames } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { runTimeNs } from "../proc.ts";
import { RunningPair, sleep } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

export const idleCpu: Scenario = {
  name: "idle cpu",
  async run({ specs, rounds, quick, log }) {
    const figure = emptyFigure(scenarioGroup, this.name, "idle CPU", "%", "less");
    const windowMs = quick ? 2_000 : 5_000;
    await using pair = await RunningPair.start(specs);
    for (const name of serverNames) {
      await loadKeys(pair.servers[name].port, { prefix: "key:", count: 100_000, value: "x" });
    }
    await sleep(2_000);
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      log(`${this.name}: round ${round + 1}, ${windowMs / 1000} s`);
      const startMs = performance.now();
      const before = serverNames.map((name) => runTimeNs(pair.servers[name].pid));
      await sleep(windowMs);
      const elapsedNs = (performance.now() - startMs) * 1e6;
      serverNames.forEach((name, index) => {
        const usedNs = runTimeNs(pair.servers[name].pid) - before[index];
        figure[name].push(100 * usedNs / elapsedNs);
      });
    }
    return [figure];
  },
};
