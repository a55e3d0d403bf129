/** EVAL, EVALSHA and their forms that may not write. */

import type { Script } from "../../scripting/scripts.ts";
import type { Context } from "../context.ts";
import { type Argument, command, type CommandSpec, type KeySpec } from "../define.ts";

const NO_SCRIPT = "NOSCRIPT No matching script. Please use EVAL.";

export const keys = (readOnly: boolean): KeySpec => ({
  flags: readOnly ? ["RO", "access"] : ["RW", "access", "update"],
  begin: 2,
  find: { countAt: 0, firstAt: 1, step: 1 },
  ...(readOnly
    ? { notes: "We cannot tell how the keys will be used so we assume the worst, RO and ACCESS" }
    : { notes: "We cannot tell how the keys will be used so we assume the worst, RW and UPDATE" }),
});

const shared = {
  group: "scripting",
  complexity: "Depends on the script that is executed.",
  arity: -3,
} satisfies Partial<CommandSpec>;

export const argumentsOf = (first: Argument): Argument[] => [
  first,
  { name: "numkeys", type: "integer" },
  { name: "key", type: "key", keySpec: 0, optional: true, multiple: true },
  { name: "arg", type: "string", optional: true, multiple: true },
];

export const WRITING = [
  "noscript",
  "stale",
  "skip_monitor",
  "may_replicate",
  "no_mandatory_keys",
] as const;
export const READING = [
  "readonly",
  "noscript",
  "stale",
  "skip_monitor",
  "no_mandatory_keys",
] as const;

/** How many of the arguments are keys; null when it was answered as wrong. */
export function keyCountOf(c: Context, notInteger?: string): number | null {
  const count = c.integer(2, notInteger);
  if (count === null) return null;
  if (count > c.argc - 3) {
    c.reply.error("ERR Number of keys can't be greater than number of args");
    return null;
  }
  if (count < 0) {
    c.reply.error("ERR Number of keys can't be negative");
    return null;
  }
  return count;
}

/** Monitors see what is called before what that does. */
export function showCall(c: Context): void {
  const { monitors } = c.server.inspectors;
  if (monitors.any) monitors.tell(c.connection, []);
}

function run(c: Context, script: Script, readOnly: boolean): void {
  const count = keyCountOf(c);
  if (count !== null) c.server.scripting.eval(c, script, 3, count, readOnly);
}

function runText(c: Context, readOnly: boolean): void {
  showCall(c);
  const script = c.server.scripting.load(c.core, 1);
  if (typeof script === "string") c.reply.error(script);
  else run(c, script, readOnly);
}

function runSha(c: Context, readOnly: boolean): void {
  showCall(c);
  const script = c.server.scripting.find(c.core, 1);
  if (script === undefined) return c.reply.error(NO_SCRIPT);
  run(c, script, readOnly);
}

export const evalCommand = command({
  ...shared,
  name: "EVAL",
  summary: "Runs a Lua script on the server.",
  since: "2.6.0",
  flags: WRITING,
  keys: [keys(false)],
  arguments: argumentsOf({ name: "script", type: "string" }),
  run: (c) => runText(c, false),
});

export const evalRo = command({
  ...shared,
  name: "EVAL_RO",
  summary: "Runs a Lua script that reads only.",
  since: "7.0.0",
  flags: READING,
  keys: [keys(true)],
  arguments: argumentsOf({ name: "script", type: "string" }),
  run: (c) => runText(c, true),
});

export const evalSha = command({
  ...shared,
  name: "EVALSHA",
  summary: "Runs a Lua script that the server knows, by its SHA-1.",
  since: "2.6.0",
  flags: WRITING,
  keys: [keys(false)],
  arguments: argumentsOf({ name: "sha1", type: "string" }),
  run: (c) => runSha(c, false),
});

export const evalShaRo = command({
  ...shared,
  name: "EVALSHA_RO",
  summary: "Runs a Lua script that the server knows and that reads only, by its SHA-1.",
  since: "7.0.0",
  flags: READING,
  keys: [keys(true)],
  arguments: argumentsOf({ name: "sha1", type: "string" }),
  run: (c) => runSha(c, true),
});
