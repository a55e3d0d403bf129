/** Those who wait, where only the server's insides tell: many of them, and memory that runs out. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

async function withServer(body: (server: Server) => Promise<void>, coreBytes?: number) {
  const running = await startServer({
    config: new Config(),
    embedded: true,
    listens: false,
    coreBytes,
  }, testEnvironment());
  try {
    await body(running.server);
  } finally {
    await running.close();
  }
}

const call = (client: LoopbackClient, ...args: string[]) => client.call(args, false);

Deno.test("blocked: ten thousand clients are served in the order in which they came", () =>
  withServer(async (server) => {
    const count = 10_000;
    server.config.set([["maxclients", `${count + 10}`]]);
    const pusher = new LoopbackClient(server);
    await call(pusher, "PING");
    const beforeBytes = server.core.usedBytes;
    const clients = Array.from({ length: count }, () => new LoopbackClient(server));
    // Every third waits for another key first, every fifth only for a time.
    const replies = clients.map((client, i) =>
      call(client, "BLPOP", ...i % 3 === 0 ? ["other"] : [], "queue", i % 5 === 0 ? "100" : "0")
    );
    while (server.blocked.count < count) await call(pusher, "PING");
    assertEquals(server.blocked.timedCount, count / 5);
    assertEquals(server.blocked.keyCount, 2);
    for (let i = 0; i < count; i += 100) {
      await call(pusher, "RPUSH", "queue", ...Array.from({ length: 100 }, (_, j) => `${i + j}`));
    }
    for (let i = 0; i < count; i++) assertEquals(await replies[i], ["queue", `${i}`]);
    assertEquals(server.blocked.count, 0);
    assertEquals(server.blocked.timedCount, 0);
    assertEquals(server.blocked.keyCount, 0);
    assertEquals(server.core.usedBytes, beforeBytes);
    for (const client of clients) client.end();
  }));

Deno.test("blocked: clients that go from anywhere in a queue leave nothing behind", () =>
  withServer(async (server) => {
    const pusher = new LoopbackClient(server);
    await call(pusher, "PING");
    const beforeBytes = server.core.usedBytes;
    const clients = Array.from({ length: 50 }, () => new LoopbackClient(server));
    const replies = clients.map((client) => call(client, "BLPOP", "a", "b", "a", "0"));
    replies.forEach((reply) => reply.catch(() => {}));
    while (server.blocked.count < clients.length) await call(pusher, "PING");
    const gone = [0, 1, 20, 21, 22, 48, 49, 30];
    for (const i of gone) clients[i].end();
    while (server.blocked.count > clients.length - gone.length) await call(pusher, "PING");
    const left = replies.filter((_, i) => !gone.includes(i));
    await call(pusher, "RPUSH", "b", ...left.map((_, i) => `${i}`));
    for (const [i, reply] of left.entries()) assertEquals(await reply, ["b", `${i}`]);
    assertEquals(server.blocked.keyCount, 0);
    assertEquals(server.core.usedBytes, beforeBytes);
    for (const client of clients) client.end();
  }));

// ---- memory runs out ------------------------------------------------------------------------------------

const CORE_BYTES = 32 << 20;
/** An argument that a nearly full core has no room for, and that is read without any. */
const LONG = "x".repeat(30_000);

/** Fills the core until there is room for little things only. */
async function fill(client: LoopbackClient): Promise<void> {
  let name = 0;
  for (let size = 1 << 20; size >= 4096; size >>= 1) {
    for (;;) {
      const failed = await call(client, "SETRANGE", `fill:${name++}`, `${size - 1}`, "x")
        .then(() => false, (error) => `${error}`.includes("OOM"));
      if (failed) break;
    }
  }
  for (let freed = 0; freed === 0;) freed = await call(client, "DEL", `fill:${--name}`) as number;
}

Deno.test("blocked: a client cannot wait where its command cannot be kept", () =>
  withServer(async (server) => {
    const client = new LoopbackClient(server);
    await fill(client);
    const beforeBytes = server.core.usedBytes;
    const commands = [
      ["BLPOP", LONG, "0"],
      ["BZPOPMIN", "z", LONG, "0"],
      ["BLMOVE", LONG, "d", "LEFT", "LEFT", "0"],
      ["XREAD", "BLOCK", "0", "STREAMS", LONG, "$"],
    ];
    for (const command of commands) {
      await assertRejects(() => client.call(command, false), Error, "OOM out of memory");
      assertEquals(server.core.usedBytes, beforeBytes, command[0]);
    }
    assertEquals(server.blocked.count, 0);
    assertEquals(server.blocked.keyCount, 0);
    await call(client, "FLUSHALL");
    const other = new LoopbackClient(server);
    const popped = call(other, "BLPOP", LONG, "0");
    while (server.blocked.count === 0) await call(client, "PING");
    await call(client, "RPUSH", LONG, "element");
    assertEquals(await popped, [LONG, "element"]);
    other.end();
  }, CORE_BYTES));

Deno.test("transactions: what cannot be queued spoils EXEC, and leaves nothing behind", () =>
  withServer(async (server) => {
    const client = new LoopbackClient(server);
    await fill(client);
    const beforeBytes = server.core.usedBytes;
    await call(client, "MULTI");
    assertEquals(await call(client, "GET", "fill:0"), "QUEUED");
    assert(server.core.usedBytes > beforeBytes);
    await assertRejects(() => call(client, "SET", "k", LONG), Error, "OOM out of memory");
    // What will not run is not kept.
    assertEquals(await call(client, "GET", LONG), "QUEUED");
    await assertRejects(() => call(client, "EXEC"), Error, "EXECABORT");
    assertEquals(server.core.usedBytes, beforeBytes);

    await call(client, "MULTI");
    await call(client, "STRLEN", "fill:0");
    await assertRejects(() => call(client, "SET", "k", LONG), Error, "OOM out of memory");
    assertEquals(await call(client, "DISCARD"), "OK");
    assertEquals(server.core.usedBytes, beforeBytes);

    const leaving = new LoopbackClient(server);
    await call(leaving, "MULTI");
    await call(leaving, "STRLEN", "fill:0");
    leaving.end();
    while (server.clients.all.size > 1) await call(client, "PING");
    assertEquals(server.core.usedBytes, beforeBytes);
  }, CORE_BYTES));

Deno.test("watches: nothing is kept of those who do not watch any more", () =>
  withServer(async (server) => {
    const none = { clients: 0, keys: 0 };
    const [first, second] = [new LoopbackClient(server), new LoopbackClient(server)];
    const endings: string[][][] = [
      [["UNWATCH"]],
      [["MULTI"], ["EXEC"]],
      [["MULTI"], ["DISCARD"]],
      [["RESET"]],
    ];
    for (const ending of endings) {
      await call(first, "WATCH", "a", "b", "a");
      await call(second, "WATCH", "b", "c");
      assertEquals(server.watches.counts, { clients: 2, keys: 3 });
      await call(first, "SET", "b", "1");
      for (const client of [first, second]) {
        for (const command of ending) await client.call(command, false);
      }
      assertEquals(server.watches.counts, none, ending.join());
    }
    await call(first, "WATCH", "a");
    first.end();
    while (server.clients.all.size > 1) await call(second, "PING");
    assertEquals(server.watches.counts, none);
    assertEquals(server.changes.observed, false);
  }));
