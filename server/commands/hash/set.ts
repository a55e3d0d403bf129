/** HSET, HMSET, HSETNX and HDEL. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { wrongArity } from "../../resp/errors.ts";
import { fieldArgument, fieldsArgument, keyArgument, writes, wrote } from "./shared.ts";

const pairsArgument: Argument = {
  name: "field_value",
  type: "block",
  multiple: true,
  arguments: [fieldArgument, { name: "value", type: "string" }],
};

/** Sets all pairs. @returns how many fields are new, -1 when it was answered as wrong */
function setPairs(c: Context): number {
  if (c.argc % 2 !== 0) {
    c.reply.error(wrongArity(c.command.name));
    return -1;
  }
  const status = c.x.hashSet(c.db, 1, 2, c.argc);
  if (status < 0) {
    // Memory ran out on the way: what has been set stays set.
    if (status === c.core.at.OUT_OF_MEMORY && c.x.hashWasChanged()) c.wrote(1, "h", "hset");
    c.failed(status);
    return -1;
  }
  wrote(c, status, "hset", (c.argc - 2) / 2);
  return status & ~c.core.at.HASH_NEW_KEY;
}

export const hset = command({
  ...writes,
  name: "HSET",
  summary: "Sets fields of a hash.",
  complexity: "O(N) where N is the number of fields set",
  arity: -4,
  arguments: [keyArgument, pairsArgument],
  history: [["4.0.0", "Several fields can be set at once."]],
  run(c) {
    const added = setPairs(c);
    if (added >= 0) c.reply.number(added);
  },
});

export const hmset = command({
  ...writes,
  name: "HMSET",
  summary: "Sets fields of a hash.",
  complexity: "O(N) where N is the number of fields set",
  arity: -4,
  arguments: [keyArgument, pairsArgument],
  deprecated: { since: "4.0.0", replacedBy: "`HSET` with multiple field-value pairs" },
  run(c) {
    if (setPairs(c) >= 0) c.reply.ok();
  },
});

export const hsetnx = command({
  ...writes,
  name: "HSETNX",
  summary: "Sets a field of a hash unless it is there.",
  arity: 4,
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [keyArgument, fieldArgument, { name: "value", type: "string" }],
  run(c) {
    const status = c.x.hashSetAbsent(c.db, 1, 2);
    if (c.failed(status)) return;
    if (status !== c.core.at.EXISTS) wrote(c, status, "hset");
    c.reply.number(status === c.core.at.EXISTS ? 0 : 1);
  },
});

export const hdel = command({
  ...writes,
  name: "HDEL",
  summary: "Deletes fields of a hash; the key goes with the last one.",
  complexity: "O(N) where N is the number of fields deleted",
  arity: -3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, fieldsArgument],
  history: [["2.4.0", "Several fields can be deleted at once."]],
  run(c) {
    const status = c.x.hashDelete(c.db, 1, 2, c.argc);
    if (c.failed(status)) return;
    const deleted = status & ~c.core.at.HASH_KEY_GONE;
    if (deleted !== 0) c.wroteMany(1, "h", "hdel", deleted);
    if (deleted !== status) c.event(1, "g", "del");
    c.reply.number(deleted);
  },
});
