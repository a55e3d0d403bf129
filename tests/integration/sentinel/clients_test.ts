/**
 * ioredis and node-redis, which know only the Sentinels, through failovers. ETNA_FAILOVERS says through how many.
 *
 * Each reply must be the one to its request, and what was begun after the old primary had been told what it is, and
 * was acknowledged, is there afterwards.
 */

import { assert, assertEquals } from "@std/assert";
import { Redis } from "ioredis";
import { createSentinel } from "redis";
import { Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { seedFromEnv } from "../../support/random.ts";
import { SentinelNode } from "../../support/sentinels.ts";
import { type Client, Writer } from "../../support/writer.ts";

const FAILOVERS = Number(Deno.env.get("ETNA_FAILOVERS") ?? 4);
const GROUP = "group";

type Addresses = { host: string; port: number }[];

function ioredis(sentinels: Addresses): Promise<Client> {
  const client = new Redis({ name: GROUP, sentinels });
  client.on("error", () => {});
  return Promise.resolve({
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key),
    close: () => Promise.resolve(client.disconnect()),
  });
}

async function nodeRedis(sentinels: Addresses): Promise<Client> {
  const client = createSentinel({
    name: GROUP,
    sentinelRootNodes: sentinels,
    scanInterval: 200,
    maxCommandRediscovers: 50,
  });
  client.on("error", () => {});
  client.on("client-error", () => {});
  await client.connect();
  return {
    set: (key, value) => client.set(key, value),
    get: (key) => client.get(key) as Promise<string | null>,
    close: async () => void await client.close().catch(() => {}),
  };
}

for (const [name, connect] of [["ioredis", ioredis], ["node-redis", nodeRedis]] as const) {
  Deno.test({
    name: `sentinel: ${name} through ${FAILOVERS} failovers`,
    ignore: findOracle() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const nodes: Node[] = [];
      for (let i = 0; i < 3; i++) nodes.push(stack.use(await Node.start("etna")));
      let primary = nodes[0];
      for (const node of nodes.slice(1)) await node.follow(primary);
      const watch = {
        name: GROUP,
        port: primary.handle.port,
        quorum: 2,
        options: { "down-after-milliseconds": 500, "failover-timeout": 2000 },
      };
      const watchers: SentinelNode[] = [];
      for (let i = 0; i < 3; i++) watchers.push(stack.use(await SentinelNode.start("etna", watch)));
      const isWhole = async () => {
        for (const watcher of watchers) {
          if (await watcher.field(GROUP, "num-other-sentinels") !== "2") return false;
          if (await watcher.field(GROUP, "num-slaves") !== "2") return false;
        }
        for (const node of nodes) {
          if (node !== primary && await node.row("master_link_status") !== "up") return false;
        }
        return true;
      };
      await until(isWhole, "the group to be whole");
      const writer = new Writer(
        name,
        await connect(watchers.map(({ handle: { host, port } }) => ({ host, port }))),
      );
      let chance = seedFromEnv("ETNA_SEED");
      for (let i = 0; i < FAILOVERS; i++) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        chance = (chance * 1103515245 + 12345) % 2 ** 31;
        const hangs = chance % 2 === 0;
        const old = primary;
        if (hangs) old.handle.signal!("SIGSTOP");
        else {
          await until(
            async () => await watchers[i % 3].say("SENTINEL", "FAILOVER", GROUP) === "OK",
            "a failover to begin",
          );
        }
        await until(async () => {
          const ports = await Promise.all(watchers.map((watcher) => watcher.primaryPort(GROUP)));
          const next = nodes.find(({ handle }) => ports.every((port) => port === handle.port));
          if (next === undefined || next === old) return false;
          primary = next;
          return true;
        }, "all Sentinels to name another primary");
        if (hangs) old.handle.signal!("SIGCONT");
        await until(async () => await old.row("role") === "slave", "the old primary to follow");
        const knownMs = performance.now();
        await until(
          async () => await Promise.resolve(writer.acknowledged.at(-1)!.startedMs > knownMs),
          "the client to write on",
        );
        const begun = writer.acknowledged.filter(({ startedMs }) => startedMs > knownMs);
        for (const { key } of begun) {
          assertEquals(await primary.say("EXISTS", key), "1", `${key} went to the old primary`);
        }
        await until(isWhole, "the group to be whole again");
      }
      await writer.stop();
      assertEquals(writer.wrong, []);
      assert(writer.acknowledged.length > 0);
    },
  });
}
