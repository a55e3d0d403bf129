/** DEBUG: for tests of servers and clients. */

import { permits } from "../../net/protected_mode.ts";
import { globMatches } from "../../config/glob.ts";
import type { Context } from "../context.ts";
import { command } from "../define.ts";
import { isSharedInteger, SHARED_REFERENCES } from "../generic/object.ts";
import { encodingNames } from "../generic/types.ts";
import { type HelpEntry, replyHelp } from "../help.ts";
import { rewriteConfig } from "./config.ts";
import { debugProtocol } from "./debug_protocol.ts";
import { debugFlushSleep, debugLoadAof, debugReload } from "./debug_reload.ts";
import { populate } from "./debug_populate.ts";
import { entryAt, htstatsKey, listpack, quicklist, sdslen, tableText } from "./debug_values.ts";

const NOT_ALLOWED =
  'ERR DEBUG command not allowed. If the enable-debug-command option is set to "local", you can run ' +
  "it from a local connection, otherwise you need to set this option in the configuration file, and " +
  "then restart the server.";

/** Most of an error's text that DEBUG ERROR replies with. */
const SHOWN_BYTES = 65536;

/** Number at a string's start, as C's atoi and strtod read it; 0 where there is none. */
function leadingNumber(text: string): number {
  return Number.parseFloat(text) || 0;
}

/** Stops the whole server: that is what it is for. */
function sleep(c: Context): void {
  const ms = leadingNumber(c.shown(2, 1024)) * 1000;
  if (ms > 0) c.server.timers.hold(ms);
  c.reply.ok();
}

/** What DEBUG OBJECT tells of a quicklist beyond other values; nothing of others. */
function quicklistFields(c: Context, entry: number): string {
  if (encodingNames[c.x.encodingOf(entry)] !== "quicklist") return "";
  const { values } = c.server.config;
  const nodes = c.x.listNodes(entry);
  const bytes = c.core.resultNumber();
  const average = c.x.listElements(entry) / nodes;
  return ` ql_nodes:${nodes} ql_avg_node:${average.toFixed(2)} ` +
    `ql_listpack_max:${values["list-max-listpack-size"]} ` +
    `ql_compressed:${values["list-compress-depth"] === 0 ? 0 : 1} ql_uncompressed_size:${bytes}`;
}

function object(c: Context): void {
  const entry = entryAt(c);
  if (entry === 0) return;
  const { core } = c;
  const access = c.x.accessOf(entry);
  const clock = core.u32[core.at.ACCESS_CLOCK];
  const isLfu = core.u32[core.at.STAMPS] === core.at.STAMP_FREQUENCY;
  const references = isSharedInteger(c, entry) ? SHARED_REFERENCES : 1;
  const idleS = isLfu ? 0 : (clock - access) & 0xffffff;
  const use = isLfu
    ? `lfu_freq:${c.x.lfuCounter(entry)} lfu_access_time_minutes:${access >>> 8}`
    : `lru_seconds_idle:${idleS}`;
  c.reply.simple(
    `Value at:0x${entry.toString(16)} refcount:${references} ` +
      `encoding:${encodingNames[c.x.encodingOf(entry)]} ` +
      `serializedlength:${c.x.serializedBytes(entry)} lru:${access} ${use}${
        quicklistFields(c, entry)
      }`,
  );
}

/** How full the tables of a database are. */
function htstats(c: Context): void {
  const db = c.integer(2);
  if (db === null) return;
  if (db < 0 || db >= c.core.u32[c.core.at.DATABASE_COUNT]) {
    return c.reply.error("ERR Out of range database");
  }
  const table = (title: string, elements: number, bytes: number) =>
    `[${title} HT]\nHash table 0 stats (main hash table):\n${tableText(elements, bytes)}`;
  c.reply.verbatim(
    table("Dictionary", c.x.databaseSize(db), c.x.keysTableBytes(db)) +
      table("Expires", c.x.expiresSize(db), c.x.expiresTableBytes(db)),
  );
}

/** Random patterns against random texts: the matcher must come to an end. */
function stringmatchTest(c: Context): void {
  const letters = "ab*?[]\\^-";
  const word = () => {
    const bytes = c.server.random.bytes(1 + c.server.random.bytes(1)[0] % 24);
    return Array.from(bytes, (byte) => letters[byte % letters.length]).join("");
  };
  for (let i = 0; i < 1000; i++) globMatches(word(), word());
  c.reply.simple("Apparently Etna did not crash: test passed");
}

