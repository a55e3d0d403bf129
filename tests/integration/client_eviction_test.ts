/** `maxmemory-clients`: who is closed, from Etna as from the real server. */

import { assertEquals } from "@std/assert";
import { fromBinary } from "../../core-as/host/core.ts";
import { start } from "../../mod.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { type Address, encodeCommand, RespClient } from "../support/resp_client.ts";
import { startSubject } from "../support/subject.ts";

const KIB = 1024;

/** A server, an administrator that is never closed, and clients with names. */
class Scene implements Disposable {
  readonly #clients = new Map<string, RespClient>();

  private constructor(readonly address: Address, readonly admin: RespClient) {}

  static async on(address: Address): Promise<Scene> {
    const admin = await RespClient.connect(address, 5000);
    await admin.command("CLIENT", "NO-EVICT", "ON");
    await admin.command("FLUSHALL");
    await admin.command("CONFIG", "RESETSTAT");
    await admin.command("CONFIG", "SET", "maxmemory-clients", "0", "maxmemory", "0");
    return new Scene(address, admin);
  }

  async client(name: string): Promise<RespClient> {
    const client = await RespClient.connect(this.address, 5000);
    await client.command("CLIENT", "SETNAME", name);
    this.#clients.set(name, client);
    return client;
  }

  async limit(bytes: number | string): Promise<void> {
    await this.admin.command("CONFIG", "SET", "maxmemory-clients", `${bytes}`);
  }

