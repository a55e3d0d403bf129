import { assert, assertEquals, assertMatch } from "@std/assert";
import { start } from "../../../../mod.ts";

type Call = (...args: (string | number)[]) => Promise<string>;

async function withServer(body: (call: Call) => Promise<void>) {
  const etna = await start();
  try {
    await body((...args) => etna.call(...args) as Promise<string>);
  } finally {
    await etna.close();
  }
}

const titles = (text: string) => [...text.matchAll(/^# (\w+)\r$/gm)].map(([, title]) => title);

Deno.test("INFO: sections by name, once each, in their own order", () =>
  withServer(async (call) => {
    assertEquals(titles(await call("INFO", "keyspace", "cpu", "CPU")), ["CPU", "Keyspace"]);
    assertEquals(await call("INFO", "nosuch"), "");
    assertEquals(
      await call("INFO", "cluster", "modules"),
      "# Modules\r\n\r\n# Cluster\r\ncluster_enabled:0\r\n",
    );
    const byDefault = titles(await call("INFO"));
    assert(!byDefault.includes("Commandstats"));
    assertEquals(
      titles(await call("INFO", "default", "commandstats")).length,
      byDefault.length + 1,
    );
    assertEquals(titles(await call("INFO", "all")).length, byDefault.length + 2);
    // Only by its name.
    assertEquals(titles(await call("INFO", "everything", "debug")).at(-1), "Debug");
  }));

Deno.test("INFO: counts commands and errors, and starts anew after CONFIG RESETSTAT", () =>
  withServer(async (call) => {
    await call("SET", "k", "v");
    await call("GET", "k");
    await call("INCR", "k").catch(() => {});
    await call("GET").catch(() => {});
    const text = await call("INFO", "commandstats", "errorstats");
    assertMatch(
      text,
      /cmdstat_get:calls=1,usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=1,failed_calls=0\r\n/,
    );
    assertMatch(text, /cmdstat_incr:calls=1,.*,rejected_calls=0,failed_calls=1\r\n/);
    assertMatch(text, /# Errorstats\r\nerrorstat_ERR:count=2\r\n$/);
    await call("CONFIG", "RESETSTAT");
    assertEquals(
      titles(await call("INFO", "errorstats")).concat(await call("INFO", "errorstats")),
      ["Errorstats", "# Errorstats\r\n"],
    );
  }));

Deno.test("INFO keyspace: keys, expiries and an estimate of the time to live", () =>
  withServer(async (call) => {
    await call("MSET", "a", "1", "b", "2");
    await call("EXPIRE", "a", 1000);
    // The estimate comes from the samples of active expiry.
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [, ttlMs] = /^db0:keys=2,expires=1,avg_ttl=(\d+)\r$/m.exec(
      await call("INFO", "keyspace"),
    )!;
    assert(+ttlMs > 990_000 && +ttlMs <= 1_000_000, ttlMs);
    await call("FLUSHALL");
    assertEquals(await call("INFO", "keyspace"), "# Keyspace\r\n");
  }));

/** Rows of a section by their names. */
async function rows(call: Call, section: string): Promise<Map<string, string>> {
  const lines = (await call("INFO", section)).split("\r\n").slice(1, -1);
  return new Map(lines.map((line) => [line.split(":")[0], line.slice(line.indexOf(":") + 1)]));
}

Deno.test("INFO stats and debug: the event loop's cycles, anew after CONFIG RESETSTAT", () =>
  withServer(async (call) => {
    for (let i = 0; i < 50; i++) await call("SET", `k${i}`, "v");
    const stats = await rows(call, "stats");
    const number = (name: string) => Number(stats.get(name));
    assert(number("eventloop_cycles") >= 50, `${number("eventloop_cycles")} cycles`);
    assert(number("eventloop_duration_cmd_sum") > 0);
    assert(number("eventloop_duration_sum") >= number("eventloop_duration_cmd_sum"));
    for (const name of ["cycles_per_sec", "duration_usec"]) {
      assertMatch(stats.get(`instantaneous_eventloop_${name}`) ?? "", /^\d+$/);
    }
    const debug = await rows(call, "debug");
    assertEquals([...debug.keys()], [
      "eventloop_duration_aof_sum",
      "eventloop_duration_cron_sum",
      "eventloop_duration_max",
      "eventloop_cmd_per_cycle_max",
    ]);
    assertEquals(debug.get("eventloop_cmd_per_cycle_max"), "1");
    await call("CONFIG", "RESETSTAT");
    assert(Number((await rows(call, "stats")).get("eventloop_cycles")) < 5);
  }));

Deno.test("INFO memory: lazyfreed_objects, anew after CONFIG RESETSTAT", () =>
  withServer(async (call) => {
    for (let i = 0; i < 100; i++) await call("SET", `k${i}`, "v");
    await call("FLUSHALL", "ASYNC");
    const freed = async () => Number((await rows(call, "memory")).get("lazyfreed_objects"));
    for (let i = 0; i < 100 && await freed() < 100; i++) await call("PING");
    assertEquals(await freed(), 100);
    await call("CONFIG", "RESETSTAT");
    assertEquals(await freed(), 0);
  }));

Deno.test("INFO server: what is listened on", async () => {
  const etna = await start({ port: 0, bind: "127.0.0.1 -::1" });
  const server = await rows((...args) => etna.call(...args) as Promise<string>, "server");
  assertEquals(server.get("listener0"), `name=tcp,bind=127.0.0.1,bind=-::1,port=${etna.port}`);
  assertEquals(server.has("listener1"), false);
  await etna.close();
});
