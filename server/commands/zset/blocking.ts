/** BZPOPMIN, BZPOPMAX and BZMPOP: as without the B, but they wait for a member. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { type Pop, popOrWait, popWaiting, timeoutArgument, tookInstead } from "../waiting.ts";
import { manyPopsArguments, popFirst, readMultiPop } from "./pop.ts";
import { keyArgument, wrote } from "./shared.ts";

/** Takes members of the sorted set at an argument, and replies. @returns the core's status */
function pop(c: Context, karg: number, count: number, highest: boolean, form: number): number {
  const status = c.x.zsetPop(c.db, karg, count, highest, form);
  if (status < 0) return status;
  const one = form === c.core.at.ZPOP_NAMED;
  tookInstead(c, highest ? "ZPOPMAX" : "ZPOPMIN", karg, one ? 0 : c.core.resultNumber());
  wrote(c, status, highest ? "zpopmax" : "zpopmin", karg);
  return status;
}

const popLowest: Pop = (c, karg) => pop(c, karg, 1, false, c.core.at.ZPOP_NAMED);
const popHighest: Pop = (c, karg) => pop(c, karg, 1, true, c.core.at.ZPOP_NAMED);
const lowestWaiting = popWaiting("zset", popLowest);
const highestWaiting = popWaiting("zset", popHighest);

const pops = {
  since: "5.0.0",
  group: "sorted-set",
  complexity: "O(log(N)) where N is the number of members",
  arity: -3,
  flags: ["write", "blocking", "fast"],
  keys: [keysAt(1, -2, 1, "RW", "access", "delete")],
  arguments: [{ ...keyArgument, multiple: true }, timeoutArgument],
  history: [["6.0.0", "`timeout` is a double and no longer an integer."]],
} satisfies Partial<CommandSpec>;

export const bzpopmin = command({
  ...pops,
  name: "BZPOPMIN",
  summary:
    "Takes the member with the lowest score of the first sorted set that is there, or waits.",
  run: (c) => popOrWait(c, lowestWaiting, popLowest),
});

export const bzpopmax = command({
  ...pops,
  name: "BZPOPMAX",
  summary:
    "Takes the member with the highest score of the first sorted set that is there, or waits.",
  run: (c) => popOrWait(c, highestWaiting, popHighest),
});

const manyWaiting = popWaiting("zset", (c, karg) => {
  const { highest, count } = readMultiPop(c, 2)!;
  return pop(c, karg, count, highest, c.core.at.ZPOP_KEY);
}, (c) => ({ firstKey: 3, endKey: 3 + readMultiPop(c, 2)!.keys }));

export const bzmpop = command({
  name: "BZMPOP",
  summary:
    "Takes members from one end of the first of several sorted sets that is there, or waits.",
  since: "7.0.0",
  group: "sorted-set",
  complexity: "O(K) + O(M*log(N)) where K is the number of keys, N the number of members of the " +
    "set taken from and M how many are taken",
  arity: -5,
  flags: ["write", "blocking", "movablekeys"],
  keys: [{
    flags: ["RW", "access", "delete"],
    begin: 2,
    find: { countAt: 0, firstAt: 1, step: 1 },
  }],
  arguments: [timeoutArgument, ...manyPopsArguments],
  run(c) {
    const wanted = readMultiPop(c, 2);
    if (wanted === null) return;
    const timeoutMs = c.timeout(1);
    if (timeoutMs === null || popFirst(c, wanted, 2)) return;
    c.block(manyWaiting, 3, wanted.keys, timeoutMs);
  },
});
