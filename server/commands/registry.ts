/** The commands by id and by name, built from the families' specifications; servers may share it. */

import type { Core } from "../../core-as/host/core.ts";
import { ANY_COMMAND, type Command, type CommandSpec, flagBits, KEYED_COMMAND } from "./define.ts";
import type { Context } from "./context.ts";

export class Registry {
  /** By id: containers and subcommands have one, too. */
  readonly all: readonly Command[];
  /** Top-level commands by lower-case name. */
  readonly byName: ReadonlyMap<string, Command>;

  constructor(families: readonly (readonly CommandSpec[])[]) {
    const all: Command[] = [];
    const top = families.flat().map((spec) => made(spec, null, all));
    this.all = all;
    this.byName = new Map(top.map((command) => [command.name, command]));
  }

  /** Makes the core resolve the names. `renamed` maps lower-case names to new ones, "" to none. */
  install(core: Core, renamed: ReadonlyMap<string, string> = new Map()): void {
    for (const made of this.byName.values()) {
      const name = renamed.get(made.name) ?? made.name;
      if (name === "") continue;
      const len = core.writeBinary(core.at.SCRATCH, name.toLowerCase());
      if (!core.x.registerCommand(core.at.SCRATCH, len, made.id)) {
        throw new Error(`command name '${name}' cannot be registered`);
      }
    }
  }

  /** A command by its full name, `name` or `container|sub`, in any case. */
  find(name: string): Command | undefined {
    const [container, sub, ...more] = name.toLowerCase().split("|");
    const found = more.length === 0 ? this.byName.get(container) : undefined;
    return sub === undefined ? found : found?.subcommands?.get(sub);
  }
}

/** Makes a command with its subcommands, and adds them to all. */
function made(spec: CommandSpec, parent: Command | null, all: Command[]): Command {
  const own = spec.name.toLowerCase();
  const subcommands = spec.subcommands === undefined ? null : new Map<string, Command>();
  const command: Command = {
    spec,
    name: parent === null ? own : `${parent.name}|${own}`,
    id: all.length,
    arity: spec.arity,
    bits: bitsOf(spec),
    parent,
    subcommands,
    run: spec.run ?? runSubcommand,
  };
  all.push(command);
  for (const sub of spec.subcommands ?? []) {
    subcommands!.set(sub.name.toLowerCase(), made(sub, command, all));
  }
  return command;
}

function bitsOf({ flags, keys, getKeys }: CommandSpec): number {
  let bits = ANY_COMMAND;
  for (let i = 0; i < flags.length; i++) bits |= flagBits[flags[i]];
  return keys === undefined && getKeys === undefined ? bits : bits | KEYED_COMMAND;
}

/** Never reached: the dispatcher resolves a container's subcommand before it runs anything. */
function runSubcommand(_: Context): void {}
