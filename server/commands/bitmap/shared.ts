/** What the bitmap commands' specifications and handlers share. */

import type { Context } from "../context.ts";
import type { Argument } from "../define.ts";
import { errors } from "../../resp/errors.ts";

export const keyArgument: Argument = { name: "key", type: "key", keySpec: 0 };

const BAD_OFFSET = "ERR bit offset is not an integer or out of range";

/** Answers what the core found wrong. @param badValue what it says of a bit that is neither 0 nor 1 */
export function wrong(c: Context, status: number, badValue: string): void {
  const { BIT_NOT_INTEGER, BIT_OFFSET_WRONG, BIT_SYNTAX, BIT_VALUE_WRONG } = c.core.at;
  if (status === BIT_OFFSET_WRONG) c.reply.error(BAD_OFFSET);
  else if (status === BIT_VALUE_WRONG) c.reply.error(badValue);
  else if (status === BIT_NOT_INTEGER) c.reply.error(errors.notInteger);
  else if (status === BIT_SYNTAX) c.reply.error(errors.syntax);
  else c.failed(status);
}

/** Whether a key was looked for at all: arguments that are wrong are found so before. */
export function wasLooked(c: Context, status: number): boolean {
  const { BIT_NOT_INTEGER, BIT_OFFSET_WRONG, BIT_VALUE_WRONG } = c.core.at;
  return status !== BIT_OFFSET_WRONG && status !== BIT_VALUE_WRONG && status !== BIT_NOT_INTEGER;
}
