/** ZCARD, ZSCORE, ZMSCORE, ZRANK and ZREVRANK. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { wrongArity } from "../../resp/errors.ts";
import { keyArgument, memberArgument, membersArgument, read, reads } from "./shared.ts";

export const zcard = command({
  ...reads,
  name: "ZCARD",
  summary: "Returns the number of members.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
  arguments: [keyArgument],
  run: (c) => read(c, c.x.zsetCard(c.db, 1)),
});

export const zscore = command({
  ...reads,
  name: "ZSCORE",
  summary: "Returns the score of a member.",
  since: "1.2.0",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  arguments: [keyArgument, memberArgument],
  run: (c) => read(c, c.x.zsetScore(c.db, 1, 2)),
});

export const zmscore = command({
  ...reads,
  name: "ZMSCORE",
  summary: "Returns the scores of several members.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members asked for",
  arity: -3,
  flags: ["readonly", "fast"],
  arguments: [keyArgument, membersArgument],
  run: (c) => read(c, c.x.zsetScores(c.db, 1, 2)),
});

const withScoreArgument: Argument = {
  name: "withscore",
  type: "pure-token",
  token: "WITHSCORE",
  since: "7.2.0",
  optional: true,
};

/** What ZRANK and ZREVRANK share. */
const ranks = {
  ...reads,
  since: "2.0.0",
  complexity: "O(log(N)) where N is the number of members",
  arity: -3,
  flags: ["readonly", "fast"],
  arguments: [keyArgument, memberArgument, withScoreArgument],
  history: [["7.2.0", "`WITHSCORE` came."]],
} satisfies Partial<CommandSpec>;

function rank(c: Context, reverse: boolean): void {
  if (c.argc > 4) return c.reply.error(wrongArity(c.command.name));
  const withScore = c.argc === 4;
  if (withScore && c.option(3) !== "withscore") return c.reply.error(errors.syntax);
  read(c, c.x.zsetRank(c.db, 1, 2, reverse, withScore));
}

export const zrank = command({
  ...ranks,
  name: "ZRANK",
  summary: "Returns how many members stand before one, from the lowest score on.",
  run: (c) => rank(c, false),
});

export const zrevrank = command({
  ...ranks,
  name: "ZREVRANK",
  summary: "Returns how many members stand before one, from the highest score down.",
  run: (c) => rank(c, true),
});
