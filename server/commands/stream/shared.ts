/** What the stream commands' specifications and handlers share. */

import type { Core } from "../../../core-as/host/core.ts";
import type { Context } from "../context.ts";
import { type Argument, type CommandSpec, keysAt } from "../define.ts";
import { errors, wrongArity } from "../../resp/errors.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };
export const groupArgument: Argument = { name: "group", type: "string" };
export const consumerArgument: Argument = { name: "consumer", type: "string" };
export const idsArgument: Argument = { name: "id", type: "string", multiple: true };
export const countArgument: Argument = {
  name: "count",
  type: "integer",
  token: "COUNT",
  optional: true,
};
/** What becomes of an entry's places in pending lists. */
export const referencesArgument: Argument = {
  name: "condition",
  type: "oneof",
  since: "8.2.0",
  optional: true,
  arguments: [
    { name: "keepref", type: "pure-token", token: "KEEPREF" },
    { name: "delref", type: "pure-token", token: "DELREF" },
    { name: "acked", type: "pure-token", token: "ACKED" },
  ],
};

/** A command that reads one key. */
export const reads = {
  group: "stream",
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
} satisfies Partial<CommandSpec>;

/** The words of the core's stream statuses. */
function errorOf(at: Core["at"], status: number): string | undefined {
  switch (status) {
    case at.BAD_ID:
      return "ERR Invalid stream ID specified as stream command argument";
    case at.BAD_START:
      return "ERR invalid start ID for the interval";
    case at.BAD_END:
      return "ERR invalid end ID for the interval";
    case at.STREAM_SYNTAX:
      return errors.syntax;
    case at.STREAM_TWO_STRATEGIES:
      return "ERR syntax error, MAXLEN and MINID options at the same time are not compatible";
    case at.STREAM_NEGATIVE_MAXLEN:
      return "ERR The MAXLEN argument must be >= 0.";
    case at.STREAM_NEGATIVE_LIMIT:
      return "ERR The LIMIT argument must be >= 0.";
    case at.STREAM_LIMIT_ALONE:
      return "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy";
    case at.STREAM_LIMIT_EXACT:
      return "ERR syntax error, LIMIT cannot be used without the special ~ option";
    case at.STREAM_NO_STRATEGY:
      return "ERR syntax error, XTRIM must be called with a trimming strategy";
    case at.STREAM_ID_ZERO:
      return "ERR The ID specified in XADD must be greater than 0-0";
    case at.STREAM_ID_SMALL:
      return "ERR The ID specified in XADD is equal or smaller than the target stream top item";
    case at.STREAM_ID_EXHAUSTED:
      return "ERR The stream has exhausted the last possible ID, unable to add more items";
    case at.STREAM_TOO_LARGE:
      return "ERR Elements are too large to be stored";
    case at.STREAM_SET_BELOW_LAST:
      return "ERR The ID specified in XSETID is smaller than the target stream top item";
    case at.STREAM_SET_BELOW_DELETED:
      return "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id";
    case at.STREAM_SET_BEHIND_DELETED:
      return "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
    case at.STREAM_SET_TOO_FEW:
      return "ERR The entries_added specified in XSETID is smaller than the target stream length";
  }
}

/** Answers the core's statuses, those of streams among them. @returns whether it was an error */
export function failed(c: Context, status: number): boolean {
  if (status >= 0) return false;
  if (status === c.core.at.STREAM_ARITY) {
    c.reply.error(wrongArity(c.command.name));
    return true;
  }
  const words = errorOf(c.core.at, status);
  if (words === undefined) return c.failed(status);
  c.reply.error(words);
  return true;
}

/** Ends a read: counts the hit or miss, answers what is wrong. A key of another type is there, too. */
export function read(c: Context, status: number, karg = 1): void {
  const { MISSING, WRONG_TYPE } = c.core.at;
  if (status >= 0 || status === MISSING || status === WRONG_TYPE) {
    c.looked(status !== MISSING, karg);
  }
  failed(c, status);
}

/**
 * Something about a stream's groups has changed, which those who watch the key or wait for it do not hear
 * of: for them the stream is the same.
 */
export function groupChanged(c: Context, karg: number, event?: string, changes = 1): void {
  c.server.dirty += changes;
  if (event !== undefined) c.event(karg, "t", event);
}

/** NOGROUP, as most commands say it. */
export function noGroup(c: Context, karg: number, garg: number): void {
  c.reply.error(`NOGROUP No such key '${c.shown(karg)}' or consumer group '${c.shown(garg)}'`);
}
