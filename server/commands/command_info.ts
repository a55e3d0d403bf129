/** What is derived from a command's specification: ACL categories and the range of its keys. */

import { type CommandFacts, type Flag, flagBits, type Group, type KeyFlag } from "./facts.ts";

/** The ACL categories, in the order in which they are listed. */
export const aclCategories = [
  "keyspace",
  "read",
  "write",
  "set",
  "sortedset",
  "list",
  "hash",
  "string",
  "bitmap",
  "hyperloglog",
  "geo",
  "stream",
  "pubsub",
  "admin",
  "fast",
  "slow",
  "blocking",
  "dangerous",
  "connection",
  "transaction",
  "scripting",
] as const;

const categoryOfGroup: Partial<Record<Group, string>> = {
  "string": "string",
  "list": "list",
  "set": "set",
  "sorted-set": "sortedset",
  "hash": "hash",
  "stream": "stream",
  "bitmap": "bitmap",
  "hyperloglog": "hyperloglog",
  "geo": "geo",
  "generic": "keyspace",
  "connection": "connection",
  "transactions": "transaction",
  "scripting": "scripting",
};

/** The order in which COMMAND INFO shows flags. */
const shownFlags: readonly Flag[] = [
  "write",
  "readonly",
  "denyoom",
  "admin",
  "pubsub",
  "noscript",
  "blocking",
  "loading",
  "stale",
  "skip_monitor",
  "skip_slowlog",
  "asking",
  "fast",
  "no_auth",
  "no_mandatory_keys",
  "no_async_loading",
  "no_multi",
  "movablekeys",
  "allow_busy",
];

const shownKeyFlags: readonly KeyFlag[] = [
  "RO",
  "RW",
  "OW",
  "RM",
  "access",
  "update",
  "insert",
  "delete",
  "not_key",
  "incomplete",
  "variable_flags",
];

/** A command's flags as clients see them. */
export function flagNames({ bits }: CommandFacts): Flag[] {
  return shownFlags.filter((flag) => (bits & flagBits[flag]) !== 0);
}

/** A key specification's flags in the order in which they are shown. */
export function keyFlagNames(flags: readonly KeyFlag[]): KeyFlag[] {
  return shownKeyFlags.filter((flag) => flags.includes(flag));
}

/** A command's ACL categories, without "@". */
export function categoriesOf({ spec, bits, subcommands }: CommandFacts): string[] {
  const found = new Set<string>();
  const group = categoryOfGroup[spec.group];
  // A container does nothing itself.
  if (group !== undefined && subcommands === null) found.add(group);
  if (bits & flagBits.write) found.add("write");
  if (bits & flagBits.readonly && spec.group !== "scripting") found.add("read");
  if (bits & flagBits.admin) found.add("admin").add("dangerous");
  if (bits & flagBits.pubsub) found.add("pubsub");
  if (bits & flagBits.blocking) found.add("blocking");
  found.add(bits & flagBits.fast ? "fast" : "slow");
  for (const category of spec.categories ?? []) {
    if (category.startsWith("-")) found.delete(category.slice(1));
    else found.add(category);
  }
  return aclCategories.filter((category) => found.has(category));
}

/** First key, last key (negative: from the end) and step, as clients knew keys before specifications. */
export interface KeyRange {
  first: number;
  last: number;
  step: number;
}

/**
 * The range that covers a command's specifications: the first one at a fixed index, and those that go
 * on where it ends. All 0 when there is none.
 */
export function keyRange({ spec }: CommandFacts): KeyRange {
  let range: KeyRange | null = null;
  for (const { begin, find } of spec.keys ?? []) {
    if (typeof begin !== "number" || find === "unknown" || "countAt" in find) continue;
    const last = find.last < 0 ? find.last : begin + find.last;
    if (range === null) range = { first: begin, last, step: find.step };
    else if (begin === range.last + range.step) range.last = last;
  }
  return range ?? { first: 0, last: 0, step: 0 };
}
