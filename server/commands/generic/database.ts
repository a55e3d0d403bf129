/** A command's argument that names a database. */

import type { Context } from "../context.ts";
import { errors } from "../../resp/errors.ts";

const INT_MAX = 2 ** 31 - 1;

/** @returns the database's index, or null when the argument was answered as wrong */
export function databaseArgument(c: Context, index: number): number | null {
  const db = c.integer(index);
  if (db === null) return null;
  if (db > INT_MAX || db < -INT_MAX - 1) {
    const bounds = `${-INT_MAX - 1} and ${INT_MAX}`;
    c.reply.error(`ERR value is out of range, value must between ${bounds}`);
    return null;
  }
  if (db >= 0 && db < c.core.u32[c.core.at.DATABASE_COUNT]) return db;
  c.reply.error(errors.dbIndex);
  return null;
}
