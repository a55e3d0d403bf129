/** Slots migrate as a whole, between nodes of Etna, while clients write: nothing is lost, doubled or seen too early. */

import { assert, assertEquals } from "@std/assert";
import { Cluster } from "ioredis";
import { create } from "../../support/clusters.ts";
import { type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { itemsOf, textOf } from "../../support/resp_reply.ts";

const KEYS = 3000;

async function idOf(node: Node): Promise<string> {
  return await node.say("CLUSTER", "MYID");
}

/** What a node says of its migrations, the newest last: names and values. */
async function status(node: Node): Promise<Record<string, string>[]> {
  const { reply } = await node.client.command("CLUSTER", "MIGRATION", "STATUS", "ALL");
  return itemsOf(reply).map((row) => {
    const words = itemsOf(row).map(textOf);
    return Object.fromEntries(words.flatMap((name, i) => i % 2 ? [] : [[name, words[i + 1]]]));
  });
}

/** Waits for the end of a node's newest migration. */
async function finished(node: Node): Promise<Record<string, string>> {
  let last: Record<string, string> = {};
  await until(async () => {
    last = (await status(node)).at(-1)!;
    return last.state !== "in_progress";
  }, "the migration to end");
  return last;
}

Deno.test({
  name: "cluster: slots migrate under load, asked for at the target and at the source",
  ignore: findOracle() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, ["etna", "etna", "etna"], 0);
    const client = new Cluster(nodes.map(({ handle: { host, port } }) => ({ host, port })));
    stack.defer(() => client.disconnect());
    client.on("error", () => {});
    const written = new Map<string, number>();
    for (let i = 0; i < KEYS; i++) {
      await client.set(`key:${i}`, "0");
      written.set(`key:${i}`, 0);
    }
    let stopped = false;
    let wrong: unknown = null;
    const writing = (async () => {
      for (let i = 0; !stopped; i++) {
        const key = `key:${i % KEYS}`;
        assertEquals(await client.incr(key), written.get(key)! + 1, key);
        written.set(key, written.get(key)! + 1);
      }
    })().catch((error) => wrong = error);
    const [first, , third] = nodes;
    const id = await third.say("CLUSTER", "MIGRATION", "IMPORT", "0", "2000", "3000", "4000");
    assert(/^[0-9a-f]{40}$/.test(id), id);
    assertEquals((await finished(third)).state, "completed");
    assertEquals(
      await third.say(
        ...["CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", "0", "1000", "NODE", await idOf(first)],
      ),
      "OK",
    );
    const { state, operation, slots } = await finished(third);
    assertEquals([state, operation, slots], ["completed", "migrate", "0-1000"]);
    stopped = true;
    await writing;
    assertEquals(wrong, null);
    for (const [key, value] of written) assertEquals(await client.get(key), `${value}`, key);
    await until(async () => {
      const sizes = await Promise.all(nodes.map(async (node) => Number(await node.say("DBSIZE"))));
      return sizes.reduce((sum, size) => sum + size) === KEYS;
    }, "each key to be once");
  },
});
