/** XREAD and XREADGROUP, which can wait for entries. */

import type { Context, Waiting } from "../context.ts";
import { type Argument, command, type CommandSpec } from "../define.ts";
import { consumerArgument, countArgument, failed, groupArgument, groupChanged } from "./shared.ts";

const unbalanced = (name: string, special: string) =>
  `ERR Unbalanced '${name}' list of streams: for each stream key an ID or '${special}' must be ` +
  "specified.";
const noGroup = (key: string, group: string) =>
  `NOGROUP No such key '${key}' or consumer group '${group}' in XREADGROUP with GROUP option`;
const NEW_IN_XREAD = "ERR The > ID can be specified only when calling XREADGROUP using the GROUP " +
  "<group> <consumer> option.";
const LAST_IN_GROUP =
  "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this " +
  "consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just " +
  "return an empty result set.";
const onlyGroup = (option: string) =>
  `ERR The ${option} option is only supported by XREADGROUP. You called XREAD instead.`;

/** Answers what is wrong with the arguments. @returns whether it was an error */
function refused(c: Context, status: number): boolean {
  const { at, u32 } = c.core;
  const words = (): string | undefined => {
    switch (status) {
      case at.STREAM_GROUP_IN_XREAD:
        return onlyGroup("GROUP");
      case at.STREAM_NOACK_IN_XREAD:
        return onlyGroup("NOACK");
      case at.STREAM_NO_GROUP_OPTION:
        return "ERR Missing GROUP option for XREADGROUP";
      case at.STREAM_BAD_CLAIM:
        return "ERR Invalid min-idle-time argument for XREADGROUP";
      case at.STREAM_BAD_TIMEOUT:
        return "ERR timeout is not an integer or out of range";
      case at.STREAM_NEGATIVE_TIMEOUT:
        return "ERR timeout is negative";
      case at.STREAM_UNBALANCED:
        return c.option(0) === "xreadgroup"
          ? unbalanced("xreadgroup", ">")
          : unbalanced("xread", "$");
      case at.STREAM_NEW_IN_XREAD:
        return NEW_IN_XREAD;
      case at.STREAM_LAST_IN_GROUP:
        return LAST_IN_GROUP;
      case at.STREAM_NO_GROUP:
        return noGroup(c.shown(u32[at.STREAM_ARGUMENT]), c.shown(groupOf(c)));
    }
  };
  if (status >= 0) return false;
  const text = words();
  if (text === undefined) return failed(c, status);
  c.reply.error(text);
  return true;
}

/** The argument that GROUP names. */
function groupOf(c: Context): number {
  for (let i = 1; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "group") return i + 1;
    if (option === "count" || option === "block" || option === "claim") i++;
  }
  return 0;
}

/** Tells of the consumers that were made. */
function consumersMade(c: Context): void {
  const { at, u32 } = c.core;
  const kargs = u32.slice(at.SCRATCH >>> 2, (at.SCRATCH >>> 2) + u32[at.STREAM_MADE]);
  for (const karg of kargs) groupChanged(c, karg, "xgroup-createconsumer");
}

/** Tells of the consumers that were made, and of what is pending now. */
function delivered(c: Context, status: number): void {
  const { at } = c.core;
  if (status === 0) return;
  const changes = c.core.resultNumber();
  if ((status & at.STREAM_CONSUMER_CREATED) !== 0) consumersMade(c);
  if ((status & at.STREAM_PENDING_CHANGED) !== 0) groupChanged(c, 0, undefined, changes);
}

function waitingFor(grouped: boolean): Waiting {
  return {
    heeds: "stream",
    // A group whose stream is gone ends the wait, as if the command had come only now.
    heedsLoss: grouped,
    serve: (c) => readNow(c, grouped),
    timedOut: (c) => c.reply.nullArray(),
  };
}
const reading = waitingFor(false);
const groupReading = waitingFor(true);

/** Counts hits and misses: keys are looked up to read their IDs, and again to read from them. */
function countLookups(c: Context, status: number): void {
  const { at, u32 } = c.core;
  const first = u32[at.STREAM_FIRST_KEY];
  const last = u32[at.STREAM_ARGUMENT];
  const passes = status >= 0 || status === at.MISSING ? 2 : 1;
  for (let pass = 0; last !== 0 && pass < passes; pass++) {
    for (let karg = first; karg <= last; karg++) c.looked(c.x.keyPeek(c.db, karg) !== 0, karg);
  }
}

/** Reads what there is, or answers what is wrong. @returns whether there was a reply */
function readNow(c: Context, grouped: boolean): boolean {
  const status = c.x.streamRead(c.db, grouped);
  c.propagated();
  countLookups(c, status);
  if (status === c.core.at.MISSING) {
    if (grouped) consumersMade(c);
    return false;
  }
  if (!refused(c, status)) delivered(c, status);
  return true;
}

function readOrWait(c: Context, grouped: boolean): void {
  if (readNow(c, grouped)) return;
  const { core } = c;
  const { at, u32 } = core;
  const timeoutMs = Number(core.i64[at.STREAM_BLOCK_MS >> 1]);
  if (timeoutMs < 0) return c.reply.nullArray();
  const waiting = grouped ? groupReading : reading;
  c.block(waiting, u32[at.STREAM_FIRST_KEY], u32[at.STREAM_KEYS], timeoutMs);
}

const blockArgument: Argument = {
  name: "milliseconds",
  type: "integer",
  token: "BLOCK",
  optional: true,
};
const streamsArgument: Argument = {
  name: "streams",
  type: "block",
  token: "STREAMS",
  arguments: [
    { name: "key", type: "key", keySpec: 0, multiple: true },
    { name: "id", type: "string", multiple: true },
  ],
};

const shared = {
  since: "5.0.0",
  group: "stream",
  complexity: "O(log(N)+M) for each stream where M is the number of entries returned",
} satisfies Partial<CommandSpec>;

const streamsFrom = (from: number) =>
  [{
    flags: ["RO", "access"],
    begin: { keyword: "STREAMS", from },
    find: { last: -1, step: 1, limit: 2 },
  }] satisfies CommandSpec["keys"];

export const xread = command({
  ...shared,
  name: "XREAD",
  summary: "Returns the entries of streams behind given IDs, or waits for some.",
  arity: -4,
  flags: ["readonly", "blocking", "movablekeys"],
  keys: streamsFrom(1),
  arguments: [countArgument, blockArgument, streamsArgument],
  history: [["7.4.0", "The ID `+` asks for the last entry."]],
  run: (c) => readOrWait(c, false),
});

export const xreadgroup = command({
  ...shared,
  name: "XREADGROUP",
  summary:
    "Gives a consumer entries that its group has not seen, or waits for some; or its own again.",
  arity: -7,
  flags: ["write", "blocking", "movablekeys"],
  keys: streamsFrom(4),
  arguments: [
    {
      name: "group_consumer",
      type: "block",
      token: "GROUP",
      arguments: [groupArgument, consumerArgument],
    },
    countArgument,
    blockArgument,
    {
      name: "min-idle-time",
      type: "integer",
      token: "CLAIM",
      since: "8.4.0",
      optional: true,
    },
    { name: "noack", type: "pure-token", token: "NOACK", optional: true },
    streamsArgument,
  ],
  history: [["8.4.0", "`CLAIM` gives the consumer what has been pending for long, too."]],
  run: (c) => readOrWait(c, true),
});
