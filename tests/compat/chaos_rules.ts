/** Which of the random calls are sent, and what of their replies is compared. */

import type { SeededRandom } from "../support/random.ts";
import type { Appetite } from "./chaos.ts";
import type { Shape } from "./chaos_shapes.ts";
import { consumersOf } from "./consumers.ts";
import { KEYS, type RandomCommand } from "./random_commands.ts";

/** What ends, blocks or changes the whole server, or waits for somebody else; and what takes too long. */
const NEVER = new RegExp(
  "^(SHUTDOWN|DEBUG|MONITOR|SAVE|BGSAVE|BGREWRITEAOF|REPLICAOF|SLAVEOF|FAILOVER|SYNC|PSYNC|REPLCONF|" +
    "WAIT|WAITAOF|QUIT|AUTH|CLIENT (KILL|PAUSE|REPLY|NO-EVICT|UNPAUSE|TRACKING|CACHING)|" +
    "S?P?UN?SUBSCRIBE|S?P?SUBSCRIBE|CONFIG (SET|REWRITE|RESETSTAT)|PFSELFTEST|HELLO|RESET|" +
    "MIGRATE|MODULE|CLUSTER|ACL|SCRIPT|EVAL|FCALL|FUNCTION|LOLWUT)",
);
/** What tells of the server rather than of its keys: other tests compare it. */
const OF_THE_SERVER = new RegExp(
  "^(INFO|COMMAND|CONFIG|CLIENT|LATENCY|SLOWLOG|MEMORY|TIME|PUBSUB|SELECT|SWAPDB|FLUSHALL|FLUSHDB|" +
    "OBJECT (HELP|FREQ)|XGROUP HELP|XINFO HELP|MULTI|EXEC|PFDEBUG|LASTSAVE|ROLE|READONLY|READWRITE|ASKING)",
);

/** How replies are compared that are not errors; errors must be equal word for word. */
const MASKS: [RegExp, string][] = [
  [/^(SMEMBERS|SUNION|SINTER|SDIFF|HKEYS|HVALS|KEYS|SPOP)$/, "unordered"],
  [/^(SORT|SORT_RO)$/, "unordered"],
  [/^HGETALL$/, "pairs"],
  [/^(HRANDFIELD|SRANDMEMBER|ZRANDMEMBER)$/, "shape"],
  [/^(RANDOMKEY|SCAN|HSCAN|SSCAN|ZSCAN)$/, "type"],
  [/^(XINFO|XPENDING)/, "moments"],
  [/^GEO/, "decimals"],
  // How well it is compressed, and in which order a table is, is each server's own.
  [/^DUMP$/, "type"],
  // A small integer is as old as the server.
  [/^OBJECT IDLETIME/, "type"],
  // The real server shares small integers, but not those that it has copied.
  [/^OBJECT REFCOUNT/, "type"],
  // Counts what has expired and has not been looked at since.
  [/^DBSIZE$/, "near:5"],
  [/^OBJECT ENCODING/, "except:listpack|quicklist|hashtable"],
  [/^(TTL|EXPIRETIME)$/, "near:3"],
  [/^(PTTL|PEXPIRETIME)$/, "near:3000"],
];

