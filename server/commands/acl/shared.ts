/** What ACL's subcommands have in common. */

import type { CommandSpec } from "../define.ts";

export const ofAcl = { since: "6.0.0", group: "server" } satisfies Partial<CommandSpec>;

/** Of those that tell of users or change them. */
export const ofAdministrators = {
  ...ofAcl,
  flags: ["admin", "noscript", "loading", "stale"],
} satisfies Partial<CommandSpec>;

/** Most of a rule that an error repeats. */
const SHOWN_LENGTH = 1024;

/** A rule as errors show it: up to a zero byte, as a C string ends there, not without end, no password. */
export function shownText(rule: string): string {
  if (/^[<>#!]/.test(rule)) return `${rule[0]}(redacted)`;
  return rule.slice(0, SHOWN_LENGTH).split("\0", 1)[0];
}

/** All arguments from an index on: rules may hold passwords. */
export const argumentsFrom = (first: number) => ({ argc }: { argc: number }): number[] =>
  Array.from({ length: Math.max(0, argc - first) }, (_, i) => first + i);
