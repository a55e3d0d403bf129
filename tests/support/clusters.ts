/** Clusters of processes, made by redis-cli. */

import { assert } from "@std/assert";
import { type Kind, Node, until } from "./nodes.ts";
import { freePort } from "./ports.ts";

export const NODE_TIMEOUT_MS = 1500;

export async function cli(...args: string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command("timeout", {
    args: ["60", "redis-cli", ...args],
  }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

/** Starts nodes and has redis-cli make a cluster of them. @param replicas of each primary @param more options of each */
export async function create(
  stack: AsyncDisposableStack,
  kinds: readonly Kind[],
  replicas = 1,
  more: readonly string[] = [],
): Promise<Node[]> {
  const nodes: Node[] = [];
  const options = [
    ...["--cluster-enabled", "yes", "--cluster-node-timeout", `${NODE_TIMEOUT_MS}`],
    ...more,
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
    `${replicas}`,
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
      const self = await node.say("CLUSTER", "MYID");
      // Those who take it for a primary yet would deny it their votes.
      const isKnownBy = async (other: Node) =>
        /slave/.test((await table(other)).get(self)?.[2] ?? "");
      for (const other of nodes) await until(() => isKnownBy(other), "all to know a replica");
    }
  }
  return nodes;
}

/** A node's lines of CLUSTER NODES, by name. */
export async function table(node: Node): Promise<Map<string, string[]>> {
  const text = await node.say("CLUSTER", "NODES");
  return new Map(text.trim().split("\n").map((line) => [line.split(" ")[0], line.split(" ")]));
}

/** Who serves what, as a node sees it. */
export async function slots(node: Node): Promise<string> {
  const lines = [...(await table(node)).values()].filter((words) => words.length > 8);
  return lines.map(([id, , , , , , , , ...slots]) => `${id} ${slots.join(" ")}`).sort().join("\n");
}

export async function replicaOf(nodes: readonly Node[], primary: string): Promise<Node> {
  for (const node of nodes) {
    const own = await node.say("CLUSTER", "MYID");
    if ((await table(node)).get(own)?.[3] === primary) return node;
  }
  throw new Error(`${primary} has no replica`);
}
