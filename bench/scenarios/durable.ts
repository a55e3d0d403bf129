/**
 * What it costs to be durable: CPU per SET with the append-only file on (`everysec`) and over the same
 * with it off; SETs a second with `everysec` and with `always`; the longest stall that PING sees while a million keys
 * are saved in the background, and while the log of a million counters, each incremented ten times, is written anew,
 * with the size of what that makes.
 */

import { emptyFigure, type Figure, spread, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { type Drive, redisBenchmark } from "../measure.ts";
import { runTimeNs } from "../proc.ts";
import {
  type Pair,
  preferred,
  RunningPair,
  type Server,
  type ServerSpec,
  sleep,
} from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Watch } from "./watch.ts";

const KEYS = 100_000;
/** Runs each way that a round takes the medians of. */
const RUNS_PER_ROUND = 3;
const VALUE = "x".repeat(64);

/** The servers with a directory of their own each. */
function inDirectories(specs: Pair<ServerSpec>, root: string): Pair<ServerSpec> {
  const inOwn = (spec: ServerSpec) => {
    const dir = `${root}/${spec.name}`;
    Deno.mkdirSync(dir, { recursive: true });
    return { ...spec, command: [...spec.command, "--dir", dir] };
  };
  return { etna: inOwn(specs.etna), redis: inOwn(specs.redis) };
}

export const durable: Scenario = {
  name: "durable",
  async run(bench) {
    const root = await Deno.makeTempDir({ prefix: "etna-bench-" });
    try {
      return [
        ...await appending(bench, root),
        ...await answering(bench, root),
        await saving(bench, root),
        ...await rewriting(bench, root),
      ];
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
};

async function appending({ specs, rounds, quick, log }: Bench, root: string): Promise<Figure[]> {
  const cost = emptyFigure(scenarioGroup, durable.name, "CPU per SET P=16, everysec", "us", "less");
  const ratio = emptyFigure(scenarioGroup, durable.name, "SET P=16, everysec / off", "x", "less");
  const drive: Drive = {
    args: ["-t", "set"],
    requests: quick ? 100_000 : 400_000,
    ...{ pipeline: 16, connections: 50, keyspace: KEYS, valueBytes: VALUE.length },
  };
  await using pair = await RunningPair.start(inDirectories(specs, root));
  for (let round = 0; round < rounds; round++) {
    for (const name of visitingOrder(round)) {
      const costs: Record<string, number[]> = { no: [], yes: [] };
      for (let run = 0; run < 2 * RUNS_PER_ROUND; run++) {
        const way = run % 2 === 0 ? "no" : "yes";
        costs[way].push(await nsPerCommand(pair.servers[name], drive, way));
      }
      const [off, on] = [spread(costs.no).median, spread(costs.yes).median];
      cost[name].push(on / 1000);
      ratio[name].push(on / off);
      log(`durable: ${name}: ${(on / 1000).toFixed(2)} us a SET, ${(on / off).toFixed(2)}x`);
    }
  }
  return [cost, ratio];
}

async function nsPerCommand(server: Server, drive: Drive, way: string): Promise<number> {
  await server.command("CONFIG", "SET", "appendonly", way, "auto-aof-rewrite-percentage", "0");
  while (!/aof_rewrite_in_progress:0/.test(await server.command("INFO", "persistence"))) {
    await sleep(50);
  }
  const beforeNs = runTimeNs(server.pid);
  await redisBenchmark(server.port, drive);
  return (runTimeNs(server.pid) - beforeNs) / drive.requests;
}

async function saving(bench: Bench, root: string): Promise<Figure> {
  const { quick, log } = bench;
  const count = quick ? 100_000 : 1_000_000;
  const stall = emptyFigure(scenarioGroup, durable.name, "stall of BGSAVE, 1M keys", "ms", "less");
  for (let round = 0; round < Math.min(bench.rounds, 3); round++) {
    for (const name of visitingOrder(round)) {
      await using pair = await RunningPair.start(inDirectories(preferred(bench.specs), root));
      const server = pair.servers[name];
      await loadKeys(server.port, { prefix: "key:", count, value: VALUE });
      const watch = await Watch.start(server.port);
      const startMs = performance.now();
      await server.command("BGSAVE");
      while (!/rdb_bgsave_in_progress:0/.test(await server.command("INFO", "persistence"))) {
        await sleep(50);
      }
      const tookMs = performance.now() - startMs;
      const longestMs = (await watch.finish()).stalls[0]?.netMs ?? 0;
      stall[name].push(longestMs);
      log(`durable: ${name}: stall ${longestMs.toFixed(1)} ms, saved in ${tookMs.toFixed(0)} ms`);
    }
  }
  return stall;
}

/** SETs a second, by how they are to be on the disk. */
async function answering({ specs, rounds, quick, log }: Bench, root: string): Promise<Figure[]> {
  const ways = [
    { fsync: "everysec", pipeline: 16, requests: quick ? 200_000 : 2_000_000 },
    { fsync: "always", pipeline: 1, requests: quick ? 10_000 : 50_000 },
  ];
  const figures = ways.map(({ fsync, pipeline }) =>
    emptyFigure(scenarioGroup, durable.name, `SET P=${pipeline}, ${fsync}`, "req/s", "more")
  );
  await using pair = await RunningPair.start(inDirectories(specs, root));
  for (const name of visitingOrder(0)) {
    await pair.servers[name].command("CONFIG", "SET", "appendonly", "yes");
    await pair.servers[name].command("CONFIG", "SET", "auto-aof-rewrite-percentage", "0");
  }
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const name of visitingOrder(round)) {
      for (const [index, { fsync, pipeline, requests }] of ways.entries()) {
        const server = pair.servers[name];
        await server.command("CONFIG", "SET", "appendfsync", fsync);
        const startMs = performance.now();
        await redisBenchmark(server.port, {
          args: ["-t", "set"],
          ...{ requests, pipeline, connections: 50, keyspace: KEYS, valueBytes: VALUE.length },
        });
        const perSecond = requests * 1000 / (performance.now() - startMs);
        figures[index][name].push(perSecond);
        log(`durable: ${name}: ${perSecond.toFixed(0)} SET a second with ${fsync}`);
      }
    }
  }
  return figures;
}

