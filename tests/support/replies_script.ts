/**
 * Scripts for commands that came after the real server that is installed: replies and errors as they are
 * documented. A line is a command, ` -> ` and its reply.
 */

import { assertEquals } from "@std/assert";
import type { RespClient } from "./resp_client.ts";
import type { Reply } from "./resp_reply.ts";
import { splitLine } from "./text.ts";

/** A reply in one line: integers, "bulks", [arrays], errors as they are, nil. */
export function lineOf(reply: Reply): string {
  switch (reply.kind) {
    case "integer":
      return String(reply.value);
    case "bulk":
      return JSON.stringify(reply.text);
    case "array":
    case "set":
      return `[${reply.items.map(lineOf).join(" ")}]`;
    case "map":
      return `{${reply.entries.flat().map(lineOf).join(" ")}}`;
    case "null":
      return "nil";
    case "error":
    case "simple":
      return reply.text;
    default:
      throw new Error(`a ${reply.kind} is not looked for here`);
  }
}

/** Runs a script on an emptied server and compares each reply. */
export async function runReplies(client: RespClient, script: string): Promise<void> {
  await client.command("FLUSHALL");
  for (const line of script.trim().split("\n")) {
    const [words, expected] = line.trim().split(" -> ");
    const { reply } = await client.command(...splitLine(words));
    assertEquals(`${words} -> ${lineOf(reply)}`, `${words} -> ${expected}`);
  }
}
