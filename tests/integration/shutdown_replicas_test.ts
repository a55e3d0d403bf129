/** SHUTDOWN waits for replicas that lag: given up, in time, and when the time is up, as the real server does. */

import { assert, assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const ignore = findOracle() === undefined;

/** What the log tells of the end, without what differs between runs. */
async function endOf(node: Node): Promise<string[]> {
  const lines = (await node.handle.output!()).split("\n");
  return lines.filter((text) =>
    /requested shutdown|manually|shutting down|Lagging|Waiting for replicas/.test(text)
  )
    .map((text) => text.replace(/^.*? [*#] /, "").replace(/\d+ behind|:\d+|lag=\d+/g, "N"));
}

async function story(kind: Kind): Promise<string[]> {
  await using primary = await Node.start(kind, "--shutdown-timeout", "2");
  await using replica = await Node.start("redis");
  await replica.follow(primary);
  await replica.equals(primary);
  await until(async () => /state=online/.test(await primary.row("slave0")), "the replica");
  const told: string[] = [];
  const clients = await Promise.all([0, 1, 2].map(() => RespClient.connect(primary.handle)));
  const ask = (i: number, ...words: string[]) =>
    clients[i].command(...words).then(({ reply }) => textOf(reply), () => "closed");
  told.push(await primary.say("SHUTDOWN", "ABORT"));
  replica.handle.signal!("SIGSTOP");
  try {
    await primary.say("SET", "a", "1");
    const first = ask(0, "SHUTDOWN", "NOSAVE");
    await until(async () => (await endOf(primary)).length >= 2, "the wait");
    const second = ask(1, "SHUTDOWN", "NOSAVE");
    const held = ask(2, "SET", "b", "1");
    told.push(await primary.say("GET", "a"), await primary.say("EXISTS", "b"));
    told.push(await primary.say("SHUTDOWN", "ABORT"));
    told.push(await first, await second, await held);
    told.push(await primary.say("SHUTDOWN", "ABORT"));
    told.push(await ask(2, "SHUTDOWN", "NOSAVE"));
  } finally {
    replica.handle.signal!("SIGCONT");
    for (const client of clients) client[Symbol.dispose]();
  }
  return [...told, ...await endOf(primary)];
}

Deno.test({
  name: "SHUTDOWN waits for replicas as the real server does",
  ignore,
  async fn() {
    assertEquals(await story("etna"), await story("redis"));
  },
});

for (const kind of ["etna", "redis"] as const) {
  Deno.test({
    name: `SHUTDOWN: a replica (${kind}) that catches up has all that was acknowledged`,
    ignore,
    async fn() {
      await using primary = await Node.start("etna");
      await using replica = await Node.start(kind);
      await replica.follow(primary);
      await replica.equals(primary);
      replica.handle.signal!("SIGSTOP");
      await primary.say("SET", "a", "x".repeat(5_000_000));
      using client = await RespClient.connect(primary.handle, 20_000);
      const ended = client.command("SHUTDOWN", "NOSAVE").catch((error) => `${error}`);
      await until(async () => (await endOf(primary)).length >= 2, "the wait");
      replica.handle.signal!("SIGCONT");
      assert(/closed/.test(`${await ended}`));
      assertEquals(await replica.say("STRLEN", "a"), "5000000");
      assert((await endOf(primary)).at(-1)!.startsWith("1 of 1 replicas are in sync"));
    },
  });
}
