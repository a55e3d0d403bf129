/**
 * Random interleavings over several connections: some block, some watch and run transactions, some
 * subscribe, all on few keys, and now and then one is closed in the middle of it.
 *
 * Each connection follows a plan of its own (a transaction is one of several commands); a step takes
 * the next command of a random connection. What a step meets depends on the servers: the runner
 * (interleaved_run.ts) leaves out what a connection would send while it waits, most of the time.
 */

import { SeededRandom } from "../support/random.ts";

/** One step of an interleaving. `{id:N}` in an argument stands for the id of connection N. */
export type Step =
  | {
    do: "send";
    connection: number;
    /** They go out in one write. */
    commands: string[][];
    /** They are sent even while the connection waits. */
    insists?: boolean;
  }
  | { do: "close"; connection: number }
  /** A command on a connection of its own, which never waits. */
  | { do: "administer"; args: string[] }
  | { do: "sleep"; durationMs: number };

/** Connections of an interleaving; those with an odd number begin in RESP3. */
export const CONNECTION_COUNT = 6;
/** The first ones may wait and subscribe; the others keep going. */
const WAITING_COUNT = 4;
/** One more, which only listens to the events of keys, where there are any. */
export const LISTENER = CONNECTION_COUNT;
/** Databases that an interleaving moves through. */
export const DATABASE_COUNT = 2;

const LISTS = ["a", "b", "c"];
const ZSETS = ["y", "z"];
const STREAMS = ["t", "u"];
/** All keys; at its end both servers are asked for each, so that none has expired unseen. */
export const KEYS = [...LISTS, ...ZSETS, ...STREAMS, "s", ""];
const CHANNELS = ["news", "name", "sport"];
/** Each matches one channel: the messages of several patterns come in the order of a hash table. */
const PATTERNS = ["ne*", "n?me", "*rt"];

/** What waits so long has its time up within the sleep that follows. */
const SHORT_TIMEOUTS = ["0.001", "0.01", "0.02"];
const SHORT_EXPIRY_MS = "5";
const SLEEP_MS = 45;

type Maker = (random: SeededRandom) => string[];

function list(random: SeededRandom): string {
  return random.pick(random.chance(0.92) ? LISTS : KEYS);
}

function zset(random: SeededRandom): string {
  return random.pick(random.chance(0.92) ? ZSETS : KEYS);
}

function stream(random: SeededRandom): string {
  return random.pick(random.chance(0.95) ? STREAMS : KEYS);
}

function key(random: SeededRandom): string {
  return random.pick(KEYS);
}

function element(random: SeededRandom): string {
  return random.chance(0.1) ? random.pick(["", "\x00\r\n\xff", "12"]) : `e${random.below(30)}`;
}

function several(random: SeededRandom, most: number, make: (random: SeededRandom) => string) {
  return Array.from({ length: random.between(1, most) }, () => make(random));
}

const word = (text: string) => () => text;
const side = (random: SeededRandom) => random.pick(["LEFT", "RIGHT"]);
const extreme = (random: SeededRandom) => random.pick(["MIN", "MAX"]);
const score = (random: SeededRandom) => random.pick(["0", "1", "2", "2.5", "-inf", "inf"]);
const database = (random: SeededRandom) => String(random.below(DATABASE_COUNT));
const count = (random: SeededRandom) => String(random.between(1, 3));
const channel = (random: SeededRandom) => random.pick(CHANNELS);
const pattern = (random: SeededRandom) => random.pick(PATTERNS);
/** The next ID of a stream, whatever the time. */
const nextId = word("0-*");
const someId = (random: SeededRandom) => `0-${random.between(1, 12)}`;
const group = (random: SeededRandom) => random.pick(["g", "h"]);
const consumer = (random: SeededRandom) => random.pick(["alice", "bob"]);
const startId = (random: SeededRandom) => random.pick(["0", "$", "0-3"]);
const peer = (random: SeededRandom) => `{id:${random.below(CONNECTION_COUNT)}}`;

