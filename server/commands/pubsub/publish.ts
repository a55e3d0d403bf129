/** PUBLISH and SPUBLISH. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";

/**
 * Clients of replicas hear of it, too; those of a cluster's other nodes by its bus, those of replicas there
 * among them. What files hold is data: without replicas it goes nowhere.
 */
function tellOthers(c: Context, name: string): void {
  const { core, server: { cluster } } = c;
  if (cluster !== null) {
    const copy = (i: number) => core.u8.slice(core.argPtr(i), core.argPtr(i) + core.argLen(i));
    return cluster.publish(copy(1), copy(2), name === "SPUBLISH");
  }
  if (c.propagates && (c.server.replication?.replicas.length ?? 0) !== 0) c.instead(name, 1, 2);
}

/** It comes from a file that is loaded, where those who heard it have been told. */
const isOfThePast = ({ server, connection }: Context) => server.loading.active && connection.exempt;

export const publish = command({
  name: "PUBLISH",
  summary: "Sends a message to all that are subscribed to a channel.",
  since: "2.0.0",
  group: "pubsub",
  complexity:
    "O(N+M) where N is the number of the channel's subscribers and M the number of patterns",
  arity: 3,
  flags: ["pubsub", "loading", "stale", "fast", "may_replicate"],
  channels: { last: 1 },
  arguments: [{ name: "channel", type: "string" }, { name: "message", type: "string" }],
  run(c) {
    const { pubsub } = c.server;
    if (isOfThePast(c)) return c.reply.number(0);
    tellOthers(c, "PUBLISH");
    if (!pubsub.listened) return c.reply.number(0);
    const { core } = c;
    c.reply.number(
      pubsub.publish(core.argPtr(1), core.argLen(1), core.argPtr(2), core.argLen(2)),
    );
  },
});

export const shardPublish = command({
  name: "SPUBLISH",
  summary: "Sends a message to all that are subscribed to a shard channel.",
  since: "7.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of the shard channel's subscribers",
  arity: 3,
  flags: ["pubsub", "loading", "stale", "fast", "may_replicate"],
  keys: [keysAt(1, 1, 1, "not_key")],
  channels: { last: 1 },
  arguments: [{ name: "shardchannel", type: "string" }, { name: "message", type: "string" }],
  run(c) {
    const { core, server } = c;
    if (isOfThePast(c)) return c.reply.number(0);
    tellOthers(c, "SPUBLISH");
    c.reply.number(
      server.pubsub.publishToShard(
        core.argPtr(1),
        core.argLen(1),
        core.argPtr(2),
        core.argLen(2),
      ),
    );
  },
});
