/** SET. */

import { command, keysAt } from "../define.ts";

export const set = command({
  name: "SET",
  summary: "Sets the string at a key, whatever it held, with conditions and an expiry if wanted.",
  since: "1.0.0",
  group: "string",
  complexity: "O(1)",
  arity: -3,
  flags: ["write", "denyoom"],
  keys: [{
    ...keysAt(1, 1, 1, "RW", "access", "update", "variable_flags"),
    notes: "RW and access only with GET",
  }],
  run(c) {
    const status = c.x.stringSet(c.db, 1, 2, 0);
    if (c.failed(status)) return;
    c.wrote(1, "$", "set");
    c.reply.ok();
  },
});
