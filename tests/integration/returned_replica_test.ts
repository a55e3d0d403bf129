/**
 * A replica that has come back by another link before the end of the old one was heard of: the real server takes what
 * the old link has acknowledged for another replica's, here it counts once. Two that are reached at one address, as
 * behind a gateway, and are both alive are two.
 */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

/** A link that takes what it is sent, and acknowledges what it is told to. */
class Follower implements Disposable {
  #bytes = 0;

  private constructor(readonly conn: Deno.TcpConn) {}

  static async of(primary: Node, place: number): Promise<Follower> {
    const { host, port } = primary.handle;
    const follower = new Follower(await Deno.connect({ hostname: host, port }));
    void follower.#swallow();
    await follower.say("REPLCONF listening-port 1234");
    // The real server takes no PSYNC while an answer is to be read.
    await until(() => Promise.resolve(follower.#bytes === "+OK\r\n".length), "the answer");
    await follower.say("PSYNC ? -1");
    await until(
      async () => (await primary.row(`slave${place}`)).includes("state=online"),
      "a link to be served",
    );
    return follower;
  }

  async #swallow(): Promise<void> {
    const buffer = new Uint8Array(65536);
    try {
      for (let count; (count = await this.conn.read(buffer)) !== null;) this.#bytes += count;
    } catch { /* it is over */ }
  }

  async say(line: string): Promise<void> {
    await this.conn.write(new TextEncoder().encode(`${line}\r\n`));
  }

  [Symbol.dispose](): void {
    this.conn.close();
  }
}

/** @returns how many replicas have a write: while the second link has said so, and when the first one has again */
async function story(kind: Kind): Promise<string[]> {
  await using primary = await Node.start(kind, "--repl-ping-replica-period", "1000");
  using first = await Follower.of(primary, 0);
  await primary.say("SET", "a", "1");
  const offset = Number(await primary.row("master_repl_offset")) + 1000;
  await first.say(`REPLCONF ACK ${offset}`);
  await until(async () => await primary.say("WAIT", "1", "10") === "1", "the first link");
  using second = await Follower.of(primary, 1);
  await second.say(`REPLCONF ACK ${offset}`);
  const told = async () => (await primary.row("slave1")).includes(`offset=${offset},`);
  await until(told, "the second link");
  const doubtful = await primary.say("WAIT", "2", "10");
  await first.say(`REPLCONF ACK ${offset}`);
  await until(async () => await primary.say("WAIT", "2", "10") === "2", "both");
  return [doubtful, await primary.say("WAIT", "3", "10")];
}

Deno.test({
  name: "WAIT counts a replica once that has come back by another link",
  ignore: findOracle() === undefined,
  async fn() {
    assertEquals(await story("etna"), ["1", "2"]);
    assertEquals(await story("redis"), ["2", "2"]);
  },
});
