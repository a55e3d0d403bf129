/** ZUNION, ZINTER, ZDIFF, their forms that store, and ZINTERCARD. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt, type KeySpec } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { typeNames } from "../generic/types.ts";
import { failed, keyArgument, withScoresArgument, wroteStore } from "./shared.ts";

type Operation = "COMBINE_UNION" | "COMBINE_INTER" | "COMBINE_DIFF";

/** The arguments, read: `count` keys from argument `first` on. */
interface Sources {
  first: number;
  count: number;
  /** AGGREGATE_* of the core. */
  aggregate: number;
  /** Argument of the first weight, 0 where there are none. */
  weights: number;
  withScores: boolean;
  /** ZINTERCARD's LIMIT, 0 for none. */
  limit: number;
}

/** Which options a command takes. */
interface Takes {
  weights?: boolean;
  withScores?: boolean;
  limit?: boolean;
}

/** Answers an error in the options: a key of a wrong type comes first. */
function refuse(c: Context, { first, count }: Sources, error: string): null {
  for (let i = first; i < first + count; i++) {
    const entry = c.x.keyPeek(c.db, i);
    c.looked(entry !== 0, i);
    if (entry === 0 || isSource(c, entry)) continue;
    c.failed(c.core.at.WRONG_TYPE);
    return null;
  }
  c.reply.error(error);
  return null;
}

/** Reads the arguments from the number of keys on. @returns null when they were answered as wrong */
function readSources(c: Context, at: number, takes: Takes): Sources | null {
  const count = c.integer(at);
  if (count === null) return null;
  if (count < 1) {
    c.reply.error(`ERR at least 1 input key is needed for '${c.command.name}' command`);
    return null;
  }
  const first = at + 1;
  if (count > c.argc - first) {
    c.reply.error(errors.syntax);
    return null;
  }
  const { AGGREGATE_SUM } = c.core.at;
  const made: Sources = {
    ...{ first, count, aggregate: AGGREGATE_SUM, weights: 0, withScores: false, limit: 0 },
  };
  for (let i = first + count; i < c.argc;) {
    const used = readOption(c, i, made, takes);
    if (used === 0) return null;
    i += used;
  }
  return made;
}

/** Reads the option at argument `i`. @returns how many arguments it has; 0: answered as wrong */
function readOption(c: Context, i: number, made: Sources, takes: Takes): number {
  const option = c.option(i);
  const left = c.argc - i - 1;
  if (option === "weights" && takes.weights && left >= made.count) {
    made.weights = i + 1;
    for (let w = i + 1; w <= i + made.count; w++) {
      if (c.x.zsetIsWeight(w)) continue;
      refuse(c, made, "ERR weight value is not a float");
      return 0;
    }
    return 1 + made.count;
  }
  if (option === "aggregate" && takes.weights && left >= 1) {
    const { AGGREGATE_MAX, AGGREGATE_MIN, AGGREGATE_SUM } = c.core.at;
    const kinds = ["sum", "min", "max"].indexOf(c.option(i + 1));
    if (kinds !== -1) {
      made.aggregate = [AGGREGATE_SUM, AGGREGATE_MIN, AGGREGATE_MAX][kinds];
      return 2;
    }
  } else if (option === "withscores" && takes.withScores) {
    made.withScores = true;
    return 1;
  } else if (option === "limit" && takes.limit && left >= 1) {
    const limit = c.x.integerArgument(i + 1) ? c.core.resultNumber() : -1;
    if (limit < 0) {
      refuse(c, made, "ERR LIMIT can't be negative");
      return 0;
    }
    made.limit = limit;
    return 2;
  }
  refuse(c, made, errors.syntax);
  return 0;
}

/**
 * Combines the keys' sets by `act` and counts their hits and misses. Misses that somebody listens to are
 * told of before: afterwards one of the keys may hold the result.
 *
 * @returns the core's status
 */
function combined(c: Context, { first, count }: Sources, act: () => number): number {
  if (c.server.changes.observed) tellMisses(c, first, count);
  const status = act();
  const found = c.x.zsetSourcesFound();
  c.server.stats.hits += found;
  c.server.stats.misses += c.x.zsetSourcesLooked() - found;
  return status;
}

/** Tells of the keys that are absent, up to one that is of no use here. */
function tellMisses(c: Context, first: number, count: number): void {
  for (let i = first; i < first + count; i++) {
    const entry = c.x.keyPeek(c.db, i);
    if (entry === 0) c.event(i, "m", "keymiss");
    else if (!isSource(c, entry)) return;
  }
}

/** Whether an entry is of a type that can be combined. */
function isSource(c: Context, entry: number): boolean {
  const type = typeNames[c.x.typeOf(entry)];
  return type === "set" || type === "zset";
}

function combine(c: Context, op: Operation, takes: Takes): void {
  const s = readSources(c, 1, { ...takes, withScores: true });
  if (s === null) return;
  const { at } = c.core;
  const { first, count, aggregate, weights, withScores } = s;
  c.failed(
    combined(
      c,
      s,
      () => c.x.zsetCombine(c.db, first, count, at[op], aggregate, weights, withScores),
    ),
  );
}

