/**
 * Clusters of Etna's nodes and real ones: made by redis-cli, primaries of both kinds killed, replicas of both kinds
 * take over; what was there is served on.
 */

import { assert, assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { freePort } from "../../support/ports.ts";

const ignore = findOracle() === undefined;
const TIMEOUT_MS = 1500;

async function cli(...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("timeout", {
    args: ["60", "redis-cli", ...args],
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Starts nodes and has redis-cli make a cluster of them, each primary with a replica. */
async function create(stack: AsyncDisposableStack, kinds: readonly Kind[]): Promise<Node[]> {
  const nodes: Node[] = [];
  const options = [
    ...["--cluster-enabled", "yes", "--cluster-node-timeout", `${TIMEOUT_MS}`],
    ...["--repl-diskless-sync-delay", "0", "--cluster-port"],
  ];
  for (const kind of kinds) {
    // Ports of tests are high: theirs and 10,000 more would be beyond the last.
    nodes.push(stack.use(await Node.start(kind, ...options, `${freePort()}`)));
  }
  const addresses = nodes.map(({ handle }) => `127.0.0.1:${handle.port}`);
  const text = await cli(
    "--cluster",
    "create",
    ...addresses,
    "--cluster-replicas",
    "1",
    "--cluster-yes",
  );
  assert(text.includes("All 16384 slots covered"), text);
  for (const node of nodes) {
    await until(
      async () => (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
      "it to be up",
    );
  }
  for (const node of nodes) {
    if (await node.row("role") === "slave") {
      await until(async () => await node.row("master_link_status") === "up", "a replica to follow");
    }
  }
  return nodes;
}

/** A node's lines of CLUSTER NODES, by name. */
async function table(node: Node): Promise<Map<string, string[]>> {
  const text = await node.say("CLUSTER", "NODES");
  return new Map(text.trim().split("\n").map((line) => [line.split(" ")[0], line.split(" ")]));
}

/** Who serves what, as a node sees it. */
async function slots(node: Node): Promise<string> {
  const lines = [...(await table(node)).values()].filter((words) => words.length > 8);
  return lines.map(([id, , , , , , , , ...slots]) => `${id} ${slots.join(" ")}`).sort().join("\n");
}

async function replicaOf(nodes: readonly Node[], primary: string): Promise<Node> {
  for (const node of nodes) {
    const own = await node.say("CLUSTER", "MYID");
    if ((await table(node)).get(own)?.[3] === primary) return node;
  }
  throw new Error(`${primary} has no replica`);
}

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
        await new Promise((resolve) => setTimeout(resolve, TIMEOUT_MS * 2 + 500));
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
