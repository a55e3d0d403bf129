/**
 * Looks at an RDB file, by the same reader that loads it: what it holds by type, its largest keys, and where
 * and why it cannot be read any further.
 */

import type { Core } from "../../core-as/host/core.ts";
import { Config } from "../../server/config/config.ts";
import { type Source, takeStepsNow } from "../../server/env/source.ts";
import { wordsOf } from "../../server/env/system_error.ts";
import { RdbError, readDatabases, type ToldKey } from "../rdb/reader.ts";
import { Tally } from "./tally.ts";

/** What was found. */
export interface RdbReport {
  readonly lines: readonly string[];
  /** Where the file cannot be read on, null where it is whole. */
  readonly damage: { readonly offset: number; readonly reason: string } | null;
  /** Bytes behind the file's end. */
  readonly rest: Uint8Array;
}

/** Names of the values' types, with how the file has them. */
const TYPES: Readonly<Record<number, string>> = {
  0: "string",
  1: "list (elements)",
  2: "set (members)",
  3: "zset (texts)",
  4: "hash (fields)",
  5: "zset (members)",
  9: "hash (zipmap)",
  10: "list (ziplist)",
  11: "set (intset)",
  12: "zset (ziplist)",
  13: "hash (ziplist)",
  14: "list (ziplists)",
  15: "stream",
  16: "hash (listpack)",
  17: "zset (listpack)",
  18: "list (listpacks)",
  19: "stream 2",
  20: "set (listpack)",
  21: "stream 3",
  22: "hash (timed fields)",
  24: "hash (expiring)",
  25: "hash (expiring, listpack)",
};

/** Checks a file. @param core an empty one, which stays empty */
export function checkRdb(core: Core, source: Source, name: string): RdbReport {
  const lines = [`[offset 0] Checking RDB file ${name}`];
  const tally = new Tally();
  const config = new Config("/");
  config.assign("sanitize-dump-payload", "yes");
  let keys = 0;
  let expires = 0;
  let expired = 0;
  let endOffset = 0;
  let rest = new Uint8Array();
  // What was told of is dropped; here nobody comes by later to free what is large.
  const settle = () => {
    while (core.x.pendingFreeStep(0x10000));
  };
  const onKey = (key: ToldKey) => {
    settle();
    const bytes = key.endOffset - endOffset;
    endOffset = key.endOffset;
    keys++;
    if (key.expires) expires++;
    if (key.expired) expired++;
    tally.add(TYPES[key.rdbType] ?? `type ${key.rdbType}`, bytes);
    const elements = key.elements === 1 ? "" : `, ${key.elements} elements`;
    tally.offer({ key: key.key, bytes, about: `db ${key.database}${elements}` });
  };
  const needs = {
    core,
    config,
    log: { warning: (text: string) => void lines.push(`[info] ${text}`) },
    snapshots: { skipsChecksums: false },
  };
  let damage: RdbReport["damage"] = null;
  try {
    takeStepsNow(readDatabases(needs, source, {
      place: "new",
      keepsExpired: true,
      onField: (field, value) => void lines.push(`[info] AUX FIELD ${field} = '${value}'`),
      onFunction: (code) => tally.add("function library", code.length),
      onProgress: () => {},
      onRest: (bytes) => rest = new Uint8Array(bytes),
      onKey,
    }));
  } catch (error) {
    const offset = error instanceof RdbError ? error.offset : endOffset;
    damage = { offset, reason: wordsOf(error) };
  }
  settle();
  lines.push(...tally.lines("type"), `[info] ${keys} keys read`);
  lines.push(`[info] ${expires} expires`, `[info] ${expired} already expired`);
  if (damage === null) lines.push("\\o/ RDB looks OK! \\o/");
  else lines.push(`[offset ${damage.offset}] ${damage.reason}`);
  return { lines, damage, rest };
}
