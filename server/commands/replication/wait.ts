/** WAIT and WAITAOF: until others have what the connection has written. */

import type { Context, Waiting } from "../context.ts";
import { command } from "../define.ts";

/** Replicas that have all up to an offset. */
function acknowledged(c: Context, offset: number): number {
  let count = 0;
  for (const replica of c.server.replication?.replicas ?? []) {
    if (replica.state === "online" && replica.offset >= offset) count++;
  }
  return count;
}

/** How many replicas have all that was written up to now. */
const waiting: Waiting = {
  serve: (c) => {
    const count = acknowledged(c, c.connection.wroteOffset);
    const wanted = c.x.integerArgument(1) ? c.core.resultNumber() : 0;
    if (count < wanted) return false;
    c.reply.number(count);
    return true;
  },
  timedOut: (c) => c.reply.number(acknowledged(c, c.connection.wroteOffset)),
};

export const wait = command({
  name: "WAIT",
  summary: "Waits until replicas have acknowledged the connection's writes; returns how many have.",
  since: "3.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: [],
  categories: ["-keyspace", "connection"],
  tips: ["request_policy:all_shards", "response_policy:agg_min"],
  arguments: [{ name: "numreplicas", type: "integer" }, { name: "timeout", type: "integer" }],
  run(c) {
    if (c.server.role.isReplica) {
      return c.reply.error(
        "ERR WAIT cannot be used with replica instances. Please also note that since Redis 4.0 if a " +
          "replica is configured to be writable (which is not the default) writes to replicas are just " +
          "local and are not propagated.",
      );
    }
    const wanted = c.integer(1);
    if (wanted === null) return;
    const timeoutMs = c.integer(2, "ERR timeout is not an integer or out of range");
    if (timeoutMs === null) return;
    if (timeoutMs < 0) return c.reply.error("ERR timeout is negative");
    // What stood before it in the same bytes was written by then.
    c.server.propagation.wroteFor(c.connection);
    const { wroteOffset } = c.connection;
    const count = acknowledged(c, wroteOffset);
    if (count >= wanted || c.connection.transaction !== null) return c.reply.number(count);
    c.block(waiting, 0, 0, timeoutMs);
    c.server.replication?.askReplicas();
  },
});
