/** Replication, what links cost: a WAIT, a break of one second under load, and a hundred replicas. */

import { type Figure, visitingOrder } from "../figures.ts";
import { redisBenchmark } from "../measure.ts";
import { LineClient } from "../line_client.ts";
import { rssBytes } from "../proc.ts";
import { Server, sleep } from "../servers.ts";
import { caughtUp, synchronize, withoutDelay } from "./following.ts";
import type { Bench } from "./scenario.ts";
import { Swallower } from "./swallower.ts";

type MakeFigure = (what: string, unit: string, better: "more" | "less") => Figure;

/** Beside the ports of the pair. */
const PRIMARY_PORT = 7791;
const PROXY_PORT = 7792;
const BREAK_MS = 1000;
const REPLICAS = 100;
const KIB = 1024;
/** Of a replica's ROLE behind the first: three strings of two lines each, two numbers. */
const ROLE_LINES = 8;
const STATE_LINE = 6;

/** A write and the confirmation of it by a replica, one after the other. */
export async function confirming(
  { specs, rounds, quick, log }: Bench,
  figure: MakeFigure,
): Promise<Figure[]> {
  const slow = figure("SET, then WAIT 1 0, p99", "ms", "less");
  const cold = figure("SET, then WAIT 1 0, p99 of the first 5,000", "ms", "less");
  const [warmUp, count] = quick ? [5000, 5000] : [40_000, 20_000];
  const FIRST = 5000;
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const name of visitingOrder(round)) {
      await using primary = await Server.start({
        ...withoutDelay(specs)[name],
        port: PRIMARY_PORT,
      });
      await using replica = await Server.start(specs[name]);
      await synchronize(replica, primary);
      const conn = await Deno.connect({ port: primary.port });
      conn.setNoDelay(true);
      const set = new TextEncoder().encode("SET a 1\r\n");
      const wait = new TextEncoder().encode("WAIT 1 0\r\n");
      const buffer = new Uint8Array(64);
      const times: number[] = [];
      const firstTimes: number[] = [];
      for (let i = 0; i < warmUp + count; i++) {
        await conn.write(set);
        await conn.read(buffer);
        const startMs = performance.now();
        await conn.write(wait);
        await conn.read(buffer);
        const tookMs = performance.now() - startMs;
        // Both ends compile what is often used, beside this on the same CPUs.
        if (i >= warmUp) times.push(tookMs);
        else if (i < FIRST) firstTimes.push(tookMs);
      }
      conn.close();
      slow[name].push(percentile99(times));
      cold[name].push(percentile99(firstTimes));
      log(`replicas: ${name}: WAIT p99 ${slow[name].at(-1)!.toFixed(3)} ms`);
    }
  }
  return [slow, cold];
}

function percentile99(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)];
}

/** A link that is down for a second under load: from when it can be made again until nothing is missing. */
export async function breaking(
  { specs, rounds, quick, log }: Bench,
  figure: MakeFigure,
): Promise<Figure[]> {
  const took = figure("link up again after a break of 1 s", "ms", "less");
  const full = figure("full copies after a break of 1 s", "", "less");
  for (let round = 0; round < Math.min(rounds, quick ? 1 : 3); round++) {
    for (const name of visitingOrder(round)) {
      const spec = withoutDelay(specs)[name];
      await using primary = await Server.start({
        ...spec,
        command: [...spec.command, "--repl-backlog-size", "256mb"],
        port: PRIMARY_PORT,
      });
      await using replica = await Server.start(specs[name]);
      const proxy = new Proxy(primary.port);
      try {
        await replica.command("REPLICAOF", "127.0.0.1", `${PROXY_PORT}`);
        using observer = await LineClient.connect(replica.port);
        await until(async () => await isUp(observer));
        const load = redisBenchmark(primary.port, {
          args: ["-t", "set"],
          connections: 10,
          keyspace: 100_000,
          valueBytes: 64,
          requests: 400_000,
          pipeline: 1,
        }, 60).catch(() => "");
        await sleep(500);
        proxy.cut();
        await sleep(BREAK_MS);
        proxy.open();
        const startMs = performance.now();
        await until(async () => await isUp(observer));
        took[name].push(performance.now() - startMs);
        await load;
        await caughtUp(replica, primary);
        const stats = await primary.command("INFO", "stats");
        full[name].push(Number(/^sync_full:(\d+)/m.exec(stats)![1]) - 1);
        log(`replicas: ${name}: up after ${took[name].at(-1)!.toFixed(0)} ms`);
      } finally {
        proxy.close();
      }
    }
  }
  return [took, full];
}

