/** Servers that follow each other, Etna's and real ones, as tests see them. */

import { assertEquals } from "@std/assert";
import { changeScript } from "../compat/change_cases.ts";
import { randomCommands } from "../compat/random_commands.ts";
import { startOracle } from "./oracle.ts";
import { ConnectionClosed, RespClient } from "./resp_client.ts";
import { textOf } from "./resp_reply.ts";
import type { ServerHandle } from "./server_process.ts";
import { splitLine } from "./text.ts";
import { startSubject } from "./subject.ts";

const PATIENCE_MS = 20_000;

export type Kind = "etna" | "redis";

/** A server, and a client of it. */
export class Node implements AsyncDisposable {
  private constructor(readonly handle: ServerHandle, public client: RespClient) {}

  static async start(kind: Kind, ...options: string[]): Promise<Node> {
    const handle = await (kind === "etna" ? startSubject(options) : startOracle(options));
    const client = await RespClient.connect(handle);
    const node = new Node(handle, client);
    await node.say("CONFIG", "SET", "repl-diskless-sync-delay", "0", "repl-backlog-size", "32mb");
    return node;
  }

  async say(...words: string[]): Promise<string> {
    try {
      return textOf((await this.client.command(...words)).reply);
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      // A failover closes all clients of whoever changes its role.
      this.client = await RespClient.connect(this.handle);
      return textOf((await this.client.command(...words)).reply);
    }
  }

  async follow(primary: Node): Promise<void> {
    assertEquals(await this.say("REPLICAOF", primary.handle.host, `${primary.handle.port}`), "OK");
  }

  async row(name: string, section = "replication"): Promise<string> {
    return new RegExp(`^${name}:(.*?)\r?$`, "m").exec(await this.say("INFO", section))?.[1] ?? "";
  }

  /** Waits until it has all that another one has, and compares the data. */
  async equals(primary: Node): Promise<void> {
    await until(async () => {
      return await this.row("master_link_status") === "up" &&
        await this.row("master_repl_offset") === await primary.row("master_repl_offset");
    }, "the replica to catch up");
    assertEquals(await this.say("DEBUG", "DIGEST"), await primary.say("DEBUG", "DIGEST"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.handle[Symbol.asyncDispose]();
  }
}

/** Waits until a condition holds. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!await condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Commands whose effect is the connection's own. */
const OWN =
  /^(debug|select|swapdb|wait|client|subscribe|monitor|reset|quit|hello|blpop|brpop|flush\w+)$/i;

/** Writes of all kinds: every command in its variants once, and random ones. */
export async function load(node: Node, from: number, count: number): Promise<void> {
  const commands = [
    ...changeScript.trim().split("\n").map(splitLine),
    ...randomCommands(from, count).map(({ args }) => args),
  ].filter(([name]) => !OWN.test(name));
  for (let at = 0; at < commands.length; at += 200) {
    await node.client.pipeline(commands.slice(at, at + 200));
  }
}
