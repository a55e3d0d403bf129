/** FCALL and FCALL_RO: calls of functions. */

import type { Context } from "../context.ts";
import { command, type CommandSpec } from "../define.ts";
import { argumentsOf, keyCountOf, keys, READING, showCall, WRITING } from "./eval.ts";

function call(c: Context, readOnly: boolean): void {
  showCall(c);
  const { functions } = c.server.scripting;
  const called = functions.find(c.word(1));
  if (called === undefined) return c.reply.error("ERR Function not found");
  const count = keyCountOf(c, "ERR Bad number of keys provided");
  if (count !== null) functions.call(c, called, 3, count, readOnly);
}

const shared = {
  group: "scripting",
  since: "7.0.0",
  complexity: "Depends on the function that is executed.",
  arity: -3,
  arguments: argumentsOf({ name: "function", type: "string" }),
} satisfies Partial<CommandSpec>;

export const fcall = command({
  ...shared,
  name: "FCALL",
  summary: "Calls a function.",
  flags: WRITING,
  keys: [keys(false)],
  run: (c) => call(c, false),
});

export const fcallRo = command({
  ...shared,
  name: "FCALL_RO",
  summary: "Calls a function that reads only.",
  flags: READING,
  keys: [keys(true)],
  run: (c) => call(c, true),
});
