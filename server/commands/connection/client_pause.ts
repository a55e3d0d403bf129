/** CLIENT PAUSE, UNPAUSE and UNBLOCK. */

import type { PauseMode } from "../../keyspace/pause.ts";
import { wrongUse } from "../../resp/errors.ts";
import { command } from "../define.ts";

export const pause = command({
  name: "PAUSE",
  summary: "Holds the commands of all clients, or only those that write, for a time.",
  since: "2.9.50",
  group: "connection",
  complexity: "O(1)",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  history: [["6.2.0", "The mode `WRITE`, and with it the option `mode`."]],
  arguments: [
    { name: "timeout", type: "integer" },
    {
      name: "mode",
      type: "oneof",
      optional: true,
      since: "6.2.0",
      arguments: [
        { name: "write", type: "pure-token", token: "WRITE" },
        { name: "all", type: "pure-token", token: "ALL" },
      ],
    },
  ],
  run(c) {
    if (c.argc > 4) return c.reply.error(wrongUse("CLIENT", c.arg(1)));
    let mode: PauseMode = "all";
    if (c.argc === 4) {
      const word = c.option(3);
      if (word !== "write" && word !== "all") {
        return c.reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL");
      }
      mode = word;
    }
    const durationMs = c.integer(2, "ERR timeout is not an integer or out of range");
    if (durationMs === null) return;
    if (durationMs < 0) return c.reply.error("ERR timeout is negative");
    c.server.pause.begin(mode, durationMs);
    c.reply.ok();
  },
});

export const unpause = command({
  name: "UNPAUSE",
  summary: "Ends a pause: clients that were held go on.",
  since: "6.2.0",
  group: "connection",
  complexity: "O(N) where N is the number of held clients",
  arity: 2,
  flags: ["admin", "noscript", "loading", "stale"],
  run(c) {
    c.server.pause.end();
    c.reply.ok();
  },
});

export const unblock = command({
  name: "UNBLOCK",
  summary: "Ends the wait of a client in a blocking command.",
  since: "5.0.0",
  group: "connection",
  complexity: "O(log N) where N is the number of clients",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  arguments: [
    { name: "client-id", type: "integer" },
    {
      name: "timeout_error",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "timeout", type: "pure-token", token: "TIMEOUT" },
        { name: "error", type: "pure-token", token: "ERROR" },
      ],
    },
  ],
  run(c) {
    if (c.argc > 4) return c.reply.error(wrongUse("CLIENT", c.arg(1)));
    const reason = c.argc === 4 ? c.option(3) : "timeout";
    if (reason !== "timeout" && reason !== "error") {
      return c.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    const id = c.integer(2);
    if (id === null) return;
    const connection = c.server.clients.all.get(id);
    const waited = connection !== undefined &&
      c.server.blocked.unblock(connection, reason === "error");
    c.reply.number(waited ? 1 : 0);
  },
});
