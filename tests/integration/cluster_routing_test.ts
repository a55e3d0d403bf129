/** Routing beside a real cluster: the same questions to a node of it and to Etna. */

import { assertEquals } from "@std/assert";
import { FakeCluster, type FakeNode, startNode } from "../support/fake_cluster.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { freePort } from "../support/ports.ts";
import { type Address, encodeCommand, RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { splitLine } from "../support/text.ts";
import { PRIMARY_CASES, REPLICA_CASES } from "./cluster_routing_cases.ts";

const PATIENCE_MS = 20_000;

/** What a line that changes the cluster does. */
type Change = (what: string, slot: number) => Promise<void>;

const startReal = () =>
  startOracle([
    "--cluster-enabled",
    "yes",
    "--cluster-node-timeout",
    "2000",
    "--cluster-port",
    `${freePort()}`,
  ]);

async function say(client: RespClient, ...words: string[]): Promise<string> {
  return textOf((await client.command(...words)).reply);
}

async function until(holds: () => Promise<boolean>, what: string): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!await holds()) {
    if (Date.now() > endMs) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A cluster of real servers: two primaries with half of the slots each, and a replica of the first. */
class RealCluster implements AsyncDisposable {
  private constructor(
    readonly nodes: readonly ServerHandle[],
    readonly clients: readonly RespClient[],
    readonly ids: readonly string[],
  ) {}

  static async start(): Promise<RealCluster> {
    const nodes = await Promise.all([startReal(), startReal(), startReal()]);
    const clients = await Promise.all(nodes.map((node) => RespClient.connect(node)));
    const ids: string[] = [];
    for (const client of clients) ids.push(await say(client, "CLUSTER", "MYID"));
    await say(clients[0], "CLUSTER", "ADDSLOTSRANGE", "0", "8191");
    await say(clients[1], "CLUSTER", "ADDSLOTSRANGE", "8192", "16383");
    for (const [i, client] of clients.entries()) {
      await say(client, "CLUSTER", "SET-CONFIG-EPOCH", `${i + 1}`);
    }
    for (const { port } of nodes.slice(1)) {
      const busPort = await busPortOf(clients[nodes.findIndex((node) => node.port === port)]);
      await say(clients[0], "CLUSTER", "MEET", "127.0.0.1", `${port}`, busPort);
    }
    const made = new RealCluster(nodes, clients, ids);
    for (const i of [0, 1, 2]) await until(() => made.isOk(i), "the cluster");
    await until(
      async () => await say(clients[2], "CLUSTER", "REPLICATE", ids[0]) === "OK",
      "the replica",
    );
    await until(
      async () => (await say(clients[2], "INFO", "replication")).includes("master_link_status:up"),
      "the link",
    );
    await until(() => made.isOk(2), "the replica's state");
    return made;
  }

  async isOk(node: number): Promise<boolean> {
    return (await say(this.clients[node], "CLUSTER", "INFO")).startsWith("cluster_state:ok");
  }

  readonly change: Change = async (what, slot) => {
    const [a, b] = this.clients;
    const set = (client: RespClient, ...words: string[]) =>
      say(client, "CLUSTER", "SETSLOT", `${slot}`, ...words);
    const [idA, idB] = this.ids;
    if (what === "migrating") await set(a, "MIGRATING", idB);
    else if (what === "importing") await set(a, "IMPORTING", idB);
    else if (what === "stable") await set(a, "STABLE");
    else if (what === "give") {
      await this.#move(slot, b, a, idB);
    } else if (what === "take") {
      await this.#move(slot, a, b, idA);
    } else if (what === "uncover") {
      await say(a, "CLUSTER", "DELSLOTS", `${slot}`);
      await until(async () => !await this.isOk(0), "the cluster to be down");
    } else if (what === "cover") {
      await say(a, "CLUSTER", "ADDSLOTS", `${slot}`);
      await until(() => this.isOk(0), "the cluster to be up");
    } else throw new Error(`what is ${what}?`);
    // Whoever waits is looked after by the cron.
    await new Promise((resolve) => setTimeout(resolve, 300));
  };

  /** A message that was on its way may say who served the slot before: until both nodes agree it is said again. */
  async #move(slot: number, to: RespClient, from: RespClient, id: string): Promise<void> {
    await until(async () => {
      await say(to, "CLUSTER", "SETSLOT", `${slot}`, "NODE", id);
      await say(to, "CLUSTER", "BUMPEPOCH");
      await say(from, "CLUSTER", "SETSLOT", `${slot}`, "NODE", id);
      return await serves(to, slot) && !await serves(from, slot) &&
        await this.isOk(0) && await this.isOk(1);
    }, "the slot to be moved");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client[Symbol.dispose]();
    await Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]()));
  }
}

