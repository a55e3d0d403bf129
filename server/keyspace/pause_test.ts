import { assertEquals } from "@std/assert";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import { testEnvironment } from "../../tests/support/environment.ts";

function waitMs(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

Deno.test("while writes are paused, keys past their time are hidden but stay", async () => {
  const running = await startServer({
    config: new Config(),
    embedded: true,
    anyPort: false,
    listens: false,
  }, testEnvironment());
  const { server } = running;
  const client = new LoopbackClient(server);
  const call = (...args: (string | number)[]) => client.call(args, false);
  try {
    await call("SET", "looked at", "v", "PX", 20);
    await call("SET", "left alone", "v", "PX", 20);
    await call("CLIENT", "PAUSE", 60000, "WRITE");
    // Long enough for several rounds of active expiry.
    await waitMs(350);
    assertEquals(await call("GET", "looked at"), null);
    assertEquals([server.core.x.databaseSize(0), server.stats.expiredKeys], [2, 0]);
    await call("CLIENT", "UNPAUSE");
    assertEquals(await call("GET", "looked at"), null);
    await waitMs(350);
    assertEquals([server.core.x.databaseSize(0), server.stats.expiredKeys], [0, 2]);
  } finally {
    await running.close();
  }
});
