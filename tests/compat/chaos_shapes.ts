/** What a server tells of its commands' arguments: the material that random calls are made of. */

import { type Address, RespClient } from "../support/resp_client.ts";
import { itemsOf, type Reply, textOf } from "../support/resp_reply.ts";

/** An argument as COMMAND DOCS describes it. */
export interface Argument {
  name: string;
  type: string;
  token?: string;
  isOptional: boolean;
  isMultiple: boolean;
  hasMultipleTokens: boolean;
  parts: Argument[];
}

/** A command, or a command with its subcommand. */
export interface Shape {
  /** In capitals: one word or two. */
  words: string[];
  group: string;
  isBlocking: boolean;
  parts: Argument[];
}

/** A reply of name, value, name, value as a table. */
function table(reply: Reply): Map<string, Reply> {
  const items = itemsOf(reply);
  const rows = new Map<string, Reply>();
  for (let i = 0; i + 1 < items.length; i += 2) rows.set(textOf(items[i]), items[i + 1]);
  return rows;
}

function rowText(rows: Map<string, Reply>, name: string): string {
  const found = rows.get(name);
  return found === undefined ? "" : textOf(found);
}

function rowItems(rows: Map<string, Reply>, name: string): Reply[] {
  const found = rows.get(name);
  return found === undefined ? [] : itemsOf(found);
}

function argumentOf(reply: Reply): Argument {
  const rows = table(reply);
  const flags = rowItems(rows, "flags").map(textOf);
  return {
    name: rowText(rows, "name"),
    type: rowText(rows, "type"),
    token: rows.has("token") ? rowText(rows, "token") : undefined,
    isOptional: flags.includes("optional"),
    isMultiple: flags.includes("multiple"),
    hasMultipleTokens: flags.includes("multiple_token"),
    parts: rowItems(rows, "arguments").map(argumentOf),
  };
}

function shapesOf(name: string, rows: Map<string, Reply>, blocking: Set<string>): Shape[] {
  const subcommands = table(rows.get("subcommands") ?? { kind: "array", items: [] });
  if (subcommands.size > 0) {
    return [...subcommands].flatMap(([sub, reply]) => shapesOf(sub, table(reply), blocking));
  }
  const words = name.toUpperCase().split("|");
  return [{
    words,
    group: rowText(rows, "group"),
    isBlocking: blocking.has(words[0]),
    parts: rowItems(rows, "arguments").map(argumentOf),
  }];
}

/** All commands of a server, in the order of their names. */
export async function readShapes(server: Address): Promise<Shape[]> {
  using client = await RespClient.connect(server, 10_000);
  const blocking = new Set<string>();
  for (const row of itemsOf((await client.command("COMMAND")).reply)) {
    const [name, , flags] = itemsOf(row);
    if (itemsOf(flags).some((flag) => textOf(flag) === "blocking")) {
      blocking.add(textOf(name).toUpperCase());
    }
  }
  const docs = table((await client.command("COMMAND", "DOCS")).reply);
  const shapes = [...docs].flatMap(([name, reply]) => shapesOf(name, table(reply), blocking));
  return shapes.sort((a, b) => a.words.join(" ") < b.words.join(" ") ? -1 : 1);
}
