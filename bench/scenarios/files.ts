/**
 * Files beside clients: two million strings of 16 + 64 bytes and a hundred thousand small hashes saved in the
 * background (time, memory beyond the data set, longest wait, throughput meanwhile), loaded, and taken over by a
 * warm restart; and an append-only file of five million commands loaded.
 */

import { emptyFigure, type Figure, type ServerName, visitingOrder } from "../figures.ts";
import { loadKeys } from "../load.ts";
import { redisBenchmark } from "../measure.ts";
import { processTree } from "../proc.ts";
import { preferred, Server, type ServerSpec, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
import { Watch } from "./watch.ts";

const VALUE = "x".repeat(64);
const HASHES = `for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  redis.call('HSET', 'hash:' .. i, 'name', 'n' .. i, 'age', i % 90, 'city', 'c' .. i % 100)
end`;
/** An append-only file that is loaded may take longer than a start does. */
const LOADING_MS = 120_000;
const MEBIBYTE = 2 ** 20;

const row = (name: string, unit: string, better: "less" | "more") =>
  emptyFigure(scenarioGroup, files.name, name, unit, better);

export const files: Scenario = {
  name: "files",
  async run(bench) {
    const figures = {
      save: row("BGSAVE", "ms", "less"),
      memory: row("BGSAVE, memory beyond the data set", "MiB", "less"),
      stall: row("BGSAVE, longest wait", "ms", "less"),
      rate: row("SET P=1 beside BGSAVE / alone", "x", "more"),
      load: row("start with the RDB file", "ms", "less"),
      warm: row("warm restart / start with the RDB file", "x", "less"),
      log: row("start with an AOF of 5M commands", "ms", "less"),
    };
    for (let round = 0; round < (bench.quick ? 1 : Math.min(bench.rounds, 2)); round++) {
      for (const name of visitingOrder(round)) {
        const dir = await Deno.makeTempDir({ prefix: "etna-bench-" });
        try {
          await measure(bench, name, dir, figures);
        } finally {
          await Deno.remove(dir, { recursive: true });
        }
      }
    }
    return Object.values(figures);
  },
};

type Figures = Record<"save" | "memory" | "stall" | "rate" | "load" | "warm" | "log", Figure>;

async function measure(bench: Bench, name: ServerName, dir: string, figures: Figures) {
  const { quick, log } = bench;
  const spec = preferred(bench.specs)[name];
  const at = (...words: string[]): ServerSpec => ({
    ...spec,
    command: [...spec.command, "--dir", dir, ...words],
  });
  {
    await using server = await Server.start(at());
    await fill(server, quick);
    await saving(server, quick, figures);
    await server.command("SAVE");
  }
  let loadMs: number;
  {
    await using server = await Server.start(at(), { deadlineMs: LOADING_MS });
    loadMs = server.startupMs;
    figures.load[name].push(loadMs);
  }
  figures.warm[name].push(
    name === "redis" ? 1 : await warmMs(at("--warm-restart", "yes")) / loadMs,
  );
  figures.log[name].push(await logMs(spec, dir, quick));
  const last = Object.values(figures).map((f) => `${f.name} ${f[name].at(-1)!.toFixed(2)}`);
  log(`files: ${name}: ${last.join(", ")}`);
}

async function fill(server: Server, quick: boolean): Promise<void> {
  const count = quick ? 200_000 : 2_000_000;
  await loadKeys(server.port, { prefix: "key:", count, value: VALUE });
  for (let from = 0; from < count / 20; from += 10_000) {
    await server.command("EVAL", HASHES, "0", `${from}`, `${from + 9999}`);
  }
}

async function untilSaved(server: Server, eachMs: number, look?: () => void): Promise<void> {
  do {
    look?.();
    await sleep(eachMs);
  } while (/rdb_bgsave_in_progress:1/.test(await server.command("INFO", "persistence")));
}

async function saving(server: Server, quick: boolean, figures: Figures): Promise<void> {
  const { name } = server;
  const beforeBytes = ownBytes(server);
  let mostBytes = beforeBytes;
  const watch = await Watch.start(server.port);
  const startMs = performance.now();
  await server.command("BGSAVE");
  await untilSaved(server, 50);
  figures.save[name].push(performance.now() - startMs);
  figures.stall[name].push((await watch.finish()).stalls[0]?.netMs ?? 0);
  const drive = {
    args: ["-t", "set"],
    requests: quick ? 50_000 : 100_000,
    ...{ pipeline: 1, connections: 50, keyspace: 2_000_000, valueBytes: VALUE.length },
  };
  const rateOf = async () => {
    const beganMs = performance.now();
    await redisBenchmark(server.port, drive);
    return drive.requests / (performance.now() - beganMs);
  };
  const alone = await rateOf();
  /** The rate while snapshots are written one after the other. */
  const besideSaves = async (look?: () => void) => {
    let ends = false;
    const saves = (async () => {
      while (!ends) {
        await server.command("BGSAVE");
        await untilSaved(server, 100, look);
      }
    })();
    const rate = await rateOf();
    ends = true;
    await saves;
    return rate;
  };
  figures.rate[name].push(await besideSaves() / alone);
  // To look at the memory costs a good part of the rate, and makes others wait.
  await besideSaves(() => mostBytes = Math.max(mostBytes, ownBytes(server)));
  figures.memory[name].push((mostBytes - beforeBytes) / MEBIBYTE);
}

/** Bytes that the process and what it has forked have of their own, shared ones counted once. */
function ownBytes(server: Server): number {
  let bytes = 0;
  for (const pid of processTree(server.pid)) {
    try {
      const rollup = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
      bytes += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024;
    } catch { /* it has ended meanwhile */ }
  }
  return bytes;
}

/** How long a start takes with the memory of the run before. */
async function warmMs(spec: ServerSpec): Promise<number> {
  await (await Server.start(spec, { deadlineMs: LOADING_MS }))[Symbol.asyncDispose]();
  await using server = await Server.start(spec, { deadlineMs: LOADING_MS });
  return server.startupMs;
}

async function logMs(spec: ServerSpec, dir: string, quick: boolean): Promise<number> {
  const own = `${dir}/log`;
  await Deno.mkdir(`${own}/appendonlydir`, { recursive: true });
  const at = (name: string) => `${own}/appendonlydir/${name}`;
  await Deno.writeTextFile(at("appendonly.aof.manifest"), "file a.incr seq 1 type i\n");
  const file = await Deno.open(at("a.incr"), { create: true, write: true });
  const encoder = new TextEncoder();
  const count = quick ? 500_000 : 5_000_000;
  const BATCH = 10_000;
  for (let from = 0; from < count; from += BATCH) {
    let text = "";
    for (let i = from; i < from + BATCH; i++) {
      const key = `key:${String((i * 7919) % 2_000_000).padStart(12, "0")}`;
      text += `*3\r\n$3\r\nSET\r\n$16\r\n${key}\r\n$64\r\n${VALUE}\r\n`;
    }
    await file.write(encoder.encode(text));
  }
  file.close();
  const command = [...spec.command, "--dir", own];
  const options = ["--save", "", "--appendonly", "yes"];
  await using server = await Server.start({ ...spec, command }, {
    options,
    deadlineMs: LOADING_MS,
  });
  return server.startupMs;
}
