/**
 * HEXPIRE, HPEXPIRE, HEXPIREAT, HPEXPIREAT, HTTL, HPTTL, HEXPIRETIME, HPEXPIRETIME and HPERSIST: the
 * fields of a hash have an expiry each, since 7.4.
 */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { invalidExpiry } from "../../resp/errors.ts";
import { fieldsBlock, readFields, told } from "./fields.ts";
import { keyArgument, read } from "./shared.ts";

const conditionArgument: Argument = {
  name: "condition",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "nx", type: "pure-token", token: "NX" },
    { name: "xx", type: "pure-token", token: "XX" },
    { name: "gt", type: "pure-token", token: "GT" },
    { name: "lt", type: "pure-token", token: "LT" },
  ],
};

/** What those share that set an expiry. */
const sets = {
  since: "7.4.0",
  group: "hash",
  complexity: "O(N) where N is the number of fields given",
  arity: -6,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
} satisfies Partial<CommandSpec>;

/**
 * Leaves an expiry argument in the core's result cell.
 *
 * @param kind EXPIRY_* of the core
 * @returns false when it was answered as wrong
 */
export function takeFieldExpiry(c: Context, index: number, kind: number): boolean {
  if (c.integer(index) === null) return false;
  if (c.core.resultBigint() < 0n) {
    c.reply.error("ERR invalid expire time, must be >= 0");
    return false;
  }
  if (c.x.expiryArgument(index, kind) === 0 && c.x.hashExpiryFits()) return true;
  c.reply.error(invalidExpiry(c.command.name));
  return false;
}

/** The condition at an argument, EXPIRE_* of the core; 0 when there stands none. */
function conditionAt(c: Context, index: number): number {
  const { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX } = c.core.at;
  switch (c.option(index)) {
    case "nx":
      return EXPIRE_NX;
    case "xx":
      return EXPIRE_XX;
    case "gt":
      return EXPIRE_GT;
    case "lt":
      return EXPIRE_LT;
    default:
      return 0;
  }
}

function expireFields(c: Context, kind: number): void {
  const condition = conditionAt(c, 3);
  const at = condition === 0 ? 3 : 4;
  // Both leave something in the result cell: the expiry comes last.
  if (!takeFieldExpiry(c, 2, kind)) return;
  const first = readFields(c, at, "ERR Parameter `numFields` should be greater than 0");
  if (first === 0 || !takeFieldExpiry(c, 2, kind)) return;
  const expiryMs = c.core.resultBigint();
  const status = c.x.hashExpire(c.db, 1, condition, first, c.argc);
  if (status > 0) c.insteadFrom(["HPEXPIREAT", 1, `${expiryMs}`], 3);
  told(c, status);
}

export const hexpire = command({
  ...sets,
  name: "HEXPIRE",
  summary: "Sets the life of fields of a hash in seconds.",
  arguments: [keyArgument, { name: "seconds", type: "integer" }, conditionArgument, fieldsBlock],
  run: (c) => expireFields(c, c.core.at.EXPIRY_RELATIVE),
});

export const hpexpire = command({
  ...sets,
  name: "HPEXPIRE",
  summary: "Sets the life of fields of a hash in milliseconds.",
  arguments: [
    keyArgument,
    { name: "milliseconds", type: "integer" },
    conditionArgument,
    fieldsBlock,
  ],
  run: (c) => expireFields(c, c.core.at.EXPIRY_RELATIVE | c.core.at.EXPIRY_MS),
});

export const hexpireat = command({
  ...sets,
  name: "HEXPIREAT",
  summary: "Sets when fields of a hash expire, as Unix time in seconds.",
  arguments: [
    keyArgument,
    { name: "unix-time-seconds", type: "unix-time" },
    conditionArgument,
    fieldsBlock,
  ],
  run: (c) => expireFields(c, c.core.at.EXPIRY_SECONDS),
});

export const hpexpireat = command({
  ...sets,
  name: "HPEXPIREAT",
  summary: "Sets when fields of a hash expire, as Unix time in milliseconds.",
  arguments: [
    keyArgument,
    { name: "unix-time-milliseconds", type: "unix-time" },
    conditionArgument,
    fieldsBlock,
  ],
  run: (c) => expireFields(c, c.core.at.EXPIRY_MS),
});

const COUNT_ERROR = "ERR Number of fields must be a positive integer";

/** What those share that read an expiry. */
const reads = {
  since: "7.4.0",
  group: "hash",
  complexity: "O(N) where N is the number of fields given",
  arity: -5,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, fieldsBlock],
} satisfies Partial<CommandSpec>;

/** @param kind TTL_* of the core */
function replyTtls(c: Context, kind: number): void {
  const first = readFields(c, 2, COUNT_ERROR);
  if (first !== 0) read(c, c.x.hashTtl(c.db, 1, kind, first, c.argc));
}

export const httl = command({
  ...reads,
  name: "HTTL",
  summary: "Returns the seconds that fields have left; -1: no expiry, -2: no such field.",
  tips: ["nondeterministic_output"],
  run: (c) => replyTtls(c, c.core.at.TTL_SECONDS),
});

export const hpttl = command({
  ...reads,
  name: "HPTTL",
  summary: "Returns the milliseconds that fields have left; -1 and -2 as HTTL.",
  tips: ["nondeterministic_output"],
  run: (c) => replyTtls(c, c.core.at.TTL_MS),
});

export const hexpiretime = command({
  ...reads,
  name: "HEXPIRETIME",
  summary: "Returns when fields expire, as Unix time in seconds; -1 and -2 as HTTL.",
  run: (c) => replyTtls(c, c.core.at.TTL_ABSOLUTE),
});

export const hpexpiretime = command({
  ...reads,
  name: "HPEXPIRETIME",
  summary: "Returns when fields expire, as Unix time in milliseconds; -1 and -2 as HTTL.",
  run: (c) => replyTtls(c, c.core.at.TTL_ABSOLUTE | c.core.at.TTL_MS),
});

export const hpersist = command({
  ...reads,
  name: "HPERSIST",
  summary: "Takes the expiry of fields of a hash away.",
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  run(c) {
    const first = readFields(c, 2, COUNT_ERROR);
    if (first !== 0) told(c, c.x.hashPersist(c.db, 1, first, c.argc));
  },
});
