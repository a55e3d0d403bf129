/** A command's argument that names a database. */

import type { Context } from "../context.ts";
import { errors } from "../../resp/errors.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** @returns the database's index, or null when the argument was answered as wrong */
export function databaseArgument(c: Context, index: number): number | null {
  const db = c.integerWithin(index, INT_MIN, INT_MAX);
  if (db === null) return null;
  if (db >= 0 && db < c.core.u32[c.core.at.DATABASE_COUNT]) return db;
  c.reply.error(errors.dbIndex);
  return null;
}