/** A maker of `name part part ...`. */
function command(name: string, ...parts: ((random: SeededRandom) => string | string[])[]): Maker {
  return (random) => [name, ...parts.flatMap((part) => part(random))];
}

const some = (most: number, make: (random: SeededRandom) => string) => (random: SeededRandom) =>
  several(random, most, make);
const maybe = (probability: number, ...words: ((random: SeededRandom) => string)[]) =>
(
  random: SeededRandom,
) => random.chance(probability) ? words.map((make) => make(random)) : [];
const counted =
  (most: number, make: (random: SeededRandom) => string) => (random: SeededRandom) => {
    const keys = several(random, most, make);
    return [String(keys.length), ...keys];
  };
const members = (random: SeededRandom) =>
  several(random, 3, element).flatMap((member) => [score(random), member]);

/** Each maker with its weight. None may depend on whether what has expired is deleted yet, as DBSIZE does. */
type Weighted = readonly (readonly [number, Maker])[];

const pushes: Weighted = [
  [10, command("RPUSH", list, some(3, element))],
  [10, command("LPUSH", list, some(3, element))],
  [2, command("RPUSHX", list, element)],
  [12, command("ZADD", zset, members)],
  [2, command("ZADD", zset, word("NX"), members)],
  [2, command("ZINCRBY", zset, score, element)],
  [12, command("XADD", stream, nextId, word("f"), element)],
];

const changes: Weighted = [
  [2, command("LPOP", list, maybe(0.3, count))],
  [2, command("RPOP", list)],
  [2, command("LMOVE", list, list, side, side)],
  [2, command("RPOPLPUSH", list, list)],
  [1, command("LMPOP", counted(2, list), side, maybe(0.3, word("COUNT"), count))],
  [1, command("LREM", list, word("0"), element)],
  [1, command("LTRIM", list, word("0"), word("1"))],
  [1, command("LSET", list, word("0"), element)],
  [1, command("LINSERT", list, word("BEFORE"), element, element)],
  [2, command("ZREM", zset, some(2, element))],
  [2, command("ZPOPMIN", zset, maybe(0.3, count))],
  [1, command("ZMPOP", counted(2, zset), extreme)],
  [1, command("ZREMRANGEBYRANK", zset, word("0"), word("0"))],
  [1, command("XDEL", stream, someId)],
  [1, command("XTRIM", stream, word("MAXLEN"), count)],
  [3, command("XGROUP", word("CREATE"), stream, group, startId, maybe(0.5, word("MKSTREAM")))],
  [1, command("XGROUP", word("DESTROY"), stream, group)],
  [1, command("XGROUP", word("SETID"), stream, group, startId)],
  [2, command("XACK", stream, group, some(3, someId))],
  [1, command("XCLAIM", stream, group, consumer, word("0"), someId, word("JUSTID"))],
  [1, command("XAUTOCLAIM", stream, group, consumer, word("0"), word("0"))],
  [2, command("XREADGROUP", word("GROUP"), group, consumer, word("STREAMS"), stream, word(">"))],
  [1, command("XREADGROUP", word("GROUP"), group, consumer, word("STREAMS"), stream, word("0"))],
  [5, command("DEL", some(2, key))],
  [2, command("UNLINK", key)],
  [2, command("SET", key, element, maybe(0.2, word("EX"), word("1000")))],
  [1, command("SETNX", key, element)],
  [1, command("APPEND", key, element)],
  [1, command("INCR", word("s"))],
  [1, command("GETDEL", key)],
  [1, command("SADD", key, element)],
  [1, command("HSET", key, element, element)],
  [4, command("RENAME", key, key)],
  [2, command("RENAMENX", key, key)],
  [3, command("COPY", key, key, maybe(0.3, word("DB"), database), maybe(0.6, word("REPLACE")))],
  [3, command("MOVE", key, database)],
  [1, command("EXPIRE", key, word("1000"))],
  [1, command("PEXPIRE", key, word("-1"))],
  [1, command("PERSIST", key)],
  [1, command("FLUSHDB")],
  [0.4, command("FLUSHALL")],
];

