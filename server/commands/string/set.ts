/** SET, SETNX, SETEX and PSETEX. */

import { type Argument, command, keysAt } from "../define.ts";
import type { Context } from "../context.ts";
import { errors } from "../../resp/errors.ts";
import { conditionArguments, type Match, matchFailed, matchKind } from "./conditions.ts";
import { expiryArguments, expiryKind, takeExpiry } from "./expiry_options.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
const valueArgument: Argument = { name: "value", type: "string" };

/** SET's options, read. */
interface SetOptions {
  /** SET_* of the core. */
  flags: number;
  /** Argument with the expiry, 0 for none, and its EXPIRY_*. */
  expiry: number;
  kind: number;
  /** What the string that is there has to be. */
  match: Match | null;
}

/** Reads the options behind the value. @returns null for those that make no sense */
function readOptions(c: Context): SetOptions | null {
  const { SET_EXPIRY, SET_GET, SET_KEEP_TTL, SET_NX, SET_XX } = c.core.at;
  let flags = 0;
  let expiry = 0;
  let kind = -1;
  let match: Match | null = null;
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    const how = matchKind(c, option);
    if (how !== 0) {
      const clashes = (flags & (SET_NX | SET_XX)) !== 0 || (match !== null && match.kind !== how);
      if (clashes || i + 1 === c.argc) return null;
      match = { kind: how, argument: ++i };
    } else if (option === "nx" && match === null && (flags & SET_XX) === 0) flags |= SET_NX;
    else if (option === "xx" && match === null && (flags & SET_NX) === 0) flags |= SET_XX;
    else if (option === "get") flags |= SET_GET;
    else if (option === "keepttl" && expiry === 0) flags |= SET_KEEP_TTL;
    else {
      const found = expiryKind(c, option);
      // The same option may come twice, and then the last one counts; two different ones may not.
      const clashes = (flags & SET_KEEP_TTL) !== 0 || (kind !== -1 && kind !== found);
      if (found === -1 || clashes || i + 1 === c.argc) return null;
      kind = found;
      expiry = ++i;
    }
  }
  if (expiry !== 0) flags |= SET_EXPIRY;
  return { flags, expiry, kind, match };
}

/** Answers a SET that was tried, whatever it had for options. */
function answer(c: Context, status: number, flags: number): void {
  const { EXISTS, MISSING, SET_EXPIRY, SET_GET, WRONG_TYPE } = c.core.at;
  const gets = (flags & SET_GET) !== 0;
  if (gets && status === WRONG_TYPE) c.looked(true);
  if (c.failed(status)) return;
  if (gets) c.looked(status === 0 || status === EXISTS);
  if (status !== EXISTS && status !== MISSING) {
    wrote(c, 1, status, (flags & SET_EXPIRY) !== 0);
    if (!gets) c.reply.ok();
  } else if (!gets) c.reply.null();
}

/**
 * Looks whether the string at the key is what was asked for: when it is not, the answer has been given.
 *
 * @returns whether to set it
 */
function mayReplace(c: Context, { kind, argument }: Match, flags: number): boolean {
  const { at } = c.core;
  const status = c.x.stringMatches(c.db, 1, kind, argument);
  if (matchFailed(c, status)) return false;
  if (status === 1) return true;
  if (status === at.MISSING && (kind === at.MATCH_OTHER_TEXT || kind === at.MATCH_OTHER_DIGEST)) {
    return true;
  }
  if ((flags & at.SET_GET) !== 0) c.looked(c.x.stringGet(c.db, 1) === 0);
  else c.reply.null();
  return false;
}

/** Tells of a string that was set; `status` is the core's. */
function wrote(c: Context, karg: number, status: number, expires: boolean): void {
  if (status === 1) c.added(karg);
  c.wrote(karg, "$", "set");
  if (expires) c.event(karg, "g", "expire");
}

/** Propagates a SET with options: times as moments, no condition that looks at what was there, no GET. */
function propagate(c: Context, { flags, expiry, match }: SetOptions, expiryMs: bigint): void {
  if (!c.propagates) return;
  const { SET_GET, SET_KEEP_TTL, SET_NX, SET_XX } = c.core.at;
  if (expiry !== 0) return c.instead("SET", 1, 2, "PXAT", `${expiryMs}`);
  if ((flags & SET_GET) === 0 && match === null) return;
  const words = ["SET", 1, 2];
  if ((flags & SET_NX) !== 0) words.push("NX");
  if ((flags & SET_XX) !== 0) words.push("XX");
  if ((flags & SET_KEEP_TTL) !== 0) words.push("KEEPTTL");
  c.instead(...words);
}

