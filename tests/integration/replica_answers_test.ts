/** What a replica answers that follows nobody who answers, beside a real one. */

import { assertEquals } from "@std/assert";
import { type Kind, Node } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const long = (length: number) => "x".repeat(length);

const QUESTIONS: readonly (readonly string[])[] = [
  ["GET", "q"],
  ["SET", "q", "1"],
  ["PING"],
  ["EVAL", "return 1", "0"],
  ["EVAL", "return redis.call('ping')", "0"],
  ["EVAL_RO", "return 1", "0"],
  ["EVAL", "#!lua\nreturn 1", "0"],
  ["EVAL", "#!lua flags=allow-stale\nreturn 1", "0"],
  ["EVAL", "#!lua flags=no-writes\nreturn 1", "0"],
  ["EVAL", "#!lua flags=allow-stale,no-writes\nreturn redis.call('echo', 'a')", "0"],
  ["SCRIPT", "LOAD", "return 1"],
  ["EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "0"],
  ["MULTI"],
  ["GET", "q"],
  ["EXEC"],
  ["REPLICAOF", "127.0.0.1", "1x"],
  ["REPLICAOF", "127.0.0.1", "99999"],
  ["REPLICAOF", "127.0.0.1", "-1"],
  ["REPLICAOF", "no", "two"],
  ["REPLICAOF", "127.0.0.1", "1"],
  ["REPLCONF", "capa"],
  ["REPLCONF", "foo", "bar"],
  ["REPLCONF", "listening-port", "x"],
  ["REPLCONF", "rdb-only", "x"],
  ["REPLCONF", "rdb-filter-only", "foo"],
  ["REPLCONF", "ip-address", long(255)],
  ["REPLCONF", "ip-address", long(256)],
  ["FAILOVER"],
  ["FAILOVER", "TO", "a"],
  ["WAIT", "0", "10"],
];

async function answers(kind: Kind): Promise<string[]> {
  await using replica = await Node.start(kind);
  await replica.say("REPLICAOF", "127.0.0.1", "1");
  await replica.say("CONFIG", "SET", "replica-serve-stale-data", "no");
  const all = [];
  for (const words of QUESTIONS) all.push(`${words.join(" ")}: ${await replica.say(...words)}`);
  return all;
}

Deno.test({
  name: "a replica without its primary answers as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    const [real, own] = await Promise.all([answers("redis"), answers("etna")]);
    assertEquals(own, real);
  },
});
