/** CLIENT KILL MAXAGE, which came after the real server that is installed. */

import { assertEquals, assertRejects } from "@std/assert";
import { start } from "../../mod.ts";
import { RespClient } from "../support/resp_client.ts";

Deno.test("CLIENT KILL MAXAGE: closes who has been connected so long, and not who asks", async () => {
  const etna = await start({ port: 0 });
  const connect = () => RespClient.connect({ host: "127.0.0.1", port: etna.port });
  try {
    const kill = (...filter: (string | number)[]) => etna.call("CLIENT", "KILL", ...filter);
    using old = await connect();
    assertEquals((await old.command("PING")).raw, "+PONG\r\n");
    assertEquals(await kill("MAXAGE", 2), 0);
    await new Promise((resolve) => setTimeout(resolve, 2100));
    using young = await connect();
    assertEquals((await young.command("PING")).raw, "+PONG\r\n");
    assertEquals(await kill("MAXAGE", 3600), 0);
    assertEquals(await kill("MAXAGE", 2, "TYPE", "pubsub"), 0);
    assertEquals(await kill("maxage", 2, "USER", "default"), 1);
    await assertRejects(() => old.command("PING"));
    assertEquals((await young.command("PING")).raw, "+PONG\r\n");
    for (const wrong of ["0", "-1"]) {
      await assertRejects(() => kill("MAXAGE", wrong), Error, "maxage should be greater than 0");
    }
    for (const wrong of ["abc", "", "1.5", "9223372036854775808"]) {
      await assertRejects(() => kill("MAXAGE", wrong), Error, "maxage is not an integer or out of");
    }
    await assertRejects(() => kill("ID", 999, "MAXAGE"), Error, "syntax error");
  } finally {
    await etna.close();
  }
});
