/** A command's argument that names a database. */

import type { Context } from "../context.ts";
import { errors } from "../../resp/errors.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

/** Whether the server is in a cluster, where there is but one database. */
export function isClusterOfOne({ server: { config, databases } }: Context): boolean {
  return config.values["cluster-enabled"] && databases.count === 1;
}

/**
 * @param inCluster the error where there is no other database than the first
 * @returns the database's index, or null when the argument was answered as wrong
 */
export function databaseArgument(
  c: Context,
  index: number,
  inCluster: string = errors.dbIndex,
): number | null {
  const db = c.integerWithin(index, INT_MIN, INT_MAX);
  if (db === null) return null;
  if (db !== 0 && isClusterOfOne(c)) {
    c.reply.error(inCluster);
    return null;
  }
  if (db >= 0 && db < c.core.u32[c.core.at.DATABASE_COUNT]) return db;
  c.reply.error(errors.dbIndex);
  return null;
}
