/** What the subcommands of SENTINEL have in common. */

import type { Context } from "../../../server/commands/context.ts";
import type { CommandSpec } from "../../../server/commands/define.ts";
import { describe } from "../describe.ts";
import type { Instance, Primary } from "../instance.ts";
import type { Sentinel } from "../sentinel.ts";
import type { State } from "../state.ts";

const MAX_WORD_BYTES = 4096;

/** An argument as text. */
export function textOf(c: Context, index: number): string {
  return c.core.utf8(c.core.argPtr(index), Math.min(c.core.argLen(index), MAX_WORD_BYTES));
}

/** What a subcommand is given. */
export interface Asked {
  c: Context;
  state: State;
  sentinel: Sentinel;
}

/** A subcommand, which acts at the Sentinel's time; what is to be done follows it. */
export function subcommand(
  sentinel: Sentinel,
  spec: Pick<CommandSpec, "name" | "arity" | "since" | "summary"> & Partial<CommandSpec>,
  run: (asked: Asked) => void,
): CommandSpec {
  return {
    group: "sentinel",
    complexity: "O(1)",
    flags: ["admin"],
    ...spec,
    run(c) {
      const { state } = sentinel.machine;
      state.nowMs = sentinel.nowMs;
      run({ c, state, sentinel });
      sentinel.settle();
    },
  };
}

/** The primary that an argument names; an error is sent where there is none. */
export function primaryNamed({ c, state }: Asked, index: number): Primary | null {
  const primary = state.primaries.get(textOf(c, index));
  if (primary === undefined) c.reply.error("ERR No such master with that name");
  return primary ?? null;
}

export function replyInstance({ c: { reply }, state }: Asked, instance: Instance): void {
  const fields = describe(state, instance);
  reply.map(fields.length);
  for (const [name, value] of fields) {
    reply.bulk(name);
    reply.bulk(value);
  }
}

export function replyInstances(asked: Asked, instances: readonly Instance[]): void {
  asked.c.reply.array(instances.length);
  for (const instance of instances) replyInstance(asked, instance);
}

/** A number as C reads it whole; null where the text is none. */
export function wholeNumber(text: string): number | null {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : null;
}
