/** LMOVEM: several elements at once from one list to another. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { endArgument, keyArguments, moveFacts, readEnd } from "./move.ts";
import { popped } from "./pop.ts";

/** How many elements are to move, and how. */
interface HowMany {
  count: number;
  /** Fewer are none. */
  exactly: boolean;
  /** They stay in the order of the source; otherwise each is pushed as it is taken. */
  keepsOrder: boolean;
}

const NO_COUNT = "ERR count should be greater than 0";

/** Reads `[COUNT count | EXACTLY count] [OBO | BULK]`. @returns null after an error */
function readHowMany(c: Context): HowMany | null {
  if (c.argc === 5) return { count: 1, exactly: false, keepsOrder: false };
  const selector = c.option(5);
  const ordering = c.argc === 8 ? c.option(7) : "";
  const isRight = (selector === "count" || selector === "exactly") &&
    (ordering === "obo" || ordering === "bulk");
  if (!isRight) return c.reply.error(errors.syntax), null;
  const count = c.integerWithin(6, 1, Infinity, NO_COUNT);
  if (count === null) return null;
  return { count, exactly: selector === "exactly", keepsOrder: ordering === "bulk" };
}

/** What was moved, as commands that every version knows: taken by number, pushed by value. */
function propagate(c: Context, fromLeft: boolean, toLeft: boolean): void {
  const { core } = c;
  const { u32, at } = core;
  const block = u32[at.RESULT_PTR];
  const count = u32[at.RESULT_LEN];
  if (c.propagates) {
    const table = block >>> 2;
    const elements = Array.from({ length: count }, (_, i) => {
      return core.binary(u32[table + i * 2], u32[table + i * 2 + 1]);
    });
    c.instead(fromLeft ? "LPOP" : "RPOP", 1, `${count}`);
    c.instead(toLeft ? "LPUSH" : "RPUSH", 2, ...elements);
  }
  core.x.free(block);
}

export const lmovem = command({
  ...moveFacts,
  name: "LMOVEM",
  summary: "Takes elements from an end of a list and adds them to an end of another.",
  since: "8.10.0",
  complexity: "O(N) where N is the number of elements moved",
  arity: -5,
  arguments: [
    ...keyArguments,
    endArgument("wherefrom"),
    endArgument("whereto"),
    {
      name: "how-many",
      type: "block",
      optional: true,
      arguments: [
        {
          name: "selector",
          type: "oneof",
          arguments: [
            { name: "count", type: "integer", token: "COUNT" },
            { name: "exactly", type: "integer", token: "EXACTLY" },
          ],
        },
        {
          name: "ordering",
          type: "oneof",
          arguments: [
            { name: "obo", type: "pure-token", token: "OBO" },
            { name: "bulk", type: "pure-token", token: "BULK" },
          ],
        },
      ],
    },
  ],
  run(c) {
    const fromLeft = readEnd(c, 3);
    if (fromLeft === null) return;
    const toLeft = readEnd(c, 4);
    if (toLeft === null) return;
    const how = readHowMany(c);
    if (how === null) return;
    const { LIST_ADDED, LIST_EMPTIED, MISSING } = c.core.at;
    const length = c.x.listCount(c.db, 1);
    if (length === MISSING || (how.exactly && length >= 0 && length < how.count)) {
      return c.reply.nullArray();
    }
    if (c.failed(length)) return;
    const count = Math.min(length, how.count);
    const status = c.x.listMoveMany(c.db, 1, 2, fromLeft, toLeft, count, how.keepsOrder);
    if (c.failed(status)) return;
    if ((status & LIST_ADDED) !== 0) c.added(2);
    c.wrote(2, "l", toLeft ? "lpush" : "rpush");
    popped(c, 1, fromLeft, status & LIST_EMPTIED, count - 1);
    propagate(c, fromLeft, toLeft);
  },
});
