/** SLOWLOG and its subcommands. */

import { wrongUse } from "../../resp/errors.ts";
import type { SlowCommand } from "../../stats/slowlog.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";

const shared = {
  group: "server",
  since: "2.2.12",
  arity: 2,
  flags: ["admin", "loading", "stale"],
} satisfies Partial<CommandSpec>;

const DEFAULT_COUNT = 10;
const WRONG_COUNT = "ERR count should be greater than or equal to -1";

function replyEntry(c: Context, entry: SlowCommand): void {
  c.reply.array(6);
  c.reply.number(entry.id);
  c.reply.number(entry.timeS);
  c.reply.number(entry.durationUs);
  c.reply.array(entry.args.length);
  for (const arg of entry.args) c.reply.binary(arg);
  c.reply.bulk(entry.peer);
  c.reply.binary(entry.name);
}

const get = command({
  ...shared,
  name: "GET",
  summary: "Returns the latest commands that were slow, the newest first.",
  complexity: "O(N) where N is the number of entries returned",
  arity: -2,
  tips: ["request_policy:all_nodes", "nondeterministic_output"],
  history: [["4.0.0", "Added the client's address and name."]],
  arguments: [{ name: "count", type: "integer", optional: true }],
  run(c) {
    if (c.argc > 3) return c.reply.error(wrongUse("SLOWLOG", c.arg(1)));
    const count = c.argc === 3 ? c.integerWithin(2, -1, Infinity, WRONG_COUNT) : DEFAULT_COUNT;
    if (count === null) return;
    const entries = c.server.inspectors.slowLog.latest(count === -1 ? Infinity : count);
    c.reply.array(entries.length);
    for (const entry of entries) replyEntry(c, entry);
  },
});

const len = command({
  ...shared,
  name: "LEN",
  summary: "Returns how many commands the slow log holds.",
  complexity: "O(1)",
  tips: ["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"],
  run: (c) => c.reply.number(c.server.inspectors.slowLog.length),
});

const reset = command({
  ...shared,
  name: "RESET",
  summary: "Empties the slow log.",
  complexity: "O(N) where N is the number of entries",
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  run(c) {
    c.server.inspectors.slowLog.reset();
    c.reply.ok();
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  since: "6.2.0",
  complexity: "O(1)",
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      [
        "GET [<count>]",
        `The latest <count> slow commands (${DEFAULT_COUNT} by default, -1 for all): ID, Unix time,`,
        "microseconds, arguments, and the client's address and name.",
      ],
      ["LEN", "How many commands the slow log holds."],
      ["RESET", "Empty the slow log."],
    ]),
});

export const slowlog = command({
  name: "SLOWLOG",
  summary: "Tells of the commands that took long.",
  since: "2.2.12",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [get, len, reset, help],
});
