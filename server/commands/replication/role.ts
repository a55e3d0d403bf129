/** ROLE, REPLICAOF and its older name SLAVEOF. */

import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";

function replyPrimary(c: Context): void {
  const { reply, server } = c;
  reply.array(3);
  reply.bulk("master");
  reply.number(server.propagation.reached);
  const online = (server.replication?.replicas ?? []).filter(({ state }) => state === "online");
  reply.array(online.length);
  for (const { host, port, offset } of online) {
    reply.array(3);
    reply.bulk(host);
    reply.bulk(`${port}`);
    reply.bulk(`${offset}`);
  }
}

export const role = command({
  name: "ROLE",
  summary: "Returns what the server is to the data set: the primary, or the replica of one.",
  since: "2.8.12",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  run(c) {
    const { reply, server } = c;
    const { primary } = server.role;
    if (primary === null) return replyPrimary(c);
    const state = server.replication?.link?.state ?? "connect";
    reply.array(5);
    reply.bulk("slave");
    reply.bulk(primary.host);
    reply.number(primary.port);
    reply.bulk(state);
    reply.number(state === "connected" ? server.role.offset : -1);
  },
});

function changePrimary(c: Context): void {
  const { server, reply } = c;
  const { replication, role: { primary } } = server;
  if (server.config.values["cluster-enabled"]) {
    return reply.error("ERR REPLICAOF not allowed in cluster mode.");
  }
  if (replication !== null && replication.failoverState !== "no-failover") {
    return reply.error("ERR REPLICAOF not allowed while failing over.");
  }
  if (c.option(1) === "no" && c.option(2) === "one") {
    replication?.standAlone(`user request from '${c.connection.peer}'`);
    return reply.ok();
  }
  const port = c.word(2);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    return reply.error("ERR Invalid master port");
  }
  const host = c.word(1);
  if (replication === null) return reply.error("ERR This server has no network");
  const isHeld = replication.link?.refusedEmpty ?? false;
  if (primary?.host === host && primary.port === Number(port) && !isHeld) {
    server.log.notice(
      "REPLICAOF would result into synchronization with the master we are already connected with.",
    );
    return reply.simple("OK Already connected to specified master");
  }
  replication.follow(host, Number(port));
  server.log.notice(`REPLICAOF ${host}:${port} enabled (user request from '${c.connection.peer}')`);
  reply.ok();
}

const shared = {
  complexity: "O(1)",
  group: "server",
  arity: 3,
  flags: ["admin", "noscript", "stale", "no_async_loading"],
  arguments: [{
    name: "args",
    type: "oneof",
    arguments: [
      {
        name: "host-port",
        type: "block",
        arguments: [{ name: "host", type: "string" }, { name: "port", type: "integer" }],
      },
      {
        name: "no-one",
        type: "block",
        arguments: [
          { name: "no", type: "pure-token", token: "NO" },
          { name: "one", type: "pure-token", token: "ONE" },
        ],
      },
    ],
  }],
  run: changePrimary,
} satisfies Partial<CommandSpec>;

export const replicaof = command({
  ...shared,
  name: "REPLICAOF",
  summary: "Makes the server a primary, or the replica of one.",
  since: "5.0.0",
});

export const slaveof = command({
  ...shared,
  name: "SLAVEOF",
  summary: "The older name of REPLICAOF.",
  since: "1.0.0",
  deprecated: { since: "5.0.0", replacedBy: "`REPLICAOF`" },
});
