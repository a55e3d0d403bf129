/** What the set commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import { type Argument, type CommandSpec, keysAt } from "../define.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
export const memberArgument: Argument = { name: "member", type: "string" };
export const membersArgument: Argument = { ...memberArgument, multiple: true };

/** A command that reads one set. */
export const reads = {
  since: "1.0.0",
  group: "set",
  complexity: "O(1)",
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
} satisfies Partial<CommandSpec>;

/** A command that changes one set. */
export const writes = {
  since: "1.0.0",
  group: "set",
  complexity: "O(1)",
} satisfies Partial<CommandSpec>;

/** Ends a read: counts the hit or miss, answers a wrong type. A key of another type is there, too. */
export function read(c: Context, status: number): void {
  c.looked(status !== c.core.at.MISSING);
  c.failed(status);
}

/** Tells of a set that lost members, and of its key if it went with the last of them. */
export function lost(c: Context, event: string, gone: boolean, changes = 1): void {
  c.wroteMany(1, "s", event, changes);
  if (gone) c.event(1, "g", "del");
}
