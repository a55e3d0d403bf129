/** LSET, LINSERT, LTRIM and LREM. */

import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
const elementArgument: Argument = { name: "element", type: "string" };

export const lset = command({
  name: "LSET",
  summary: "Replaces the element at an index of a list.",
  since: "1.0.0",
  group: "list",
  complexity: "O(N) where N is the distance to the nearer end; O(1) at the ends",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [keyArgument, { name: "index", type: "integer" }, elementArgument],
  run(c) {
    const status = c.x.listSet(c.db, 1, 2, 3);
    if (status === c.core.at.MISSING) return c.reply.error(errors.noKey);
    if (status === c.core.at.LIST_UNCHANGED) return c.reply.error(errors.outOfRange);
    if (c.failed(status)) return;
    c.reply.ok();
    c.wrote(1, "l", "lset");
  },
});

export const linsert = command({
  name: "LINSERT",
  summary: "Puts an element before or after the first one that equals the pivot.",
  since: "2.2.0",
  group: "list",
  complexity: "O(N) where N is the distance of the pivot to the head",
  arity: 5,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [
    keyArgument,
    {
      name: "where",
      type: "oneof",
      arguments: [
        { name: "before", type: "pure-token", token: "BEFORE" },
        { name: "after", type: "pure-token", token: "AFTER" },
      ],
    },
    { name: "pivot", type: "string" },
    elementArgument,
  ],
  run(c) {
    const where = c.option(2);
    if (where !== "before" && where !== "after") return c.reply.error(errors.syntax);
    const status = c.x.listInsert(c.db, 1, where === "after", 3, 4);
    if (status === 0) c.wrote(1, "l", "linsert");
    else c.failed(status);
  },
});

export const ltrim = command({
  name: "LTRIM",
  summary: "Keeps the elements between two indices of a list and removes the others.",
  since: "1.0.0",
  group: "list",
  complexity: "O(N) where N is the number of elements removed",
  arity: 4,
  flags: ["write"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [
    keyArgument,
    { name: "start", type: "integer" },
    { name: "stop", type: "integer" },
  ],
  run(c) {
    const status = c.x.listTrim(c.db, 1, 2);
    if (c.failed(status)) return;
    c.reply.ok();
    if (status === c.core.at.MISSING) return;
    c.wroteMany(1, "l", "ltrim", c.core.resultNumber());
    if (status === c.core.at.LIST_EMPTIED) c.event(1, "g", "del");
  },
});

export const lrem = command({
  name: "LREM",
  summary: "Removes elements that equal a value, counted from the head or the tail of a list.",
  since: "1.0.0",
  group: "list",
  complexity: "O(N+M) where N is the length of the list and M the number of elements removed",
  arity: 4,
  flags: ["write"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, { name: "count", type: "integer" }, elementArgument],
  run(c) {
    const status = c.x.listRemove(c.db, 1, 2, 3);
    if (c.failed(status)) return;
    const { LIST_EMPTIED, LIST_UNCHANGED, MISSING } = c.core.at;
    if (status === MISSING || status === LIST_UNCHANGED) return;
    c.wroteMany(1, "l", "lrem", c.core.resultNumber());
    if (status === LIST_EMPTIED) c.event(1, "g", "del");
  },
});
