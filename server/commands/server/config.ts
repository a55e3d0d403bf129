/** CONFIG and its subcommands. */

import { command } from "../define.ts";

const get = command({
  name: "GET",
  summary: "Returns the options that match patterns, with their values.",
  since: "2.0.0",
  group: "server",
  complexity: "O(N) where N is the number of options",
  arity: -3,
  flags: ["admin", "noscript", "loading", "stale"],
  run(c) {
    const patterns: string[] = [];
    for (let i = 2; i < c.argc; i++) patterns.push(c.arg(i));
    const found = c.server.config.get(patterns);
    c.reply.map(found.length);
    for (const [name, value] of found) {
      c.reply.binary(name);
      c.reply.bulk(value);
    }
  },
});

export const config = command({
  name: "CONFIG",
  summary: "Reads and changes the server's options.",
  since: "2.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [get],
});
