import { assertEquals } from "@std/assert";
import { FakeCluster, startNode } from "../../../tests/support/fake_cluster.ts";
import { runReplies } from "../../../tests/support/replies_script.ts";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";

/** CLUSTERSCAN from a cursor until it is 0, or the slot is another. @returns the keys, in order, and the calls */
async function scan(client: RespClient, from: string, ...options: string[]) {
  const keys: string[] = [];
  let calls = 0;
  for (let cursor = from; cursor !== "0"; calls++) {
    const { reply } = await client.command("CLUSTERSCAN", cursor, ...options);
    const [next, found] = itemsOf(reply);
    keys.push(...itemsOf(found).map(textOf));
    cursor = textOf(next);
  }
  return { keys: keys.sort(), calls };
}

Deno.test("cluster / CLUSTERSCAN: one slot, options, cursors, errors", async () => {
  const cluster = new FakeCluster("127.0.0.1:1");
  await using node = await startNode(cluster);
  using client = await RespClient.connect(node);
  const names = Array.from({ length: 500 }, (_, i) => `{k}${i}`);
  await client.pipeline(names.map((name) => ["SET", name, "v"]));
  await client.pipeline([["LPUSH", "{k}list", "a"], ["SET", "b", "1"]]);
  const { reply } = await client.command("CLUSTERSCAN", "0", "SLOT", "7629");
  const start = textOf(itemsOf(reply)[0]);
  const tag = /^0-(\{\w+\})-0$/.exec(start)![1];
  assertEquals(textOf((await client.command("CLUSTER", "KEYSLOT", tag)).reply), "7629");
  const all = await scan(client, start, "SLOT", "7629", "COUNT", "7");
  assertEquals(all.keys, [...names, "{k}list"].sort());
  assertEquals(all.calls > 40, true, `${all.calls} calls`);
  const options = ["SLOT", "7629", "COUNT", "100"];
  assertEquals((await scan(client, start, ...options, "TYPE", "list")).keys, ["{k}list"]);
  assertEquals((await scan(client, start, ...options, "MATCH", "*99")).keys.length, 5);
  const { reply: some } = await client.command("CLUSTERSCAN", start, "SLOT", "7629");
  const local = textOf(itemsOf(some)[0]);
  assertEquals(/^[0-9a-f]{6}-\{\w+\}-\d+$/.test(local), true, local);
  // Of another run: the slot begins anew.
  const other = local.replace(/^[0-9a-f]{6}/, "000000");
  assertEquals((await scan(client, other, "SLOT", "7629")).keys.length, 501);
  await runReplies(
    client,
    String.raw`
      CLUSTERSCAN 0-{k}-0 SLOT 1 -> ERR Cursor slot mismatch
      CLUSTERSCAN 0 SLOT 20000 -> ERR Invalid or out of range slot
      CLUSTERSCAN 0 SLOT 0 SLOT 0 -> ERR SLOT option can only be specified once
      CLUSTERSCAN 0 MATCH -> ERR syntax error
      CLUSTERSCAN 0 COUNT 0 -> ERR syntax error
      CLUSTERSCAN 17 -> ERR Invalid cursor
      CLUSTERSCAN {k} -> ERR Invalid cursor
    `,
  );
  cluster.owners[7629] = cluster.other;
  cluster.onChange!();
  assertEquals(
    textOf((await client.command("CLUSTERSCAN", start)).reply),
    "MOVED 7629 127.0.0.1:1",
  );
});

Deno.test("cluster / CLUSTERSCAN: all slots, one after the other", async () => {
  const cluster = new FakeCluster("127.0.0.1:1");
  await using node = await startNode(cluster);
  using client = await RespClient.connect(node);
  cluster.owners.fill(cluster.self);
  cluster.onChange!();
  const names = Array.from({ length: 300 }, (_, i) => `key:${i}`);
  await client.pipeline(names.map((name) => ["SET", name, "v"]));
  const { keys, calls } = await scan(client, "0-{06S}-0", "COUNT", "1000");
  assertEquals(keys, names.sort());
  assertEquals(calls <= 301, true, `${calls} calls`);
});
