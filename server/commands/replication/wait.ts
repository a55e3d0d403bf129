/** WAIT and WAITAOF: until others have what the connection has written. */

import type { Context, Waiting } from "../context.ts";
import { command } from "../define.ts";

/**
 * Replicas that have all up to an offset, in memory or on their disks. One that died and has come back by another link,
 * before the end of the old one was heard of, would be two.
 */
function acknowledged(c: Context, offset: number, where: "offset" | "appendedOffset"): number {
  let count = 0;
  for (const replica of c.server.replication?.replicas ?? []) {
    const { state, isDoubtful } = replica;
    if (state === "online" && !isDoubtful && replica[where] >= offset) count++;
  }
  return count;
}

/** @returns ms, 0 = for ever; null when it was answered as wrong */
function readTimeout(c: Context, index: number): number | null {
  const timeoutMs = c.integer(index, "ERR timeout is not an integer or out of range");
  if (timeoutMs === null || timeoutMs >= 0) return timeoutMs;
  c.reply.error("ERR timeout is negative");
  return null;
}

/** How many replicas have all that was written up to now. */
const waiting: Waiting = {
  serve: (c) => {
    const count = acknowledged(c, c.connection.wroteOffset, "offset");
    const wanted = c.x.integerArgument(1) ? c.core.resultNumber() : 0;
    if (count < wanted) return false;
    c.reply.number(count);
    return true;
  },
  timedOut: (c) => c.reply.number(acknowledged(c, c.connection.wroteOffset, "offset")),
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
    const timeoutMs = readTimeout(c, 2);
    if (timeoutMs === null) return;
    // What stood before it in the same bytes was written by then.
    c.server.propagation.wroteFor(c.connection);
    const { wroteOffset } = c.connection;
    const count = acknowledged(c, wroteOffset, "offset");
    if (count >= wanted || c.connection.transaction !== null) return c.reply.number(count);
    c.block(waiting, 0, 0, timeoutMs);
    c.server.replication?.askReplicas();
  },
});

/** Whether the disk here, and how many disks of replicas, have all that the connection has written. */
function appended(c: Context): { local: number; replicas: number } {
  const { connection: { wroteOffset }, server: { appendOnlyFile } } = c;
  const isLocal = appendOnlyFile?.isOn && appendOnlyFile.syncedOffset >= wroteOffset;
  return {
    local: isLocal ? 1 : 0,
    replicas: acknowledged(c, wroteOffset, "appendedOffset"),
  };
}

function replyAppended(c: Context): void {
  const { local, replicas } = appended(c);
  c.reply.array(2);
  c.reply.number(local);
  c.reply.number(replicas);
}

function isAppended(c: Context): boolean {
  const { local, replicas } = appended(c);
  const wantsLocal = c.x.integerArgument(1) && c.core.resultNumber() > 0;
  const wanted = c.x.integerArgument(2) ? c.core.resultNumber() : 0;
  // It was switched off meanwhile: nothing will come.
  if (wantsLocal && !c.server.appendOnlyFile?.isOn) return true;
  return (!wantsLocal || local > 0) && replicas >= wanted;
}

const appendedWaiting: Waiting = {
  serve: (c) => {
    if (!isAppended(c)) return false;
    const wantsLocal = c.x.integerArgument(1) && c.core.resultNumber() > 0;
    if (wantsLocal && !c.server.appendOnlyFile?.isOn) c.reply.error(LOCAL_WITHOUT_FILE);
    else replyAppended(c);
    return true;
  },
  timedOut: replyAppended,
};

const LOCAL_WITHOUT_FILE =
  "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";

export const waitAof = command({
  name: "WAITAOF",
  summary:
    "Waits until the connection's writes are on the disk here and on those of replicas; returns how many.",
  since: "7.2.0",
  group: "generic",
  complexity: "O(1)",
  arity: 4,
  flags: [],
  categories: ["-keyspace", "connection"],
  tips: ["request_policy:all_shards", "response_policy:agg_min"],
  arguments: [
    { name: "numlocal", type: "integer" },
    { name: "numreplicas", type: "integer" },
    { name: "timeout", type: "integer" },
  ],
  run(c) {
    const wantsLocal = c.integerWithin(1, 0, 1);
    if (wantsLocal === null) return;
    const wanted = c.integerWithin(2, 0, 2 ** 53, "ERR value is out of range, must be positive");
    if (wanted === null) return;
    const timeoutMs = readTimeout(c, 3);
    if (timeoutMs === null) return;
    if (c.server.role.isReplica) {
      return c.reply.error(
        "ERR WAITAOF cannot be used with replica instances. Please also note that writes to replicas are " +
          "just local and are not propagated.",
      );
    }
    if (wantsLocal > 0 && !c.server.config.values.appendonly) {
      return c.reply.error(LOCAL_WITHOUT_FILE);
    }
    c.server.propagation.wroteFor(c.connection);
    if (isAppended(c) || c.connection.transaction !== null) return replyAppended(c);
    c.block(appendedWaiting, 0, 0, timeoutMs);
    if (wanted > 0) c.server.replication?.askReplicas();
  },
});
