/**
 * Random commands about the server itself with arguments that make no sense: what matters are the words of
 * the errors, and which of several mistakes is told of.
 */

import { SeededRandom } from "../../../tests/support/random.ts";
import type { RandomCommand } from "../../../tests/compat/random_commands.ts";

/** Keys of every type; "srv:none" is not there. */
const KEYS = [
  "srv:string",
  "srv:list",
  "srv:hash",
  "srv:set",
  "srv:zset",
  "srv:stream",
  "srv:none",
];

const HOSTILE = [
  ...["", "0", "-1", "1", "x", "1.5", "nan", "inf", " 1", "1 ", "+1", "01", "0x10", "1e3", "-0"],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "4294967296"],
  ...["\x00", "a\x00b", "1\x00", "a b", "a\r\nb", "'", '"', "%s%n", "*", "[", "\\", "\xff\xfe"],
  ...["w".repeat(70), "w".repeat(200), "on", "off", "yes", "no", "maybe", "ALL", "get", "help"],
];

type Pick = (random: SeededRandom) => string;

const hostile: Pick = (random) => random.pick(HOSTILE);
const key: Pick = (random) => random.pick(KEYS);
/** One of the words in some case, or something else. */
const oneOf = (...words: string[]): Pick => (random) => {
  if (random.chance(0.15)) return hostile(random);
  const word = random.pick(words);
  return random.chance(0.3) ? word.toLowerCase() : word;
};
const number: Pick = (random) => random.chance(0.5) ? `${random.between(0, 20)}` : hostile(random);

/** What a command looks like, and how much of a reply that is no error must be the same. */
interface Form {
  words: readonly (string | Pick)[];
  mask?: string;
}

const form = (mask: string | undefined, ...words: (string | Pick)[]): Form => ({ words, mask });
/** Replies that are no errors depend on the server, or on the run. */
const rough = (...words: (string | Pick)[]): Form => form("success:type", ...words);
const exact = (...words: (string | Pick)[]): Form => form(undefined, ...words);

/** GETKEYS of a name alone is refused in other words since 7.2; the fixed cases have them. */
const ANY_ERROR = "except:ERR .*";

/** Options with values that no server takes; what could be taken would change what follows. */
const SETTINGS: [string, string[]][] = [
  ["maxmemory", ["x", "-1", "1.5", "99999999999999999999", "1zb", "", "1 gb"]],
  ["maxmemory-policy", ["bogus", "", "noeviction x", "lru"]],
  ["hz", ["x", "1.5", "", "1 2", "99999999999999999999"]],
  ["timeout", ["x", "-1", "1.5", "2147483648"]],
  ["tcp-keepalive", ["x", "-1", "2147483648"]],
  ["list-max-listpack-size", ["x", "1.5", "2147483648"]],
  ["hash-max-listpack-entries", ["x", "-1", "1.5"]],
  ["appendonly", ["maybe", "", "1", "true"]],
  ["save", ["x", "1", "1 2 3", "a b", "-1 1", "1 -1"]],
  ["client-output-buffer-limit", [
    "x",
    "normal 0 0",
    "bogus 0 0 0",
    "normal -1 0 0",
    "normal a 0 0",
  ]],
  ["notify-keyspace-events", ["Q", "KEAq", "kea"]],
  ["loglevel", ["x", "", "0"]],
  ["latency-tracking-info-percentiles", ["x", "101", "-1", "50 x"]],
  ["slowlog-log-slower-than", ["x", "1.5"]],
  ["slowlog-max-len", ["x", "-1"]],
  ["maxclients", ["x", "0", "-1", "1.5"]],
  ["proto-max-bulk-len", ["x", "-1", "1"]],
  ["databases", ["1", "x"]],
  ["daemonize", ["yes", "no"]],
  ["port", ["x", "-1", "65536"]],
  ["dir", ["/nonexistent/place", ""]],
  ["lfu-decay-time", ["x", "-1"]],
  ["nosuchoption", ["1"]],
  ["max*", ["1"]],
  ["", [""]],
];
const setting = (random: SeededRandom): string[] => {
  const [name, values] = random.pick(SETTINGS);
  return [random.chance(0.2) ? name.toUpperCase() : name, random.pick(values)];
};

/** HELP is in words of its own. */
const encodingOrCount: Pick = (random) => random.pick(["ENCODING", "refcount", "x", "\x00", ""]);

