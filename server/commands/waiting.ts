/** What the blocking pops of lists and of sorted sets share. */

import type { Context, Waiting } from "./context.ts";
import type { Argument } from "./define.ts";

export const timeoutArgument: Argument = { name: "timeout", type: "double" };

/**
 * Takes from the key at an argument, tells of it and replies; writes nothing where there is no such key
 * or one of another type.
 *
 * @returns the core's status
 */
export type Pop = (c: Context, karg: number) => number;

/** Propagates what took one, or `count`, from an end of the key at an argument as the command that just does that. */
export function tookInstead(c: Context, name: string, karg: number, count = 0): void {
  if (!c.propagates) return;
  if (count === 0) c.instead(name, karg);
  else c.instead(name, karg, `${count}`);
}

/** Indices of a command's keys: from the first up to the one that is none any more. */
export interface KeyRange {
  readonly firstKey: number;
  readonly endKey: number;
}

/**
 * Takes from the first key of several that is there, as if the command had come only now: the one that ended a
 * wait need not be the one. @returns whether there was a reply
 */
function popFromFirst(c: Context, { firstKey, endKey }: KeyRange, pop: Pop): boolean {
  for (let karg = firstKey; karg < endKey; karg++) {
    const status = pop(c, karg);
    if (status === c.core.at.MISSING) continue;
    c.failed(status);
    return true;
  }
  return false;
}

/** How a command waits that takes from the first of its keys to have something. */
export function popWaiting(
  heeds: Waiting["heeds"],
  pop: Pop,
  keys: (c: Context) => KeyRange = allButLast,
): Waiting {
  return {
    heeds,
    serve: (c) => popFromFirst(c, keys(c), pop),
    timedOut: (c) => c.reply.nullArray(),
  };
}

/** The keys of `key ... timeout`. */
function allButLast(c: Context): KeyRange {
  return { firstKey: 1, endKey: c.argc - 1 };
}

/** Runs `key ... timeout`: takes from the first key that is there, or waits as `waiting` says. */
export function popOrWait(c: Context, waiting: Waiting, pop: Pop): void {
  const timeoutMs = c.timeout(c.argc - 1);
  if (timeoutMs === null || popFromFirst(c, allButLast(c), pop)) return;
  c.block(waiting, 1, c.argc - 2, timeoutMs);
}
