/** WAIT. */

import type { Waiting } from "../context.ts";
import { command } from "../define.ts";

/** There are no replicas: none has acknowledged anything. */
const ACKNOWLEDGED = 0;

const waiting: Waiting = {
  serve: () => false,
  timedOut: (c) => c.reply.number(ACKNOWLEDGED),
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
    const wanted = c.integer(1);
    if (wanted === null) return;
    const timeoutMs = c.integer(2, "ERR timeout is not an integer or out of range");
    if (timeoutMs === null) return;
    if (timeoutMs < 0) return c.reply.error("ERR timeout is negative");
    if (wanted <= ACKNOWLEDGED) return c.reply.number(ACKNOWLEDGED);
    c.block(waiting, 0, 0, timeoutMs);
  },
});
