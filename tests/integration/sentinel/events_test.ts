/** What a Sentinel tells its subscribers of a failover, beside the real one. */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { RespClient } from "../../support/resp_client.ts";
import { SentinelNode } from "../../support/sentinels.ts";

/** The last event that is waited for: the old primary, as a replica, is found down. */
const LAST = /^\+sdown slave/;

/** Kills a primary of two replicas, one of which may not be promoted. @returns the events, ports and IDs replaced */
async function events(kind: Kind): Promise<string[]> {
  const primary = await Node.start("redis");
  await using never = await Node.start("redis", "--replica-priority", "0");
  await using chosen = await Node.start("redis");
  for (const replica of [never, chosen]) {
    await replica.follow(primary);
    await replica.equals(primary);
  }
  const watch = {
    name: "group",
    port: primary.handle.port,
    quorum: 1,
    options: { "down-after-milliseconds": 3000, "client-reconfig-script": "/bin/true" },
  };
  await using sentinel = await SentinelNode.start(kind, watch);
  await until(async () => await sentinel.field("group", "num-slaves") === "2", "both replicas");
  using listener = await RespClient.connect(sentinel.handle);
  await listener.command("PSUBSCRIBE", "*");
  primary.client[Symbol.dispose]();
  await primary.handle[Symbol.asyncDispose]();
  const seen: string[] = [];
  while (!LAST.test(seen.at(-1) ?? "")) {
    // *4, then a length and a word each: pmessage, the pattern, the channel, the text.
    const lines = (await listener.read(20_000)).raw.split("\r\n");
    seen.push(`${lines[6]} ${lines[8]}`);
  }
  const names = [primary, never, chosen].map(({ handle: { port } }, i) => [`${port}`, `port${i}`]);
  return seen.map((event) =>
    names.reduce((text, [port, name]) => text.replaceAll(port, name), event)
      .replace(/[0-9a-f]{40}/g, "id")
  );
}

Deno.test({
  name: "sentinel: tells of a failover what the real one tells, in its order",
  ignore: findOracle() === undefined,
  async fn() {
    const [real, own] = await Promise.all([events("redis"), events("etna")]);
    assertEquals(own, real);
  },
});
