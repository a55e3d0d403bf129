/**
 * Slot migrations that are cut off: by SIGKILL of either side or of the target's replica, and by cancelling.
 * However far they were, each slot has one owner then, each key is there once, and what was acknowledged is there.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { NODE_TIMEOUT_MS, replicaOf, slots as slotsOf } from "../../support/clusters.ts";
import { type Node, until } from "../../support/nodes.ts";
import { SeededRandom, seedFromEnv } from "../../support/random.ts";
import { itemsOf, textOf } from "../../support/resp_reply.ts";
import {
  finished,
  migrate,
  migrationTest,
  newest,
  newestState,
} from "../../support/slot_migrations.ts";

const KEYS = 30_000;
const SLOTS = ["0", "5000"];

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function key(i: number): string {
  return `key:${i}`;
}

/** Fills the cluster's first node with all keys that are its. @returns how many */
async function fill(node: Node, valueBytes = 1): Promise<number> {
  const value = "v".repeat(valueBytes);
  const commands = Array.from({ length: KEYS }, (_, i) => ["SET", key(i), value]);
  for (let at = 0; at < KEYS; at += 1000) await node.client.pipeline(commands.slice(at, at + 1000));
  return Number(await node.say("DBSIZE"));
}

/** All keys that a node shows, and where the slots are as it sees it. */
async function keysOf(node: Node): Promise<string[]> {
  return itemsOf((await node.client.command("KEYS", "*")).reply).map(textOf);
}

/** Each key that was there is on one of the primaries, once, and says what it should. */
async function judge(primaries: readonly Node[], count: number): Promise<void> {
  let seen = new Map<string, number>();
  await until(async () => {
    seen = new Map();
    for (const node of primaries) {
      for (const name of await keysOf(node)) seen.set(name, (seen.get(name) ?? 0) + 1);
    }
    return seen.size === count && [...seen.values()].every((times) => times === 1);
  }, `${count} keys to be once each`).catch((error) => {
    const twice = [...seen.values()].filter((times) => times > 1).length;
    throw new Error(`${seen.size} of ${count} keys, ${twice} of them twice`, { cause: error });
  });
}

async function isUp(node: Node): Promise<boolean> {
  try {
    return (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok");
  } catch {
    return false;
  }
}

migrationTest(
  "a migration that is cancelled leaves all where it was, and can begin anew",
  async (nodes) => {
    const [source, , target] = nodes;
    const count = await fill(source);
    const before = Number(await target.say("DBSIZE"));
    const move = () => migrate(source, target, ...SLOTS);
    assertEquals(await move(), "OK");
    assert((await move()).startsWith("ERR Slot 0 is being migrated already"));
    assertEquals(await target.say("DBSIZE"), `${before}`, "nothing is seen before it is whole");
    assertEquals(await keysOf(target), []);
    assertEquals(await source.say("CLUSTER", "CANCELSLOTMIGRATIONS"), "OK");
    assertEquals(await newestState(source), "cancelled");
    await judge(nodes, count);
    assertEquals(await target.say("CLUSTER", "COUNTKEYSINSLOT", "100"), "0");
    assertEquals(await source.say("CLUSTER", "CANCELSLOTMIGRATIONS"), "ERR No migrations ongoing");

    assertEquals(await move(), "OK");
    await until(async () => await newestState(source) === "success", "the migration to succeed");
    await judge(nodes, count);
    assert(Number(await target.say("DBSIZE")) > 0);

    await source.say("FLUSHALL");
    const id = await target.say("CLUSTER", "MIGRATION", "IMPORT", "5001", "5100");
    assertEquals(await target.say("CLUSTER", "MIGRATION", "CANCEL", "ID", id), "1");
    assertEquals(await target.say("CLUSTER", "MIGRATION", "CANCEL", "ALL"), "0");
  },
);

migrationTest(
  "SIGKILL of the source, the target or its replica while slots migrate",
  async (nodes) => {
    const seed = seedFromEnv("ETNA_SEED");
    console.log(`ETNA_SEED=${seed}`);
    const random = new SeededRandom(seed);
    const primaries = nodes.slice(0, 3);
    const count = await fill(primaries[0]);
    const heirs: Node[] = [];
    for (const node of primaries) {
      heirs.push(await replicaOf(nodes, await node.say("CLUSTER", "MYID")));
    }
    const rounds = [
      { victim: "the target's replica", target: 2, range: ["0", "1500"] },
      { victim: "the target", target: 1, range: ["1501", "3000"] },
      { victim: "the source", target: 2, range: ["3001", "4500"] },
    ] as const;
    for (const { victim, target, range } of rounds) {
      assertEquals(await migrate(primaries[0], primaries[target], ...range), "OK");
      await pause(random.below(300));
      if (victim === "the target's replica") heirs[target].handle.kill!();
      else {
        const at = victim === "the source" ? 0 : target;
        primaries[at].handle.kill!();
        primaries[at] = heirs[at];
      }
      await pause(NODE_TIMEOUT_MS);
      for (const node of primaries) {
        await until(async () => await node.row("role") === "master", "the heir to take over");
        await until(() => isUp(node), "the cluster to be up");
      }
      await until(async () => {
        const states = await Promise.all(primaries.map(newestState));
        return states.every((state) => ["success", "failed", "none"].includes(state));
      }, "the migration to end");
      console.log(`${victim}: ${await newestState(primaries[victim === "the source" ? 2 : 0])}`);
      await judge(primaries, count);
      const [slots, ...others] = await Promise.all(primaries.map(slotsOf));
      for (const other of others) assertEquals(other, slots);
    }
  },
  { replicas: 1 },
);

migrationTest(
  "FLUSHALL on either side of a migration; keys on their way are nowhere to be seen",
  async (nodes) => {
    const [source, , target] = nodes;
    const count = await fill(source, 5000);
    const others = Number(await target.say("DBSIZE"));
    assertEquals(others, 0);
    const arriving = async () => {
      const id = await target.say("CLUSTER", "MIGRATION", "IMPORT", ...SLOTS);
      assertEquals(id.length, 40, id);
      await until(async () => (await newest(target))!.start_time !== "0", "keys to come");
    };
    // At the target: what has come goes, and nothing else does.
    await arriving();
    const asked = [["RANDOMKEY"], ["DBSIZE"], ["SCAN", "0"], ["FLUSHALL"]];
    const said = (await target.client.pipeline(asked)).map(({ raw }) => raw);
    // A scan of what is not to be seen may go on, as one of a large table does.
    assertMatch(said[2], /^\*2\r\n\$\d+\r\n\d+\r\n\*0\r\n$/);
    assertEquals(said.toSpliced(2, 1), ["$-1\r\n", ":0\r\n", "+OK\r\n"]);
    const { state, last_error: error } = await finished(target);
    assertEquals([state, error], ["failed", "data was flushed"]);
    await until(async () => (await newest(source))!.state === "failed", "the source to hear of it");
    assertEquals(await source.say("DBSIZE"), `${count}`);
    await judge(nodes, count);
    // At the source: all is gone, and what there is after that arrives.
    await arriving();
    assertEquals(await source.say("FLUSHALL"), "OK");
    assertEquals(await source.say("SET", key(0), "new"), "OK");
    const again = await finished(target);
    assert(["completed", "in_progress"].includes(again.state), JSON.stringify(again));
    await judge(nodes, 1);
    const slot = Number(await source.say("CLUSTER", "KEYSLOT", key(0)));
    const owner = slot <= Number(SLOTS[1]) ? target : source;
    assertEquals(await owner.say("GET", key(0)), "new");
  },
);
