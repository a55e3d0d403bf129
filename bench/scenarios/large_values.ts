/**
 * A snapshot while collections change all the time: a list, a hash, a set, a sorted set and a stream of a million
 * elements each, one client changing each of them, a sixth keys of their own; the longest wait of a seventh, who asks
 * for nothing. And how long those who changed them waited, which is no stall: they alone do.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { LineClient } from "../line_client.ts";
import { preferred, Server, sleep } from "../servers.ts";
import { type Scenario, scenarioGroup } from "./scenario.ts";
import { Watch } from "./watch.ts";

const FILL = `for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('RPUSH', 'list', 'element ' .. i)
  redis.call('HSET', 'hash', 'f' .. i, 'value ' .. i * 7)
  redis.call('SADD', 'set', 'member ' .. i)
  redis.call('ZADD', 'zset', i / 3, 'm' .. i)
  redis.call('XADD', 'stream', i .. '-1', 'f', i)
end`;

/** What each client asks for, again and again. */
const CHANGES: readonly ((step: number) => string[])[] = [
  (step) => ["LSET", "list", `${step % 100}`, `new ${step}`],
  (step) => ["HSET", "hash", `f${step}`, `new ${step}`],
  (step) => ["SADD", "set", `new ${step}`],
  (step) => ["ZADD", "zset", `${step}`, `m${step}`],
  (step) => ["XDEL", "stream", `${step}-1`],
  (step) => ["SET", `key:${step % 100_000}`, `${step}`],
];

const row = (name: string) => emptyFigure(scenarioGroup, largeValues.name, name, "ms", "less");

export const largeValues: Scenario = {
  name: "large values",
  async run({ quick, rounds, specs, log }) {
    const stall = row("snapshot of changing collections, longest wait");
    const wait = row("the same, of who changes them");
    const count = quick ? 100_000 : 1_000_000;
    for (let round = 0; round < (quick ? 1 : Math.min(rounds, 2)); round++) {
      for (const name of visitingOrder(round)) {
        const dir = await Deno.makeTempDir({ prefix: "etna-bench-" });
        const spec = preferred(specs)[name];
        const command = [...spec.command, "--dir", dir];
        await using server = await Server.start({ ...spec, command });
        for (let from = 0; from < count; from += 10_000) {
          await server.command("EVAL", FILL, "0", `${from + 1}`, `${from + 10_000}`);
        }
        const { stallMs, waitMs } = await measure(server);
        await Deno.remove(dir, { recursive: true });
        stall[name].push(stallMs);
        wait[name].push(waitMs);
        log(
          `large values: ${name}: others ${stallMs.toFixed(2)} ms, who changes them ${
            waitMs.toFixed(0)
          } ms`,
        );
      }
    }
    return [stall, wait] satisfies Figure[];
  },
};

async function measure(server: Server): Promise<{ stallMs: number; waitMs: number }> {
  let ends = false;
  let waitMs = 0;
  const changing = CHANGES.map(async (change, which) => {
    using client = await LineClient.connect(server.port);
    for (let step = 0; !ends; step++) {
      const startMs = performance.now();
      await client.ask(...change(step));
      if (which < 5) waitMs = Math.max(waitMs, performance.now() - startMs);
      // A client that answers at once would leave no processor to the others.
      if (step % 4 === 0) await sleep(1);
    }
  });
  await sleep(500);
  const watch = await Watch.start(server.port);
  await sleep(100);
  waitMs = 0;
  await server.command("BGSAVE");
  while (/rdb_bgsave_in_progress:1/.test(await server.command("INFO", "persistence"))) {
    await sleep(20);
  }
  const [longest] = (await watch.finish()).stalls;
  ends = true;
  await Promise.all(changing);
  return { stallMs: longest?.netMs ?? 0, waitMs };
}
