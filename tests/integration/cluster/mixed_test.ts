/**
 * Clusters of Etna's nodes and real ones: made by redis-cli, primaries of both kinds killed, replicas of both kinds
 * take over; what was there is served on.
 */

import { assert, assertEquals } from "@std/assert";
import { cli, create, NODE_TIMEOUT_MS, replicaOf, slots } from "../../support/clusters.ts";
import { until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";

const ignore = findOracle() === undefined;
for (
  const kinds of [
    ["etna", "etna", "etna", "etna", "etna", "etna"],
    ["etna", "redis", "etna", "redis", "etna", "redis"],
  ] as const
) {
  Deno.test({
    name: `cluster: ${
      kinds.join(", ")
    }: replicas take over, and primaries come back as their replicas`,
    ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const nodes = await create(stack, kinds);
      for (let round = 0; round < 2; round++) {
        const victim = nodes[round];
        const id = await victim.say("CLUSTER", "MYID");
        const heir = await replicaOf(nodes, id);
        victim.handle.signal!("SIGSTOP");
        await until(async () => await heir.row("role") === "master", "the replica to take over");
        const others = nodes.filter((node) => node !== victim);
        await until(async () => {
          const seen = await Promise.all(others.map(slots));
          return seen.every((text) => text === seen[0]);
        }, "all to agree");
        await until(
          async () => (await heir.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
          "the cluster to serve again",
        );
        victim.handle.signal!("SIGCONT");
        await until(async () => await victim.row("role") === "slave", "the old primary to follow");
        await until(async () => await victim.row("master_link_status") === "up", "its link");
        // Nobody votes about the same shard again before.
        await new Promise((resolve) => setTimeout(resolve, NODE_TIMEOUT_MS * 2 + 500));
        // And back, as an operator asks for it: nothing is lost.
        assertEquals(await victim.say("CLUSTER", "FAILOVER"), "OK");
        await until(async () => await victim.row("role") === "master", "it to lead again");
        await until(async () => await heir.row("role") === "slave", "the other to follow");
        await until(async () => await heir.row("master_link_status") === "up", "its link");
      }
      await until(async () => {
        const check = await cli("--cluster", "check", `127.0.0.1:${nodes[0].handle.port}`);
        return check.includes("All nodes agree about slots configuration");
      }, "redis-cli to find that all agree");
      const info = await cli("--cluster", "info", `127.0.0.1:${nodes[0].handle.port}`);
      assert(info.includes("5461 slots | 1 slaves"), info);
    },
  });
}
