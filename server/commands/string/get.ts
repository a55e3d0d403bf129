/** GET. */

import { command, keysAt } from "../define.ts";

export const get = command({
  name: "GET",
  summary: "Returns the string at a key.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  run(c) {
    const status = c.x.stringGet(c.db, 1);
    if (status === 0) c.server.stats.hits++;
    else if (!c.failed(status)) c.server.stats.misses++;
  },
});
