/** MSETEX: many strings with conditions and one expiry, since 8.4. */

import type { Context } from "../context.ts";
import { command, type KeySpec } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { expiryArguments, expiryKind, takeExpiry } from "./expiry_options.ts";

const INT_MAX = 2 ** 31 - 1;
const FIRST_KEY = 2;

const pairsCounted: KeySpec = {
  flags: ["OW", "update"],
  begin: 1,
  find: { countAt: 0, firstAt: 1, step: 2 },
};

/** The options behind the pairs, read. */
interface Options {
  /** SET_* of the core. */
  flags: number;
  /** Argument with the expiry, 0 for none, and its EXPIRY_*. */
  expiry: number;
  kind: number;
}

/** Reads the options from an argument on. @returns null for those that make no sense */
function readOptions(c: Context, from: number): Options | null {
  const { SET_EXPIRY, SET_KEEP_TTL, SET_NX, SET_XX } = c.core.at;
  const options: Options = { flags: 0, expiry: 0, kind: -1 };
  for (let i = from; i < c.argc; i++) {
    const option = c.option(i);
    const has = (flag: number) => (options.flags & flag) !== 0;
    if (option === "nx" && !has(SET_XX)) options.flags |= SET_NX;
    else if (option === "xx" && !has(SET_NX)) options.flags |= SET_XX;
    else if (option === "keepttl" && !has(SET_EXPIRY)) options.flags |= SET_KEEP_TTL;
    else {
      const kind = expiryKind(c, option);
      const clashes = has(SET_KEEP_TTL) || (options.kind !== -1 && options.kind !== kind);
      if (kind === -1 || clashes || i + 1 === c.argc) return null;
      options.flags |= SET_EXPIRY;
      options.kind = kind;
      options.expiry = ++i;
    }
  }
  return options;
}

/** Whether NX or XX is against what is there. */
function forbidden(c: Context, end: number, flags: number): boolean {
  const { SET_NX, SET_XX } = c.core.at;
  if ((flags & (SET_NX | SET_XX)) === 0) return false;
  for (let i = FIRST_KEY; i < end; i += 2) {
    if ((c.x.keyLookup(c.db, i) !== 0) === ((flags & SET_NX) !== 0)) return true;
  }
  return false;
}

/** Sets the pairs. @returns the first argument that was not set, as memory was out, else `end` */
function setPairs(c: Context, end: number, flags: number): number {
  const expires = (flags & c.core.at.SET_EXPIRY) !== 0;
  const how = expires
    ? ["PXAT", `${c.core.resultBigint()}`]
    : (flags & c.core.at.SET_KEEP_TTL) !== 0
    ? ["KEEPTTL"]
    : [];
  for (let i = FIRST_KEY; i < end; i += 2) {
    const status = c.x.stringSet(c.db, i, i + 1, flags);
    if (status < 0) return i;
    if (c.propagates) c.instead("SET", i, i + 1, ...how);
    if (status === 1) c.added(i);
    c.wrote(i, "$", "set");
    if (expires) c.event(i, "g", "expire");
  }
  return end;
}

export const msetex = command({
  name: "MSETEX",
  summary:
    "Sets the strings at several keys and one life for all, if none or all of the keys exist.",
  since: "8.4.0",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -4,
  flags: ["write", "denyoom", "movablekeys"],
  keys: [pairsCounted],
  arguments: [
    { name: "numkeys", type: "integer" },
    {
      name: "data",
      type: "block",
      multiple: true,
      arguments: [
        { name: "key", type: "key", keySpec: 0 },
        { name: "value", type: "string" },
      ],
    },
    {
      name: "condition",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "nx", type: "pure-token", token: "NX" },
        { name: "xx", type: "pure-token", token: "XX" },
      ],
    },
    {
      name: "expiration",
      type: "oneof",
      optional: true,
      arguments: [
        ...expiryArguments(),
        { name: "keepttl", type: "pure-token", token: "KEEPTTL" },
      ],
    },
  ],
  tips: ["request_policy:multi_shard", "response_policy:agg_min"],
  run(c) {
    const { SET_EXPIRY, SET_KEEP_TTL, SET_NX } = c.core.at;
    const count = c.integerWithin(1, 1, INT_MAX, "ERR invalid numkeys value");
    if (count === null) return;
    const end = FIRST_KEY + count * 2;
    if (end > c.argc) return c.reply.error("ERR wrong number of key-value pairs");
    const options = readOptions(c, end);
    if (options === null) return c.reply.error(errors.syntax);
    if (options.expiry !== 0 && !takeExpiry(c, options.expiry, options.kind)) return;
    if (forbidden(c, end, options.flags)) return c.reply.number(0);
    const done = setPairs(c, end, options.flags & (SET_EXPIRY | SET_KEEP_TTL));
    if (done === end) return c.reply.number(1);
    // Memory is out: what has been set stays set, but where all or nothing was asked for.
    if ((options.flags & SET_NX) !== 0) {
      for (let i = FIRST_KEY; i < done; i += 2) {
        if (!c.x.keyDelete(c.db, i)) continue;
        if (c.propagates) c.instead("DEL", i);
        c.wrote(i, "g", "del");
      }
    }
    c.failed(c.core.at.OUT_OF_MEMORY);
  },
});
