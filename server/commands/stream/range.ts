/** XLEN, XRANGE and XREVRANGE. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";
import { countArgument, failed, keyArgument, read, reads } from "./shared.ts";

export const xlen = command({
  ...reads,
  name: "XLEN",
  summary: "Returns the number of entries of a stream.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO")],
  arguments: [keyArgument],
  run: (c) => read(c, c.x.streamLength(c.db, 1)),
});

/** Replies with the entries between the bounds that arguments 2 and 3 are. */
function range(c: Context, reverse: boolean): void {
  const [start, end] = reverse ? [3, 2] : [2, 3];
  if (failed(c, c.x.streamBounds(start, end))) return;
  let count = -1;
  for (let i = 4; i < c.argc; i += 2) {
    if (c.option(i) !== "count" || i + 1 === c.argc) return c.reply.error(errors.syntax);
    const most = c.integer(i + 1);
    if (most === null) return;
    count = Math.max(most, 0);
  }
  read(c, c.x.streamRange(c.db, 1, start, end, count, reverse));
}

const shared = {
  ...reads,
  since: "5.0.0",
  complexity: "O(log(N)+M) where M is the number of entries returned",
  arity: -4,
  history: [["6.2.0", "Bounds can exclude themselves."]],
} satisfies Partial<CommandSpec>;

const bounds = [
  { name: "start", type: "string" },
  { name: "end", type: "string" },
] as const;

export const xrange = command({
  ...shared,
  name: "XRANGE",
  summary: "Returns the entries of a stream between two IDs.",
  arguments: [keyArgument, ...bounds, countArgument],
  run: (c) => range(c, false),
});

export const xrevrange = command({
  ...shared,
  name: "XREVRANGE",
  summary: "Returns the entries of a stream between two IDs, the last one first.",
  arguments: [keyArgument, ...bounds.toReversed(), countArgument],
  run: (c) => range(c, true),
});
