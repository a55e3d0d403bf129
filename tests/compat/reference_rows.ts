/** What 7.2.4 answers where the server beside the tests answers otherwise (see reference.ts). */

import { asSince72 } from "./since_7_2.ts";
import { itemsOf, type Reply, textOf } from "../support/resp_reply.ts";

/**
 * What 7.2.4 answers: the reply as the reports show it (each stretch of white space as one blank), a
 * pattern for it, or the reply that the server beside gives, changed.
 */
export type Answer = string | RegExp | ((oracle: Reply) => Reply);

/** An answer for both protocols, or one each; a protocol that is left out is compared as usual. */
export type AnswerByProtocol = Answer | { resp2?: Answer; resp3?: Answer };

/** Answers by the step's line; `line #2` is the second step with that line. */
export type CaseRows = Record<string, AnswerByProtocol>;

const NO_KEYS = "(error) ERR The command has no key arguments";
const BAD_COUNT = "(error) ERR Invalid number of arguments specified for command";
const BAD_COMMAND = "(error) ERR Invalid command specified";
const WRONG_TYPE = "(error) WRONGTYPE Operation against a key holding the wrong kind of value";
const OUT_OF_RANGE = "(error) ERR timeout is out of range";
const NO_HELLO =
  "(error) NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO " +
  "<proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP " +
  "protocol version at the same time";
const BAD_LEVEL =
  "(error) ERR CONFIG SET failed (possibly related to argument 'loglevel') - argument(s) must be one of " +
  "the following: debug, verbose, notice, warning, nothing";
const noGroup = (key: string) =>
  `(error) NOGROUP No such key '${key}' or consumer group 'g' in XREADGROUP with GROUP option`;

/** COMMAND INFO without a flag of some commands. */
function withoutFlag(flag: string, ...names: string[]): (oracle: Reply) => Reply {
  const withoutIn = (entry: Reply): Reply => {
    const [name] = itemsOf(entry);
    if (!("items" in entry) || !names.includes(textOf(name))) return entry;
    const items = entry.items.map((item, i) =>
      i === 2 && "items" in item
        ? { ...item, items: item.items.filter((one) => textOf(one) !== flag) }
        : item
    );
    return { ...entry, items };
  };
  return (oracle) => "items" in oracle ? { ...oracle, items: oracle.items.map(withoutIn) } : oracle;
}

/** The last item of every row, the client's name in SLOWLOG GET, emptied. */
function withoutName(oracle: Reply): Reply {
  const items = itemsOf(oracle).map((row): Reply => {
    const fields: Reply[] = [...itemsOf(row).slice(0, -1), { kind: "bulk", text: "" }];
    return { kind: "array", items: fields };
  });
  return { kind: "array", items };
}

/** CONFIG GET with an option more. */
function withOption(name: string, value: string): (oracle: Reply) => Reply {
  const text = (of: string): Reply => ({ kind: "bulk", text: of });
  return (oracle) =>
    oracle.kind === "map"
      ? { ...oracle, entries: [...oracle.entries, [text(name), text(value)]] }
      : { kind: "array", items: [...itemsOf(oracle), text(name), text(value)] };
}

/** A text reply without the lines that a pattern finds. */
const withoutLines = (pattern: RegExp) => (oracle: Reply): Reply =>
  "text" in oracle
    ? {
      ...oracle,
      text: oracle.text.split("\r\n").filter((line) => !pattern.test(line)).join("\r\n"),
    }
    : oracle;

/** SLOWLOG GET with a command of the one waiting's that timed out before it was served. */
function withTimedOut(...args: string[]): (oracle: Reply) => Reply {
  const items = args.map((text): Reply => ({ kind: "bulk", text }));
  return (oracle) => {
    const [served, push, ...others] = itemsOf(oracle);
    const fields = itemsOf(served).map((field, i): Reply =>
      i === 3 ? { kind: "array", items } : field
    );
    return { kind: "array", items: [served, push, { kind: "array", items: fields }, ...others] };
  };
}

/**
 * XINFO CONSUMERS, or the consumers of XINFO STREAM FULL's one group, with one more that has been given nothing;
 * in the order of their names.
 */
