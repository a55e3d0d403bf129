/** What the blocking pops of lists and of sorted sets share. */

import { Served } from "../keyspace/blocked.ts";
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

/** What an attempt to serve has led to, by the core's status. A key of another type is none to wait at. */
function servedBy(c: Context, status: number): Served {
  const { MISSING, WRONG_TYPE } = c.core.at;
  if (status === MISSING || status === WRONG_TYPE) return Served.NOTHING;
  c.failed(status);
  return Served.YES;
}

/** How a command waits that takes from the first of its keys to have something. */
export function popWaiting(heeds: Waiting["heeds"], pop: Pop): Waiting {
  return {
    heeds,
    serve: (c, karg) => servedBy(c, pop(c, karg)),
    timedOut: (c) => c.reply.nullArray(),
  };
}

/** Runs `key ... timeout`: takes from the first key that is there, or waits as `waiting` says. */
export function popOrWait(c: Context, waiting: Waiting, pop: Pop): void {
  const timeoutMs = c.timeout(c.argc - 1);
  if (timeoutMs === null) return;
  for (let karg = 1; karg < c.argc - 1; karg++) {
    const status = pop(c, karg);
    if (status !== c.core.at.MISSING) return void c.failed(status);
  }
  c.block(waiting, 1, c.argc - 2, timeoutMs);
}
