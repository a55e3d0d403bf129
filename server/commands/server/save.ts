/** SAVE, BGSAVE and LASTSAVE. */

import { command } from "../define.ts";
import { errors } from "../../resp/errors.ts";

const IN_PROGRESS = "ERR Background save already in progress";
const OTHER_IN_PROGRESS =
  "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order " +
  "to schedule a BGSAVE whenever possible.";

export const save = command({
  name: "SAVE",
  summary: "Writes the data set to disk while everybody waits.",
  since: "1.0.0",
  group: "server",
  complexity: "O(N) where N is the number of keys in all databases",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading", "no_multi"],
  run(c) {
    if (c.server.snapshots.savesInBackground) return c.reply.error(IN_PROGRESS);
    if (c.server.snapshots.save()) c.reply.ok();
    else c.reply.error("ERR");
  },
});

export const bgsave = command({
  name: "BGSAVE",
  summary: "Writes the data set as it is now to disk, beside other work.",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: -1,
  flags: ["admin", "noscript", "no_async_loading"],
  history: [["3.2.2", "Added the `SCHEDULE` option."]],
  arguments: [
    { name: "schedule", type: "pure-token", token: "SCHEDULE", since: "3.2.2", optional: true },
  ],
  run(c) {
    const { snapshots } = c.server;
    if (c.argc > 1 && (c.argc !== 2 || c.option(1) !== "schedule")) {
      return c.reply.error(errors.syntax);
    }
    if (snapshots.savesInBackground) return c.reply.error(IN_PROGRESS);
    // A transaction is not cut in two.
    if (c.connection.transaction !== null || (snapshots.running && c.argc === 2)) {
      snapshots.startLater();
      return c.reply.simple("Background saving scheduled");
    }
    if (snapshots.running) return c.reply.error(OTHER_IN_PROGRESS);
    if (snapshots.start()) c.reply.simple("Background saving started");
    else c.reply.error("ERR");
  },
});

export const bgrewriteaof = command({
  name: "BGREWRITEAOF",
  summary: "Writes the append-only file anew, from the data set as it is, beside other work.",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: 1,
  flags: ["admin", "noscript", "no_async_loading"],
  run(c) {
    const { appendOnlyFile, snapshots } = c.server;
    if (appendOnlyFile === null) return c.reply.error("ERR there is no append-only file here");
    if (appendOnlyFile.rewriting) {
      return c.reply.error("ERR Background append only file rewriting already in progress");
    }
    // A transaction is not cut in two.
    if (snapshots.running || c.connection.transaction !== null) {
      appendOnlyFile.rewriteLater();
      c.reply.simple("Background append only file rewriting scheduled");
    } else if (appendOnlyFile.rewrite()) {
      c.reply.simple("Background append only file rewriting started");
    } else {c.reply.error(
        "ERR Can't execute an AOF background rewriting. Please check the server logs",
      );}
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
