/** LPUSH, RPUSH, LPUSHX and RPUSHX. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

/** What the four share. */
const shared = {
  group: "list",
  complexity: "O(N) where N is the number of elements pushed",
  arity: -3,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [keyArgument, { name: "element", type: "string", multiple: true }],
} satisfies Partial<CommandSpec>;

/** Pushes arguments 2 and up to the list at key 1, which may have to exist. */
function push(c: Context, left: boolean, existing: boolean): void {
  const status = existing ? c.x.listPushExisting(c.db, 1, 2, left) : c.x.listPush(c.db, 1, 2, left);
  if (c.failed(status) || status === c.core.at.MISSING) return;
  if (status === 1) c.added(1);
  c.wroteMany(1, "l", left ? "lpush" : "rpush", c.argc - 2);
}

const manySince = (version: string) => [[version, "Takes several elements."]] as const;

export const lpush = command({
  ...shared,
  name: "LPUSH",
  summary: "Adds elements at the head of a list, one after the other.",
  since: "1.0.0",
  history: manySince("2.4.0"),
  run: (c) => push(c, true, false),
});

export const rpush = command({
  ...shared,
  name: "RPUSH",
  summary: "Adds elements at the tail of a list.",
  since: "1.0.0",
  history: manySince("2.4.0"),
  run: (c) => push(c, false, false),
});

export const lpushx = command({
  ...shared,
  name: "LPUSHX",
  summary: "Adds elements at the head of a list that exists.",
  since: "2.2.0",
  history: manySince("4.0.0"),
  run: (c) => push(c, true, true),
});

export const rpushx = command({
  ...shared,
  name: "RPUSHX",
  summary: "Adds elements at the tail of a list that exists.",
  since: "2.2.0",
  history: manySince("4.0.0"),
  run: (c) => push(c, false, true),
});
