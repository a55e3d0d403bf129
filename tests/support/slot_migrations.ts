/** Slot migrations between nodes of a test. */

import { findOracle } from "./oracle.ts";
import { create } from "./clusters.ts";
import { type Node, until } from "./nodes.ts";
import { itemsOf, textOf } from "./resp_reply.ts";

/** Names and values. */
export type Row = Record<string, string>;

async function rows(node: Node, ...words: string[]): Promise<Row[]> {
  const { reply } = await node.client.command("CLUSTER", ...words);
  return itemsOf(reply).map((row) => {
    const words = itemsOf(row).map(textOf);
    return Object.fromEntries(words.flatMap((name, i) => i % 2 ? [] : [[name, words[i + 1]]]));
  });
}

/** The newest migration that a node knows of, as Redis' CLUSTER MIGRATION STATUS has it; null without. */
export async function newest(node: Node): Promise<Row | null> {
  return (await rows(node, "MIGRATION", "STATUS", "ALL")).at(-1) ?? null;
}

/** The state of the newest one, as Valkey's GETSLOTMIGRATIONS has it. */
export async function newestState(node: Node): Promise<string> {
  return (await rows(node, "GETSLOTMIGRATIONS")).at(-1)?.state ?? "none";
}

/** Waits for the end of a node's newest migration. */
export async function finished(node: Node): Promise<Row> {
  let last: Row | null = null;
  await until(async () => {
    last = await newest(node);
    return last !== null && last.state !== "in_progress";
  }, "the migration to end");
  return last!;
}

/** Has a node's slots go to another one, as its source is asked for it. @returns what it said */
export async function migrate(source: Node, target: Node, ...range: string[]): Promise<string> {
  const id = await target.say("CLUSTER", "MYID");
  return await source.say("CLUSTER", "MIGRATESLOTS", "SLOTSRANGE", ...range, "NODE", id);
}

/** A test of nodes of Etna that redis-cli has made a cluster of. @param replicas of each of three primaries */
export function migrationTest(
  name: string,
  body: (nodes: Node[], stack: AsyncDisposableStack) => Promise<void>,
  { replicas = 0, options = [] as string[] } = {},
): void {
  Deno.test({
    name: `cluster: ${name}`,
    ignore: findOracle() === undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      await using stack = new AsyncDisposableStack();
      const kinds = Array<"etna">(3 * (1 + replicas)).fill("etna");
      await body(await create(stack, kinds, replicas, options), stack);
    },
  });
}