/** Whether a word is a whole number between the two. */
function isBetween(word: string, low: number, high: number): boolean {
  const number = Number(word.replace(/^[#>+]+/, ""));
  return number >= low && number <= high;
}

/** What would fill this machine's memory, or go on for minutes. */
function isHuge(name: string, words: readonly string[]): boolean {
  if (/^(SETRANGE|SETBIT|BITFIELD)$/.test(name)) {
    return words.some((word) => isBetween(word, 1e6, 4294967295));
  }
  if (/RAND(MEMBER|FIELD)$/.test(name)) {
    return words.some((word) => isBetween(word, -9.2e18, -1001));
  }
  // The real server takes memory for as many entries before it looks whether there are any.
  if (name === "XAUTOCLAIM") return words.some((word) => isBetween(word, 1e6, 2 ** 63 / 16));
  return false;
}

const EXPIRING = /EXPIRE|^(SET|GETEX|SETEX|PSETEX|HSETEX|HGETEX|MSETEX|RESTORE)$/;
/**
 * What a moment within the run could decide: expiries that pass meanwhile, or are longer than another one that
 * was just as long when it was given; idle times.
 */
function isTimely(name: string, words: readonly string[]): boolean {
  const from = name === "SET" ? 3 : 2;
  if (/^P?EXPIRE$/.test(name) && words.slice(3).some((word) => /^[GL]T$/i.test(word))) return true;
  if (EXPIRING.test(name)) return words.slice(from).some((word) => isBetween(word, 1, 99_999));
  return /^(XCLAIM|XAUTOCLAIM)$/.test(name) && isBetween(words[4] ?? "", 1, 99_999) ||
    name === "XPENDING" && /^idle$/i.test(words[3] ?? "") && isBetween(words[4] ?? "", 1, 99_999);
}

/** What a hash table's order, or chance, would decide. */
function isByChance(name: string, words: readonly string[]): boolean {
  if (name === "SPOP") return !(words.length > 2 && isBetween(words[2], 1e6, 9.3e18));
  if (name === "XADD") return words.some((word) => word.includes("*"));
  if (!name.startsWith("SORT")) return false;
  const upper = words.map((word) => word.toUpperCase());
  return upper.includes("BY") && /STORE|LIMIT|GET/.test(upper.slice(2).join());
}

function maskOf(words: readonly string[]): string {
  const name = words.slice(0, 2).join(" ").toUpperCase();
  const found = MASKS.find(([pattern]) => pattern.test(words[0]) || pattern.test(name));
  return found === undefined ? "" : `success:${found[1]}`;
}

/** What newer versions than the oracle's take. */
function isNewer(name: string, words: readonly string[]): boolean {
  if (/^Z(REV)?RANK$/.test(name)) return words.length > 3;
  return name === "XREAD" && words.includes("+");
}

/** Ranges by members mean something only where all scores are the same. */
function sameScores(random: SeededRandom, words: string[]): string[][] {
  const key = words[words[0] === "ZRANGESTORE" ? 2 : 1];
  const members = Array.from({ length: random.pick([0, 3, 20, 200]) }, (_, i) => ["0", `m${i}`]);
  const made = members.length > 0 ? [["ZADD", key, ...members.flat()]] : [];
  return [["DEL", key], ...made, words];
}

/** LCS costs the product of its keys' lengths. */
function shortStrings(random: SeededRandom, words: string[]): string[][] {
  const [, a, b] = words;
  const made = [a, b].filter((key) => key !== undefined).map((
    key,
  ) => ["SET", key, `ab${random.below(9)}`]);
  return [...made, words];
}

/**
 * Any score out of a double's range (1e-320) in an earlier command makes the real server's SORT find fault
 * with good numbers, until a command that reads a long double clears its memory of it.
 */
const RANGE_FORGOTTEN: RandomCommand = { args: ["INCRBYFLOAT", "nowhere", "x"] };

/** Calls for both servers side by side: what only the clock, chance or the server decide is left out. */
export const sideBySide: Appetite = {
  edges: 0.12,
  spoilt: 0.2,
  serve(words, shape, random): RandomCommand[] {
    const name = words[0];
    const whole = words.slice(0, 2).join(" ");
    if (NEVER.test(whole) || OF_THE_SERVER.test(whole)) return [];
    if (isHuge(name, words) || isTimely(name, words) || isByChance(name, words)) return [];
    if (isNewer(name, words)) return [];
    if (words.some((word) => /LEX/i.test(word)) && words.length > 2) {
      return sameScores(random, words).map((args) => ({ args }));
    }
    if (name === "LCS") return shortStrings(random, words).map((args) => ({ args }));
    const command = { args: words, mask: maskOf(words) };
    if (name.startsWith("SORT")) return [RANGE_FORGOTTEN, command];
    // The distances in a sorted set are the real server's but for the last bit of one in a million.
    if (/^GEO/.test(name) && words.some((word) => /^STOREDIST$/i.test(word))) {
      return [command, { args: ["DEL", ...words.filter((word) => KEYS.includes(word))] }];
    }
    // 7.2 sets no ID below the highest that was deleted.
    if (name === "XSETID" && words.length > 1) {
      const fresh = [["DEL", words[1]], ["XADD", words[1], "1-1", "a", "b"], words];
      return fresh.map((args) => ({ args }));
    }
    const consumers = consumersOf(words).map((args) => ({ args }));
    if (!shape.isBlocking) return [...consumers, command];
    return [...consumers, { args: ["MULTI"] }, command, { args: ["EXEC"] }];
  },
};

/** Calls for one server that must only survive. */
export const alone: Appetite = {
  edges: 0.2,
  spoilt: 0.15,
  serve(words, shape, random): RandomCommand[] {
    const name = words[0];
    if (NEVER.test(words.slice(0, 2).join(" "))) return [];
    if (/^(FLUSHALL|FLUSHDB|MULTI|SELECT|SWAPDB)$/.test(name) && !random.chance(0.05)) return [];
    if (/RAND(MEMBER|FIELD)$/.test(name) && isHuge(name, words)) return [];
    if (name === "LCS") return shortStrings(random, words).map((args) => ({ args }));
    return shape.isBlocking
      ? [{ args: ["MULTI"] }, { args: words }, { args: ["EXEC"] }]
      : [{ args: words }];
  },
};

/** The databases that calls move and copy keys to, the one that they work on at the end. */
const DATABASES = ["1", "2", "0"];

/** What tells at the end of a sequence whether both servers hold the same. */
export const closing: RandomCommand[] = [
  // The digest counts a key that has expired until somebody comes across it.
  ...DATABASES.flatMap((database) => [
    { args: ["SELECT", database] },
    { args: ["SCAN", "0", "COUNT", "1000000"], mask: "unordered" },
  ]),
  ...KEYS.flatMap((key) => [
    { args: ["TYPE", key] },
    { args: ["PEXPIRETIME", key], mask: "near:3000" },
    { args: ["DEBUG", "DIGEST-VALUE", key] },
  ]),
  { args: ["DEBUG", "DIGEST"] },
  { args: ["FLUSHALL"] },
];

/** The commands that both servers have, with what the first tells of them. */
export function inCommon(first: readonly Shape[], second: readonly Shape[]): Shape[] {
  const known = new Set(second.map(({ words }) => words.join(" ")));
  return first.filter(({ words }) => known.has(words.join(" ")));
}