const KILL_FILTERS = ["ID", "ADDR", "LADDR", "TYPE", "USER", "bogus"];
/** Never the client itself: its own type is not among them. */
const killValue: Pick = (random) =>
  random.pick(["0", "x", "-1", "1.2.3.4:5", "pubsub", "master", "bogus", "nosuch", "", "999999"]);

const FORMS: [number, Form][] = [
  [2, exact("CLIENT", "CACHING", oneOf("YES", "NO"))],
  [2, exact("CLIENT", oneOf("GETNAME", "GETREDIR", "UNPAUSE"), hostile)],
  [2, rough("CLIENT", oneOf("ID", "INFO", "HELP", "TRACKINGINFO"), hostile)],
  [4, exact("CLIENT", "KILL", oneOf(...KILL_FILTERS), killValue)],
  [
    2,
    exact("CLIENT", "KILL", oneOf(...KILL_FILTERS), killValue, oneOf(...KILL_FILTERS), killValue),
  ],
  [1, exact("CLIENT", "KILL", killValue)],
  [3, rough("CLIENT", "LIST", oneOf("TYPE", "ID", "bogus"), hostile)],
  [1, rough("CLIENT", "LIST", "ID", number, number)],
  [2, exact("CLIENT", "NO-EVICT", oneOf("ON", "OFF"))],
  [2, exact("CLIENT", "PAUSE", (random) => random.pick(["x", "-1", "", "1.5", "0"]), hostile)],
  [1, exact("CLIENT", "REPLY", (random) => random.pick(["x", "", "ON", "o\x00n"]))],
  [2, exact("CLIENT", "SETNAME", hostile)],
  [3, exact("CLIENT", "UNBLOCK", number, oneOf("TIMEOUT", "ERROR"))],
  [3, exact("CLIENT", "TRACKING", "OFF", oneOf("BCAST", "NOLOOP", "PREFIX"), number)],
  [3, rough("CONFIG", "GET", oneOf("maxmemory", "max*", "save", "[m]ax*"))],
  [2, rough("CONFIG", oneOf("RESETSTAT", "HELP"), hostile)],
  [1, exact("CONFIG", "REWRITE", hostile)],
  [
    4,
    rough("COMMAND", oneOf("INFO", "DOCS"), oneOf("get", "config|get", "config|nosuch", "nosuch")),
  ],
  [
    2,
    form(ANY_ERROR, "COMMAND", "GETKEYS", oneOf("GET", "SET", "MSET", "nosuch"), hostile, hostile),
  ],
  [
    3,
    form(
      ANY_ERROR,
      "COMMAND",
      "GETKEYS",
      oneOf("ZUNIONSTORE", "SINTERCARD", "LMPOP"),
      number,
      key,
      key,
    ),
  ],
  [
    2,
    form(ANY_ERROR, "COMMAND", "GETKEYS", oneOf("XREAD", "SORT", "BITOP", "PFMERGE"), hostile, key),
  ],
  [2, form(ANY_ERROR, "COMMAND", "GETKEYSANDFLAGS", oneOf("GET", "SET", "MSET", "SORT"), hostile)],
  [2, rough("COMMAND", "LIST", oneOf("FILTERBY"), oneOf("ACLCAT", "PATTERN", "MODULE"), hostile)],
  [1, rough("COMMAND", oneOf("COUNT", "HELP", "LIST"), hostile)],
  [3, form("except:listpack|quicklist", "OBJECT", encodingOrCount, key)],
  [2, rough("OBJECT", oneOf("IDLETIME", "FREQ", "HELP"), key, hostile)],
  [2, rough("OBJECT", oneOf("IDLETIME", "FREQ"), key)],
  [3, rough("MEMORY", "USAGE", key, oneOf("SAMPLES"), number)],
  [2, rough("MEMORY", oneOf("DOCTOR", "STATS", "PURGE", "MALLOC-STATS", "HELP"), hostile)],
  [3, rough("LATENCY", oneOf("HISTORY", "GRAPH", "RESET", "HISTOGRAM"), hostile)],
  [2, rough("LATENCY", oneOf("LATEST", "DOCTOR", "HELP"), hostile)],
  [3, rough("SLOWLOG", oneOf("GET", "LEN", "RESET", "HELP"), hostile)],
  [1, rough("SLOWLOG", "GET", number)],
  [2, rough("DEBUG", oneOf("OBJECT", "HTSTATS-KEY", "SDSLEN", "DIGEST-VALUE"), key)],
  [2, rough("DEBUG", oneOf("HTSTATS", "PROTOCOL", "ERROR", "REPLYBUFFER"), hostile)],
  [1, rough("DEBUG", oneOf("CHANGE-REPL-ID", "DIGEST", "LOG", "PAUSE-CRON"), hostile, hostile)],
  [3, exact("PUBSUB", oneOf("CHANNELS", "SHARDCHANNELS"), hostile)],
  [2, exact("PUBSUB", oneOf("NUMSUB", "SHARDNUMSUB", "NUMPAT"), hostile, hostile)],
  [4, exact("XGROUP", "CREATE", key, oneOf("g"), oneOf("$", "0", "5-1"), oneOf("MKSTREAM"))],
  [2, exact("XGROUP", "CREATE", key, oneOf("g"), oneOf("$"), oneOf("ENTRIESREAD"), number)],
  [3, exact("XGROUP", "SETID", key, oneOf("g"), oneOf("$", "0", "5-1"))],
  [3, exact("XGROUP", oneOf("CREATECONSUMER", "DELCONSUMER"), key, oneOf("g"), oneOf("c"))],
  [2, exact("XGROUP", oneOf("DESTROY"), key, oneOf("g"))],
  [3, rough("XINFO", oneOf("STREAM", "GROUPS"), key)],
  [3, rough("XINFO", "STREAM", key, oneOf("FULL"), oneOf("COUNT"), number)],
  [2, rough("XINFO", "CONSUMERS", key, oneOf("g"))],
  [1, rough(oneOf("XINFO", "XGROUP", "PUBSUB", "OBJECT"), oneOf("HELP", "bogus"), hostile)],
  [2, exact("SELECT", number)],
  [2, exact("SWAPDB", number, number)],
  [1, exact(oneOf("FLUSHALL", "FLUSHDB"), (random) => random.pick(["x", "", "ASYNC SYNC"]))],
  [1, exact("SHUTDOWN", (random) => random.pick(["x", "ABORT", ""]), "NOSAVE")],
  [1, exact("HELLO", (random) => random.pick(["1", "4", "x", "", "2.0", "-3"]), hostile)],
  [1, rough("HELLO", (random) => random.pick(["2", "3"]), oneOf("AUTH", "SETNAME"))],
  [1, exact("WAIT", (random) => random.pick(["x", "0", "-1", "1.5"]), hostile)],
  [1, rough(oneOf("TIME", "LASTSAVE", "LOLWUT", "INFO", "DBSIZE"), hostile)],
  [1, exact(oneOf("ECHO", "PING", "AUTH"), hostile)],
  [1, exact(oneOf("PUBLISH", "SPUBLISH"), hostile, hostile)],
];
const TOTAL_WEIGHT = FORMS.reduce((sum, [weight]) => sum + weight, 0);

