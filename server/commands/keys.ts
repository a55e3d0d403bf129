/**
 * Where the keys of a command under way are, from its key specifications: what COMMAND GETKEYS shows,
 * and what access control and cluster routing ask.
 */

import type { Arguments, CommandFacts, KeyFlag, KeySpec, KeyUse } from "./facts.ts";

const lacks = (spec: KeySpec, flag: KeyFlag) => !spec.flags.includes(flag);

/** Whether a command can have keys at all. */
export function mayHaveKeys({ spec }: CommandFacts): boolean {
  return spec.getKeys !== undefined ||
    (spec.keys?.some((keys) => lacks(keys, "not_key")) ?? false);
}

/**
 * The keys of the command whose arguments the context has, in the order of its specifications.
 *
 * @returns null when the arguments make no sense
 */
export function keysOf(
  c: Arguments,
  { spec }: CommandFacts,
  /** Names that belong to a slot as keys do, too: those of shard channels. */
  withNames = false,
): KeyUse[] | null {
  if (spec.getKeys !== undefined) return spec.getKeys(c);
  const found: KeyUse[] = [];
  for (const keys of spec.keys ?? []) {
    const flags = spec.keyFlags?.(c) ?? keys.flags;
    if (!(withNames || lacks(keys, "not_key")) || addKeys(c, keys, flags, found)) continue;
    return looselyCounted(c, spec.keys!) ??
      (spec.flags.includes("no_mandatory_keys") ? [] : null);
  }
  return found;
}

/**
 * The keys of a command whose number of keys is no integer but begins with one, as C's atoi reads it: the
 * counted ones come first, and nothing is known of how any of them is used.
 *
 * @returns null when that makes no sense, either
 */
function looselyCounted(c: Arguments, specs: readonly KeySpec[]): KeyUse[] | null {
  // Pairs are of commands that read their number as strictly as all others.
  const counted = specs.find(({ find }) =>
    find !== "unknown" && "countAt" in find && find.step === 1
  );
  if (counted === undefined || typeof counted.begin !== "number" || counted.begin >= c.argc) {
    return null;
  }
  const first = counted.begin + 1;
  const count = toInt32(BigInt(/^\s*([+-]?\d+)/.exec(c.shown(counted.begin, 1024))?.[1] ?? 0));
  if (count < 1 || first + count > c.argc) return null;
  const indices = Array.from({ length: count }, (_, i) => first + i);
  if (specs.length > 1) indices.push(1);
  return indices.map((index) => ({ index, flags: [] }));
}

/** A number of keys as Redis has it, which keeps it in 32 bits. */
function toInt32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** The specification of a command that has one key, at a fixed place: most commands. */
export function singleKey({ spec }: CommandFacts): SingleKey | null {
  const { keys, getKeys } = spec;
  if (keys?.length !== 1 || getKeys !== undefined) return null;
  const [{ begin, find, flags }] = keys;
  const isSingle = typeof begin === "number" && find !== "unknown" && "last" in find &&
    find.last === 0 && !flags.includes("not_key");
  return isSingle ? keys[0] as SingleKey : null;
}

/** Keys in one row at fixed places: arguments from `first` to `last` (negative: from the end) in steps. */
export interface KeyRow {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** The row of a command whose keys, or names of shard channels, are in one; null of all others. */
export function keyRow({ spec: { keys, getKeys } }: CommandFacts): KeyRow | null {
  if (keys === undefined || getKeys !== undefined) return null;
  let row: KeyRow | null = null;
  for (const spec of keys) {
    const next = rowOf(spec);
    if (next === null) return null;
    // Several specifications are of one row when each goes on where the one before it ends.
    if (row === null) row = next;
    else if (row.last + 1 === next.first && row.step === 1 && next.step === 1) {
      row = { first: row.first, last: next.last, step: 1 };
    } else return null;
  }
  return row;
}

function rowOf({ begin, find }: KeySpec): KeyRow | null {
  if (typeof begin !== "number" || find === "unknown" || !("last" in find) || find.limit > 1) {
    return null;
  }
  const { last, step } = find;
  return { first: begin, last: last < 0 ? last : begin + last, step };
}

/** A specification of one key, at a fixed place. */
type SingleKey = KeySpec & { begin: number };

/** Calls `use` with the index of each key of the command; for the one key of most of them no list is made. */
export function eachKey(c: Arguments, command: CommandFacts, use: (index: number) => void): void {
  const single = singleKey(command);
  if (single !== null) return use(single.begin);
  for (const { index } of keysOf(c, command) ?? []) use(index);
}

/** Adds the keys of one specification. @returns whether the arguments made sense */
function addKeys(
  c: Arguments,
  spec: KeySpec,
  flags: readonly KeyFlag[],
  found: KeyUse[],
): boolean {
  const begin = firstKey(c, spec.begin);
  if (begin === null || spec.find === "unknown") return true;
  const range = "countAt" in spec.find
    ? countedRange(c, begin, spec.find)
    : { first: begin, last: lastKey(c, begin, spec.find) };
  if (range === null || range.last >= c.argc) return false;
  // Keys up to the end, of which there are none.
  if ("last" in spec.find && spec.find.last < 0 && range.first >= c.argc) return false;
  for (let index = range.first; index <= range.last; index += spec.find.step) {
    found.push({ index, flags });
  }
  return true;
}

/** The index of the first key, null when it cannot be told or its keyword is not there. */
function firstKey(c: Arguments, begin: KeySpec["begin"]): number | null {
  if (typeof begin === "number") return begin;
  if (begin === "unknown") return null;
  const step = begin.from < 0 ? -1 : 1;
  const keyword = begin.keyword.toLowerCase();
  const end = step < 0 ? c.argc : c.argc - 1; // the last word has nothing behind it
  for (let i = begin.from < 0 ? c.argc + begin.from : begin.from; i > 0 && i < end; i += step) {
    if (c.option(i) === keyword) return i + 1;
  }
  return null;
}

function lastKey(c: Arguments, first: number, { last, limit }: { last: number; limit: number }) {
  if (last >= 0) return first + last;
  // With a limit the keys are one part in `limit` of what is left (XREAD: keys, then as many IDs).
  if (limit > 1) return first + Math.floor((c.argc - first) / limit) + last;
  return c.argc + last;
}

function countedRange(
  c: Arguments,
  begin: number,
  { countAt, firstAt, step }: { countAt: number; firstAt: number; step: number },
): { first: number; last: number } | null {
  const at = begin + countAt;
  if (at >= c.argc || !c.x.integerArgument(at)) return null;
  const count = toInt32(c.core.resultBigint());
  if (count < 1) return null;
  return { first: begin + firstAt, last: begin + firstAt + (count - 1) * step };
}

/**
 * Calls `look` with the context aimed at a command that is itself the arguments, from `from` on, of
 * the command under way.
 */
export function withInnerCommand<Result>(c: Arguments, from: number, look: () => Result): Result {
  const { u32, at } = c.core;
  const aim = (by: number) => {
    u32[at.ARGV] += by * 8;
    u32[at.ARGC] -= by;
    c.argc -= by;
  };
  aim(from);
  try {
    return look();
  } finally {
    aim(-from);
  }
}
