/** DEL and UNLINK. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";

/** What the two share. */
const shared = {
  group: "generic",
  arity: -2,
  keys: [keysAt(1, -1, 1, "RM", "delete")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }],
  tips: ["request_policy:multi_shard", "response_policy:agg_sum"],
  run(c: Context): void {
    const { argc, db, x } = c;
    let deleted = 0;
    for (let i = 1; i < argc; i++) {
      if (!x.keyDelete(db, i)) continue;
      deleted++;
      c.wrote(i, "g", "del");
    }
    c.reply.number(deleted);
  },
} satisfies Partial<CommandSpec>;

export const del = command({
  ...shared,
  name: "DEL",
  summary: "Deletes keys.",
  since: "1.0.0",
  complexity: "O(N) where N is the number of keys plus the number of elements they hold",
  flags: ["write"],
});

export const unlink = command({
  ...shared,
  name: "UNLINK",
  summary: "Deletes keys; what large values held is freed later.",
  since: "4.0.0",
  complexity: "O(N) where N is the number of keys; the elements they hold are freed later",
  flags: ["write", "fast"],
});
