/**
 * Clusters: what a command costs more in one, three nodes under redis-benchmark's own cluster mode, a primary that is
 * killed, and thirty nodes that do nothing.
 */

import { emptyFigure, type Figure, serverNames, visitingOrder } from "../figures.ts";
import { measure, redisBenchmark } from "../measure.ts";
import { Nodes } from "../nodes.ts";
import { rssBytes } from "../proc.ts";
import { sleep } from "../servers.ts";
import { type Bench, type Scenario, scenarioGroup } from "./scenario.ts";

const FIRST_PORT = 7831;
const IDLE_NODES = 30;
const IDLE_S = 20;
const NODE_TIMEOUT_MS = 1000;
const PATIENCE_MS = 120_000;
const MIB = 2 ** 20;

const figure = (what: string, unit: string, better: "more" | "less") =>
  emptyFigure(scenarioGroup, clusters.name, what, unit, better);
const drive = { connections: 50, keyspace: 100_000, valueBytes: 64, pipeline: 16 };

export const clusters: Scenario = {
  name: "clusters",
  async run(bench) {
    return [
      ...await routing(bench),
      ...await together(bench),
      ...await failing(bench),
      ...await idling(bench),
    ];
  },
};

/** One node with all slots beside the same server without a cluster. */
async function routing({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const test of ["get", "set"]) {
    const cpu = figure(`${test.toUpperCase()} P=16 CPU, a cluster's / alone`, "x", "less");
    figures.push(cpu);
    for (let round = 0; round < Math.min(rounds, 3); round++) {
      for (const name of visitingOrder(round)) {
        const costs: number[] = [];
        for (const nodes of [0, 1]) {
          await using group = await Nodes.start(specs[name], {
            count: nodes,
            firstPort: FIRST_PORT,
          });
          const [server] = group.all;
          const run = { ...drive, args: ["-t", test], requests: quick ? 200_000 : 2_000_000 };
          await measure(server, run);
          const { userUsPerCommand, sysUsPerCommand } = await measure(server, run);
          costs.push(userUsPerCommand + sysUsPerCommand);
        }
        cpu[name].push(costs[1] / costs[0]);
        log(`clusters: ${name} ${test}: ${costs.map((us) => us.toFixed(3)).join(" -> ")} us`);
      }
    }
  }
  return figures;
}

/** Three nodes that share the machine with redis-benchmark. */
async function together({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const throughput = figure("3 nodes, SET P=16", "commands/s", "more");
  const cpu = figure("3 nodes, SET P=16, CPU of all", "us/command", "less");
  for (let round = 0; round < Math.min(rounds, 3); round++) {
    for (const name of visitingOrder(round)) {
      await using group = await Nodes.start(specs[name], { count: 3, firstPort: FIRST_PORT });
      const requests = quick ? 300_000 : 3_000_000;
      const run = { ...drive, args: ["-t", "set", "--cluster"], requests };
      await redisBenchmark(group.all[0].port, run);
      const [beforeUs, startMs] = [group.cpuUs(), performance.now()];
      await redisBenchmark(group.all[0].port, run);
      throughput[name].push(requests / (performance.now() - startMs) * 1000);
      cpu[name].push((group.cpuUs() - beforeUs) / requests);
      log(
        `clusters: ${name}: ${throughput[name].at(-1)!.toFixed(0)}/s, ${
          cpu[name].at(-1)!.toFixed(3)
        } us`,
      );
    }
  }
  return [throughput, cpu];
}

/** From SIGKILL of a primary to the first write that its slot takes again. */
async function failing({ specs, rounds, quick, log }: Bench): Promise<Figure[]> {
  const gap = figure(`failover, cluster-node-timeout ${NODE_TIMEOUT_MS}`, "s", "less");
  const count = quick ? 2 : Math.max(5, rounds * 4);
  for (let i = 0; i < count; i++) {
    for (const name of visitingOrder(i)) {
      await using group = await Nodes.start(specs[name], {
        count: 6,
        replicas: 1,
        timeoutMs: NODE_TIMEOUT_MS,
        firstPort: FIRST_PORT,
      });
      // A key of the first primary's, which is killed.
      const key = "{06S}";
      await group.all[0].command("SET", key, "1");
      await sleep(2000);
      const startMs = performance.now();
      Deno.kill(group.all[0].pid, "SIGKILL");
      const rest = group.all.slice(1);
      for (let isServed = false; !isServed; await sleep(5)) {
        if (performance.now() - startMs > PATIENCE_MS) throw new Error("nobody takes over");
        for (const node of rest) {
          isServed ||= await node.command("SET", key, "2").then(
            (said) => said === "OK",
            () => false,
          );
        }
      }
      gap[name].push((performance.now() - startMs) / 1000);
      log(`clusters: ${name}: failover ${i + 1}: ${gap[name].at(-1)!.toFixed(2)} s`);
    }
  }
  return [gap];
}

/** What the bus costs while nothing happens. */
async function idling({ specs, quick, log }: Bench): Promise<Figure[]> {
  const count = quick ? 6 : IDLE_NODES;
  const messages = figure(`idle, ${count} nodes: messages a node`, "1/s", "less");
  const cpu = figure(`idle, ${count} nodes: CPU a node`, "ms/s", "less");
  const memory = figure(`idle, ${count} nodes: memory a node`, "MiB", "less");
  for (const name of serverNames) {
    await using group = await Nodes.start(specs[name], { count, firstPort: FIRST_PORT });
    await sleep(10_000);
    const before = [await group.messages(), group.cpuUs()];
    await sleep(IDLE_S * 1000);
    const after = [await group.messages(), group.cpuUs()];
    messages[name].push((after[0] - before[0]) / IDLE_S / count);
    cpu[name].push((after[1] - before[1]) / 1000 / IDLE_S / count);
    memory[name].push(group.all.reduce((sum, { pid }) => sum + rssBytes(pid), 0) / MIB / count);
    log(
      `clusters: ${name}: idle ${cpu[name][0].toFixed(2)} ms/s, ${messages[name][0].toFixed(1)}/s`,
    );
  }
  return [messages, cpu, memory];
}
