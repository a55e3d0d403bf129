/** ACL LOG. */

import type { LoggedRefusal } from "../../acl/log.ts";
import { wrongUse } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { ofAdministrators } from "./shared.ts";

const DEFAULT_COUNT = 10;

function replyEntry(c: Context, entry: LoggedRefusal): void {
  const { reply } = c;
  reply.map(10);
  reply.bulk("count");
  reply.number(entry.count);
  reply.bulk("reason");
  reply.bulk(entry.reason);
  reply.bulk("context");
  reply.bulk(entry.context);
  reply.bulk("object");
  reply.binary(entry.object);
  reply.bulk("username");
  reply.binary(entry.userName);
  reply.bulk("age-seconds");
  reply.double((c.server.nowMs - entry.updatedMs) / 1000);
  reply.bulk("client-info");
  reply.binary(entry.client);
  reply.bulk("entry-id");
  reply.number(entry.id);
  reply.bulk("timestamp-created");
  reply.number(entry.createdMs);
  reply.bulk("timestamp-last-updated");
  reply.number(entry.updatedMs);
}

export const log = command({
  ...ofAdministrators,
  name: "LOG",
  summary: "Returns what was refused, the newest first.",
  complexity: "O(N) with N being the number of entries shown.",
  arity: -2,
  history: [["7.2.0", "Added entry ID, timestamp created, and timestamp last updated."]],
  arguments: [{
    name: "operation",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "count", type: "integer" },
      { name: "reset", type: "pure-token", token: "RESET" },
    ],
  }],
  run(c) {
    if (c.argc > 3) return c.reply.error(wrongUse("ACL", c.shown(1)));
    const { log: entries } = c.server.access;
    if (c.argc === 3 && c.option(2) === "reset") {
      entries.clear();
      return c.reply.ok();
    }
    const count = c.argc === 3 ? c.integer(2) : DEFAULT_COUNT;
    if (count === null) return;
    const shown = entries.latest(Math.max(count, 0));
    c.reply.array(shown.length);
    for (const entry of shown) replyEntry(c, entry);
  },
});
