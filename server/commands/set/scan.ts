/** SSCAN. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { readCursor } from "../generic/iterate.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, read, reads } from "./shared.ts";

/** Most that the core counts to; more members than an address space can hold. */
const COUNT_MAX = 2 ** 32 - 1;

/** SSCAN's options, read. */
interface ScanOptions {
  count: number;
  /** Argument with the pattern, 0 for none. */
  pattern: number;
}

/** Reads the options behind the cursor. @returns null when they were answered as wrong */
function readOptions(c: Context): ScanOptions | null {
  const options: ScanOptions = { count: 10, pattern: 0 };
  for (let i = 3; i < c.argc; i += 2) {
    const option = i + 1 < c.argc ? c.option(i) : "";
    if (option === "count") {
      const count = c.integer(i + 1);
      if (count === null) return null;
      if (count < 1) {
        c.reply.error(errors.syntax);
        return null;
      }
      options.count = Math.min(count, COUNT_MAX);
    } else if (option === "match") options.pattern = i + 1;
    else {
      c.reply.error(errors.syntax);
      return null;
    }
  }
  return options;
}

export const sscan = command({
  ...reads,
  name: "SSCAN",
  summary: "Returns some of the members of a set and the cursor that asks for the next ones.",
  since: "2.8.0",
  complexity: "O(1) a call, O(N) for all calls of an iteration, where N is the number of members",
  arity: -3,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [
    keyArgument,
    { name: "cursor", type: "integer" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
  ],
  tips: ["nondeterministic_output"],
  run(c) {
    const cursor = readCursor(c, 2);
    if (cursor === null) return c.reply.error("ERR invalid cursor");
    const status = c.x.setCheck(c.db, 1);
    read(c, status);
    if (status === c.core.at.MISSING) {
      c.reply.array(2);
      c.reply.binary("0");
      c.reply.array(0);
    }
    if (status !== 0) return;
    const options = readOptions(c);
    if (options !== null) c.x.setScan(c.db, 1, cursor, options.count, options.pattern);
  },
});