function randomCommand(random: SeededRandom): RandomCommand {
  if (random.chance(0.12)) {
    const pairs = random.chance(0.7) ? setting(random) : [...setting(random), ...setting(random)];
    return { args: ["CONFIG", "SET", ...pairs.slice(0, random.chance(0.95) ? 99 : -1)] };
  }
  let at = random.nextUint32() / 2 ** 32 * TOTAL_WEIGHT;
  const [, { words, mask }] = FORMS.find(([weight]) => (at -= weight) < 0) ?? FORMS[0];
  const args = words.map((word) => typeof word === "string" ? word : word(random));
  // Too few, too many.
  const count = random.below(10);
  if (count === 0) args.splice(-1);
  else if (count === 1) args.push(hostile(random));
  return { args, ...(mask === undefined ? {} : { mask }) };
}

const SET_UP: string[][] = [
  ["SET", "srv:string", "v"],
  ["RPUSH", "srv:list", "1"],
  ["HSET", "srv:hash", "f", "v"],
  ["SADD", "srv:set", "1", "2"],
  ["ZADD", "srv:zset", "1", "m"],
  ["XADD", "srv:stream", "1-1", "f", "v"],
];

/** A sequence that the seed alone determines. */
export function randomServerCommands(seed: number, count: number): RandomCommand[] {
  const random = new SeededRandom(seed);
  const commands = Array.from({ length: count }, () => randomCommand(random));
  return [
    ...SET_UP.map((args) => ({ args })),
    ...commands,
    { args: ["SELECT", "0"] },
    { args: ["CLIENT", "UNPAUSE"] },
    { args: ["DEBUG", "PAUSE-CRON", "0"] },
  ];
}
