/** READONLY, READWRITE and ASKING: how a cluster's client wants its next commands to be taken. */

import { command, type CommandSpec } from "../define.ts";
import { noCluster } from "./disabled.ts";

const shared = {
  since: "3.0.0",
  group: "cluster",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
  run: noCluster,
} satisfies Partial<CommandSpec>;

export const readonly = command({
  ...shared,
  name: "READONLY",
  summary: "Lets a replica of a cluster answer reads; there is no cluster here.",
});

export const readwrite = command({
  ...shared,
  name: "READWRITE",
  summary: "Takes READONLY back; there is no cluster here.",
});

export const asking = command({
  ...shared,
  name: "ASKING",
  summary: "Says that a cluster's client was redirected; there is no cluster here.",
  flags: ["fast"],
});
