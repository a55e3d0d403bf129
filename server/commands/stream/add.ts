/** XADD, XTRIM, XDEL, XDELEX and XSETID. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { failed, groupChanged, idsArgument, keyArgument, referencesArgument } from "./shared.ts";

/** How far a stream is trimmed. */
const trimArgument: Argument = {
  name: "trim",
  type: "block",
  arguments: [
    {
      name: "strategy",
      type: "oneof",
      arguments: [
        { name: "maxlen", type: "pure-token", token: "MAXLEN" },
        { name: "minid", type: "pure-token", token: "MINID", since: "6.2.0" },
      ],
    },
    {
      name: "operator",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "equal", type: "pure-token", token: "=" },
        { name: "approximately", type: "pure-token", token: "~" },
      ],
    },
    { name: "threshold", type: "string" },
    { name: "count", type: "integer", token: "LIMIT", since: "6.2.0", optional: true },
  ],
};

/** Tells of what a write has done. */
function wrote(c: Context, status: number): void {
  if (failed(c, status) || status === 0) return;
  const { STREAM_ADDED, STREAM_CREATED, STREAM_DELETED, STREAM_TRIMMED } = c.core.at;
  if ((status & STREAM_CREATED) !== 0) c.added(1);
  if ((status & STREAM_ADDED) !== 0) {
    c.wrote(1, "t", "xadd");
    // What goes to make room counts with what was added.
    if ((status & STREAM_TRIMMED) !== 0) c.event(1, "t", "xtrim");
    return;
  }
  const event = (status & STREAM_DELETED) !== 0 ? "xdel" : "xtrim";
  c.wroteMany(1, "t", event, c.core.resultNumber());
}

export const xadd = command({
  name: "XADD",
  summary: "Adds an entry to a stream, which is made where there is none.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(1); O(N) where N is the number of entries that are trimmed",
  arity: -5,
  flags: ["write", "denyoom", "fast"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "update"),
    notes: "UPDATE instead of INSERT because of the optional trimming feature",
  }],
  arguments: [
    keyArgument,
    {
      name: "nomkstream",
      type: "pure-token",
      token: "NOMKSTREAM",
      since: "6.2.0",
      optional: true,
    },
    referencesArgument,
    { ...trimArgument, optional: true },
    {
      name: "id_or_auto",
      type: "oneof",
      arguments: [
        { name: "auto_id", type: "pure-token", token: "*" },
        { name: "id", type: "string" },
      ],
    },
    {
      name: "field_value",
      type: "block",
      multiple: true,
      arguments: [{ name: "field", type: "string" }, { name: "value", type: "string" }],
    },
  ],
  tips: ["nondeterministic_output"],
  history: [
    ["6.2.0", "`NOMKSTREAM`, `MINID` and `LIMIT` came."],
    ["7.0.0", "The seq of an ID can be left open, `<ms>-*`."],
    ["8.2.0", "`KEEPREF`, `DELREF` and `ACKED` came."],
  ],
  run(c) {
    wrote(c, c.x.streamAdd(c.db));
    c.propagated();
  },
});

export const xtrim = command({
  name: "XTRIM",
  summary: "Deletes the oldest entries of a stream.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(N) where N is the number of entries deleted; whole nodes of them at a time",
  arity: -4,
  flags: ["write"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, trimArgument, referencesArgument],
  tips: ["nondeterministic_output"],
  history: [
    ["6.2.0", "`MINID` and `LIMIT` came."],
    ["8.2.0", "`KEEPREF`, `DELREF` and `ACKED` came."],
  ],
  run(c) {
    wrote(c, c.x.streamTrim(c.db));
    c.propagated();
  },
});

export const xdel = command({
  name: "XDEL",
  summary: "Deletes entries of a stream.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(log(N)) for each entry where N is the number of nodes",
  arity: -3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, idsArgument],
  run: (c) => wrote(c, c.x.streamDelete(c.db)),
});

/** Options of XDELEX and XACKDEL. */
export interface DeletionOptions {
  /** REFS_* of the core. */
  references: number;
  firstId: number;
  count: number;
}

