/** OBJECT and its subcommands: how a key is kept. They count as reads, but not as uses of the key. */

import type { Context } from "../context.ts";
import { command, type CommandSpec, keysAt } from "../define.ts";
import { replyHelp } from "../help.ts";
import { encodingNames, typeNames } from "./types.ts";

/** What the subcommands that look at a key share. */
const shared = {
  group: "generic",
  complexity: "O(1)",
  arity: 3,
  flags: ["readonly"],
  keys: [keysAt(2, 2, 1, "RO")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  tips: ["nondeterministic_output"],
} satisfies Partial<CommandSpec>;

const SWITCHING = "Please note that when switching between policies at runtime LRU and LFU data " +
  "will take some time to adjust.";
const ACCESS_BITS = 0xffffff;
/** Redis keeps one object for each integer below this and tells this count of references. */
const SHARED_INTEGERS = 10000;
export const SHARED_REFERENCES = 2 ** 31 - 1;

/** The entry of the key that a subcommand asks about; 0, answered with null, when it is absent. */
function lookedAt(c: Context): number {
  const entry = c.x.keyPeek(c.db, 2);
  // A miss is counted, but no event.
  if (entry !== 0) c.server.stats.hits++;
  else {
    c.server.stats.misses++;
    c.reply.null();
  }
  return entry;
}

function usesLfu(c: Context): boolean {
  return c.server.config.values["maxmemory-policy"].includes("lfu");
}

const encoding = command({
  ...shared,
  name: "ENCODING",
  summary: "Returns the name of the encoding that a key's value is kept in.",
  since: "2.2.3",
  run(c) {
    const entry = lookedAt(c);
    if (entry !== 0) c.reply.binary(encodingNames[c.x.encodingOf(entry)]);
  },
});

const freq = command({
  ...shared,
  name: "FREQ",
  summary: "Returns the logarithmic counter of a key's uses.",
  since: "4.0.0",
  run(c) {
    const entry = lookedAt(c);
    if (entry === 0) return;
    if (usesLfu(c)) return c.reply.number(c.x.lfuCounter(entry));
    c.reply.error(
      `ERR An LFU maxmemory policy is not selected, access frequency not tracked. ${SWITCHING}`,
    );
  },
});

const idletime = command({
  ...shared,
  name: "IDLETIME",
  summary: "Returns the seconds since a key was last used.",
  since: "2.2.3",
  run(c) {
    const entry = lookedAt(c);
    if (entry === 0) return;
    if (usesLfu(c)) {
      return c.reply.error(
        `ERR An LFU maxmemory policy is selected, idle time not tracked. ${SWITCHING}`,
      );
    }
    const clock = c.core.u32[c.core.at.ACCESS_CLOCK];
    c.reply.number((clock - c.x.accessOf(entry)) & ACCESS_BITS);
  },
});

const refcount = command({
  ...shared,
  name: "REFCOUNT",
  summary: "Returns 1, or the count that Redis tells of small integers, which it shares.",
  since: "2.2.3",
  run(c) {
    const entry = lookedAt(c);
    if (entry !== 0) c.reply.number(isSharedInteger(c, entry) ? SHARED_REFERENCES : 1);
  },
});

/** Whether Redis would keep this value once for all keys: eviction by use needs a clock per key. */
export function isSharedInteger(c: Context, entry: number): boolean {
  const isString = typeNames[c.x.typeOf(entry)] === "string";
  if (!isString || encodingNames[c.x.encodingOf(entry)] !== "int") return false;
  const { maxmemory, "maxmemory-policy": policy } = c.server.config.values;
  if (maxmemory !== 0 && /lru|lfu|lrm/.test(policy)) return false;
  const value = c.x.integerOf(entry);
  return value >= 0 && value < SHARED_INTEGERS;
}

const help = command({
  name: "HELP",
  summary: "Returns what the subcommands are.",
  since: "6.2.0",
  group: "generic",
  complexity: "O(1)",
  arity: 2,
  flags: ["loading", "stale"],
  run: (c) =>
    replyHelp(c, [
      ["ENCODING <key>", "The encoding that the value of <key> is kept in."],
      [
        "FREQ <key>",
        "How often <key> is used, on a logarithmic scale; with an LFU maxmemory-policy.",
      ],
      ["IDLETIME <key>", "The seconds since <key> was last used; not with an LFU policy."],
      ["REFCOUNT <key>", "How many keys share the value of <key>."],
    ]),
});

export const object = command({
  name: "OBJECT",
  summary: "Shows how a key is kept.",
  since: "2.2.3",
  group: "generic",
  complexity: "Depends on the subcommand",
  arity: -2,
  flags: [],
  subcommands: [encoding, freq, help, idletime, refcount],
});
