/**
 * Replication to and from real Redis, and among Etnas: full and partial synchronization under load, chains,
 * promotion. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { changeScript } from "../compat/change_cases.ts";
import { randomCommands } from "../compat/random_commands.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { splitLine } from "../support/text.ts";
import { startSubject } from "../support/subject.ts";

const seed = seedFromEnv("ETNA_SEED");
const ignore = findOracle() === undefined;
const PATIENCE_MS = 20_000;

/** A server, and a client of it. */
class Node implements AsyncDisposable {
  private constructor(readonly handle: ServerHandle, readonly client: RespClient) {}

  static async start(kind: "etna" | "redis"): Promise<Node> {
    const handle = await (kind === "etna" ? startSubject() : startOracle());
    const client = await RespClient.connect(handle);
    const node = new Node(handle, client);
    await node.say("CONFIG", "SET", "repl-diskless-sync-delay", "0", "repl-backlog-size", "32mb");
    return node;
  }

  async say(...words: string[]): Promise<string> {
    return textOf((await this.client.command(...words)).reply);
  }

  async follow(primary: Node): Promise<void> {
    assertEquals(await this.say("REPLICAOF", primary.handle.host, `${primary.handle.port}`), "OK");
  }

  async row(name: string, section = "replication"): Promise<string> {
    return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(await this.say("INFO", section))?.[1] ?? "";
  }

  /** Waits until it has all that another one has, and compares the data. */
  async equals(primary: Node): Promise<void> {
    await until(async () => {
      return await this.row("master_link_status") === "up" &&
        await this.row("master_repl_offset") === await primary.row("master_repl_offset");
    }, "the replica to catch up");
    assertEquals(await this.say("DEBUG", "DIGEST"), await primary.say("DEBUG", "DIGEST"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.handle[Symbol.asyncDispose]();
  }
}

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Commands whose effect is the connection's own. */
const OWN =
  /^(debug|select|swapdb|wait|client|subscribe|monitor|reset|quit|hello|blpop|brpop|flush\w+)$/i;

/** Writes of all kinds: every command in its variants once, and random ones. */
async function load(node: Node, from: number, count: number): Promise<void> {
  const commands = [
    ...changeScript.trim().split("\n").map(splitLine),
    ...randomCommands(from, count).map(({ args }) => args),
  ].filter(([name]) => !OWN.test(name));
  for (let at = 0; at < commands.length; at += 200) {
    await node.client.pipeline(commands.slice(at, at + 200));
  }
}

for (const [first, second] of [["redis", "etna"], ["etna", "redis"], ["etna", "etna"]] as const) {
  Deno.test({
    name: `replication: ${second} follows ${first}, seed ${seed}`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await load(primary, seed, 2000);
      await replica.follow(primary);
      // While the data set is on its way.
      await load(primary, seed + 1, 2000);
      await replica.equals(primary);
      await load(primary, seed + 2, 3000);
      await primary.say("SELECT", "3");
      await load(primary, seed + 3, 1000);
      assertEquals(await primary.say("WAIT", "1", "5000"), "1");
      await replica.equals(primary);
      assertEquals(
        await replica.say("SET", "a", "1"),
        "READONLY You can't write against a read only replica.",
      );
      assertEquals(textOf(itemsOf((await replica.client.command("ROLE")).reply)[3]), "connected");
      // Options that open and shut the gates take effect at once.
      assertEquals(await replica.say("CONFIG", "SET", "replica-read-only", "no"), "OK");
      assertEquals(await replica.say("SET", "own", "1"), "OK");
      assertEquals(await primary.say("CONFIG", "SET", "min-replicas-to-write", "2"), "OK");
      assertEquals(
        await primary.say("SET", "a", "1"),
        "NOREPLICAS Not enough good replicas to write.",
      );
      assertEquals(await primary.say("CONFIG", "SET", "min-replicas-to-write", "1"), "OK");
      assertEquals(await primary.say("SET", "a", "1"), "OK");
    },
  });

  Deno.test({
    name: `replication: ${second} comes back to ${first} and is sent what it has missed`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await primary.say("SET", "a", "1");
      await replica.follow(primary);
      await replica.equals(primary);
      const full = await primary.row("sync_full", "stats");
      for (let i = 0; i < 3; i++) {
        await primary.say("CLIENT", "KILL", "TYPE", "replica");
        await load(primary, seed + i, 300);
        await replica.equals(primary);
      }
      assertEquals(await primary.row("sync_full", "stats"), full);
      assert(Number(await primary.row("sync_partial_ok", "stats")) >= 3);
    },
  });

  Deno.test({
    name: `replication: ${second} is promoted, and ${first} follows it without a full copy`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await using third = await Node.start("etna");
      await primary.say("SET", "a", "1");
      await replica.follow(primary);
      await replica.equals(primary);
      await third.follow(replica);
      await third.equals(replica);
      await load(primary, seed, 500);
      await third.equals(primary);
      assertEquals(await replica.say("REPLICAOF", "NO", "ONE"), "OK");
      assertEquals(await replica.say("SET", "b", "2"), "OK");
      await primary.follow(replica);
      await primary.equals(replica);
      await third.equals(replica);
      await load(replica, seed + 1, 500);
      await primary.equals(replica);
      await third.equals(replica);
      assertEquals(await replica.row("sync_full", "stats"), "1");
    },
  });
}