function quicklistPackedThreshold(c: Context): void {
  const value = /^(\d+)(b|k|kb|m|mb|g|gb)?$/i.exec(c.word(2));
  const unit = { b: 0, k: 1, m: 2, g: 3 }[value?.[2]?.[0].toLowerCase() ?? "b"]!;
  if (value === null || Number(value[1]) * 1024 ** unit >= 2 ** 32) {
    return c.reply.error("ERR argument must be a memory value bigger than 1 and smaller than 4gb");
  }
  // Every quicklist node here is packed or plain by its own rule.
  c.reply.ok();
}

/** What tells the sizes of reply buffers, which are as they are here. */
function replybuffer(c: Context): void {
  const what = c.option(2);
  if (what === "resizing") return c.reply.ok();
  if (what !== "peak-reset-time") return c.reply.error(unknownUse(c));
  const when = c.option(3);
  if (when === "never" || when === "reset" || c.integer(3) !== null) c.reply.ok();
}

/** How much memory the clients take that can be evicted for it. */
function clientEviction(c: Context): void {
  const { clientMemory, clients } = c.server;
  if (!clientMemory.isLimited) {
    return c.reply.error("ERR maxmemory-clients is disabled.");
  }
  let text = "";
  for (const connection of clients.all.values()) {
    clientMemory.note(connection);
    text += `client ${connection.id}: ${connection.countedBytes} bytes\n`;
  }
  c.reply.verbatim(text);
}

function crash(c: Context, signal: "SIGABRT" | "SIGSEGV"): void {
  if (c.server.onCrash === null) return c.reply.error("ERR This server's process is another's");
  c.server.onCrash(signal);
}

function unknownUse(c: Context): string {
  const name = c.shown(1, 128);
  return `ERR unknown subcommand or wrong number of arguments for '${name}'. Try DEBUG HELP.`;
}

interface Subcommand {
  /** Arguments with both names: exactly, or at least and at most. */
  argc: number | readonly [number, number];
  run: (c: Context) => void;
  help: HelpEntry;
}

