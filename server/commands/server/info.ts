/** INFO. */

import { infoText } from "./info_sections/mod.ts";
import { command } from "../define.ts";

export const info = command({
  name: "INFO",
  summary: "Returns what the server is and how it fares, in sections.",
  since: "1.0.0",
  group: "server",
  complexity: "O(1)",
  arity: -1,
  flags: ["loading", "stale"],
  categories: ["dangerous"],
  tips: ["nondeterministic_output", "request_policy:all_shards", "response_policy:special"],
  history: [["7.0.0", "Takes several sections."]],
  arguments: [{ name: "section", type: "string", optional: true, multiple: true }],
  run(c) {
    const wanted: string[] = [];
    for (let i = 1; i < c.argc; i++) wanted.push(c.option(i));
    c.server.expiry.drain();
    c.reply.verbatim(infoText(c.server, wanted));
  },
});
