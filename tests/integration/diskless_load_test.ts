/**
 * repl-diskless-load swapdb: a data set is loaded beside the old one, which is served meanwhile where both are of one
 * history, and takes its place at once. What clients see is what they see of a real replica.
 */

import { assert, assertEquals } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { textOf } from "../support/resp_reply.ts";

const ignore = findOracle() === undefined;

const library = (name: string, called: string) =>
  `#!lua name=${name}\nredis.register_function{function_name='${called}', callback=function() return 1 end, ` +
  "flags={'no-writes'}}";

/** What is asked of a replica that loads. */
const QUESTIONS = [
  ...[
    "GET own",
    "GET key:1",
    "DBSIZE",
    "EXISTS own key:1",
    "SET x 1",
    "FLUSHALL",
  ],
  ...[
    "FCALL f 0",
    "FCALL g 0",
    "FUNCTION STATS",
    "BGSAVE",
    "SAVE",
    "DEBUG SLEEP 0",
    "BGREWRITEAOF",
  ],
  ...[
    "EVAL return(1) 0",
    "PING",
    "MULTI",
    "GET own",
    "EXEC",
    "MULTI",
    "BGSAVE",
    "EXEC",
    "SWAPDB 0 1",
  ],
  ...[
    "FAILOVER",
    "FAILOVER ABORT",
    "WAIT 0 1",
    "PUBLISH a b",
    "KEYS own*",
  ],
  ...[
    "SCAN 0 MATCH own",
    "OBJECT ENCODING own",
    "DUMP own",
    "RANDOMKEY x",
    "REPLICAOF a b",
    "SLOWLOG LEN x",
  ],
  ...[
    "CONFIG SET maxmemory 0",
    "SCRIPT LOAD return(1)",
    "FUNCTION FLUSH",
    "ACL WHOAMI",
    "LASTSAVE x",
    "ASKING",
  ],
  ...[
    "CLIENT GETNAME",
    "COMMAND COUNT x",
    "MODULE LIST",
    "REPLCONF a",
    "LATENCY RESET a",
    "PFCOUNT own2",
  ],
];

/** Rows of INFO that tell of loading, and the names of those that tell of the link. */
async function told(node: Node): Promise<string[]> {
  const sections = await node.client.pipeline([["INFO", "persistence"], ["INFO", "replication"]]);
  const [persistence, replication] = sections.map(({ reply }) => textOf(reply).split("\r\n"));
  const rows = persistence.filter((row) => /^(async_)?loading:/.test(row));
  const names = persistence.filter((row) => row.startsWith("loading_")).map((row) =>
    row.split(":")[0]
  );
  const states = replication.filter((row) =>
    /^(role|master_link_status|master_sync_in|slave_repl)/.test(row)
  );
  const links = replication.map((row) => row.split(":")[0]);
  return [...rows, ...names, ...states, ...links];
}

async function answers(node: Node): Promise<string[]> {
  const replies = await node.client.pipeline(QUESTIONS.map((question) => question.split(" ")));
  return replies.map(({ reply }, i) => `${QUESTIONS[i]}: ${textOf(reply)}`);
}

const isLoading = async (node: Node) => {
  const info = await node.say("INFO", "persistence");
  return /loading:1/.test(info) && /loading_loaded_bytes:[1-9]/.test(info);
};

/** A primary with data, a replica with others. */
async function pair(primary: Node, replica: Node): Promise<void> {
  await primary.say("CONFIG", "SET", "repl-backlog-size", "16384");
  await primary.say("CONFIG", "SET", "rdb-key-save-delay", "500");
  await primary.say("DEBUG", "POPULATE", "5000", "key", "100");
  await primary.say("FUNCTION", "LOAD", library("one", "f"));
  await replica.say("CONFIG", "SET", "loading-process-events-interval-bytes", "1024");
  await replica.say("SET", "own", "1");
  await replica.say("FUNCTION", "LOAD", library("two", "g"));
}

/** The replica needs all anew, and not because it is of another history. */
async function outrun(primary: Node): Promise<void> {
  const big = "x".repeat(1000);
  const writes = Array.from({ length: 40 }, (_, i) => ["SET", `big:${i}`, big]);
  await primary.client.pipeline([
    ["MULTI"],
    ["CLIENT", "KILL", "TYPE", "replica"],
    ...writes,
    ["EXEC"],
  ]);
}

/** All that a replica of a kind lets its clients see. */
async function seen(kind: "redis" | "etna"): Promise<Record<string, string[]>> {
  await using primary = await Node.start("redis");
  await using replica = await Node.start(kind, "--repl-diskless-load", "swapdb");
  await pair(primary, replica);
  const all: Record<string, string[]> = {};
  await replica.follow(primary);
  await until(() => isLoading(replica), "the first data set");
  all.other = [...await told(replica), ...await answers(replica)];
  assert(await isLoading(replica), "it was loaded too fast");
  await replica.equals(primary);
  all.otherDone = await told(replica);
  await primary.say("SET", "own", "2");
  await replica.equals(primary);
  await outrun(primary);
  await until(() => isLoading(replica), "the second data set");
  // Offsets count what the one or the other has sent until now.
  const facts = (await told(replica)).map((row) => row.replace(/(repl_offset):\d+/, "$1"));
  all.same = [...facts, ...await answers(replica)];
  assert(await isLoading(replica), "it was loaded too fast");
  await replica.equals(primary);
  all.sameDone = [await replica.say("GET", "own"), await replica.say("FCALL", "f", "0")];
  return all;
}

Deno.test({
  name: "swapdb: clients see what they see of a real replica, before, while and after it loads",
  ignore,
  async fn() {
    const [real, own] = await Promise.all([seen("redis"), seen("etna")]);
    for (const moment of Object.keys(real)) {
      real[moment].forEach((line, i) =>
        assertEquals(`${moment} ${own[moment][i]}`, `${moment} ${line}`)
      );
    }
  },
});
