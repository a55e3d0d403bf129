/** COMMAND and its subcommands: what the registry knows of the commands. */

import { globMatches } from "../../config/glob.ts";
import { errors } from "../../resp/errors.ts";
import { categoriesOf, keyFlagNames } from "../command_info.ts";
import type { Context } from "../context.ts";
import { command, type CommandFacts, type CommandSpec, flagBits, type KeyUse } from "../define.ts";
import { replyHelp } from "../help.ts";
import { keysOf, mayHaveKeys, withInnerCommand } from "../keys.ts";
import { replyDocs, replyInfo } from "./command_reply.ts";

const shared = {
  group: "server",
  since: "2.8.13",
  flags: ["loading", "stale"],
  categories: ["connection"],
  complexity: "O(N) where N is the number of commands",
} satisfies Partial<CommandSpec>;

const names = { name: "command-name", type: "string", optional: true, multiple: true } as const;
const unordered = ["nondeterministic_output_order"];

const count = command({
  ...shared,
  name: "COUNT",
  summary: "Returns the number of commands.",
  complexity: "O(1)",
  arity: 2,
  run: (c) => c.reply.number(c.server.registry.byName.size),
});

const info = command({
  ...shared,
  name: "INFO",
  summary: "Returns arity, flags, keys and categories of the commands named, or of all.",
  history: [["7.0.0", "Without a name it tells of all commands."]],
  arity: -2,
  tips: unordered,
  arguments: [names],
  run(c) {
    const { registry } = c.server;
    if (c.argc === 2) return replyAll(c);
    c.reply.array(c.argc - 2);
    for (let i = 2; i < c.argc; i++) {
      const found = registry.find(c.word(i));
      if (found === undefined) c.reply.null();
      else replyInfo(c.reply, found);
    }
  },
});

const docs = command({
  ...shared,
  name: "DOCS",
  summary: "Returns what the commands named, or all, are for, with their arguments and history.",
  since: "7.0.0",
  arity: -2,
  tips: unordered,
  arguments: [names],
  run(c) {
    const { registry } = c.server;
    const found: CommandFacts[] = [];
    for (let i = 2; i < c.argc; i++) {
      const named = registry.find(c.word(i));
      if (named !== undefined) found.push(named);
    }
    const shown = c.argc === 2 ? [...registry.byName.values()] : found;
    c.reply.map(shown.length);
    for (const one of shown) {
      c.reply.bulk(one.name);
      replyDocs(c.reply, one);
    }
  },
});

/** Which commands a FILTERBY asks for; null when it asks for something else. */
function readFilter(c: Context): ((command: CommandFacts) => boolean) | null {
  if (c.option(2) !== "filterby" || c.argc !== 5) return null;
  // No name is as long as a pattern may be, but a pattern may be all stars.
  const wanted = c.word(4, 65536).toLowerCase();
  const category = c.option(4);
  switch (c.option(3)) {
    case "module":
      return () => false;
    case "aclcat":
      return (command) => categoriesOf(command).includes(category);
    case "pattern":
      return (command) => globMatches(wanted, command.name);
    default:
      return null;
  }
}

const list = command({
  ...shared,
  name: "LIST",
  summary: "Returns the names of the commands, of a module, a category or a pattern if wanted.",
  since: "7.0.0",
  arity: -2,
  tips: unordered,
  arguments: [{
    name: "filterby",
    type: "oneof",
    token: "FILTERBY",
    optional: true,
    arguments: [
      { name: "module-name", type: "string", token: "MODULE" },
      { name: "category", type: "string", token: "ACLCAT" },
      { name: "pattern", type: "pattern", token: "PATTERN" },
    ],
  }],
  run(c) {
    const { registry } = c.server;
    if (c.argc === 2) return replyNames(c, registry.all);
    const filter = readFilter(c);
    if (filter === null) return c.reply.error(errors.syntax);
    replyNames(c, registry.all.filter(filter));
  },
});

function replyNames(c: Context, commands: readonly CommandFacts[]): void {
  c.reply.array(commands.length);
  for (const { name } of commands) c.reply.bulk(name);
}

function replyAll(c: Context): void {
  const { byName } = c.server.registry;
  c.reply.array(byName.size);
  for (const one of byName.values()) replyInfo(c.reply, one);
}

/** The command that the arguments from index 2 on are. */
function innerCommand(c: Context): CommandFacts | undefined {
  const found = c.server.registry.byName.get(c.core.option(2));
  if (found?.subcommands == null || c.argc < 4) return found;
  return found.subcommands.get(c.core.option(3));
}

/** The keys of the command that the arguments are, as indices of that command; or an error's text. */
function innerKeys(c: Context): KeyUse[] | string {
  const inner = innerCommand(c);
  if (inner === undefined) return "ERR Invalid command specified";
  if (!mayHaveKeys(inner)) return "ERR The command has no key arguments";
  const argc = c.argc - 2;
  if (inner.arity > 0 ? argc !== inner.arity : argc < -inner.arity) {
    return "ERR Invalid number of arguments specified for command";
  }
  const keys = withInnerCommand(c, 2, () => keysOf(c, inner));
  if (keys !== null && keys.length !== 0) return keys;
  if ((inner.bits & flagBits.no_mandatory_keys) !== 0) return [];
  return "ERR Invalid arguments specified for command";
}

const getkeys = command({
  ...shared,
  name: "GETKEYS",
  summary: "Returns the keys among the arguments of a command.",
  complexity: "O(N) where N is the number of arguments",
  arity: -3,
  run(c) {
    const keys = innerKeys(c);
    if (typeof keys === "string") return c.reply.error(keys);
    c.reply.array(keys.length);
    for (const { index } of keys) c.reply.argument(index + 2);
  },
});

const getkeysandflags = command({
  ...shared,
  name: "GETKEYSANDFLAGS",
  summary: "Returns the keys among the arguments of a command, and what it does to each.",
  since: "7.0.0",
  complexity: "O(N) where N is the number of arguments",
  arity: -3,
  run(c) {
    const keys = innerKeys(c);
    if (typeof keys === "string") return c.reply.error(keys);
    c.reply.array(keys.length);
    for (const { index, flags } of keys) {
      c.reply.array(2);
      c.reply.argument(index + 2);
      c.reply.simpleSet(keyFlagNames(flags));
    }
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 2,
  run: (c) =>
    replyHelp(c, [
      ["(no subcommand)", "Tells of all commands, as INFO does."],
      ["COUNT", "The number of commands."],
      ["LIST [FILTERBY (MODULE <name>|ACLCAT <category>|PATTERN <pattern>)]", "Their names."],
      ["INFO [<command-name> ...]", "Arity, flags, keys and categories of commands."],
      ["DOCS [<command-name> ...]", "What commands are for, with their arguments."],
      ["GETKEYS <full-command>", "The keys among a command's arguments."],
      ["GETKEYSANDFLAGS <full-command>", "The same with what happens to each key."],
    ]),
});

export const commandCommand = command({
  ...shared,
  name: "COMMAND",
  summary: "Returns arity, flags, keys and categories of all commands.",
  arity: -1,
  tips: unordered,
  subcommands: [count, list, info, docs, getkeys, getkeysandflags, help],
  run: replyAll,
});
