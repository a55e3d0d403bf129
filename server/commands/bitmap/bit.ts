/** SETBIT and GETBIT. */

import { command, keysAt } from "../define.ts";
import { keyArgument, wasLooked, wrong } from "./shared.ts";

const BAD_BIT = "ERR bit is not an integer or out of range";

export const setbit = command({
  name: "SETBIT",
  summary: "Sets or clears a bit of the string at a key, which grows as needed.",
  since: "2.2.0",
  group: "bitmap",
  complexity: "O(1), plus the zero bytes that the string takes",
  arity: 4,
  flags: ["write", "denyoom"],
  keys: [keysAt(1, 1, 1, "RW", "access", "update")],
  arguments: [
    keyArgument,
    { name: "offset", type: "integer" },
    { name: "value", type: "integer" },
  ],
  run(c) {
    const status = c.x.bitmapSet(c.db, 1, 2, 3);
    if (status < 0) return wrong(c, status, BAD_BIT);
    if (status === 2) c.added(1);
    if (status !== 0) c.wrote(1, "$", "setbit");
  },
});

export const getbit = command({
  name: "GETBIT",
  summary: "Returns a bit of the string at a key.",
  since: "2.2.0",
  group: "bitmap",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [keyArgument, { name: "offset", type: "integer" }],
  run(c) {
    const status = c.x.bitmapGet(c.db, 1, 2);
    if (wasLooked(c, status)) c.looked(status !== c.core.at.MISSING);
    wrong(c, status, BAD_BIT);
  },
});
