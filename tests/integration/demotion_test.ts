/** What becomes of clients when their primary becomes a replica, beside the real server. */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { ConnectionClosed, RespClient } from "../support/resp_client.ts";

/** What a client receives until nothing more comes. */
async function received(client: RespClient): Promise<string> {
  let text = "";
  try {
    await client.command("PING").then(({ raw }) => text += raw);
    await client.command("PING").then(({ raw }) => text += raw);
  } catch (error) {
    if (!(error instanceof ConnectionClosed)) throw error;
    text += "(closed)";
  }
  return text;
}

async function story(kind: Kind): Promise<string[]> {
  await using server = await Node.start(kind);
  await using next = await Node.start("redis");
  await server.say("SET", "known", "1");
  await next.say("SET", "known", "2");
  const open = () => RespClient.connect(server.handle, 20_000);
  using blocked = await open();
  using reading = await open();
  using waiting = await open();
  using caching = await open();
  using queued = await open();
  using watching = await open();
  using listening = await open();
  const ends = [
    blocked.command("BLPOP", "list", "0"),
    reading.command("XREAD", "BLOCK", "0", "STREAMS", "s", "$"),
    waiting.command("WAIT", "1", "0"),
  ].map((reply) => reply.then(({ raw }) => raw, (error) => `${error.constructor.name}`));
  await caching.command("HELLO", "3");
  await caching.pipeline([["CLIENT", "TRACKING", "ON"], ["GET", "known"]]);
  await queued.pipeline([["MULTI"], ["SET", "a", "1"]]);
  await watching.pipeline([["WATCH", "known"], ["MULTI"], ["GET", "known"]]);
  await listening.command("SUBSCRIBE", "news");
  await until(async () => await server.row("blocked_clients", "clients") === "3", "those who wait");
  await server.follow(next);
  const told = [await server.say("SET", "b", "1")];
  await server.equals(next);
  told.push(...await Promise.all(ends));
  told.push((await queued.command("EXEC")).raw, (await watching.command("EXEC")).raw);
  for (const client of [blocked, reading, waiting, caching]) told.push(await received(client));
  await next.say("PUBLISH", "news", "hello");
  await until(async () => {
    return await server.row("master_repl_offset") === await next.row("master_repl_offset");
  }, "the news");
  told.push((await listening.read(20_000)).raw);
  using last = await open();
  told.push((await last.command("BLPOP", "list", "0.01")).raw, await server.say("GET", "known"));
  // It is a primary again: who waits then is served.
  await server.say("REPLICAOF", "NO", "ONE");
  const again = last.command("BLPOP", "list", "0");
  await until(
    async () => await server.row("blocked_clients", "clients") === "1",
    "who waits again",
  );
  await server.say("RPUSH", "list", "x");
  told.push((await again).raw);
  return told;
}

Deno.test({
  name: "clients of a primary that becomes a replica hear what they hear of the real one",
  ignore: findOracle() === undefined,
  async fn() {
    const [etna, redis] = await Promise.all([story("etna"), story("redis")]);
    assertEquals(etna, redis);
  },
});
