/** What the hash commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import { type Argument, type CommandSpec, keysAt } from "../define.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
export const fieldArgument: Argument = { name: "field", type: "string" };
export const fieldsArgument: Argument = { ...fieldArgument, multiple: true };

/** A command that reads fields in constant time each. */
export const reads = {
  since: "2.0.0",
  group: "hash",
  complexity: "O(1)",
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
} satisfies Partial<CommandSpec>;

/** A command that sets fields. */
export const writes = {
  since: "2.0.0",
  group: "hash",
  complexity: "O(1)",
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
} satisfies Partial<CommandSpec>;

/** Ends a read: counts the hit or miss, answers a wrong type. A key of another type is there, too. */
export function read(c: Context, status: number): void {
  c.looked(status !== c.core.at.MISSING);
  c.failed(status);
}

/** Tells of fields that were written. `status` is the core's: HASH_NEW_KEY says that the key is new. */
export function wrote(c: Context, status: number, event: string, changes = 1): void {
  if ((status & c.core.at.HASH_NEW_KEY) !== 0) c.added(1);
  c.wroteMany(1, "h", event, changes);
}
