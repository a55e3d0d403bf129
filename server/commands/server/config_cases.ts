/** Comparison cases of CONFIG: by hand, and every parameter against a set of odd values. */

import { type Received, RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import type { ServerHandle } from "../../../tests/support/server_process.ts";
import {
  type Check,
  family,
  type Mismatch,
  type Pair,
  scriptCheck,
} from "../../../tests/compat/check.ts";

const s = String.raw;

const byHand = family("config", {
  "CONFIG GET: names, patterns, repeats": s`
    CONFIG
    CONFIG GET
    CONFIG GET maxmemory
    CONFIG GET MAXMEMORY
    CONFIG GET nosuch
    CONFIG GET ""
    ~pairs CONFIG GET maxmemory*
    ~pairs CONFIG GET maxmemory maxclients
    ~pairs CONFIG GET maxmemory maxmemory
    ~pairs CONFIG GET maxmemory maxmemor?
    ~pairs CONFIG GET m*y nosuch
    ~pairs CONFIG GET *-max-*-entries
    ~pairs CONFIG GET hash-max-[zl]i*
    CONFIG GET "hash-max-listpack-value"
    CONFIG GET save
    CONFIG GET client-output-buffer-limit
    CONFIG GET requirepass
    CONFIG GET notify-keyspace-events
    config get hz
    CONFIG HELP x
    ~type CONFIG HELP
  `,
  "CONFIG SET: one, many, all or nothing": s`
    CONFIG SET
    CONFIG SET maxmemory
    CONFIG SET maxmemory 100mb
    CONFIG GET maxmemory
    CONFIG SET MaxMemory 0
    CONFIG SET maxmemory 100mb maxmemory-samples 7
    ~pairs CONFIG GET maxmemory maxmemory-samples
    CONFIG SET maxmemory 200mb maxmemory-samples abc
    ~pairs CONFIG GET maxmemory maxmemory-samples
    CONFIG SET maxmemory 200mb nosuch 1
    ~pairs CONFIG GET maxmemory
    CONFIG SET nosuch 1
    CONFIG SET nosuch
    CONFIG SET "" x
    CONFIG SET "no such" x
    CONFIG SET maxmemory 1mb maxmemory 2mb
    CONFIG SET maxmemory 1mb MAXMEMORY 2mb
    CONFIG SET hash-max-listpack-entries 10 hash-max-ziplist-entries 20
    CONFIG SET maxmemory 100mb maxmemory-samples
    CONFIG SET maxmemory 0 maxmemory-samples 5
    ~pairs CONFIG GET maxmemory maxmemory-samples
  `,
  "CONFIG SET: memory sizes": s`
    CONFIG SET maxmemory 1000000000
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1gb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 1g
    CONFIG GET maxmemory
    CONFIG SET maxmemory 200Mb
    CONFIG GET maxmemory
    CONFIG SET maxmemory 200m
    CONFIG GET maxmemory
    CONFIG SET maxmemory 300000kB
    CONFIG GET maxmemory
    CONFIG SET maxmemory 300000k
    CONFIG GET maxmemory
    CONFIG SET maxmemory 300000000b
    CONFIG GET maxmemory
    CONFIG SET maxmemory 300mbx
    CONFIG SET maxmemory "300 mb"
    CONFIG SET maxmemory 1.5gb
    CONFIG SET maxmemory mb
    CONFIG SET maxmemory -1mb
    CONFIG SET maxmemory 0
    CONFIG SET maxmemory-clients 10%
    CONFIG GET maxmemory-clients
    CONFIG SET maxmemory-clients 101%
    CONFIG SET maxmemory-clients -1%
    CONFIG SET maxmemory-clients 0
  `,
  "CONFIG SET: enumerations and flags": s`
    CONFIG SET maxmemory-policy allkeys-lru
    CONFIG GET maxmemory-policy
    CONFIG SET maxmemory-policy ALLKEYS-LFU
    CONFIG GET maxmemory-policy
    CONFIG SET maxmemory-policy bogus
    CONFIG SET maxmemory-policy noeviction
    CONFIG SET loglevel bogus
    CONFIG SET loglevel Warning
    CONFIG GET loglevel
    CONFIG SET appendfsync bogus
    CONFIG SET appendfsync always
    CONFIG GET appendfsync
    CONFIG SET lazyfree-lazy-user-del YES
    CONFIG GET lazyfree-lazy-user-del
    CONFIG SET lazyfree-lazy-user-del 1
    CONFIG SET lazyfree-lazy-user-del true
    CONFIG SET notify-keyspace-events KEA
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events K$lshzxetdmgE
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events Kx
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events An
    CONFIG GET notify-keyspace-events
    CONFIG SET notify-keyspace-events "K E"
    CONFIG SET notify-keyspace-events ""
    CONFIG GET notify-keyspace-events
    CONFIG SET oom-score-adj bogus
  `,
  "CONFIG SET: save, output buffers, lists of words": s`
    CONFIG SET save "900 1"
    CONFIG GET save
    CONFIG SET save "900 1 300 10"
    CONFIG GET save
    CONFIG SET save "  900   1  "
    CONFIG GET save
    CONFIG SET save "900"
    CONFIG SET save "900 1 300"
    CONFIG SET save "abc 1"
    CONFIG SET save "0 1"
    CONFIG SET save "-1 1"
    CONFIG SET save "1 -1"
    CONFIG GET save
    CONFIG SET save ""
    CONFIG GET save
    CONFIG SET client-output-buffer-limit "normal 1mb 512kb 60"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "normal 0 0 0 pubsub 64mb 16mb 90"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "replica 256mb 64mb 60"
    CONFIG GET client-output-buffer-limit
    CONFIG SET client-output-buffer-limit "normal 0 0"
    CONFIG SET client-output-buffer-limit "bogus 0 0 0"
    CONFIG SET client-output-buffer-limit "master 0 0 0"
    CONFIG SET client-output-buffer-limit "normal a 0 0"
    CONFIG SET client-output-buffer-limit "normal 0 0 -1"
    CONFIG SET client-output-buffer-limit ""
    CONFIG SET client-output-buffer-limit "pubsub 32mb 8mb 60"
    CONFIG SET latency-tracking-info-percentiles "50 99 99.99"
    CONFIG GET latency-tracking-info-percentiles
    CONFIG SET latency-tracking-info-percentiles "101"
    CONFIG SET latency-tracking-info-percentiles "abc"
    CONFIG SET latency-tracking-info-percentiles ""
    CONFIG GET latency-tracking-info-percentiles
    CONFIG SET latency-tracking-info-percentiles "50 99 99.9"
    CONFIG SET oom-score-adj-values "0 200"
    CONFIG SET oom-score-adj-values "0 100 100"
    CONFIG GET oom-score-adj-values
    CONFIG SET oom-score-adj-values "0 200 abc"
    CONFIG SET oom-score-adj-values "0 200 3000"
    CONFIG SET oom-score-adj-values "0 200 800"
  `,
  "CONFIG SET: immutable parameters": s`
    CONFIG SET databases 4
    CONFIG SET daemonize yes
    CONFIG SET cluster-enabled yes
    CONFIG SET tcp-backlog 10
    CONFIG SET appendfilename x
    CONFIG SET aclfile x
    CONFIG SET logfile x
    CONFIG SET pidfile x
    CONFIG SET supervised no
    CONFIG SET io-threads 2
    CONFIG SET enable-debug-command no
    CONFIG SET replicaof "127.0.0.1 1"
    CONFIG SET unixsocket x
    CONFIG SET always-show-logo yes
    CONFIG SET rename-command x
    CONFIG SET include x
    CONFIG SET user x
    CONFIG SET loadmodule x
    CONFIG SET maxmemory 1gb databases 4
    CONFIG GET databases
    CONFIG GET maxmemory
  `,
  "CONFIG SET: aliases of renamed parameters": s`
    CONFIG SET hash-max-ziplist-entries 100
    ~pairs CONFIG GET hash-max-*-entries
    CONFIG SET hash-max-listpack-entries 200
    ~pairs CONFIG GET hash-max-*-entries
    CONFIG SET slave-priority 50
    ~pairs CONFIG GET *-priority
    CONFIG SET replica-priority 100
    CONFIG SET list-max-ziplist-size -3
    ~pairs CONFIG GET list-max-*-size
    CONFIG SET lua-time-limit 6000
    ~pairs CONFIG GET busy-reply-threshold lua-time-limit
  `,
  "CONFIG RESETSTAT: arity": s`
    CONFIG RESETSTAT
    CONFIG RESETSTAT x
    config resetstat
  `,
  "CONFIG REWRITE: without a configuration file": s`
    CONFIG REWRITE
    CONFIG REWRITE x
  `,
});

/** Values that each parameter is set to; most are wrong for most of them. */
const ODD_VALUES = [
  `""`,
  "abc",
  "-1",
  "-2",
  "1.5",
  "yes",
  "NO",
  "10mb",
  "50%",
  "2147483648",
  "99999999999999999999",
];

/** Parameters tried with {@link ODD_VALUES}: those that no value can do harm with. */
const TRIED_PARAMETERS = `
  acl-pubsub-default acllog-max-len active-defrag-cycle-max active-defrag-cycle-min
  active-defrag-ignore-bytes active-defrag-max-scan-fields active-defrag-threshold-lower
  active-defrag-threshold-upper active-expire-effort activerehashing always-show-logo
  aof-disable-auto-gc aof-load-truncated aof-rewrite-incremental-fsync aof-timestamp-enabled
  aof-use-rdb-preamble aof_rewrite_cpulist appendfilename appendfsync appenddirname
  auto-aof-rewrite-min-size auto-aof-rewrite-percentage bgsave_cpulist bind-source-addr
  bio_cpulist busy-reply-threshold client-output-buffer-limit client-query-buffer-limit
  cluster-allow-pubsubshard-when-down cluster-allow-reads-when-down
  cluster-allow-replica-migration cluster-announce-bus-port cluster-announce-hostname
  cluster-announce-ip cluster-announce-port cluster-announce-tls-port cluster-config-file
  cluster-enabled cluster-link-sendbuf-limit cluster-migration-barrier cluster-node-timeout
  cluster-port cluster-preferred-endpoint-type cluster-replica-no-failover
  cluster-replica-validity-factor cluster-require-full-coverage crash-log-enabled
  crash-memcheck-enabled daemonize databases dbfilename disable-thp dynamic-hz
  enable-debug-command enable-module-command enable-protected-configs
  hash-max-listpack-entries hash-max-listpack-value hash-max-ziplist-entries
  hash-max-ziplist-value hll-sparse-max-bytes hz ignore-warnings io-threads
  io-threads-do-reads jemalloc-bg-thread latency-monitor-threshold latency-tracking
  latency-tracking-info-percentiles lazyfree-lazy-eviction lazyfree-lazy-expire
  lazyfree-lazy-server-del lazyfree-lazy-user-del lazyfree-lazy-user-flush lfu-decay-time
  lfu-log-factor list-compress-depth list-max-listpack-size list-max-ziplist-size logfile
  loglevel lua-time-limit masterauth masteruser maxmemory maxmemory-clients
  maxmemory-eviction-tenacity maxmemory-policy maxmemory-samples min-replicas-max-lag
  min-replicas-to-write min-slaves-max-lag min-slaves-to-write no-appendfsync-on-rewrite
  notify-keyspace-events oom-score-adj-values pidfile proc-title-template
  propagation-error-behavior proto-max-bulk-len protected-mode rdb-del-sync-files
  rdb-save-incremental-fsync rdbchecksum rdbcompression repl-backlog-size repl-backlog-ttl
  repl-disable-tcp-nodelay repl-diskless-load repl-diskless-sync repl-diskless-sync-delay
  repl-diskless-sync-max-replicas repl-ping-replica-period repl-ping-slave-period repl-timeout
  replica-announce-ip replica-announce-port replica-announced replica-ignore-disk-write-errors
  replica-ignore-maxmemory replica-lazy-flush replica-priority replica-read-only
  replica-serve-stale-data replicaof sanitize-dump-payload server_cpulist set-max-intset-entries
  set-proc-title shutdown-on-sigint shutdown-on-sigterm shutdown-timeout slave-announce-ip
  slave-announce-port slave-ignore-maxmemory slave-lazy-flush slave-priority slave-read-only
  slave-serve-stale-data slaveof slowlog-log-slower-than slowlog-max-len socket-mark-id
  stop-writes-on-bgsave-error stream-node-max-bytes stream-node-max-entries supervised
  syslog-enabled syslog-facility syslog-ident tcp-backlog tcp-keepalive timeout
  tracking-table-max-keys unixsocketperm zset-max-listpack-entries zset-max-listpack-value
  zset-max-ziplist-entries zset-max-ziplist-value
`.trim().split(/\s+/);

function parameterCheck(parameter: string): Check {
  // A share of memory that wraps around 64 bits is taken by the oracle, as 1 %.
  const values = ODD_VALUES.filter((value) =>
    parameter !== "maxmemory-clients" || value.length < 20
  );
  const steps = values.flatMap((value) => [
    `CONFIG SET ${parameter} ${value}`,
    `~pairs CONFIG GET ${parameter}`,
  ]);
  const script = ["!resp2", `CONFIG GET ${parameter}`, ...steps].join("\n");
  return scriptCheck("config", `CONFIG SET: odd values for ${parameter}`, script);
}

/** Parameters whose value belongs to one server or one build. */
const OWN_VALUES = new Set([
  ...["dir", "port", "bind", "proc-title-template", "logfile", "pidfile"],
  // Etna defragments unless told otherwise.
  "activedefrag",
]);

async function allParameters(server: ServerHandle): Promise<Map<string, string>> {
  using client = await RespClient.connect(server);
  const { reply }: Received = await client.command("CONFIG", "GET", "*");
  const items = itemsOf(reply).map(textOf);
  return new Map(items.flatMap((name, i) => i % 2 === 0 ? [[name, items[i + 1]]] : []));
}

const defaults: Check = {
  family: "config",
  command: "CONFIG GET",
  name: "CONFIG GET: the default of every parameter",
  run: async ({ oracle, subject }: Pair) => {
    const [expected, got] = await Promise.all([allParameters(oracle), allParameters(subject)]);
    const mismatches: Mismatch[] = [];
    for (const [name, value] of expected) {
      if (got.get(name) === value || (OWN_VALUES.has(name) && got.has(name))) continue;
      mismatches.push({
        where: "default",
        command: `CONFIG GET ${name}`,
        expected: JSON.stringify(value),
        got: got.has(name) ? JSON.stringify(got.get(name)) : "(no such parameter)",
        before: [],
      });
    }
    return mismatches;
  },
};

/** What CONFIG SET says of the value that CONFIG GET * gives for each option, to each on a connection of its own. */
async function ownValuesRefused(server: ServerHandle): Promise<Map<string, string>> {
  using client = await RespClient.connect(server);
  const refused = new Map<string, string>();
  for (const [name, value] of await allParameters(server)) {
    const { reply } = await client.command("CONFIG", "SET", name, value);
    if (reply.kind === "error") refused.set(name, reply.text);
  }
  return refused;
}

/** Harnesses save a server's options and set each of them back: what they cannot set must be the same. */
const ownValues: Check = {
  family: "config",
  command: "CONFIG SET",
  name: "CONFIG SET: the value that each option has",
  run: async ({ oracle, subject }: Pair) => {
    const expected = await ownValuesRefused(oracle);
    const got = await ownValuesRefused(subject);
    const mismatches: Mismatch[] = [];
    for (const name of new Set([...expected.keys(), ...got.keys()])) {
      const [wanted, is] = [expected, got].map((refused) => refused.get(name) ?? "+OK");
      if (wanted === is) continue;
      const command = `CONFIG SET ${name}, its own value`;
      mismatches.push({ where: "own value", command, expected: wanted, got: is, before: [] });
    }
    return mismatches;
  },
};

/** The cases of this file. */
export const configChecks = [
  ...byHand,
  defaults,
  ownValues,
  ...TRIED_PARAMETERS.map(parameterCheck),
];
