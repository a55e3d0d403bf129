/** PUBSUB: what is subscribed to. */

import { wrongUse } from "../../resp/errors.ts";
import type { Subject } from "../../pubsub/pubsub.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { type HelpEntry, replyHelp } from "../help.ts";

const HELP: readonly HelpEntry[] = [
  [
    "CHANNELS [<pattern>]",
    "The channels that have subscribers, those that match <pattern> if given.",
  ],
  ["NUMPAT", "How many different patterns are subscribed to."],
  ["NUMSUB [<channel> ...]", "The number of subscribers of each channel, those of patterns aside."],
  ["SHARDCHANNELS [<pattern>]", "The shard channels that have subscribers."],
  ["SHARDNUMSUB [<shardchannel> ...]", "The number of subscribers of each shard channel."],
];

/** Replies with the names of subjects that match argument 2, where there is one. */
function replyNames(c: Context, kind: number): void {
  if (c.argc > 3) return c.reply.error(wrongUse("PUBSUB", c.arg(1)));
  const all = c.server.pubsub.subjects[kind];
  const matches = ({ name }: Subject) =>
    c.argc === 2 || c.x.subjectMatches(name, c.core.argPtr(2), c.core.argLen(2));
  const shown = [...all].filter(matches);
  c.reply.array(shown.length);
  for (const { name } of shown) c.x.replySubject(name);
}

/** Replies with the number of subscribers of each name from argument 2 on. */
function replyCounts(c: Context, kind: number): void {
  const { core, reply } = c;
  reply.array((c.argc - 2) * 2);
  for (let i = 2; i < c.argc; i++) {
    reply.argument(i);
    const subject = c.server.pubsub.find(kind, core.argPtr(i), core.argLen(i));
    reply.number(subject?.subscribers.size ?? 0);
  }
}

function subcommand(
  spec: Omit<CommandSpec, "group" | "flags">,
  flags: CommandSpec["flags"] = ["pubsub", "loading", "stale"],
): CommandSpec {
  return command({ ...spec, group: "pubsub", flags });
}

export const pubsub = command({
  name: "PUBSUB",
  summary: "Tells what is subscribed to.",
  since: "2.8.0",
  group: "pubsub",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [
    subcommand({
      name: "CHANNELS",
      summary: "Lists the channels that have subscribers.",
      since: "2.8.0",
      complexity: "O(N) where N is the number of such channels",
      arity: -2,
      arguments: [{ name: "pattern", type: "pattern", optional: true }],
      run: (c) => replyNames(c, c.core.at.CHANNELS),
    }),
    subcommand({
      name: "HELP",
      summary: "Lists the subcommands with what they do.",
      since: "6.2.0",
      complexity: "O(1)",
      arity: 2,
      run: (c) => replyHelp(c, HELP),
    }, ["loading", "stale"]),
    subcommand({
      name: "NUMPAT",
      summary: "Counts the different patterns that are subscribed to.",
      since: "2.8.0",
      complexity: "O(1)",
      arity: 2,
      run: (c) => c.reply.number(c.server.pubsub.subjects[c.core.at.PATTERNS].size),
    }),
    subcommand({
      name: "NUMSUB",
      summary: "Counts the subscribers of channels.",
      since: "2.8.0",
      complexity: "O(N) where N is the number of channels",
      arity: -2,
      arguments: [{ name: "channel", type: "string", optional: true, multiple: true }],
      run: (c) => replyCounts(c, c.core.at.CHANNELS),
    }),
    subcommand({
      name: "SHARDCHANNELS",
      summary: "Lists the shard channels that have subscribers.",
      since: "7.0.0",
      complexity: "O(N) where N is the number of such channels",
      arity: -2,
      arguments: [{ name: "pattern", type: "pattern", optional: true }],
      run: (c) => replyNames(c, c.core.at.SHARD_CHANNELS),
    }),
    subcommand({
      name: "SHARDNUMSUB",
      summary: "Counts the subscribers of shard channels.",
      since: "7.0.0",
      complexity: "O(N) where N is the number of shard channels",
      arity: -2,
      arguments: [{ name: "shardchannel", type: "string", optional: true, multiple: true }],
      run: (c) => replyCounts(c, c.core.at.SHARD_CHANNELS),
    }),
  ],
});
