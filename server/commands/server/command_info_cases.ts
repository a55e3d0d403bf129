/**
 * Comparison of the command table: COMMAND INFO of each command field by field, the arity error of
 * each command, membership in ACL categories, and the field names of INFO.
 */

import { RespClient } from "../../../tests/support/resp_client.ts";
import { itemsOf, type Reply, textOf } from "../../../tests/support/resp_reply.ts";
import type { ServerHandle } from "../../../tests/support/server_process.ts";
import { showCommand, showReply } from "../../../tests/support/text.ts";
import type { Check, Mismatch, Pair } from "../../../tests/compat/check.ts";
import { canonical } from "../../../tests/compat/masks.ts";
import { REFERENCE_ARITIES, REFERENCE_ENTRIES } from "../../../tests/compat/reference_rows.ts";

/** Commands whose table entry is compared, containers with all their subcommands. */
export const COVERED_COMMANDS = `
  ping echo auth hello select quit reset client
  config command dbsize flushdb flushall swapdb time lolwut memory object debug info
  slowlog latency monitor role readonly readwrite asking cluster module replicaof slaveof migrate
  del unlink exists type rename renamenx copy move touch keys scan randomkey
  expire pexpire expireat pexpireat ttl pttl expiretime pexpiretime persist
  set get getdel getex getset mget mset msetnx append strlen incr incrby decr decrby incrbyfloat
  setrange getrange substr setex psetex setnx lcs
  setbit getbit bitcount bitpos bitop bitfield bitfield_ro
  pfadd pfcount pfmerge pfdebug pfselftest
  lpush rpush lpushx rpushx lpop rpop llen lindex lset linsert lrange ltrim lrem lpos lmove
  rpoplpush lmpop
  hset hsetnx hmset hget hmget hgetall hkeys hvals hlen hexists hdel hincrby hincrbyfloat hstrlen
  hrandfield hscan
  sadd srem sismember smismember smembers scard spop srandmember smove sscan
  sinter sunion sdiff sinterstore sunionstore sdiffstore sintercard
  zadd zincrby zrem zscore zmscore zcard zcount zlexcount zrange zrangestore zrevrange zrangebyscore
  zrevrangebyscore zrangebylex zrevrangebylex zpopmin zpopmax zmpop zrandmember zremrangebyrank
  zremrangebyscore zremrangebylex zunion zinter zdiff zunionstore zinterstore zdiffstore zintercard
  zscan
  xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread xreadgroup xrevrange
  xsetid xtrim
  geoadd geopos geodist geohash geosearch geosearchstore georadius georadius_ro georadiusbymember
  georadiusbymember_ro sort sort_ro
`.trim().split(/\s+/);

/** Where COMMAND INFO keeps its parts; those marked so may stand in any order. */
const INFO_FIELDS = [
  { name: "name" },
  { name: "arity" },
  { name: "flags", isUnordered: true },
  { name: "first key" },
  { name: "last key" },
  { name: "key step" },
  { name: "ACL categories", isUnordered: true },
  { name: "tips", isUnordered: true },
  { name: "key specifications" },
];
const SUBCOMMANDS_INDEX = INFO_FIELDS.length;

/** Subcommands that came with 7.2, which Etna reports itself as; the oracle is older. */
const NEWER = [
  "client|no-touch",
  "client|setinfo",
  "cluster|myshardid",
  "cluster|slot-stats",
  "cluster|migration",
  "cluster|migrateslots",
  "cluster|getslotmigrations",
  "cluster|cancelslotmigrations",
  "cluster|syncslots",
];
/** The oracle's subcommands that belong to what is still to come: client-side caching. */
const TO_COME = ["client|tracking", "client|caching", "client|trackinginfo"];

async function ask(server: ServerHandle, protocol: string, ...command: string[]): Promise<Reply> {
  using client = await RespClient.connect(server);
  if (protocol === "3") await client.command("HELLO", protocol);
  return (await client.command(...command)).reply;
}

async function askBoth(pair: Pair, protocol: string, ...command: string[]): Promise<Reply[]> {
  return await Promise.all([
    ask(pair.oracle, protocol, ...command),
    ask(pair.subject, protocol, ...command),
  ]);
}

/** The tree with every set sorted, so that only its members count. */
function sortSets(reply: Reply): Reply {
  if (reply.kind === "map") {
    return { ...reply, entries: reply.entries.map(([key, value]) => [key, sortSets(value)]) };
  }
  if (!("items" in reply)) return reply;
  const items = reply.items.map(sortSets);
  if (reply.kind !== "set") return { ...reply, items };
  return { ...reply, items: items.sort((a, b) => canonical(a) < canonical(b) ? -1 : 1) };
}

