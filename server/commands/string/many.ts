/** MGET, MSET and MSETNX. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { wrongArity } from "../../resp/errors.ts";

const pairs: Argument = {
  name: "key_value",
  type: "block",
  multiple: true,
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "value", type: "string" },
  ],
};

export const mget = command({
  name: "MGET",
  summary: "Returns the strings at several keys.",
  since: "1.0.0",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, -1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }],
  tips: ["request_policy:multi_shard"],
  run(c) {
    const { argc, db, x } = c;
    const { MISSING, WRONG_TYPE } = c.core.at;
    c.reply.array(argc - 1);
    for (let i = 1; i < argc; i++) {
      const status = x.stringGet(db, i);
      if (status === WRONG_TYPE) c.reply.null();
      c.looked(status !== MISSING, i);
    }
  },
});

/** Refuses a key without a value. */
function unpaired(c: Context): boolean {
  if (c.argc % 2 === 1) return false;
  c.reply.error(wrongArity(c.command.name));
  return true;
}

/** Sets all pairs. @returns the first argument that was not set, as memory was out, else argc */
function setPairs(c: Context): number {
  const { argc, db, x } = c;
  for (let i = 1; i < argc; i += 2) {
    const status = x.stringSet(db, i, i + 1, 0);
    if (status < 0) return i;
    if (status === 1) c.added(i);
    c.wrote(i, "$", "set");
  }
  return argc;
}

export const mset = command({
  name: "MSET",
  summary: "Sets the strings at several keys, whatever they held.",
  since: "1.0.1",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, -1, 2, "OW", "update")],
  arguments: [pairs],
  tips: ["request_policy:multi_shard", "response_policy:all_succeeded"],
  run(c) {
    if (unpaired(c)) return;
    // When memory runs out on the way, what has been set stays set.
    if (setPairs(c) === c.argc) c.reply.ok();
    else c.failed(c.core.at.OUT_OF_MEMORY);
  },
});

export const msetnx = command({
  name: "MSETNX",
  summary: "Sets the strings at several keys if none of the keys exists.",
  since: "1.0.1",
  group: "string",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, -1, 2, "OW", "insert")],
  arguments: [pairs],
  run(c) {
    if (unpaired(c)) return;
    const { argc, db, x } = c;
    for (let i = 1; i < argc; i += 2) {
      if (x.keyLookup(db, i) !== 0) return c.reply.number(0);
    }
    const end = setPairs(c);
    if (end === argc) return c.reply.number(1);
    // Memory is out: none of the keys was there before, so to delete them is to undo it all.
    for (let i = 1; i < end; i += 2) {
      if (x.keyDelete(db, i)) c.wrote(i, "g", "del");
    }
    c.failed(c.core.at.OUT_OF_MEMORY);
  },
});