/** These are not for transactions: the runner looks at what their destination is before. */
const stores: Weighted = [
  [1, command("ZUNIONSTORE", zset, counted(2, zset))],
  [1, command("ZRANGESTORE", zset, zset, word("0"), word("-1"))],
];

const reads: Weighted = [
  [2, command("LRANGE", list, word("0"), word("-1"))],
  [2, command("ZRANGE", zset, word("0"), word("-1"), word("WITHSCORES"))],
  [1, command("XRANGE", stream, word("-"), word("+"))],
  [1, command("XPENDING", stream, group)],
  [1, command("EXISTS", some(3, key))],
  [1, command("TYPE", key)],
  [1, command("GET", key)],
  [0.5, command("PING")],
];

const talk: Weighted = [
  [6, command("PUBLISH", channel, element)],
  [1, command("SPUBLISH", channel, element)],
  [1, command("PUBSUB", word("NUMSUB"), some(3, channel))],
  [0.5, command("PUBSUB", word("NUMPAT"))],
];

const subscriptions: Weighted = [
  [3, command("SUBSCRIBE", some(2, channel))],
  [2, command("PSUBSCRIBE", some(2, pattern))],
  [1, command("SSUBSCRIBE", some(2, channel))],
  [2, command("UNSUBSCRIBE", some(2, channel))],
  [1.5, command("PUNSUBSCRIBE", some(2, pattern))],
  [1, command("SUNSUBSCRIBE", some(2, channel))],
  [2, command("RESET")],
];

/**
 * Clients that cache. No broadcast leaves its own changes out: whether the pop of one who waited is
 * such a change depends in real Redis on the command that it waited in.
 */
const caching: Weighted = [
  [4, command("CLIENT", word("TRACKING"), word("ON"), maybe(0.3, word("NOLOOP")))],
  [2, command("CLIENT", word("TRACKING"), word("ON"), word("BCAST"))],
  [1, command("CLIENT", word("TRACKING"), word("ON"), word("BCAST"), word("PREFIX"), list)],
  [1, command("CLIENT", word("TRACKING"), word("ON"), word("OPTIN"))],
  [1, command("CLIENT", word("TRACKING"), word("ON"), word("OPTOUT"))],
  [3, command("CLIENT", word("TRACKING"), word("OFF"))],
  [2, command("CLIENT", word("CACHING"), (random) => random.pick(["YES", "NO"]))],
  [10, (random) => pickWeighted(random, reads)],
];

/**
 * A round has either caches or exchanges of databases: a list's element that a client gets because of
 * an exchange is no change to real Redis's caches.
 */
const EXCHANGE = ["SWAPDB", "0", "1"];
const EXCHANGE_SHARE = 0.012;

const management: Weighted = [
  [6, command("CLIENT", word("UNBLOCK"), peer, maybe(0.6, (r) => r.pick(["TIMEOUT", "ERROR"])))],
  [1, command("CLIENT", word("KILL"), word("ID"), peer)],
  [3, command("SELECT", database)],
];

/** A stream, and where to read on. */
const streams = (ids: string[]) => (random: SeededRandom) => [
  "STREAMS",
  stream(random),
  random.pick(ids),
];

/**
 * Makers of blocking commands, given the time to wait. They wait for one key each: since 7.2 a command that is
 * served is done again over all of its keys, while the server beside takes from the one that was written to.
 */
