/** What slots cost: to the byte, and on whose account. */

import { assert, assertEquals } from "@std/assert";
import { FakeCluster, type FakeNode, startNode } from "../../tests/support/fake_cluster.ts";
import { RespClient } from "../../tests/support/resp_client.ts";

const SLOT = 3300;
const KEY = "b";

type Counts = Record<string, number>;

async function counts(client: RespClient, slot = SLOT): Promise<Counts> {
  const row = await client.command("CLUSTER", "SLOT-STATS", "SLOTSRANGE", `${slot}`, `${slot}`);
  const fields = row.raw.matchAll(/([a-z-]+)\r\n:(\d+)/g);
  return Object.fromEntries(Array.from(fields, ([, name, value]) => [name, Number(value)]));
}

/** What a command changes of a slot's counters. */
async function costs(client: RespClient, ...words: string[]): Promise<[number, number]> {
  const before = await counts(client);
  await client.command(...words);
  const after = await counts(client);
  const difference = (name: string) => after[name] - before[name];
  return [difference("network-bytes-in"), difference("network-bytes-out")];
}

const requestBytes = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`.length;

async function counting(): Promise<{ node: FakeNode; cluster: FakeCluster; client: RespClient }> {
  const cluster = new FakeCluster("127.0.0.1:1");
  const node = await startNode(cluster, { "cluster-slot-stats-enabled": "yes" });
  return { node, cluster, client: await RespClient.connect(node) };
}

Deno.test("slot stats / requests and replies are counted to the byte", async () => {
  const { node, client } = await counting();
  await using _node = node;
  using _client = client;
  const large = "x".repeat(300_000);
  assertEquals(await costs(client, "SET", KEY, "value"), [requestBytes("SET", KEY, "value"), 5]);
  assertEquals(await costs(client, "GET", KEY), [requestBytes("GET", KEY), 11]);
  assertEquals(await costs(client, "SET", KEY, large), [requestBytes("SET", KEY, large), 5]);
  assertEquals(await costs(client, "GET", KEY), [requestBytes("GET", KEY), 300_011]);
  assertEquals(await costs(client, "INCR", KEY), [
    requestBytes("INCR", KEY),
    "-ERR value is not an integer or out of range\r\n".length,
  ]);
  assertEquals(await costs(client, "PING"), [0, 0]);
  // What is not served here costs nothing here, nor does what could not be understood.
  assertEquals(await costs(client, "GET", "{x}y"), [0, 0]);
  assertEquals(await costs(client, "GET", KEY, KEY), [0, 0]);
  assert((await counts(client))["cpu-usec"] > 0);
});

Deno.test("slot stats / scripts are one command, transactions as many as they have", async () => {
  const { node, client } = await counting();
  await using _node = node;
  using _client = client;
  // More than what a reply lies in as long as it is short.
  await client.command("SET", KEY, "x".repeat(3_000_000));
  const script = "redis.call('GET', KEYS[1]); return redis.call('STRLEN', KEYS[1])";
  assertEquals(await costs(client, "EVAL", script, "1", KEY), [
    requestBytes("EVAL", script, "1", KEY),
    ":3000000\r\n".length,
  ]);
  const before = await counts(client);
  for (const line of ["MULTI", `STRLEN ${KEY}`, "PING", `STRLEN ${KEY}`, "EXEC"]) {
    await client.command(...line.split(" "));
  }
  const after = await counts(client);
  const [inputs, outputs] = ["network-bytes-in", "network-bytes-out"]
    .map((name) => after[name] - before[name]);
  assertEquals([inputs, outputs], [2 * requestBytes("STRLEN", KEY), 2 * ":3000000\r\n".length]);
});

Deno.test("slot stats / who waited is counted once, and messages of shard channels are", async () => {
  const { node, client } = await counting();
  await using _node = node;
  using _client = client;
  using other = await RespClient.connect(node);
  const before = await counts(client);
  const waiting = other.command("BLPOP", KEY, "0");
  while (!(await client.command("CLIENT", "LIST")).raw.includes("cmd=blpop")) { /* it comes */ }
  await client.command("RPUSH", KEY, "e");
  await waiting;
  const after = await counts(client);
  assertEquals(
    after["network-bytes-in"] - before["network-bytes-in"],
    requestBytes("BLPOP", KEY, "0") + requestBytes("RPUSH", KEY, "e"),
  );
  assertEquals(
    after["network-bytes-out"] - before["network-bytes-out"],
    "*2\r\n$1\r\nb\r\n$1\r\ne\r\n:1\r\n".length,
  );
  await other.command("SSUBSCRIBE", KEY);
  assertEquals(await costs(client, "SPUBLISH", KEY, "hello"), [
    requestBytes("SPUBLISH", KEY, "hello"),
    ":1\r\n*3\r\n$8\r\nsmessage\r\n$1\r\nb\r\n$5\r\nhello\r\n".length,
  ]);
});

Deno.test("slot stats / begin anew with a slot, with CONFIG RESETSTAT, and when they are switched on", async () => {
  const { node, cluster, client } = await counting();
  await using _node = node;
  using _client = client;
  const nothing = { "key-count": 1, "cpu-usec": 0, "network-bytes-in": 0, "network-bytes-out": 0 };
  const seen = async () => {
    const { "memory-bytes": _, ...rest } = await counts(client);
    return rest;
  };
  await client.command("SET", KEY, "1");
  await client.command("CONFIG", "RESETSTAT");
  assertEquals(await seen(), nothing);
  await client.command("GET", KEY);
  cluster.owners[SLOT] = cluster.other;
  cluster.onChange!();
  await client.command("PING");
  cluster.owners[SLOT] = cluster.self;
  cluster.onChange!();
  await client.command("PING");
  assertEquals((await seen())["network-bytes-in"], 0);
  await client.command("GET", KEY);
  await client.command("CONFIG", "SET", "cluster-slot-stats-enabled", "no");
  assertEquals(await counts(client), { "key-count": 1 });
  await client.command("GET", KEY);
  await client.command("CONFIG", "SET", "cluster-slot-stats-enabled", "yes");
  assertEquals(await seen(), nothing);
});
