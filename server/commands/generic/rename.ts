/** RENAME and RENAMENX. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

const keyArguments: readonly Argument[] = [
  { name: "key", type: "key", keySpec: 0 },
  { name: "newkey", type: "key", keySpec: 1 },
];

/** @returns what the core's `keyRename` says, or null when it was an error, which is then answered */
function renameKey(c: Context, nx: boolean): number | null {
  const status = c.x.keyRename(c.db, 1, 2, nx);
  if (c.failed(status)) return null;
  if (status === c.core.at.MISSING) {
    c.reply.error(errors.noKey);
    return null;
  }
  if (status === 1) {
    c.added(2);
    c.wrote(1, "g", "rename_from");
    c.changed(2, "g", "rename_to");
  }
  return status;
}

export const rename = command({
  name: "RENAME",
  summary: "Gives a key another name, in place of a key that has it already.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1), plus O(N) to free the N elements of a key whose place it takes",
  arity: 3,
  flags: ["write"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete"), keysAt(2, 2, 1, "OW", "update")],
  arguments: keyArguments,
  run(c) {
    if (renameKey(c, false) !== null) c.reply.ok();
  },
});

export const renamenx = command({
  name: "RENAMENX",
  summary: "Gives a key another name that no key has yet.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete"), keysAt(2, 2, 1, "OW", "insert")],
  arguments: keyArguments,
  history: [["3.2.0", "The same name twice is no error any more."]],
  run(c) {
    const status = renameKey(c, true);
    if (status !== null) c.reply.number(status === 1 ? 1 : 0);
  },
});
