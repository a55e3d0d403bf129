/** INCR, INCRBY, DECR, DECRBY. */

import { command, keysAt } from "../define.ts";

export const incr = command({
  name: "INCR",
  summary: "Adds one to the integer at a key; an absent key counts as 0.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "denyoom", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  run(c) {
    const status = c.x.stringIncrement(c.db, 1, 0, 1);
    if (!c.failed(status)) c.wrote(1, "$", "incrby");
  },
});
