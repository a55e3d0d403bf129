/** BITOP. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

type OperationName = `BITOP_${"AND" | "OR" | "XOR" | "NOT" | "DIFF" | "DIFF1" | "ANDOR" | "ONE"}`;

/** The operations by their words, with the numbers of sources that they take. */
const operations: Record<string, { code: OperationName; sources: "any" | "one" | "two or more" }> =
  {
    and: { code: "BITOP_AND", sources: "any" },
    or: { code: "BITOP_OR", sources: "any" },
    xor: { code: "BITOP_XOR", sources: "any" },
    not: { code: "BITOP_NOT", sources: "one" },
    diff: { code: "BITOP_DIFF", sources: "two or more" },
    diff1: { code: "BITOP_DIFF1", sources: "two or more" },
    andor: { code: "BITOP_ANDOR", sources: "two or more" },
    one: { code: "BITOP_ONE", sources: "any" },
  };

/** Names the keys from argument 3 on to the core. @returns 0, or WRONG_TYPE at the first such one */
function addSources(c: Context): number {
  const { MISSING, WRONG_TYPE } = c.core.at;
  for (let i = 3; i < c.argc; i++) {
    const status = c.x.bitopSource(c.db, i);
    c.looked(status !== MISSING, i);
    if (status === WRONG_TYPE) return status;
  }
  return 0;
}

export const bitop = command({
  name: "BITOP",
  summary: "Stores what strings give when they are combined bit by bit.",
  since: "2.6.0",
  group: "bitmap",
  complexity: "O(N) where N is the length of the strings",
  arity: -4,
  flags: ["write", "denyoom"],
  keys: [keysAt(2, 2, 1, "OW", "update"), keysAt(3, -1, 1, "RO", "access")],
  arguments: [
    { name: "operation", type: "string" },
    { name: "destkey", type: "key", keySpec: 0 },
    { name: "key", type: "key", keySpec: 1, multiple: true },
  ],
  history: [["8.2.0", "Added the `DIFF`, `DIFF1`, `ANDOR`, and `ONE` operations."]],
  run(c) {
    const { at } = c.core;
    const name = c.option(1);
    const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (operation === undefined) return c.reply.error(errors.syntax);
    const upper = name.toUpperCase();
    if (operation.sources === "one" && c.argc !== 4) {
      return c.reply.error(`ERR BITOP ${upper} must be called with a single source key.`);
    }
    if (operation.sources === "two or more" && c.argc < 5) {
      return c.reply.error(`ERR BITOP ${upper} must be called with at least two source keys.`);
    }
    if (!c.x.bitopStart(c.argc - 3)) {
      c.failed(at.OUT_OF_MEMORY);
      return;
    }
    const wrongType = addSources(c);
    const status = wrongType || c.x.bitopStore(c.db, at[operation.code], 2);
    c.x.bitopEnd();
    if (c.failed(status) || status === at.BITOP_NOTHING) return;
    if (status === at.BITOP_DELETED) return c.wrote(2, "g", "del");
    if (status === at.BITOP_ADDED) c.added(2);
    c.wrote(2, "$", "set");
  },
});
