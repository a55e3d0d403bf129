/** WATCH and UNWATCH. */

import { errors } from "../../resp/errors.ts";
import { command, keysAt } from "../define.ts";

export const watch = command({
  name: "WATCH",
  summary: "Lets the next EXEC do nothing if one of the keys changes before it.",
  since: "2.2.0",
  group: "transactions",
  complexity: "O(1) for each key",
  arity: -2,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  keys: [keysAt(1, -1, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpec: 0, multiple: true }],
  run(c) {
    const { connection, server, x, db } = c;
    if (connection.transaction !== null) {
      return c.reply.error("ERR WATCH inside MULTI is not allowed");
    }
    // Nothing that changes from now on can make it worse.
    for (let i = 1; i < c.argc && !connection.watchedChanged; i++) {
      // A key whose time is up goes now: its going later is no change.
      x.keyPeek(db, i);
      server.expiry.drain();
      if (!server.watches.watch(connection, db, c.arg(i))) return c.reply.error(errors.memory);
    }
    c.reply.ok();
  },
});

export const unwatch = command({
  name: "UNWATCH",
  summary: "Forgets all watched keys.",
  since: "2.2.0",
  group: "transactions",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "allow_busy"],
  run(c) {
    c.server.watches.unwatch(c.connection);
    c.reply.ok();
  },
});