/** A RESP2 flag list is an array; in key specifications it still has no order. */
function sortKeyspecFlags(specs: Reply): Reply {
  if (specs.kind !== "array" && specs.kind !== "set") return specs;
  const sortFlags = (spec: Reply): Reply => {
    const items = itemsOf(spec).map((item, i, all) => {
      const isFlags = i > 0 && textOf(all[i - 1]) === "flags" && item.kind === "array";
      return isFlags ? sortSets({ kind: "set", items: itemsOf(item) }) : sortSets(item);
    });
    return { kind: "array", items };
  };
  return { ...specs, items: specs.items.map(sortFlags) };
}

function compareLists(name: string, expected: Reply, got: Reply): string | undefined {
  const [wanted, present] = [expected, got].map((reply) => itemsOf(reply).map(textOf));
  const missing = wanted.filter((member) => !present.includes(member));
  const extra = present.filter((member) => !wanted.includes(member));
  const members = (reply: Reply) => itemsOf(reply).map(canonical).sort().join();
  if (expected.kind === got.kind && members(expected) === members(got)) return undefined;
  if (missing.length > 0 || extra.length > 0) {
    return `${name}: missing [${missing.join(" ")}], too many [${extra.join(" ")}]`;
  }
  return `${name}: another reply type: expected ${showReply(expected)}\n    got ${showReply(got)}`;
}

/** Compares two entries of COMMAND INFO; each difference in words. */
function compareEntries(expected: Reply, got: Reply): { field: string; words: string }[] {
  const differences: { field: string; words: string }[] = [];
  const [wanted, present] = [itemsOf(expected), itemsOf(got)];
  if (wanted.length !== present.length) {
    return [{ field: "entry", words: `expected ${showReply(expected)}\n got ${showReply(got)}` }];
  }
  for (const [i, { name, isUnordered }] of INFO_FIELDS.entries()) {
    const words = isUnordered
      ? compareLists(name, wanted[i], present[i])
      : compareTrees(name, sortKeyspecFlags(wanted[i]), sortKeyspecFlags(present[i]));
    if (words) differences.push({ field: name, words });
  }
  return [...differences, ...compareSubcommands(wanted, present)];
}

function compareTrees(name: string, expected: Reply, got: Reply): string | undefined {
  if (canonical(expected) === canonical(got)) return undefined;
  return `${name}: expected ${showReply(expected, "    ")}\n    got ${showReply(got, "    ")}`;
}

function compareSubcommands(expected: Reply[], got: Reply[]) {
  const byName = (entries: Reply[]) =>
    new Map(itemsOf(entries[SUBCOMMANDS_INDEX]).map((entry) => [textOf(itemsOf(entry)[0]), entry]));
  const [wanted, present] = [byName(expected), byName(got)];
  const differences: { field: string; words: string }[] = [];
  for (const [name, entry] of wanted) {
    if (TO_COME.includes(name)) continue;
    const other = present.get(name);
    if (!other) differences.push({ field: name, words: `subcommand ${name} is missing` });
    else {
      differences.push(
        ...compareEntries(entry, other)
          .map(({ words }) => ({ field: name, words: `${name}: ${words}` })),
      );
    }
  }
  for (const name of present.keys()) {
    if (!wanted.has(name) && !NEWER.includes(name)) {
      differences.push({ field: name, words: `subcommand ${name}: too many` });
    }
  }
  return differences;
}

function mismatch(where: string, command: string[], expected: string, got: string): Mismatch {
  return { where, command: showCommand(command), expected, got, before: [] };
}

function infoCheck(command: string): Check {
  const run = async (pair: Pair) => {
    const mismatches: Mismatch[] = [];
    for (const protocol of ["2", "3"]) {
      const request = ["COMMAND", "INFO", command];
      const [expected, got] = await askBoth(pair, protocol, ...request);
      const differences = compareEntries(itemsOf(expected)[0], itemsOf(got)[0] ?? got);
      const found = differences.map(({ words }) => words);
      const listed = REFERENCE_ENTRIES[command] ?? [];
      for (const words of found.filter((one) => !listed.includes(one))) {
        mismatches.push(mismatch(`RESP${protocol}`, request, "the oracle's entry", words));
      }
      for (const words of listed.filter((one) => !found.includes(one))) {
        mismatches.push(
          mismatch(`RESP${protocol}`, request, `7.2.4: ${words}`, "the oracle's entry"),
        );
      }
    }
    return mismatches;
  };
  return { family: "table", command: `COMMAND INFO`, name: `COMMAND INFO: ${command}`, run };
}

/** Commands that are no test of arity: they close the connection, or need none. */
const WITHOUT_ARITY_CHECK = ["quit", "reset", "debug"];

