/**
 * Ten thousand idle connections: what each costs the server, and what they take away from fifty
 * that work.
 */

import { emptyFigure, type Figure, type ServerName, serverNames } from "../figures.ts";
import { measure } from "../measure.ts";
import { rssBytes } from "../proc.ts";
import { RunningPair, type Server, sleep } from "../servers.ts";
import { driveOf, prepare, type Workload, workloads } from "../workloads.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const activeWorkload = "GET P=1";
const pingRequest = new TextEncoder().encode("*1\r\n$4\r\nPING\r\n");

export const idleConnections: Scenario = {
  name: "idle connections",
  async run(bench) {
    const figure = (name: string, unit: string, better: "more" | "less") =>
      emptyFigure(scenarioGroup, this.name, name, unit, better);
    const figures: Figures = {
      without: figure("throughput without", "req/s", "more"),
      among: figure("throughput among idle", "req/s", "more"),
      share: figure("among / without", "x", "more"),
      used: figure("used_memory per connection", "B", "less"),
      resident: figure("RSS per connection", "B", "less"),
    };
    await using pair = await RunningPair.start(bench.specs);
    for (const name of serverNames) await measureServer(bench, pair.servers[name], figures);
    return Object.values(figures);
  },
};

type Figures = Record<"without" | "among" | "share" | "used" | "resident", Figure>;

async function measureServer(bench: Bench, server: Server, figures: Figures): Promise<void> {
  const idleCount = bench.quick ? 1_000 : 10_000;
  const workload = workloads.find(({ name }) => name === activeWorkload)!;
  await server.command("CONFIG", "SET", "maxclients", `${idleCount + 1_000}`);
  await prepare(server, workload.dataset);
  await throughput(server, workload, bench);
  for (let round = 0; round < Math.min(bench.rounds, bench.quick ? 1 : 3); round++) {
    const without = await throughput(server, workload, bench);
    const usedBefore = await server.usedMemoryBytes();
    const rssBefore = rssBytes(server.pid);
    const connections = await openIdle(server.port, idleCount);
    try {
      // Redis gives a client's buffers back after about two seconds of silence.
      await sleep(4_000);
      // Only the first time do the pages come from the system: later rounds reuse them.
      if (round === 0) {
        figures.used[server.name].push((await server.usedMemoryBytes() - usedBefore) / idleCount);
        figures.resident[server.name].push((rssBytes(server.pid) - rssBefore) / idleCount);
      }
      const among = await throughput(server, workload, bench);
      record(figures, server.name, without, among);
      const change = (among / without).toFixed(2);
      bench.log(`${idleConnections.name}: ${server.name} ${idleCount} open: ${change} x without`);
    } finally {
      for (const connection of connections) connection.close();
      await sleep(1_500);
    }
  }
}

function record(figures: Figures, name: ServerName, without: number, among: number): void {
  figures.without[name].push(without);
  figures.among[name].push(among);
  figures.share[name].push(among / without);
}

async function throughput(server: Server, workload: Workload, bench: Bench): Promise<number> {
  return (await measure(server, driveOf(workload, bench.quick ? 30_000 : 150_000))).throughput;
}

/** Opens connections that say PING once, as a pool of real clients would, and then nothing. */
async function openIdle(port: number, count: number): Promise<Deno.Conn[]> {
  const connections: Deno.Conn[] = [];
  const open = async () => {
    const connection = await Deno.connect({ port });
    connections.push(connection);
    await connection.write(pingRequest);
    await connection.read(new Uint8Array(16));
  };
  const atOnce = 100;
  while (connections.length < count) {
    const missing = Math.min(atOnce, count - connections.length);
    await Promise.all(Array.from({ length: missing }, open));
  }
  return connections;
}