function withConsumer(name: string): (oracle: Reply) => Reply {
  // XINFO CONSUMERS is a list of them, XINFO STREAM one of names and values.
  const isList = (reply: Reply) => reply.kind === "array" && itemsOf(reply)[0]?.kind !== "bulk";
  const nothing = (field: Reply): Reply =>
    field.kind === "integer" ? { ...field, value: 0n } : { kind: "array", items: [] };
  const made = (like: Reply): Reply => {
    const value = (key: string, old: Reply): Reply =>
      key === "name" ? { kind: "bulk", text: name } : key.startsWith("p") ? nothing(old) : old;
    if (like.kind === "map") {
      return { ...like, entries: like.entries.map(([k, v]) => [k, value(textOf(k), v)]) };
    }
    const items = itemsOf(like);
    return {
      kind: "array",
      items: items.map((item, i) => i % 2 === 0 ? item : value(textOf(items[i - 1]), item)),
    };
  };
  const nameOf = (consumer: Reply) => textOf(itemsOf(consumer)[1]);
  const add = (reply: Reply, isConsumers: boolean): Reply => {
    if (reply.kind === "map") {
      const entries = reply.entries.map(([key, value]): [Reply, Reply] => [
        key,
        add(value, textOf(key) === "consumers"),
      ]);
      return { ...reply, entries };
    }
    if (!("items" in reply)) return reply;
    if (isConsumers) {
      const items = [...reply.items, made(reply.items[0])];
      return { ...reply, items: items.sort((a, b) => nameOf(a) < nameOf(b) ? -1 : 1) };
    }
    const items = reply.items.map((item, i) =>
      add(item, i % 2 === 1 && textOf(reply.items[i - 1]) === "consumers")
    );
    return { ...reply, items };
  };
  return (oracle) => add(oracle, isList(oracle));
}

const NO_QUICKLIST = "(error) ERR Not a quicklist encoded object.";
const NOTHING_MORE = "(nothing more)";
const BEHIND_DELETED =
  "(error) ERR The ID specified in XSETID is smaller than current max_deleted_entry_id";
const SMALL_ID =
  "(error) ERR The ID specified in XADD is equal or smaller than the target stream top item";
/** A consumer that was made for nothing and has never been given anything. */
const IDLE_CONSUMER = {
  resp2:
    /^\(array of 1\) \(array of 8\) "name" "c" "pending" \(integer\) 0 "idle" \(integer\) \d+ "inactive" \(integer\) -1$/,
  resp3:
    /^\(array of 1\) \(map of 4\) "name" => "c" "pending" => \(integer\) 0 "idle" => \(integer\) \d+ "inactive" => \(integer\) -1$/,
};

/** A double in either protocol. */
const inBoth = (text: string) => ({ resp2: `"${text}"`, resp3: `(double) ${text}` });

/** Messages as the reports show them. */
const message = (channel: string, text: string) => `(push of 3) "message" "${channel}" "${text}"`;
const patternMessage = (pattern: string, channel: string, text: string) =>
  `(push of 4) "pmessage" "${pattern}" "${channel}" "${text}"`;
const keyEvent = (channel: string, text: string) => patternMessage("__key*", channel, text);

