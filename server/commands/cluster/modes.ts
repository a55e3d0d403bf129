/** READONLY, READWRITE and ASKING: how a cluster's client wants its next commands to be taken. */

import { Gate } from "../../net/connection.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { noCluster } from "./disabled.ts";

/** Answers OK once `act` has switched the mode, where there is a cluster. */
function modeOf(act: (c: Context) => void): (c: Context) => void {
  return (c) => {
    if (!c.server.config.values["cluster-enabled"]) return noCluster(c);
    act(c);
    c.reply.ok();
  };
}

const shared = {
  since: "3.0.0",
  group: "cluster",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["connection"],
} satisfies Partial<CommandSpec>;

export const readonly = command({
  ...shared,
  name: "READONLY",
  summary: "Lets a replica of a cluster answer the connection's reads.",
  run: modeOf(({ connection }) => connection.gate |= Gate.READS_REPLICA),
});

export const readwrite = command({
  ...shared,
  name: "READWRITE",
  summary: "Takes READONLY back.",
  run: modeOf(({ connection }) => connection.gate &= ~Gate.READS_REPLICA),
});

export const asking = command({
  ...shared,
  name: "ASKING",
  summary: "Says that a cluster's client was redirected here by ASK.",
  flags: ["fast"],
  run: modeOf(({ connection }) => connection.gate |= Gate.ASKING),
});
