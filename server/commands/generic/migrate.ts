/** MIGRATE, as far as there is nothing to move: no key of those named is there. */

import { errors } from "../../resp/errors.ts";
import type { Context } from "../context.ts";
import { type Arguments, command, type KeyUse } from "../define.ts";

/** A key that is to be moved, and so deleted here. */
const moved = (index: number): KeyUse => ({ index, flags: ["RW", "access", "delete"] });

/** Index of the first key behind KEYS, 0 where the key is argument 3; null when the options make no sense. */
function readOptions(c: Arguments): number | null {
  for (let i = 6; i < c.argc; i++) {
    const option = c.option(i);
    const more = c.argc - i - 1;
    if (option === "copy" || option === "replace") continue;
    if (option === "auth" && more >= 1) i++;
    else if (option === "auth2" && more >= 2) i += 2;
    else if (option === "keys") return i + 1;
    else return null;
  }
  return 0;
}

/** Where the keys are: those behind the word KEYS, which no option before it takes for its own. */
function keysOfMigrate(c: Arguments): KeyUse[] {
  const first = readOptions(c) ?? 0;
  if (first === 0) return [moved(3)];
  // Both ways of naming keys make no sense together.
  if (c.core.argLen(3) !== 0) return [];
  return Array.from({ length: c.argc - first }, (_, i) => moved(first + i));
}

function isThere(c: Context, karg: number): boolean {
  const found = c.x.keyPeek(c.db, karg) !== 0;
  c.looked(found, karg);
  return found;
}

export const migrate = command({
  name: "MIGRATE",
  summary: "Moves keys to another server.",
  since: "2.6.0",
  group: "generic",
  complexity: "O(N) where N is the size of the values",
  arity: -6,
  flags: ["write", "movablekeys"],
  categories: ["dangerous"],
  tips: ["nondeterministic_output"],
  keys: [
    {
      flags: ["RW", "access", "delete"],
      begin: 3,
      find: { last: 0, step: 1, limit: 0 },
    },
    {
      flags: ["RW", "access", "delete", "incomplete"],
      begin: { keyword: "KEYS", from: -2 },
      find: { last: -1, step: 1, limit: 0 },
    },
  ],
  getKeys: keysOfMigrate,
  history: [
    ["3.0.0", "Takes COPY and REPLACE."],
    ["3.0.6", "Takes KEYS."],
    ["4.0.7", "Takes AUTH."],
    ["6.0.0", "Takes AUTH2."],
  ],
  arguments: [
    { name: "host", type: "string" },
    { name: "port", type: "integer" },
    {
      name: "key_or_empty_string",
      type: "oneof",
      arguments: [
        { name: "key", type: "key", keySpec: 0 },
        { name: "empty_string", type: "pure-token", token: "" },
      ],
    },
    { name: "destination-db", type: "integer" },
    { name: "timeout", type: "integer" },
    { name: "copy", type: "pure-token", token: "COPY", since: "3.0.0", optional: true },
    { name: "replace", type: "pure-token", token: "REPLACE", since: "3.0.0", optional: true },
    {
      name: "authentication",
      type: "oneof",
      optional: true,
      arguments: [
        { name: "password", type: "string", token: "AUTH", since: "4.0.7", optional: true },
        {
          name: "username_password",
          type: "block",
          token: "AUTH2",
          since: "6.0.0",
          optional: true,
          arguments: [{ name: "username", type: "string" }, { name: "password", type: "string" }],
        },
      ],
    },
    {
      name: "key",
      type: "key",
      keySpec: 1,
      token: "KEYS",
      since: "3.0.6",
      optional: true,
      multiple: true,
    },
  ],
  secrets(c) {
    for (let i = 6; i + 1 < c.argc; i++) {
      const option = c.option(i);
      if (option === "auth") return [i + 1];
      if (option === "auth2") return i + 2 < c.argc ? [i + 1, i + 2] : [i + 1];
      if (option === "keys") break;
    }
    return [];
  },
  run(c) {
    const first = readOptions(c);
    if (first === null) return c.reply.error(errors.syntax);
    if (first !== 0 && c.core.argLen(3) !== 0) {
      return c.reply.error(
        "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
      );
    }
    if (c.integer(5) === null || c.integer(4) === null) return;
    let some = false;
    for (const { index } of keysOfMigrate(c)) some = isThere(c, index) || some;
    if (!some) return c.reply.simple("NOKEY");
    c.reply.error("ERR Keys cannot be moved to another server yet");
  },
});
