/** TTL, PTTL, EXPIRETIME, PEXPIRETIME and PERSIST. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";

/** What those that read share. */
const shared = {
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["readonly", "fast"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
} satisfies Partial<CommandSpec>;

const ttlHistory: CommandSpec["history"] = [["2.8.0", "-2 tells of an absent key."]];

/** @param kind TTL_* of the core */
function replyTtl(c: Context, kind: number): void {
  c.looked(c.x.keyTtl(c.db, 1, kind));
}

export const ttl = command({
  ...shared,
  name: "TTL",
  summary: "Returns the seconds that a key has left; -1: it does not expire, -2: it is not there.",
  since: "1.0.0",
  tips: ["nondeterministic_output"],
  history: ttlHistory,
  run: (c) => replyTtl(c, c.core.at.TTL_SECONDS),
});

export const pttl = command({
  ...shared,
  name: "PTTL",
  summary: "Returns the milliseconds that a key has left; -1 and -2 as TTL.",
  since: "2.6.0",
  tips: ["nondeterministic_output"],
  history: ttlHistory,
  run: (c) => replyTtl(c, c.core.at.TTL_MS),
});

export const expiretime = command({
  ...shared,
  name: "EXPIRETIME",
  summary: "Returns when a key expires, as Unix time in seconds; -1 and -2 as TTL.",
  since: "7.0.0",
  run: (c) => replyTtl(c, c.core.at.TTL_ABSOLUTE),
});

export const pexpiretime = command({
  ...shared,
  name: "PEXPIRETIME",
  summary: "Returns when a key expires, as Unix time in milliseconds; -1 and -2 as TTL.",
  since: "7.0.0",
  run: (c) => replyTtl(c, c.core.at.TTL_ABSOLUTE | c.core.at.TTL_MS),
});

export const persist = command({
  name: "PERSIST",
  summary: "Takes a key's expiry away.",
  since: "2.2.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["write", "fast"],
  keys: [keysAt(1, 1, 1, "RW", "update")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  run(c) {
    const status = c.x.keyPersist(c.db, 1);
    if (c.failed(status)) return;
    if (status === 1) c.wrote(1, "g", "persist");
    c.reply.number(status === 1 ? 1 : 0);
  },
});
