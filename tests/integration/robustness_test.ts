import { assert, assertEquals, assertRejects } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { type Running, startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { RespClient } from "../support/resp_client.ts";

/** Runs a test with a server whose inside the test may reach into. */
async function withServer(
  options: Record<string, string>,
  body: (running: Running) => Promise<void>,
): Promise<void> {
  const config = new Config(Deno.cwd());
  for (const [name, value] of Object.entries({ save: "", bind: "127.0.0.1", ...options })) {
    assertEquals(config.configure(name as "save", [value]), undefined);
  }
  const running = await startServer({ config, embedded: true, anyPort: true });
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
    server.cronJobs.jobs.push(() => {
      if (failures++ < 3) throw new Error("another bug");
    });
    for (let i = 0; i < 20; i++) {
      assertEquals(await own.call(["PING"], false), "PONG");
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert(failures > 3);
  }));
