/**
 * `redis-cli --cluster fix` on slots that were left half moved, in every way that SETSLOT and DELSLOTS allow: with
 * nodes of Etna, with real ones and with both it ends with the same owners, and the same keys at them.
 */

import { assert, assertEquals } from "@std/assert";
import { cli, create } from "../../support/clusters.ts";
import { type Kind, type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { itemsOf, textOf } from "../../support/resp_reply.ts";

/** What was wrong with a slot of the first node's. */
interface Damage {
  readonly what: string;
  /** @param slot of a name in braces, which keys are to begin with */
  bring(nodes: readonly Node[], ids: readonly string[], slot: string, tag: string): Promise<void>;
  /** redis-cli chooses the owner by chance. */
  readonly isAnybodys?: boolean;
}

async function set(node: Node, key: string): Promise<void> {
  const [asking, written] = await node.client.pipeline([["ASKING"], ["SET", key, key]]);
  assertEquals([asking.raw, written.raw], ["+OK\r\n", "+OK\r\n"]);
}

async function ok(node: Node, ...words: string[]): Promise<void> {
  assertEquals(await node.say("CLUSTER", ...words), "OK", words.join(" "));
}

const DAMAGES: readonly Damage[] = [
  {
    what: "half moved",
    async bring([from, to], [fromId, toId], slot, tag) {
      for (const i of [1, 2, 3]) await set(from, `${tag}${i}`);
      await ok(to, "SETSLOT", slot, "IMPORTING", fromId);
      await ok(from, "SETSLOT", slot, "MIGRATING", toId);
      await set(to, `${tag}4`);
    },
  },
  {
    what: "migrating, and nobody imports",
    async bring([from], [, toId], slot, tag) {
      await set(from, `${tag}1`);
      await ok(from, "SETSLOT", slot, "MIGRATING", toId);
    },
  },
  {
    what: "importing with keys, and nobody migrates",
    async bring([from, to], [fromId], slot, tag) {
      await set(from, `${tag}1`);
      await ok(to, "SETSLOT", slot, "IMPORTING", fromId);
      await set(to, `${tag}2`);
    },
  },
  {
    what: "importing without keys",
    async bring([, to], [fromId], slot) {
      await ok(to, "SETSLOT", slot, "IMPORTING", fromId);
    },
  },
  {
    what: "migrating to one, imported by another",
    async bring([from, , other], [fromId, toId], slot, tag) {
      await set(from, `${tag}1`);
      await ok(other, "SETSLOT", slot, "IMPORTING", fromId);
      await ok(from, "SETSLOT", slot, "MIGRATING", toId);
      await set(other, `${tag}2`);
    },
  },
  {
    what: "imported by two",
    async bring([from, to, other], [fromId], slot, tag) {
      await set(from, `${tag}1`);
      for (const [i, node] of [to, other].entries()) {
        await ok(node, "SETSLOT", slot, "IMPORTING", fromId);
        await set(node, `${tag}${i + 2}`);
      }
    },
  },
  {
    what: "nobody's, without keys",
    isAnybodys: true,
    async bring(nodes, _, slot) {
      for (const node of nodes) await ok(node, "DELSLOTS", slot);
    },
  },
  {
    what: "nobody's, with keys at one",
    async bring(nodes, _, slot, tag) {
      await set(nodes[0], `${tag}1`);
      for (const node of nodes) await ok(node, "DELSLOTS", slot);
    },
  },
  {
    what: "nobody's, with keys at two",
    async bring(nodes, [fromId], slot, tag) {
      await set(nodes[0], `${tag}1`);
      await ok(nodes[1], "SETSLOT", slot, "IMPORTING", fromId);
      for (const i of [2, 3]) await set(nodes[1], `${tag}${i}`);
      await ok(nodes[1], "SETSLOT", slot, "STABLE");
      for (const node of nodes) await ok(node, "DELSLOTS", slot);
    },
  },
];

/** Names in braces whose slots are the first node's, each another one. */
async function tagsOf(node: Node, count: number): Promise<[string, string][]> {
  const tags = new Map<string, string>();
  for (let i = 0; tags.size < count; i++) {
    const slot = await node.say("CLUSTER", "KEYSLOT", `{tag${i}}`);
    if (Number(slot) < 5000) tags.set(slot, `{tag${i}}`);
  }
  return [...tags];
}

/** The one whose slot it is, and what each has of its keys, for all damages. */
async function repaired(kinds: readonly Kind[]): Promise<string[]> {
  await using stack = new AsyncDisposableStack();
  const nodes = await create(stack, kinds, 0, ["--cluster-require-full-coverage", "no"]);
  const ids = await Promise.all(nodes.map((node) => node.say("CLUSTER", "MYID")));
  const tags = await tagsOf(nodes[0], DAMAGES.length);
  for (const [i, { bring }] of DAMAGES.entries()) await bring(nodes, ids, ...tags[i]);
  const address = `127.0.0.1:${nodes[0].handle.port}`;
  let said = "";
  await until(async () => {
    // It asks, whatever its options say.
    const { stdout } = await new Deno.Command("sh", {
      args: ["-c", `yes yes | timeout 60 redis-cli --cluster fix ${address}`],
      stderr: "null",
    }).output();
    said = new TextDecoder().decode(stdout);
    const check = await cli("--cluster", "check", address);
    return check.includes("All 16384 slots covered") && check.includes("All nodes agree") &&
      !/importing|migrating/.test(check);
  }, "all to be mended").catch((error) => {
    throw new Error(said.slice(-2000), { cause: error });
  });
  const lines: string[] = [];
  for (const [i, { what, isAnybodys }] of DAMAGES.entries()) {
    const [slot, tag] = tags[i];
    const keys = await Promise.all(nodes.map(async (node) => {
      const { reply } = await node.client.command("CLUSTER", "GETKEYSINSLOT", slot, "10");
      return itemsOf(reply).map((item) => textOf(item).slice(tag.length)).sort().join();
    }));
    const isServed = await Promise.all(nodes.map((node) => node.say("GET", `${tag}x`)));
    const owners = isServed.map((reply) => reply.startsWith("MOVED") ? "-" : "owner");
    assertEquals(owners.filter((owner) => owner === "owner").length, 1, what);
    lines.push(`${what}: ${isAnybodys ? "" : `${owners.join()} ${keys.join(" | ")}`}`);
  }
  return lines;
}

Deno.test({
  name: "cluster: redis-cli mends slots that were left half moved, of Etna's nodes and real ones",
  ignore: findOracle() === undefined,
  async fn() {
    const expected = await repaired(["redis", "redis", "redis"]);
    assert(expected[0].includes("1,2,3,4"), expected[0]);
    assertEquals(await repaired(["etna", "etna", "etna"]), expected);
    assertEquals(await repaired(["etna", "redis", "etna"]), expected);
  },
});
