/**
 * FAILOVER among Etnas and real Redis: the roles are swapped under load, nothing is lost, nothing is copied; what
 * is refused is in the real server's words.
 */

import { assert, assertEquals } from "@std/assert";
import { load, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const seed = seedFromEnv("ETNA_SEED");
const ignore = findOracle() === undefined;

/** Counts up as fast as it is answered, until it is told that the server is a replica. @returns the last number */
async function countUp(node: Node): Promise<number> {
  using client = await RespClient.connect(node.handle, 20_000);
  for (let last = 0;;) {
    const replies = await client.pipeline(Array.from({ length: 8 }, () => ["INCR", "counter"]));
    for (const { reply } of replies) {
      if (/^READONLY/.test(textOf(reply))) return last;
      last = Number(textOf(reply));
    }
  }
}

for (const [first, second] of [["redis", "etna"], ["etna", "redis"], ["etna", "etna"]] as const) {
  Deno.test({
    name: `FAILOVER: ${first} hands over to ${second} under load, and gets it back, seed ${seed}`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await using third = await Node.start("etna");
      await load(primary, seed, 500);
      await replica.follow(primary);
      await replica.equals(primary);
      await third.follow(primary);
      await third.equals(primary);
      const full = await primary.row("sync_full", "stats");
      for (const [from, to] of [[primary, replica], [replica, primary]]) {
        const counting = [countUp(from), countUp(from)];
        using waiting = await RespClient.connect(from.handle, 20_000);
        const blocked = waiting.command("BLPOP", "nothing here", "0");
        await new Promise((resolve) => setTimeout(resolve, 300));
        const { host, port } = to.handle;
        assertEquals(await from.say("FAILOVER", "TO", host, `${port}`), "OK");
        await until(async () => await from.row("master_failover_state") === "no-failover", "it");
        assertEquals(await from.row("role"), "slave");
        assertEquals(await to.row("role"), "master");
        const last = Math.max(...await Promise.all(counting));
        assert(last > 0);
        assertEquals(await to.say("GET", "counter"), `${last}`);
        assert(/^UNBLOCKED/.test(textOf((await blocked).reply)));
        await from.equals(to);
        await third.equals(to);
        await load(to, seed + last, 300);
        await from.equals(to);
        await third.equals(to);
      }
      assertEquals(await primary.row("sync_full", "stats"), full);
      assertEquals(await replica.row("sync_full", "stats"), "0");
      assertEquals(await third.row("sync_full", "stats"), "0");
    },
  });
}

/** What a server answers to what cannot be, `P` being its replica's port. */
async function refusals(kind: "etna" | "redis"): Promise<string[]> {
  await using primary = await Node.start(kind);
  await using replica = await Node.start("redis");
  const answers: string[] = [];
  const ask = async (node: Node, text: string) => {
    const words = text.replace("P", `${replica.handle.port}`).split(" ");
    answers.push(`${text}: ${await node.say(...words)}`);
  };
  const alone = [
    "failover abort",
    "failover",
    "failover to a",
    "failover to a x",
    "failover foo",
    "failover timeout 0",
    "failover timeout -1",
    "failover timeout x",
    "failover timeout",
    "failover timeout 5 timeout 6",
    "failover to a 1 to b 2",
    "failover to a 1 force",
    "failover abort timeout 5",
    "failover timeout 5 abort",
    "failover force force",
  ];
  for (const text of alone) await ask(primary, text);
  await ask(primary, "psync x 1 failover");
  await ask(primary, "psync x y failover");
  await primary.say("CONFIG", "SET", "repl-diskless-sync-delay", "100");
  const early = await Deno.connect({ hostname: "127.0.0.1", port: primary.handle.port });
  for (const line of ["REPLCONF listening-port 5", "PSYNC ? -1"]) {
    await early.write(new TextEncoder().encode(`${line}\r\n`));
    // The real one takes no PSYNC while an answer is to be read.
    if (line.startsWith("REPL")) await early.read(new Uint8Array(10));
  }
  await until(async () => await primary.row("connected_slaves") === "1", "who waits");
  await ask(primary, "failover to 127.0.0.1 5");
  early.close();
  await primary.say("CONFIG", "SET", "repl-diskless-sync-delay", "0");
  await until(async () => await primary.row("connected_slaves") === "0", "who waited to go");
  await replica.follow(primary);
  await replica.equals(primary);
  await until(async () => /state=online/.test(await primary.row("slave0")), "the replica");
  for (
    const text of [
      ...alone.filter((text) => text !== "failover"),
      "failover force",
      "failover to a 1",
      "failover to a 1 force timeout 5",
      "failover to a 1 force",
      "failover force timeout 5",
      "failover to a 99999",
      "failover to a -1",
      "failover to localhost P",
    ]
  ) await ask(primary, text);
  // The replica takes nothing: it is waited for.
  replica.handle.signal!("SIGSTOP");
  try {
    await ask(primary, "set a 1");
    await ask(primary, "failover to 127.0.0.1 P timeout 100000");
    await ask(primary, "failover");
    await ask(primary, "replicaof no one");
    await ask(primary, "replicaof a 1");
    answers.push(await primary.row("master_failover_state"));
    using writer = await RespClient.connect(primary.handle);
    const written = writer.command("SET", "a", "2");
    await ask(primary, "get a");
    await ask(primary, "failover abort");
    answers.push(textOf((await written).reply));
    answers.push(await primary.row("master_failover_state"));
    await ask(primary, "failover to 127.0.0.1 P timeout 300");
    await until(async () => await primary.row("master_failover_state") === "no-failover", "it");
    answers.push(await primary.row("role"));
    await ask(primary, "failover to 127.0.0.1 P timeout 100 force");
    await until(async () => await primary.row("role") === "slave", "the forced one");
    await ask(primary, "failover");
    await ask(primary, "replicaof no one");
    answers.push(await primary.row("master_failover_state"));
    await ask(primary, "set a 3");
    await ask(primary, "failover abort");
    answers.push(await primary.row("master_failover_state"), await primary.row("role"));
    await ask(primary, "set a 4");
  } finally {
    replica.handle.signal!("SIGCONT");
  }
  await replica.equals(primary);
  await ask(primary, "failover");
  await until(async () => await primary.row("master_link_status") === "up", "the failover");
  await ask(primary, "failover");
  await ask(primary, "failover abort");
  await ask(primary, "psync x 1 failover");
  await ask(primary, "psync x y failover b");
  answers.push(await replica.row("role"));
  return answers;
}

Deno.test({
  name: "FAILOVER: what is refused, given up and forced is as in the real server",
  ignore,
  async fn() {
    assertEquals(await refusals("etna"), await refusals("redis"));
  },
});