/** What a replica more costs a primary that many follow. */
export async function hundred(
  { specs, rounds, log }: Bench,
  figure: MakeFigure,
): Promise<Figure[]> {
  const memory = figure(`memory of the primary per replica, ${REPLICAS} of them`, "KiB", "less");
  for (let round = 0; round < Math.min(rounds, 2); round++) {
    for (const name of visitingOrder(round)) {
      await using primary = await Server.start({
        ...withoutDelay(specs)[name],
        port: PRIMARY_PORT,
      });
      const load = (pipeline: number) =>
        redisBenchmark(primary.port, {
          args: ["-t", "set"],
          connections: 10,
          keyspace: 1000,
          valueBytes: 64,
          requests: 20_000 * pipeline,
          pipeline,
        });
      const followers = [await Swallower.follow(primary.port)];
      try {
        await load(16);
        await load(16);
        await sleep(8000);
        const before = rssBytes(primary.pid);
        const others = Array.from({ length: REPLICAS - 1 }, () => Swallower.follow(primary.port));
        followers.push(...await Promise.all(others));
        // Not so much that they lag: what they have not read is not theirs but the backlog's.
        await load(1);
        // What the full copies took goes back to the system by itself.
        await sleep(8000);
        memory[name].push((rssBytes(primary.pid) - before) / (REPLICAS - 1) / KIB);
        log(`replicas: ${name}: ${memory[name].at(-1)!.toFixed(1)} KiB a replica`);
      } finally {
        for (const follower of followers) follower.close();
      }
    }
  }
  return [memory];
}

/** Whether a replica's link is up, as the fourth element of its ROLE says. */
async function isUp(replica: LineClient): Promise<boolean> {
  await replica.ask("ROLE");
  const lines: string[] = [];
  while (lines.length < ROLE_LINES) lines.push(await replica.line());
  return lines[STATE_LINE] === "connected";
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !await condition(); tries++) {
    if (tries > 10_000) throw new Error("the link does not come up");
    await sleep(2);
  }
}

/** Between a replica and its primary: passes on what comes, until it is cut. */
class Proxy {
  #listener: Deno.TcpListener;
  readonly #conns = new Set<Deno.Conn>();

  constructor(readonly port: number) {
    this.#listener = this.#listen();
  }

  #listen(): Deno.TcpListener {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: PROXY_PORT });
    void (async () => {
      try {
        for await (const conn of listener) void this.#join(conn);
      } catch { /* it was closed */ }
    })();
    return listener;
  }

  async #join(conn: Deno.Conn): Promise<void> {
    const other = await Deno.connect({ port: this.port });
    for (const each of [conn, other]) this.#conns.add(each);
    const pass = (from: Deno.Conn, to: Deno.Conn) =>
      from.readable.pipeTo(to.writable).catch(() => {});
    await Promise.all([pass(conn, other), pass(other, conn)]);
  }

  cut(): void {
    this.#listener.close();
    for (const conn of this.#conns) {
      try {
        conn.close();
      } catch { /* it is closed already */ }
    }
    this.#conns.clear();
  }

  open(): void {
    this.#listener = this.#listen();
  }

  close(): void {
    this.cut();
  }
}