/** By the case's family and name. */
export const REFERENCE_ROWS: Readonly<Record<string, CaseRows>> = {
  "blocking, at once / BLPOP: arguments": {
    "BLPOP k inf": OUT_OF_RANGE,
    "BLPOP k 1e20": OUT_OF_RANGE,
  },
  "blocking, at once / COMMAND INFO of blocking commands": {
    "~unordered COMMAND INFO BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP":
      withoutFlag("noscript", "blpop", "brpop", "blmove", "brpoplpush", "bzpopmin", "bzpopmax"),
  },
  // Whoever is served does the command again, over all of its keys.
  "blocking, waiting / BLPOP: the key written first counts, in a transaction": {
    "<": '(array of 2) "k" "b"',
    "@b LRANGE k 0 -1": "(empty array)",
  },
  "blocking, waiting / BLPOP: a key of another type is no reason to go on": { "< #2": WRONG_TYPE },
  "blocking, waiting / BZPOPMIN: a stream's place is taken": { "!silent 20 #2": NOTHING_MORE },
  "blocking, waiting / BLPOP: a stream's place is taken": { "!silent 20": NOTHING_MORE },
  "blocking, waiting / BZPOPMAX: a stream's place is taken": { "!silent 20": NOTHING_MORE },
  "blocking, waiting / BZPOPMIN and XREAD at one key": { "!silent 20 #2": NOTHING_MORE },
  "blocking, waiting / CLIENT PAUSE and those who wait": { "!silent 10 #2": NOTHING_MORE },
  "blocking, waiting / How it shows": {
    "@b ~lines:usec=[0-9]+|usec_per_call=[0-9.]+ INFO commandstats": withoutLines(/^cmdstat_blpop/),
  },
  "command / COMMAND GETKEYS: errors": {
    "COMMAND GETKEYS PING": NO_KEYS,
    "COMMAND GETKEYS RANDOMKEY": NO_KEYS,
    "COMMAND GETKEYS nosuch": BAD_COMMAND,
    "COMMAND GETKEYS GET": BAD_COUNT,
    "COMMAND GETKEYS MGET": BAD_COUNT,
    "COMMAND GETKEYS OBJECT": NO_KEYS,
    "COMMAND GETKEYS CONFIG": NO_KEYS,
    'COMMAND GETKEYS ""': BAD_COMMAND,
  },
  "command / COMMAND GETKEYSANDFLAGS: flags of each key": {
    "COMMAND GETKEYSANDFLAGS PING": NO_KEYS,
    "COMMAND GETKEYSANDFLAGS nosuch": BAD_COMMAND,
    "COMMAND GETKEYSANDFLAGS GET": BAD_COUNT,
  },
  "config / CONFIG GET: names, patterns, repeats": {
    "~pairs CONFIG GET *-max-*-entries": withOption("set-max-listpack-entries", "128"),
  },
  "config / CONFIG SET: enumerations and flags": { "CONFIG SET loglevel bogus": BAD_LEVEL },
  "config / CONFIG SET: odd values for loglevel": Object.fromEntries(
    ['""', "abc", "-1", "-2", "1.5", "yes", "NO", "10mb", "50%", "2147483648"].concat(
      "99999999999999999999",
    ).map((value) => [`CONFIG SET loglevel ${value}`, BAD_LEVEL]),
  ),
  "connection / AUTH: HELLO under requirepass": { "@b HELLO 3 SETNAME x": NO_HELLO },
  "connection / AUTH: requirepass": { "@b HELLO": NO_HELLO, "@b HELLO 3": NO_HELLO },
  "connection / HELLO: options": { "CLIENT GETNAME #6": '"x"' },
  // A small list is a listpack.
  "debug / DEBUG LISTPACK: what looks into values": Object.fromEntries(
    ["l", "l 0", "l 1", "l x"].map((words) => [`DEBUG QUICKLIST ${words}`, NO_QUICKLIST]),
  ),
  "debug / DEBUG PROTOCOL: every type": {
    "DEBUG PROTOCOL push": { resp3: '"Some real reply following the push reply"' },
    "DEBUG PROTOCOL verbatim": { resp3: '(push of 2) "server-cpu-usage" (integer) 42' },
  },
  "events / SUBSCRIBE: one's own events come before the reply": {
    "SET k v": "+ OK",
    "< 2": keyEvent("__keyspace@0__:k", "set"),
    "< 2 #2": keyEvent("__keyevent@0__:set", "k"),
    "DEL k no": "(integer) 1",
    "< 2 #3": keyEvent("__keyspace@0__:k", "del"),
    "< 2 #4": keyEvent("__keyevent@0__:del", "k"),
    "< 7": "+ OK",
    "< 7 #2": keyEvent("__keyspace@0__:a", "set"),
    "< 7 #3": keyEvent("__keyevent@0__:set", "a"),
    "< 7 #5": "(integer) 1",
    "< 7 #6": keyEvent("__keyspace@0__:a", "del"),
    "< 7 #7": keyEvent("__keyevent@0__:del", "a"),
  },
  // As many fields as were named, some of them twice.
  "hash / OBJECT: encodings by number of fields": { "OBJECT ENCODING l": '"hashtable"' },
  "hll / PFCOUNT: GETKEYS": {
    "COMMAND GETKEYS PFSELFTEST": NO_KEYS,
    "COMMAND GETKEYS PFADD": BAD_COUNT,
  },
  "list / LPOS: first, last, ranks": {
    "LPOS k c RANK -9223372036854775808":
      "(error) ERR value is out of range, value must between -9223372036854775807 and " +
      "9223372036854775807",
  },
  "observe / SLOWLOG, MONITOR and LATENCY HISTOGRAM: commands that wait": {
    "~except:^\\d+$|127\\.0\\.0\\.1:\\d+ SLOWLOG GET -1 #2": withTimedOut("BLPOP", "list", "0.01"),
  },
  "pubsub / CLIENT REPLY: a skipped reply and a message": {
    "PUBLISH a 2": "(integer) 1",
    "< #2": message("a", "2"),
  },
  "pubsub / PUBLISH: between a subscriber's own replies": {
    "@b < 6 #2": "(integer) 1",
    "@b < 6 #3": message("a", "2"),
    "@b < 6 #5": "(integer) 1",
    "@b < 6 #6": message("a", "3"),
  },
  "pubsub / PUBLISH: one's own message comes before the reply": {
    "PUBLISH a m": "(integer) 2",
    "< 2": message("a", "m"),
    "< 2 #2": patternMessage("?", "a", "m"),
    "SPUBLISH a m": "(integer) 1",
    "<": '(push of 3) "smessage" "a" "m"',
    "< 8": "(integer) 2",
    "< 8 #2": message("a", "1"),
    "< 8 #3": patternMessage("?", "a", "1"),
    "< 8 #5": "(integer) 2",
    "< 8 #6": message("a", "2"),
    "< 8 #7": patternMessage("?", "a", "2"),
  },
  "slowlog / SLOWLOG GET: what is secret": {
    // A HELLO that is refused names nobody.
    "~except:^\\d+$|127\\.0\\.0\\.1:\\d+ SLOWLOG GET -1": withoutName,
  },
  "sorted sets, adding / ZADD INCR and ZINCRBY": {
    "ZINCRBY k 0.1 tenth": inBoth("0.1"),
  },
  "sorted sets, adding / ZADD: scores": {
    "ZRANGE k 0 -1 WITHSCORES": asSince72,
    "~unordered ZSCAN k 0": asSince72,
    "ZRANGE l 0 -1 WITHSCORES": asSince72,
  },
  "sorted sets, combining / ZUNION, ZINTER, ZDIFF": {
    "ZINTER 2 a b AGGREGATE MIN WEIGHTS 1 0.01 WITHSCORES": asSince72,
  },
  "sorted sets, combining / sums are added from the smallest set on": {
    "ZUNION 3 a b c WITHSCORES": asSince72,
    "ZUNION 3 c b a WITHSCORES": asSince72,
    "ZINTER 3 a b c WITHSCORES": asSince72,
  },
  // How many there will be between two scores is not known before.
  "sorted sets, encodings / of what is stored": { "OBJECT ENCODING d #8": '"skiplist"' },
  "sorted sets, encodings / by length": { "ZRANGE n 0 -1 WITHSCORES": asSince72 },
  "streams, adding / XADD: IDs": { "XADD k 9-* a b": SMALL_ID },
  "streams, deleting / XTRIM: deleted entries that XSETID has led back behind": {
    "XSETID k 14": BEHIND_DELETED,
    "XADD k 17-2 a b": SMALL_ID,
    "XADD k 56 a b": SMALL_ID,
    "XRANGE k 17-2 17-2": "(empty array)",
  },
  "streams, groups / XSETID: arguments": {
    "XSETID k 2-2 MAXDELETEDID 2-1 ENTRIESADDED 10": BEHIND_DELETED,
    "XSETID k 2-2 MAXDELETEDID 2-1": BEHIND_DELETED,
    "XSETID k 1-1 ENTRIESADDED 4 MAXDELETEDID 0": BEHIND_DELETED,
    "XSETID k 3-1 ENTRIESADDED 5 MAXDELETEDID 0-0": BEHIND_DELETED,
  },
  "streams, pending / XAUTOCLAIM: arguments": {
    "~moments XINFO STREAM k FULL": withConsumer("i"),
  },
  "streams, pending / XCLAIM: arguments": {
    "~moments XINFO CONSUMERS k g": withConsumer("newc"),
    "~moments XINFO STREAM k FULL #2": withConsumer("newc"),
  },
  "streams, reading / XREADGROUP: arguments": {
    "~moments XINFO STREAM k FULL": withConsumer("new"),
  },
  "streams, reading / XREAD: arguments": {
    "XREAD STREAMS k k2 0": "(error) ERR Unbalanced 'xread' list of streams: for each stream key " +
      "an ID or '$' must be specified.",
  },
  "streams, waiting / XREAD BLOCK: other types, other keys": { "@b !silent 20": NOTHING_MORE },
  "streams, waiting / XREAD BLOCK: time": { "XINFO CONSUMERS k g": IDLE_CONSUMER },
  "streams, waiting / XREADGROUP BLOCK: entries that come": { "@b !silent 20": NOTHING_MORE },
  "streams, waiting / XREADGROUP BLOCK: all keys go": { "@b <": noGroup("k") },
  "streams, waiting / XREADGROUP BLOCK: one of several": { "@b < #2": noGroup("j") },
  "streams, waiting / XREADGROUP BLOCK: the group goes": { "@b <": noGroup("k") },
  "streams, waiting / XREADGROUP BLOCK: the key becomes another": { "@b <": WRONG_TYPE },
  "streams, waiting / XREADGROUP BLOCK: the key expires": { "@b <": noGroup("k") },
  "streams, waiting / XREADGROUP BLOCK: the key goes": { "@b <": noGroup("k") },
  "streams, waiting / XREADGROUP BLOCK: the key is renamed": {
    "@b <": noGroup("k"),
    "@b < #3": noGroup("j"),
  },
  "tracking / BCAST: NOLOOP, and BLPOP that is served": { "@a !silent": NOTHING_MORE },
  "tracking / BCAST: NOLOOP, and BLMOVE that is served": { "@a !silent": NOTHING_MORE },
  "tracking / REDIRECT: to a RESP3 client": {
    "@b SET k 2": "+ OK",
    "@b < #3": '(push of 2) "invalidate" (array of 1) "k"',
  },
  "transactions / COMMAND INFO of transactions": {
    "~unordered COMMAND INFO MULTI EXEC DISCARD WATCH UNWATCH WAIT": withoutFlag(
      "noscript",
      "wait",
    ),
  },
  "words / COMMAND GETKEYS: keys that are not there": { "COMMAND GETKEYS MGET": BAD_COUNT },
  "words / COMMAND GETKEYS: numbers of keys, and words among them": {
    "COMMAND GETKEYS SORT": BAD_COUNT,
    "COMMAND GETKEYSANDFLAGS SORT": BAD_COUNT,
    "COMMAND GETKEYS PING": NO_KEYS,
    "COMMAND GETKEYSANDFLAGS PING": NO_KEYS,
    "COMMAND GETKEYS DEL": BAD_COUNT,
    "COMMAND GETKEYSANDFLAGS DEL": BAD_COUNT,
    "COMMAND GETKEYS BITOP": BAD_COUNT,
    "COMMAND GETKEYSANDFLAGS BITOP": BAD_COUNT,
    "COMMAND GETKEYS PFCOUNT": BAD_COUNT,
    "COMMAND GETKEYSANDFLAGS PFCOUNT": BAD_COUNT,
  },
};

const TO_ALL_NODES =
  "missing [], too many [request_policy:all_nodes response_policy:all_succeeded]";
const SPECIAL = "tips: missing [], too many [response_policy:special]";

/** Where 7.2.4 takes fewer arguments. */
export const REFERENCE_ARITIES: Readonly<Record<string, number>> = {
  "command|getkeys": -3,
  "command|getkeysandflags": -3,
};

/** What 7.2.4's entry of a command in COMMAND INFO has otherwise. */
export const REFERENCE_ENTRIES: Readonly<Record<string, string[]>> = {
  client: [`client|setname: tips: ${TO_ALL_NODES}`],
  config: [`config|resetstat: tips: ${TO_ALL_NODES}`, `config|rewrite: tips: ${TO_ALL_NODES}`],
  command: ["command|getkeys", "command|getkeysandflags"].map((name) =>
    `${name}: arity: expected (integer) -4\n    got (integer) -3`
  ),
  latency: [
    "latency|reset: tips: missing [response_policy:all_succeeded], too many " +
    "[response_policy:agg_sum]",
  ],
  scan: [SPECIAL],
  randomkey: [SPECIAL],
  msetnx: ["tips: missing [request_policy:multi_shard response_policy:agg_min], too many []"],
};
