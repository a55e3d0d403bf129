/** FUNCTION and its subcommands: libraries of functions. */

import { globMatches } from "../../config/glob.ts";
import { dumpLibraries, readLibraries } from "../../scripting/library_dump.ts";
import type { Library } from "../../scripting/functions.ts";
import { scriptFlagWords } from "../../scripting/run.ts";
import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { functionHelp } from "./function_help.ts";
import { killing } from "./kill.ts";
import { isFlushMode } from "./script.ts";

const shared = { group: "scripting", since: "7.0.0" } satisfies Partial<CommandSpec>;
const onAll = ["request_policy:all_shards", "response_policy:all_succeeded"];

/** A subcommand has got more than it takes. */
function tooMany(c: Context): void {
  c.reply.error(
    `ERR unknown subcommand or wrong number of arguments for '${c.shown(1)}'. Try FUNCTION HELP.`,
  );
}

/** The libraries have changed: they are part of the data set. */
function changed(c: Context): void {
  c.server.dirty++;
}

const load = command({
  ...shared,
  name: "LOAD",
  summary: "Brings a library of functions.",
  complexity: "O(1) (considering compilation time is redundant)",
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  tips: onAll,
  arguments: [
    { name: "replace", type: "pure-token", token: "REPLACE", optional: true },
    { name: "function-code", type: "string" },
  ],
  run(c) {
    let replaces = false;
    for (let i = 2; i < c.argc - 1; i++) {
      if (c.option(i) !== "replace") {
        return c.reply.error(`ERR Unknown option given: ${c.shown(i)}`);
      }
      replaces = true;
    }
    const made = c.server.scripting.functions.load(c.arg(c.argc - 1), replaces);
    if (typeof made === "string") return c.reply.error(made);
    changed(c);
    c.reply.binary(made.name);
  },
});

const remove = command({
  ...shared,
  name: "DELETE",
  summary: "Removes a library and its functions.",
  complexity: "O(1)",
  arity: 3,
  flags: ["write", "noscript"],
  tips: onAll,
  arguments: [{ name: "library-name", type: "string" }],
  run(c) {
    if (!c.server.scripting.functions.delete(c.arg(2))) {
      return c.reply.error("ERR Library not found");
    }
    changed(c);
    c.reply.ok();
  },
});

const flush = command({
  ...shared,
  name: "FLUSH",
  summary: "Removes all libraries.",
  complexity: "O(N) where N is the number of functions deleted",
  arity: -2,
  flags: ["write", "noscript"],
  tips: onAll,
  arguments: [{
    name: "flush-type",
    type: "oneof",
    optional: true,
    arguments: [
      { name: "async", type: "pure-token", token: "ASYNC" },
      { name: "sync", type: "pure-token", token: "SYNC" },
    ],
  }],
  run(c) {
    if (c.argc > 3) return tooMany(c);
    if (!isFlushMode(c, "FUNCTION FLUSH only supports")) return;
    c.server.scripting.functions.flush();
    changed(c);
    c.reply.ok();
  },
});

function replyLibrary(c: Context, library: Library, withCode: boolean): void {
  const { reply } = c;
  reply.map(withCode ? 4 : 3);
  reply.bulk("library_name");
  reply.binary(library.name);
  reply.bulk("engine");
  reply.bulk("LUA");
  reply.bulk("functions");
  reply.array(library.functions.size);
  for (const { name, description, flags } of library.functions.values()) {
    reply.map(3);
    reply.bulk("name");
    reply.binary(name);
    reply.bulk("description");
    if (description === null) reply.null();
    else reply.binary(description);
    reply.bulk("flags");
    reply.simpleSet(scriptFlagWords.filter(([, bit]) => (flags & bit) !== 0).map(([word]) => word));
  }
  if (!withCode) return;
  reply.bulk("library_code");
  reply.binary(library.code);
}

