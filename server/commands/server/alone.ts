/** What a server that stands alone answers about replicas, clusters and modules. */

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

const noCluster = (c: Context) => c.reply.error("ERR This instance has cluster support disabled");

const ofCluster = {
  since: "3.0.0",
  group: "cluster",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  run: noCluster,
} satisfies Partial<CommandSpec>;

export const readonly = command({
  ...ofCluster,
  name: "READONLY",
  summary: "Lets a replica of a cluster answer reads; there is no cluster here.",
});

export const readwrite = command({
  ...ofCluster,
  name: "READWRITE",
  summary: "Takes READONLY back; there is no cluster here.",
});

export const asking = command({
  ...ofCluster,
  name: "ASKING",
  summary: "Says that a cluster's client was redirected; there is no cluster here.",
  flags: ["fast"],
});
