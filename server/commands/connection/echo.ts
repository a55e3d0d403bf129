/** ECHO. */

import { command } from "../define.ts";

export const echo = command({
  name: "ECHO",
  summary: "Returns its argument.",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale", "fast"],
  arguments: [{ name: "message", type: "string" }],
  run: (c) => c.reply.argument(1),
});
