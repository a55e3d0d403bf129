/** ZREMRANGEBYRANK, ZREMRANGEBYSCORE and ZREMRANGEBYLEX. */

import { command, type CommandSpec, keysAt } from "../define.ts";
import { keyArgument, lexBounds, rankBounds, scoreBounds, wrote } from "./shared.ts";

/** What the three share. */
const removals = {
  group: "sorted-set",
  complexity: "O(log(N)+M) where N is the number of members and M how many are removed",
  arity: 4,
  flags: ["write"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
} satisfies Partial<CommandSpec>;

export const zremrangebyrank = command({
  ...removals,
  name: "ZREMRANGEBYRANK",
  summary: "Removes the members between two ranks.",
  since: "2.0.0",
  arguments: [keyArgument, ...rankBounds],
  run(c) {
    wrote(c, c.x.zsetRemoveRange(c.db, 1, 2, 3, c.core.at.RANGE_BY_RANK), "zremrangebyrank");
  },
});

export const zremrangebyscore = command({
  ...removals,
  name: "ZREMRANGEBYSCORE",
  summary: "Removes the members with scores between two bounds.",
  since: "1.2.0",
  arguments: [keyArgument, ...scoreBounds],
  run(c) {
    wrote(c, c.x.zsetRemoveRange(c.db, 1, 2, 3, c.core.at.RANGE_BY_SCORE), "zremrangebyscore");
  },
});

export const zremrangebylex = command({
  ...removals,
  name: "ZREMRANGEBYLEX",
  summary: "Removes the members between two bounds, where all scores are equal.",
  since: "2.8.9",
  arguments: [keyArgument, ...lexBounds],
  run(c) {
    wrote(c, c.x.zsetRemoveRange(c.db, 1, 2, 3, c.core.at.RANGE_BY_LEX), "zremrangebylex");
  },
});
