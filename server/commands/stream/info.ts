/** XINFO and its subcommands: what streams, groups and consumers are like. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { replyHelp } from "../help.ts";
import { errors, wrongUse } from "../../resp/errors.ts";
import { countArgument, failed, keyArgument } from "./shared.ts";

/** Names that a reply gives to values of the core, STREAM_INFO_*. */
type Fields = readonly (readonly [name: string, what: string])[];

const streamFields: Fields = [
  ["length", "LENGTH"],
  ["radix-tree-keys", "NODES"],
  ["radix-tree-nodes", "RADIX_NODES"],
  ["last-generated-id", "LAST_ID"],
  ["max-deleted-entry-id", "DELETED_ID"],
  ["entries-added", "ADDED"],
  ["recorded-first-entry-id", "FIRST_ID"],
];
const summaryFields: Fields = [
  ...streamFields,
  ["groups", "GROUPS"],
  ["first-entry", "FIRST_ENTRY"],
  ["last-entry", "LAST_ENTRY"],
];
const progressFields: Fields = [
  ["last-delivered-id", "DELIVERED_ID"],
  ["entries-read", "READ"],
  ["lag", "LAG"],
];
const groupFields: Fields = [
  ["name", "NAME"],
  ["consumers", "CONSUMERS"],
  ["pending", "PENDING"],
  ...progressFields,
];
const fullGroupFields: Fields = [["name", "NAME"], ...progressFields, ["pel-count", "PENDING"]];
const consumerFields: Fields = [
  ["name", "NAME"],
  ["pending", "PENDING"],
  ["idle", "IDLE"],
  ["inactive", "INACTIVE"],
];
const fullConsumerFields: Fields = [
  ["name", "NAME"],
  ["seen-time", "SEEN"],
  ["active-time", "ACTIVE"],
  ["pel-count", "PENDING"],
];

/** Replies with names and values; a map's head stands before them. */
function replyFields(c: Context, fields: Fields, show: (what: number) => void): void {
  const at = c.core.at as unknown as Record<string, number>;
  for (const [name, what] of fields) {
    c.reply.binary(name);
    show(at[`STREAM_INFO_${what}`]);
  }
}

/** Looks a stream up. @returns it as the core knows it; null after an error */
function openStream(c: Context): number | null {
  const status = c.x.streamOpen(c.db, 2);
  c.looked(status !== c.core.at.MISSING, 2);
  return opened(c, status);
}

function opened(c: Context, status: number): number | null {
  const { at, u32 } = c.core;
  if (status === 0) return u32[at.RESULT_PTR];
  if (status === at.MISSING) c.reply.error(errors.noKey);
  else failed(c, status);
  return null;
}

function replyGroups(c: Context, stream: number): void {
  const count = c.x.streamGroups(stream);
  c.reply.array(count);
  for (let i = 0; i < count; i++) {
    const group = c.x.streamGroup(stream, i);
    c.reply.map(groupFields.length);
    replyFields(c, groupFields, (what) => c.x.groupInfo(stream, group, what));
  }
}

function replyConsumers(c: Context, group: number): void {
  const count = c.x.groupConsumers(group);
  c.reply.array(count);
  for (let i = 0; i < count; i++) {
    const consumer = c.x.groupConsumer(group, i);
    c.reply.map(consumerFields.length);
    replyFields(c, consumerFields, (what) => c.x.consumerInfo(consumer, what));
  }
}

/** Replies with a stream and all its groups, with up to `count` entries of each list (0: all). */
function replyFull(c: Context, stream: number, count: number): void {
  c.reply.map(streamFields.length + 2);
  replyFields(c, streamFields, (what) => c.x.streamInfo(stream, what));
  c.reply.binary("entries");
  c.x.streamInfoEntries(stream, count);
  c.reply.binary("groups");
  const groups = c.x.streamGroups(stream);
  c.reply.array(groups);
  for (let i = 0; i < groups; i++) replyFullGroup(c, stream, c.x.streamGroup(stream, i), count);
}

