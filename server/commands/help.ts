/** The HELP of commands that have subcommands. */

import type { Context } from "./context.ts";

/** A subcommand's line as it is typed, and what it does in lines of some 75 characters. */
export type HelpEntry = readonly [usage: string, ...text: string[]];

/** Replies as `<container> HELP` does: an array of simple strings. */
export function replyHelp(c: Context, entries: readonly HelpEntry[]): void {
  const container = (c.command.parent ?? c.command).name.toUpperCase();
  const lines = [`${container} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:`];
  for (const [usage, ...text] of [...entries, ["HELP", "Prints this help."]]) {
    lines.push(usage, ...text.map((line) => `    ${line}`));
  }
  c.reply.array(lines.length);
  for (const line of lines) c.reply.simple(line);
}
