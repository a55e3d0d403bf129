/** `FIELDS numfields field ...`, which ends the commands on expiring fields, and what they tell of. */

import type { Context } from "../context.ts";
import type { Argument } from "../define.ts";
import { fieldsArgument } from "./shared.ts";

/** How COMMAND DOCS shows it. */
export const fieldsBlock: Argument = {
  name: "fields",
  type: "block",
  token: "FIELDS",
  arguments: [{ name: "numfields", type: "integer" }, fieldsArgument],
};

const INT_MAX = 2 ** 31 - 1;

/**
 * Reads the block that must stand at an index and end the command.
 *
 * @param countError what to say of a number that is none or not positive
 * @returns the first field's index, 0 when it was answered as wrong
 */
export function readFields(c: Context, at: number, countError: string): number {
  if (at >= c.argc || c.option(at) !== "fields") {
    c.reply.error("ERR Mandatory argument FIELDS is missing or not at the right position");
    return 0;
  }
  const isCount = at + 1 < c.argc && c.x.integerArgument(at + 1);
  const count = isCount ? c.core.resultNumber() : 0;
  if (count < 1 || count > INT_MAX) {
    c.reply.error(countError);
    return 0;
  }
  if (count !== c.argc - at - 2) {
    c.reply.error("ERR The `numfields` parameter must match the number of arguments");
    return 0;
  }
  return at + 2;
}

/** Tells of what a call did to fields and key. `done` are HASH_* bits of the core. */
export function tell(c: Context, done: number): void {
  const { at } = c.core;
  if ((done & at.HASH_NEW_KEY) !== 0) c.added(1);
  if ((done & at.HASH_WRITTEN) !== 0) c.wrote(1, "h", "hset");
  if ((done & at.HASH_EXPIRES) !== 0) c.wrote(1, "h", "hexpire");
  if ((done & at.HASH_PERSISTED) !== 0) c.wrote(1, "h", "hpersist");
  if ((done & at.HASH_DELETED) !== 0) c.wrote(1, "h", "hdel");
  if ((done & at.HASH_KEY_GONE) !== 0) c.event(1, "g", "del");
}

/** Ends a command that writes. @returns false when it was answered as failed */
export function told(c: Context, status: number): boolean {
  // Memory ran out on the way: what has been done stays done.
  if (status === c.core.at.OUT_OF_MEMORY) tell(c, c.x.hashPartlyDone());
  if (c.failed(status)) return false;
  tell(c, status);
  return true;
}
