/**
 * ioredis and node-redis as clients of a cluster, through failovers: each reply is the one to its request, and what
 * was begun after the old primary had been told what it is, and was acknowledged, is there afterwards.
 */

import { assert, assertEquals } from "@std/assert";
import { clusterClients } from "../../support/cluster_clients.ts";
import { create, replicaOf } from "../../support/clusters.ts";
import { type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { Writer } from "../../support/writer.ts";

const FAILOVERS = Number(Deno.env.get("ETNA_FAILOVERS") ?? 2);

for (const [name, connect] of clusterClients) {
  Deno.test({
    name: `cluster: ${name} through ${FAILOVERS} failovers`,
    ignore: findOracle() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const nodes = await create(stack, Array.from({ length: 6 }, () => "etna"));
      const writer = new Writer(name, await connect(nodes.map(({ handle }) => handle.port)));
      const isUp = async (node: Node) =>
        (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok");
      for (let i = 0; i < FAILOVERS; i++) {
        const roles = await Promise.all(nodes.map((node) => node.row("role")));
        const victim = nodes.filter((_, k) => roles[k] === "master")[i % 3];
        const heir = await replicaOf(nodes, await victim.say("CLUSTER", "MYID"));
        victim.handle.signal!("SIGSTOP");
        await until(async () => await heir.row("role") === "master", "the replica to take over");
        for (const node of nodes) if (node !== victim) await until(() => isUp(node), "it to serve");
        victim.handle.signal!("SIGCONT");
        await until(async () => await victim.row("role") === "slave", "the old one to follow");
        await until(async () => await victim.row("master_link_status") === "up", "its link");
        const knownMs = performance.now();
        const begun = () => writer.acknowledged.filter(({ startedMs }) => startedMs > knownMs);
        await until(() => Promise.resolve(begun().length > 100), "the client to write on");
        for (const { key } of begun()) {
          const found = await Promise.all(nodes.map(async (node) => {
            return await node.row("role") === "master" && await node.say("EXISTS", key) === "1";
          }));
          assert(found.includes(true), `${key} is lost`);
        }
      }
      await writer.stop();
      assertEquals(writer.wrong, []);
      assert(writer.acknowledged.length > 0);
    },
  });
}
