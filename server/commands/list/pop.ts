/** LPOP and RPOP. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { wrongArity } from "../../resp/errors.ts";

const shared = {
  group: "list",
  complexity: "O(N) where N is the number of elements popped",
  arity: -2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete")],
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "count", type: "integer", optional: true, since: "6.2.0" },
  ],
  history: [["6.2.0", "Takes a count."]],
} satisfies Partial<CommandSpec>;

const NOT_POSITIVE = "ERR value is out of range, must be positive";

/**
 * Tells of elements taken from an end of the list at an argument; `status` is the core's.
 *
 * @param changes as how many changes it counts
 */
export function popped(
  c: Context,
  karg: number,
  left: boolean,
  status: number,
  changes: number,
): void {
  c.wroteMany(karg, "l", left ? "lpop" : "rpop", changes);
  if (status === c.core.at.LIST_EMPTIED) c.event(karg, "g", "del");
}

function pop(c: Context, left: boolean): void {
  if (c.argc > 3) return c.reply.error(wrongArity(c.command.name));
  let status: number;
  let changes = 1;
  if (c.argc === 2) status = c.x.listPop(c.db, 1, left);
  else {
    const count = c.integerWithin(2, 0, Infinity, NOT_POSITIVE);
    if (count === null) return;
    status = c.x.listPopMany(c.db, 1, count, left, false);
    changes = c.core.resultNumber();
  }
  if (status === c.core.at.LIST_UNCHANGED) return;
  if (status >= 0) popped(c, 1, left, status, changes);
  else c.failed(status);
}

export const lpop = command({
  ...shared,
  name: "LPOP",
  summary: "Takes one or several elements from the head of a list.",
  since: "1.0.0",
  run: (c) => pop(c, true),
});

export const rpop = command({
  ...shared,
  name: "RPOP",
  summary: "Takes one or several elements from the tail of a list.",
  since: "1.0.0",
  run: (c) => pop(c, false),
});
