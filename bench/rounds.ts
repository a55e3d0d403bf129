/**
 * Measures a workload on both servers, in alternating rounds.
 */

import { emptyFigure, type Figure, serverNames, visitingOrder } from "./figures.ts";
import { type Drive, measure, type Measured } from "./measure.ts";
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
  /** Told of each round that counts although other processes disturbed it. */
  onDisturbed(): void;
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
/** A round in which other processes used more than this, in CPUs, is a disturbed one. */
const disturbedShare = 0.15;

/**
 * Measures a workload: a warm-up of each server, then the counted rounds. A round that other
 * processes disturbed is repeated, as long as there were no more repetitions than rounds.
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
  let repetitions = 0;
  for (let round = 0; round < plan.rounds;) {
    const seen = await measureRound(servers, driveOf(workload, requests), round);
    const disturbed = serverNames.some((name) => seen[name].othersBusy > disturbedShare);
    const repeat = disturbed && repetitions < plan.rounds;
    const note = repeat ? " (disturbed: repeated)" : disturbed ? " (disturbed: counted)" : "";
    plan.log(`${workload.name}: round ${round + 1}/${plan.rounds}: ${summary(seen)}${note}`);
    if (repeat) {
      repetitions++;
      continue;
    }
    if (disturbed) plan.onDisturbed();
    for (const name of serverNames) {
      columns.forEach(({ value }, index) => figures[index][name].push(value(seen[name])));
    }
    round++;
  }
  return figures;
}

async function measureRound(
  servers: Pair<Server>,
  drive: Drive,
  round: number,
): Promise<Pair<Measured>> {
  const seen: Partial<Pair<Measured>> = {};
  for (const name of visitingOrder(round)) seen[name] = await measure(servers[name], drive);
  return seen as Pair<Measured>;
}

/** Runs each server once to learn its pace, and once more as long as a round; returns requests. */
async function warmUp(
  servers: Pair<Server>,
  workload: Workload,
  { requests, roundMs }: RoundPlan,
): Promise<number> {
  const usual = workload.pipeline === 1 ? trialRequests[1] : trialRequests.deeper;
  const trial = requests ?? workload.trialRequests ?? usual;
  const paces: number[] = [];
  for (const name of serverNames) {
    paces.push((await measure(servers[name], driveOf(workload, trial))).throughput);
  }
  if (requests) return requests;
  // Redis-benchmark sends whole pipelines only; round figures are easier on the reader's eye.
  const step = workload.trialRequests ?? 10_000;
  const inRound = Math.max(step, Math.round(Math.min(...paces) * roundMs / 1e3 / step) * step);
  for (const name of serverNames) await measure(servers[name], driveOf(workload, inRound));
  return inRound;
}

function summary(seen: Pair<Measured>): string {
  const rates = serverNames.map((name) => `${name} ${Math.round(seen[name].throughput)} req/s`);
  const ratio = seen.etna.throughput / seen.redis.throughput;
  return `${rates.join(", ")}, ${ratio.toFixed(2)}x`;
}
