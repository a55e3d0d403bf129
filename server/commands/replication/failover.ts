/** FAILOVER: the primary hands its role over to a replica (cluster/replication/failover.ts). */

import { errors } from "../../resp/errors.ts";
import type { FailoverRequest } from "../../propagation/replication.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";

/** @returns null where the error has been sent */
function readRequest(c: Context): FailoverRequest | null {
  let to: FailoverRequest["to"] = null;
  let timeoutMs = 0;
  let force = false;
  for (let i = 1; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "timeout" && i + 1 < c.argc && timeoutMs === 0) {
      const value = c.integer(++i);
      if (value === null) return null;
      if (value <= 0) {
        c.reply.error("ERR FAILOVER timeout must be greater than 0");
        return null;
      }
      timeoutMs = value;
    } else if (option === "to" && i + 2 < c.argc && to === null) {
      const port = c.integer(i + 2);
      if (port === null) return null;
      to = { host: c.word(i + 1), port };
      i += 2;
    } else if (option === "force" && !force) force = true;
    else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return { to, timeoutMs, force };
}

export const failover = command({
  name: "FAILOVER",
  summary: "Hands the role of the primary over to a replica, so that nothing is lost.",
  since: "6.2.0",
  group: "server",
  complexity: "O(1)",
  arity: -1,
  flags: ["admin", "noscript", "stale"],
  arguments: [
    {
      name: "target",
      type: "block",
      token: "TO",
      optional: true,
      arguments: [
        { name: "host", type: "string" },
        { name: "port", type: "integer" },
        { name: "force", type: "pure-token", token: "FORCE", optional: true },
      ],
    },
    { name: "abort", type: "pure-token", token: "ABORT", optional: true },
    { name: "milliseconds", type: "integer", token: "TIMEOUT", optional: true },
  ],
  run(c) {
    const { reply, server: { replication, role, config } } = c;
    if (config.values["cluster-enabled"]) {
      return reply.error(
        "ERR FAILOVER not allowed in cluster mode. Use CLUSTER FAILOVER command instead.",
      );
    }
    if (c.argc === 2 && c.option(1) === "abort") {
      if (replication?.abortFailover()) return reply.ok();
      return reply.error("ERR No failover in progress.");
    }
    const request = readRequest(c);
    if (request === null) return;
    const isFailingOver = replication !== null && replication.failoverState !== "no-failover";
    if (role.isReplica && !isFailingOver) {
      return reply.error("ERR FAILOVER is not valid when server is a replica.");
    }
    if (replication === null) return reply.error("ERR FAILOVER requires connected replicas.");
    const refused = replication.failOver(request);
    if (refused === null) reply.ok();
    else reply.error(`ERR ${refused}`);
  },
});
