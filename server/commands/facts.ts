/**
 * What a command's specification says, its handler aside: flags, keys, arguments, documentation. Everything
 * that looks at commands without running them (COMMAND, access control, routing, logs) knows these alone.
 */

import type { Core, CoreFunctions } from "../../core-as/host/core.ts";

export type Group =
  | "string"
  | "list"
  | "set"
  | "sorted-set"
  | "hash"
  | "stream"
  | "bitmap"
  | "hyperloglog"
  | "geo"
  | "generic"
  | "connection"
  | "server"
  | "pubsub"
  | "transactions"
  | "scripting"
  | "cluster"
  | "sentinel";

/** The flags that COMMAND INFO shows; each is one bit of {@link Command.bits}. */
export const flagBits = {
  write: 1,
  readonly: 2,
  denyoom: 4,
  fast: 8,
  loading: 16,
  stale: 32,
  no_auth: 64,
  noscript: 128,
  blocking: 256,
  admin: 512,
  pubsub: 1024,
  skip_monitor: 2048,
  skip_slowlog: 4096,
  no_multi: 8192,
  allow_busy: 16384,
  movablekeys: 32768,
  asking: 65536,
  no_async_loading: 131072,
  may_replicate: 262144,
  no_mandatory_keys: 524288,
} as const;
export type Flag = keyof typeof flagBits;

/** A bit of {@link Command.bits} that every command has. */
export const ANY_COMMAND = 1 << 30;
/** The same of those that may have keys, or names that belong to a slot as keys do. */
export const KEYED_COMMAND = 1 << 29;

/** What a key specification says of its keys. */
export type KeyFlag =
  | "RO"
  | "RW"
  | "OW"
  | "RM"
  | "access"
  | "update"
  | "insert"
  | "delete"
  | "not_key"
  | "incomplete"
  | "variable_flags";

/** Where a command's keys are. */
export interface KeySpec {
  flags: readonly KeyFlag[];
  /** The first one: at an index, or behind a keyword searched from an index. */
  begin: number | { keyword: string; from: number } | "unknown";
  /**
   * The others: up to `last` (relative to the first; negative: from the end, -1 the last argument) in
   * steps; or as many as argument `countAt` (relative to the first) says, the first `firstAt` after it.
   */
  find:
    | { last: number; step: number; limit: number }
    | { countAt: number; firstAt: number; step: number }
    | "unknown";
  notes?: string;
}

/** A key of a command under way: the index of its argument, and what happens to it. */
export interface KeyUse {
  index: number;
  flags: readonly KeyFlag[];
}

export type ArgumentType =
  | "string"
  | "integer"
  | "double"
  | "key"
  | "pattern"
  | "unix-time"
  | "pure-token"
  | "oneof"
  | "block";

/** One argument, as COMMAND DOCS describes it. */
export interface Argument {
  name: string;
  type: ArgumentType;
  /** Index into the command's key specifications. */
  keySpec?: number;
  token?: string;
  optional?: boolean;
  multiple?: boolean;
  multipleToken?: boolean;
  since?: string;
  summary?: string;
  deprecatedSince?: string;
  arguments?: readonly Argument[];
}

/** The arguments of a command under way; index 0 is its name. */
export interface Arguments {
  argc: number;
  readonly core: Core;
  readonly x: CoreFunctions;
  arg(index: number): string;
  shown(index: number, maxBytes?: number): string;
  option(index: number): string;
}

/** A specification without what runs. */
export interface SpecFacts {
  /** In upper case; a subcommand's own word only. */
  name: string;
  summary: string;
  since: string;
  group: Group;
  complexity: string;
  /** Argument count with the name; negative: at least that many. */
  arity: number;
  flags: readonly Flag[];
  /**
   * ACL categories beyond those that follow from group and flags, without "@"; one with a leading "-"
   * is taken away instead.
   */
  categories?: readonly string[];
  keys?: readonly KeySpec[];
  /** Arguments that name channels: from the first to `last` (negative: from the end), or patterns of them. */
  channels?: { readonly last: number; readonly literal?: boolean };
  arguments?: readonly Argument[];
  tips?: readonly string[];
  /** `[version, what changed]`, oldest first. */
  history?: readonly (readonly [string, string])[];
  /** An internal command, as COMMAND DOCS says. */
  syscmd?: boolean;
  /** Shown by COMMAND DOCS when set. */
  deprecated?: { since: string; replacedBy: string };
  /** How the one key is used, where that is for the arguments to say; its specification names all that can be. */
  keyFlags?: (c: Arguments) => readonly KeyFlag[];
  /**
   * Where the keys are when the specifications cannot tell.
   *
   * @returns null when the arguments make no sense
   */
  getKeys?: (c: Arguments) => KeyUse[] | null;
  /** Indices of arguments that SLOWLOG and MONITOR must not show: passwords. */
  secrets?: (c: Arguments) => readonly number[];
}

/** A command as the registry holds it, without what runs. */
export interface CommandFacts {
  readonly spec: SpecFacts;
  /** Lower-case name; `container|sub` for a subcommand. */
  readonly name: string;
  readonly id: number;
  readonly arity: number;
  /** Flags as bits of {@link flagBits}, and {@link ANY_COMMAND}. */
  readonly bits: number;
  readonly parent: CommandFacts | null;
  readonly subcommands: ReadonlyMap<string, CommandFacts> | null;
}

/** The key specification of most commands: keys at `first`..`last`, every `step`th argument. */
export function keysAt(
  first: number,
  last: number,
  step: number,
  ...flags: KeyFlag[]
): KeySpec {
  return { flags, begin: first, find: { last: last < 0 ? last : last - first, step, limit: 0 } };
}
