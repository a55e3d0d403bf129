/** HINCRBY and HINCRBYFLOAT. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { fieldArgument, keyArgument, writes } from "./shared.ts";

/** Ends an increment: tells of it, or answers what the core found wrong. */
function incremented(c: Context, status: number, event: string): void {
  const { HASH_NOT_A_FLOAT, HASH_NOT_AN_INTEGER } = c.core.at;
  if (status === HASH_NOT_AN_INTEGER) return c.reply.error("ERR hash value is not an integer");
  if (status === HASH_NOT_A_FLOAT) return c.reply.error("ERR hash value is not a float");
  if (c.failed(status)) return;
  if (status === 1) c.added(1);
  c.wrote(1, "h", event);
}

/** Propagates the sum: other machines may round otherwise. The field's expiry stays. */
function propagateSum(c: Context): void {
  const sum = c.resultText();
  if (c.x.hashExpiringCount() === 0) c.instead("HSET", 1, 2, sum);
  else c.instead("HSETEX", 1, "KEEPTTL", "FIELDS", "1", 2, sum);
}

export const hincrby = command({
  ...writes,
  name: "HINCRBY",
  summary: "Adds to the integer in a field of a hash; an absent field counts as 0.",
  arity: 4,
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [keyArgument, fieldArgument, { name: "increment", type: "integer" }],
  run: (c) => incremented(c, c.x.hashIncrement(c.db, 1, 2, 3), "hincrby"),
});

export const hincrbyfloat = command({
  ...writes,
  name: "HINCRBYFLOAT",
  summary: "Adds to the number in a field of a hash; an absent field counts as 0.",
  since: "2.6.0",
  arity: 4,
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [keyArgument, fieldArgument, { name: "increment", type: "double" }],
  run(c) {
    const { OVERFLOW, TOO_LONG } = c.core.at;
    const status = c.x.hashIncrementFloat(c.db, 1, 2, 3);
    if (status === TOO_LONG) return c.reply.error("ERR value is NaN or Infinity");
    if (status === OVERFLOW) {
      return c.reply.error("ERR increment would produce NaN or Infinity");
    }
    if (status >= 0 && c.propagates) propagateSum(c);
    incremented(c, status, "hincrbyfloat");
  },
});
