/** How many changes to the data set each write counts as, against real Redis. */

import { assertEquals } from "@std/assert";
import { findOracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import { splitLine } from "../support/text.ts";
import type { Pair } from "./check.ts";
import { compareDirty } from "./dirty.ts";
import { dirtyScript } from "./dirty_cases.ts";
import { startPair } from "./harness.ts";

/** Names of what both servers say writes, containers by their own. */
async function writesOf({ oracle, subject }: Pair): Promise<string[]> {
  const names = async (server: Pair["oracle"]) => {
    using client = await RespClient.connect(server);
    const list = await client.command("COMMAND", "LIST", "FILTERBY", "ACLCAT", "write");
    return itemsOf(list.reply).map((name) => textOf(name).split("|")[0]);
  };
  const [theirs, ours] = [await names(oracle), await names(subject)];
  return [...new Set(theirs.filter((name) => ours.includes(name)))];
}

Deno.test({
  name: "dirty: every command that writes counts as in Redis",
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    const commands = dirtyScript.split("\n").filter((line) => line !== "").map(splitLine);
    assertEquals(await compareDirty(pair, commands), []);
    const tried = new Set(commands.map(([name]) => name.toLowerCase()));
    assertEquals((await writesOf(pair)).filter((name) => !tried.has(name)), []);
  },
});