export const set = command({
  name: "SET",
  summary: "Sets the string at a key, whatever it held, with conditions and an expiry if wanted.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "access", "update", "variable_flags"),
    notes: "RW and ACCESS due to the optional `GET` argument",
  }],
  keyFlags(c) {
    for (let i = 3; i < c.argc; i++) {
      const option = c.option(i);
      if (option === "get" || matchKind(c, option) !== 0) return ["RW", "access", "update"];
    }
    return ["OW", "update"];
  },
  arguments: [
    keyArgument,
    valueArgument,
    {
      name: "condition",
      type: "oneof",
      since: "2.6.12",
      optional: true,
      arguments: [
        { name: "nx", type: "pure-token", token: "NX" },
        { name: "xx", type: "pure-token", token: "XX" },
        ...conditionArguments("8.4.0"),
      ],
    },
    { name: "get", type: "pure-token", token: "GET", since: "6.2.0", optional: true },
    {
      name: "expiration",
      type: "oneof",
      optional: true,
      arguments: [
        ...expiryArguments("2.6.12", "6.2.0"),
        { name: "keepttl", type: "pure-token", token: "KEEPTTL", since: "6.0.0" },
      ],
    },
  ],
  history: [
    ["2.6.12", "`EX`, `PX`, `NX` and `XX` came."],
    ["6.0.0", "`KEEPTTL` came."],
    ["6.2.0", "`GET`, `EXAT` and `PXAT` came."],
    ["7.0.0", "`NX` and `GET` go together."],
    ["8.4.0", "`IFEQ`, `IFNE`, `IFDEQ` and `IFDNE` came."],
  ],
  run(c) {
    if (c.argc === 3) return answer(c, c.x.stringSet(c.db, 1, 2, c.core.at.SET_ADOPT), 0);
    const options = readOptions(c);
    if (options === null) return c.reply.error(errors.syntax);
    if (options.expiry !== 0 && !takeExpiry(c, options.expiry, options.kind)) return;
    const expiry = c.core.resultBigint();
    if (options.match !== null && !mayReplace(c, options.match, options.flags)) return;
    const status = c.x.stringSet(c.db, 1, 2, options.flags | c.core.at.SET_ADOPT);
    if (status >= 0) propagate(c, options, expiry);
    answer(c, status, options.flags);
  },
});

export const setnx = command({
  name: "SETNX",
  summary: "Sets the string at a key that does not exist yet.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "OW", "insert")],
  arguments: [keyArgument, valueArgument],
  run(c) {
    const status = c.x.stringSet(c.db, 1, 2, c.core.at.SET_NX | c.core.at.SET_ADOPT);
    if (c.failed(status)) return;
    if (status === 1) wrote(c, 1, 1, false);
    c.reply.number(status === 1 ? 1 : 0);
  },
});

function setWithExpiry(c: Context, kind: number): void {
  if (!takeExpiry(c, 2, kind)) return;
  const expiryMs = c.core.resultBigint();
  const flags = c.core.at.SET_EXPIRY;
  const status = c.x.stringSet(c.db, 1, 3, flags | c.core.at.SET_ADOPT);
  if (status >= 0 && c.propagates) c.instead("SET", 1, 3, "PXAT", `${expiryMs}`);
  answer(c, status, flags);
}

export const setex = command({
  name: "SETEX",
  summary: "Sets the string at a key and its life in seconds.",
  since: "2.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "OW", "update")],
  arguments: [keyArgument, { name: "seconds", type: "integer" }, valueArgument],
  run: (c) => setWithExpiry(c, c.core.at.EXPIRY_POSITIVE | c.core.at.EXPIRY_RELATIVE),
});

export const psetex = command({
  name: "PSETEX",
  summary: "Sets the string at a key and its life in milliseconds.",
  since: "2.6.0",
  group: "string",
  complexity: "O(1)",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "OW", "update")],
  arguments: [keyArgument, { name: "milliseconds", type: "integer" }, valueArgument],
  run(c) {
    const { EXPIRY_MS, EXPIRY_POSITIVE, EXPIRY_RELATIVE } = c.core.at;
    setWithExpiry(c, EXPIRY_POSITIVE | EXPIRY_RELATIVE | EXPIRY_MS);
  },
});
