/** Slots migrate as a whole, between nodes of Etna, while clients write: nothing is lost, doubled or seen too early. */

import { assert, assertEquals } from "@std/assert";
import { Cluster } from "ioredis";
import { until } from "../../support/nodes.ts";
import { finished, migrate, migrationTest } from "../../support/slot_migrations.ts";

const KEYS = 3000;

migrationTest(
  "slots migrate under load, asked for at the target and at the source",
  async (nodes, stack) => {
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
    assertEquals(await migrate(third, first, "0", "1000"), "OK");
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
);
