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
    /requested shutdown|manually|shutting down|Lagging|Waiting for replicas|Saving the final|DB saved|rror trying to save|bye bye|can't exit/
      .test(text)
  )
    .map((text) =>
      text.replace(/^.*? [*#] /, "").replace(/\d+ behind|:\d+|lag=\d+/g, "N").replace(
        /^(Redis|Etna) is/,
        "It is",
      )
    );
}

/** Waits until it has said its last word. */
async function ends(node: Node): Promise<void> {
  await until(async () => (await endOf(node)).at(-1)!.includes("bye"), "its end");
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
    await ends(primary);
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

/** What comes of SHUTDOWN while a replica lags: the reply, the log, and whether the server still takes writes. */
async function endWith(
  kind: Kind,
  args: readonly string[],
  cannotSave: boolean,
): Promise<string[]> {
  await using primary = await Node.start(kind, "--shutdown-timeout", "1");
  await using replica = await Node.start("redis");
  await replica.follow(primary);
  await replica.equals(primary);
  await until(async () => /state=online/.test(await primary.row("slave0")), "the replica");
  replica.handle.signal!("SIGSTOP");
  using client = await RespClient.connect(primary.handle, 20_000);
  try {
    await primary.say("SET", "a", "1");
    // No file can take the place of a directory.
    if (cannotSave) await Deno.mkdir(`${primary.handle.dir}/dump.rdb/taken`, { recursive: true });
    const reply = await client.command("SHUTDOWN", ...args)
      .then(({ reply }) => textOf(reply), () => "closed");
    if (reply === "closed") await ends(primary);
    const answers = reply === "closed" ? [] : [await primary.say("SET", "b", "1")];
    return [reply, ...answers, ...await endOf(primary)];
  } finally {
    replica.handle.signal!("SIGCONT");
  }
}

for (
  const [line, cannotSave] of [
    ["SAVE", false],
    ["SAVE", true],
    ["SAVE NOW FORCE", true],
    ["NOSAVE NOW", false],
    ["ABORT NOW", false],
  ] as const
) {
  Deno.test({
    name: `SHUTDOWN ${line} ${cannotSave ? "where nothing can be saved " : ""}as the real server`,
    ignore,
    async fn() {
      const [etna, redis] = await Promise.all(
        (["etna", "redis"] as const).map((kind) => endWith(kind, line.split(" "), cannotSave)),
      );
      assertEquals(etna, redis);
    },
  });
}

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
      assert((await endOf(primary)).some((line) => line.startsWith("1 of 1 replicas are in sync")));
    },
  });
}