function waits(timeout: string): Weighted {
  const time = word(timeout);
  const block = () => ["BLOCK", String(Number(timeout) * 1000)];
  return [
    [6, command("BLPOP", list, time)],
    [4, command("BRPOP", list, time)],
    [4, command("BLMOVE", list, list, side, side, time)],
    [2, command("BRPOPLPUSH", list, list, time)],
    [4, command("BLMPOP", time, counted(1, list), side, maybe(0.5, word("COUNT"), count))],
    [4, command("BZPOPMIN", zset, time)],
    [3, command("BZPOPMAX", zset, time)],
    [3, command("BZMPOP", time, counted(1, zset), extreme, maybe(0.5, word("COUNT"), count))],
    [5, command("XREAD", maybe(0.3, word("COUNT"), count), block, streams(["$", "0-4", "0-9"]))],
    [6, command("XREADGROUP", word("GROUP"), group, consumer, block, streams([">"]))],
  ];
}
const endless: Weighted = [...waits("0"), [0.5, command("WAIT", word("1"), word("0"))]];

function pickWeighted(random: SeededRandom, weighted: Weighted): string[] {
  const total = weighted.reduce((sum, [weight]) => sum + weight, 0);
  let at = random.nextUint32() / 2 ** 32 * total;
  const found = weighted.find(([weight]) => (at -= weight) < 0) ?? weighted[0];
  return found[1](random);
}

/** What a connection does next: one command or several. */
type Planned = { args: string[] }[];

/**
 * Commands that a transaction queues, blocking ones among them. Whoever subscribes does not publish, for it may
 * be in one: its own message would stand among the replies of real Redis's EXEC, and comes after them here,
 * as in Redis 7.2.
 */
function queued(random: SeededRandom, subscribes: boolean): Planned {
  const families = [pushes, pushes, changes, changes, reads, subscribes ? reads : talk, endless];
  const commands: Planned = Array.from(
    { length: random.between(1, 6) },
    () => ({ args: pickWeighted(random, random.pick(families)) }),
  );
  if (subscribes && random.chance(0.15)) {
    commands.push({ args: pickWeighted(random, subscriptions) });
  }
  if (random.chance(0.1)) commands.push({ args: ["SELECT", database(random)] });
  if (random.chance(0.06)) commands.push({ args: ["NOSUCH", "command"] });
  return commands;
}

function transaction(random: SeededRandom, subscribes: boolean): Planned {
  const plan: Planned = [];
  if (random.chance(0.5)) plan.push({ args: ["WATCH", ...several(random, 3, key)] });
  if (random.chance(0.3)) plan.push({ args: pickWeighted(random, reads) });
  if (random.chance(0.05)) plan.push({ args: ["UNWATCH"] });
  plan.push({ args: ["MULTI"] }, ...queued(random, subscribes));
  plan.push({ args: [random.chance(0.9) ? "EXEC" : "DISCARD"] });
  return plan;
}

function plan(random: SeededRandom, connection: number, hasCaches: boolean): Planned {
  if (!hasCaches && random.chance(EXCHANGE_SHARE)) return [{ args: EXCHANGE }];
  const kind = random.below(100);
  if (connection < WAITING_COUNT) {
    if (kind < 55) return [{ args: pickWeighted(random, endless) }];
    if (kind < 65) return transaction(random, true);
    if (kind < 75) return [{ args: pickWeighted(random, subscriptions) }];
    if (kind < 80) return [{ args: pickWeighted(random, management) }];
    if (kind < 82) return [{ args: ["HELLO", random.pick(["2", "3"])] }];
    if (kind < 90 && hasCaches) return [{ args: pickWeighted(random, caching) }];
    return [{ args: pickWeighted(random, random.pick([pushes, changes, reads])) }];
  }
  if (kind < 40) return [{ args: pickWeighted(random, pushes) }];
  if (kind < 60) return [{ args: pickWeighted(random, changes) }];
  if (kind < 65) return [{ args: pickWeighted(random, stores) }];
  if (kind < 75) return transaction(random, false);
  if (kind < 85) return [{ args: pickWeighted(random, management) }];
  if (kind < 90) return [{ args: pickWeighted(random, reads) }];
  return [{ args: pickWeighted(random, talk) }];
}

