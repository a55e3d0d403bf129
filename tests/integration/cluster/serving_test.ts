/** What the nodes of a cluster that serves answer, beside a real one: primaries, replicas, and while a slot is nobody's. */

import { assertEquals } from "@std/assert";
import { create, table } from "../../support/clusters.ts";
import { ConnectionClosed, RespClient } from "../../support/resp_client.ts";
import { type Kind, type Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { splitLine } from "../../support/text.ts";

/**
 * Which node (primaries 0 to 2, their replicas 3 to 5, * = each), and what it is asked, one after the other where ;;
 * stands between. $ID0, $P0 and $B0 are a node's name, port and bus port. told: until the second node, or the
 * first one's state, shows something; untold: until it does not any more.
 */
const QUESTIONS = String.raw`
* CLUSTER MYID
* CLUSTER INFO
* CLUSTER NODES
0 CLUSTER REPLICAS $ID0
3 CLUSTER REPLICAS $ID0
0 CLUSTER REPLICAS $ID3
0 CLUSTER SLAVES $ID1
0 CLUSTER KEYSLOT foo
0 CLUSTER KEYSLOT {foo}bar
0 CLUSTER KEYSLOT foo{}{bar}
0 CLUSTER KEYSLOT foo{{bar}}zap
0 CLUSTER KEYSLOT
0 CLUSTER COUNTKEYSINSLOT 0
0 CLUSTER COUNTKEYSINSLOT 16384
0 CLUSTER COUNTKEYSINSLOT -1
0 CLUSTER COUNTKEYSINSLOT a
0 CLUSTER GETKEYSINSLOT 0 10
0 CLUSTER GETKEYSINSLOT 0 -1
0 CLUSTER GETKEYSINSLOT 0 a
0 CLUSTER GETKEYSINSLOT 16384 1
0 CLUSTER COUNT-FAILURE-REPORTS $ID1
0 CLUSTER COUNT-FAILURE-REPORTS nobody
0 CLUSTER FORGET $ID0
3 CLUSTER FORGET $ID0
0 CLUSTER FORGET nobody
0 CLUSTER REPLICATE $ID0
0 CLUSTER REPLICATE $ID1
0 CLUSTER REPLICATE $ID3
3 CLUSTER REPLICATE $ID3
3 CLUSTER REPLICATE $ID4
3 CLUSTER REPLICATE nobody
0 CLUSTER FAILOVER
0 CLUSTER FAILOVER FORCE
3 CLUSTER FAILOVER BAR
0 CLUSTER SET-CONFIG-EPOCH 3
0 CLUSTER MEET nothost 1
0 CLUSTER ADDSLOTS 0
0 CLUSTER ADDSLOTS 16383
3 CLUSTER ADDSLOTS 1
0 CLUSTER SETSLOT 0 MIGRATING $ID1
0 CLUSTER NODES
0 CLUSTER SETSLOT 0 MIGRATING $ID0
0 CLUSTER SETSLOT 0 MIGRATING $ID3
0 CLUSTER SETSLOT 16383 MIGRATING $ID1
0 CLUSTER SETSLOT 0 IMPORTING $ID1
0 CLUSTER SETSLOT 16383 IMPORTING $ID1
0 CLUSTER SETSLOT 16383 IMPORTING $ID2
0 CLUSTER SETSLOT 16383 IMPORTING $ID3
0 CLUSTER SETSLOT 16383 STABLE
0 CLUSTER SETSLOT 0 NODE $ID3
0 CLUSTER SETSLOT 0 NODE nobody
0 CLUSTER SETSLOT 0 STABLE
3 CLUSTER SETSLOT 0 STABLE
0 CLUSTER BUMPEPOCH
0 CLUSTER BUMPEPOCH
0 CLUSTER SAVECONFIG
0 CLUSTER FLUSHSLOTS x
0 SET foo bar
2 SET foo bar
2 WAIT 1 10000
2 CLUSTER RESET
2 CLUSTER FLUSHSLOTS
5 GET foo
5 READONLY ;; GET foo ;; SET foo x ;; READWRITE ;; GET foo
3 READONLY ;; GET foo
5 MULTI ;; GET foo ;; EXEC
5 READONLY ;; MULTI ;; GET foo ;; EXEC ;; READWRITE
5 READONLY ;; MULTI ;; SET foo x ;; EXEC ;; READWRITE
2 MULTI ;; GET foo ;; GET bar ;; EXEC
2 MULTI ;; GET foo ;; SET {foo}x 1 ;; EXEC
2 MSET foo 1 bar 2
2 MSET foo 1 {foo}b 2
2 MGET foo {foo}b
2 DEL foo bar
2 EVAL "return redis.call('get',KEYS[1])" 1 foo
2 EVAL "return redis.call('get',KEYS[1])" 2 foo bar
0 EVAL "return redis.call('get',KEYS[1])" 1 foo
0 EVAL "return redis.call('get','foo')" 0
2 EVAL "return redis.call('get','foo')" 0
2 EVAL "return redis.call('set','foo','bar')" 0
0 EVAL "#!lua flags=allow-cross-slot-keys\nreturn 1" 0
0 EVAL "#!lua\nreturn redis.call('get','foo')" 1 {06S}
2 EVAL "#!lua\nreturn redis.pcall('mget','foo','bar')" 1 foo
2 EVAL "#!lua flags=allow-cross-slot-keys\nreturn redis.pcall('get','bar')" 1 foo
2 EVAL_RO "return redis.call('get',KEYS[1])" 1 foo
5 READONLY ;; EVAL_RO "return redis.call('get',KEYS[1])" 1 foo ;; EVAL "return redis.call('get',KEYS[1])" 1 foo ;; READWRITE
5 EVAL_RO "return redis.call('get',KEYS[1])" 1 foo
5 READONLY ;; EVAL "#!lua flags=no-writes\nreturn redis.call('get',KEYS[1])" 1 foo ;; READWRITE
2 SELECT 0
2 SELECT 1
2 MOVE foo 1
2 COPY foo {foo}z DB 1
2 COPY foo {foo}z DB 0
2 COPY foo bar
2 SWAPDB 0 1
2 RENAME foo bar
2 RENAME foo {foo}q
2 RENAME {foo}q foo
2 SORT foo BY nosort GET #
2 RPUSH {foo}l 3 1 2
2 SORT {foo}l BY w_*
2 SORT {foo}l GET w_*
2 SORT {foo}l BY {foo}w_* GET {foo}v_*
2 SORT_RO {foo}l
2 BLPOP {foo}n bar 0.01
2 BLPOP {foo}n {foo}m 0.01
2 XREAD STREAMS foo bar 0 0
2 GEORADIUS {foo}g 0 0 1 km STORE bar
2 ZUNIONSTORE {foo}z 2 {foo}a bar
2 OBJECT ENCODING bar
0 OBJECT ENCODING foo
0 MEMORY USAGE foo
0 DEBUG OBJECT foo
0 KEYS *
0 SCAN 0 MATCH {foo}*
0 RANDOMKEY
0 DBSIZE
2 FLUSHDB
3 FLUSHALL
3 PING
3 READONLY ;; READWRITE
0 ASKING
0 ASKING ;; GET foo
0 WATCH foo
2 WATCH foo ;; UNWATCH
2 WATCH bar
2 SPUBLISH foo x
0 SPUBLISH foo x
5 SPUBLISH foo x
0 PUBLISH foo x
0 SSUBSCRIBE foo
2 SSUBSCRIBE foo bar
2 SSUBSCRIBE foo {foo}1 ;; SUNSUBSCRIBE foo
2 SUNSUBSCRIBE
5 SSUBSCRIBE foo ;; SUNSUBSCRIBE
2 PUBSUB SHARDCHANNELS
2 PUBSUB SHARDNUMSUB foo bar
0 PFCOUNT foo {foo}
0 CLUSTER GETKEYSINSLOT 12182 100
0 MIGRATE 127.0.0.1 1 foo 0 100
0 MIGRATE 127.0.0.1 1 "" 0 100 KEYS foo bar
2 MIGRATE 127.0.0.1 $P0 foo 1 100
0 REPLICAOF NO ONE
0 SLAVEOF 127.0.0.1 1
3 REPLICAOF NO ONE
0 FAILOVER
0 COMMAND GETKEYS MSET a 1 b 2
2 LMOVE {foo}l bar LEFT LEFT
2 FCALL nofunc 2 foo bar
0 FCALL nofunc 1 foo
2 EVALSHA ffffffffffffffffffffffffffffffffffffffff 1 foo
0 EVALSHA ffffffffffffffffffffffffffffffffffffffff 1 foo
0 SUBSCRIBE a ;; UNSUBSCRIBE
0 CLIENT TRACKING on ;; CLIENT TRACKING off
0 RESTORE foo 0 abc
0 RESTORE-ASKING foo 0 abc
2 RESTORE-ASKING foo 0 abc
0 CONFIG SET cluster-enabled no
3 CONFIG SET cluster-replica-no-failover yes
told nofailover
1 CLUSTER NODES
3 CLUSTER NODES
0 CONFIG SET cluster-replica-no-failover yes
0 CLUSTER NODES
1 CLUSTER NODES
0 CONFIG SET cluster-replica-no-failover no
3 CONFIG SET cluster-replica-no-failover no
untold nofailover
1 CLUSTER NODES
0 CONFIG SET cluster-announce-ip 1.2.3.4
1 CLUSTER NODES
1 GET foo
0 CLUSTER SLOTS
0 CONFIG SET cluster-announce-ip ""
0 CONFIG SET cluster-announce-hostname host-0.example
0 CONFIG SET cluster-announce-hostname "bad host"
0 CONFIG SET cluster-announce-hostname host_0
0 CONFIG SET cluster-announce-port 1234
0 CONFIG SET cluster-announce-bus-port 1235
told host-0.example
1 CLUSTER NODES
1 CLUSTER SLOTS
1 CONFIG SET cluster-preferred-endpoint-type hostname
1 CLUSTER SLOTS
1 CLUSTER SHARDS
1 GET {06S}
1 GET foo
1 CONFIG SET cluster-preferred-endpoint-type unknown-endpoint
1 CLUSTER SLOTS
1 CLUSTER SHARDS
1 GET foo
1 CONFIG SET cluster-preferred-endpoint-type foo
1 CONFIG SET cluster-preferred-endpoint-type ip
0 CONFIG SET cluster-announce-port 0
0 CONFIG SET cluster-announce-bus-port 0
0 CONFIG SET cluster-announce-hostname ""
untold host-0.example
* CONFIG SET cluster-require-full-coverage yes
0 CLUSTER DELSLOTS 0
0 CLUSTER INFO
told cluster_state:fail
0 GET {06S}
0 GET foo
0 SPUBLISH {06S} x
0 CONFIG SET cluster-allow-reads-when-down yes
0 GET {06S}
0 SET {06S} 1
0 CONFIG SET cluster-allow-reads-when-down no
0 CONFIG SET cluster-allow-pubsubshard-when-down no
0 SPUBLISH foo x
0 SPUBLISH {06S} x
0 SPUBLISH {x} x
0 CONFIG SET cluster-require-full-coverage no
told cluster_state:ok
0 GET {06S}
0 CLUSTER INFO
0 CLUSTER ADDSLOTS 0
0 GET {06S}
0 CLUSTER SLOTS
`;

interface Cluster {
  readonly nodes: readonly Node[];
  /** Names, ports and bus ports, by node. */
  readonly names: ReadonlyMap<string, string>;
}

async function cluster(stack: AsyncDisposableStack, kind: Kind): Promise<Cluster> {
  const all = await create(stack, Array<Kind>(6).fill(kind), 1, ["--enable-debug-command", "yes"]);
  const known = await Promise.all(all.map(async (node) => {
    const id = await node.say("CLUSTER", "MYID");
    const [, place, , primary, , , , , range = ""] = (await table(node)).get(id)!;
    return { node, id, primary, bus: /@(\d+)/.exec(place)![1], first: Number(range.split("-")[0]) };
  }));
  const primaries = known.filter(({ primary }) => primary === "-")
    .sort((one, other) => one.first - other.first);
  const replicas = primaries.map(({ id }) => known.find(({ primary }) => primary === id)!);
  const names = new Map<string, string>();
  for (const [i, { node, id, bus }] of [...primaries, ...replicas].entries()) {
    names.set(`ID${i}`, id);
    names.set(`B${i}`, bus);
    names.set(`P${i}`, `${node.handle.port}`);
  }
  // Replicas of which nobody has heard that they have anything are not shown by all.
  for (const { node } of primaries) {
    for (let i = 0; await node.say("SET", `key:${i}`, "") !== "OK";) i++;
  }
  for (const { node } of known) {
    await until(async () => !(await node.say("CLUSTER", "SHARDS")).includes("loading"), "offsets");
  }
  // Each has heard from others of all, itself included.
  for (const { node } of known) {
    await until(
      async () => [...(await table(node)).values()].every((words) => words[5] !== "0"),
      "all to have heard of all",
    );
  }
  return { nodes: [...primaries, ...replicas].map(({ node }) => node), names };
}

function masked(raw: string, { names }: Cluster): string {
  for (const [name, value] of names) raw = raw.replaceAll(value, `<${name}>`);
  return raw.replaceAll(/[0-9a-f]{40}/g, "<HEX>").replaceAll(/^\$\d+/gm, "$")
    .replaceAll(/cluster_stats_messages_[\w-]+:\d+\r\n/g, "").replaceAll(
      / \d+ \d{13} /g,
      " PING PONG ",
    )
    .replaceAll(/offset\r\n:\d+/g, "offset N");
}

async function ask(asked: Cluster, node: number, question: string): Promise<string> {
  const replies: string[] = [];
  for (const [name, value] of asked.names) question = question.replaceAll(`$${name}`, value);
  for (const part of question.split(" ;; ")) {
    const { client, handle } = asked.nodes[node];
    try {
      replies.push(masked((await client.command(...splitLine(part))).raw, asked));
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
      replies.push("closed");
      asked.nodes[node].client = await RespClient.connect(handle);
    }
  }
  // In what order a node shows the others is chance.
  const isAnyOrder = /^CLUSTER (NODES|REPLICAS|SLAVES|SHARDS)/.test(question);
  return isAnyOrder ? replies.join("").split(/\n/).sort().join("\n") : replies.join(" | ");
}

/** Questions whose answers others have a part in. */
const VIEW = /^CLUSTER (NODES|SLOTS|SHARDS|INFO)/;

/** What another node shows of all, and the first of how it is. */
async function heard(nodes: readonly Node[]): Promise<string> {
  return await nodes[1].say("CLUSTER", "NODES") + await nodes[0].say("CLUSTER", "INFO");
}

Deno.test({
  name: "cluster: nodes of one that serves answer as those of a real one",
  ignore: findOracle() === undefined,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const etna = await cluster(stack, "etna");
    const redis = await cluster(stack, "redis");
    const differences: string[] = [];
    for (const line of QUESTIONS.trim().split("\n")) {
      const [, which, question] = /^(\S+) (.*)$/.exec(line)!;
      if (which === "told" || which === "untold") {
        for (const { nodes } of [redis, etna]) {
          await until(
            async () => (await heard(nodes)).includes(question) === (which === "told"),
            `it to be ${line}`,
          );
        }
      }
      for (let node = 0; node < 6; node++) {
        if (which !== "*" && which !== `${node}`) continue;
        let [expected, got] = ["", ""];
        const isAlike = async () => {
          expected = await ask(redis, node, question);
          got = await ask(etna, node, question);
          return got === expected;
        };
        // What the nodes know of each other comes with their next messages.
        if (!await isAlike() && VIEW.test(question)) await until(isAlike, question).catch(() => {});
        if (got !== expected) {
          differences.push(
            `${node} ${question}\n  ${JSON.stringify(expected)}\n  ${JSON.stringify(got)}`,
          );
        }
      }
    }
    assertEquals(differences, []);
  },
});
