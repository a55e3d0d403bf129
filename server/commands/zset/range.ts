/** ZRANGE and its older relatives, ZCOUNT and ZLEXCOUNT. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import {
  keyArgument,
  lexBounds,
  limitArgument,
  rankBounds,
  read,
  reads,
  scoreBounds,
  withScoresArgument,
  wroteStore,
} from "./shared.ts";

/** Options of a range, read. */
interface RangeOptions {
  /** RANGE_* of the core. */
  flags: number;
  /** LIMIT: members left out, and how many are wanted, negative for all. */
  offset: number;
  count: number;
}

/** What the command's own name says of a range already, and which options it takes. */
interface RangeForm {
  /** RANGE_* by name; undefined where options say it. */
  by?: "RANGE_BY_RANK" | "RANGE_BY_SCORE" | "RANGE_BY_LEX";
  reverse?: boolean;
  withScores: boolean;
}

/** Reads the options from argument `first` on. @returns null when they were answered as wrong */
function readOptions(c: Context, first: number, form: RangeForm): RangeOptions | null {
  const { at } = c.core;
  const { RANGE_BY_LEX, RANGE_BY_RANK, RANGE_REVERSE, RANGE_WITH_SCORES } = at;
  // Of what the name says already, or an option before, nothing more can be said.
  let by = form.by;
  let reverse = form.reverse;
  let withScores = false;
  let offset = 0;
  let count = -1;
  for (let i = first; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "withscores" && form.withScores) withScores = true;
    else if (option === "limit" && i + 2 < c.argc) {
      const from = c.integer(i + 1);
      const most = from === null ? null : c.integer(i + 2);
      if (from === null || most === null) return null;
      [offset, count] = [from, most];
      i += 2;
    } else if (option === "rev" && !reverse && form.by === undefined) reverse = true;
    else if (option === "bylex" && by === undefined) by = "RANGE_BY_LEX";
    else if (option === "byscore" && by === undefined) by = "RANGE_BY_SCORE";
    else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  const kind = by === undefined ? RANGE_BY_RANK : at[by];
  if (count !== -1 && kind === RANGE_BY_RANK) {
    c.reply.error(
      "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
    );
    return null;
  }
  if (withScores && kind === RANGE_BY_LEX) {
    c.reply.error("ERR syntax error, WITHSCORES not supported in combination with BYLEX");
    return null;
  }
  // LIMIT n -1 is let through with ranks, and does nothing.
  if (kind === RANGE_BY_RANK) offset = 0;
  const flags = kind | (reverse ? RANGE_REVERSE : 0) | (withScores ? RANGE_WITH_SCORES : 0);
  return { flags, offset, count };
}

function range(c: Context, form: RangeForm): void {
  const options = readOptions(c, 4, form);
  if (options === null) return;
  const { flags, offset, count } = options;
  read(c, c.x.zsetRange(c.db, 1, 2, 3, flags, offset, count));
}

const sortBy: Argument = {
  name: "sortby",
  type: "oneof",
  optional: true,
  arguments: [
    { name: "byscore", type: "pure-token", token: "BYSCORE" },
    { name: "bylex", type: "pure-token", token: "BYLEX" },
  ],
};

export const zrangestore = command({
  name: "ZRANGESTORE",
  summary: "Makes a key's sorted set of the members between two ranks, scores or members.",
  since: "6.2.0",
  group: "sorted-set",
  complexity: "O(log(N)+M) where N is the number of members and M how many are stored",
  arity: -5,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "OW", "update"), keysAt(2, 2, 1, "RO", "access")],
  arguments: [
    { name: "dst", type: "key", keySpec: 0 },
    { name: "src", type: "key", keySpec: 1 },
    ...lexBounds,
    sortBy,
    { name: "rev", type: "pure-token", token: "REV", optional: true },
    limitArgument,
  ],
  run(c) {
    const options = readOptions(c, 5, { withScores: false });
    if (options === null) return;
    const { flags, offset, count } = options;
    c.replacing(1);
    const status = c.x.zsetRangeStore(c.db, 1, 2, 3, 4, flags, offset, count);
    if (status >= 0 || status === c.core.at.WRONG_TYPE) c.looked(!c.x.zsetRangeMissed(), 2);
    wroteStore(c, status, "zrangestore");
  },
});

