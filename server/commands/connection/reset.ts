/** RESET. */

import { Gate } from "../../net/connection.ts";
import { command } from "../define.ts";

export const reset = command({
  name: "RESET",
  summary: "Takes the connection back to the state it had when it was opened.",
  since: "6.2.0",
  group: "connection",
  complexity: "O(1)",
  arity: 1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  run(c) {
    const { connection, server } = c;
    connection.db = 0;
    connection.resp = 2;
    c.core.u32[c.core.at.OUT_RESP] = 2;
    connection.name = "";
    connection.noEvict = false;
    connection.gate &= ~(Gate.NO_TOUCH | Gate.MONITOR | Gate.ASKING | Gate.READS_REPLICA);
    server.inspectors.monitors.remove(connection);
    server.pubsub.forget(connection);
    server.tracking.disable(connection);
    c.core.u32[c.core.at.NO_TOUCH] = 0;
    server.endTransaction(connection);
    server.watches.unwatch(connection);
    server.clients.deauthenticate(connection);
    // A SKIP before it leaves RESET itself unanswered, and ends with it anyway.
    if (connection.replyMode === "off") server.clients.setReplyMode(connection, "on");
    c.reply.simple("RESET");
  },
});
