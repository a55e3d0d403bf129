/** SCRIPT and its subcommands: the scripts that the server knows. */

import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";
import { killing } from "./kill.ts";

const shared = { group: "scripting", since: "2.6.0", flags: ["noscript"] } satisfies Partial<
  CommandSpec
>;
/** What changes the cache goes to all nodes of a cluster alike. */
const onAll = ["request_policy:all_nodes", "response_policy:all_succeeded"];

const exists = command({
  ...shared,
  name: "EXISTS",
  summary: "Tells which scripts the server knows.",
  complexity:
    "O(N) with N being the number of scripts to check (so checking a single script is an O(1) operation).",
  arity: -3,
  tips: ["request_policy:all_shards", "response_policy:agg_logical_and"],
  arguments: [{ name: "sha1", type: "string", multiple: true }],
  run(c) {
    c.reply.array(c.argc - 2);
    for (let i = 2; i < c.argc; i++) {
      c.reply.number(c.server.scripting.scripts.has(c.option(i)) ? 1 : 0);
    }
  },
});

/** Whether the option behind SYNC or ASYNC is one of them, or there is none; answers it where it is not. */
export function isFlushMode(c: Context, says: string): boolean {
  const mode = c.argc === 3 ? c.option(2) : "sync";
  if (c.argc <= 3 && (mode === "sync" || mode === "async")) return true;
  c.reply.error(`ERR ${says} SYNC|ASYNC option`);
  return false;
}

const flush = command({
  ...shared,
  name: "FLUSH",
  summary: "Forgets all scripts.",
  complexity: "O(N) with N being the number of scripts in cache",
  arity: -2,
  tips: onAll,
  history: [["6.2.0", "Added the `ASYNC` and `SYNC` flushing mode modifiers."]],
  arguments: [{
    name: "flush-type",
    type: "oneof",
    optional: true,
    since: "6.2.0",
    arguments: [
      { name: "async", type: "pure-token", token: "ASYNC" },
      { name: "sync", type: "pure-token", token: "SYNC" },
    ],
  }],
  run(c) {
    if (!isFlushMode(c, "SCRIPT FLUSH only support")) return;
    c.server.scripting.flush();
    c.reply.ok();
  },
});

const load = command({
  ...shared,
  name: "LOAD",
  summary: "Has the server know a script.",
  complexity: "O(N) with N being the length in bytes of the script body.",
  arity: 3,
  flags: ["noscript", "stale"],
  tips: onAll,
  arguments: [{ name: "script", type: "string" }],
  run(c) {
    const script = c.server.scripting.load(c.core, 2);
    if (typeof script === "string") c.reply.error(script);
    else c.reply.bulk(script.sha);
  },
});

const debug = command({
  ...shared,
  name: "DEBUG",
  summary: "Switches the debugging of scripts on and off: there is none.",
  since: "3.2.0",
  complexity: "O(1)",
  arity: 3,
  arguments: [{
    name: "mode",
    type: "oneof",
    arguments: [
      { name: "yes", type: "pure-token", token: "YES" },
      { name: "sync", type: "pure-token", token: "SYNC" },
      { name: "no", type: "pure-token", token: "NO" },
    ],
  }],
  run(c) {
    const mode = c.option(2);
    if (mode === "no") c.reply.ok();
    else if (mode === "yes" || mode === "sync") {
      c.reply.error("ERR Scripts cannot be debugged here");
    } else c.reply.error("ERR Use SCRIPT DEBUG YES/SYNC/NO");
  },
});

const kill = command({ ...shared, ...killing("script") });

const help = command({
  ...shared,
  name: "HELP",
  summary: "Shows what the subcommands do.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      ["DEBUG (YES|SYNC|NO)", "Set the debug mode for subsequent scripts executed."],
      [
        "EXISTS <sha1> [<sha1> ...]",
        "Return information about the existence of the scripts in the script cache.",
      ],
      [
        "FLUSH [ASYNC|SYNC]",
        "Flush the Lua scripts cache. Very dangerous on replicas.",
        "When called without the optional mode argument, the behavior is determined by the",
        "lazyfree-lazy-user-flush configuration directive. Valid modes are:",
        "* ASYNC: Asynchronously flush the scripts cache.",
        "* SYNC: Synchronously flush the scripts cache.",
      ],
      ["KILL", "Kill the currently executing Lua script."],
      ["LOAD <script>", "Load a script into the scripts cache without executing it."],
    ]),
});

export const script = command({
  name: "SCRIPT",
  summary: "A container for commands about scripts.",
  since: "2.6.0",
  group: "scripting",
  complexity: "Depends on subcommand.",
  arity: -2,
  flags: [],
  subcommands: [debug, exists, flush, help, kill, load],
});
