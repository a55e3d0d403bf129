/** BLPOP, BRPOP, BLMOVE, BRPOPLPUSH and BLMPOP: as without the B, but they wait for an element. */

import type { Context, Waiting } from "../context.ts";
import { type Argument, command, type CommandSpec, keysAt } from "../define.ts";
import { type Pop, popOrWait, popWaiting, timeoutArgument, tookInstead } from "../waiting.ts";
import {
  endArgument,
  manyPopsArguments,
  move,
  popFirst,
  popSome,
  readEnd,
  readManyPops,
} from "./move.ts";
import { popped } from "./pop.ts";

const timeoutHistory = [[
  "6.0.0",
  "`timeout` is a double and no longer an integer.",
]] as const;

// ---- BLPOP, BRPOP ---------------------------------------------------------------------------------

/** Pops from an end of the list at an argument, and replies with its name and the element. */
function popNamed(c: Context, karg: number, left: boolean): number {
  const status = c.x.listPopNamed(c.db, karg, left);
  if (status < 0) return status;
  tookInstead(c, left ? "LPOP" : "RPOP", karg);
  popped(c, karg, left, status, 1);
  return status;
}
const popLeft: Pop = (c, karg) => popNamed(c, karg, true);
const popRight: Pop = (c, karg) => popNamed(c, karg, false);
const leftWaiting = popWaiting("list", popLeft);
const rightWaiting = popWaiting("list", popRight);

const pops = {
  since: "2.0.0",
  group: "list",
  complexity: "O(N) where N is the number of keys",
  arity: -3,
  flags: ["write", "blocking"],
  keys: [keysAt(1, -2, 1, "RW", "access", "delete")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }, timeoutArgument],
  history: timeoutHistory,
} satisfies Partial<CommandSpec>;

export const blpop = command({
  ...pops,
  name: "BLPOP",
  summary: "Takes the first element of the first list that has one, or waits for one.",
  run: (c) => popOrWait(c, leftWaiting, popLeft),
});

export const brpop = command({
  ...pops,
  name: "BRPOP",
  summary: "Takes the last element of the first list that has one, or waits for one.",
  run: (c) => popOrWait(c, rightWaiting, popRight),
});

// ---- BLMOVE, BRPOPLPUSH ---------------------------------------------------------------------------

/** BLMOVE's ends; BRPOPLPUSH has none. Null after an error. */
function readEnds(c: Context): { fromLeft: boolean; toLeft: boolean } | null {
  if (c.command.name === "brpoplpush") return { fromLeft: false, toLeft: true };
  const fromLeft = readEnd(c, 3);
  if (fromLeft === null) return null;
  const toLeft = readEnd(c, 4);
  return toLeft === null ? null : { fromLeft, toLeft };
}

/** Moves an element, and propagates the command that does not wait. */
function moveInstead(c: Context, fromLeft: boolean, toLeft: boolean): void {
  if (!move(c, fromLeft, toLeft) || !c.propagates) return;
  if (c.command.name === "brpoplpush") c.instead("RPOPLPUSH", 1, 2);
  else c.instead("LMOVE", 1, 2, 3, 4);
}

const moveWaiting: Waiting = {
  heeds: "list",
  serve(c) {
    if (c.x.keyPeek(c.db, 1) === 0) return false;
    const { fromLeft, toLeft } = readEnds(c)!;
    moveInstead(c, fromLeft, toLeft);
    return true;
  },
  timedOut: (c) => c.reply.nullArray(),
  refused: (c) => c.reply.null(),
};

function moveOrWait(c: Context): void {
  const ends = readEnds(c);
  if (ends === null) return;
  const timeoutMs = c.timeout(c.argc - 1);
  if (timeoutMs === null) return;
  if (c.x.keyPeek(c.db, 1) !== 0) moveInstead(c, ends.fromLeft, ends.toLeft);
  else c.block(moveWaiting, 1, 1, timeoutMs);
}

const moves = {
  group: "list",
  complexity: "O(1)",
  flags: ["write", "denyoom", "blocking"],
  keys: [
    keysAt(1, 1, 1, "RW", "access", "delete"),
    keysAt(2, 2, 1, "RW", "insert"),
  ],
  run: moveOrWait,
} satisfies Partial<CommandSpec>;

const moveKeys: Argument[] = [
  { name: "source", type: "key", keySpec: 0 },
  { name: "destination", type: "key", keySpec: 1 },
];

export const blmove = command({
  ...moves,
  name: "BLMOVE",
  summary: "Moves an element from an end of a list to an end of another, or waits for one.",
  since: "6.2.0",
  arity: 6,
  arguments: [...moveKeys, endArgument("wherefrom"), endArgument("whereto"), timeoutArgument],
});

export const brpoplpush = command({
  ...moves,
  name: "BRPOPLPUSH",
  summary: "Moves the last element of a list to the head of another, or waits for one.",
  since: "2.2.0",
  arity: 4,
  arguments: [...moveKeys, timeoutArgument],
  history: timeoutHistory,
  deprecated: { since: "6.2.0", replacedBy: "`BLMOVE` with the `RIGHT` and `LEFT` arguments" },
});

// ---- BLMPOP ---------------------------------------------------------------------------------------

const manyWaiting = popWaiting("list", (c, karg) => {
  const { left, count } = readManyPops(c, 2)!;
  return popSome(c, karg, count, left);
}, (c) => readManyPops(c, 2)!);

export const blmpop = command({
  name: "BLMPOP",
  summary: "Takes elements from an end of the first list that has any, or waits for one.",
  since: "7.0.0",
  group: "list",
  complexity: "O(N+M) where N is the number of keys and M the number of elements popped",
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keys: [{
    flags: ["RW", "access", "delete"],
    begin: 2,
    find: { countAt: 0, firstAt: 1, step: 1 },
  }],
  arguments: [timeoutArgument, ...manyPopsArguments],
  run(c) {
    const pops = readManyPops(c, 2);
    if (pops === null) return;
    const timeoutMs = c.timeout(1);
    if (timeoutMs === null || popFirst(c, pops)) return;
    c.block(manyWaiting, pops.firstKey, pops.endKey - pops.firstKey, timeoutMs);
  },
});
