/** SELECT. */

import { command } from "../define.ts";
import { databaseArgument } from "../generic/database.ts";

export const select = command({
  name: "SELECT",
  summary: "Chooses the database that the connection's commands work on.",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  arguments: [{ name: "index", type: "integer" }],
  run(c) {
    const db = databaseArgument(c, 1, "ERR SELECT is not allowed in cluster mode");
    if (db === null) return;
    c.connection.db = db;
    c.reply.ok();
  },
});
