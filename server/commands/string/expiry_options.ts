/** EX, PX, EXAT and PXAT, which SET and GETEX share. */

import type { Context } from "../context.ts";
import type { Argument } from "../define.ts";
import { invalidExpiry } from "../../resp/errors.ts";

/** How an option's number is meant; -1 when the word is none of the four. */
export function expiryKind(c: Context, option: string): number {
  const { EXPIRY_MS, EXPIRY_POSITIVE, EXPIRY_RELATIVE } = c.core.at;
  switch (option) {
    case "ex":
      return EXPIRY_POSITIVE | EXPIRY_RELATIVE;
    case "px":
      return EXPIRY_POSITIVE | EXPIRY_RELATIVE | EXPIRY_MS;
    case "exat":
      return EXPIRY_POSITIVE;
    case "pxat":
      return EXPIRY_POSITIVE | EXPIRY_MS;
    default:
      return -1;
  }
}

/** Answers what the core's `expiryArgument` found wrong. @returns whether it did */
export function expiryFailed(c: Context, status: number): boolean {
  if (status !== c.core.at.OVERFLOW) return c.failed(status);
  c.reply.error(invalidExpiry(c.command.name));
  return true;
}

/** Leaves an expiry argument in the core's result cell. @returns false when it was answered as wrong */
export function takeExpiry(c: Context, index: number, kind: number): boolean {
  return !expiryFailed(c, c.x.expiryArgument(index, kind));
}

/** How COMMAND DOCS shows the four. */
export function expiryArguments(sinceRelative?: string, sinceAbsolute?: string): Argument[] {
  return [
    { name: "seconds", type: "integer", token: "EX", since: sinceRelative },
    { name: "milliseconds", type: "integer", token: "PX", since: sinceRelative },
    { name: "unix-time-seconds", type: "unix-time", token: "EXAT", since: sinceAbsolute },
    { name: "unix-time-milliseconds", type: "unix-time", token: "PXAT", since: sinceAbsolute },
  ];
}
