/**
 * The syntax of redis.conf: reads text into a {@linkcode Config}, follows includes, and keeps the
 * directives that are no options for the modules that own them.
 */

import type { Config } from "./config.ts";
import { isGlob } from "./glob.ts";
import type { OptionName } from "./options.ts";
import { splitWords } from "./words.ts";

/** What reading a configuration needs of the system. A failure is thrown as an `Error` whose
 * message is the system's words ("No such file or directory"). */
export interface ConfigHost {
  /** The text of a file; a relative path starts at the working directory. */
  readText(path: string): string;
  /** The text on standard input, to its end. */
  readStdin(): string;
  /** The paths that match a pattern, sorted. */
  glob(pattern: string): string[];
  /** Makes a directory the working one and returns its absolute path. */
  enterDirectory(path: string): string;
  /** The absolute form of a path. */
  absolutePath(path: string): string;
}

/** Where a configuration went wrong, and how. */
export class ConfigError extends Error {
  constructor(reason: string, readonly line?: { readonly number: number; readonly text: string }) {
    super(reason);
    this.name = "ConfigError";
  }

  /** The block for standard error. `server` is a name and version, such as `Redis 7.0.15`. */
  fatalText(server: string): string {
    const where = this.line === undefined
      ? ""
      : `Reading the configuration file, at line ${this.line.number}\n>>> '${this.line.text}'\n`;
    return `\n*** FATAL CONFIG FILE ERROR (${server}) ***\n${where}${this.message}\n`;
  }
}

/** A configuration file that cannot be opened: a line of the log, not a block on standard error. */
export class ConfigOpenError extends Error {
  constructor(path: string, reason: string) {
    super(`Fatal error, can't open config file '${path}': ${reason}`);
    this.name = "ConfigOpenError";
  }
}

/** A directive kept for the module that owns it; words without the directive's name. */
export interface KeptDirective {
  readonly words: readonly string[];
  /** The error to throw when the owner cannot take the directive. */
  fail(reason: string): ConfigError;
}

/** What files hold besides options, in their order. */
export interface KeptDirectives {
  /** `user <name> <rule>...`, for the access lists. */
  readonly users: KeptDirective[];
  /** `rename-command <name> <new name, or empty>`, for the command table. */
  readonly renames: KeptDirective[];
  /** `sentinel <directive>...`, in Sentinel mode. */
  readonly sentinel: KeptDirective[];
}

const MAX_INCLUDE_DEPTH = 16;

/** Reads configuration text, of files and of the command line, into one {@linkcode Config}. */
export class ConfigReader {
  readonly kept: KeptDirectives = { users: [], renames: [], sentinel: [] };
  readonly #seen = new Set<OptionName>();
  /** Redis lets `save` lines add up only until an include returns; then each replaces. */
  #accumulates = false;

  constructor(
    private readonly config: Config,
    private readonly host: ConfigHost,
    private readonly sentinelMode = false,
  ) {}

  /** Opens a file's text. Throws {@linkcode ConfigOpenError}. */
  open(path: string): string {
    try {
      return this.host.readText(path);
    } catch (error) {
      throw new ConfigOpenError(path, reasonOf(error));
    }
  }

  /** Reads text line by line. Throws {@linkcode ConfigError} at the first bad line. */
  read(text: string, depth = 0): void {
    this.#accumulates = true;
    for (const [index, raw] of text.split("\n").entries()) {
      const line = trimBlanks(raw);
      if (line === "" || line.startsWith("#")) continue;
      const fail = (reason: string) => new ConfigError(reason, { number: index + 1, text: line });
      const words = splitWords(line);
      if (words === undefined) throw fail("Unbalanced quotes in configuration line");
      if (words.length > 0) this.#directive(words[0].toLowerCase(), words.slice(1), fail, depth);
    }
    this.#accumulates = false;
  }

  /** Checks what only the whole configuration can tell. Throws {@linkcode ConfigError}. */
  finish(): void {
    const { "cluster-enabled": clusterEnabled, replicaof } = this.config.values;
    if (clusterEnabled && replicaof !== null) {
      throw new ConfigError("replicaof directive not allowed in cluster mode");
    }
  }

  #directive(
    name: string,
    words: string[],
    fail: (reason: string) => ConfigError,
    depth: number,
  ): void {
    const option = this.config.find(name);
    if (option !== undefined) return this.#option(option, words, fail);
    const kept: KeptDirective = { words, fail };
    if (name === "include" && words.length === 1) return this.#include(words[0], depth);
    if (name === "rename-command" && words.length === 2) return void this.kept.renames.push(kept);
    if (name === "user" && words.length >= 1) return void this.kept.users.push(kept);
    if (name === "loadmodule" && words.length >= 1) throw fail("Modules are not supported");
    if (name !== "sentinel") throw fail("Bad directive or wrong number of arguments");
    if (words.length === 0) return;
    if (!this.sentinelMode) throw fail("sentinel directive while not in sentinel mode");
    this.kept.sentinel.push(kept);
  }

  #option(option: OptionName, words: string[], fail: (reason: string) => ConfigError): void {
    const repeated = this.#accumulates && this.#seen.has(option);
    const refused = this.config.configure(option, words, repeated);
    if (refused !== undefined) throw fail(refused);
    this.#seen.add(option);
    if (option !== "dir") return;
    try {
      this.config.assign("dir", this.host.enterDirectory(words[0]));
    } catch (error) {
      throw fail(reasonOf(error));
    }
  }

  #include(path: string, depth: number): void {
    if (depth >= MAX_INCLUDE_DEPTH) {
      throw new ConfigOpenError(path, "Too many levels of included files");
    }
    const paths = isGlob(path) ? this.host.glob(path) : [path];
    for (const found of paths) this.read(this.open(found), depth + 1);
  }
}

/** Makes CONFIG SET of `dir` enter the directory, or refuse one that cannot be entered. */
export function followDirectory(config: Config, host: ConfigHost): void {
  config.onChange("dir", () => {
    try {
      config.assign("dir", host.enterDirectory(config.values.dir));
    } catch (error) {
      return reasonOf(error);
    }
  });
}

/** Strips the blanks that end or begin a line of a configuration file. */
export function trimBlanks(line: string): string {
  return line.replace(/^[ \t\r\n]+/, "").replace(/[ \t\r\n]+$/, "");
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
