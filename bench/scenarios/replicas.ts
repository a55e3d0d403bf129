/**
 * Replication: SET with two replicas attached, which only swallow what they are sent; a replica that applies
 * what redis-benchmark writes to its primary; and a full copy of two million keys while they are written to.
 */

import { emptyFigure, type Figure, visitingOrder } from "../figures.ts";
import { type Drive, measure, redisBenchmark } from "../measure.ts";
import { cpuTime, rssBytes } from "../proc.ts";
import { RunningPair, Server, sleep } from "../servers.ts";
import { caughtUp, synchronize, withoutDelay } from "./following.ts";
import { breaking, confirming, hundred } from "./replica_links.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Swallower } from "./swallower.ts";
import { Watch } from "./watch.ts";

const MIB = 2 ** 20;
const SWALLOWERS = 2;
/** Beside the ports of the pair. */
const PRIMARY_PORT = 7791;
const KEYS = 2_000_000;
const set: Omit<Drive, "requests" | "pipeline"> = {
  args: ["-t", "set"],
  connections: 50,
  keyspace: 100_000,
  valueBytes: 64,
};

export const replicas: Scenario = {
  name: "replicas",
  async run(bench) {
    return [
      ...await attached(bench),
      ...await applying(bench),
      ...await copying(bench),
      ...await confirming(bench, figure),
      ...await breaking(bench, figure),
      ...await hundred(bench, figure),
    ];
  },
};

const figure = (what: string, unit: string, better: "more" | "less") =>
  emptyFigure(scenarioGroup, replicas.name, what, unit, better);

/** The primary's side, while replicas follow it. */
async function attached({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  await using pair = await RunningPair.start(withoutDelay(specs));
  const followers = await Promise.all(
    Object.values(pair.servers).flatMap(({ port }) =>
      Array.from({ length: SWALLOWERS }, () => Swallower.follow(port))
    ),
  );
  try {
    for (const pipeline of [16, 64]) {
      const rate = figure(`SET P=${pipeline}, two replicas attached`, "req/s", "more");
      const cost = figure(`CPU of SET P=${pipeline}, two replicas attached`, "us", "less");
      const requests = quick ? 300_000 : 1_500_000;
      for (let round = 0; round < Math.min(rounds, 3); round++) {
        for (const name of visitingOrder(round)) {
          const seen = await measure(pair.servers[name], { ...set, requests, pipeline });
          rate[name].push(seen.throughput);
          cost[name].push(seen.userUsPerCommand + seen.sysUsPerCommand);
          log(
            `replicas: ${name} P=${pipeline}: ${Math.round(seen.throughput)} req/s, ${
              cost[name].at(-1)!.toFixed(2)
            } us`,
          );
        }
      }
      figures.push(rate, cost);
    }
  } finally {
    for (const follower of followers) follower.close();
  }
  return figures;
}

/** The replica's side: a real primary, and what its commands cost whoever applies them. */
async function applying({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const cost = figure("CPU of a SET applied", "us", "less");
  const requests = quick ? 300_000 : 1_500_000;
  for (let round = 0; round < Math.min(rounds, 2); round++) {
    for (const name of visitingOrder(round)) {
      await using primary = await Server.start({
        ...withoutDelay(specs).redis,
        port: PRIMARY_PORT,
      });
      await using replica = await Server.start(specs[name]);
      await synchronize(replica, primary);
      await redisBenchmark(primary.port, { ...set, requests: requests / 5, pipeline: 16 });
      await caughtUp(replica, primary);
      const before = cpuTime(replica.pid);
      await redisBenchmark(primary.port, { ...set, requests, pipeline: 16 });
      // A WAIT of one who has written nothing would not wait.
      await caughtUp(replica, primary);
      const after = cpuTime(replica.pid);
      cost[name].push((after.userUs + after.sysUs - before.userUs - before.sysUs) / requests);
      log(`replicas: ${name} applies a SET in ${cost[name].at(-1)!.toFixed(2)} us`);
    }
  }
  return [cost];
}

/** A full copy under load, to a replica of the same kind. */
async function copying({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const took = figure("full copy of 2M keys under load", "s", "less");
  const growth = figure("memory of the primary meanwhile", "MiB", "less");
  const stall = figure("longest stall of the primary meanwhile", "ms", "less");
  const usual = figure("longest stall of the primary under load alone", "ms", "less");
  for (let round = 0; round < Math.min(rounds, 2); round++) {
    for (const name of visitingOrder(round)) {
      await using primary = await Server.start({
        ...withoutDelay(specs)[name],
        port: PRIMARY_PORT,
      });
      await using replica = await Server.start(specs[name]);
      await primary.command("DEBUG", "POPULATE", `${quick ? KEYS / 10 : KEYS}`, "key", "64");
      const load = redisBenchmark(primary.port, {
        ...set,
        connections: 10,
        requests: 800_000,
        pipeline: 1,
      }, 120)
        .catch(() => "");
      await sleep(500);
      // As long as a copy takes, more or less: with more processes than CPUs anybody waits now and then.
      const alone = await Watch.start(primary.port);
      await sleep(quick ? 500 : 4000);
      usual[name].push((await alone.finish()).stalls[0]?.netMs ?? 0);
      const before = rssBytes(primary.pid);
      let peak = before;
      const watching = setInterval(() => peak = Math.max(peak, rssBytes(primary.pid)), 10);
      const watch = await Watch.start(primary.port);
      const startMs = performance.now();
      await synchronize(replica, primary);
      took[name].push((performance.now() - startMs) / 1000);
      stall[name].push((await watch.finish()).stalls[0]?.netMs ?? 0);
      clearInterval(watching);
      growth[name].push((peak - before) / MIB);
      log(
        `replicas: ${name}: copied in ${took[name].at(-1)!.toFixed(2)} s, ${
          growth[name].at(-1)!.toFixed(0)
        } MiB, ` +
          `stall ${stall[name].at(-1)!.toFixed(1)} ms, without ${
            usual[name].at(-1)!.toFixed(1)
          } ms`,
      );
      await load;
    }
  }
  return [took, growth, stall, usual];
}
