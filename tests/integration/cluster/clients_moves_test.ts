/**
 * ioredis and node-redis while an operator has replicas take over and slots migrate, again and again: each reply is the
 * one to its request, and nothing that was acknowledged is lost by CLUSTER FAILOVER or by a migration. FORCE and
 * TAKEOVER may lose what no replica has yet; the clients go on.
 */

import { assert, assertEquals } from "@std/assert";
import { clusterClients } from "../../support/cluster_clients.ts";
import { create, NODE_TIMEOUT_MS, replicaOf } from "../../support/clusters.ts";
import { type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { itemsOf, textOf } from "../../support/resp_reply.ts";
import { finished } from "../../support/slot_migrations.ts";
import { Writer } from "../../support/writer.ts";

const ROUNDS = Number(Deno.env.get("ETNA_FAILOVERS") ?? 1);

async function primaries(nodes: readonly Node[]): Promise<Node[]> {
  const roles = await Promise.all(nodes.map((node) => node.row("role")));
  return nodes.filter((_, i) => roles[i] === "master");
}

/** Has the replica of a primary take over. @returns it */
async function failOver(nodes: readonly Node[], primary: Node, ...way: string[]): Promise<Node> {
  const heir = await replicaOf(nodes, await primary.say("CLUSTER", "MYID"));
  assertEquals(await heir.say("CLUSTER", "FAILOVER", ...way), "OK");
  await until(async () => await heir.row("role") === "master", `it to take over ${way}`);
  await until(async () => await primary.row("role") === "slave", "the old one to follow");
  await until(async () => await primary.row("master_link_status") === "up", "its link");
  const id = await heir.say("CLUSTER", "MYID");
  for (const node of nodes) {
    await until(
      async () =>
        new RegExp(`^${id} .*master - `, "m").test(await node.say("CLUSTER", "NODES")) &&
        (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
      "all to know who serves",
    );
  }
  return heir;
}

/** Has slots go to another primary and back. */
async function moveThereAndBack(one: Node, other: Node): Promise<void> {
  const words = (await one.say("CLUSTER", "NODES")).split("\n")
    .find((line) => line.includes("myself"))!.split(" ");
  const [first] = words[8].split("-").map(Number);
  for (const target of [other, one]) {
    const id = await target.say("CLUSTER", "MIGRATION", "IMPORT", `${first}`, `${first + 1000}`);
    assertEquals(id.length, 40, id);
    assertEquals((await finished(target)).state, "completed");
  }
}

/** All clients have written more. */
async function goOn(writers: readonly Writer[]): Promise<void> {
  for (const { acknowledged, name } of writers) {
    const before = acknowledged.length;
    await until(() => Promise.resolve(acknowledged.length > before + 30), `${name} to go on`);
  }
}

Deno.test({
  name: "cluster: ioredis and node-redis while replicas take over and slots migrate",
  ignore: findOracle() === undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, Array.from({ length: 6 }, () => "etna"));
    const ports = nodes.map(({ handle }) => handle.port);
    const writers: Writer[] = [];
    for (const [name, connect] of clusterClients) {
      writers.push(new Writer(name, await connect(ports)));
    }
    // Who serves each shard.
    const leaders = nodes.slice(0, 3);
    for (let round = 0; round < ROUNDS; round++) {
      for (let i = 0; i < 3; i++) {
        leaders[i] = await failOver(nodes, leaders[i]);
        await moveThereAndBack(leaders[i], leaders[(i + 1) % 3]);
        await goOn(writers);
      }
      // Nobody votes about the same shard again before.
      await new Promise((resolve) => setTimeout(resolve, NODE_TIMEOUT_MS * 2 + 500));
    }
    const safe = writers.map(({ acknowledged }) => acknowledged.length);
    const found = new Set<string>();
    for (const node of await primaries(nodes)) {
      for (const key of itemsOf((await node.client.command("KEYS", "*")).reply)) {
        found.add(textOf(key));
      }
    }
    for (const [i, { acknowledged }] of writers.entries()) {
      const lost = acknowledged.slice(0, safe[i]).filter(({ key }) => !found.has(key));
      assertEquals(lost, []);
    }
    for (const [i, way] of ["FORCE", "TAKEOVER"].entries()) {
      await failOver(nodes, leaders[i], way);
      await goOn(writers);
    }
    for (const writer of writers) await writer.stop();
    assertEquals(writers.flatMap(({ wrong }) => wrong), []);
    assert(safe.every((count) => count > 100), safe.join());
  },
});
