/** WAITAOF: confirmed by the disk here and by those of replicas, and what is refused. */

import { assert, assertEquals } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";

const ignore = findOracle() === undefined;

async function wait(node: Node, ...words: string[]): Promise<string> {
  const { reply } = await node.client.command("WAITAOF", ...words);
  return reply.kind === "error" ? textOf(reply) : itemsOf(reply).map(textOf).join(" ");
}

for (const policy of ["always", "everysec"]) {
  Deno.test(`WAITAOF with appendfsync ${policy}: here and on a replica`, async () => {
    const options = ["--appendonly", "yes", "--appendfsync", policy];
    await using primary = await Node.start("etna", ...options);
    await using replica = await Node.start("etna", ...options);
    await using other = await Node.start("etna");
    for (const node of [replica, other]) await node.follow(primary);
    for (const node of [replica, other]) await node.equals(primary);
    await until(async () => await primary.row("connected_slaves") === "2", "both");
    for (let i = 0; i < 3; i++) {
      const [, first] = await primary.client.pipeline([["SET", "a", `${i}`], [
        "WAITAOF",
        "1",
        "1",
        "5000",
      ]]);
      assertEquals(itemsOf(first.reply).map(textOf), ["1", "1"]);
      assertEquals(await wait(primary, "0", "0", "0"), "1 1");
    }
    await primary.say("SET", "a", "x");
    // The other one has no file.
    assertEquals(await wait(primary, "1", "2", "1500"), "1 1");
    assertEquals(await primary.say("WAIT", "2", "0"), "2");
    await primary.say("MULTI");
    await primary.say("SET", "a", "y");
    await primary.say("WAITAOF", "1", "2", "0");
    assertEquals(itemsOf((await primary.client.command("EXEC")).reply).length, 2);
    const words = /cannot be used with replica instances/;
    assert(words.test(await wait(replica, "0", "0", "0")));
    assertEquals(await primary.say("CONFIG", "SET", "appendonly", "no"), "OK");
    const without = "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.";
    assertEquals(await wait(primary, "1", "0", "0"), without);
    assertEquals(await wait(primary, "0", "1", "5000"), "0 1");
    assertEquals(
      await wait(primary, "2", "0", "0"),
      "ERR value is out of range, value must between 0 and 1",
    );
    assertEquals(
      await wait(primary, "0", "-1", "0"),
      "ERR value is out of range, must be positive",
    );
    assertEquals(await wait(primary, "x", "1", "0"), "ERR value is not an integer or out of range");
    assertEquals(await wait(primary, "0", "1", "-1"), "ERR timeout is negative");
    assertEquals(
      await wait(primary, "0", "1", "x"),
      "ERR timeout is not an integer or out of range",
    );
    // Switched on, nothing is confirmed before the first base is there.
    await primary.say("SET", "a", "z");
    assertEquals(await primary.say("CONFIG", "SET", "appendonly", "yes"), "OK");
    assertEquals(await wait(primary, "1", "1", "8000"), "1 1");
  });
}

Deno.test({
  name: "a replica of real Redis tells it of its disk, which that does not mind",
  ignore,
  async fn() {
    await using primary = await Node.start("redis");
    await using replica = await Node.start("etna", "--appendonly", "yes");
    await replica.follow(primary);
    await replica.equals(primary);
    await primary.say("SET", "a", "1");
    assertEquals(await primary.say("WAIT", "1", "0"), "1");
    await replica.equals(primary);
    assertEquals(await primary.row("sync_full", "stats"), "1");
  },
});
