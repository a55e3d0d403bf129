/** LCS. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { typeNames } from "../generic/types.ts";

const MAX_LENGTH = 2 ** 32 - 1;

/** LCS's options, read. */
interface LcsOptions {
  /** LCS_* of the core. */
  what: number;
  minLength: number;
  withLength: boolean;
}

/** Reads the options behind the keys. @returns null when they were answered as wrong */
function readOptions(c: Context): LcsOptions | null {
  const { LCS_LENGTH, LCS_RANGES, LCS_TEXT } = c.core.at;
  let length = false;
  let ranges = false;
  let minLength = 0;
  let withLength = false;
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "len") length = true;
    else if (option === "idx") ranges = true;
    else if (option === "withmatchlen") withLength = true;
    else if (option === "minmatchlen" && i + 1 < c.argc) {
      const min = c.integer(++i);
      if (min === null) return null;
      minLength = Math.min(Math.max(min, 0), MAX_LENGTH);
    } else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  if (length && ranges) {
    c.reply.error("ERR If you want both the length and indexes, please just use IDX.");
    return null;
  }
  return { what: ranges ? LCS_RANGES : length ? LCS_LENGTH : LCS_TEXT, minLength, withLength };
}

/** The entry of a key that holds a string, 0 for an absent one; null for another type. */
function stringAt(c: Context, karg: number): number | null {
  const entry = c.x.keyLookup(c.db, karg);
  c.looked(entry !== 0, karg);
  return entry === 0 || typeNames[c.x.typeOf(entry)] === "string" ? entry : null;
}

export const lcs = command({
  name: "LCS",
  summary: "Returns the longest common subsequence of the strings at two keys.",
  since: "7.0.0",
  group: "string",
  complexity: "O(N*M) where N and M are the lengths of the two strings",
  arity: -3,
  flags: ["readonly"],
  keys: [keysAt(1, 2, 1, "RO", "access")],
  arguments: [
    { name: "key1", type: "key", keySpec: 0 },
    { name: "key2", type: "key", keySpec: 0 },
    { name: "len", type: "pure-token", token: "LEN", optional: true },
    { name: "idx", type: "pure-token", token: "IDX", optional: true },
    { name: "len", type: "integer", token: "MINMATCHLEN", optional: true },
    { name: "withmatchlen", type: "pure-token", token: "WITHMATCHLEN", optional: true },
  ],
  run(c) {
    const a = stringAt(c, 1);
    const b = stringAt(c, 2);
    if (a === null || b === null) {
      return c.reply.error("ERR The specified keys must contain string values");
    }
    const options = readOptions(c);
    if (options === null) return;
    const { what, minLength, withLength } = options;
    const limitBytes = c.server.config.values["proto-max-bulk-len"];
    const status = c.x.replyLcs(a, b, what, minLength, withLength, limitBytes);
    if (status === c.core.at.TOO_LONG) {
      c.reply.error(
        "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len",
      );
    } else if (status === c.core.at.OUT_OF_MEMORY) {
      c.reply.error("ERR Insufficient memory, failed allocating transient memory for LCS");
    }
  },
});
