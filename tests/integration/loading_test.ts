/** While files are loaded the port is open, and says so. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { testEnvironment } from "../support/environment.ts";
import { MemoryDisk } from "../support/memory_disk.ts";
import { freePort } from "../support/ports.ts";
import { concat, request, sleep, Wire } from "./wire.ts";

const KEYS = 60_000;

/** A disk with a data set of so many keys in it, as a snapshot or as an append-only file. */
async function diskWith(options: Record<string, string>): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const config = configOf(options);
  const { server, close } = await startServer(
    { config, embedded: true, listens: false },
    testEnvironment({ disk }),
  );
  const client = new LoopbackClient(server);
  for (let i = 0; i < KEYS; i += 1000) {
    const words = Array.from({ length: 1000 }, (_, n) => [`key:${i + n}`, `value:${i + n}`]).flat();
    await client.call(["MSET", ...words], false);
  }
  if (options.appendonly !== "yes") await client.call(["SAVE"], false);
  await close();
  return disk;
}

function configOf(options: Record<string, string>): Config {
  const config = new Config("/");
  for (const [name, value] of Object.entries({ save: "", ...options })) {
    config.configure(name as "save", [value]);
  }
  return config;
}

for (const kind of ["snapshot", "append-only file"]) {
  Deno.test(`loading a ${kind}: -LOADING where Redis says it, and how far it is`, async () => {
    const options: Record<string, string> = kind === "snapshot" ? {} : { appendonly: "yes" };
    const disk = await diskWith(options);
    disk.readBytes = 64; // in many slices
    const port = freePort();
    const config = configOf({ ...options, port: `${port}`, bind: "127.0.0.1" });
    let ready = false;
    const starting = startServer(
      { config, embedded: true, loads: true },
      testEnvironment({ disk }),
    );
    void starting.then(() => ready = true);
    using wire = await connect(port);
    const loading = "-LOADING Redis is loading the dataset in memory\r\n";
    assertEquals(await wire.ask(loading, "GET", "key:1"), loading);
    assertEquals(await wire.ask(loading, "PING"), loading);
    assertEquals(await wire.ask("+OK\r\n", "CONFIG", "SET", "timeout", "0"), "+OK\r\n");
    const info = await infoOf(wire);
    assert(!ready, "all this was asked too late");
    assertMatch(info, /\r\nloading:1\r\n/);
    const total = Number(/loading_total_bytes:(\d+)/.exec(info)![1]);
    const loaded = Number(/loading_loaded_bytes:(\d+)/.exec(info)![1]);
    assert(loaded < total && total > 300_000, `${loaded} of ${total}`);
    assertMatch(info, /loading_loaded_perc:\d+\.\d\d\r\n/);
    assertMatch(info, /loading_eta_seconds:\d+\r\n/);
    const { server, close } = await starting;
    assertEquals(await wire.ask(`:${KEYS}\r\n`, "DBSIZE"), `:${KEYS}\r\n`);
    assertEquals(server.loading.active, false);
    assertMatch(await infoOf(wire), /\r\nloading:0\r\n/);
    await close();
  });
}

Deno.test("ending while a file is loaded saves nothing over it", async () => {
  const disk = await diskWith({});
  const before = disk.files.get("dump.rdb")!.length;
  disk.readBytes = 64;
  const port = freePort();
  const config = configOf({ save: "1 1", port: `${port}`, bind: "127.0.0.1" });
  let ended = () => {};
  const running = startServer({
    config,
    embedded: true,
    loads: true,
    beforeListening: (server) => server.onShutdown = () => ended(),
  }, testEnvironment({ disk }));
  const over = new Promise<void>((resolve) => ended = resolve);
  using wire = await connect(port);
  await wire.send("SHUTDOWN\r\n");
  await over;
  await (await running).close();
  assertEquals(disk.files.get("dump.rdb")!.length, before);
});

Deno.test("who asks all the time does not keep a server from loading", async () => {
  const dir = await Deno.makeTempDir({ prefix: "etna-test-" });
  const commands = 300_000;
  await Deno.mkdir(`${dir}/appendonlydir`);
  const name = "appendonly.aof.1.incr.aof";
  await Deno.writeTextFile(
    `${dir}/appendonlydir/appendonly.aof.manifest`,
    `file ${name} seq 1 type i\n`,
  );
  const log = concat(Array.from(
    { length: commands },
    (_, i) => request("SET", `key:${i % 1000}`, `${i}`),
  ));
  await Deno.writeFile(`${dir}/appendonlydir/${name}`, log);
  const port = freePort();
  // A process of its own: a server within another program never waits inside the system's calls.
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "mod.ts", "--port", `${port}`, "--dir", dir, "--appendonly", "yes"],
    cwd: new URL("../../", import.meta.url),
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    using wire = await connect(port);
    let asked = 0;
    for (let reply = ""; !reply.startsWith("+PONG"); asked++) {
      await wire.send("PING\r\n");
      reply = "";
      while (!reply.endsWith("\r\n")) reply += await wire.readText(1);
    }
    // A slice is a few hundred commands. Where each of them waits for milliseconds of talk it is many times as many.
    assert(asked < 1500, `it was asked ${asked} times while it loaded ${commands} commands`);
  } finally {
    server.kill("SIGKILL");
    await server.status;
    await Deno.remove(dir, { recursive: true });
  }
});

/** Connects as soon as somebody listens. */
async function connect(port: number): Promise<Wire> {
  for (;;) {
    try {
      return await Wire.connect({ kind: "tcp", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      await sleep(1);
    }
  }
}

async function infoOf(wire: Wire): Promise<string> {
  await wire.send("INFO persistence\r\n");
  let head = "";
  while (!head.endsWith("\n")) head += await wire.readText(1);
  return await wire.readText(Number(head.slice(1)) + 2);
}
