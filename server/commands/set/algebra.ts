/** SINTER, SUNION, SDIFF, what stores their results, and SINTERCARD. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

const keysArgument: Argument = { name: "key", type: "key", keySpec: 0, multiple: true };

/**
 * Names the sets in arguments `first` to `end` - 1 to the core and runs `operation`, which replies.
 *
 * @returns its status, or a negative one when there was an error, which was answered
 */
function onSets(c: Context, first: number, end: number, operation: () => number): number {
  const { MISSING, OUT_OF_MEMORY, WRONG_TYPE } = c.core.at;
  if (!c.x.setSourcesStart(end - first)) {
    c.failed(OUT_OF_MEMORY);
    return OUT_OF_MEMORY;
  }
  let status = 0;
  for (let i = first; i < end && status !== WRONG_TYPE; i++) {
    status = c.x.setSource(c.db, i);
    c.looked(status !== MISSING, i);
  }
  if (status !== WRONG_TYPE) status = operation();
  c.x.setSourcesEnd();
  c.failed(status);
  return status;
}

/** What the commands that return members share. */
const returning = {
  since: "1.0.0",
  group: "set",
  arity: -2,
  flags: ["readonly"],
  keys: [keysAt(1, -1, 1, "RO", "access")],
  arguments: [keysArgument],
  tips: ["nondeterministic_output_order"],
} satisfies Partial<CommandSpec>;

/** What the commands that store members share. */
function storing(...destination: ("RW" | "OW")[]): Partial<CommandSpec> & typeof storingBase {
  return {
    ...storingBase,
    keys: [keysAt(1, 1, 1, ...destination, "update"), keysAt(2, -1, 1, "RO", "access")],
  };
}
const storingBase = {
  since: "1.0.0",
  group: "set",
  arity: -3,
  flags: ["write", "denyoom"],
  arguments: [
    { name: "destination", type: "key", keySpec: 0 },
    { ...keysArgument, keySpec: 1 },
  ],
} satisfies Partial<CommandSpec>;

/** Tells of a result that was stored at key 1. `status` is the core's. */
function stored(c: Context, status: number, event: string): void {
  const { SET_STORED_NEW, SET_STORED_NOTHING } = c.core.at;
  if (status <= 0) return;
  if (status === SET_STORED_NOTHING) return c.wrote(1, "g", "del");
  if (status === SET_STORED_NEW) c.added(1);
  c.wrote(1, "s", event);
}

const INTERSECTION_COST =
  "O(N*M) where N is the number of members of the smallest set and M that of sets";
const MEMBERS_COST = "O(N) where N is the number of members of all sets";

export const sinter = command({
  ...returning,
  name: "SINTER",
  summary: "Returns the members that all of several sets have.",
  complexity: INTERSECTION_COST,
  run(c) {
    onSets(c, 1, c.argc, () => c.x.setIntersection());
  },
});

export const sunion = command({
  ...returning,
  name: "SUNION",
  summary: "Returns the members that any of several sets has.",
  complexity: MEMBERS_COST,
  run(c) {
    onSets(c, 1, c.argc, () => c.x.setUnion());
  },
});

export const sdiff = command({
  ...returning,
  name: "SDIFF",
  summary: "Returns the members of a set that none of several others has.",
  complexity: MEMBERS_COST,
  run(c) {
    onSets(c, 1, c.argc, () => c.x.setDifference());
  },
});

export const sinterstore = command({
  ...storing("RW"),
  name: "SINTERSTORE",
  summary: "Stores the members that all of several sets have as a set.",
  complexity: INTERSECTION_COST,
  run(c) {
    stored(c, onSets(c, 2, c.argc, () => c.x.setStoreIntersection(c.db, 1)), "sinterstore");
  },
});

export const sunionstore = command({
  ...storing("OW"),
  name: "SUNIONSTORE",
  summary: "Stores the members that any of several sets has as a set.",
  complexity: MEMBERS_COST,
  run(c) {
    stored(c, onSets(c, 2, c.argc, () => c.x.setStoreUnion(c.db, 1)), "sunionstore");
  },
});

export const sdiffstore = command({
  ...storing("OW"),
  name: "SDIFFSTORE",
  summary: "Stores the members of a set that none of several others has as a set.",
  complexity: MEMBERS_COST,
  run(c) {
    stored(c, onSets(c, 2, c.argc, () => c.x.setStoreDifference(c.db, 1)), "sdiffstore");
  },
});

/** Most that the core counts to; more members than an address space can hold. */
const LIMIT_MAX = 2 ** 32 - 1;
const BAD_LIMIT = "ERR LIMIT can't be negative";

/** Reads SINTERCARD's limit, which may come more than once. @returns null when it was answered as wrong */
function readLimit(c: Context, first: number): number | null {
  let limit = 0;
  for (let i = first; i < c.argc; i += 2) {
    if (c.option(i) !== "limit" || i + 1 === c.argc) {
      c.reply.error(errors.syntax);
      return null;
    }
    const given = c.integerWithin(i + 1, 0, Infinity, BAD_LIMIT);
    if (given === null) return null;
    limit = Math.min(given, LIMIT_MAX);
  }
  return limit;
}

export const sintercard = command({
  name: "SINTERCARD",
  summary: "Returns how many members all of several sets have, counting up to a limit.",
  since: "7.0.0",
  group: "set",
  complexity: INTERSECTION_COST,
  arity: -3,
  flags: ["readonly", "movablekeys"],
  keys: [{
    flags: ["RO", "access"],
    begin: 1,
    find: { countAt: 0, firstAt: 1, step: 1 },
  }],
  arguments: [
    { name: "numkeys", type: "integer" },
    keysArgument,
    { name: "limit", type: "integer", token: "LIMIT", optional: true },
  ],
  run(c) {
    const error = "ERR numkeys should be greater than 0";
    const count = c.integerWithin(1, 1, Infinity, error);
    if (count === null) return;
    if (count > c.argc - 2) {
      return c.reply.error("ERR Number of keys can't be greater than number of args");
    }
    const limit = readLimit(c, 2 + count);
    if (limit === null) return;
    onSets(c, 2, 2 + count, () => {
      c.x.setIntersectionCount(limit);
      return 0;
    });
  },
});
