/** SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { countOf, unmuted } from "./confirm.ts";

/** Subscribes the client to each argument; every one is confirmed. */
function subscribeTo(c: Context, kind: number, word: string): void {
  const { connection, core, reply } = c;
  for (let i = 1; i < c.argc; i++) {
    const { pubsub } = c.server;
    if (pubsub.subscribe(connection, kind, core.argPtr(i), core.argLen(i)) === "no memory") {
      return reply.error(errors.memory);
    }
    reply.push(3);
    reply.binary(word);
    reply.argument(i);
    reply.number(countOf(c, connection, kind));
  }
}

export const subscribe = command({
  name: "SUBSCRIBE",
  summary: "Subscribes to channels: messages published to them are sent to the client.",
  since: "2.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of channels",
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  channels: { last: -1 },
  arguments: [{ name: "channel", type: "string", multiple: true }],
  run: (c) => unmuted(c, () => subscribeTo(c, c.core.at.CHANNELS, "subscribe")),
});

export const patternSubscribe = command({
  name: "PSUBSCRIBE",
  summary: "Subscribes to all channels whose names match one of the patterns.",
  since: "2.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of patterns",
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  channels: { last: -1, literal: true },
  arguments: [{
    name: "pattern",
    type: "block",
    multiple: true,
    arguments: [{ name: "pattern", type: "pattern" }],
  }],
  run: (c) => unmuted(c, () => subscribeTo(c, c.core.at.PATTERNS, "psubscribe")),
});

export const shardSubscribe = command({
  name: "SSUBSCRIBE",
  summary: "Subscribes to shard channels.",
  since: "7.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of shard channels",
  arity: -2,
  flags: ["pubsub", "noscript", "loading", "stale"],
  keys: [keysAt(1, -1, 1, "not_key")],
  channels: { last: -1 },
  arguments: [{ name: "shardchannel", type: "string", multiple: true }],
  run(c) {
    // The others are let through for the sake of old programs.
    if (c.connection.transaction !== null) {
      return c.reply.error("ERR SSUBSCRIBE isn't allowed for a DENY BLOCKING client");
    }
    unmuted(c, () => subscribeTo(c, c.core.at.SHARD_CHANNELS, "ssubscribe"));
  },
});
