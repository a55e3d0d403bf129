/**
 * Writes what is derived from the code into the files that show it: the README's table of commands.
 *
 *   deno run -A tests/generate.ts [--check]
 *
 * With --check nothing is written; the exit status says whether all is up to date.
 */

import type { Command } from "../server/commands/define.ts";
import { families } from "../server/commands/families.ts";
import { Registry } from "../server/commands/registry.ts";

const readme = new URL("../README.md", import.meta.url);

/** One row per group: its commands, subcommands in parentheses. */
function commandTable(): string {
  const groups = new Map<string, string[]>();
  for (const command of new Registry(families).byName.values()) {
    const names = groups.get(command.spec.group) ?? [];
    groups.set(command.spec.group, [...names, shown(command)]);
  }
  const rows = [...groups].map(([group, names]) => `| ${group} | ${names.sort().join(" ")} |`);
  return ["| group | commands |", "| --- | --- |", ...rows].join("\n");
}

function shown({ spec, subcommands }: Command): string {
  if (subcommands === null) return spec.name;
  return `${spec.name} (${[...subcommands.values()].map((sub) => sub.spec.name).sort().join(" ")})`;
}

/** Puts text between a section's two marks. */
function replaceSection(text: string, name: string, content: string): string {
  const marks = new RegExp(`(<!-- ${name}:begin[^>]*-->\n)[^]*?(<!-- ${name}:end -->)`);
  if (!marks.test(text)) throw new Error(`the README has no section ${name}`);
  return text.replace(marks, (_, begin, end) => `${begin}\n${content}\n\n${end}`);
}

const before = Deno.readTextFileSync(readme);
const after = replaceSection(before, "commands", commandTable());
if (Deno.args.includes("--check")) {
  if (before !== after) {
    console.log("README.md: the table of commands is out of date");
    Deno.exit(1);
  }
} else if (before !== after) Deno.writeTextFileSync(readme, after);