function replyFullGroup(c: Context, stream: number, group: number, count: number): void {
  c.reply.map(fullGroupFields.length + 2);
  replyFields(c, fullGroupFields, (what) => c.x.groupInfo(stream, group, what));
  c.reply.binary("pending");
  c.x.streamInfoPending(group, 0, count);
  c.reply.binary("consumers");
  const consumers = c.x.groupConsumers(group);
  c.reply.array(consumers);
  for (let i = 0; i < consumers; i++) {
    const consumer = c.x.groupConsumer(group, i);
    c.reply.map(fullConsumerFields.length + 1);
    replyFields(c, fullConsumerFields, (what) => c.x.consumerInfo(consumer, what));
    c.reply.binary("pending");
    c.x.streamInfoPending(group, consumer, count);
  }
}

const FULL_COUNT = 10;

/** Reads `[FULL [COUNT count]]`. @returns -1 without FULL; null after an error */
function readFull(c: Context): number | null {
  if (c.argc === 3) return -1;
  const isFull = c.option(3) === "full";
  if (isFull && c.argc === 4) return FULL_COUNT;
  if (isFull && c.argc === 6 && c.option(4) === "count") {
    const count = c.integer(5);
    return count === null ? null : count < 0 ? FULL_COUNT : count;
  }
  c.reply.error(wrongUse("XINFO", c.arg(1)));
  return null;
}

const shared = {
  since: "5.0.0",
  group: "stream",
  complexity: "O(1)",
  flags: ["readonly"],
  keys: [keysAt(2, 2, 1, "RO", "access")],
} satisfies Partial<CommandSpec>;

const streamInfo = command({
  ...shared,
  name: "STREAM",
  summary: "Returns what a stream is like; with FULL its groups and consumers, too.",
  complexity: "O(N) where N is the number of nodes, groups and consumers",
  arity: -3,
  arguments: [
    keyArgument,
    {
      name: "full",
      type: "block",
      token: "FULL",
      optional: true,
      arguments: [countArgument],
    },
  ],
  history: [
    ["6.0.0", "`FULL` came."],
    ["7.0.0", "Tells how many entries were added, deleted and read."],
    ["7.2.0", "Tells when consumers were active."],
  ],
  run(c) {
    const stream = openStream(c);
    if (stream === null) return;
    const count = readFull(c);
    if (count === null) return;
    if (count >= 0) return replyFull(c, stream, count);
    c.reply.map(summaryFields.length);
    replyFields(c, summaryFields, (what) => c.x.streamInfo(stream, what));
  },
});

const groupsInfo = command({
  ...shared,
  name: "GROUPS",
  summary: "Returns what a stream's groups are like.",
  arity: 3,
  arguments: [keyArgument],
  history: [["7.0.0", "Tells how many entries were read, and are to be read."]],
  run(c) {
    const stream = openStream(c);
    if (stream !== null) replyGroups(c, stream);
  },
});

const consumersInfo = command({
  ...shared,
  name: "CONSUMERS",
  summary: "Returns what a group's consumers are like.",
  arity: 4,
  arguments: [keyArgument, { name: "groupname", type: "string" }],
  tips: ["nondeterministic_output"],
  history: [["7.2.0", "Tells when consumers were active."]],
  run(c) {
    if (openStream(c) === null) return;
    const status = c.x.streamGroupOpen(c.db, 2, 3);
    if (status === c.core.at.STREAM_NO_GROUP) {
      const [key, group] = [c.shown(2), c.shown(3)];
      c.reply.error(`NOGROUP No such consumer group '${group}' for key name '${key}'`);
      return;
    }
    const group = opened(c, status);
    if (group !== null) replyConsumers(c, group);
  },
});

const help = command({
  name: "HELP",
  summary: "Returns what the subcommands are.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  categories: ["stream"],
  run: (c) =>
    replyHelp(c, [
      ["CONSUMERS <key> <groupname>", "The consumers of <groupname>."],
      ["GROUPS <key>", "The groups of the stream."],
      ["STREAM <key> [FULL [COUNT <count>]", "What the stream is like."],
    ]),
});

export const xinfo = command({
  name: "XINFO",
  summary: "Returns what streams, groups and consumers are like.",
  since: "5.0.0",
  group: "stream",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [consumersInfo, groupsInfo, help, streamInfo],
});
