import { assertEquals } from "@std/assert";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

type Call = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a test with a server whose monotonic clock goes on by `stepUs` at each look. */
async function withClock(stepUs: number, body: (call: Call, server: Server) => Promise<void>) {
  const running = await startServer(
    { config: new Config(), embedded: true, listens: false },
    testEnvironment(),
  );
  const { server } = running;
  const { monotonicUs } = server.clock;
  let nowUs = monotonicUs();
  Object.assign(server.clock, { monotonicUs: () => nowUs += stepUs });
  const client = new LoopbackClient(server);
  try {
    await body((...args) => client.call(args, false), server);
  } finally {
    Object.assign(server.clock, { monotonicUs });
    await running.close();
  }
}

const names = (latest: unknown) => (latest as [string][]).map(([name]) => name);

Deno.test("latency events: commands of the flag fast apart from others", () =>
  withClock(2000, async (call) => {
    await call("CONFIG", "SET", "latency-monitor-threshold", 2);
    const samples = async (event: string) => {
      await call("LATENCY", "RESET", event);
      await call("GET", "k");
      await call("KEYS", "*");
      return await call("LATENCY", "HISTORY", event) as unknown[];
    };
    assertEquals((await samples("fast-command")).length, 1);
    assertEquals((await samples("command")).length > 0, true);
    await call("CONFIG", "SET", "latency-monitor-threshold", 1000);
    assertEquals(await samples("fast-command"), []);
    assertEquals(await samples("command"), []);
  }));

Deno.test("latency events: expiry and eviction", () =>
  withClock(1000, async (call) => {
    await call("CONFIG", "SET", "latency-monitor-threshold", 1);
    await call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    for (let i = 0; i < 100; i++) await call("SET", `k:${i}`, "v", "PX", 1);
    await call("CONFIG", "SET", "maxmemory", 1);
    await call("SET", "k", "v").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 300));
    const events = names(await call("LATENCY", "LATEST"));
    assertEquals(events.filter((name) => name.endsWith("cycle")).sort(), [
      "eviction-cycle",
      "expire-cycle",
    ]);
  }));

Deno.test("what nobody looks at costs one comparison: no threshold, no monitor", () =>
  withClock(1, async (call, server) => {
    const { inspectors } = server;
    assertEquals(inspectors.fromUs, 10000);
    await call("CONFIG", "SET", "slowlog-log-slower-than", -1);
    assertEquals(inspectors.fromUs, Infinity);
    await call("CONFIG", "SET", "latency-monitor-threshold", 3);
    assertEquals(inspectors.fromUs, 3000);
    await call("CONFIG", "SET", "slowlog-log-slower-than", 5);
    assertEquals(inspectors.fromUs, 5);
    const monitor = new LoopbackClient(server);
    await monitor.call(["MONITOR"], false);
    assertEquals(inspectors.fromUs, -1);
    monitor.end();
    await call("PING");
    assertEquals(inspectors.fromUs, 5);
  }));
