/**
 * How a command is defined: its specification and its handler in one place. COMMAND and its
 * subcommands, ACL categories, key extraction, cluster routing and the README's table are derived
 * from it; nothing about a command is written twice.
 */

import type { Context } from "./context.ts";
import type { CommandFacts, SpecFacts } from "./facts.ts";

export * from "./facts.ts";

/** What the author of a command writes. */
export interface CommandSpec extends SpecFacts {
  subcommands?: readonly CommandSpec[];
  /** Absent only in a container that does nothing without a subcommand. */
  run?: (c: Context) => void;
}

/** A command as the registry holds it. */
export interface Command extends CommandFacts {
  readonly spec: CommandSpec;
  readonly parent: Command | null;
  readonly subcommands: ReadonlyMap<string, Command> | null;
  readonly run: (c: Context) => void;
}

/** Keeps a specification's literal types and checks them where it is written. */
export function command(spec: CommandSpec): CommandSpec {
  return spec;
}
