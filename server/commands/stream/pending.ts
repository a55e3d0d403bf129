/** XACK, XACKDEL, XPENDING, XCLAIM and XAUTOCLAIM: what was delivered and is not acknowledged yet. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { countedIdsArgument, readDeletion } from "./add.ts";
import {
  consumerArgument,
  failed,
  groupArgument,
  groupChanged,
  idsArgument,
  keyArgument,
  noGroup,
  reads,
  referencesArgument,
} from "./shared.ts";

/** Counts the key's hit or miss, answers what is wrong with it and the group. @returns whether it was an error */
function refused(c: Context, status: number): boolean {
  c.looked(status !== c.core.at.MISSING);
  return wrong(c, status);
}

/** Answers what is wrong with the key and the group. @returns whether it was an error */
function wrong(c: Context, status: number): boolean {
  if (status >= 0) return false;
  const { MISSING, STREAM_NO_GROUP } = c.core.at;
  if (status === MISSING || status === STREAM_NO_GROUP) noGroup(c, 1, 2);
  else failed(c, status);
  return true;
}

/** Tells of what a command has done to pending lists. */
function wrote(c: Context, status: number): void {
  const changes = c.core.resultNumber();
  const { STREAM_CONSUMER_CREATED, STREAM_DELETED, STREAM_PENDING_CHANGED } = c.core.at;
  if ((status & STREAM_CONSUMER_CREATED) !== 0) groupChanged(c, 1, "xgroup-createconsumer");
  if ((status & STREAM_PENDING_CHANGED) !== 0) groupChanged(c, 1, undefined, changes);
  if ((status & STREAM_DELETED) !== 0) c.wrote(1, "t", "xdel");
}

export const xack = command({
  name: "XACK",
  summary: "Acknowledges entries: they are not pending any more.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(log(N)) for each ID where N is the number of pending entries",
  arity: -4,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [keyArgument, groupArgument, idsArgument],
  run(c) {
    const status = c.x.streamAck(c.db);
    c.looked(status !== c.core.at.MISSING);
    if (status < 0) failed(c, status);
    else wrote(c, status);
  },
});

export const xackdel = command({
  name: "XACKDEL",
  summary: "Acknowledges entries, and deletes them with regard to other groups.",
  since: "8.2.0",
  group: "stream",
  complexity: "O(G*log(N)) for each ID where G is the number of groups",
  arity: -6,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update", "delete")],
  arguments: [keyArgument, groupArgument, referencesArgument, countedIdsArgument],
  run(c) {
    const options = readDeletion(c, 3);
    if (options === null) return;
    const { references, firstId, count } = options;
    const status = c.x.streamAckDelete(c.db, firstId, count, references);
    if (!failed(c, status)) wrote(c, status);
  },
});

/** XPENDING with all that it takes. */
const MAX_PENDING_ARGUMENTS = 9;

/** XPENDING's `[IDLE ms] start end count [consumer]`. @returns null after an error */
function readRange(c: Context) {
  if (c.argc > MAX_PENDING_ARGUMENTS) return c.reply.error(errors.syntax), null;
  const hasIdle = c.argc >= 5 && c.option(3) === "idle";
  const start = hasIdle ? 5 : 3;
  let idle = 0;
  if (hasIdle) {
    const ms = c.integer(4);
    if (ms === null) return null;
    idle = ms;
  }
  if (start + 3 > c.argc) return c.reply.error(errors.syntax), null;
  const count = c.integer(start + 2);
  if (count === null) return null;
  if (failed(c, c.x.streamBounds(start, start + 1))) return null;
  return { start, count, idle, consumer: start + 3 < c.argc ? start + 3 : 0 };
}

export const xpending = command({
  ...reads,
  name: "XPENDING",
  summary: "Returns what is pending in a group.",
  since: "5.0.0",
  complexity:
    "O(log(N)+M) where M is the number of entries looked at; O(C) for a summary of C consumers",
  arity: -3,
  arguments: [
    keyArgument,
    groupArgument,
    {
      name: "filters",
      type: "block",
      optional: true,
      arguments: [
        { name: "min-idle-time", type: "integer", token: "IDLE", since: "6.2.0", optional: true },
        { name: "start", type: "string" },
        { name: "end", type: "string" },
        { name: "count", type: "integer" },
        { ...consumerArgument, optional: true },
      ],
    },
  ],
  tips: ["nondeterministic_output"],
  history: [["6.2.0", "`IDLE` came, and bounds can exclude themselves."]],
  run(c) {
    if (c.argc === 3) return void refused(c, c.x.streamPendingSummary(c.db));
    const range = readRange(c);
    if (range === null) return;
    const { start, count, consumer, idle } = range;
    refused(c, c.x.streamPendingRange(c.db, start, count, consumer, idle));
  },
});

