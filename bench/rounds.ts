/**
 * Measures a workload on both servers, in alternating rounds.
 */

import {
  emptyFigure,
  type Figure,
  type ServerName,
  serverNames,
  visitingOrder,
} from "./figures.ts";
import { measure, type Measured } from "./measure.ts";
import type { Pair, Server } from "./servers.ts";
import { driveOf, type Workload } from "./workloads.ts";

/** How a workload is to be measured. */
export interface RoundPlan {
  /** Counted rounds. */
  rounds: number;
  /** Requests of a round; when not given, as many as the slower server answers in `roundMs`. */
  requests?: number;
  roundMs: number;
  log(text: string): void;
}

/** The figures a workload yields, out of what was measured. */
const columns: readonly {
  name: string;
  unit: string;
  better: "more" | "less";
  value: (measured: Measured) => number;
}[] = [
  { name: "throughput", unit: "req/s", better: "more", value: (m) => m.throughput },
  { name: "p50", unit: "ms", better: "less", value: (m) => m.p50Ms },
  { name: "p99", unit: "ms", better: "less", value: (m) => m.p99Ms },
  { name: "p99.9", unit: "ms", better: "less", value: (m) => m.p999Ms },
  { name: "user CPU per command", unit: "us", better: "less", value: (m) => m.userUsPerCommand },
  { name: "system CPU per command", unit: "us", better: "less", value: (m) => m.sysUsPerCommand },
  {
    ...{ name: "CPU per command", unit: "us", better: "less" },
    value: (m) => m.userUsPerCommand + m.sysUsPerCommand,
  },
  { name: "server on CPU", unit: "%", better: "less", value: (m) => 100 * m.serverBusy },
];

/** Requests of the first warm-up, which also tells how many make a round. */
const trialRequests = { 1: 40_000, deeper: 400_000 };
/** A round in which other processes used more than this, in CPUs, is called disturbed. */
const disturbedShare = 0.15;

/**
 * Measures a workload: a warm-up of each server, then the counted rounds.
 *
 * @returns one figure per column, with as many values as there were rounds
 */
export async function measureRounds(
  servers: Pair<Server>,
  workload: Workload,
  plan: RoundPlan,
): Promise<Figure[]> {
  const figures = columns.map(({ name, unit, better }) =>
    emptyFigure(workload.group, workload.name, name, unit, better)
  );
  const requests = await warmUp(servers, workload, plan);
  for (let round = 0; round < plan.rounds; round++) {
    const seen: Partial<Pair<Measured>> = {};
    for (const name of visitingOrder(round)) {
      seen[name] = await measure(servers[name], driveOf(workload, requests));
      columns.forEach(({ value }, index) => figures[index][name].push(value(seen[name]!)));
    }
    plan.log(`${workload.name}: round ${round + 1}/${plan.rounds}: ${summary(seen)}`);
  }
  return figures;
}

/** Runs each server once to learn its pace, and once more as long as a round; returns requests. */
async function warmUp(
  servers: Pair<Server>,
  workload: Workload,
  { requests, roundMs }: RoundPlan,
): Promise<number> {
  const trial = requests ?? (workload.pipeline === 1 ? trialRequests[1] : trialRequests.deeper);
  const paces: number[] = [];
  for (const name of serverNames) {
    paces.push((await measure(servers[name], driveOf(workload, trial))).throughput);
  }
  if (requests) return requests;
  // Redis-benchmark sends whole pipelines only; round figures are easier on the reader's eye.
  const inRound = Math.max(10_000, Math.round(Math.min(...paces) * roundMs / 1e7) * 10_000);
  for (const name of serverNames) await measure(servers[name], driveOf(workload, inRound));
  return inRound;
}

function summary(seen: Partial<Pair<Measured>>): string {
  const pace = (name: ServerName) => seen[name]!.throughput;
  const rates = serverNames.map((name) => `${name} ${Math.round(pace(name))} req/s`).join(", ");
  const disturbed = serverNames.some((name) => seen[name]!.othersBusy > disturbedShare);
  const ratio = (pace("etna") / pace("redis")).toFixed(2);
  return `${rates}, ${ratio}x${disturbed ? " (disturbed by other processes)" : ""}`;
}
