import { assert, assertEquals, assertRejects } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { type Running, startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { RespClient } from "../support/resp_client.ts";
import { testEnvironment } from "../support/environment.ts";

/** Runs a test with a server whose inside the test may reach into. */
async function withServer(
  options: Record<string, string>,
  body: (running: Running) => Promise<void>,
  coreBytes?: number,
): Promise<void> {
  const config = new Config(Deno.cwd());
  for (const [name, value] of Object.entries({ save: "", bind: "127.0.0.1", ...options })) {
    assertEquals(config.configure(name as "save", [value]), undefined);
  }
  const running = await startServer(
    { config, embedded: true, anyPort: true, coreBytes },
    testEnvironment(),
  );
  try {
    await body(running);
  } finally {
    await running.close();
  }
}

function connect({ port }: Running): Promise<RespClient> {
  return RespClient.connect({ host: "127.0.0.1", port });
}

for (const transport of ["epoll", "deno"]) {
  Deno.test(`a command that throws costs its client the connection, ${transport}`, () =>
    withServer({ transport }, async (running) => {
      const { server } = running;
      const ping = server.registry.all.find(({ name }) => name === "ping")!;
      const { run } = ping;
      const warnings: string[] = [];
      Object.assign(server.log, { warning: (text: string) => void warnings.push(text) });
      Object.assign(ping, {
        run() {
          server.reply.array(2);
          server.reply.ok();
          throw new RangeError("a bug");
        },
      });
      using other = await connect(running);
      assertEquals((await other.command("SET", "k", "v")).raw, "+OK\r\n");
      {
        using client = await connect(running);
        await assertRejects(() => client.command("PING"));
      }
      Object.assign(ping, { run });
      assert(warnings.some((text) => text.includes("RangeError: a bug")), warnings.join());
      assertEquals((await other.command("PING")).raw, "+PONG\r\n");
      assertEquals((await other.command("GET", "k")).raw, "$1\r\nv\r\n");
    }));
}

Deno.test("work that throws between commands does not end the server", () =>
  withServer({}, async (running) => {
    const { server } = running;
    Object.assign(server.log, { warning: () => {} });
    const own = new LoopbackClient(server);
    server.defer(() => {
      throw new Error("a bug");
    });
    let failures = 0;
    server.cronJobs.every(() => {
      if (failures++ < 3) throw new Error("another bug");
    }, () => 0);
    while (failures <= 3) {
      assertEquals(await own.call(["PING"], false), "PONG");
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }));

Deno.test("a core that is full refuses what needs memory, and serves the rest", () =>
  withServer({}, async (running) => {
    using client = await connect(running);
    const ask = async (...args: string[]) => (await client.command(...args)).raw;
    const soon = String(Date.now() + 1000);
    assertEquals(await ask("SET", "mortal", "v", "PXAT", soon), "+OK\r\n");
    const oom = "-OOM out of memory\r\n";
    let keys = 1;
    const fill = async (bytes: number) => {
      while (await ask("SET", `key:${keys}`, "v".repeat(bytes)) === "+OK\r\n") keys++;
    };
    await fill(100_000);
    // There is no memory for these arguments: they are read and refused.
    assertEquals(await ask("ECHO", "v".repeat(4_000_000)), oom);
    assertEquals(await ask("SET", "k", "v".repeat(9_000_000), "EX", "9"), oom);
    for (const bytes of [5000, 100, 1]) await fill(bytes);
    assertEquals(await ask("APPEND", "key:1", "v".repeat(50_000)), oom);
    assertEquals(await ask("MSET", "a", "v".repeat(9000), "b", "v".repeat(9000)), oom);
    assertEquals(await ask("STRLEN", "key:1"), ":100000\r\n");
    assertEquals((await ask("GET", "key:1")).length, 100_000 + 11);
    {
      // A request of which not even the name can be kept costs its client the connection.
      using other = await connect(running);
      await assertRejects(() => other.command("ECHO", "v".repeat(4_000_000)));
    }
    while (Date.now() < Number(soon) + 500) await new Promise((done) => setTimeout(done, 50));
    assertEquals(await ask("DBSIZE"), `:${keys - 1}\r\n`);
    assertEquals(await ask("DEL", "key:1", "key:2"), ":2\r\n");
    assertEquals(await ask("SET", "key:1", "v".repeat(50_000)), "+OK\r\n");
    assertEquals(await ask("FLUSHALL", "ASYNC"), "+OK\r\n");
    while (/lazyfree_pending_objects:[^0]/.test(await ask("INFO", "memory")));
    assertEquals(await ask("SET", "large", "v".repeat(8_000_000)), "+OK\r\n");
  }, 2 ** 26));

Deno.test("who is written to by others is held to the output limits at once", () =>
  withServer({}, async (running) => {
    const { server } = running;
    using client = await connect(running);
    await client.command("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0");
    const [connection] = server.clients.all.values();
    const text = "x".repeat(100_000);
    const written = Promise.withResolvers<number>();
    server.defer(() => {
      for (let i = 0; i < 1000; i++) server.output.to(connection, () => server.reply.binary(text));
      written.resolve(server.core.usedBytes);
    });
    assert(await written.promise < 2 ** 21);
    assert(connection.closed);
    await assertRejects(() => client.command("PING"));
  }));

Deno.test("who is written to by others is closed when a reply finds no memory", () =>
  withServer({}, async (running) => {
    const { server } = running;
    using client = await connect(running);
    using other = await connect(running);
    await client.command("PING");
    await other.command("PING");
    const [connection] = server.clients.all.values();
    const text = "x".repeat(5_000_000);
    server.defer(() => {
      for (let i = 0; i < 20; i++) server.output.to(connection, () => server.reply.binary(text));
    });
    await assertRejects(() => client.command("PING"));
    assertEquals((await other.command("PING")).raw, "+PONG\r\n");
    assertEquals(server.clients.all.size, 1);
  }, 2 ** 26));

Deno.test("FLUSHALL SYNC answers when all is free, the others before what large values hold is", () =>
  withServer({}, async ({ server }) => {
    const { core } = server;
    const own = new LoopbackClient(server);
    const pending = () => core.u32[core.at.PENDING_VALUES] !== 0;
    const members = Array.from({ length: 20_000 }, (_, i) => `member:${i}`);
    const before = core.usedBytes;
    for (const mode of ["SYNC", "ASYNC", ""]) {
      await own.call(["SADD", "large", ...members], false);
      const flushed = own.call(["FLUSHALL", mode].filter((word) => word !== ""), false);
      assertEquals(await flushed, "OK");
      if (mode === "SYNC") assert(!pending() && core.usedBytes < before + 20_000);
      while (pending()) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert(core.usedBytes < before + 20_000);
  }));
