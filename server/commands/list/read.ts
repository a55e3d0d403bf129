/** LLEN, LINDEX, LRANGE and LPOS. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

/** Ends a read of the list at key 1: counts its hit or miss, answers its error. */
function read(c: Context, status: number): void {
  const { MISSING, NOT_AN_INTEGER } = c.core.at;
  if (status !== NOT_AN_INTEGER) c.looked(status !== MISSING);
  c.failed(status);
}

export const llen = command({
  name: "LLEN",
  summary: "Returns the number of elements of a list.",
  since: "1.0.0",
  group: "list",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
  arguments: [keyArgument],
  run: (c) => read(c, c.x.listSize(c.db, 1)),
});

export const lindex = command({
  name: "LINDEX",
  summary: "Returns the element at an index of a list; negative ones count from its end.",
  since: "1.0.0",
  group: "list",
  complexity: "O(N) where N is the distance to the nearer end; O(1) at the ends",
  arity: 3,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, { name: "index", type: "integer" }],
  run: (c) => {
    const status = c.x.listIndex(c.db, 1, 2);
    // The key is looked up before the index is read.
    c.looked(status !== c.core.at.MISSING);
    c.failed(status);
  },
});

export const lrange = command({
  name: "LRANGE",
  summary: "Returns the elements between two indices of a list, both included.",
  since: "1.0.0",
  group: "list",
  complexity:
    "O(S+N) where S is the distance of the first one to the nearer end and N their number",
  arity: 4,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    { name: "start", type: "integer" },
    { name: "stop", type: "integer" },
  ],
  run: (c) => read(c, c.x.listRange(c.db, 1, 2)),
});

const RANK_ZERO = "ERR RANK can't be zero: use 1 to start from the first match, 2 from the " +
  "second ... or use negative to start from the end of the list";

/** The one rank that cannot be negated. */
const LEAST_RANK = -(2n ** 63n);
const RANK_OUT_OF_RANGE =
  "ERR value is out of range, value must between -9223372036854775807 and " +
  "9223372036854775807";

/** LPOS's options: `wanted` is -1 for one match replied alone. @returns null after an error */
function readPositionOptions(c: Context) {
  const options = { rank: 1, wanted: -1, maxCompared: 0 };
  for (let i = 3; i < c.argc; i += 2) {
    const option = c.option(i);
    const isLast = i + 1 === c.argc;
    if (option === "rank" && !isLast) {
      const rank = c.integer(i + 1);
      if (rank === null) return null;
      if (rank === 0) return c.reply.error(RANK_ZERO), null;
      if (c.core.resultBigint() === LEAST_RANK) return c.reply.error(RANK_OUT_OF_RANGE), null;
      options.rank = rank;
    } else if ((option === "count" || option === "maxlen") && !isLast) {
      const error = `ERR ${option.toUpperCase()} can't be negative`;
      const value = c.integerWithin(i + 1, 0, Infinity, error);
      if (value === null) return null;
      if (option === "count") options.wanted = value;
      else options.maxCompared = value;
    } else return c.reply.error(errors.syntax), null;
  }
  return options;
}

export const lpos = command({
  name: "LPOS",
  summary: "Returns the indices at which a list holds an element.",
  since: "6.0.6",
  group: "list",
  complexity: "O(N) where N is the number of elements compared, at most MAXLEN",
  arity: -3,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    { name: "element", type: "string" },
    { name: "rank", type: "integer", token: "RANK", optional: true },
    { name: "num-matches", type: "integer", token: "COUNT", optional: true },
    { name: "len", type: "integer", token: "MAXLEN", optional: true },
  ],
  run(c) {
    const options = readPositionOptions(c);
    if (options === null) return;
    const { rank, wanted, maxCompared } = options;
    read(c, c.x.listPosition(c.db, 1, 2, rank, wanted, maxCompared));
  },
});