function store(c: Context, op: Operation, event: string, takes: Takes): void {
  const s = readSources(c, 2, takes);
  if (s === null) return;
  const { first, count, aggregate, weights } = s;
  c.replacing(1);
  const status = combined(c, s, () =>
    c.x.zsetCombineStore(
      ...[c.db, 1, first, count, c.core.at[op], aggregate, weights] as const,
    ));
  if (!failed(c, status)) wroteStore(c, status, event);
}

const numKeys: Argument = { name: "numkeys", type: "integer" };
const keysArgument: Argument = { ...keyArgument, multiple: true };
const weighing: readonly Argument[] = [
  { name: "weight", type: "integer", token: "WEIGHTS", optional: true, multiple: true },
  {
    name: "aggregate",
    type: "oneof",
    token: "AGGREGATE",
    optional: true,
    arguments: [
      { name: "sum", type: "pure-token", token: "SUM" },
      { name: "min", type: "pure-token", token: "MIN" },
      { name: "max", type: "pure-token", token: "MAX" },
    ],
  },
];

const UNION_COST = "O(N)+O(M*log(M)) where N is the number of members of all sets together and M " +
  "that of the result";
const INTER_COST =
  "O(N*K)+O(M*log(M)) at worst, where N is the number of members of the smallest " +
  "of K sets and M that of the result";
const DIFF_COST =
  "O(L*K)+O(M*log(M)) at worst, where L is the number of members of the first of K " +
  "sets and M that of the result";

function sourcesAt(index: number): KeySpec {
  return {
    flags: ["RO", "access"],
    begin: index,
    find: { countAt: 0, firstAt: 1, step: 1 },
  };
}

/** What those that reply share. */
const replies = {
  since: "6.2.0",
  group: "sorted-set",
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keys: [sourcesAt(1)],
} satisfies Partial<CommandSpec>;

/** What those that store share. */
const stores = {
  since: "2.0.0",
  group: "sorted-set",
  arity: -4,
  flags: ["write", "denyoom", "movablekeys"],
  keys: [keysAt(1, 1, 1, "OW", "update"), sourcesAt(2)],
} satisfies Partial<CommandSpec>;

const destination: readonly Argument[] = [
  { name: "destination", type: "key", keySpec: 0 },
  numKeys,
  { ...keysArgument, keySpec: 1 },
];

export const zunion = command({
  ...replies,
  name: "ZUNION",
  summary: "Returns the members of any of several sets, their scores added up.",
  complexity: UNION_COST,
  arguments: [numKeys, keysArgument, ...weighing, withScoresArgument],
  run: (c) => combine(c, "COMBINE_UNION", { weights: true }),
});

export const zinter = command({
  ...replies,
  name: "ZINTER",
  summary: "Returns the members that several sets share, their scores added up.",
  complexity: INTER_COST,
  arguments: [numKeys, keysArgument, ...weighing, withScoresArgument],
  run: (c) => combine(c, "COMBINE_INTER", { weights: true }),
});

export const zdiff = command({
  ...replies,
  name: "ZDIFF",
  summary: "Returns the members of one set that several others do not have.",
  complexity: DIFF_COST,
  arguments: [numKeys, keysArgument, withScoresArgument],
  run: (c) => combine(c, "COMBINE_DIFF", {}),
});

export const zunionstore = command({
  ...stores,
  name: "ZUNIONSTORE",
  summary: "Makes a key's sorted set of the members of any of several sets.",
  complexity: UNION_COST,
  arguments: [...destination, ...weighing],
  run: (c) => store(c, "COMBINE_UNION", "zunionstore", { weights: true }),
});

export const zinterstore = command({
  ...stores,
  name: "ZINTERSTORE",
  summary: "Makes a key's sorted set of the members that several sets share.",
  complexity: INTER_COST,
  arguments: [...destination, ...weighing],
  run: (c) => store(c, "COMBINE_INTER", "zinterstore", { weights: true }),
});

export const zdiffstore = command({
  ...stores,
  name: "ZDIFFSTORE",
  since: "6.2.0",
  summary: "Makes a key's sorted set of the members of one set that several others do not have.",
  complexity: DIFF_COST,
  arguments: destination,
  run: (c) => store(c, "COMBINE_DIFF", "zdiffstore", {}),
});

export const zintercard = command({
  ...replies,
  name: "ZINTERCARD",
  summary: "Counts the members that several sets share.",
  since: "7.0.0",
  complexity: "O(N*K) at worst, where N is the number of members of the smallest of K sets",
  arguments: [
    numKeys,
    keysArgument,
    { name: "limit", type: "integer", token: "LIMIT", optional: true },
  ],
  run(c) {
    const s = readSources(c, 1, { limit: true });
    if (s === null) return;
    c.failed(combined(c, s, () => c.x.zsetInterCount(c.db, s.first, s.count, s.limit)));
  },
});
