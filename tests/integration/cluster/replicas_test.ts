/** What replicas of a cluster do without votes, with old data, and for a primary that has none; even slots. */

import { assert, assertEquals } from "@std/assert";
import { cli, create, NODE_TIMEOUT_MS, replicaOf, slots, table } from "../../support/clusters.ts";
import { type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";

const ignore = findOracle() === undefined;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function agree(nodes: readonly Node[]): Promise<void> {
  await until(async () => {
    const seen = await Promise.all(nodes.map(slots));
    return seen.every((text) => text === seen[0]);
  }, "all to agree");
}

Deno.test({
  name: "cluster: CLUSTER FAILOVER TAKEOVER needs nobody's vote, FORCE does",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, Array<"etna">(6).fill("etna"));
    const [primary, ...others] = nodes.slice(0, 3);
    const heir = await replicaOf(nodes, await primary.say("CLUSTER", "MYID"));
    await primary.say("SET", "{06S}", "kept");
    assertEquals(await primary.say("WAIT", "1", "5000"), "1");
    // The majority is silent.
    for (const other of others) other.handle.signal!("SIGSTOP");
    assertEquals(await heir.say("CLUSTER", "FAILOVER", "FORCE"), "OK");
    await pause(NODE_TIMEOUT_MS);
    assertEquals(await heir.row("role"), "slave");
    assertEquals(await heir.say("CLUSTER", "FAILOVER", "TAKEOVER"), "OK");
    await until(async () => await heir.row("role") === "master", "it to lead");
    await until(async () => await primary.row("role") === "slave", "the old primary to follow");
    for (const other of others) other.handle.signal!("SIGCONT");
    await agree(nodes);
    for (const node of nodes) {
      await until(
        async () => (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
        "it to be up",
      );
    }
    assertEquals(await heir.say("GET", "{06S}"), "kept");
  },
});

for (const kind of ["etna", "redis"] as const) {
  Deno.test({
    name:
      `cluster: ${kind}: a replica whose data is too old does not take over, unless age is nothing`,
    ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const nodes = await create(stack, ["etna", "etna", "etna", kind, kind, kind]);
      const [primary] = nodes;
      const heir = await replicaOf(nodes, await primary.say("CLUSTER", "MYID"));
      const options = ["cluster-replica-validity-factor", "1", "repl-ping-replica-period", "1"];
      assertEquals(await heir.say("CONFIG", "SET", ...options), "OK");
      // It loses its link, and cannot come back.
      assertEquals(await primary.say("CONFIG", "SET", "requirepass", "secret"), "OK");
      assertEquals(await heir.say("CLIENT", "KILL", "TYPE", "master"), "1");
      await until(
        async () => Number(await heir.row("master_link_down_since_seconds")) >= 5,
        "its data to be old",
      );
      primary.handle.kill!();
      const id = await heir.say("CLUSTER", "MYID");
      const leader = (await table(heir)).get(id)![3];
      await until(
        async () => (await table(heir)).get(leader)![2] === "master,fail",
        "the primary's failure to be known",
      );
      await until(
        async () =>
          (await heir.handle.output!()).includes(
            "Disconnected from master for longer than allowed",
          ),
        "it to say why it does not",
      );
      assertEquals(await heir.row("role"), "slave");
      assertEquals(
        await heir.say("CONFIG", "SET", "cluster-replica-validity-factor", "0"),
        "OK",
      );
      await until(async () => await heir.row("role") === "master", "it to take over");
    },
  });
}

Deno.test({
  name: "cluster: a primary whose replicas died gets one of another's",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, Array<"etna">(9).fill("etna"), 2);
    const id = await nodes[0].say("CLUSTER", "MYID");
    const lost: Node[] = [];
    for (const node of nodes.slice(3)) {
      const own = await node.say("CLUSTER", "MYID");
      if ((await table(node)).get(own)![3] === id) lost.push(node);
    }
    assertEquals(lost.length, 2);
    for (const node of lost) node.handle.kill!();
    const left = nodes.filter((node) => !lost.includes(node));
    await until(async () => {
      for (const node of left) {
        const own = await node.say("CLUSTER", "MYID");
        if ((await table(node)).get(own)![3] === id) {
          return await node.row("master_link_status") === "up";
        }
      }
      return false;
    }, "a replica to come");
    await agree(left);
  },
});

Deno.test({
  name: "cluster: redis-cli evens slots out by weight",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const nodes = await create(stack, ["etna", "redis", "etna"], 0);
    const address = `127.0.0.1:${nodes[0].handle.port}`;
    for (let i = 0; i < 200; i++) {
      await cli("-c", "-p", `${nodes[0].handle.port}`, "SET", `key:${i}`, `${i}`);
    }
    const id = await nodes[0].say("CLUSTER", "MYID");
    const text = await cli(
      ...["--cluster", "rebalance", address, "--cluster-weight", `${id}=1.05`],
      ...["--cluster-threshold", "1"],
    );
    assert(!text.includes("ERR"), text.slice(-500));
    await until(async () => {
      const check = await cli("--cluster", "check", address);
      return check.includes("All nodes agree") && check.includes("All 16384 slots covered");
    }, "all to agree");
    const share = await cli("--cluster", "info", address);
    const own = Number(/(\d+) slots/.exec(share)?.[1]);
    assert(Math.abs(own - 16384 * 1.05 / 3.05) < 10, share);
    const sizes = await Promise.all(nodes.map(async (node) => Number(await node.say("DBSIZE"))));
    assertEquals(sizes.reduce((sum, size) => sum + size), 200);
  },
});
