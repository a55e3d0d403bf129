/** MONITOR. */

import { Gate } from "../../net/connection.ts";
import { command } from "../define.ts";

export const monitor = command({
  name: "MONITOR",
  summary: "Shows the connection all commands that the server executes, from now on.",
  since: "1.0.0",
  group: "server",
  complexity: "",
  arity: 1,
  flags: ["admin", "noscript", "loading", "stale"],
  run(c) {
    const { monitors } = c.server.inspectors;
    // Redis leaves a second MONITOR unanswered.
    if (monitors.has(c.connection)) return;
    if (c.connection.transaction !== null) {
      return c.reply.error("ERR MONITOR isn't allowed for DENY BLOCKING client");
    }
    monitors.add(c.connection);
    c.connection.gate |= Gate.MONITOR;
    c.reply.ok();
  },
});
