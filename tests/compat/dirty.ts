/** Compares how many changes to the data set each command counts as: INFO's rdb_changes_since_last_save. */

import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { showCommand } from "../support/text.ts";
import type { Pair } from "./check.ts";

const BATCH = 200;
const TIMEOUT_MS = 10_000;

/** The changes that each command counted as. */
async function countChanges(
  server: ServerHandle,
  commands: readonly (readonly string[])[],
): Promise<number[]> {
  using client = await RespClient.connect(server, TIMEOUT_MS);
  await client.command("FLUSHALL");
  // When the cycle comes across what has expired is chance; lookups do in the same order.
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  const total = (info: string) => Number(/rdb_changes_since_last_save:(\d+)/.exec(info)![1]);
  let before = total(textOf((await client.command("INFO", "persistence")).reply));
  const counts: number[] = [];
  for (let start = 0; start < commands.length; start += BATCH) {
    const batch = commands.slice(start, start + BATCH);
    const replies = await client.pipeline(batch.flatMap((args) => [args, ["INFO", "persistence"]]));
    for (let i = 0; i < batch.length; i++) {
      const now = total(textOf(replies[2 * i + 1].reply));
      counts.push(now - before);
      before = now;
    }
  }
  await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
  return counts;
}

/** Runs commands on both servers. @returns the commands that counted otherwise than the oracle's, in words */
export async function compareDirty(
  pair: Pair,
  commands: readonly (readonly string[])[],
): Promise<string[]> {
  const [expected, got] = await Promise.all([
    countChanges(pair.oracle, commands),
    countChanges(pair.subject, commands),
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
