/**
 * Keys whose time is over at a replica before its primary says so, as where clocks differ: they are hidden, and there,
 * as at a real replica.
 */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { splitLine } from "../support/text.ts";

const QUESTIONS = `
GET k
EXISTS k k
TTL k
PTTL k
EXPIRETIME k
TYPE k
STRLEN k
GETRANGE k 0 -1
DUMP k
OBJECT ENCODING k
OBJECT REFCOUNT k
TOUCH k
MGET k stays
LLEN l
LRANGE l 0 -1
HGETALL h
SINTER s s
SORT l
ZCARD z
XLEN x
SCAN 0 COUNT 100
KEYS *
RANDOMKEY
DBSIZE
SET k 1
DEL k
EVAL "return redis.call('get', KEYS[1])" 1 k
`;

async function story(kind: Kind): Promise<string[]> {
  await using primary = await Node.start("redis");
  await using replica = await Node.start(kind);
  await replica.follow(primary);
  await replica.equals(primary);
  // The primary deletes nothing by itself: it is as if the replica's clock were ahead.
  await primary.say("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  const keys = ["k", "l", "h", "s", "z", "x"];
  await primary.client.pipeline([
    ["SET", "stays", "1"],
    ["SET", "k", "v"],
    ["RPUSH", "l", "1"],
    ["HSET", "h", "f", "v"],
    ["SADD", "s", "m"],
    ["ZADD", "z", "1", "m"],
    ["XADD", "x", "1-1", "f", "v"],
    ...keys.map((key) => ["PEXPIRE", key, "50"]),
  ]);
  await until(async () => {
    return await replica.row("master_repl_offset") === await primary.row("master_repl_offset");
  }, "the keys");
  await until(async () => await replica.say("EXISTS", ...keys) === "0", "their time to be over");
  const told: string[] = [];
  for (const line of QUESTIONS.trim().split("\n")) {
    told.push(`${line}: ${(await replica.client.command(...splitLine(line))).raw}`);
  }
  const counted = async () =>
    /keys=\d+,expires=\d+/.exec(await replica.say("INFO", "keyspace"))?.[0] ?? "none";
  told.push(await counted());
  // It is asked for them, finds that their time is over, and says so.
  await primary.say("EXISTS", ...keys);
  await replica.equals(primary);
  return [...told, await counted()];
}

/** The same of keys that come with the copy, until the replica is a primary itself. */
async function copied(kind: Kind): Promise<string[]> {
  await using primary = await Node.start("redis");
  await using replica = await Node.start(kind);
  await primary.say("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await primary.say("SET", "stays", "1");
  await primary.say("SET", "k", "v", "PX", "1");
  await primary.say("RPUSH", "l", "1");
  await primary.say("PEXPIRE", "l", "1");
  await new Promise((resolve) => setTimeout(resolve, 5));
  await replica.follow(primary);
  await replica.equals(primary);
  const told: string[] = [];
  for (const line of QUESTIONS.trim().split("\n")) {
    told.push(`${line}: ${(await replica.client.command(...splitLine(line))).raw}`);
  }
  await replica.say("REPLICAOF", "NO", "ONE");
  await until(async () => await replica.say("DBSIZE") === "1", "them to go");
  return told;
}

Deno.test({
  name: "keys whose time is over come with the copy, hidden, as to the real one",
  ignore: findOracle() === undefined,
  async fn() {
    const [etna, redis] = await Promise.all([copied("etna"), copied("redis")]);
    assertEquals(etna, redis);
  },
});

Deno.test({
  name: "a replica hides what its primary has not expired yet, as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    const [etna, redis] = await Promise.all([story("etna"), story("redis")]);
    assertEquals(etna, redis);
  },
});
