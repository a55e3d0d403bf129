/** ZPOPMIN, ZPOPMAX and ZMPOP. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { tookInstead } from "../waiting.ts";
import { countArgument, failed, keyArgument, wrote } from "./shared.ts";

const OUT_OF_RANGE = "ERR value is out of range, must be positive";

function pop(c: Context, highest: boolean): void {
  if (c.argc > 3) return c.reply.error(errors.syntax);
  const { ZPOP_COUNT, ZPOP_ONE } = c.core.at;
  let count = 1;
  if (c.argc === 3) {
    const wanted = c.integerWithin(2, 0, Infinity, OUT_OF_RANGE);
    if (wanted === null) return;
    count = wanted;
  }
  const status = c.x.zsetPop(c.db, 1, count, highest, c.argc === 3 ? ZPOP_COUNT : ZPOP_ONE);
  wrote(c, status, highest ? "zpopmax" : "zpopmin");
}

/** What ZPOPMIN and ZPOPMAX share. */
const pops = {
  since: "5.0.0",
  group: "sorted-set",
  complexity: "O(log(N)*M) where N is the number of members and M how many are taken",
  arity: -2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete")],
  arguments: [keyArgument, countArgument],
} satisfies Partial<CommandSpec>;

export const zpopmin = command({
  ...pops,
  name: "ZPOPMIN",
  summary: "Takes the members with the lowest scores.",
  run: (c) => pop(c, false),
});

export const zpopmax = command({
  ...pops,
  name: "ZPOPMAX",
  summary: "Takes the members with the highest scores.",
  run: (c) => pop(c, true),
});

/** The arguments of ZMPOP and BZMPOP, read. */
export interface MultiPop {
  keys: number;
  highest: boolean;
  count: number;
}

/**
 * Reads `numkeys key ... MIN|MAX [COUNT count]` from an argument on.
 *
 * @returns null when the arguments were answered as wrong
 */
export function readMultiPop(c: Context, first: number): MultiPop | null {
  const keys = c.integerWithin(first, 1, Infinity, "ERR numkeys should be greater than 0");
  if (keys === null) return null;
  const where = first + 1 + keys;
  const end = where < c.argc ? c.option(where) : "";
  let count = 1;
  let isWrong = end !== "min" && end !== "max";
  for (let i = where + 1; i < c.argc && !isWrong; i += 2) {
    // COUNT once at most.
    isWrong = i !== where + 1 || i + 1 === c.argc || c.option(i) !== "count";
    if (isWrong) break;
    const wanted = c.integerWithin(i + 1, 1, Infinity, "ERR count should be greater than 0");
    if (wanted === null) return null;
    count = wanted;
  }
  if (!isWrong) return { keys, highest: end === "max", count };
  c.reply.error(errors.syntax);
  return null;
}

/**
 * Takes from the first sorted set that is there, and replies.
 *
 * @param first index of the argument numkeys
 * @returns whether there was one, or an error
 */
export function popFirst(c: Context, { keys, highest, count }: MultiPop, first: number): boolean {
  const { MISSING, ZPOP_KEY } = c.core.at;
  for (let karg = first + 1; karg <= first + keys; karg++) {
    const status = c.x.zsetPop(c.db, karg, count, highest, ZPOP_KEY);
    if (status === MISSING) continue;
    if (failed(c, status)) return true;
    tookInstead(c, highest ? "ZPOPMAX" : "ZPOPMIN", karg, c.core.resultNumber());
    wrote(c, status, highest ? "zpopmax" : "zpopmin", karg);
    return true;
  }
  return false;
}

export const manyPopsArguments: readonly Argument[] = [
  { name: "numkeys", type: "integer" },
  { ...keyArgument, multiple: true },
  {
    name: "where",
    type: "oneof",
    arguments: [
      { name: "min", type: "pure-token", token: "MIN" },
      { name: "max", type: "pure-token", token: "MAX" },
    ],
  },
  { name: "count", type: "integer", token: "COUNT", optional: true },
];

export const zmpop = command({
  name: "ZMPOP",
  summary: "Takes members from one end of the first of several sorted sets that is there.",
  since: "7.0.0",
  group: "sorted-set",
  complexity: "O(K) + O(M*log(N)) where K is the number of keys, N the number of members of the " +
    "set taken from and M how many are taken",
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [{
    flags: ["RW", "access", "delete"],
    begin: 1,
    find: { countAt: 0, firstAt: 1, step: 1 },
  }],
  arguments: manyPopsArguments,
  run(c) {
    const wanted = readMultiPop(c, 1);
    if (wanted !== null && !popFirst(c, wanted, 1)) c.reply.nullArray();
  },
});
