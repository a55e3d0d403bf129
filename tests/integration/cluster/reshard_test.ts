/** Slots move between nodes of Etna and real ones, key by key, while a client writes: nothing is lost or doubled. */

import { assert, assertEquals } from "@std/assert";
import { Cluster } from "ioredis";
import { cli, create } from "../../support/clusters.ts";
import { until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";

const KEYS = 600;

Deno.test({
  name:
    "cluster: slots move from etna to redis, back, and to another etna while they are written to",
  ignore: findOracle() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, ["etna", "redis", "etna"], 0);
    const client = new Cluster(nodes.map(({ handle: { host, port } }) => ({ host, port })));
    stack.defer(() => client.disconnect());
    const written = new Map<string, number>();
    for (let i = 0; i < KEYS; i++) {
      await client.set(`key:${i}`, "0");
      written.set(`key:${i}`, 0);
    }
    await client.hset("{key:1}hash", "field", "value");
    let stopped = false;
    const writing = (async () => {
      for (let i = 0; !stopped; i++) {
        const key = `key:${i % KEYS}`;
        assertEquals(await client.incr(key), written.get(key)! + 1, key);
        written.set(key, written.get(key)! + 1);
      }
    })();
    const ids = await Promise.all(nodes.map((node) => node.say("CLUSTER", "MYID")));
    const [first, second, third] = ids;
    const address = `127.0.0.1:${nodes[0].handle.port}`;
    for (const [from, to] of [[first, second], [second, first], [first, third], [second, third]]) {
      const text = await cli(
        ...["--cluster", "reshard", address, "--cluster-from", from, "--cluster-to", to],
        ...["--cluster-slots", "300", "--cluster-yes"],
      );
      assert(!text.includes("ERR"), text.slice(-500));
      await until(async () => {
        const check = await cli("--cluster", "check", address);
        return check.includes("All nodes agree") && check.includes("All 16384 slots covered") &&
          !check.includes("open slots found") && !check.includes("migrating");
      }, "all to agree");
    }
    stopped = true;
    await writing;
    for (const [key, value] of written) assertEquals(await client.get(key), `${value}`, key);
    assertEquals(await client.hget("{key:1}hash", "field"), "value");
    const sizes = await Promise.all(nodes.map(async (node) => Number(await node.say("DBSIZE"))));
    assertEquals(sizes.reduce((sum, size) => sum + size), KEYS + 1);
  },
});
