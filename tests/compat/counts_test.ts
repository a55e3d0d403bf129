/** How many changes and look-ups each command counts as, against real Redis. */

import { assertEquals } from "@std/assert";
import { findOracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import { splitLine } from "../support/text.ts";
import type { Pair } from "./check.ts";
import { CHANGES, compareCounts, LOOKUPS } from "./counts.ts";
import { changeScript } from "./change_cases.ts";
import { startPair } from "./harness.ts";
import { lookupScript } from "../../server/commands/generic/lookup_cases.ts";

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

const linesOf = (script: string) => script.split("\n").filter((line) => line !== "").map(splitLine);

Deno.test({
  name: "changes: every command that writes counts as in Redis",
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    const commands = linesOf(changeScript);
    assertEquals(await compareCounts(pair, commands, CHANGES), []);
    const tried = new Set(commands.map(([name]) => name.toLowerCase()));
    assertEquals((await writesOf(pair)).filter((name) => !tried.has(name)), []);
  },
});

Deno.test({
  name: "look-ups: found and missed as in Redis, whatever is wrong with a command",
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    assertEquals(await compareCounts(pair, linesOf(lookupScript), LOOKUPS), []);
  },
});
