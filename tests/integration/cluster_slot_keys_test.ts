/** Keys of a slot that goes to another node. */

import { assert, assertEquals } from "@std/assert";
import { FakeCluster, startNode } from "../support/fake_cluster.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const SLOT = 7629;

async function filled(keys: number) {
  const cluster = new FakeCluster("127.0.0.1:1");
  const node = await startNode(cluster);
  const client = await RespClient.connect(node);
  const say = async (...words: string[]) => textOf((await client.command(...words)).reply);
  for (let i = 0; i < keys; i += 500) {
    const pairs = Array.from({ length: 500 }, (_, k) => [`{k}${i + k}`, "v"]);
    await say("MSET", ...pairs.flat());
  }
  await say("SET", "b", "stays");
  return { cluster, node, client, say };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 2000 && !await holds(); i++) await new Promise((done) => setTimeout(done, 5));
  assert(await holds());
}

Deno.test("cluster slot keys: of a lost slot they are deleted, in slices, and followers are told", async () => {
  const { cluster, node, client, say } = await filled(20_000);
  await using _node = node;
  using _client = client;
  let effects = "";
  node.server.propagation.follow({
    more(place) {
      place.pieces((ptr, len) => {
        effects += node.server.core.binary(ptr, len);
      });
      place.take(place.behind);
      return true;
    },
    lost: () => false,
  });
  cluster.owners[SLOT] = cluster.other;
  cluster.onChange!();
  node.server.slotKeys.drop([SLOT]);
  assertEquals(await say("GET", "{k}1"), `MOVED ${SLOT} 127.0.0.1:1`);
  assertEquals(await say("GET", "b"), "stays");
  assertEquals(await say("DBSIZE"), "1", "what is on its way out is not seen");
  await until(() => Promise.resolve(node.server.slotKeys.dropping === 0));
  await until(() => Promise.resolve(effects.split("$3\r\nDEL\r\n").length === 20_001));
});

Deno.test("cluster slot keys: a slot that comes back keeps what is left", async () => {
  const { cluster, node, client, say } = await filled(1000);
  await using _node = node;
  using _client = client;
  node.server.slotKeys.drop([SLOT]);
  await say("PING");
  await say("PING");
  assertEquals(await say("DBSIZE"), "1001");
  assertEquals(node.server.slotKeys.dropping, 0);
  cluster.owners[SLOT] = cluster.other;
  cluster.importing.set(SLOT, cluster.other);
  cluster.onChange!();
  node.server.slotKeys.drop([SLOT]);
  await until(() => Promise.resolve(node.server.slotKeys.dropping === 0));
  assertEquals(await say("DBSIZE"), "1001");
});
