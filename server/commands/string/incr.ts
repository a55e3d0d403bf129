/** INCR, INCRBY, DECR, DECRBY and INCRBYFLOAT. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

/** What all share but for where they differ below. */
const shared = {
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
} satisfies Partial<CommandSpec>;

/** @param darg argument with the difference, 0 for one */
function increment(c: Context, darg: number, sign: 1 | -1): void {
  const status = c.x.stringIncrement(c.db, 1, darg, sign);
  // The least integer has no negative.
  if (status === c.core.at.TOO_LONG) return c.reply.error("ERR decrement would overflow");
  if (c.failed(status)) return;
  if (status === 1) c.added(1);
  c.wrote(1, "$", "incrby");
}

export const incr = command({
  ...shared,
  name: "INCR",
  summary: "Adds one to the integer at a key; an absent key counts as 0.",
  arity: 2,
  arguments: [keyArgument],
  run: (c) => increment(c, 0, 1),
});

export const incrby = command({
  ...shared,
  name: "INCRBY",
  summary: "Adds to the integer at a key; an absent key counts as 0.",
  arity: 3,
  arguments: [keyArgument, { name: "increment", type: "integer" }],
  run: (c) => increment(c, 2, 1),
});

export const decr = command({
  ...shared,
  name: "DECR",
  summary: "Takes one from the integer at a key; an absent key counts as 0.",
  arity: 2,
  arguments: [keyArgument],
  run: (c) => increment(c, 0, -1),
});

export const decrby = command({
  ...shared,
  name: "DECRBY",
  summary: "Takes from the integer at a key; an absent key counts as 0.",
  arity: 3,
  arguments: [keyArgument, { name: "decrement", type: "integer" }],
  run: (c) => increment(c, 2, -1),
});

export const incrbyfloat = command({
  ...shared,
  name: "INCRBYFLOAT",
  summary: "Adds to the number at a key, which need not be whole; an absent key counts as 0.",
  since: "2.6.0",
  arity: 3,
  arguments: [keyArgument, { name: "increment", type: "double" }],
  run(c) {
    const status = c.x.stringIncrementFloat(c.db, 1, 2);
    if (status === c.core.at.OVERFLOW) {
      return c.reply.error("ERR increment would produce NaN or Infinity");
    }
    if (c.failed(status)) return;
    if (c.propagates) c.instead("SET", 1, c.resultText(), "KEEPTTL");
    if (status === 1) c.added(1);
    c.wrote(1, "$", "incrbyfloat");
  },
});
