/** MODULE: there are no modules here, and never will be. */

import { permits } from "../../net/protected_mode.ts";
import { command, type CommandSpec, type Flag } from "../define.ts";
import type { Context } from "../context.ts";
import { replyHelp } from "../help.ts";

const shared = {
  group: "server",
  since: "4.0.0",
  complexity: "O(1)",
} satisfies Partial<CommandSpec>;

const CHANGES: readonly Flag[] = ["admin", "noscript", "no_async_loading"];
const NOT_ALLOWED =
  "ERR MODULE command not allowed. If the enable-module-command option is set to " +
  '"local", you can run it from a local connection, otherwise you need to set this option in the ' +
  "configuration file, and then restart the server.";

/** Answers that a module cannot be loaded, or unloaded, for the reason given. */
function refuse(c: Context, words: string): void {
  const allowed = permits(c.server.config, c.connection, "enable-module-command");
  c.reply.error(allowed ? words : NOT_ALLOWED);
}
const notLoaded = (c: Context) =>
  refuse(c, "ERR Error loading the extension. Please check the server logs.");

const list = command({
  ...shared,
  name: "LIST",
  summary: "Lists the modules that are loaded: none.",
  arity: 2,
  flags: ["admin", "noscript"],
  tips: ["nondeterministic_output_order"],
  run: (c) => c.reply.array(0),
});

const load = command({
  ...shared,
  name: "LOAD",
  summary: "Would load a module.",
  arity: -3,
  flags: CHANGES,
  arguments: [
    { name: "path", type: "string" },
    { name: "arg", type: "string", optional: true, multiple: true },
  ],
  run: notLoaded,
});

const loadex = command({
  ...shared,
  name: "LOADEX",
  summary: "Would load a module with options.",
  since: "7.0.0",
  arity: -3,
  flags: CHANGES,
  arguments: [
    { name: "path", type: "string" },
    {
      name: "configs",
      type: "block",
      token: "CONFIG",
      optional: true,
      multiple: true,
      multipleToken: true,
      arguments: [{ name: "name", type: "string" }, { name: "value", type: "string" }],
    },
    {
      name: "args",
      type: "block",
      token: "ARGS",
      optional: true,
      multiple: true,
      arguments: [{ name: "arg", type: "string" }],
    },
  ],
  run: notLoaded,
});

const unload = command({
  ...shared,
  name: "UNLOAD",
  summary: "Would unload a module.",
  arity: 3,
  flags: CHANGES,
  arguments: [{ name: "name", type: "string" }],
  run: (c) => refuse(c, "ERR Error unloading module: no such module with that name"),
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  since: "5.0.0",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c) => replyHelp(c, [["LIST", "The modules that are loaded: there are none."]]),
});

export const moduleCommand = command({
  ...shared,
  name: "MODULE",
  summary: "Would load and unload modules.",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [list, load, loadex, unload, help],
});
