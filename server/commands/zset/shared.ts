/** What the sorted-set commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import { type Argument, type CommandSpec, keysAt } from "../define.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
export const memberArgument: Argument = { name: "member", type: "string" };
export const membersArgument: Argument = { ...memberArgument, multiple: true };
export const withScoresArgument: Argument = {
  name: "withscores",
  type: "pure-token",
  token: "WITHSCORES",
  optional: true,
};
export const countArgument: Argument = { name: "count", type: "integer", optional: true };
export const limitArgument: Argument = {
  name: "offset_count",
  type: "block",
  token: "LIMIT",
  optional: true,
  arguments: [{ name: "offset", type: "integer" }, { name: "count", type: "integer" }],
};
/** Bounds by rank, score or member. */
export const rankBounds: readonly Argument[] = [
  { name: "start", type: "integer" },
  { name: "stop", type: "integer" },
];
export const scoreBounds: readonly Argument[] = [
  { name: "min", type: "double" },
  { name: "max", type: "double" },
];
export const lexBounds: readonly Argument[] = [
  { name: "min", type: "string" },
  { name: "max", type: "string" },
];

/** A command that reads one key. */
export const reads = {
  group: "sorted-set",
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
} satisfies Partial<CommandSpec>;

/** Answers the core's statuses, those of sorted sets among them. @returns whether it was an error */
export function failed(c: Context, status: number): boolean {
  if (status >= 0) return false;
  const { at } = c.core;
  switch (status) {
    case at.ZSET_NAN:
      c.reply.error("ERR resulting score is not a number (NaN)");
      return true;
    case at.ZSET_BAD_SCORE:
      c.reply.error("ERR min or max is not a float");
      return true;
    case at.ZSET_BAD_LEX:
      c.reply.error("ERR min or max not valid string range item");
      return true;
    default:
      return c.failed(status);
  }
}

/** Ends a read: counts the hit or miss, answers what is wrong. A key of another type is there, too. */
export function read(c: Context, status: number): void {
  const { MISSING, WRONG_TYPE } = c.core.at;
  if (status >= 0 || status === MISSING || status === WRONG_TYPE) c.looked(status !== MISSING);
  failed(c, status);
}

/** Ends a write on key `karg`: tells of what the core says it has done, answers what is wrong. */
export function wrote(c: Context, status: number, event: string, karg = 1): void {
  if (failed(c, status) || status <= 0) return;
  const { ZSET_CHANGED, ZSET_CREATED, ZSET_EMPTIED, ZSET_NO_MEMORY, OUT_OF_MEMORY } = c.core.at;
  if ((status & ZSET_NO_MEMORY) !== 0) c.failed(OUT_OF_MEMORY);
  const changes = c.core.resultNumber();
  if ((status & ZSET_CREATED) !== 0) c.added(karg);
  if ((status & ZSET_CHANGED) !== 0) c.wroteMany(karg, "z", event, changes);
  if ((status & ZSET_EMPTIED) !== 0) c.event(karg, "g", "del");
}

/** Ends a write that has made the key of `karg` anew, or deleted it where there was nothing to store. */
export function wroteStore(
  c: Context,
  status: number,
  event: string,
  karg = 1,
  changes = 1,
): void {
  if (failed(c, status) || status <= 0) return;
  const { ZSET_CHANGED, ZSET_CREATED } = c.core.at;
  if ((status & ZSET_CREATED) !== 0) c.added(karg);
  if ((status & ZSET_CHANGED) !== 0) c.wroteMany(karg, "z", event, changes);
  else c.wrote(karg, "g", "del");
}
