/** MONITOR as clients use it, and a monitor that does not read. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { start } from "../../mod.ts";

Deno.test("ioredis: monitor", async () => {
  const etna = await start({ port: 0 });
  const redis = new Redis(etna.port, "127.0.0.1");
  const monitor = await redis.monitor();
  try {
    const seen = new Promise<[time: string, args: string[], source: string, db: string]>(
      (resolve) => {
        monitor.on("monitor", (time, args, source, db) => {
          if (args[0] === "set") resolve([time, args, source, db]);
        });
      },
    );
    await redis.select(3);
    await redis.set('a "b"', "c d");
    const [time, args, source, db] = await seen;
    assertEquals(args, ["set", 'a "b"', "c d"]);
    assertEquals(db, "3");
    assertMatch(source, /^127\.0\.0\.1:\d+$/);
    assert(Math.abs(Number(time) - Date.now() / 1000) < 5, time);
  } finally {
    monitor.disconnect();
    redis.disconnect();
    await etna.close();
  }
});

Deno.test("node-redis: monitor", async () => {
  const etna = await start({ port: 0 });
  const monitor = await createClient({ url: `redis://127.0.0.1:${etna.port}` }).connect();
  const client = await createClient({ url: `redis://127.0.0.1:${etna.port}` }).connect();
  try {
    const seen = new Promise<string>((resolve) => {
      monitor.monitor((line) => {
        if (`${line}`.includes('"SET"')) resolve(`${line}`);
      });
    });
    await client.set("k", "v");
    assertMatch(await seen, /^\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "v"$/);
  } finally {
    monitor.destroy();
    client.destroy();
    await etna.close();
  }
});

for (const transport of ["epoll", "deno"]) {
  Deno.test(`a monitor that does not read is closed by its output limit, ${transport}`, async () => {
    const limit = ["normal", 1_000_000, 0, 0];
    const etna = await start({ port: 0, transport, "client-output-buffer-limit": limit });
    using monitor = await Deno.connect({ port: etna.port });
    try {
      await monitor.write(new TextEncoder().encode("MONITOR\r\n"));
      await monitor.read(new Uint8Array(5));
      const monitors = async () =>
        `${await etna.call("CLIENT", "LIST")}`.split("flags=O").length - 1;
      assertEquals(await monitors(), 1);
      const value = "v".repeat(100_000);
      // The kernel takes some megabytes first.
      for (let i = 0; i < 300 && await monitors() === 1; i++) await etna.call("SET", "k", value);
      assertEquals(await monitors(), 0);
      assertMatch(`${await etna.call("GET", "k")}`, /^v+$/);
    } finally {
      await etna.close();
    }
  });
}
