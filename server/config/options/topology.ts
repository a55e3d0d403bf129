/** Options of replication and of Cluster. */

import { masterAddress } from "../compound_types.ts";
import { bool, choice, int, LONG_MAX, memory, optionalText, text, ULONG_MAX } from "../types.ts";

const MAX_HOSTNAME_LENGTH = 256;

function checkHostname(name: string): string | undefined {
  if (name.length >= MAX_HOSTNAME_LENGTH) return "Hostnames must be less than 256 characters";
  return /^[a-zA-Z0-9.-]*$/.test(name)
    ? undefined
    : "Hostnames may only contain alphanumeric characters, hyphens or dots";
}

function port(traits: { immutable?: true; alias?: string } = {}) {
  return int(0, { max: 65535, ...traits });
}

export const topologyOptions = {
  "replicaof": masterAddress({ alias: "slaveof", immutable: true }),
  "masteruser": optionalText(),
  "masterauth": optionalText(),
  "replica-serve-stale-data": bool("yes", { alias: "slave-serve-stale-data" }),
  "replica-read-only": bool("yes", { alias: "slave-read-only" }),
  "replica-ignore-maxmemory": bool("yes", { alias: "slave-ignore-maxmemory" }),
  "replica-ignore-disk-write-errors": bool("no"),
  "replica-lazy-flush": bool("no", { alias: "slave-lazy-flush" }),
  "replica-priority": int(100, { alias: "slave-priority" }),
  "replica-announced": bool("yes"),
  "replica-announce-ip": optionalText({ alias: "slave-announce-ip" }),
  "replica-announce-port": port({ alias: "slave-announce-port" }),
  "min-replicas-to-write": int(0, { alias: "min-slaves-to-write" }),
  "min-replicas-max-lag": int(10, { alias: "min-slaves-max-lag" }),
  // Etna's own: a primary that comes back without data does not take its replicas'.
  "replica-refuse-empty-primary": bool("no", { origin: "etna", hidden: true }),
  "repl-diskless-sync": bool("yes"),
  "repl-diskless-sync-delay": int(5),
  "repl-diskless-sync-max-replicas": int(0),
  "repl-diskless-load": choice(["disabled", "on-empty-db", "swapdb"], "disabled"),
  "repl-disable-tcp-nodelay": bool("no"),
  "repl-ping-replica-period": int(10, { min: 1, alias: "repl-ping-slave-period" }),
  "repl-timeout": int(60, { min: 1 }),
  "repl-backlog-size": memory("1mb", { min: 1, clamp: [16384, LONG_MAX] }),
  "repl-backlog-ttl": int(3600, { max: LONG_MAX }),
  "propagation-error-behavior": choice(["ignore", "panic", "panic-on-replicas"], "ignore"),

  "cluster-enabled": bool("no", { immutable: true }),
  "cluster-databases": int(1, { min: 1, immutable: true, origin: "etna", hidden: true }),
  "cluster-slot-stats-enabled": bool("no", { origin: "etna", hidden: true }),
  "cluster-config-file": text("nodes.conf", { immutable: true }),
  "cluster-node-timeout": int(15000, { max: LONG_MAX }),
  "cluster-port": port({ immutable: true }),
  "cluster-announce-ip": optionalText(),
  "cluster-announce-port": port(),
  "cluster-announce-tls-port": port(),
  "cluster-announce-bus-port": port(),
  "cluster-announce-hostname": optionalText({}, checkHostname),
  "cluster-announce-human-nodename": optionalText({
    origin: "redis 7.2",
    effect: "none",
  }),
  "cluster-preferred-endpoint-type": choice(["ip", "hostname", "unknown-endpoint"], "ip"),
  "cluster-replica-validity-factor": int(10, { alias: "cluster-slave-validity-factor" }),
  "cluster-replica-no-failover": bool("no", { alias: "cluster-slave-no-failover" }),
  "cluster-allow-replica-migration": bool("yes"),
  "cluster-migration-barrier": int(1),
  "cluster-require-full-coverage": bool("yes"),
  "cluster-allow-reads-when-down": bool("no"),
  "cluster-allow-pubsubshard-when-down": bool("yes"),
  "cluster-slot-migration-handoff-max-lag-bytes": memory("1mb", { origin: "etna", hidden: true }),
  "cluster-slot-migration-write-pause-timeout": int(10_000, {
    min: 100,
    origin: "etna",
    hidden: true,
  }),
  "cluster-slot-migration-log-max-len": int(1000, { origin: "etna", hidden: true }),
  "cluster-link-sendbuf-limit": memory("0", { max: ULONG_MAX }),
};
