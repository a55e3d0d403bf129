/** QUIT. */

import { command } from "../define.ts";

export const quit = command({
  name: "QUIT",
  summary: "Closes the connection once all replies are sent.",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["noscript", "loading", "stale", "fast", "no_auth", "allow_busy"],
  run(c) {
    c.reply.ok();
    c.server.closeSoon(c.connection);
  },
});
