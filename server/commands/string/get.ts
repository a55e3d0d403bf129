/** GET, GETDEL, GETEX and GETSET. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { expiryArguments, expiryFailed, expiryKind } from "./expiry_options.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

/** Counts a read of the string at key 1. A key of another type is there, too: a hit. */
function looked(c: Context, status: number): void {
  c.looked(status !== c.core.at.MISSING);
}

export const get = command({
  name: "GET",
  summary: "Returns the string at a key.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument],
  run(c) {
    const status = c.x.stringGet(c.db, 1);
    looked(c, status);
    c.failed(status);
  },
});

export const getdel = command({
  name: "GETDEL",
  summary: "Returns the string at a key and deletes the key.",
  since: "6.2.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete")],
  arguments: [keyArgument],
  run(c) {
    const status = c.x.stringTake(c.db, 1);
    looked(c, status);
    if (status === 0 && c.propagates) c.instead("DEL", 1);
    if (status === 0) c.wrote(1, "g", "del");
    else c.failed(status);
  },
});

/** GETEX's option: its argument (0: the expiry goes, -1: it stays) and how it is meant. */
function readGetexOption(c: Context): { index: number; kind: number } | null {
  let index = -1;
  let kind = -1;
  for (let i = 2; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "persist" && index <= 0) {
      index = 0;
      continue;
    }
    const found = expiryKind(c, option);
    const clashes = index === 0 || (kind !== -1 && kind !== found);
    if (found === -1 || clashes || i + 1 === c.argc) return null;
    kind = found;
    index = ++i;
  }
  return { index, kind };
}

export const getex = command({
  name: "GETEX",
  summary: "Returns the string at a key and sets or takes away its expiry.",
  since: "6.2.0",
  group: "string",
  complexity: "O(1)",
  arity: -2,
  flags: ["write", "fast"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "access", "update"),
    notes: "RW and UPDATE because it changes the TTL",
  }],
  arguments: [
    keyArgument,
    {
      name: "expiration",
      type: "oneof",
      optional: true,
      arguments: [
        ...expiryArguments(),
        { name: "persist", type: "pure-token", token: "PERSIST" },
      ],
    },
  ],
  run(c) {
    const option = readGetexOption(c);
    if (option === null) return c.reply.error(errors.syntax);
    const { index, kind } = option;
    const { GETEX_DELETED, GETEX_PERSISTED, GETEX_SET } = c.core.at;
    const status = index === -1
      ? c.x.stringGet(c.db, 1)
      : c.x.stringGetExpire(c.db, 1, index, kind);
    if (c.propagates) {
      if (status === GETEX_SET) c.instead("PEXPIREAT", 1, `${c.core.resultBigint()}`);
      else if (status === GETEX_DELETED) c.instead(c.deletion, 1);
      else if (status === GETEX_PERSISTED) c.instead("PERSIST", 1);
    }
    looked(c, status);
    if (status === GETEX_SET) c.wrote(1, "g", "expire");
    else if (status === GETEX_DELETED) c.wrote(1, "g", "del");
    else if (status === GETEX_PERSISTED) c.wrote(1, "g", "persist");
    else expiryFailed(c, status);
  },
});

export const getset = command({
  name: "GETSET",
  summary: "Sets the string at a key and returns the one that was there.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [keyArgument, { name: "value", type: "string" }],
  deprecated: { since: "6.2.0", replacedBy: "`SET` with the `!GET` argument" },
  run(c) {
    const status = c.x.stringSet(c.db, 1, 2, c.core.at.SET_GET | c.core.at.SET_ADOPT);
    looked(c, status === 1 ? c.core.at.MISSING : status);
    if (c.failed(status)) return;
    if (c.propagates) c.instead("SET", 1, 2);
    if (status === 1) c.added(1);
    c.wrote(1, "$", "set");
  },
});
