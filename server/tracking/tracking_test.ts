/** Client-side caching inside one process: what the comparison with real Redis does not reach. */

import { assert, assertEquals } from "@std/assert";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import type { Server } from "../server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

interface Parts {
  server: Server;
  /** A client, and the pushes that it gets. */
  connect(): { call(...args: (string | number)[]): Promise<ReplyValue>; heard: ReplyValue[][] };
}

async function withServer(options: Record<string, string>, check: (parts: Parts) => Promise<void>) {
  const config = new Config();
  for (const [name, value] of Object.entries(options)) config.set([[name, value]]);
  const running = await startServer(
    { config, embedded: true, anyPort: false, listens: false },
    testEnvironment(),
  );
  const connect = () => {
    const client = new LoopbackClient(running.server);
    const heard: ReplyValue[][] = [];
    client.onPush = (message) => heard.push(message);
    return { call: (...args: (string | number)[]) => client.call(args, false), heard };
  };
  try {
    await check({ server: running.server, connect });
  } finally {
    await running.close();
  }
}

Deno.test("tracking: keys that are evicted are told of", () =>
  withServer({ "maxmemory-policy": "allkeys-random" }, async ({ server, connect }) => {
    const reader = connect();
    const writer = connect();
    await reader.call("CLIENT", "TRACKING", "ON", "NOLOOP");
    const limit = server.core.usedBytes + 300_000;
    await writer.call("CONFIG", "SET", "maxmemory", limit);
    for (let i = 0; i < 1000; i++) {
      await writer.call("SET", `k:${i}`, "x".repeat(1000));
      await reader.call("EXISTS", `k:${i}`);
    }
    assert(server.stats.evictedKeys > 300);
    const told = reader.heard.map(([, keys]) => (keys as string[])[0]);
    assertEquals(told.length, server.stats.evictedKeys);
    assertEquals(new Set(told).size, told.length);
  }));

Deno.test("tracking: the table stays within tracking-table-max-keys", () =>
  withServer({ "tracking-table-max-keys": "50" }, async ({ server, connect }) => {
    const reader = connect();
    await reader.call("CLIENT", "TRACKING", "ON");
    for (let i = 0; i < 500; i++) await reader.call("MGET", `a${i}`, `b${i}`, `c${i}`);
    assert(server.tracking.table.keys <= 53);
    assertEquals(reader.heard.length, 1500 - server.tracking.table.keys);
  }));

Deno.test("tracking: what comes within EXEC waits for its end", () =>
  withServer({}, async ({ connect }) => {
    const client = connect();
    const other = connect();
    await client.call("SUBSCRIBE", "a");
    const id = await client.call("CLIENT", "ID");
    await other.call("CLIENT", "TRACKING", "ON", "REDIRECT", `${id}`);
    await other.call("GET", "k");
    client.heard.length = 0;
    const replies = ["MULTI", "PUBLISH a one", "SET k v", "PUBLISH a two", "GET k", "EXEC"]
      .map((line) => client.call(...line.split(" ")));
    assertEquals((await Promise.all(replies)).at(-1), [1, "OK", 1, "v"]);
    assertEquals(client.heard, [
      ["message", "a", "one"],
      ["invalidate", ["k"]],
      ["message", "a", "two"],
    ]);
  }));

Deno.test("tracking: without memory for a message its client is closed", () =>
  withServer({}, async ({ server, connect }) => {
    const reader = connect();
    const writer = connect();
    const key = "k".repeat(400_000);
    await reader.call("CLIENT", "TRACKING", "ON");
    await reader.call("EXISTS", key);
    await writer.call("SET", key, "v");
    assertEquals(reader.heard.length, 1);
    await reader.call("EXISTS", key);
    const { x } = server.core;
    const taken: number[] = [];
    for (let bytes = 2 ** 24; bytes >= 65536; bytes >>= 1) {
      for (let block = x.allocate(bytes); block !== 0; block = x.allocate(bytes)) taken.push(block);
    }
    server.changes.changed(0, key, "g", "del");
    server.endTurn();
    for (const block of taken) x.free(block);
    const gone = await reader.call("PING").then(() => "", (error) => `${error}`);
    assert(gone.includes("closed"), gone);
    assertEquals(await writer.call("PING"), "PONG");
  }));
