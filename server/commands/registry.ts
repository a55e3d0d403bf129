/** The commands by id and by name; built once a server from the families' specifications. */

import type { Core } from "../../core-as/host/core.ts";
import { ANY_COMMAND, type Command, type CommandSpec, flagBits, KEYED_COMMAND } from "./define.ts";
import type { Context } from "./context.ts";

export class Registry {
  /** By id: containers and subcommands have one, too. */
  readonly all: Command[] = [];
  /** Top-level commands by lower-case name. */
  readonly byName = new Map<string, Command>();

  constructor(families: readonly (readonly CommandSpec[])[]) {
    for (const family of families) {
      for (const spec of family) {
        const made = this.#add(spec, null);
        this.byName.set(made.name, made);
      }
    }
  }

  #add(spec: CommandSpec, parent: Command | null): Command {
    const own = spec.name.toLowerCase();
    const subcommands = spec.subcommands === undefined ? null : new Map<string, Command>();
    const made: Command = {
      spec,
      name: parent === null ? own : `${parent.name}|${own}`,
      id: this.all.length,
      arity: spec.arity,
      bits: spec.flags.reduce((bits, flag) => bits | flagBits[flag], commonBits(spec)),
      parent,
      subcommands,
      run: spec.run ?? runSubcommand,
    };
    this.all.push(made);
    for (const sub of spec.subcommands ?? []) {
      subcommands!.set(sub.name.toLowerCase(), this.#add(sub, made));
    }
    return made;
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

function commonBits({ keys, getKeys }: CommandSpec): number {
  return keys === undefined && getKeys === undefined ? ANY_COMMAND : ANY_COMMAND | KEYED_COMMAND;
}

/** Never reached: the dispatcher resolves a container's subcommand before it runs anything. */
function runSubcommand(_: Context): void {}