const subcommands: Record<string, Subcommand> = {
  "change-repl-id": {
    argc: 2,
    run: (c) => {
      c.server.role.renew();
      c.reply.ok();
    },
    help: ["CHANGE-REPL-ID", "Gives the data set another replication ID."],
  },
  "config-rewrite-force-all": {
    argc: 2,
    run: (c) => {
      if (c.server.configFiles.path !== undefined) return rewriteConfig(c, true);
      c.reply.error("ERR CONFIG-REWRITE-FORCE-ALL failed: Bad address");
    },
    help: [
      "CONFIG-REWRITE-FORCE-ALL",
      "CONFIG REWRITE of all options, those at their defaults too.",
    ],
  },
  "digest": {
    argc: 2,
    run: (c) => c.x.digestAll(),
    help: ["DIGEST", "Forty digits that data sets have in common when they are the same."],
  },
  "digest-value": {
    argc: [2, Infinity],
    run: (c) => c.x.digestKeys(c.db, 2, c.argc),
    help: ["DIGEST-VALUE [<key> ...]", "The same of the values of single keys."],
  },
  "error": {
    argc: 3,
    // Not an error of the server: it is counted nowhere.
    run: (c) => {
      const text = c.core.binary(c.core.argPtr(2), Math.min(c.core.argLen(2), SHOWN_BYTES));
      c.reply.raw(`-${text.replace(/[\r\n]/g, " ")}\r\n`);
    },
    help: ["ERROR <text>", "Replies with an error of that text."],
  },
  "client-eviction": {
    argc: 2,
    run: clientEviction,
    help: ["CLIENT-EVICTION", "Memory of each client that maxmemory-clients looks at."],
  },
  "listpack": {
    argc: 3,
    run: listpack,
    help: ["LISTPACK <key>", "Writes to the log how a value is kept that is a listpack."],
  },
  "pause-cron": {
    argc: 3,
    run: (c) => {
      c.server.cronJobs.paused = Math.trunc(leadingNumber(c.shown(2, 1024))) !== 0;
      c.reply.ok();
    },
    help: ["PAUSE-CRON <0|1>", "With 1 nothing happens by itself any more; 0 goes back to normal."],
  },
  "log": {
    argc: 3,
    run: (c) => {
      c.server.log.warning(`DEBUG LOG: ${c.shown(2, 1024)}`);
      c.reply.ok();
    },
    help: ["LOG <message>", "Writes a message to the log."],
  },
  "htstats": {
    argc: 3,
    run: htstats,
    help: ["HTSTATS <dbid>", "How full the tables of a database are."],
  },
  "htstats-key": {
    argc: 3,
    run: htstatsKey,
    help: ["HTSTATS-KEY <key>", "The same of the table that a value is kept in."],
  },
  "object": {
    argc: 3,
    run: object,
    help: ["OBJECT <key>", "How a key's value is kept."],
  },
  "populate": {
    argc: [3, 5],
    run: populate,
    help: [
      "POPULATE <count> [<prefix>] [<size>]",
      "Makes <count> strings named <prefix>:<n> (key:<n>), of <size> bytes if given.",
    ],
  },
  "protocol": {
    argc: 3,
    run: debugProtocol,
    help: [
      "PROTOCOL <type>",
      "Replies with a value of a type: string, integer, double, bignum, null, array, set,",
      "map, attrib, push, verbatim, true, false.",
    ],
  },
  "quicklist-packed-threshold": {
    argc: 3,
    run: quicklistPackedThreshold,
    help: ["QUICKLIST-PACKED-THRESHOLD <size>", "Accepted and without effect."],
  },
  "loadaof": {
    argc: [2, Infinity],
    run: debugLoadAof,
    help: ["LOADAOF", "Writes what waits to the append-only file, and loads the files again."],
  },
  "aof-flush-sleep": {
    argc: 3,
    run: debugFlushSleep,
    help: [
      "AOF-FLUSH-SLEEP <microseconds>",
      "Has each write to the append-only file wait so long.",
    ],
  },
  "reload": {
    argc: [2, Infinity],
    run: debugReload,
    help: [
      "RELOAD [NOSAVE] [NOFLUSH] [MERGE]",
      "Saves the data set and loads it again: NOSAVE loads what is on disk, NOFLUSH keeps what is",
      "in memory, MERGE lets the keys of the file win.",
    ],
  },
  "quicklist": {
    argc: [3, 4],
    run: quicklist,
    help: ["QUICKLIST <key> [<0|1>]", "Writes to the log how a list is kept."],
  },
  "replybuffer": {
    argc: 4,
    run: replybuffer,
    help: [
      "REPLYBUFFER PEAK-RESET-TIME <NEVER|RESET|ms>",
      "REPLYBUFFER RESIZING <0|1>",
      "Accepted and without effect.",
    ],
  },
  "sdslen": {
    argc: 3,
    run: sdslen,
    help: ["SDSLEN <key>", "Lengths of a key and of its string."],
  },
  "segfault": {
    argc: 2,
    run: (c) => crash(c, "SIGSEGV"),
    help: ["SEGFAULT", "Ends the process as an access to memory that is not there would."],
  },
  "panic": {
    argc: 2,
    run: (c) => crash(c, "SIGABRT"),
    help: ["PANIC", "Ends the process as a failed assertion would."],
  },
  "set-active-expire": {
    argc: 3,
    run: (c) => {
      c.server.expiry.active = Math.trunc(leadingNumber(c.shown(2, 1024))) !== 0;
      c.reply.ok();
    },
    help: [
      "SET-ACTIVE-EXPIRE <0|1>",
      "With 0 keys that nobody asks for stay when they expire; 1 goes back to normal.",
    ],
  },
  "set-skip-checksum-validation": {
    argc: 3,
    run: (c) => {
      c.server.snapshots.skipsChecksums = Math.trunc(leadingNumber(c.shown(2, 1024))) !== 0;
      c.reply.ok();
    },
    help: [
      "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
      "With 1 checksums of RDB files and RESTORE's payloads are not looked at.",
    ],
  },
  "sleep": {
    argc: 3,
    run: sleep,
    help: ["SLEEP <seconds>", "Stops the server for a time; a fraction is allowed."],
  },
  "stringmatch-test": {
    argc: 2,
    run: stringmatchTest,
    help: ["STRINGMATCH-TEST", "Tries the pattern matcher on random patterns."],
  },
  "structsize": {
    argc: 2,
    run: (c) => c.reply.bulk("bits:32 entry:8 bucket:64 table:32 chunk:16 slab:64 "),
    help: ["STRUCTSIZE", "Bytes of the core's structures."],
  },
};

export const debug = command({
  name: "DEBUG",
  summary: "What tests of servers and clients need.",
  since: "1.0.0",
  group: "server",
  complexity: "Depends on the subcommand",
  syscmd: true,
  arity: -2,
  flags: ["admin", "noscript", "loading", "stale"],
  run(c) {
    if (!permits(c.server.config, c.connection, "enable-debug-command")) {
      return c.reply.error(NOT_ALLOWED);
    }
    const name = c.option(1);
    if (name === "help" && c.argc === 2) {
      return replyHelp(c, Object.values(subcommands).map(({ help }) => help));
    }
    const found = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
    const [least, most] = typeof found?.argc === "number"
      ? [found.argc, found.argc]
      : found?.argc ??
        [Infinity, 0];
    if (found !== undefined && c.argc >= least && c.argc <= most) return found.run(c);
    c.reply.error(unknownUse(c));
  },
});
