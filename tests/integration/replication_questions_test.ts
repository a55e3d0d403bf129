/**
 * What those ask who are no replicas, or replicas out of their mind: PSYNC with any offset, REPLCONF with any option,
 * in transactions, scripts and subscriptions, of a primary and of a replica; each answers as the real server does.
 */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const ID = "0123456789abcdef0123456789abcdef01234567";

/** Lines of one connection each. OWN is the history's name, NEXT the offset of its next byte. */
const REFUSED = `
PSYNC
PSYNC ?
PSYNC ? x
PSYNC ? 99999999999999999999
PSYNC OWN x
PSYNC ? -1 FAILOVER
PSYNC ? -1 failover
SYNC x
MULTI | PSYNC ? -1 | EXEC
MULTI | SYNC | EXEC
EVAL "return{redis.call('sync')}" 0
EVAL "return{redis.pcall('psync','?','-1')}" 0
EVAL "return{redis.call('replconf','ack','1')}" 0
MONITOR | PSYNC ? -1
MONITOR | SYNC
REPLCONF
REPLCONF foo
REPLCONF foo bar
REPLCONF listening-port x
REPLCONF listening-port -1
REPLCONF listening-port 99999
REPLCONF listening-port 7 ip-address
REPLCONF ip-address ${"a".repeat(300)}
REPLCONF ip-address a
REPLCONF capa foo
REPLCONF capa
REPLCONF ack
REPLCONF ack x
REPLCONF ack 5
REPLCONF ack 5 fack x
REPLCONF getack
REPLCONF getack *
REPLCONF getack 5
REPLCONF rdb-only x
REPLCONF rdb-only 2
REPLCONF rdb-only 1
REPLCONF rdb-filter-only foo
REPLCONF rdb-filter-only "functions foo"
REPLCONF rdb-filter-only functions
REPLCONF version
REPLCONF LISTENING-PORT 5 CAPA EOF
MULTI | REPLCONF ack 5 | EXEC
MULTI | REPLCONF listening-port 1 | EXEC
SUBSCRIBE a | REPLCONF listening-port 1
WAIT x 1
WAIT -1 0
WAIT 0 x
ROLE x
FAILOVER ABORT
FAILOVER TO
FAILOVER TO a
FAILOVER TO a x
FAILOVER TO a 1
FAILOVER TO a 1 FORCE
FAILOVER TIMEOUT x
FAILOVER TIMEOUT 0
FAILOVER TIMEOUT -1
FAILOVER FORCE
FAILOVER foo
FAILOVER ABORT TO a 1
MULTI | FAILOVER ABORT | EXEC
REPLICAOF
REPLICAOF NO
REPLICAOF a 99999
REPLICAOF a -1
REPLICAOF a b
EVAL "return{redis.pcall('replicaof','no','one')}" 0
`;

/** The same, of those who are given something: it begins as with the real server. */
const GIVEN = `
PSYNC ? -1
PSYNC ? 1 2
PSYNC ? 5
PSYNC OWN -5
PSYNC OWN 0
PSYNC OWN 99999999
PSYNC OWN 9223372036854775807
PSYNC OWN NEXT
PSYNC OWN BEYOND
PSYNC OWN 1
PSYNC ${ID} 1
PSYNC abc -1
PSYNC ? -1 FOO
SYNC
SUBSCRIBE a | PSYNC ? -1
SUBSCRIBE a | SYNC
HELLO 3 | SUBSCRIBE a | PSYNC ? -1
`;

class Asker implements AsyncDisposable {
  text = "";
  readonly #reading: Promise<void>;

  private constructor(readonly conn: Deno.TcpConn) {
    this.#reading = this.#read();
  }

  static async connect({ handle: { host, port } }: Node): Promise<Asker> {
    return new Asker(await Deno.connect({ hostname: host, port }));
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder("latin1");
    const buffer = new Uint8Array(65536);
    try {
      for (let count; (count = await this.conn.read(buffer)) !== null;) {
        this.text += decoder.decode(buffer.subarray(0, count));
      }
      this.text += "(closed)";
    } catch { /* it is over */ }
  }

  async say(line: string): Promise<void> {
    await this.conn.write(new TextEncoder().encode(`${line}\r\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.conn.close();
    await this.#reading;
  }
}

/** What a monitor sees. */
const SEEN = /\+\d+\.\d+ \[.*\r\n/g;

const linesOf = (text: string) => text.trim().split("\n");

async function told(node: Node, isReplica: boolean): Promise<string[]> {
  const answers: string[] = [];
  const id = await node.row("master_replid");
  const own = (line: string, offset: number) =>
    line.replace("OWN", id).replace("NEXT", `${offset + 1}`).replace("BEYOND", `${offset + 2}`);
  for (const line of linesOf(REFUSED)) {
    if (isReplica && line.includes("REPLICAOF a")) continue;
    await using asker = await Asker.connect(node);
    for (const part of line.split(" | ")) {
      await asker.say(own(part, 0));
      // It was served when another one has been who came later, and its reply was sent before.
      for (let i = 0; i < 3; i++) await node.say("PING");
    }
    answers.push(`${line}: ${asker.text.replace(SEEN, "")}`);
  }
  for (const line of linesOf(GIVEN)) {
    await using asker = await Asker.connect(node);
    const parts = line.split(" | ");
    for (const [i, part] of parts.entries()) {
      const before = asker.text.length;
      await asker.say(own(part, Number(await node.row("master_repl_offset"))));
      await until(
        () => Promise.resolve(/[^\n]/.test(asker.text.slice(before))),
        `an answer to ${line}`,
      );
      if (i < parts.length - 1) continue;
      const [first] = asker.text.slice(before).replace(/^\n+/, "").split("\r\n");
      answers.push(`${line}: ${first.replace(id, "OWN").replace(/\d+$|:\w{40}$/, "N")}`);
    }
  }
  return answers;
}

async function story(kind: Kind): Promise<string[][]> {
  await using primary = await Node.start(kind, "--repl-ping-replica-period", "1000");
  await using replica = await Node.start(kind);
  await replica.follow(primary);
  await replica.equals(primary);
  await until(async () => /state=online/.test(await primary.row("slave0")), "the replica");
  await primary.say("SET", "a", "1");
  return [await told(primary, false), await told(replica, true)];
}

Deno.test({
  name: "whatever is asked about replication is answered as by the real server",
  ignore: findOracle() === undefined,
  async fn() {
    const [etna, redis] = await Promise.all([story("etna"), story("redis")]);
    assertEquals(etna, redis);
  },
});
