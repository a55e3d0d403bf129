/** DEBUG POPULATE: many keys at once. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";

const NOT_POSITIVE = "ERR value is out of range, must be positive";

/** A count of 0 or more; null, after the error, for what is none. */
function readCount(c: Context, index: number): number | null {
  const value = c.integer(index, NOT_POSITIVE);
  if (value === null || value >= 0) return value;
  c.reply.error(NOT_POSITIVE);
  return null;
}

/** A value of exactly `bytes`, cut or filled with zero bytes; as it is when `bytes` is 0. */
function sized(text: string, bytes: number): string {
  return bytes === 0 ? text : text.slice(0, bytes).padEnd(bytes, "\0");
}

export function populate(c: Context): void {
  const count = readCount(c, 2);
  if (count === null) return;
  const prefix = c.argc > 3 ? c.shown(3, 127) : "key";
  const bytes = c.argc > 4 ? readCount(c, 4) : 0;
  if (bytes === null) return;
  const { core, x } = c;
  const { SET_NX } = core.at;
  for (let i = 0; i < count; i++) {
    const words = ["set", `${prefix}:${i}`, sized(`value:${i}`, bytes)];
    const status = core.withArguments(words, () => x.stringSet(c.db, 1, 2, SET_NX));
    if (status === null || status === core.at.OUT_OF_MEMORY) return c.reply.error(errors.memory);
  }
  c.reply.ok();
}
