/** SELECT. */

import { errors } from "../../resp/errors.ts";
import { command } from "../define.ts";

const INT_MIN = -(2 ** 31);
const INT_MAX = 2 ** 31 - 1;

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
    const index = c.integerWithin(1, INT_MIN, INT_MAX);
    if (index === null) return;
    const count = c.core.u32[c.core.at.DATABASE_COUNT];
    if (index < 0 || index >= count) return c.reply.error(errors.dbIndex);
    c.connection.db = index;
    c.reply.ok();
  },
});
