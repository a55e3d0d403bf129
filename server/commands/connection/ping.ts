/** PING. */

import { Gate } from "../../net/connection.ts";
import { wrongArity } from "../../resp/errors.ts";
import { command } from "../define.ts";

export const ping = command({
  name: "PING",
  summary: "Answers PONG, or with the argument given.",
  since: "1.0.0",
  group: "connection",
  complexity: "O(1)",
  arity: -1,
  flags: ["fast"],
  tips: ["request_policy:all_shards", "response_policy:all_succeeded"],
  arguments: [{ name: "message", type: "string", optional: true }],
  run(c) {
    if (c.argc > 2) return c.reply.error(wrongArity("ping"));
    if ((c.connection.gate & Gate.SUBSCRIBED) !== 0) {
      c.reply.array(2);
      c.reply.bulk("pong");
      if (c.argc === 2) c.reply.argument(1);
      else c.reply.bulk("");
    } else if (c.argc === 2) c.reply.argument(1);
    else c.reply.simple("PONG");
  },
});
