/** ZRANDMEMBER and ZSCAN. */

import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { readCursor } from "../generic/iterate.ts";
import { typeNames } from "../generic/types.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, read, reads, withScoresArgument } from "./shared.ts";

const LONG_MAX = 2n ** 63n - 1n;

export const zrandmember = command({
  ...reads,
  name: "ZRANDMEMBER",
  summary: "Returns members drawn at random.",
  since: "6.2.0",
  complexity: "O(N) where N is the number of members returned",
  arity: -2,
  arguments: [keyArgument, {
    name: "options",
    type: "block",
    optional: true,
    arguments: [{ name: "count", type: "integer" }, withScoresArgument],
  }],
  tips: ["nondeterministic_output"],
  run(c) {
    if (c.argc === 2) return read(c, c.x.zsetRandom(c.db, 1));
    const count = c.integer(2);
    if (count === null) return;
    const exact = c.core.resultBigint();
    if (exact < -LONG_MAX) {
      return c.reply.error(
        `ERR value is out of range, value must between -${LONG_MAX} and ${LONG_MAX}`,
      );
    }
    const withScores = c.argc === 4 && c.option(3) === "withscores";
    if (c.argc > 3 && !withScores) return c.reply.error(errors.syntax);
    const half = LONG_MAX / 2n;
    if (withScores && (exact < -half || exact > half)) {
      return c.reply.error("ERR value is out of range");
    }
    read(c, c.x.zsetRandoms(c.db, 1, Math.abs(count), count < 0, withScores));
  },
});

/** Most that the core counts to; more members than an address space can hold. */
const COUNT_MAX = 2 ** 32 - 1;

function isZset(c: Context): boolean {
  const entry = c.x.keyPeek(c.db, 1);
  return entry !== 0 && typeNames[c.x.typeOf(entry)] === "zset";
}

/** Reads ZSCAN's options; `pattern` is an argument, 0 for none. @returns null after an error */
function readScanOptions(c: Context): { count: number; pattern: number } | null {
  let count = 10;
  let pattern = 0;
  for (let i = 3; i < c.argc; i += 2) {
    const option = i + 1 < c.argc ? c.option(i) : "";
    if (option === "match") pattern = i + 1;
    else if (option === "count") {
      const wanted = c.integer(i + 1);
      if (wanted === null) return null;
      if (wanted < 1) return c.reply.error(errors.syntax), null;
      count = Math.min(wanted, COUNT_MAX);
    } else return c.reply.error(errors.syntax), null;
  }
  return { count, pattern };
}

export const zscan = command({
  ...reads,
  name: "ZSCAN",
  summary: "Returns some of the members with their scores and the cursor that asks for more.",
  since: "2.8.0",
  complexity: "O(1) a call, O(N) for all calls of an iteration, where N is the number of members",
  arity: -3,
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
    // What is wrong with the options counts only where there is a sorted set.
    const options = isZset(c) ? readScanOptions(c) : { count: 10, pattern: 0 };
    if (options === null) return;
    read(c, c.x.zsetScan(c.db, 1, cursor, options.count, options.pattern));
  },
});
