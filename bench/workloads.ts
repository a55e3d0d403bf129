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
  /** Requests of the first trial, and of a round at least: fewer than usual where each is a long one. */
  trialRequests?: number;
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

/** Some 95,000 places in a square of ten degrees. */
const places: Dataset = {
  fills: [{
    args: ["GEOADD", "geo", "__rand_int__e-5", "__rand_int__e-5", "member:__rand_int__"],
    requests: 100_000,
  }],
};

/** A hundred numbers in no order. */
const numbers: Dataset = {
  commands: [["RPUSH", "numbers", ...Array.from({ length: 100 }, (_, i) => `${i * 7919 % 10007}`)]],
};

/** Members of each of the two sets, and of the two sorted sets, that are combined; half are in both. */
const combined = 100_000;
const combinations: Dataset = {
  commands: [
    ...inParts(0, (names) => ["SADD", "set:a", ...names]),
    ...inParts(combined / 2, (names) => ["SADD", "set:b", ...names]),
    ...inParts(0, (names) => ["ZADD", "zset:a", ...names.flatMap((name, i) => [`${i}`, name])]),
    ...inParts(
      combined / 2,
      (names) => ["ZADD", "zset:b", ...names.flatMap((name, i) => [`${i}`, name])],
    ),
  ],
};

/** Commands that give a key its members, `first` and up; a command line does not take all at once. */
function inParts(first: number, words: (names: string[]) => string[]): string[][] {
  const part = 5_000;
  return Array.from(
    { length: combined / part },
    (_, i) => words(Array.from({ length: part }, (_, j) => memberName(first + i * part + j))),
  );
}

/** A name of 16 bytes. */
function memberName(index: number): string {
  return `member:${index.toString().padStart(9, "0")}`;
}

/** Scripts, each with its SHA-1, that the servers know. */
const scripts = {
  incr: ["return redis.call('incr',KEYS[1])", "6f5ade10a69975e903c6d07b10ea44c6382381a5"],
  pexpire: [
    "return redis.call('pexpire',KEYS[1],ARGV[1])",
    "3758912846cc4f3fe6399d106668080b191b8edb",
  ],
  loop: [
    "local n=0 for i=1,1000000 do n=n+i end return n",
    "61306000798efc9f5d64a20a87451e7cd23cc99f",
  ],
} as const;
const scripted: Dataset = {
  commands: [
    ["SET", "key", "0"],
    ...Object.values(scripts).map(([text]) => ["SCRIPT", "LOAD", text]),
  ],
};

/** What redis-benchmark's own tests leave behind for one another, in its order: pops follow pushes. */
const own: Dataset = {};
/** The list that its tests of LRANGE read. */
const range: Dataset = { fills: [{ args: ["-t", "lpush"], requests: 100_000 }] };

/** A test of redis-benchmark's own, with the values of three bytes that it has by itself. */
function ownTest(name: string): Workload[] {
  return ownRow(name, ["-t", name], own);
}
function ownRow(
  name: string,
  args: readonly string[],
  dataset: Dataset,
  trialRequests?: number,
): Workload[] {
  const shared = { group: "own", args, dataset, keyspace: 100_000, valueBytes: 3, trialRequests };
  return [16, 1].map((pipeline) => ({ ...shared, name: `${name} P=${pipeline}`, pipeline }));
}

/** A command that runs long: alone in its pipeline, and not often. */
function longRow(name: string, words: readonly string[]): Workload {
  return {
    ...{ name, group: "combine", args: words, dataset: combinations },
    ...{ pipeline: 1, connections: 4, trialRequests: 40 },
  };
}

/** A stream of a million entries of three fields. */
const streamEntry = ["name", "value:12345", "temperature", "20", "city", "Berlin"];
const streams: Dataset = {
  fills: [{ args: ["XADD", "stream", "*", ...streamEntry], requests: keyspace }],
};

/** Fields `field:0` and so on, each with a value. */
function fieldPairs(count: number): string[] {
  return Array.from({ length: count }, (_, i) => [`field:${i}`, `value:${i}`]).flat();
}

/** Bitmaps of 1 MiB, of zeros and of ones, and a HyperLogLog of some 100,000 elements. */
const bitmaps: Dataset = {
  commands: [
    ["SETBIT", "bits", "8388607", "1"],
    ["BITOP", "NOT", "bits:a", "bits"],
    ["BITOP", "NOT", "bits:b", "bits"],
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
  ...[1, 16].flatMap((pipeline) => [
    {
      name: `EVALSHA of INCR P=${pipeline}`,
      group: "script",
      args: ["EVALSHA", scripts.incr[1], "1", "counter"],
      pipeline,
      dataset: scripted,
    },
    {
      name: `EVALSHA of PEXPIRE P=${pipeline}`,
      group: "script",
      args: ["EVALSHA", scripts.pexpire[1], "1", "key", "100000"],
      pipeline,
      dataset: scripted,
    },
  ]),
  {
    name: "EVALSHA of a million additions",
    group: "script",
    args: ["EVALSHA", scripts.loop[1], "0"],
    pipeline: 1,
    connections: 1,
    dataset: scripted,
    trialRequests: 20,
  },
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
  ...["lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin"].flatMap(ownTest),
  // Its tests of these two push first, and would report two tests in one.
  ...ownRow("lrange_100", ["LRANGE", "mylist", "0", "99"], range, 40_000),
  ...ownRow("lrange_600", ["LRANGE", "mylist", "0", "599"], range, 10_000),
  ...ownTest("mset"),
  longRow("SINTER (2 x 100k)", ["SINTER", "set:a", "set:b"]),
  longRow("SUNIONSTORE (2 x 100k)", ["SUNIONSTORE", "stored", "set:a", "set:b"]),
  longRow("ZUNIONSTORE (2 x 100k)", ["ZUNIONSTORE", "zstored", "2", "zset:a", "zset:b"]),
  ...atDepths({
    name: "GEOADD (100k members)",
    group: "geo",
    args: ["GEOADD", "geo", "__rand_int__e-5", "__rand_int__e-5", "member:__rand_int__"],
    dataset: places,
  }),
  ...atDepths({
    name: "GEOSEARCH 10 km (100k members)",
    group: "geo",
    args: [
      ...["GEOSEARCH", "geo", "FROMLONLAT", "__rand_int__e-5", "__rand_int__e-5"],
      ...["BYRADIUS", "10", "km", "ASC", "COUNT", "10"],
    ],
    dataset: places,
  }),
  ...atDepths({
    name: "SORT (100 numbers)",
    group: "sort",
    args: ["SORT", "numbers", "LIMIT", "0", "10"],
    dataset: numbers,
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
  ...atDepths({
    name: "XADD (3 fields)",
    group: "stream",
    args: ["XADD", "stream", "MAXLEN", "~", "100000", "*", ...streamEntry],
    dataset: {},
  }),
  ...atDepths({
    name: "XRANGE of 100 (1M entries)",
    group: "stream",
    args: ["XRANGE", "stream", "-", "+", "COUNT", "100"],
    dataset: streams,
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
