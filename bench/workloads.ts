/**
 * The table of workloads: what redis-benchmark sends, over which data. To measure one more command,
 * add a row here; `deno task bench --only <its name>` runs it.
 */

import { type KeyLoad, loadKeys } from "./load.ts";
import { type Drive, redisBenchmark } from "./measure.ts";
import type { Server } from "./servers.ts";

/** The data a workload runs over, on servers started for it. Parts are applied in this order. */
export interface Dataset {
  keys?: KeyLoad;
  /** Commands sent once each, as words. */
  commands?: readonly (readonly string[])[];
  /** Runs of redis-benchmark: its arguments, and how many requests. */
  fills?: readonly { args: readonly string[]; requests: number }[];
}

/** One row of the benchmark. */
export interface Workload {
  /** Unique; the report and `--only` know the row by it. */
  name: string;
  group: string;
  /** `-t test`, or the words of a command, where `__rand_int__` is a random key number. */
  args: readonly string[];
  /** Requests in flight per connection. */
  pipeline: number;
  /** Neighbouring rows with the same data set (the same object) share one filling. */
  dataset: Dataset;
  connections?: number;
  keyspace?: number;
  valueBytes?: number;
}

const keyspace = 1_000_000;
const valueBytes = 64;
const connections = 50;

/** Every key that GET, SET and MSET can draw exists, so that each GET hits and no SET grows. */
const strings: Dataset = {
  keys: { prefix: "key:", count: keyspace, value: "x".repeat(valueBytes) },
};
const counters: Dataset = { keys: { prefix: "counter:", count: keyspace, value: "0" } };

/** A large hash that redis-benchmark's HSET fills, and one of a hundred fields. */
const hashes: Dataset = {
  commands: [["HSET", "h100", ...fieldPairs(100)]],
  fills: [{ args: ["-t", "hset"], requests: keyspace }],
};

/** A sorted set of some 860,000 members with scores of their own. */
const zsets: Dataset = {
  fills: [{
    args: ["ZADD", "zset", "__rand_int__", "member:__rand_int__"],
    requests: 2 * keyspace,
  }],
};

/** Fields `field:0` and so on, each with a value. */
function fieldPairs(count: number): string[] {
  return Array.from({ length: count }, (_, i) => [`field:${i}`, `value:${i}`]).flat();
}

/** Bitmaps of 1 MiB, half of their bits set, and HyperLogLogs of some 100,000 elements. */
const bitmaps: Dataset = {
  commands: [
    ["SETBIT", "bits", "8388607", "1"],
    ["SET", "bits:a", "\x55".repeat(2 ** 20)],
    ["SET", "bits:b", "\x33".repeat(2 ** 20)],
  ],
};
const hyperloglogs: Dataset = {
  fills: [{ args: ["PFADD", "hll", "element:__rand_int__"], requests: 100_000 }],
};

const depths = [1, 16, 64];

/** One row per pipeline depth, named `<name> P=<depth>`. */
function atDepths(row: Omit<Workload, "pipeline">): Workload[] {
  return depths.map((pipeline) => ({ ...row, name: `${row.name} P=${pipeline}`, pipeline }));
}

export const workloads: readonly Workload[] = [
  ...atDepths({ name: "GET", group: "core", args: ["-t", "get"], dataset: strings }),
  ...atDepths({ name: "SET", group: "core", args: ["-t", "set"], dataset: strings }),
  ...atDepths({ name: "PING", group: "core", args: ["-t", "ping_mbulk"], dataset: strings }),
  ...atDepths({ name: "MSET (10 keys)", group: "core", args: ["-t", "mset"], dataset: strings }),
  ...atDepths({ name: "INCR", group: "core", args: ["-t", "incr"], dataset: counters }),
  ...atDepths({ name: "HSET", group: "hash", args: ["-t", "hset"], dataset: hashes }),
  ...atDepths({
    name: "HGET",
    group: "hash",
    args: ["HGET", "myhash", "element:__rand_int__"],
    dataset: hashes,
  }),
  ...atDepths({
    name: "HGETALL (100 fields)",
    group: "hash",
    args: ["HGETALL", "h100"],
    dataset: hashes,
  }),
  ...atDepths({ name: "zadd", group: "sorted set", args: ["-t", "zadd"], dataset: {} }),
  ...atDepths({ name: "zpopmin", group: "sorted set", args: ["-t", "zpopmin"], dataset: {} }),
  ...atDepths({
    name: "ZADD (1M members)",
    group: "sorted set",
    args: ["ZADD", "zset", "__rand_int__", "member:__rand_int__"],
    dataset: zsets,
  }),
  ...atDepths({
    name: "ZRANK (1M members)",
    group: "sorted set",
    args: ["ZRANK", "zset", "member:__rand_int__"],
    dataset: zsets,
  }),
  ...atDepths({
    name: "ZRANGE of 100 (1M members)",
    group: "sorted set",
    args: ["ZRANGE", "zset", "__rand_int__", "+inf", "BYSCORE", "LIMIT", "0", "100"],
    dataset: zsets,
  }),
  ...atDepths({
    name: "SETBIT",
    group: "bitmap",
    args: ["SETBIT", "bits", "4000000", "1"],
    dataset: bitmaps,
  }),
  ...atDepths({
    name: "GETBIT",
    group: "bitmap",
    args: ["GETBIT", "bits", "4000000"],
    dataset: bitmaps,
  }),
  {
    name: "BITCOUNT (1 MiB)",
    group: "bitmap",
    args: ["BITCOUNT", "bits:a"],
    pipeline: 1,
    dataset: bitmaps,
  },
  {
    name: "BITOP AND (two of 1 MiB)",
    group: "bitmap",
    args: ["BITOP", "AND", "bits:c", "bits:a", "bits:b"],
    pipeline: 1,
    dataset: bitmaps,
  },
  ...atDepths({
    name: "PFADD",
    group: "hyperloglog",
    args: ["PFADD", "hll", "element:__rand_int__"],
    dataset: hyperloglogs,
  }),
  ...atDepths({
    name: "PFCOUNT",
    group: "hyperloglog",
    args: ["PFCOUNT", "hll"],
    dataset: hyperloglogs,
  }),
];

/** How redis-benchmark drives a workload. */
export function driveOf(workload: Workload, requests: number): Drive {
  return { connections, keyspace, valueBytes, ...workload, requests };
}

/** Fills an empty server with a data set. */
export async function prepare(server: Server, dataset: Dataset): Promise<void> {
  if (dataset.keys) await loadKeys(server.port, dataset.keys);
  for (const words of dataset.commands ?? []) await server.command(...words);
  for (const { args, requests } of dataset.fills ?? []) {
    await redisBenchmark(server.port, {
      ...{ args, requests, pipeline: 64, connections, keyspace, valueBytes },
    });
  }
}
