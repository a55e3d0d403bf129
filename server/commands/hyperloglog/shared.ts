/** What the HyperLogLog commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import type { Argument } from "../define.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

const WRONG_STRING = "WRONGTYPE Key is not a valid HyperLogLog string value.";
const CORRUPT = "INVALIDOBJ Corrupted HLL object detected";

/** Answers the core's error codes. @returns whether it was an error */
export function wrong(c: Context, status: number): boolean {
  const { HLL_CORRUPT, HLL_WRONG_STRING } = c.core.at;
  if (status === HLL_WRONG_STRING) c.reply.error(WRONG_STRING);
  else if (status === HLL_CORRUPT) c.reply.error(CORRUPT);
  else return c.failed(status);
  return true;
}

/**
 * Makes the union of the keys from argument `first` on in the core.
 *
 * @returns whether all are HyperLogLogs; where not, it was answered
 */
export function unite(c: Context, first: number): boolean {
  c.x.hllMergeStart();
  for (let i = first; i < c.argc; i++) {
    const status = c.x.hllMergeKey(c.db, i);
    c.looked(status !== c.core.at.MISSING, i);
    if (wrong(c, status)) return false;
  }
  return true;
}