const list = command({
  ...shared,
  name: "LIST",
  summary: "Returns the libraries and their functions.",
  complexity: "O(N) where N is the number of functions",
  arity: -2,
  flags: ["noscript"],
  tips: ["nondeterministic_output_order"],
  arguments: [
    {
      name: "library-name-pattern",
      type: "string",
      token: "LIBRARYNAME",
      optional: true,
    },
    { name: "withcode", type: "pure-token", token: "WITHCODE", optional: true },
  ],
  run(c) {
    let pattern: string | null = null;
    let withCode = false;
    for (let i = 2; i < c.argc; i++) {
      const option = c.option(i);
      if (option === "withcode" && !withCode) withCode = true;
      else if (option === "libraryname" && pattern === null) {
        if (++i === c.argc) return c.reply.error("ERR library name argument was not given");
        pattern = c.arg(i);
      } else return c.reply.error(`ERR Unknown argument ${c.shown(i)}`);
    }
    const { libraries } = c.server.scripting.functions;
    const found = [...libraries.values()].filter(({ name }) =>
      pattern === null || globMatches(pattern.toLowerCase(), name.toLowerCase())
    );
    c.reply.array(found.length);
    for (const library of found) replyLibrary(c, library, withCode);
  },
});

const dump = command({
  ...shared,
  name: "DUMP",
  summary: "Returns all libraries as bytes that RESTORE takes.",
  complexity: "O(N) where N is the number of functions",
  arity: 2,
  flags: ["noscript"],
  run: (c) => c.reply.binary(dumpLibraries(c.server.scripting.functions.codes)),
});

/** Takes libraries: all of them or none. @returns the error */
function restoreAll(c: Context, codes: readonly string[], policy: string): string | null {
  const { functions } = c.server.scripting;
  const before = { libraries: new Map(functions.libraries) };
  if (policy === "flush") functions.replaceBy({ libraries: new Map() });
  for (const code of codes) {
    const made = functions.load(code, policy === "replace");
    if (typeof made !== "string") continue;
    functions.replaceBy(before);
    return made.replace(/^(ERR Library) '(.*)' (already exists)$/, "$1 $2 $3");
  }
  return null;
}

const restore = command({
  ...shared,
  name: "RESTORE",
  summary: "Takes libraries that DUMP has returned.",
  complexity: "O(N) where N is the number of functions on the payload",
  arity: -3,
  flags: ["write", "denyoom", "noscript"],
  tips: onAll,
  arguments: [
    { name: "serialized-value", type: "string" },
    {
      name: "policy",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "flush", type: "pure-token", token: "FLUSH" },
        { name: "append", type: "pure-token", token: "APPEND" },
        { name: "replace", type: "pure-token", token: "REPLACE" },
      ],
    },
  ],
  run(c) {
    if (c.argc > 4) return tooMany(c);
    const policy = c.argc === 4 ? c.option(3) : "append";
    if (!["flush", "append", "replace"].includes(policy)) {
      return c.reply.error(
        "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
      );
    }
    const codes = readLibraries(c.arg(2));
    const error = typeof codes === "string" ? codes : restoreAll(c, codes, policy);
    if (error !== null) return c.reply.error(error);
    changed(c);
    c.reply.ok();
  },
});

const kill = command({ ...shared, ...killing("function") });

const stats = command({
  ...shared,
  name: "STATS",
  summary: "Returns which function runs, and how many there are.",
  complexity: "O(1)",
  arity: 2,
  flags: ["noscript", "allow_busy"],
  tips: [
    "nondeterministic_output",
    "request_policy:all_shards",
    "response_policy:special",
  ],
  run(c) {
    const { reply, server: { scripting, clock } } = c;
    const { functions, run, active } = scripting;
    if (active && !run.isFunction) return reply.error(scripting.busyText);
    reply.map(2);
    reply.bulk("running_script");
    if (active) {
      reply.map(3);
      reply.bulk("name");
      reply.binary(run.name);
      reply.bulk("command");
      reply.array(run.command.length);
      for (const word of run.command) reply.binary(word);
      reply.bulk("duration_ms");
      reply.number(Math.floor((clock.monotonicUs() - run.startUs) / 1000));
    } else reply.null();
    reply.bulk("engines");
    reply.map(1);
    reply.bulk("LUA");
    reply.map(2);
    reply.bulk("libraries_count");
    reply.number(functions.libraries.size);
    reply.bulk("functions_count");
    reply.number(functions.count);
  },
});

export const functionCommand = command({
  ...shared,
  name: "FUNCTION",
  summary: "A container for commands about functions.",
  complexity: "Depends on subcommand.",
  arity: -2,
  flags: [],
  subcommands: [remove, dump, flush, functionHelp, kill, list, load, restore, stats],
});
