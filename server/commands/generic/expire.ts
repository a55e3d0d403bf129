/** EXPIRE, PEXPIRE, EXPIREAT and PEXPIREAT. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { expiryFailed } from "../string/expiry_options.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
const conditionArgument: Argument = {
  name: "condition",
  type: "oneof",
  since: "7.0.0",
  optional: true,
  arguments: [
    { name: "nx", type: "pure-token", token: "NX" },
    { name: "xx", type: "pure-token", token: "XX" },
    { name: "gt", type: "pure-token", token: "GT" },
    { name: "lt", type: "pure-token", token: "LT" },
  ],
};

/** What the four share. */
const shared = {
  group: "generic",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  history: [["7.0.0", "`NX`, `XX`, `GT` and `LT` came."]],
} satisfies Partial<CommandSpec>;

/** Reads the conditions behind the time, EXPIRE_* of the core. @returns -1 when answered as wrong */
function readConditions(c: Context): number {
  const { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX } = c.core.at;
  let conditions = 0;
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "nx") conditions |= EXPIRE_NX;
    else if (option === "xx") conditions |= EXPIRE_XX;
    else if (option === "gt") conditions |= EXPIRE_GT;
    else if (option === "lt") conditions |= EXPIRE_LT;
    else {
      c.reply.error(`ERR Unsupported option ${c.shown(i)}`);
      return -1;
    }
  }
  const others = EXPIRE_XX | EXPIRE_GT | EXPIRE_LT;
  if ((conditions & EXPIRE_NX) !== 0 && (conditions & others) !== 0) {
    c.reply.error("ERR NX and XX, GT or LT options at the same time are not compatible");
    return -1;
  }
  if ((conditions & EXPIRE_GT) !== 0 && (conditions & EXPIRE_LT) !== 0) {
    c.reply.error("ERR GT and LT options at the same time are not compatible");
    return -1;
  }
  return conditions;
}

function expireKey(c: Context, kind: number): void {
  const conditions = c.argc === 3 ? 0 : readConditions(c);
  if (conditions < 0 || expiryFailed(c, c.x.expiryArgument(2, kind))) return;
  const expiryMs = c.core.resultBigint();
  const status = c.x.keyExpire(c.db, 1, conditions);
  if (c.failed(status)) return;
  if (c.propagates) {
    if (status === 1) c.insteadFrom(["PEXPIREAT", 1, `${expiryMs}`], 3);
    else if (status === 2) c.instead(c.deletion, 1);
  }
  if (status === 1) c.wrote(1, "g", "expire");
  else if (status === 2) c.wrote(1, "g", "del");
  c.reply.number(status > 0 ? 1 : 0);
}

export const expire = command({
  ...shared,
  name: "EXPIRE",
  summary: "Sets a key's life in seconds.",
  since: "1.0.0",
  arguments: [keyArgument, { name: "seconds", type: "integer" }, conditionArgument],
  run: (c) => expireKey(c, c.core.at.EXPIRY_RELATIVE),
});

export const pexpire = command({
  ...shared,
  name: "PEXPIRE",
  summary: "Sets a key's life in milliseconds.",
  since: "2.6.0",
  arguments: [keyArgument, { name: "milliseconds", type: "integer" }, conditionArgument],
  run: (c) => expireKey(c, c.core.at.EXPIRY_RELATIVE | c.core.at.EXPIRY_MS),
});

export const expireat = command({
  ...shared,
  name: "EXPIREAT",
  summary: "Sets when a key expires, as Unix time in seconds.",
  since: "1.2.0",
  arguments: [keyArgument, { name: "unix-time-seconds", type: "unix-time" }, conditionArgument],
  run: (c) => expireKey(c, c.core.at.EXPIRY_SECONDS),
});

export const pexpireat = command({
  ...shared,
  name: "PEXPIREAT",
  summary: "Sets when a key expires, as Unix time in milliseconds.",
  since: "2.6.0",
  arguments: [
    keyArgument,
    { name: "unix-time-milliseconds", type: "unix-time" },
    conditionArgument,
  ],
  run: (c) => expireKey(c, c.core.at.EXPIRY_MS),
});
