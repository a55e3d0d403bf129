/**
 * Failovers of real processes: groups of Etna's Sentinels, of real ones and of both, over Etna's servers and real
 * ones. The primary is stopped, so that it comes back believing that it still is one.
 */

import { assert, assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { SentinelNode } from "../../support/sentinels.ts";

const ignore = findOracle() === undefined;

interface Group {
  servers: readonly Kind[];
  sentinels: readonly Kind[];
}

const groups: readonly Group[] = [
  { servers: ["etna", "etna", "etna"], sentinels: ["etna", "etna", "etna"] },
  { servers: ["redis", "redis"], sentinels: ["etna", "etna", "etna"] },
  { servers: ["etna", "etna"], sentinels: ["redis", "redis", "redis"] },
  { servers: ["etna", "redis", "etna"], sentinels: ["etna", "redis", "redis"] },
  { servers: ["redis", "etna"], sentinels: ["redis", "etna", "etna"] },
];

for (const { servers, sentinels } of groups) {
  Deno.test({
    name: `sentinel: ${sentinels.join(", ")} fail over ${servers.join(", ")}`,
    ignore,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const nodes: Node[] = [];
      for (const kind of servers) nodes.push(stack.use(await Node.start(kind)));
      const [primary, ...replicas] = nodes;
      for (const replica of replicas) await replica.follow(primary);
      const watch = {
        name: "group",
        port: primary.handle.port,
        quorum: 2,
        options: { "down-after-milliseconds": 1000, "failover-timeout": 5000 },
      };
      const watchers: SentinelNode[] = [];
      for (const kind of sentinels) watchers.push(stack.use(await SentinelNode.start(kind, watch)));
      for (const watcher of watchers) {
        await until(
          async () =>
            await watcher.field("group", "num-slaves") === `${replicas.length}` &&
            await watcher.field("group", "num-other-sentinels") === `${sentinels.length - 1}`,
          "all to know each other",
        );
      }
      assertEquals(await primary.say("SET", "before", "1"), "OK");
      for (const replica of replicas) await replica.equals(primary);
      primary.handle.signal!("SIGSTOP");
      let next: Node | undefined;
      await until(async () => {
        const ports = await Promise.all(watchers.map((watcher) => watcher.primaryPort("group")));
        next = replicas.find(({ handle }) => ports.every((port) => port === handle.port));
        return next !== undefined;
      }, "all Sentinels to name another primary");
      await until(async () => await next!.row("role") === "master", "it to be one");
      assertEquals(await next!.say("GET", "before"), "1");
      assertEquals(await next!.say("SET", "after", "1"), "OK");
      primary.handle.signal!("SIGCONT");
      await until(async () => await primary.row("role") === "slave", "the old primary to follow");
      for (const node of nodes) if (node !== next) await node.equals(next!);
    },
  });
}

Deno.test({
  name: "sentinel: what it has promised is in its configuration file, and it goes on from there",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const primary = stack.use(await Node.start("etna"));
    const replica = stack.use(await Node.start("etna"));
    await replica.follow(primary);
    const watch = {
      name: "group",
      port: primary.handle.port,
      quorum: 1,
      options: { "down-after-milliseconds": 1000, "parallel-syncs": 3 },
    };
    const watcher = stack.use(await SentinelNode.start("etna", watch));
    await until(async () => await watcher.field("group", "num-slaves") === "1", "the replica");
    await replica.equals(primary);
    await until(
      async () => await watcher.say("SENTINEL", "FAILOVER", "group") === "OK",
      "the replica to be known well enough",
    );
    await until(
      async () => await watcher.primaryPort("group") === replica.handle.port,
      "the replica to be promoted",
    );
    await until(async () => await primary.row("role") === "slave", "the old primary to follow");
    const text = await Deno.readTextFile(`${watcher.handle.dir}/sentinel.conf`);
    for (
      const line of [
        `sentinel monitor group 127.0.0.1 ${replica.handle.port} 1`,
        "sentinel down-after-milliseconds group 1000",
        "sentinel parallel-syncs group 3",
        "sentinel config-epoch group 1",
        `sentinel known-replica group 127.0.0.1 ${primary.handle.port}`,
        "sentinel current-epoch 1",
      ]
    ) assert(text.includes(`${line}\n`), `${line} is in\n${text}`);
    // Another process that is given the file is the same Sentinel.
    const id = await watcher.say("SENTINEL", "MYID");
    const lines = text.split("\n").filter((line) => /^sentinel (?!monitor)/.test(line));
    watcher.handle.kill!();
    const again = stack.use(
      await SentinelNode.start("etna", { ...watch, port: replica.handle.port, options: {} }, lines),
    );
    assertEquals(await again.say("SENTINEL", "MYID"), id);
    assertEquals(await again.field("group", "config-epoch"), "1");
    assertEquals(await again.field("group", "num-slaves"), "1");
  },
});
