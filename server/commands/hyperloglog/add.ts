/** PFADD, PFCOUNT and PFMERGE. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { keyArgument, unite, wrong } from "./shared.ts";

/** Tells of the changes that PFADD has made. @returns their number */
function tellAdded(c: Context): number {
  const result = c.core.resultNumber();
  const changes = result >> 1;
  if (changes === 0) return 0;
  if ((result & 1) !== 0) c.added(1);
  c.wroteMany(1, "$", "pfadd", changes);
  return changes;
}

export const pfadd = command({
  name: "PFADD",
  summary: "Adds elements to the HyperLogLog at a key, and makes it where there is none.",
  since: "2.8.9",
  group: "hyperloglog",
  complexity: "O(1) for each element",
  arity: -2,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "insert")],
  arguments: [
    keyArgument,
    { name: "element", type: "string", optional: true, multiple: true },
  ],
  run(c) {
    const status = c.x.hllAdd(c.db, 1, 2);
    const changes = status === 0 || status === c.core.at.OUT_OF_MEMORY ? tellAdded(c) : 0;
    if (!wrong(c, status)) c.reply.number(changes > 0 ? 1 : 0);
  },
});

export const pfcount = command({
  name: "PFCOUNT",
  summary: "Returns about how many different elements HyperLogLogs have seen together.",
  since: "2.8.9",
  group: "hyperloglog",
  complexity:
    "O(1) for one key that has not changed since, else O(N) where N is the number of keys",
  arity: -2,
  flags: ["readonly", "may_replicate"],
  keys: [{
    ...keysAt(1, -1, 1, "RW", "access"),
    notes:
      "RW because it may change the internal representation of the key, and propagate to replicas",
  }],
  arguments: [{ ...keyArgument, multiple: true }],
  run(c) {
    if (c.argc > 2) {
      if (unite(c, 1)) c.x.hllMergeCount();
      return;
    }
    const status = c.x.hllCount(c.db, 1);
    c.looked(status !== c.core.at.MISSING);
    if (!wrong(c, status) && status === 1) c.wroteSilently(1);
  },
});

export const pfmerge = command({
  name: "PFMERGE",
  summary: "Adds to the HyperLogLog at a key what others have seen.",
  since: "2.8.9",
  group: "hyperloglog",
  complexity: "O(N) where N is the number of keys",
  arity: -2,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "access", "insert"), keysAt(2, -1, 1, "RO", "access")],
  arguments: [
    { name: "destkey", type: "key", keySpec: 0 },
    { name: "sourcekey", type: "key", keySpec: 1, multiple: true },
  ],
  run(c) {
    if (!unite(c, 1)) return;
    const status = c.x.hllMergeStore(c.db, 1);
    if (wrong(c, status)) return;
    if (status === 1) c.added(1);
    c.wrote(1, "$", "pfadd");
    c.reply.ok();
  },
});
