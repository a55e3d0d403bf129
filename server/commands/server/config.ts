/** CONFIG and its subcommands. */

import { permits } from "../../net/protected_mode.ts";
import { userLines } from "../../acl/file.ts";
import { rewriteFile } from "../../config/rewrite.ts";
import type { Context } from "../context.ts";
import type { Arguments } from "../facts.ts";
import { command, type CommandSpec } from "../define.ts";
import { replyHelp } from "../help.ts";

const shared = {
  group: "server",
  since: "2.0.0",
  complexity: "O(N) where N is the number of options given",
  flags: ["admin", "noscript", "loading", "stale"],
} satisfies Partial<CommandSpec>;

/** No name, pattern or value is longer, but for passwords. */
const MAX_TEXT_BYTES = 65536;

const get = command({
  ...shared,
  name: "GET",
  summary: "Returns the options that match patterns, with their values.",
  arity: -3,
  history: [["7.0.0", "Takes several patterns."]],
  arguments: [{
    name: "parameter",
    type: "block",
    multiple: true,
    arguments: [{ name: "parameter", type: "string" }],
  }],
  run(c) {
    const patterns: string[] = [];
    for (let i = 2; i < c.argc; i++) patterns.push(c.word(i, MAX_TEXT_BYTES));
    const found = c.server.config.get(patterns);
    c.reply.map(found.length);
    for (const [name, value] of found) {
      c.reply.binary(name);
      c.reply.bulk(value);
    }
  },
});

/** Options whose values are nobody's business. */
const SECRET_OPTIONS = [
  "requirepass",
  "masterauth",
  "masteruser",
  "http-tokens",
  "tls-key-file-pass",
  "tls-client-key-file-pass",
];

function secretValues(c: Arguments): number[] {
  const found: number[] = [];
  for (let i = 2; i + 1 < c.argc; i += 2) {
    if (SECRET_OPTIONS.includes(c.option(i))) found.push(i + 1);
  }
  return found;
}

const set = command({
  ...shared,
  name: "SET",
  summary: "Changes options, all of those given or none.",
  arity: -4,
  history: [["7.0.0", "Takes several options."]],
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arguments: [{
    name: "parameter_value",
    type: "block",
    multiple: true,
    arguments: [{ name: "parameter", type: "string" }, { name: "value", type: "string" }],
  }],
  secrets: secretValues,
  run(c) {
    if (c.argc % 2 !== 0) return c.reply.error("ERR syntax error");
    const pairs: [string, string][] = [];
    for (let i = 2; i < c.argc; i += 2) {
      const name = c.word(i, MAX_TEXT_BYTES);
      if (isTooLong(c, i) && c.server.config.find(name) !== undefined) {
        return c.reply.error(
          `ERR CONFIG SET failed (possibly related to argument '${name}') - the value is too long`,
        );
      }
      pairs.push([name === "" ? c.shown(i) : name, valueText(c, i)]);
    }
    const protectedAllowed = permits(c.server.config, c.connection, "enable-protected-configs");
    const error = c.server.config.set(pairs, { protectedAllowed });
    if (error !== undefined) return c.reply.error(error);
    c.reply.ok();
  },
});

/** Options whose values may have zero bytes in them; all others end there, as C strings do. */
const BINARY_OPTIONS = ["requirepass", "masterauth"];

/** Whether the value of the option at an index is longer than it can be meant to be. */
function isTooLong(c: Context, index: number): boolean {
  return c.core.argLen(index + 1) > MAX_TEXT_BYTES && !BINARY_OPTIONS.includes(c.option(index));
}

/** Value of the option at an index. It is text: it may name a file. */
function valueText(c: Context, index: number): string {
  const { core } = c;
  if (isTooLong(c, index)) return "";
  const text = core.utf8(core.argPtr(index + 1), core.argLen(index + 1));
  return BINARY_OPTIONS.includes(c.option(index)) ? text : text.split("\0", 1)[0];
}

/** Writes the options in force into the configuration file, with `all` those at their defaults, too. */
export function rewriteConfig(c: Context, all: boolean): void {
  const { config, configFiles, log } = c.server;
  const { path } = configFiles;
  if (path === undefined) return c.reply.error("ERR The server is running without a config file");
  try {
    rewriteFile(config, path, configFiles, { users: userLines(c.server), all });
  } catch (error) {
    const { message } = error as Error;
    log.warning(`CONFIG REWRITE failed: ${message}`);
    return c.reply.error(`ERR Rewriting config file: ${message}`);
  }
  log.notice("CONFIG REWRITE executed with success.");
  c.reply.ok();
}

const rewrite = command({
  ...shared,
  name: "REWRITE",
  summary: "Writes the options in force into the configuration file.",
  since: "2.8.0",
  complexity: "O(1)",
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arity: 2,
  run: (c) => rewriteConfig(c, false),
});

const resetstat = command({
  ...shared,
  name: "RESETSTAT",
  summary: "Sets the counters that INFO shows back to 0.",
  complexity: "O(1)",
  tips: ["request_policy:all_nodes", "response_policy:all_succeeded"],
  arity: 2,
  run(c) {
    c.server.stats.reset();
    c.server.lazyFree.resetStats();
    c.server.defrag.resetStats();
    c.server.fieldExpiry.expired = 0;
    c.server.access.log.resetCounts();
    c.reply.ok();
  },
});

const help = command({
  ...shared,
  name: "HELP",
  summary: "Lists the subcommands.",
  since: "5.0.0",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      ["GET <pattern> [<pattern> ...]", "Options that match, with their values."],
      ["SET <option> <value> [<option> <value> ...]", "Changes options, all of them or none."],
      ["RESETSTAT", "Sets the counters of INFO back to 0."],
      ["REWRITE", "Writes the options in force into the configuration file."],
    ]),
});

export const config = command({
  name: "CONFIG",
  summary: "Reads and changes the server's options.",
  since: "2.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [get, set, rewrite, resetstat, help],
});
