/** DUMP and RESTORE. */

import type { Context } from "../context.ts";
import { command, keysAt } from "../define.ts";
import { errors } from "../../resp/errors.ts";

export const dump = command({
  name: "DUMP",
  summary: "Returns a key's value in the form that RESTORE takes.",
  since: "2.6.0",
  group: "generic",
  complexity: "O(N) where N is the number of elements that the key holds and of their bytes",
  arity: 2,
  flags: ["readonly"],
  keys: [keysAt(1, 1, 1, "RO", "access")],
  arguments: [{ name: "key", type: "key", keySpec: 0 }],
  tips: ["nondeterministic_output"],
  run(c) {
    const status = c.x.keyDump(c.db, 1);
    c.looked(status !== 0);
    if (status === 0) return c.reply.null();
    c.failed(status);
  },
});

interface RestoreOptions {
  replace: boolean;
  absolute: boolean;
  /** What the core's access clock of the key is to be. */
  access: number;
}

/** Bits of the access clock. */
const ACCESS_BITS = 0xffffffn;

/** Reads what stands behind the payload. @returns null when it was answered as wrong */
function readOptions(c: Context): RestoreOptions | null {
  const { core } = c;
  const options = { replace: false, absolute: false, access: core.at.RESTORE_FRESH >>> 0 };
  const usesLfu = core.u32[core.at.STAMPS] === core.at.STAMP_FREQUENCY;
  const clock = core.u32[core.at.ACCESS_CLOCK];
  let given = "";
  for (let i = 4; i < c.argc; i++) {
    const option = c.option(i);
    const takesValue = i + 1 < c.argc && (given === "" || given === option);
    if (option === "replace") options.replace = true;
    else if (option === "absttl") options.absolute = true;
    else if (option === "idletime" && takesValue) {
      const idleS = c.integer(++i);
      if (idleS === null) return null;
      if (idleS < 0) return wrong(c, "ERR Invalid IDLETIME value, must be >= 0");
      given = option;
      if (!usesLfu) options.access = Number(BigInt(clock) - core.resultBigint() & ACCESS_BITS);
    } else if (option === "freq" && takesValue) {
      const frequency = c.integer(++i);
      if (frequency === null) return null;
      if (frequency < 0 || frequency > 255) {
        return wrong(c, "ERR Invalid FREQ value, must be >= 0 and <= 255");
      }
      given = option;
      if (usesLfu) options.access = clock << 8 | frequency;
    } else return wrong(c, errors.syntax);
  }
  return options;
}

function wrong(c: Context, error: string): null {
  c.reply.error(error);
  return null;
}

/** Reads the time to live into RESULT_I64, as a point in time. @returns whether there is one; null: answered */
function readExpiry(c: Context, absolute: boolean): boolean | null {
  const ttl = c.integer(2);
  if (ttl === null) return null;
  if (ttl < 0) return wrong(c, "ERR Invalid TTL value, must be >= 0");
  // A sum that leaves 64 bits comes out in the past, as in Redis.
  if (!absolute) {
    c.core.setResult(BigInt.asIntN(64, c.core.resultBigint() + BigInt(c.server.nowMs)));
  }
  return ttl !== 0;
}

/** Propagates a key's time as a moment. */
function propagate(c: Context, status: number, isRelative: boolean, momentMs: bigint): void {
  if (status === c.core.at.RESTORE_DELETED) return c.instead(c.deletion, 1);
  if (!isRelative) return;
  const options = Array.from({ length: c.argc - 4 }, (_, i) => 4 + i);
  c.instead("RESTORE", 1, `${momentMs}`, 3, ...options, "ABSTTL");
}

function run(c: Context): void {
  const options = readOptions(c);
  if (options === null) return;
  if (c.x.keyPeek(c.db, 1) !== 0 && !options.replace) {
    return c.reply.error("BUSYKEY Target key name already exists.");
  }
  const expires = readExpiry(c, options.absolute);
  if (expires === null) return;
  const moment = c.core.resultBigint();
  const status = c.x.keyRestore(
    c.db,
    1,
    3,
    expires,
    options.access,
    c.server.snapshots.skipsChecksums,
  );
  const { at } = c.core;
  if (status === at.DUMP_WRONG) {
    return c.reply.error("ERR DUMP payload version or checksum are wrong");
  }
  if (status === at.RDB_BAD) return c.reply.error("ERR Bad data format");
  if (c.failed(status)) return;
  if (c.propagates) propagate(c, status, expires && !options.absolute, moment);
  if (status === at.RESTORE_MADE) {
    c.added(1);
    c.wrote(1, "g", "restore");
  } else if (status === at.RESTORE_DELETED) c.wrote(1, "g", "del");
  c.reply.ok();
}

const shared = {
  complexity:
    "O(N) where N is the number of elements made and of their bytes; O(N*log(N)) for a sorted set",
  arity: -4,
  keys: [keysAt(1, 1, 1, "OW", "update")],
  categories: ["dangerous"],
  history: [
    ["3.0.0", "`REPLACE` came."],
    ["5.0.0", "`ABSTTL` came."],
    ["5.0.0", "`IDLETIME` and `FREQ` came."],
  ],
  arguments: [
    { name: "key", type: "key", keySpec: 0 },
    { name: "ttl", type: "integer" },
    { name: "serialized-value", type: "string" },
    { name: "replace", type: "pure-token", token: "REPLACE", since: "3.0.0", optional: true },
    { name: "absttl", type: "pure-token", token: "ABSTTL", since: "5.0.0", optional: true },
    { name: "seconds", type: "integer", token: "IDLETIME", since: "5.0.0", optional: true },
    { name: "frequency", type: "integer", token: "FREQ", since: "5.0.0", optional: true },
  ],
  run,
} as const;

export const restore = command({
  ...shared,
  name: "RESTORE",
  summary: "Makes a key of what DUMP has returned.",
  since: "2.6.0",
  group: "generic",
  flags: ["write", "denyoom"],
});

export const restoreAsking = command({
  ...shared,
  name: "RESTORE-ASKING",
  summary: "RESTORE of a key that moves between the nodes of a cluster.",
  since: "3.0.0",
  group: "server",
  categories: ["dangerous", "keyspace"],
  syscmd: true,
  flags: ["write", "denyoom", "asking"],
});
