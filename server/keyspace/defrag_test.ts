import { assert, assertEquals } from "@std/assert";
import { fuzz, type Random } from "../../core-as/host/testing.ts";
import { testEnvironment } from "../../tests/support/environment.ts";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { Server } from "../server.ts";

type Call = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a test with as many servers that do nothing by themselves. */
async function withServers(
  count: number,
  body: (servers: Server[], calls: Call[]) => Promise<void>,
) {
  const running = [];
  for (let i = 0; i < count; i++) {
    const config = new Config();
    config.configure("activedefrag", ["no"]);
    config.configure("enable-debug-command", ["yes"]);
    running.push(await startServer({ config, embedded: true, listens: false }, testEnvironment()));
  }
  const clients = running.map(({ server }) => new LoopbackClient(server));
  try {
    await body(
      running.map(({ server }) => server),
      clients.map((client) => (...args) => client.call(args, false)),
    );
  } finally {
    for (const one of running) await one.close();
  }
}

/** Few sizes, so that there are many blocks of each. */
const SIZES = [3, 60, 300, 400];

/** A write to one of some thousand keys of any type. */
function anyWrite(random: Random): (string | number)[] {
  const number = random(800);
  const value = String.fromCharCode(97 + random(26)).repeat(SIZES[random(4)]);
  switch (random(10)) {
    case 0:
    case 1:
      return ["DEL", `k${random(6)}:${number}`];
    case 2:
      return ["SET", `k0:${number}`, number, "PX", 10_000_000];
    case 3:
    case 4:
      return ["SET", `k0:${number}`, value];
    case 5:
      return ["HSET", `k1:${number}`, `f${random(20)}`, value];
    case 6:
      return ["SADD", `k2:${number}`, random(2) ? random(100) : value];
    case 7:
      return ["ZADD", `k3:${number}`, random(100), `m${random(20)}${value}`];
    case 8:
      return random(4) === 0
        ? ["HPEXPIRE", `k1:${number}`, 10_000_000, "FIELDS", 1, `f${random(20)}`]
        : ["PEXPIRE", `k${random(6)}:${number}`, 10_000_000];
    default:
      return ["RPUSH", `k4:${number}`, value];
  }
}

Deno.test("defragmentation: the data set is the same as of a server that does without it", () =>
  withServers(2, (servers, [moving, still]) =>
    fuzz(async (random) => {
      const { core } = servers[0];
      for (let i = 0; i < 24000; i++) {
        if (random(4000) === 0) {
          const db = random(3);
          await moving("SELECT", db);
          await still("SELECT", db);
        }
        const write = anyWrite(random);
        const [got, expected] = await Promise.all([moving(...write), still(...write)].map((reply) =>
          reply.catch((error: Error) => error.message)
        ));
        assertEquals(got, expected);
        if (random(300) === 0) {
          core.x.defragStart();
        }
        if (random(3) === 0) {
          core.x.defragStep(1 + random(3));
        }
        if (random(1000) === 0) {
          core.x.defragStop();
        }
      }
      while (core.x.defragStep(100)) {
        continue;
      }
      assert(core.u32[core.at.DEFRAG_HITS] > 0, "something was moved");
      assertEquals(await moving("DEBUG", "DIGEST"), await still("DEBUG", "DIGEST"));
      for (const db of [0, 1, 2]) {
        await moving("SELECT", db);
        await still("SELECT", db);
        assertEquals(await moving("DBSIZE"), await still("DBSIZE"));
      }
      for (const call of [moving, still]) {
        await call("FLUSHALL");
      }
    })));

Deno.test("defragmentation: a cycle begins by itself, and tells what it moved", () =>
  withServers(1, async ([server], [call]) => {
    server.cronJobs.paused = true;
    for (let i = 0; i < 20000; i++) await call("SET", `key:${i}`, "v".repeat(100));
    for (let i = 0; i < 20000; i++) if (i % 7 > 2) await call("DEL", `key:${i}`);
    server.defrag.look();
    assertEquals(server.defrag.effort, 0, "not where it is switched off");
    await call("CONFIG", "SET", "activedefrag", "yes");
    server.defrag.look();
    assertEquals(server.defrag.effort, 0, "not for a few megabytes");
    await call("CONFIG", "SET", "active-defrag-ignore-bytes", "100kb");
    server.defrag.look();
    const { core } = server;
    const before = core.u32[core.at.USED_PAGES];
    assert(server.defrag.effort > 0, `${before} ${core.usedBytes}`);
    core.u32[core.at.SNAPSHOT] = 1;
    assertEquals(server.defrag.run(), Infinity, "not while a snapshot is made");
    core.u32[core.at.SNAPSHOT] = 0;
    while (server.defrag.effort > 0) server.defrag.run();
    const after = core.u32[core.at.USED_PAGES];
    assert(after < before * 0.6, `${after} of ${before} pages`);
    const info = String(await call("INFO", "stats"));
    assert(Number(/active_defrag_key_hits:(\d+)/.exec(info)?.[1]) > 1000, info);
    for (let cycles = 0; cycles < 3; cycles++) {
      server.defrag.look();
      while (server.defrag.effort > 0) {
        server.defrag.run();
      }
    }
    server.defrag.look();
    assertEquals(server.defrag.effort, 0, "not again and again for the same");
    // A cycle that finds nothing would be over at once: it waits.
    core.u32[core.at.SNAPSHOT] = 1;
    await call("MEMORY", "PURGE");
    assert(server.defrag.effort > 0, "unless it is asked for");
    core.u32[core.at.SNAPSHOT] = 0;
    while (server.defrag.effort > 0) server.defrag.run();
    await call("CONFIG", "SET", "activedefrag", "no");
    await call("MEMORY", "PURGE");
    assertEquals(server.defrag.effort, 0, "which does not switch it on");
  }));
