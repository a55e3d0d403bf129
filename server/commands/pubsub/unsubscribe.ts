/** UNSUBSCRIBE, PUNSUBSCRIBE and SUNSUBSCRIBE. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { countOf, unmuted } from "./confirm.ts";

/** Ends the subscriptions named by the arguments, or all of a kind; every one is confirmed. */
function unsubscribeFrom(c: Context, kind: number, word: string): void {
  if (c.argc === 1) return unsubscribeAll(c, kind, word);
  const { connection, core, reply, server: { pubsub } } = c;
  for (let i = 1; i < c.argc; i++) {
    const subject = pubsub.find(kind, core.argPtr(i), core.argLen(i));
    if (subject !== undefined) pubsub.unsubscribe(connection, subject);
    reply.push(3);
    reply.binary(word);
    reply.argument(i);
    reply.number(countOf(c, connection, kind));
    if (subject !== undefined) pubsub.settle(subject);
  }
}

function unsubscribeAll(c: Context, kind: number, word: string): void {
  const { connection, reply, server: { pubsub } } = c;
  const subjects = pubsub.subjectsOf(connection, kind);
  for (const subject of subjects) {
    pubsub.unsubscribe(connection, subject);
    reply.push(3);
    reply.binary(word);
    c.x.replySubject(subject.name);
    reply.number(countOf(c, connection, kind));
    pubsub.settle(subject);
  }
  if (subjects.length !== 0) return;
  reply.push(3);
  reply.binary(word);
  reply.null();
  reply.number(countOf(c, connection, kind));
}

export const unsubscribe = command({
  name: "UNSUBSCRIBE",
  summary: "Ends subscriptions to channels, all of them when none is named.",
  since: "2.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of channels",
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  arguments: [{ name: "channel", type: "string", optional: true, multiple: true }],
  run: (c) => unmuted(c, () => unsubscribeFrom(c, c.core.at.CHANNELS, "unsubscribe")),
});

export const patternUnsubscribe = command({
  name: "PUNSUBSCRIBE",
  summary: "Ends subscriptions to patterns, all of them when none is named.",
  since: "2.0.0",
  group: "pubsub",
  complexity: "O(N+M) where N is the number of patterns given and M that of all clients' patterns",
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  arguments: [{ name: "pattern", type: "pattern", optional: true, multiple: true }],
  run: (c) => unmuted(c, () => unsubscribeFrom(c, c.core.at.PATTERNS, "punsubscribe")),
});

export const shardUnsubscribe = command({
  name: "SUNSUBSCRIBE",
  summary: "Ends subscriptions to shard channels, all of them when none is named.",
  since: "7.0.0",
  group: "pubsub",
  complexity: "O(N) where N is the number of shard channels",
  arity: -1,
  flags: ["pubsub", "noscript", "loading", "stale"],
  keys: [keysAt(1, -1, 1, "not_key")],
  arguments: [{ name: "shardchannel", type: "string", optional: true, multiple: true }],
  run: (c) => unmuted(c, () => unsubscribeFrom(c, c.core.at.SHARD_CHANNELS, "sunsubscribe")),
});
