/** SPOP and SRANDMEMBER. */

import type { Context } from "../context.ts";
import { type Argument, command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { keyArgument, lost, read, reads, writes } from "./shared.ts";

/** Most that the core counts to; more members than an address space can hold. */
const COUNT_MAX = 2 ** 32 - 1;
const OUT_OF_RANGE = "ERR value is out of range, must be positive";
const OUT_OF_LONG_RANGE =
  "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807";

function countArgument(since: string): Argument {
  return { name: "count", type: "integer", since, optional: true };
}

/** The core propagates members that chance has chosen as SREM; a set that has gone whole is as good as deleted. */
function propagatePops(c: Context, gone: boolean): void {
  c.propagated();
  if (!gone || !c.propagates) return;
  c.instead(c.server.config.values["lazyfree-lazy-server-del"] ? "UNLINK" : "DEL", 1);
}

function popMany(c: Context): void {
  const count = c.integerWithin(2, 0, Infinity, OUT_OF_RANGE);
  if (count === null) return;
  const status = c.x.setPopMany(c.db, 1, Math.min(count, COUNT_MAX));
  const popped = c.core.resultNumber();
  if (status === c.core.at.MISSING || c.failed(status) || count === 0) return;
  const gone = status === c.core.at.SET_POPPED_ALL;
  // A whole set is read as SUNION would: only then a hit is counted.
  if (gone) c.looked(true);
  propagatePops(c, gone);
  lost(c, "spop", gone, popped);
}

export const spop = command({
  ...writes,
  name: "SPOP",
  summary: "Removes and returns members of a set chosen at random.",
  complexity: "O(1) without a count, O(N) with a count of N",
  arity: -2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "delete")],
  arguments: [keyArgument, countArgument("3.2.0")],
  tips: ["nondeterministic_output"],
  history: [["3.2.0", "`count` came."]],
  run(c) {
    if (c.argc > 3) return c.reply.error(errors.syntax);
    if (c.argc === 3) return popMany(c);
    const status = c.x.setPop(c.db, 1);
    if (status < 0) return void c.failed(status);
    c.propagated();
    lost(c, "spop", status === c.core.at.SET_POPPED_ALL);
  },
});

function randomMany(c: Context): void {
  const count = c.integer(2);
  if (count === null) return;
  if (count < 0 && c.core.resultBigint() === -(2n ** 63n)) return c.reply.error(OUT_OF_LONG_RANGE);
  if (count >= 0) read(c, c.x.setRandomDistinct(c.db, 1, Math.min(count, COUNT_MAX)));
  else read(c, c.x.setRandomRepeated(c.db, 1, -count));
}

export const srandmember = command({
  ...reads,
  name: "SRANDMEMBER",
  summary: "Returns members of a set chosen at random.",
  complexity: "O(1) without a count, O(N) with a count of N or -N",
  arity: -2,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, countArgument("2.6.0")],
  tips: ["nondeterministic_output"],
  history: [["2.6.0", "`count` came."]],
  run(c) {
    if (c.argc > 3) return c.reply.error(errors.syntax);
    if (c.argc === 3) return randomMany(c);
    read(c, c.x.setRandom(c.db, 1));
  },
});
