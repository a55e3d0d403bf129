/** LMOVE, RPOPLPUSH and LMPOP. */

import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { tookInstead } from "../waiting.ts";
import { popped } from "./pop.ts";

/** An argument that names an end of a list. */
export function endArgument(name: string): Argument {
  return {
    name,
    type: "oneof",
    arguments: [
      { name: "left", type: "pure-token", token: "LEFT" },
      { name: "right", type: "pure-token", token: "RIGHT" },
    ],
  };
}

/** Reads the name of an end: whether it is the left one. @returns null after an error */
export function readEnd(c: Context, index: number): boolean | null {
  const word = c.option(index);
  if (word === "left" || word === "right") return word === "left";
  c.reply.error(errors.syntax);
  return null;
}

/**
 * Moves an element from an end of the list at key 1 to an end of the one at key 2, and replies.
 *
 * @returns whether there was one
 */
export function move(c: Context, fromLeft: boolean, toLeft: boolean): boolean {
  const { LIST_ADDED, LIST_EMPTIED, MISSING } = c.core.at;
  const status = c.x.listMove(c.db, 1, 2, fromLeft, toLeft);
  if (c.failed(status) || status === MISSING) return false;
  if ((status & LIST_ADDED) !== 0) c.added(2);
  c.wrote(2, "l", toLeft ? "lpush" : "rpush");
  // One change it is, together.
  popped(c, 1, fromLeft, status & LIST_EMPTIED, 0);
  return true;
}

/** What commands that move elements have in common. */
export const moveFacts = {
  group: "list",
  complexity: "O(1)",
  flags: ["write", "denyoom"],
  keys: [
    keysAt(1, 1, 1, "RW", "access", "delete"),
    keysAt(2, 2, 1, "RW", "insert"),
  ],
} satisfies Partial<CommandSpec>;

export const keyArguments: Argument[] = [
  { name: "source", type: "key", keySpec: 0 },
  { name: "destination", type: "key", keySpec: 1 },
];

export const lmove = command({
  ...moveFacts,
  name: "LMOVE",
  summary: "Takes an element from an end of a list and adds it to an end of another.",
  since: "6.2.0",
  arity: 5,
  arguments: [...keyArguments, endArgument("wherefrom"), endArgument("whereto")],
  run(c) {
    const fromLeft = readEnd(c, 3);
    if (fromLeft === null) return;
    const toLeft = readEnd(c, 4);
    if (toLeft !== null) move(c, fromLeft, toLeft);
  },
});

export const rpoplpush = command({
  ...moveFacts,
  name: "RPOPLPUSH",
  summary: "Takes the last element of a list and adds it at the head of another.",
  since: "1.2.0",
  arity: 3,
  arguments: keyArguments,
  deprecated: { since: "6.2.0", replacedBy: "`LMOVE` with the `RIGHT` and `LEFT` arguments" },
  run: (c) => void move(c, false, true),
});

/** What LMPOP is to do. */
interface ManyPops {
  firstKey: number;
  endKey: number;
  left: boolean;
  count: number;
}

const NO_KEYS = "ERR numkeys should be greater than 0";
const NO_COUNT = "ERR count should be greater than 0";

/** Reads `numkeys key ... LEFT|RIGHT [COUNT count]` from an argument on. @returns null after an error */
export function readManyPops(c: Context, first: number): ManyPops | null {
  const keys = c.integerWithin(first, 1, Infinity, NO_KEYS);
  if (keys === null) return null;
  const firstKey = first + 1;
  const endKey = firstKey + keys;
  if (endKey >= c.argc) return c.reply.error(errors.syntax), null;
  const left = readEnd(c, endKey);
  if (left === null) return null;
  if (endKey + 1 === c.argc) return { firstKey, endKey, left, count: 1 };
  if (endKey + 3 > c.argc || c.option(endKey + 1) !== "count") {
    return c.reply.error(errors.syntax), null;
  }
  const count = c.integerWithin(endKey + 2, 1, Infinity, NO_COUNT);
  if (count === null) return null;
  if (endKey + 3 !== c.argc) return c.reply.error(errors.syntax), null;
  return { firstKey, endKey, left, count };
}

/** Pops from the first list that is there, and replies. @returns whether there was one, or an error */
export function popFirst(c: Context, { firstKey, endKey, left, count }: ManyPops): boolean {
  for (let karg = firstKey; karg < endKey; karg++) {
    const status = popSome(c, karg, count, left);
    if (status === c.core.at.MISSING) continue;
    c.failed(status);
    return true;
  }
  return false;
}

/** Pops from an end of the list at an argument, and replies with its name and the elements. @returns the core's status */
export function popSome(c: Context, karg: number, count: number, left: boolean): number {
  const status = c.x.listPopMany(c.db, karg, count, left, true);
  if (status < 0) return status;
  const taken = c.core.resultNumber();
  tookInstead(c, left ? "LPOP" : "RPOP", karg, taken);
  popped(c, karg, left, status, taken);
  return status;
}

export const manyPopsArguments: readonly Argument[] = [
  { name: "numkeys", type: "integer" },
  { name: "key", type: "key", keySpec: 0, multiple: true },
  endArgument("where"),
  { name: "count", type: "integer", token: "COUNT", optional: true },
];

export const lmpop = command({
  name: "LMPOP",
  summary: "Takes elements from an end of the first list that exists.",
  since: "7.0.0",
  group: "list",
  complexity: "O(N+M) where N is the number of keys and M the number of elements popped",
  arity: -4,
  flags: ["write", "movablekeys"],
  keys: [{
    flags: ["RW", "access", "delete"],
    begin: 1,
    find: { countAt: 0, firstAt: 1, step: 1 },
  }],
  arguments: manyPopsArguments,
  run(c) {
    const pops = readManyPops(c, 1);
    if (pops !== null && !popFirst(c, pops)) c.reply.nullArray();
  },
});
