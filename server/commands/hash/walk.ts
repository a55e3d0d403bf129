/** HSCAN and HRANDFIELD. */

import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { readCursor } from "../generic/iterate.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, read, reads } from "./shared.ts";

/** Most that the core counts to; more fields than an address space can hold. */
const COUNT_MAX = 2 ** 32 - 1;

/** HSCAN's options, read. */
interface ScanOptions {
  count: number;
  /** Argument with the pattern, 0 for none. */
  pattern: number;
  values: boolean;
}

/** Reads the options behind the cursor. @returns null when they were answered as wrong */
function readOptions(c: Context): ScanOptions | null {
  const options: ScanOptions = { count: 10, pattern: 0, values: true };
  for (let i = 3; i < c.argc; i++) {
    const option = c.option(i);
    if (option === "novalues") options.values = false;
    else if (option === "count" && i + 1 < c.argc) {
      const count = c.integer(++i);
      if (count === null) return null;
      if (count < 1) {
        c.reply.error(errors.syntax);
        return null;
      }
      options.count = Math.min(count, COUNT_MAX);
    } else if (option === "match" && i + 1 < c.argc) options.pattern = ++i;
    else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return options;
}

export const hscan = command({
  ...reads,
  name: "HSCAN",
  summary: "Returns some of the fields of a hash and the cursor that asks for the next ones.",
  since: "2.8.0",
  complexity: "O(1) a call, O(N) for all calls of an iteration, where N is the number of fields",
  arity: -3,
  flags: ["readonly"],
  arguments: [
    keyArgument,
    { name: "cursor", type: "integer" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "novalues", type: "pure-token", token: "NOVALUES", optional: true, since: "7.4.0" },
  ],
  tips: ["nondeterministic_output"],
  run(c) {
    const cursor = readCursor(c, 2);
    if (cursor === null) return c.reply.error("ERR invalid cursor");
    // What is wrong with the options counts only where there is a hash.
    const found = c.x.hashLook(c.db, 1);
    if (found === 0) {
      const options = readOptions(c);
      if (options === null) return;
      c.x.hashScan(c.db, 1, cursor, options.count, options.pattern, options.values);
    } else if (found === c.core.at.MISSING) {
      c.reply.array(2);
      c.reply.binary("0");
      c.reply.array(0);
    }
    read(c, found);
  },
});

/** Counts beyond it are refused, as the real server does. */
const I64_MAX = 2n ** 63n - 1n;

/** Reads HRANDFIELD's count, exactly. @returns null when it was answered as wrong */
function readCount(c: Context, values: boolean): number | null {
  const count = c.integer(2);
  if (count === null) return null;
  const exact = c.core.resultBigint();
  if (exact < -I64_MAX) {
    c.reply.error(
      `ERR value is out of range, value must between ${-I64_MAX} and ${I64_MAX}`,
    );
    return null;
  }
  // Twice as many are returned.
  if (values && (exact < -I64_MAX / 2n || exact > I64_MAX / 2n)) {
    c.reply.error("ERR value is out of range");
    return null;
  }
  return count;
}

export const hrandfield = command({
  ...reads,
  name: "HRANDFIELD",
  summary: "Returns fields of a hash chosen at random.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of fields returned",
  arity: -2,
  flags: ["readonly"],
  arguments: [keyArgument, {
    name: "options",
    type: "block",
    optional: true,
    arguments: [
      { name: "count", type: "integer" },
      { name: "withvalues", type: "pure-token", token: "WITHVALUES", optional: true },
    ],
  }],
  tips: ["nondeterministic_output"],
  run(c) {
    const { argc, db, x } = c;
    if (argc === 2) return read(c, x.hashRandom(db, 1));
    const values = argc === 4 && c.option(3) === "withvalues";
    const count = readCount(c, values);
    if (count === null) return;
    if (argc > 3 && !values) return c.reply.error(errors.syntax);
    read(
      c,
      count < 0
        ? x.hashRandomRepeated(db, 1, -count, values)
        : x.hashRandomDistinct(db, 1, Math.min(count, COUNT_MAX), values),
    );
  },
});
