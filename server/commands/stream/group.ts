/** XGROUP and its subcommands: groups of consumers. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { replyHelp } from "../help.ts";
import { wrongUse } from "../../resp/errors.ts";
import { failed, groupChanged, keyArgument } from "./shared.ts";

const groupArgument: Argument = { name: "groupname", type: "string" };
const consumerArgument: Argument = { name: "consumername", type: "string" };
const startArgument: Argument = {
  name: "id",
  type: "oneof",
  arguments: [
    { name: "id", type: "string" },
    { name: "new_id", type: "pure-token", token: "$" },
  ],
};
const entriesReadArgument: Argument = {
  name: "entries_read",
  type: "integer",
  token: "ENTRIESREAD",
  optional: true,
};

const NO_KEY =
  "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may " +
  "want to use the MKSTREAM option to create an empty stream automatically.";

/** Answers what is wrong with a subcommand's key and group. @returns whether it was an error */
function refused(c: Context, status: number): boolean {
  if (status >= 0) return false;
  const { MISSING, STREAM_BUSY_GROUP, STREAM_NO_GROUP } = c.core.at;
  if (status === MISSING) c.reply.error(NO_KEY);
  else if (status === STREAM_BUSY_GROUP) {
    c.reply.error("BUSYGROUP Consumer Group name already exists");
  } else if (status === STREAM_NO_GROUP) {
    c.reply.error(`NOGROUP No such consumer group '${c.shown(3)}' for key name '${c.shown(2)}'`);
  } else failed(c, status);
  return true;
}

/**
 * Reads MKSTREAM, where it is allowed, and ENTRIESREAD, which goes into the core's result.
 *
 * @returns whether MKSTREAM was given; null after an error
 */
function readOptions(c: Context, mayMake: boolean): boolean | null {
  let makes = false;
  let read = -1n;
  for (let i = 5; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "mkstream" && mayMake) makes = true;
    else if (option === "entriesread" && i + 1 < c.argc) {
      if (c.integer(++i) === null) return null;
      read = c.core.resultBigint();
      if (read < -1n) {
        c.reply.error("ERR value for ENTRIESREAD must be positive or -1");
        return null;
      }
    } else {
      c.reply.error(wrongUse("XGROUP", c.arg(1)));
      return null;
    }
  }
  c.core.setResult(read);
  return makes;
}

/**
 * Whether CREATE or SETID has more words than it can use, which only repeated options give; answers it. What is
 * wrong with the key and the group comes first.
 */
function isTooLong(c: Context, mostWords: number, makes: boolean, needsGroup: boolean): boolean {
  if (c.argc <= mostWords) return false;
  const { MISSING, STREAM_NO_GROUP } = c.core.at;
  const status = c.x.streamGroupOpen(c.db, 2, 3);
  const isFine = status === MISSING ? makes : status === STREAM_NO_GROUP && !needsGroup;
  if (isFine || !refused(c, status)) c.reply.error(wrongUse("XGROUP", c.arg(1)));
  return true;
}

const shared = {
  since: "5.0.0",
  group: "stream",
  complexity: "O(1)",
  flags: ["write"],
} satisfies Partial<CommandSpec>;

const create = command({
  ...shared,
  name: "CREATE",
  summary: "Makes a group that begins behind an ID.",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [keysAt(2, 2, 1, "RW", "insert")],
  arguments: [
    keyArgument,
    groupArgument,
    startArgument,
    { name: "mkstream", type: "pure-token", token: "MKSTREAM", optional: true },
    entriesReadArgument,
  ],
  history: [["7.0.0", "`ENTRIESREAD` came."]],
  run(c) {
    const makes = readOptions(c, true);
    if (makes === null || isTooLong(c, 8, makes, false)) return;
    const status = c.x.streamGroupCreate(c.db, makes);
    if (refused(c, status)) return;
    if ((status & c.core.at.STREAM_CREATED) !== 0) {
      c.added(2);
      c.wrote(2, "t", "xgroup-create");
    } else groupChanged(c, 2, "xgroup-create");
  },
});

const setid = command({
  ...shared,
  name: "SETID",
  summary: "Lets a group go on behind another ID.",
  arity: -5,
  keys: [keysAt(2, 2, 1, "RW", "update")],
  arguments: [keyArgument, groupArgument, startArgument, entriesReadArgument],
  history: [["7.0.0", "`ENTRIESREAD` came."]],
  run(c) {
    if (readOptions(c, false) === null || isTooLong(c, 7, false, true)) return;
    if (!refused(c, c.x.streamGroupSetId(c.db))) groupChanged(c, 2, "xgroup-setid");
  },
});

const destroy = command({
  ...shared,
  name: "DESTROY",
  summary: "Removes a group.",
  complexity: "O(1) for the caller; the entries pending in the group are freed later",
  arity: 4,
  keys: [keysAt(2, 2, 1, "RW", "delete")],
  arguments: [keyArgument, groupArgument],
  run(c) {
    const status = c.x.streamGroupDestroy(c.db);
    if (refused(c, status) || status === 0) return;
    groupChanged(c, 2, "xgroup-destroy");
    // Whoever waits in this group waits in vain.
    if (c.server.changes.observed) c.server.blocked.touched(c.db, c.arg(2));
  },
});

const createconsumer = command({
  ...shared,
  name: "CREATECONSUMER",
  summary: "Makes a consumer of a group.",
  since: "6.2.0",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: [keysAt(2, 2, 1, "RW", "insert")],
  arguments: [keyArgument, groupArgument, consumerArgument],
  run(c) {
    const status = c.x.streamConsumerCreate(c.db);
    if (!refused(c, status) && status !== 0) groupChanged(c, 2, "xgroup-createconsumer");
  },
});

const delconsumer = command({
  ...shared,
  name: "DELCONSUMER",
  summary: "Removes a consumer, and what is pending for it.",
  complexity: "O(N*log(N)) where N is the number of entries pending for the consumer",
  arity: 5,
  keys: [keysAt(2, 2, 1, "RW", "delete")],
  arguments: [keyArgument, groupArgument, consumerArgument],
  run(c) {
    const status = c.x.streamConsumerDelete(c.db);
    if (!refused(c, status) && status !== 0) groupChanged(c, 2, "xgroup-delconsumer");
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
      [
        "CREATE <key> <groupname> <id|$> [option]",
        "Makes a group whose first entry is the one behind <id>. Options are:",
        "* MKSTREAM",
        "  Makes an empty stream where there is none.",
        "* ENTRIESREAD entries_read",
        "  How many entries the group has read (for internal use).",
      ],
      ["CREATECONSUMER <key> <groupname> <consumer>", "Makes a consumer of the group."],
      ["DELCONSUMER <key> <groupname> <consumer>", "Removes the consumer."],
      ["DESTROY <key> <groupname>", "Removes the group."],
      [
        "SETID <key> <groupname> <id|$> [ENTRIESREAD entries_read]",
        "Lets the group go on behind <id>.",
      ],
    ]),
});

export const xgroup = command({
  name: "XGROUP",
  summary: "Makes, changes and removes the groups of a stream.",
  since: "5.0.0",
  group: "stream",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [create, createconsumer, delconsumer, destroy, help, setid],
});
