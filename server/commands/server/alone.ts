/** ROLE, and REPLICAOF on a primary that shall stay one. */

import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";

export const role = command({
  name: "ROLE",
  summary: "Returns what the server is to the data set: the primary, and how far its history goes.",
  since: "2.8.12",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  run(c) {
    c.reply.array(3);
    c.reply.bulk(c.server.role.word);
    c.reply.number(c.server.role.offset);
    c.reply.array(0);
  },
});

/** `NO ONE` makes a primary of the server, which it is; it cannot become another's replica yet. */
function changePrimary(c: Context): void {
  if (c.option(1) === "no" && c.option(2) === "one") return c.reply.ok();
  const port = c.word(2);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    return c.reply.error("ERR Invalid master port");
  }
  c.reply.error("ERR This server cannot be a replica yet");
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
