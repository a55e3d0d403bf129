/** KEYS, SCAN and RANDOMKEY. */

import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { typeNames } from "./types.ts";

export const keys = command({
  name: "KEYS",
  summary: "Returns all keys whose names match a pattern.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(N) where N is the number of keys in the database",
  arity: 2,
  flags: ["readonly"],
  categories: ["dangerous"],
  arguments: [{ name: "pattern", type: "pattern" }],
  tips: ["request_policy:all_shards", "nondeterministic_output_order"],
  run: (c) => c.x.replyKeys(c.db, 1),
});

export const randomkey = command({
  name: "RANDOMKEY",
  summary: "Returns the name of a key chosen at random.",
  since: "1.0.0",
  group: "generic",
  complexity: "O(1)",
  arity: 1,
  flags: ["readonly"],
  tips: ["request_policy:all_shards", "response_policy:special", "nondeterministic_output"],
  run(c) {
    const entry = c.x.keyRandom(c.db);
    if (entry === 0) c.reply.null();
    else c.x.replyKey(entry);
  },
});

const U64_MAX = 2n ** 64n - 1n;
/** Most that the core counts to; more keys than an address space can hold. */
const COUNT_MAX = 2 ** 32 - 1;

/** A longer cursor is none: all but 20 digits of it would be leading zeros. */
const CURSOR_BYTES = 4096;

/**
 * A cursor as the C library's `strtoul` reads it: a sign, leading zeros and nothing at all are let
 * through, and a zero byte ends it. Of its 64 bits the table uses the low 32.
 *
 * @returns null when it is none
 */
export function readCursor(c: Context, index: number): number | null {
  const digits = c.shown(index, CURSOR_BYTES + 1);
  if (digits.length > CURSOR_BYTES) return null;
  if (digits === "") return 0;
  if (!/^[+-]?\d+$/.test(digits)) return null;
  const magnitude = BigInt(digits.replace(/^[+-]/, ""));
  if (magnitude > U64_MAX) return null;
  return Number(BigInt.asUintN(32, digits.startsWith("-") ? -magnitude : magnitude));
}

/** SCAN's options, read. */
export interface ScanOptions {
  count: number;
  /** Argument with the pattern, 0 for none. */
  pattern: number;
  /** Type as the core numbers it, ANY_TYPE or NO_TYPE. */
  type: number;
}

/**
 * Reads the options behind the cursor.
 *
 * @param readOther reads another one, whose value is at an index; null when it is none
 * @returns null when they were answered as wrong
 */
export function readOptions(
  c: Context,
  readOther: (option: string, index: number) => "read" | "answered" | null = () => null,
): ScanOptions | null {
  const { ANY_TYPE, NO_TYPE } = c.core.at;
  const options: ScanOptions = { count: 10, pattern: 0, type: ANY_TYPE };
  for (let i = 2; i < c.argc; i += 2) {
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
    else if (option === "type") {
      const type = typeNames.indexOf(c.option(i + 1));
      options.type = type === -1 ? NO_TYPE : type;
    } else {
      const other = option === "" ? null : readOther(option, i + 1);
      if (other === null) c.reply.error(errors.syntax);
      if (other !== "read") return null;
    }
  }
  return options;
}

export const scan = command({
  name: "SCAN",
  summary: "Returns some of the keys and the cursor that asks for the next ones.",
  since: "2.8.0",
  group: "generic",
  complexity: "O(1) a call, O(N) for all calls of an iteration, where N is the number of keys",
  arity: -2,
  flags: ["readonly"],
  arguments: [
    { name: "cursor", type: "integer" },
    { name: "pattern", type: "pattern", token: "MATCH", optional: true },
    { name: "count", type: "integer", token: "COUNT", optional: true },
    { name: "type", type: "string", token: "TYPE", since: "6.0.0", optional: true },
  ],
  tips: ["nondeterministic_output", "request_policy:special", "response_policy:special"],
  history: [["6.0.0", "`TYPE` came."]],
  run(c) {
    const { server, x } = c;
    const cursor = readCursor(c, 1);
    if (cursor === null) return c.reply.error("ERR invalid cursor");
    const options = readOptions(c);
    if (options === null) return;
    const tells = server.changes.observed && server.notifications.tellsOf("m");
    x.replyScan(c.db, cursor, options.count, options.pattern, options.type, tells);
    server.stats.hits += x.scanHits();
    server.stats.misses += x.scanMisses();
  },
});
