/**
 * Replication: SET with two replicas attached, which only swallow what they are sent; a replica that applies
 * what redis-benchmark writes to its primary; and a full copy of two million keys while they are written to.
 */

import { emptyFigure, type Figure, type ServerName, visitingOrder } from "../figures.ts";
import { type Drive, measure, redisBenchmark } from "../measure.ts";
import { cpuTime, rssBytes } from "../proc.ts";
import { RunningPair, Server, type ServerSpec, sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";
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
    return [...await attached(bench), ...await applying(bench), ...await copying(bench)];
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
      const before = cpuTime(replica.pid);
      await redisBenchmark(primary.port, { ...set, requests, pipeline: 16 });
      await primary.command("WAIT", "1", "10000");
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
        requests: 500_000,
        pipeline: 1,
      }, 120)
        .catch(() => "");
      await sleep(500);
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
          `stall ${stall[name].at(-1)!.toFixed(1)} ms`,
      );
      await load;
    }
  }
  return [took, growth, stall];
}

function withoutDelay(specs: Record<ServerName, ServerSpec>): Record<ServerName, ServerSpec> {
  const more = ["--repl-diskless-sync-delay", "0", "--enable-debug-command", "yes"];
  const add = (spec: ServerSpec) => ({ ...spec, command: [...spec.command, ...more] });
  return { etna: add(specs.etna), redis: add(specs.redis) };
}

async function synchronize(replica: Server, primary: Server): Promise<void> {
  await replica.command("REPLICAOF", "127.0.0.1", `${primary.port}`);
  for (let tries = 0; tries < 3000; tries++) {
    const info = await replica.command("INFO", "replication").catch(() => "");
    if (info.includes("master_link_status:up")) return;
    await sleep(20);
  }
  throw new Error(`${replica.name} does not synchronize`);
}

/** A replica that swallows all it is sent, and says so each second. */
class Swallower {
  #offset = 0;
  #closed = false;
  private constructor(readonly connection: Deno.TcpConn) {}

  static async follow(port: number): Promise<Swallower> {
    const swallower = new Swallower(await Deno.connect({ port }));
    await swallower.#synchronize();
    void swallower.#swallow();
    return swallower;
  }

  async #send(...words: string[]): Promise<void> {
    const text = `*${words.length}\r\n` +
      words.map((word) => `$${word.length}\r\n${word}\r\n`).join("");
    await this.connection.write(new TextEncoder().encode(text));
  }

  /** Reads the data set up to its mark. */
  async #synchronize(): Promise<void> {
    const buffer = new Uint8Array(MIB);
    const decoder = new TextDecoder("latin1");
    await this.#send("REPLCONF", "capa", "eof", "capa", "psync2");
    await this.#send("PSYNC", "?", "-1");
    let text = "";
    let mark: string | undefined;
    while (mark === undefined || !text.endsWith(mark)) {
      const count = await this.connection.read(buffer);
      if (count === null) throw new Error("the primary has ended");
      text += decoder.decode(buffer.subarray(0, count));
      mark = /\$EOF:(.{40})\r\n/.exec(text)?.[1];
    }
    this.#offset = Number(/\+FULLRESYNC \S+ (\d+)/.exec(text)![1]);
    await this.#send("REPLCONF", "ACK", `${this.#offset}`);
  }

  async #swallow(): Promise<void> {
    const buffer = new Uint8Array(MIB);
    let saidMs = performance.now();
    try {
      for (;;) {
        const count = await this.connection.read(buffer);
        if (count === null) return;
        this.#offset += count;
        if (performance.now() - saidMs < 1000) continue;
        saidMs = performance.now();
        await this.#send("REPLCONF", "ACK", `${this.#offset}`);
      }
    } catch (error) {
      if (!this.#closed) throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.connection.close();
  }
}