/** Answers what is wrong with XCLAIM's arguments. @returns whether it was an error */
function wrongClaim(c: Context, status: number): boolean {
  const { at, u32 } = c.core;
  const argument = () => c.shown(u32[at.STREAM_ARGUMENT]);
  c.looked(status !== at.MISSING);
  switch (status) {
    case at.STREAM_BAD_IDLE:
      c.reply.error("ERR Invalid min-idle-time argument for XCLAIM");
      return true;
    case at.STREAM_BAD_OPTION:
      c.reply.error(`ERR Unrecognized XCLAIM option '${argument()}'`);
      return true;
    case at.STREAM_BAD_OPTION_VALUE:
      c.reply.error(`ERR Invalid ${argument().toUpperCase()} option argument for XCLAIM`);
      return true;
  }
  return wrong(c, status);
}

export const xclaim = command({
  name: "XCLAIM",
  summary: "Makes entries that are pending for others pending for a consumer.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(log(N)) for each ID where N is the number of pending entries",
  arity: -6,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [
    keyArgument,
    groupArgument,
    consumerArgument,
    { name: "min-idle-time", type: "string" },
    idsArgument,
    { name: "ms", type: "integer", token: "IDLE", optional: true },
    { name: "unix-time-milliseconds", type: "unix-time", token: "TIME", optional: true },
    { name: "count", type: "integer", token: "RETRYCOUNT", optional: true },
    { name: "force", type: "pure-token", token: "FORCE", optional: true },
    { name: "justid", type: "pure-token", token: "JUSTID", optional: true },
    { name: "lastid", type: "string", token: "LASTID", optional: true },
  ],
  tips: ["nondeterministic_output"],
  run(c) {
    const status = c.x.streamClaim(c.db);
    c.propagated();
    if (!wrongClaim(c, status)) wrote(c, status);
  },
});

const CLAIM_COUNT = 100;
/** Redis counts what it may have to remember in 64 bits. */
const CLAIM_COUNT_MAX = 2 ** 63 / 16;
const COUNT_ERROR = "ERR COUNT must be > 0";

/** XAUTOCLAIM's options from argument 6 on. @returns null after an error */
function readAutoClaim(c: Context): { count: number; justIds: boolean } | null {
  let count: number | null = CLAIM_COUNT;
  let justIds = false;
  for (let i = 6; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "count" && i + 1 < c.argc) {
      count = c.integerWithin(++i, 1, CLAIM_COUNT_MAX, COUNT_ERROR);
      if (count === null) return null;
    } else if (option === "justid") justIds = true;
    else return c.reply.error(errors.syntax), null;
  }
  return { count, justIds };
}

export const xautoclaim = command({
  name: "XAUTOCLAIM",
  summary: "Claims entries that have been pending for long, whatever their IDs.",
  since: "6.2.0",
  group: "stream",
  complexity: "O(M*log(N)) where M is COUNT and N the number of pending entries",
  arity: -6,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [
    keyArgument,
    groupArgument,
    consumerArgument,
    { name: "min-idle-time", type: "string" },
    { name: "start", type: "string" },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "justid", type: "pure-token", token: "JUSTID", optional: true },
  ],
  tips: ["nondeterministic_output"],
  history: [["7.0.0", "The reply tells of deleted entries that are not pending any more."]],
  run(c) {
    // The key is looked up before anything else is looked at.
    c.looked(c.x.keyLookup(c.db, 1) !== 0);
    const idle = c.integer(4, "ERR Invalid min-idle-time argument for XAUTOCLAIM");
    if (idle === null || failed(c, c.x.streamStart(5))) return;
    const options = readAutoClaim(c);
    if (options === null) return;
    const status = c.x.streamAutoClaim(c.db, idle, options.count, options.justIds);
    c.propagated();
    if (!wrong(c, status)) wrote(c, status);
  },
});
