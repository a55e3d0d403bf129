/** Compares what INFO counts for each command of a sequence. */

import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { showCommand } from "../support/text.ts";
import { consumersOf } from "./consumers.ts";
import type { Pair } from "./check.ts";

const BATCH = 200;
const TIMEOUT_MS = 10_000;

/** A section of INFO and rows of it that count something. */
export interface Counted {
  section: string;
  rows: readonly string[];
}

/** Changes to the data set. */
export const CHANGES: Counted = { section: "persistence", rows: ["rdb_changes_since_last_save"] };
/** Look-ups that found a key, and that did not. */
export const LOOKUPS: Counted = { section: "stats", rows: ["keyspace_hits", "keyspace_misses"] };

/** By how much each command has moved the rows. */
async function count(
  server: ServerHandle,
  commands: readonly (readonly string[])[],
  { section, rows }: Counted,
): Promise<string[]> {
  using client = await RespClient.connect(server, TIMEOUT_MS);
  await client.command("FLUSHALL");
  // When the cycle comes across what has expired is chance; lookups do in the same order.
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  const values = (info: string) =>
    rows.map((row) => Number(new RegExp(`^${row}:(\\d+)`, "m").exec(info)![1]));
  let before = values(textOf((await client.command("INFO", section)).reply));
  const counts: string[] = [];
  for (let start = 0; start < commands.length; start += BATCH) {
    const batch = commands.slice(start, start + BATCH);
    const replies = await client.pipeline(batch.flatMap((args) => [args, ["INFO", section]]));
    for (let i = 0; i < batch.length; i++) {
      const now = values(textOf(replies[2 * i + 1].reply));
      counts.push(now.map((value, row) => value - before[row]).join(" and "));
      before = now;
    }
  }
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  return counts;
}

/** Runs commands on both servers. @returns the commands that counted otherwise than the oracle's, in words */
export async function compareCounts(
  pair: Pair,
  asked: readonly (readonly string[])[],
  counted: Counted,
): Promise<string[]> {
  const commands = asked.flatMap((args) => [...consumersOf(args), args]);
  const [expected, got] = await Promise.all([
    count(pair.oracle, commands, counted),
    count(pair.subject, commands, counted),
  ]);
  return commands.flatMap((args, i) => {
    if (expected[i] === got[i]) return [];
    const named = new Set(args.slice(1));
    const before = commands.slice(0, i).filter((words) => words.slice(1).some((w) => named.has(w)));
    return [
      `command ${i}: ${showCommand([...args])}: expected ${expected[i]}, got ${got[i]}, after\n` +
      before.slice(-4).map((words) => `    ${showCommand([...words])}`).join("\n"),
    ];
  });
}