/** A few wait for a short time, then a key lives for one, and nothing else happens until it is over. */
function timed(random: SeededRandom): Step[] {
  const steps: Step[] = [];
  for (let connection = 0; connection < WAITING_COUNT; connection++) {
    if (!random.chance(0.5)) continue;
    const commands = [pickWeighted(random, waits(random.pick(SHORT_TIMEOUTS)))];
    steps.push({ do: "send", connection, commands });
  }
  // Which comes first, an expiry or the end of a wait, is chance.
  if (steps.length > 0) steps.push({ do: "sleep", durationMs: SLEEP_MS });
  if (random.chance(0.5)) return steps;
  const expiring = key(random);
  return [
    ...steps,
    { do: "administer", args: ["SELECT", database(random)] },
    { do: "administer", args: ["PEXPIRE", expiring, SHORT_EXPIRY_MS] },
    { do: "sleep", durationMs: SLEEP_MS },
    // The event of its expiry comes now at the latest.
    { do: "administer", args: ["EXISTS", expiring] },
  ];
}

/** The administrator holds all writes, and lets them go. */
export const PAUSE = ["CLIENT", "PAUSE", "100000", "WRITE"];
export const UNPAUSE = ["CLIENT", "UNPAUSE"];

/** The classes of events that there may be. */
const EVENT_CLASSES = ["", "", "KEA", "KEAn", "Kg", "Exlzt"];

const TIMED_SHARE = 0.008;
const PAUSE_SHARE = 0.004;
const UNPAUSE_SHARE = 0.04;
const CLOSE_SHARE = 0.02;
const INSISTING_SHARE = 0.1;
const PIPELINE_SHARE = 0.1;

/** More than one reply, or none: an answer could not be told from the next one's. */
export const ANSWERED_ODDLY = /SUBSCRIBE/;
/** What these meet decides whether the runner lets them pass. */
const LOOKED_AT = /^SWAPDB$|^CLIENT$|STORE$/;

/** One command, or several at once. `next` gives what the connection plans. */
function sending(random: SeededRandom, connection: number, next: () => Planned): Step {
  const first = next().shift()!;
  const commands = [first.args];
  const isAlone = ({ args: [name] }: Planned[0]) =>
    ANSWERED_ODDLY.test(name) || LOOKED_AT.test(name);
  if (random.chance(PIPELINE_SHARE) && !isAlone(first)) {
    const length = random.between(2, 8);
    while (commands.length < length && !isAlone(next()[0])) {
      commands.push(next().shift()!.args);
    }
  }
  const insists = random.chance(INSISTING_SHARE) && !ANSWERED_ODDLY.test(first.args[0]);
  return { do: "send", connection, commands, insists };
}

/** An interleaving of about `count` steps that the seed alone determines. */
export function randomInterleaving(seed: number, count: number): Step[] {
  const random = new SeededRandom(seed);
  const hasCaches = random.chance(0.5);
  const plans: Planned[] = Array.from({ length: CONNECTION_COUNT }, () => []);
  const steps: Step[] = [
    {
      do: "administer",
      args: ["CONFIG", "SET", "notify-keyspace-events", random.pick(EVENT_CLASSES)],
    },
    { do: "send", connection: LISTENER, commands: [["PSUBSCRIBE", "__key*"]] },
  ];
  let paused = false;
  while (steps.length < count) {
    const connection = random.below(CONNECTION_COUNT);
    if (random.chance(paused ? UNPAUSE_SHARE : PAUSE_SHARE)) {
      steps.push({ do: "administer", args: paused ? UNPAUSE : PAUSE });
      paused = !paused;
    } else if (!paused && random.chance(TIMED_SHARE)) steps.push(...timed(random));
    else if (random.chance(CLOSE_SHARE)) {
      plans[connection] = [];
      steps.push({ do: "close", connection });
    } else {
      const next = () => {
        if (plans[connection].length === 0) plans[connection] = plan(random, connection, hasCaches);
        return plans[connection];
      };
      steps.push(sending(random, connection, next));
    }
  }
  return steps;
}