/** Whether a node says that it serves a slot. */
async function serves(client: RespClient, slot: number): Promise<boolean> {
  const own = (await say(client, "CLUSTER", "NODES")).split("\n").find((line) =>
    line.includes("myself")
  );
  return own!.split(" ").slice(8).some((range) => {
    const [first, last = first] = range.split("-").map(Number);
    return first <= slot && slot <= last;
  });
}

async function busPortOf(client: RespClient): Promise<string> {
  return /@(\d+)/.exec(await say(client, "CLUSTER", "NODES"))![1];
}

/** The same changes of a cluster that is only said to be there. */
function changeOf(cluster: FakeCluster): Change {
  return (what, slot) => {
    if (what === "migrating") cluster.migrating.set(slot, cluster.other);
    else if (what === "importing") cluster.importing.set(slot, cluster.other);
    else if (what === "stable") {
      cluster.migrating.delete(slot);
      cluster.importing.delete(slot);
    } else if (what === "give") {
      cluster.owners[slot] = cluster.other;
      cluster.migrating.delete(slot);
    } else if (what === "take") cluster.owners[slot] = cluster.self;
    else if (what === "uncover") {
      cluster.owners[slot] = null;
      cluster.down = "uncovered";
    } else {
      cluster.owners[slot] = cluster.self;
      cluster.down = null;
    }
    cluster.onChange!();
    return Promise.resolve();
  };
}

/** Runs a script on a node. @returns its lines with their replies */
async function run(address: Address, script: string, change: Change): Promise<string[]> {
  const clients = new Map<string, RespClient>();
  const seen: string[] = [];
  try {
    for (const line of script.trim().split("\n").map((text) => text.trim())) {
      const [, , name = "a", command] = /^(@(\w+) )?(.*)$/s.exec(line)!;
      let client = clients.get(name);
      if (client === undefined) clients.set(name, client = await RespClient.connect(address, 3000));
      const [, what, slot] = /^!(\w+) ?(\d*)$/.exec(command) ?? [];
      if (what === "sleep") await new Promise((resolve) => setTimeout(resolve, 100));
      else if (what !== undefined) await change(what, Number(slot));
      else if (command.startsWith("? ")) {
        await client.sendRaw(encodeCommand(splitLine(command.slice(2))));
      } else if (command === "<") seen.push(`${line} -> ${(await client.read()).raw}`);
      else {
        const { raw } = await client.command(...splitLine(command));
        seen.push(`${line} -> ${raw.replace(/script: [0-9a-f]{40}/, "script: SHA")}`);
      }
    }
  } finally {
    for (const client of clients.values()) client[Symbol.dispose]();
  }
  return seen;
}

Deno.test({
  name: "cluster routing: a node answers as a real one",
  ignore: findOracle() === undefined,
  async fn(t) {
    await using real = await RealCluster.start();
    const [a, b, c] = real.nodes;
    const otherAt = `127.0.0.1:${b.port}`;
    const compare = async (
      cases: Record<string, string>,
      oracle: ServerHandle,
      node: FakeNode,
      change: Change,
    ) => {
      for (const [name, script] of Object.entries(cases)) {
        await t.step(name, async () => {
          const expected = await run(oracle, script, real.change);
          assertEquals(await run(node, script, change), expected);
          for (const address of [oracle, node]) {
            using client = await RespClient.connect(address);
            await client.command("FLUSHALL");
          }
        });
      }
    };
    const cluster = new FakeCluster(otherAt);
    await using node = await startNode(cluster);
    await compare(PRIMARY_CASES, a, node, changeOf(cluster));
    const replicas = new FakeCluster(otherAt, `127.0.0.1:${a.port}`);
    await using replica = await startNode(replicas);
    replica.server.replication!.follow("127.0.0.1", a.port);
    using client = await RespClient.connect(replica);
    await until(
      async () => (await say(client, "INFO", "replication")).includes("master_link_status:up"),
      "the link",
    );
    await compare(REPLICA_CASES, c, replica, changeOf(replicas));
  },
});
