/**
 * Runs redis-benchmark against a server and reads its result, with the server's own CPU beside it.
 */

import { cpuTime, machineBusyUs, ownBusyUs } from "./proc.ts";
import type { Server } from "./servers.ts";

/** How redis-benchmark is to drive the server. */
export interface Drive {
  /** `-t test`, or the words of a command. */
  args: readonly string[];
  requests: number;
  /** Requests in flight per connection. */
  pipeline: number;
  connections: number;
  /** Keys are drawn from 0 to this, less one. */
  keyspace: number;
  valueBytes: number;
}

/** What redis-benchmark saw; latencies are those of whole pipelines, as it counts them. */
export interface Seen {
  throughput: number;
  p50Ms: number;
  p99Ms: number;
  p999Ms: number;
}

/** One run: what the client saw, and what it cost the server. */
export interface Measured extends Seen {
  userUsPerCommand: number;
  sysUsPerCommand: number;
  /** Share of the run in which the server was on a CPU; well below 1, the client set the pace. */
  serverBusy: number;
  /** CPU that neither server nor client used, in CPUs: what other processes took away. */
  othersBusy: number;
}

/**
 * Reads the human-readable report of redis-benchmark. Its summary, like its CSV, has no p99.9; but
 * it lists the distribution, in lines such as
 * `99.902% <= 4.751 milliseconds (cumulative count 199808)`.
 *
 * @throws Error when the report holds no test, or more than one
 */
export function parseReport(text: string): Seen {
  const throughputs = [...text.matchAll(/throughput summary: ([\d.]+) requests per second/g)];
  if (throughputs.length !== 1) {
    throw new Error(`redis-benchmark reported ${throughputs.length} tests instead of one`);
  }
  const summary = /avg +min +p50 +p95 +p99 +max\n([ \d.]+)/.exec(text);
  if (!summary) throw new Error("redis-benchmark reported no summary of latencies");
  const [_avg, _min, p50Ms, _p95, p99Ms] = summary[1].trim().split(/ +/).map(Number);
  return { throughput: Number(throughputs[0][1]), p50Ms, p99Ms, p999Ms: percentileMs(text, 0.999) };
}

/** The smallest latency in the listed distribution that covers a share of the requests. */
function percentileMs(text: string, share: number): number {
  const line = /<= ([\d.]+) milliseconds \(cumulative count (\d+)\)/g;
  // Two lists, one by percentile and one by latency: the union is finer than either.
  const points = [...text.matchAll(line)]
    .map(([, latencyMs, count]) => ({ latencyMs: Number(latencyMs), count: Number(count) }))
    .sort((a, b) => a.latencyMs - b.latencyMs);
  const total = points.at(-1)?.count ?? 0;
  const point = points.find(({ count }) => count >= share * total);
  if (!point || total === 0) throw new Error("redis-benchmark reported no latencies");
  return point.latencyMs;
}

/**
 * Runs redis-benchmark once.
 *
 * @throws Error when it fails, gets an error reply, or does not end within the time limit
 */
export async function measure(server: Server, drive: Drive, limitSeconds = 60): Promise<Measured> {
  const startMs = performance.now();
  const serverBefore = cpuTime(server.pid);
  const machineBeforeUs = machineBusyUs();
  const ownBeforeUs = ownBusyUs();
  const report = await redisBenchmark(server.port, drive, limitSeconds);
  const serverAfter = cpuTime(server.pid);
  const elapsedUs = (performance.now() - startMs) * 1000;
  const userUs = serverAfter.userUs - serverBefore.userUs;
  const sysUs = serverAfter.sysUs - serverBefore.sysUs;
  const oursUs = userUs + sysUs + ownBusyUs() - ownBeforeUs;
  return {
    ...parseReport(report),
    userUsPerCommand: userUs / drive.requests,
    sysUsPerCommand: sysUs / drive.requests,
    serverBusy: (userUs + sysUs) / elapsedUs,
    othersBusy: Math.max(0, machineBusyUs() - machineBeforeUs - oursUs) / elapsedUs,
  };
}

/**
 * Runs redis-benchmark under a time limit.
 *
 * @returns its report
 * @throws Error with the end of its output when it fails
 */
export async function redisBenchmark(
  port: number,
  drive: Drive,
  limitSeconds = 60,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command("timeout", {
    args: [
      ...["-k", "2", `${limitSeconds}`, "redis-benchmark", "-p", `${port}`],
      ...["-c", `${drive.connections}`, "-n", `${drive.requests}`, "-P", `${drive.pipeline}`],
      ...["-r", `${drive.keyspace}`, "-d", `${drive.valueBytes}`, ...drive.args],
    ],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) {
    const timedOut = code === 124 || code === 137;
    const reason = timedOut ? `took over ${limitSeconds} s` : `exited with ${code}`;
    throw new Error(`redis-benchmark ${reason}: ${decoder.decode(stderr).trim().slice(-300)}`);
  }
  return decoder.decode(stdout);
}