  /** Names of the clients that are connected once `closed` have been evicted; and how many have. */
  async outcome(closed: number): Promise<{ left: string[]; evicted: string }> {
    const evicted = async () =>
      /evicted_clients:(\d+)/.exec((await this.admin.command("INFO", "stats")).raw)![1];
    for (let i = 0; i < 400 && Number(await evicted()) < closed; i++) await sleep(50);
    await sleep(100);
    const list = (await this.admin.command("CLIENT", "LIST")).raw;
    const left = [...list.matchAll(/ name=(\w+) /g)].map(([, name]) => name).sort();
    return { left, evicted: await evicted() };
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
    this.admin[Symbol.dispose]();
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Most of a request with one large argument, and not its end. */
async function beginRequest(client: RespClient, bytes: number): Promise<void> {
  await client.sendRaw(`*2\r\n$4\r\nECHO\r\n$${bytes}\r\n${"x".repeat(bytes - 10)}`);
}

/** Queues SETs of 50 KiB in a transaction. */
async function queue(client: RespClient, count: number): Promise<void> {
  await client.command("MULTI");
  for (let i = 0; i < count; i++) await client.command("SET", "k", "v".repeat(50 * KIB));
}

const scenes: Record<string, (scene: Scene) => Promise<unknown>> = {
  "half a request, the largest first": async (scene) => {
    await beginRequest(await scene.client("small"), 200 * KIB);
    await beginRequest(await scene.client("large"), 900 * KIB);
    await beginRequest(await scene.client("medium"), 500 * KIB);
    await scene.client("idle");
    await sleep(100);
    await scene.limit(1400 * KIB);
    const first = await scene.outcome(1);
    await scene.limit(500 * KIB);
    return [first, await scene.outcome(2)];
  },
  "as it grows": async (scene) => {
    await scene.limit(600 * KIB);
    await beginRequest(await scene.client("small"), 200 * KIB);
    const before = await scene.outcome(0);
    await beginRequest(await scene.client("large"), 900 * KIB);
    return [before, await scene.outcome(1)];
  },
  "queued transactions": async (scene) => {
    await queue(await scene.client("few"), 3);
    await queue(await scene.client("many"), 12);
    await scene.limit(500 * KIB);
    const outcome = await scene.outcome(1);
    await queue(await scene.client("more"), 12).catch(() => {});
    return [outcome, await scene.outcome(2)];
  },
  "NO-EVICT spares, and switched off spares no more": async (scene) => {
    const kept = await scene.client("kept");
    await kept.command("CLIENT", "NO-EVICT", "ON");
    await queue(kept, 12);
    await scene.limit(400 * KIB);
    const before = await scene.outcome(0);
    await kept.command("DISCARD");
    await kept.command("CLIENT", "NO-EVICT", "OFF");
    await queue(kept, 12).catch(() => {});
    return [before, await scene.outcome(1)];
  },
  "replies that are not read": async (scene) => {
    await scene.admin.command("SET", "large", "v".repeat(1024 * KIB));
    await scene.client("idle");
    await scene.limit(4096 * KIB);
    // This one never reads: the kernel takes some megabytes, the server keeps the rest.
    using deaf = await Deno.connect({ hostname: scene.address.host, port: scene.address.port });
    const requests = encodeCommand(["GET", "large"]).repeat(60);
    await deaf.write(fromBinary(encodeCommand(["CLIENT", "SETNAME", "deaf"]) + requests));
    return await scene.outcome(1);
  },
  "watched keys": async (scene) => {
    const watcher = await scene.client("watcher");
    await scene.limit(300 * KIB);
    for (let i = 0; i < 10; i++) {
      const keys = Array.from({ length: 800 }, (_, k) => `${i}:${k}`);
      await watcher.command("WATCH", ...keys).catch(() => {});
    }
    return await scene.outcome(1);
  },
  "subscriptions": async (scene) => {
    const subscriber = await scene.client("subscriber");
    await scene.limit(250 * KIB);
    for (let i = 0; i < 20; i++) {
      const patterns = Array.from({ length: 600 }, (_, k) => `${i}:${k}`);
      await subscriber.command("PSUBSCRIBE", ...patterns).catch(() => {});
    }
    return await scene.outcome(1);
  },
  "a share of maxmemory; no share of no maxmemory": async (scene) => {
    await queue(await scene.client("many"), 20);
    await scene.limit("1%");
    const without = await scene.outcome(0);
    await scene.admin.command("CONFIG", "SET", "maxmemory", "50mb");
    return [without, await scene.outcome(1)];
  },
  "a limit that would leave nobody": async (scene) => {
    await scene.limit(1);
    const client = await scene.client("idle");
    const reply = (await client.command("PING")).raw;
    await queue(client, 4).catch(() => {});
    return [reply, await scene.outcome(1)];
  },
};

for (const [name, play] of Object.entries(scenes)) {
  Deno.test({
    name: `maxmemory-clients: ${name}`,
    ignore: findOracle() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using oracle = await startOracle();
      await using subject = await startSubject();
      const results: unknown[] = [];
      for (const server of [oracle, subject]) {
        using scene = await Scene.on(server);
        results.push(await play(scene));
      }
      assertEquals(results[1], results[0]);
    },
  });
}

for (const transport of ["epoll", "deno"]) {
  Deno.test(`maxmemory-clients: closes on ${transport}`, async () => {
    const etna = await start({ port: 0, transport, "maxmemory-clients": "2mb" });
    try {
      await etna.call("SET", "large", "v".repeat(1024 * KIB));
      using deaf = await Deno.connect({ port: etna.port });
      await deaf.write(fromBinary(encodeCommand(["GET", "large"]).repeat(40)));
      const evicted = async () => /evicted_clients:1\r/.test(`${await etna.call("INFO", "stats")}`);
      for (let i = 0; i < 1000 && !await evicted(); i++) await sleep(20);
      assertEquals(await evicted(), true);
      assertEquals(`${await etna.call("CLIENT", "LIST")}`.split("\n").length, 2);
    } finally {
      await etna.close();
    }
  });
}

Deno.test("maxmemory: the replies that a client does not fetch count, and keys go for them", async () => {
  const etna = await start({ port: 0, "maxmemory-policy": "allkeys-random" });
  try {
    await etna.call("SET", "large", "v".repeat(1024 * KIB));
    for (let i = 0; i < 2000; i++) await etna.call("SET", `k${i}`, "v".repeat(1000));
    const stat = async (name: string) =>
      Number(new RegExp(`^${name}:(\\d+)`, "m").exec(`${await etna.call("INFO")}`)![1]);
    const limit = await stat("used_memory") + 4096 * KIB;
    await etna.call("CONFIG", "SET", "maxmemory", `${limit}`);
    await etna.call("SET", "within", "1");
    assertEquals(await stat("evicted_keys"), 0);
    using deaf = await Deno.connect({ port: etna.port });
    await deaf.write(fromBinary(encodeCommand(["GET", "large"]).repeat(20)));
    const piles = async () => await stat("mem_clients_normal") > 4096 * KIB;
    for (let i = 0; i < 1000 && !await piles(); i++) await sleep(5);
    await etna.call("SET", "k", "v").catch(() => {});
    for (let i = 0; i < 400 && await stat("evicted_keys") < 1000; i++) await sleep(5);
    assertEquals(await stat("evicted_keys") >= 1000, true);
  } finally {
    await etna.close();
  }
});
