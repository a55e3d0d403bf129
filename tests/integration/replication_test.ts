/**
 * Replication to and from real Redis, and among Etnas: full and partial synchronization under load, chains,
 * promotion. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { load, Node } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";

const seed = seedFromEnv("ETNA_SEED");
const ignore = findOracle() === undefined;

for (const [first, second] of [["redis", "etna"], ["etna", "redis"], ["etna", "etna"]] as const) {
  Deno.test({
    name: `replication: ${second} follows ${first}, seed ${seed}`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await load(primary, seed, 2000);
      await replica.follow(primary);
      // While the data set is on its way.
      await load(primary, seed + 1, 2000);
      await replica.equals(primary);
      await load(primary, seed + 2, 3000);
      await primary.say("SELECT", "3");
      await load(primary, seed + 3, 1000);
      // As soon as it has been confirmed, and the client does not wait for what stood before it in vain.
      for (let i = 0; i < 20; i++) {
        const [, confirmed] = await primary.client.pipeline([["SET", "b", `${i}`], [
          "WAIT",
          "1",
          "0",
        ]]);
        assertEquals(textOf(confirmed.reply), "1");
      }
      await replica.equals(primary);
      assertEquals(
        await replica.say("SET", "a", "1"),
        "READONLY You can't write against a read only replica.",
      );
      assertEquals(textOf(itemsOf((await replica.client.command("ROLE")).reply)[3]), "connected");
      // Options that open and shut the gates take effect at once.
      assertEquals(await replica.say("CONFIG", "SET", "replica-read-only", "no"), "OK");
      assertEquals(await replica.say("SET", "own", "1"), "OK");
      assertEquals(await primary.say("CONFIG", "SET", "min-replicas-to-write", "2"), "OK");
      assertEquals(
        await primary.say("SET", "a", "1"),
        "NOREPLICAS Not enough good replicas to write.",
      );
      assertEquals(await primary.say("CONFIG", "SET", "min-replicas-to-write", "1"), "OK");
      assertEquals(await primary.say("SET", "a", "1"), "OK");
    },
  });

  Deno.test({
    name: `replication: ${second} is sent the data set of ${first} from a file`,
    ignore,
    async fn() {
      await using primary = await Node.start(first, "--repl-diskless-sync", "no");
      await using replica = await Node.start(second);
      await using other = await Node.start("redis");
      await load(primary, seed, 2000);
      await primary.say("SET", "large", "x".repeat(3_000_000));
      await replica.follow(primary);
      await other.follow(primary);
      await load(primary, seed + 1, 1000);
      await replica.equals(primary);
      await other.equals(primary);
      assert(/receiving \d+ bytes from master/.test(await other.handle.output!()));
      const left = [...Deno.readDirSync(primary.handle.dir!)].filter(({ name }) =>
        name.startsWith("temp-")
      );
      assertEquals(left, []);
    },
  });

  Deno.test({
    name: `replication: ${second} comes back to ${first} and is sent what it has missed`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await primary.say("SET", "a", "1");
      await replica.follow(primary);
      await replica.equals(primary);
      const full = await primary.row("sync_full", "stats");
      for (let i = 0; i < 3; i++) {
        await primary.say("CLIENT", "KILL", "TYPE", "replica");
        await load(primary, seed + i, 300);
        await replica.equals(primary);
      }
      assertEquals(await primary.row("sync_full", "stats"), full);
      assert(Number(await primary.row("sync_partial_ok", "stats")) >= 3);
    },
  });

  Deno.test({
    name: `replication: ${second} is promoted, and ${first} follows it without a full copy`,
    ignore,
    async fn() {
      await using primary = await Node.start(first);
      await using replica = await Node.start(second);
      await using third = await Node.start("etna");
      await primary.say("SET", "a", "1");
      await replica.follow(primary);
      await replica.equals(primary);
      await third.follow(replica);
      await third.equals(replica);
      await load(primary, seed, 500);
      await third.equals(primary);
      assertEquals(await replica.say("REPLICAOF", "NO", "ONE"), "OK");
      assertEquals(await replica.say("SET", "b", "2"), "OK");
      await primary.follow(replica);
      await primary.equals(replica);
      await third.equals(replica);
      await load(replica, seed + 1, 500);
      await primary.equals(replica);
      await third.equals(replica);
      assertEquals(await replica.row("sync_full", "stats"), "1");
    },
  });
}

for (const kind of ["redis", "etna"] as const) {
  Deno.test({
    name: `replication: ${kind} gives no data set to a client that has replies to come`,
    ignore,
    async fn() {
      await using primary = await Node.start(kind);
      for (const request of [["SYNC"], ["PSYNC", "?", "-1"]]) {
        const [, refusal] = await primary.client.pipeline([["PING"], request]);
        assertEquals(
          textOf(refusal.reply),
          "ERR SYNC and PSYNC are invalid with pending output",
        );
      }
    },
  });
}
