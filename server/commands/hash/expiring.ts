/** HGETEX, HSETEX and HGETDEL: values and expiries of fields in one command, since 8.0. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { expiryArguments, expiryKind } from "../string/expiry_options.ts";
import { takeFieldExpiry } from "./expire.ts";
import { fieldsBlock, readFields, told } from "./fields.ts";
import { fieldArgument, keyArgument } from "./shared.ts";

const shared = {
  since: "8.0.0",
  group: "hash",
  complexity: "O(N) where N is the number of fields given",
} satisfies Partial<CommandSpec>;

/** The options that stand before FIELDS, read. */
interface Options {
  /** HASH_EXPIRY_* of the core; the expiry itself lies in the result cell. */
  kind: number;
  /** HASH_FNX, HASH_FXX or 0. */
  condition: number;
  /** The first field's index. */
  first: number;
}

/** How one of the two commands reads its options. */
interface Syntax {
  /** The word that stands for no new expiry, and what the core calls it. */
  word: "persist" | "keepttl";
  kind: (c: Context) => number;
  /** Whether FNX and FXX are known. */
  conditions: boolean;
  /** Arguments a field takes. */
  step: number;
}

const INT_MAX = 2 ** 31 - 1;

/** Reads the options. @returns null when they were answered as wrong */
function readOptions(c: Context, syntax: Syntax): Options | null {
  const options = { kind: 0, condition: 0, first: 0 };
  let expiry = 0;
  let how = -1;
  const refuse = (error: string) => {
    c.reply.error(`ERR ${error}`);
    return null;
  };
  let i = 2;
  for (; i < c.argc && c.option(i) !== "fields"; i++) {
    const option = c.option(i);
    const found = expiryKind(c, option);
    if (found !== -1 || option === syntax.word) {
      if (options.kind !== 0) {
        const word = syntax.word.toUpperCase();
        return refuse(`Only one of EX, PX, EXAT, PXAT or ${word} arguments can be specified`);
      }
      options.kind = found === -1 ? syntax.kind(c) : c.core.at.HASH_EXPIRY_SET;
      how = found;
      if (found === -1) continue;
      if (i + 1 === c.argc) return refuse("missing expire time");
      expiry = ++i;
    } else if (syntax.conditions && (option === "fnx" || option === "fxx")) {
      if (options.condition !== 0) {
        return refuse("Only one of FXX or FNX arguments can be specified");
      }
      options.condition = option === "fnx" ? c.core.at.HASH_FNX : c.core.at.HASH_FXX;
    } else return refuse(`unknown argument: ${c.shown(i)}`);
  }
  if (i === c.argc) return refuse("missing FIELDS argument");
  const isCount = i + 1 < c.argc && c.x.integerArgument(i + 1);
  const count = isCount ? c.core.resultNumber() : 0;
  if (count < 1 || count > INT_MAX) return refuse("invalid number of fields");
  options.first = i + 2;
  if (count * syntax.step !== c.argc - options.first) return refuse("wrong number of arguments");
  // A relative 0 is a time gone by here, not an error.
  if (expiry !== 0 && !takeFieldExpiry(c, expiry, how & ~c.core.at.EXPIRY_POSITIVE)) return null;
  return options;
}

/** How COMMAND DOCS shows the expiry and the word that stands for none. */
function expirationArgument(name: string, word: string): Argument {
  return {
    name: "expiration",
    type: "oneof",
    optional: true,
    arguments: [...expiryArguments(), { name, type: "pure-token", token: word }],
  };
}

const getSyntax: Syntax = {
  word: "persist",
  kind: (c) => c.core.at.HASH_EXPIRY_PERSIST,
  conditions: false,
  step: 1,
};

export const hgetex = command({
  ...shared,
  name: "HGETEX",
  summary: "Returns fields of a hash and sets or takes away their expiry.",
  arity: -5,
  flags: ["write", "fast"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "access", "update"),
    notes: "RW and UPDATE because it changes the TTL",
  }],
  arguments: [keyArgument, expirationArgument("persist", "PERSIST"), fieldsBlock],
  run(c) {
    const options = readOptions(c, getSyntax);
    if (options === null) return;
    const { HASH_EXPIRY_PERSIST, HASH_EXPIRY_SET } = c.core.at;
    const expiryMs = c.core.resultBigint();
    const status = c.x.hashGetExpire(c.db, 1, options.kind, options.first, c.argc);
    if (status > 0) {
      const from = options.first - 2;
      if (options.kind === HASH_EXPIRY_SET) c.insteadFrom(["HPEXPIREAT", 1, `${expiryMs}`], from);
      else if (options.kind === HASH_EXPIRY_PERSIST) c.insteadFrom(["HPERSIST", 1], from);
    }
    told(c, status);
  },
});

const setSyntax: Syntax = {
  word: "keepttl",
  kind: (c) => c.core.at.HASH_EXPIRY_KEEP,
  conditions: true,
  step: 2,
};

export const hsetex = command({
  ...shared,
  name: "HSETEX",
  summary: "Sets fields of a hash, with a condition and an expiry if wanted.",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [
    keyArgument,
    {
      name: "condition",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "fnx", type: "pure-token", token: "FNX" },
        { name: "fxx", type: "pure-token", token: "FXX" },
      ],
    },
    expirationArgument("keepttl", "KEEPTTL"),
    {
      name: "fields",
      type: "block",
      token: "FIELDS",
      arguments: [
        { name: "numfields", type: "integer" },
        {
          name: "data",
          type: "block",
          multiple: true,
          arguments: [fieldArgument, { name: "value", type: "string" }],
        },
      ],
    },
  ],
  run(c) {
    const options = readOptions(c, setSyntax);
    if (options === null) return;
    const { kind, condition, first } = options;
    const { HASH_EXPIRY_KEEP, HASH_EXPIRY_SET } = c.core.at;
    const expiryMs = c.core.resultBigint();
    const status = c.x.hashSetExpire(c.db, 1, condition, kind, first, c.argc);
    if (status > 0) {
      const how = kind === HASH_EXPIRY_SET
        ? ["PXAT", `${expiryMs}`]
        : kind === HASH_EXPIRY_KEEP
        ? ["KEEPTTL"]
        : [];
      c.insteadFrom(["HSETEX", 1, ...how], first - 2);
    }
    if (status === c.core.at.MISSING) return c.reply.number(0);
    if (told(c, status)) c.reply.number(1);
  },
});

export const hgetdel = command({
  ...shared,
  name: "HGETDEL",
  summary: "Returns fields of a hash and deletes them; the key goes with the last one.",
  arity: -5,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete")],
  arguments: [keyArgument, fieldsBlock],
  run(c) {
    const first = readFields(c, 2, "ERR Number of fields must be a positive integer");
    if (first === 0) return;
    const status = c.x.hashGetDelete(c.db, 1, first, c.argc);
    if (status > 0) c.insteadFrom(["HDEL", 1], first);
    told(c, status);
  },
});
