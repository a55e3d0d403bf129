/** APPEND, STRLEN, SETRANGE, GETRANGE and SUBSTR. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

export const append = command({
  name: "APPEND",
  summary: "Puts bytes behind the string at a key; an absent key counts as empty.",
  since: "2.0.0",
  group: "string",
  complexity: "O(1) on average: a string that has grown once keeps as much room again to grow",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [keyArgument, { name: "value", type: "string" }],
  run(c) {
    const status = c.x.stringAppend(c.db, 1, 2);
    if (c.failed(status)) return;
    if (status === 1) c.added(1);
    c.wrote(1, "$", "append");
  },
});

export const strlen = command({
  name: "STRLEN",
  summary: "Returns the length in bytes of the string at a key.",
  since: "2.2.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
  arguments: [keyArgument],
  run(c) {
    const status = c.x.stringLength(c.db, 1);
    const missing = status === c.core.at.MISSING;
    c.looked(!missing);
    if (!c.failed(status)) c.reply.number(missing ? 0 : status);
  },
});

export const setrange = command({
  name: "SETRANGE",
  summary:
    "Overwrites the string at a key from an offset on, with zero bytes up to there if needed.",
  since: "2.2.0",
  group: "string",
  complexity: "O(M) where M is the length of the value, plus the zero bytes that it takes",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [keyArgument, { name: "offset", type: "integer" }, { name: "value", type: "string" }],
  run(c) {
    const offset = c.integer(2);
    if (offset === null) return;
    if (offset < 0) return c.reply.error("ERR offset is out of range");
    const status = c.x.stringSetRange(c.db, 1, offset, 3);
    if (c.failed(status) || status === c.core.at.MISSING) return;
    if (status === 1) c.added(1);
    c.wrote(1, "$", "setrange");
  },
});

/** What GETRANGE and its old name share. */
const sharedRange = {
  group: "string",
  complexity: "O(N) where N is the length of the part",
  arity: 4,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, { name: "start", type: "integer" }, { name: "end", type: "integer" }],
  run(c: Context): void {
    const status = c.x.stringGetRange(c.db, 1, 2, 3);
    if (status !== c.core.at.NOT_AN_INTEGER) c.looked(status !== c.core.at.MISSING);
    c.failed(status);
  },
} satisfies Partial<CommandSpec>;

export const getrange = command({
  ...sharedRange,
  name: "GETRANGE",
  summary: "Returns a part of the string at a key; negative offsets count from its end.",
  since: "2.4.0",
});

export const substr = command({
  ...sharedRange,
  name: "SUBSTR",
  summary: "Returns a part of the string at a key, as GETRANGE does.",
  since: "1.0.0",
  deprecated: { since: "2.0.0", replacedBy: "`GETRANGE`" },
});
