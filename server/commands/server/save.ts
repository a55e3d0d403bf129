/** SAVE and LASTSAVE. */

import { command } from "../define.ts";

export const save = command({
  name: "SAVE",
  summary: "Writes the data set to disk while everybody waits.",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  run(c) {
    if (c.server.snapshots.save()) c.reply.ok();
    else c.reply.error("ERR");
  },
});

export const lastsave = command({
  name: "LASTSAVE",
  summary: "Returns when the data set was last written to disk, in seconds since the epoch.",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["loading", "stale", "fast"],
  categories: ["admin", "dangerous"],
  tips: ["nondeterministic_output"],
  run: (c) => c.reply.number(Math.floor(c.server.snapshots.savedMs / 1000)),
});
