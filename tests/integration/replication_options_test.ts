/** Options of replication: what is set, refused and shown, as by the real server. */

import { assertEquals } from "@std/assert";
import { type Kind, Node } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const OPTIONS = `
replicaof slaveof masterauth masteruser replica-serve-stale-data slave-serve-stale-data replica-read-only
slave-read-only repl-diskless-sync repl-diskless-sync-delay repl-diskless-sync-max-replicas repl-diskless-load
repl-ping-replica-period repl-ping-slave-period repl-timeout repl-disable-tcp-nodelay repl-backlog-size
repl-backlog-ttl replica-priority slave-priority replica-announced replica-announce-ip slave-announce-ip
replica-announce-port min-replicas-to-write min-slaves-to-write min-replicas-max-lag replica-lazy-flush
replica-ignore-maxmemory tls-replication tls-cluster client-output-buffer-limit rdb-del-sync-files
propagation-error-behavior replica-ignore-disk-write-errors shutdown-timeout`;

const VALUES = [
  ...["yes", "no", "0", "1", "-1", "10", "abc", "", "on-empty-db", "swapdb", "disabled", "3600"],
  ...["99999999999999999999", "1mb", "127.0.0.1", "65536", "replica 1mb 1mb 60", "slave 2mb 0 0"],
  ...["no one", "127.0.0.1 1x", "127.0.0.1 1"],
];

async function told(kind: Kind): Promise<string[]> {
  await using node = await Node.start(kind);
  const ask = async (...words: string[]) => (await node.client.command(...words)).raw;
  const all: string[] = [];
  for (const option of OPTIONS.trim().split(/\s+/)) {
    all.push(`${option}: ${await ask("CONFIG", "GET", option)}`);
    for (const value of VALUES) {
      const answer = await ask("CONFIG", "SET", option, value);
      all.push(`${option} ${value}: ${answer} ${await ask("CONFIG", "GET", option)}`);
    }
    await ask("REPLICAOF", "NO", "ONE");
  }
  return all;
}

Deno.test({
  name: "options of replication are taken, refused and shown as by the real server",
  ignore: findOracle() === undefined,
  async fn() {
    const [etna, redis] = await Promise.all([told("etna"), told("redis")]);
    assertEquals(etna, redis);
  },
});