/** Too few and too many arguments for the command and its subcommands. */
function arityCheck(command: string): Check {
  const run = async (pair: Pair) => {
    const info = itemsOf(await ask(pair.oracle, "2", "COMMAND", "INFO", command))[0];
    const entries = [info, ...itemsOf(itemsOf(info)[SUBCOMMANDS_INDEX])];
    const mismatches: Mismatch[] = [];
    for (const entry of entries) {
      const [name, arityReply] = itemsOf(entry);
      if (TO_COME.includes(textOf(name))) continue;
      const words = textOf(name).split("|");
      const arity = REFERENCE_ARITIES[textOf(name)] ?? Number(textOf(arityReply));
      const counts = arity > 0 ? [arity - 1, arity + 1, arity + 5] : [-arity - 1];
      for (const count of counts.filter((count) => count >= words.length)) {
        const request = [...words, ...Array(count - words.length).fill("x")];
        const [expected, got] = await askBoth(pair, "2", ...request);
        if (canonical(expected) === canonical(got)) continue;
        mismatches.push(mismatch("arity", request, showReply(expected), showReply(got)));
      }
    }
    return mismatches;
  };
  return { family: "table", command: command.toUpperCase(), name: `${command}: arity`, run };
}

/** ACL categories, to see which covered commands each of them lists. */
const CATEGORIES = ("keyspace read write string admin fast slow blocking dangerous connection " +
  "transaction scripting set list hash").split(" ");

function categoryCheck(category: string): Check {
  const run = async (pair: Pair) => {
    const request = ["COMMAND", "LIST", "FILTERBY", "ACLCAT", category];
    const replies = await askBoth(pair, "2", ...request);
    const [expected, got] = replies.map((reply) => {
      const names = itemsOf(reply).map(textOf);
      const apart = [...NEWER, ...TO_COME];
      return names.filter((name) =>
        COVERED_COMMANDS.includes(name.split("|")[0]) && !apart.includes(name)
      ).sort();
    });
    if (expected.join() === got.join()) return [];
    const missing = expected.filter((name) => !got.includes(name)).join(" ");
    const extra = got.filter((name) => !expected.includes(name)).join(" ");
    const words = `missing [${missing}], too many [${extra}]`;
    return [mismatch("of the covered commands", request, `${expected.length} of them`, words)];
  };
  const name = `COMMAND LIST: ACL category ${category}`;
  return { family: "table", command: "COMMAND LIST", name, run };
}

/** Commands of the oracle's that are still to come: scripts, access control, replication. */
const COMMANDS_TO_COME =
  /^(acl|eval(sha)?(_ro)?|fcall(_ro)?|function|script|failover|psync|sync|replconf)(\||$)/;

/** COMMAND LIST without a filter names all commands with their subcommands. */
const listCheck: Check = {
  family: "table",
  command: "COMMAND LIST",
  name: "COMMAND LIST: all names",
  run: async (pair: Pair) => {
    const request = ["COMMAND", "LIST"];
    const [expected, got] = (await askBoth(pair, "2", ...request)).map((reply) =>
      itemsOf(reply).map(textOf)
    );
    const missing = expected.filter((name) => !got.includes(name) && !COMMANDS_TO_COME.test(name));
    const twice = got.filter((name, i) => got.indexOf(name) !== i);
    if (missing.length + twice.length === 0) return [];
    const words = `missing [${missing.join(" ")}], twice [${twice.join(" ")}]`;
    return [mismatch("names", request, `${expected.length} of them`, words)];
  },
};

const INFO_SECTIONS = ("server clients memory persistence stats replication cpu modules " +
  "commandstats errorstats latencystats cluster keyspace default all everything").split(" ");

/** Sections whose fields depend on what ran before. */
const OPEN_SECTIONS = /^(cmdstat_|errorstat_|latency_percentiles_usec_|db\d+$)/;

/** The lines of an INFO reply that name a section or a field. */
function infoNames(reply: Reply): string[] {
  return textOf(reply).split("\r\n").map((line) => line.split(":")[0])
    .filter((name) => name !== "" && !OPEN_SECTIONS.test(name));
}

function infoSectionCheck(section: string): Check {
  const run = async (pair: Pair) => {
    const request = ["INFO", section];
    const mismatches: Mismatch[] = [];
    for (const protocol of ["2", "3"]) {
      const [expected, got] = await askBoth(pair, protocol, ...request);
      const where = `RESP${protocol}, field names`;
      if (expected.kind !== got.kind) {
        mismatches.push(mismatch(where, request, `a ${expected.kind}`, showReply(got)));
        continue;
      }
      const [wanted, present] = [infoNames(expected), infoNames(got)];
      const missing = wanted.filter((name) => !present.includes(name));
      if (missing.length === 0) continue;
      const words = `missing: ${missing.join(" ")}`;
      mismatches.push(mismatch(where, request, `${wanted.length} names`, words));
    }
    return mismatches;
  };
  return { family: "table", command: "INFO", name: `INFO: fields of section ${section}`, run };
}

/** The cases of this file. */
export const commandInfoChecks = [
  ...COVERED_COMMANDS.map(infoCheck),
  ...COVERED_COMMANDS.filter((name) => !WITHOUT_ARITY_CHECK.includes(name)).map(arityCheck),
  ...CATEGORIES.map(categoryCheck),
  listCheck,
  ...INFO_SECTIONS.map(infoSectionCheck),
];
