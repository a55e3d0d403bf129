/** From exec to the first PONG, on an empty server without persistence. */

import { emptyFigure, visitingOrder } from "../figures.ts";
import { Server } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

export const startUp: Scenario = {
  name: "start-up",
  async run({ specs, rounds, quick, log }) {
    const figure = emptyFigure(scenarioGroup, this.name, "exec to PONG", "ms", "less");
    const starts = quick ? 3 : 2 * rounds;
    // The start before the counted ones fills the page cache and Deno's own caches.
    for (let round = -1; round < starts; round++) {
      for (const name of visitingOrder(round & 1)) {
        await using server = await Server.start(specs[name]);
        if (round >= 0) figure[name].push(server.startupMs);
      }
    }
    log(`${this.name}: ${starts} starts of each`);
    return [figure];
  },
};
