/** SHUTDOWN NOSAVE while a script runs that has written: the server ends, and nothing of the script is on disk. */

import { assertEquals, assertMatch } from "@std/assert";
import { startServer } from "../support/server_process.ts";
import { encodeCommand, RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const root = new URL("../../", import.meta.url).pathname;

Deno.test("SHUTDOWN NOSAVE ends a script that has written, and what it did is in no file", async () => {
  const dir = await Deno.makeTempDir();
  const start = () =>
    startServer({
      name: "etna",
      command: Deno.execPath(),
      cwd: root,
      args: (port) => [
        ..."run -A --no-check mod.ts --appendonly yes --busy-reply-threshold 100".split(" "),
        ...["--port", `${port}`, "--dir", dir],
      ],
    });
  try {
    {
      await using server = await start();
      using busy = await RespClient.connect(server);
      using other = await RespClient.connect(server);
      const text = async (...words: string[]) => textOf((await other.command(...words)).reply);
      assertEquals(await text("SET", "a", "before"), "OK");
      const script =
        "redis.call('set', 'a', 'half') redis.call('set', 'b', 'half') while true do end";
      await busy.sendRaw(encodeCommand(["EVAL", script, "0"]));
      while (!(await text("PING")).startsWith("BUSY")) await new Promise((r) => setTimeout(r, 20));
      assertMatch(await text("SCRIPT", "KILL"), /^UNKILLABLE/);
      assertMatch(await text("SHUTDOWN"), /^BUSY/);
      await other.sendRaw(encodeCommand(["SHUTDOWN", "NOSAVE"]));
      await busy.read().catch(() => null);
    }
    await using server = await start();
    using client = await RespClient.connect(server);
    assertEquals(textOf((await client.command("GET", "a")).reply), "before");
    assertEquals((await client.command("EXISTS", "b")).raw, ":0\r\n");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
