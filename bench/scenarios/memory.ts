/**
 * Memory per key: what `used_memory` and the resident set grow by, from an empty server to one with
 * N keys of 16 bytes and values of 64, divided by N. 80 of those bytes are payload.
 */

import { emptyFigure, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { rssBytes } from "../proc.ts";
import { Server, sleep } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";

export const memory: Scenario = {
  name: "memory",
  async run({ specs, rounds, quick, log }) {
    const used = emptyFigure(scenarioGroup, this.name, "used_memory per key", "B", "less");
    const resident = emptyFigure(scenarioGroup, this.name, "RSS per key", "B", "less");
    const count = quick ? 200_000 : 1_000_000;
    for (let round = 0; round < Math.min(rounds, quick ? 1 : 3); round++) {
      for (const name of visitingOrder(round)) {
        await using server = await Server.start(specs[name]);
        const [usedBefore, rssBefore] = await settledMemory(server);
        await loadKeys(server.port, { prefix: "key:", count, value: "x".repeat(64) });
        const [usedAfter, rssAfter] = await settledMemory(server);
        const keys = Number(await server.command("DBSIZE"));
        if (keys !== count) throw new Error(`${name} holds ${keys} keys instead of ${count}`);
        used[name].push((usedAfter - usedBefore) / count);
        resident[name].push((rssAfter - rssBefore) / count);
        log(`${this.name}: ${name} ${used[name].at(-1)!.toFixed(1)} B/key used_memory`);
      }
    }
    return [used, resident];
  },
};

/** `used_memory` and RSS, in bytes, once the buffers of closed connections had time to go. */
async function settledMemory(server: Server): Promise<[number, number]> {
  await sleep(1_500);
  return [await server.usedMemoryBytes(), rssBytes(server.pid)];
}