/** Reads `[KEEPREF|DELREF|ACKED] IDS numids id ...`, in any order. @returns null after an error */
export function readDeletion(c: Context, first: number): DeletionOptions | null {
  const { REFS_ACKED, REFS_DELETE, REFS_KEEP } = c.core.at;
  const words: Record<string, number> = {
    keepref: REFS_KEEP,
    delref: REFS_DELETE,
    acked: REFS_ACKED,
  };
  let references: number | undefined;
  let firstId = 0;
  let count = 0;
  for (let i = first; i < c.argc; i++) {
    const option = c.option(i);
    if (option in words && references === undefined) references = words[option];
    else if (option === "ids" && firstId === 0 && i + 1 < c.argc) {
      const number = c.integerWithin(
        i + 1,
        1,
        Infinity,
        "ERR Number of IDs must be a positive integer",
      );
      if (number === null) return null;
      if (i + 1 + number >= c.argc) {
        c.reply.error("ERR The `numids` parameter must match the number of arguments");
        return null;
      }
      [firstId, count] = [i + 2, number];
      i += 1 + number;
    } else return c.reply.error(errors.syntax), null;
  }
  if (firstId === 0) return c.reply.error(errors.syntax), null;
  return { references: references ?? REFS_KEEP, firstId, count };
}

/** The IDs of XDELEX and XACKDEL. */
export const countedIdsArgument: Argument = {
  name: "ids",
  type: "block",
  token: "IDS",
  arguments: [{ name: "numids", type: "integer" }, idsArgument],
};

export const xdelex = command({
  name: "XDELEX",
  summary: "Deletes entries of a stream, with regard to the groups that refer to them.",
  since: "8.2.0",
  group: "stream",
  complexity: "O(G*log(N)) for each entry where G is the number of groups",
  arity: -5,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, referencesArgument, countedIdsArgument],
  run(c) {
    const options = readDeletion(c, 2);
    if (options === null) return;
    const { references, firstId, count } = options;
    wrote(c, c.x.streamDeleteWith(c.db, firstId, count, references));
  },
});

/** Reads XSETID's options. @returns the argument of the deleted ID and whether there is a count; null after an error */
function readSetId(c: Context): { deletedArgument: number; counts: boolean } | null {
  let deletedArgument = 0;
  let counts = false;
  let added = 0n;
  if (failed(c, c.x.streamCheckSetId(2, 0))) return null;
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    const hasValue = i + 1 < c.argc;
    if (option === "entriesadded" && hasValue) {
      const number = c.integer(++i);
      if (number === null) return null;
      if (number < 0) return c.reply.error("ERR entries_added must be positive"), null;
      added = c.core.resultBigint();
      counts = true;
    } else if (option === "maxdeletedid" && hasValue) {
      deletedArgument = ++i;
      if (failed(c, c.x.streamCheckSetId(2, i))) return null;
    } else return c.reply.error(errors.syntax), null;
  }
  c.core.setResult(added);
  return { deletedArgument, counts };
}

export const xsetid = command({
  name: "XSETID",
  summary: "Sets a stream's last ID, and what it tells of entries added and deleted.",
  since: "5.0.0",
  group: "stream",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [
    keyArgument,
    { name: "last-id", type: "string" },
    {
      name: "entries_added",
      type: "integer",
      token: "ENTRIESADDED",
      since: "7.0.0",
      optional: true,
    },
    {
      name: "max_deleted_entry_id",
      type: "string",
      token: "MAXDELETEDID",
      since: "7.0.0",
      optional: true,
    },
  ],
  history: [["7.0.0", "`ENTRIESADDED` and `MAXDELETEDID` came."]],
  run(c) {
    const options = readSetId(c);
    if (options === null) return;
    const status = c.x.streamSetId(c.db, options.deletedArgument, options.counts);
    if (status === c.core.at.MISSING) c.reply.error(errors.noKey);
    else if (!failed(c, status)) groupChanged(c, 1, "xsetid");
  },
});