const COUNTERS = `for n = 1, 10 do
  for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do redis.call('INCR', 'counter:' .. i) end
end`;

async function rewriting(bench: Bench, root: string): Promise<Figure[]> {
  const { quick, log } = bench;
  const count = quick ? 100_000 : 1_000_000;
  const stall = emptyFigure(scenarioGroup, durable.name, "stall of BGREWRITEAOF", "ms", "less");
  const size = emptyFigure(scenarioGroup, durable.name, "BGREWRITEAOF, size", "MB", "less");
  for (const name of visitingOrder(0)) {
    await using pair = await RunningPair.start(inDirectories(preferred(bench.specs), root));
    const server = pair.servers[name];
    await server.command("CONFIG", "SET", "auto-aof-rewrite-percentage", "0");
    await server.command("CONFIG", "SET", "appendonly", "yes");
    for (let from = 0; from < count; from += 10_000) {
      await server.command("EVAL", COUNTERS, "0", `${from}`, `${from + 9999}`);
    }
    const watch = await Watch.start(server.port);
    await server.command("BGREWRITEAOF");
    while (!/aof_rewrite_in_progress:0/.test(await server.command("INFO", "persistence"))) {
      await sleep(50);
    }
    const longestMs = (await watch.finish()).stalls[0]?.netMs ?? 0;
    const info = await server.command("INFO", "persistence");
    const bytes = Number(/aof_current_size:(\d+)/.exec(info)?.[1]);
    stall[name].push(longestMs);
    size[name].push(bytes / 1e6);
    log(
      `durable: ${name}: log of ${(bytes / 1e6).toFixed(1)} MB, stall ${longestMs.toFixed(1)} ms`,
    );
  }
  return [stall, size];
}
