/**
 * The targets, in one table, and the verdicts they give.
 */

import { type Figure, ratioOf, spread } from "./figures.ts";

/** A bound on one figure of some rows. */
export interface Target {
  rows: RegExp;
  figure: string | RegExp;
  /** What the bound is on: Etna/Redis, or Etna's own value in the figure's unit. */
  of: "ratio" | "etna";
  atLeast?: number;
  atMost?: number;
}

export const targets: readonly Target[] = [
  { rows: /^failovers$/, figure: "kill to first write", of: "etna", atMost: 1000 },
  { rows: /^failovers$/, figure: "kill to first write, worst", of: "etna", atMost: 2000 },
  {
    rows: /^clusters$/,
    ...{ figure: /^(GET|SET) P=16 CPU, a cluster's \/ alone$/, of: "etna", atMost: 1 / 0.95 },
  },
  { rows: /^clusters$/, figure: "3 nodes, SET P=16", of: "ratio", atLeast: 1.3 },
  { rows: /^clusters$/, figure: "3 nodes, SET P=16, CPU of all", of: "ratio", atMost: 0.7 },
  { rows: /^clusters$/, figure: /^failover/, of: "etna", atMost: 2.5 },
  { rows: /^clusters$/, figure: /^idle, .*: (messages|CPU) a node$/, of: "ratio", atMost: 1.0 },
  { rows: /^slot migration$/, figure: "1,000 slots", of: "ratio", atMost: 1 / 3 },
  { rows: /^slot migration$/, figure: "longest wait for a write to them", of: "etna", atMost: 50 },
  {
    rows: /^slot migration$/,
    ...{ figure: "p99 of other slots, meanwhile / before", of: "etna", atMost: 2 },
  },
  { rows: /^files$/, figure: "BGSAVE", of: "ratio", atMost: 1.2 },
  { rows: /^files$/, figure: "BGSAVE, memory beyond the data set", of: "etna", atMost: 64 },
  { rows: /^files$/, figure: "BGSAVE, longest wait", of: "etna", atMost: 3 },
  { rows: /^files$/, figure: "SET P=1 beside BGSAVE / alone", of: "etna", atLeast: 0.7 },
  { rows: /^files$/, figure: "start with the RDB file", of: "ratio", atMost: 1.0 },
  { rows: /^files$/, figure: "warm restart / start with the RDB file", of: "etna", atMost: 0.2 },
  {
    rows: /^large values$/,
    figure: "snapshot of changing collections, longest wait",
    of: "etna",
    atMost: 5,
  },
  { rows: /^files$/, figure: "start with an AOF of 5M commands", of: "ratio", atMost: 1.0 },
  { rows: /^(GET|SET) P=1$/, figure: "throughput", of: "ratio", atLeast: 1.0 },
  { rows: /^(GET|SET) P=1$/, figure: "CPU per command", of: "ratio", atMost: 1.0 },
  { rows: /^(GET|SET) P=1$/, figure: "p99.9", of: "ratio", atMost: 1.2 },
  { rows: /^(GET|SET) P=16$/, figure: "throughput", of: "ratio", atLeast: 1.4 },
  { rows: /^(GET|SET) P=16$/, figure: "user CPU per command", of: "ratio", atMost: 0.6 },
  { rows: /^(GET|SET) P=64$/, figure: "throughput", of: "ratio", atLeast: 1.6 },
  {
    rows: /^(lpush|rpush|lpop|rpop|sadd|hset|spop|zadd|zpopmin|lrange_\d00|mset) P=16$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 1.2 },
  },
  {
    rows: /^(lpush|rpush|lpop|rpop|sadd|hset|spop|zadd|zpopmin|lrange_\d00|mset) P=1$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 1.0 },
  },
  {
    rows: /^(ZADD|ZRANK|ZRANGE of 100) \(1M members\) P=16$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 1.5 },
  },
  {
    rows: /^EVALSHA of (INCR|PEXPIRE) P=\d+$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 0.8 },
  },
  {
    rows: /^EVALSHA of (INCR|PEXPIRE) P=\d+$/,
    ...{ figure: "user CPU per command", of: "ratio", atMost: 2.0 },
  },
  {
    rows: /^EVALSHA of a million additions$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 1 / 3 },
  },
  {
    rows: /^(SINTER|SUNIONSTORE|ZUNIONSTORE) \(2 x 100k\)$/,
    ...{ figure: "throughput", of: "ratio", atLeast: 1.0 },
  },
  { rows: /^collections$/, figure: "sorted set of 1M, per member", of: "etna", atMost: 60 },
  { rows: /^collections$/, figure: /^(hash|set) of 1M/, of: "ratio", atMost: 0.7 },
  { rows: /^collections$/, figure: /^small/, of: "ratio", atMost: 0.8 },
  { rows: /^memory$/, figure: "used_memory per key", of: "etna", atMost: 110 },
  { rows: /^limits$/, figure: /^resident/, of: "etna", atMost: 1.3 },
  { rows: /^limits$/, figure: /^to reach/, of: "ratio", atMost: 1.0 },
  { rows: /^limits$/, figure: /^hits/, of: "ratio", atLeast: 0.99 },
  { rows: /^limits$/, figure: /^over the limit/, of: "etna", atMost: 1 },
  { rows: /^idle connections$/, figure: "among / without", of: "etna", atLeast: 0.9 },
  { rows: /^idle connections$/, figure: "used_memory per connection", of: "etna", atMost: 4096 },
  { rows: /^idle connections$/, figure: "RSS per connection", of: "etna", atMost: 4096 },
  { rows: /^publish$/, figure: /^messages/, of: "ratio", atLeast: 1.0 },
  { rows: /^publish$/, figure: /^CPU per message/, of: "ratio", atMost: 1.0 },
  { rows: /^XADD \(3 fields\) P=1$/, figure: "throughput", of: "ratio", atLeast: 1.0 },
  { rows: /^XADD \(3 fields\) P=16$/, figure: "throughput", of: "ratio", atLeast: 1.3 },
  { rows: /^pending$/, figure: /^used_memory/, of: "ratio", atMost: 1.0 },
  { rows: /^pending$/, figure: /^CPU of/, of: "ratio", atMost: 1.0 },
  { rows: /^blocked clients$/, figure: /^hand-offs/, of: "ratio", atLeast: 1.0 },
  { rows: /^http$/, figure: "CPU per POST of SET", of: "etna", atMost: 25 },
  { rows: /^observed$/, figure: /^GET/, of: "etna", atMost: 1.03 },
  { rows: /^replicas$/, figure: /^SET P=/, of: "ratio", atLeast: 1.3 },
  { rows: /^replicas$/, figure: /^CPU/, of: "ratio", atMost: 0.7 },
  { rows: /^replicas$/, figure: /^full copy/, of: "ratio", atMost: 1.0 },
  { rows: /^replicas$/, figure: "memory of the primary meanwhile", of: "etna", atMost: 64 },
  { rows: /^replicas$/, figure: /^longest stall .* meanwhile/, of: "etna", atMost: 3 },
  { rows: /^replicas$/, figure: "SET, then WAIT 1 0, p99", of: "ratio", atMost: 1.1 },
  { rows: /^replicas$/, figure: /^memory of the primary per replica/, of: "etna", atMost: 32 },
  { rows: /^replicas$/, figure: /^full copies/, of: "etna", atMost: 0 },
  { rows: /^replicas$/, figure: /^link up again/, of: "etna", atMost: 100 },
  { rows: /^free$/, figure: /./, of: "etna", atMost: 2 },
  { rows: /^stall$/, figure: "longest stall", of: "etna", atMost: 5 },
  { rows: /^start-up$/, figure: "exec to PONG", of: "etna", atMost: 300 },
  { rows: /^idle cpu$/, figure: "idle CPU", of: "etna", atMost: 1 },
];

/** Whether a figure meets its target. */
export interface Verdict {
  target: Target;
  /** The median that the bound was held against. */
  value: number;
  met: boolean;
}

/** The verdict on a figure by its median over the rounds; nothing where no target is set. */
export function verdictOn(figure: Figure): Verdict | undefined {
  const target = targets.find(({ rows, figure: name }) =>
    rows.test(figure.row) &&
    (typeof name === "string" ? name === figure.name : name.test(figure.name))
  );
  if (!target) return undefined;
  const value = (target.of === "ratio" ? ratioOf(figure) : spread(figure.etna)).median;
  const met = value >= (target.atLeast ?? -Infinity) && value <= (target.atMost ?? Infinity);
  return { target, value, met };
}
