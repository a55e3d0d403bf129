/**
 * The command line of redis-server: `[file] [--option value ...] [-]`. Options become lines of
 * configuration text that is read after the file, so that they override it.
 */

import type { Config } from "./config.ts";
import { type ConfigHost, ConfigReader, type KeptDirectives } from "./parse.ts";
import { quoteWord } from "./words.ts";

/** What the command line asks for. */
export type CommandLine =
  | { readonly action: "version" | "help" | "check-system" }
  | { readonly action: "test-memory"; readonly megabytes: number | undefined }
  | ServeCommand;

/** Start a server. */
export interface ServeCommand {
  readonly action: "serve";
  /** The configuration file, as given. */
  readonly file: string | undefined;
  /** Read more configuration from standard input, between file and options. */
  readonly stdin: boolean;
  /** One line of configuration per option. */
  readonly optionText: string;
  /** `--sentinel` was among the options. */
  readonly sentinel: boolean;
}

/** What loading leaves besides the values in the {@linkcode Config}. */
export interface LoadedConfig {
  /** Absolute path of the configuration file, for CONFIG REWRITE; undefined without one. */
  readonly path: string | undefined;
  readonly kept: KeptDirectives;
}

/** Options that may stand without a value though the next word starts another option. */
const BARE_OPTIONS = ["--save", "--sentinel"];

/** Reads the arguments after the program's name. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first] = args;
  if (first === "-v" || first === "--version") return { action: "version" };
  if (first === "-h" || first === "--help") return { action: "help" };
  if (first === "--check-system") return { action: "check-system" };
  if (first === "--test-memory") {
    const megabytes = args.length === 2 ? parseInt(args[1]) : NaN;
    return { action: "test-memory", megabytes: megabytes > 0 ? megabytes : undefined };
  }
  const rest = [...args];
  const file = first !== undefined && !first.startsWith("-") ? rest.shift() : undefined;
  const stdinFirst = file === undefined && rest[0] === "-";
  if (stdinFirst) rest.shift();
  const stdinLast = rest.at(-1) === "-";
  if (stdinLast) rest.pop();
  return {
    action: "serve",
    file,
    stdin: stdinFirst || stdinLast,
    optionText: optionLines(rest),
    sentinel: args.some((arg) => arg.toLowerCase() === "--sentinel"),
  };
}

/**
 * Turns options into configuration lines. A word with two dashes starts an option, unless the
 * option before it still lacks its first value: then it is that value.
 */
function optionLines(args: readonly string[]): string {
  const lines: string[][] = [];
  let open: { name: string; line: string[] } | undefined;
  for (const arg of args) {
    const isOption = arg.startsWith("--");
    const lacksValue = open !== undefined && open.line.length === 1 &&
      /^\S+$/.test(open.name) && !BARE_OPTIONS.includes(open.name);
    if (isOption && !lacksValue) {
      open = { name: arg.toLowerCase(), line: [arg.slice(2)] };
      lines.push(open.line);
    } else if (open === undefined) {
      open = { name: "", line: [quoteWord(arg)] };
      lines.push(open.line);
    } else {
      open.line.push(quoteWord(arg));
    }
  }
  return lines.map((words) => words.join(" ")).join("\n");
}

/**
 * Loads file, standard input and options into a configuration, each overriding the one before.
 * Throws `ConfigError` or `ConfigOpenError`.
 */
export function loadConfig(config: Config, command: ServeCommand, host: ConfigHost): LoadedConfig {
  const reader = new ConfigReader(config, host, command.sentinel);
  const path = command.file === undefined ? undefined : host.absolutePath(command.file);
  const parts = [path === undefined ? "" : reader.open(path)];
  if (command.stdin) parts[0] += host.readStdin();
  if (command.optionText !== "") parts.push(command.optionText);
  reader.read(parts.join("\n"));
  reader.finish();
  return { path, kept: reader.kept };
}
