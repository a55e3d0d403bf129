/** IFEQ, IFNE, IFDEQ and IFDNE, which SET and DELEX share; DELEX and DIGEST. */

import type { Context } from "../context.ts";
import type { Arguments } from "../facts.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { wrongArity } from "../../resp/errors.ts";

/** A condition of a command under way. */
export interface Match {
  /** MATCH_* of the core. */
  kind: number;
  /** The argument to compare with. */
  argument: number;
}

/** MATCH_* of an option; 0 when the word is none of the four. */
export function matchKind(c: Arguments, option: string): number {
  const { MATCH_DIGEST, MATCH_OTHER_DIGEST, MATCH_OTHER_TEXT, MATCH_TEXT } = c.core.at;
  switch (option) {
    case "ifeq":
      return MATCH_TEXT;
    case "ifne":
      return MATCH_OTHER_TEXT;
    case "ifdeq":
      return MATCH_DIGEST;
    case "ifdne":
      return MATCH_OTHER_DIGEST;
    default:
      return 0;
  }
}

/** Answers what the core's `stringMatches` found wrong. @returns whether it did */
export function matchFailed(c: Context, status: number): boolean {
  if (status !== c.core.at.TOO_LONG) return c.failed(status);
  c.reply.error("ERR must be exactly 16 hexadecimal characters");
  return true;
}

/** How COMMAND DOCS shows the four. */
export function conditionArguments(since?: string): Argument[] {
  return [
    { name: "ifeq-value", type: "string", token: "IFEQ", since },
    { name: "ifne-value", type: "string", token: "IFNE", since },
    { name: "ifdeq-digest", type: "string", token: "IFDEQ", since },
    { name: "ifdne-digest", type: "string", token: "IFDNE", since },
  ];
}

export const digest = command({
  name: "DIGEST",
  summary: "Returns the XXH3 hash of the string at a key.",
  since: "8.4.0",
  group: "string",
  complexity: "O(N) where N is the length of the string",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  run(c) {
    const status = c.x.stringDigest(c.db, 1);
    c.looked(status !== c.core.at.MISSING);
    c.failed(status);
  },
});

const NOT_A_STRING = "ERR Key should be of string type if conditions are specified";

/** Whether DELEX's condition holds of a key that is there; when not, the answer has been given. */
function mayDelete(c: Context): boolean {
  const { at } = c.core;
  const kind = matchKind(c, c.option(2));
  // What is wrong with a condition is told only of a key that it could be about.
  const status = c.x.stringMatches(c.db, 1, kind === 0 ? at.MATCH_TEXT : kind, 3);
  if (status === at.MISSING) c.reply.number(0);
  else if (status === at.WRONG_TYPE) c.reply.error(NOT_A_STRING);
  else if (kind === 0) c.reply.error("ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE");
  else if (status === 0) c.reply.number(0);
  else return !matchFailed(c, status);
  return false;
}

export const delex = command({
  name: "DELEX",
  summary: "Deletes a key if its string, or the digest of it, is what it should be.",
  since: "8.4.0",
  group: "string",
  complexity:
    "O(1) for IFEQ and IFNE, O(N) for IFDEQ and IFDNE where N is the length of the string",
  arity: -2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete", "variable_flags")],
  keyFlags: (c) => [c.argc === 2 ? "RM" : "RW", "delete"],
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "condition", type: "oneof", optional: true, arguments: conditionArguments() },
  ],
  run(c) {
    if (c.argc !== 2 && c.argc !== 4) return c.reply.error(wrongArity(c.command.name));
    if (c.argc === 4 && !mayDelete(c)) return;
    if (!c.x.keyDelete(c.db, 1)) return c.reply.number(0);
    if (c.propagates) c.instead("DEL", 1);
    c.wrote(1, "g", "del");
    c.reply.number(1);
  },
});
