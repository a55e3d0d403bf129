/** ZADD, ZINCRBY and ZREM. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, memberArgument, membersArgument, wrote } from "./shared.ts";

/** The core's bit of a ZADD option, 0 for a word that is none. */
function optionBit(c: Context, index: number): number {
  const { at } = c.core;
  switch (c.option(index)) {
    case "nx":
      return at.ZADD_NX;
    case "xx":
      return at.ZADD_XX;
    case "gt":
      return at.ZADD_GT;
    case "lt":
      return at.ZADD_LT;
    case "ch":
      return at.ZADD_CH;
    case "incr":
      return at.ZADD_INCR;
    default:
      return 0;
  }
}

/** What is wrong with a set of options for so many pairs; undefined when nothing is. */
function clash(c: Context, flags: number, pairs: number): string | undefined {
  const { ZADD_GT, ZADD_INCR, ZADD_LT, ZADD_NX, ZADD_XX } = c.core.at;
  const [nx, xx] = [(flags & ZADD_NX) !== 0, (flags & ZADD_XX) !== 0];
  const [gt, lt] = [(flags & ZADD_GT) !== 0, (flags & ZADD_LT) !== 0];
  if (nx && xx) return "ERR XX and NX options at the same time are not compatible";
  if (Number(gt) + Number(nx) + Number(lt) > 1) {
    return "ERR GT, LT, and/or NX options at the same time are not compatible";
  }
  if ((flags & ZADD_INCR) !== 0 && pairs > 1) {
    return "ERR INCR option supports a single increment-element pair";
  }
}

/** ZADD or ZINCRBY of one pair, which leaves no room for options: none need be looked for. */
function addOne(c: Context, flags: number, event: string): void {
  const status = c.x.zsetAdd(c.db, 1, 2, flags);
  const isOption = status === c.core.at.NOT_A_FLOAT && optionBit(c, 2) !== 0;
  if (isOption) c.reply.error(errors.syntax);
  else wrote(c, status, event);
}

export const zadd = command({
  name: "ZADD",
  summary: "Adds members to a sorted set, or gives those that are there other scores.",
  since: "1.2.0",
  group: "sorted-set",
  complexity: "O(log(N)) for each member, where N is the number of members",
  arity: -4,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [
    keyArgument,
    {
      name: "condition",
      type: "oneof",
      since: "3.0.2",
      optional: true,
      arguments: [
        { name: "nx", type: "pure-token", token: "NX" },
        { name: "xx", type: "pure-token", token: "XX" },
      ],
    },
    {
      name: "comparison",
      type: "oneof",
      since: "6.2.0",
      optional: true,
      arguments: [
        { name: "gt", type: "pure-token", token: "GT" },
        { name: "lt", type: "pure-token", token: "LT" },
      ],
    },
    { name: "change", type: "pure-token", token: "CH", since: "3.0.2", optional: true },
    { name: "increment", type: "pure-token", token: "INCR", since: "3.0.2", optional: true },
    {
      name: "score_member",
      type: "block",
      multiple: true,
      arguments: [{ name: "score", type: "double" }, memberArgument],
    },
  ],
  history: [
    ["2.4.0", "Several members can be given."],
    ["3.0.2", "`XX`, `NX`, `CH` and `INCR` came."],
    ["6.2.0", "`GT` and `LT` came."],
  ],
  run(c) {
    if (c.argc === 4) return addOne(c, 0, "zadd");
    let flags = 0;
    let first = 2;
    for (let bit; first < c.argc && (bit = optionBit(c, first)) !== 0; first++) flags |= bit;
    const pairs = (c.argc - first) / 2;
    if (pairs === 0 || !Number.isInteger(pairs)) return c.reply.error(errors.syntax);
    const wrong = clash(c, flags, pairs);
    if (wrong !== undefined) return c.reply.error(wrong);
    const event = (flags & c.core.at.ZADD_INCR) !== 0 ? "zincr" : "zadd";
    wrote(c, c.x.zsetAdd(c.db, 1, first, flags), event);
  },
});

export const zincrby = command({
  name: "ZINCRBY",
  summary: "Adds to the score of a member; an absent one counts as 0.",
  since: "1.2.0",
  group: "sorted-set",
  complexity: "O(log(N)) where N is the number of members",
  arity: 4,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [keyArgument, { name: "increment", type: "integer" }, memberArgument],
  run: (c) => addOne(c, c.core.at.ZADD_INCR, "zincr"),
});

export const zrem = command({
  name: "ZREM",
  summary: "Removes members; the key goes with the last one.",
  since: "1.2.0",
  group: "sorted-set",
  complexity: "O(M*log(N)) where N is the number of members and M how many are removed",
  arity: -3,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "delete")],
  arguments: [keyArgument, membersArgument],
  history: [["2.4.0", "Several members can be given."]],
  run: (c) => wrote(c, c.x.zsetRemove(c.db, 1, 2), "zrem"),
});
