/** MIGRATE: moves keys to another server (cluster/migration). */

import { errors } from "../../resp/errors.ts";
import type { Context, Waiting } from "../context.ts";
import type { Move } from "../../propagation/migration.ts";
import { type Arguments, command, type KeyUse } from "../define.ts";

/** A key that is to be moved, and so deleted here. */
const moved = (index: number): KeyUse => ({ index, flags: ["RW", "access", "delete"] });

interface Options {
  /** Index of the first key behind KEYS, 0 where the key is argument 3. */
  firstKey: number;
  copy: boolean;
  replace: boolean;
  /** Arguments for AUTH. */
  credentials: number[];
}

/** @returns null when the options make no sense */
function readOptions(c: Arguments): Options | null {
  const options: Options = { firstKey: 0, copy: false, replace: false, credentials: [] };
  for (let i = 6; i < c.argc; i++) {
    const option = c.option(i);
    const more = c.argc - i - 1;
    if (option === "copy") options.copy = true;
    else if (option === "replace") options.replace = true;
    else if (option === "auth" && more >= 1) options.credentials = [++i];
    else if (option === "auth2" && more >= 2) options.credentials = [++i, ++i];
    else if (option === "keys") {
      options.firstKey = i + 1;
      break;
    } else return null;
  }
  return options;
}

/** Where the keys are: those behind the word KEYS, which no option before it takes for its own. */
function keysOfMigrate(c: Arguments): KeyUse[] {
  const first = readOptions(c)?.firstKey ?? 0;
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

function replyOutcome(c: Context, answer: string): void {
  if (answer === "OK" || answer === "NOKEY") c.reply.simple(answer);
  else c.reply.error(answer);
}

/** How the client waits for its keys to have been moved. */
function waitingFor(move: Move): Waiting {
  return {
    serve: (c) => {
      if (move.answer === null) return false;
      replyOutcome(c, move.answer);
      return true;
    },
    timedOut: (c) => {
      move.giveUp();
      replyOutcome(c, move.answer!);
    },
  };
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
    const options = readOptions(c);
    if (options === null) return c.reply.error(errors.syntax);
    if (options.firstKey !== 0 && c.core.argLen(3) !== 0) {
      return c.reply.error(
        "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
      );
    }
    const timeoutMs = c.integer(5);
    if (timeoutMs === null) return;
    const targetDb = c.integer(4);
    if (targetDb === null) return;
    const keys = keysOfMigrate(c).map(({ index }) => index).filter((index) => isThere(c, index));
    if (keys.length === 0) return c.reply.simple("NOKEY");
    if (c.connection.transaction !== null) {
      return c.reply.error(
        "ERR MIGRATE waits for its target, which nobody can in a transaction or a script",
      );
    }
    if (c.server.migrations === null) return c.reply.error("ERR This server has no network");
    const port = Number(c.word(2));
    const move = c.server.migrations.move(c, {
      host: c.word(1),
      port: Number.isInteger(port) ? port & 0xffff : 0,
      targetDb,
      timeoutMs: timeoutMs <= 0 ? 1000 : timeoutMs,
      credentials: options.credentials.map((index) => c.arg(index)),
      copy: options.copy,
      replace: options.replace,
      keys,
    });
    if (move === null) return c.reply.error(errors.memory);
    c.block(waitingFor(move), 0, 0, 0);
  },
});