const shared = {
  ...reads,
  complexity: "O(log(N)+M) where N is the number of members and M how many are returned",
  arity: -4,
} satisfies Partial<CommandSpec>;

export const zrange = command({
  ...shared,
  name: "ZRANGE",
  summary: "Returns the members between two ranks, scores or members.",
  since: "1.2.0",
  arguments: [
    keyArgument,
    { name: "start", type: "string" },
    { name: "stop", type: "string" },
    { ...sortBy, since: "6.2.0" },
    { name: "rev", type: "pure-token", token: "REV", since: "6.2.0", optional: true },
    { ...limitArgument, since: "6.2.0" },
    withScoresArgument,
  ],
  history: [["6.2.0", "`REV`, `BYSCORE`, `BYLEX` and `LIMIT` came."]],
  run: (c) => range(c, { withScores: true }),
});

export const zrevrange = command({
  ...shared,
  name: "ZREVRANGE",
  summary: "Returns the members between two ranks, counted from the highest score down.",
  since: "1.2.0",
  arguments: [keyArgument, ...rankBounds, withScoresArgument],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` argument" },
  run: (c) => range(c, { by: "RANGE_BY_RANK", reverse: true, withScores: true }),
});

export const zrangebyscore = command({
  ...shared,
  name: "ZRANGEBYSCORE",
  summary: "Returns the members with scores between two bounds.",
  since: "1.0.5",
  arguments: [
    keyArgument,
    ...scoreBounds,
    { ...withScoresArgument, since: "2.0.0" },
    limitArgument,
  ],
  history: [["2.0.0", "`WITHSCORES` came."]],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYSCORE` argument" },
  run: (c) => range(c, { by: "RANGE_BY_SCORE", withScores: true }),
});

export const zrevrangebyscore = command({
  ...shared,
  name: "ZREVRANGEBYSCORE",
  summary: "Returns the members with scores between two bounds, from the highest score down.",
  since: "2.2.0",
  arguments: [
    keyArgument,
    ...scoreBounds.toReversed(),
    withScoresArgument,
    limitArgument,
  ],
  history: [["2.1.6", "Bounds can exclude themselves."]],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYSCORE` arguments" },
  run: (c) => range(c, { by: "RANGE_BY_SCORE", reverse: true, withScores: true }),
});

export const zrangebylex = command({
  ...shared,
  name: "ZRANGEBYLEX",
  summary: "Returns the members between two bounds, where all scores are equal.",
  since: "2.8.9",
  arguments: [keyArgument, ...lexBounds, limitArgument],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `BYLEX` argument" },
  run: (c) => range(c, { by: "RANGE_BY_LEX", withScores: true }),
});

export const zrevrangebylex = command({
  ...shared,
  name: "ZREVRANGEBYLEX",
  summary:
    "Returns the members between two bounds, the last one first, where all scores are equal.",
  since: "2.8.9",
  arguments: [keyArgument, ...lexBounds.toReversed(), limitArgument],
  deprecated: { since: "6.2.0", replacedBy: "`ZRANGE` with the `REV` and `BYLEX` arguments" },
  run: (c) => range(c, { by: "RANGE_BY_LEX", reverse: true, withScores: true }),
});

/** What the two that count share. */
const counts = {
  ...reads,
  complexity: "O(log(N)) where N is the number of members",
  arity: 4,
  flags: ["readonly", "fast"],
} satisfies Partial<CommandSpec>;

export const zcount = command({
  ...counts,
  name: "ZCOUNT",
  summary: "Counts the members with scores between two bounds.",
  since: "2.0.0",
  arguments: [keyArgument, ...scoreBounds],
  run: (c) => read(c, c.x.zsetCount(c.db, 1, 2, 3, c.core.at.RANGE_BY_SCORE)),
});

export const zlexcount = command({
  ...counts,
  name: "ZLEXCOUNT",
  summary: "Counts the members between two bounds, where all scores are equal.",
  since: "2.8.9",
  arguments: [keyArgument, ...lexBounds],
  run: (c) => read(c, c.x.zsetCount(c.db, 1, 2, 3, c.core.at.RANGE_BY_LEX)),
});
