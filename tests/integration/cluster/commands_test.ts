/** What a node of a cluster answers to CLUSTER, beside the real server. */

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { create } from "../../support/clusters.ts";
import { Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { splitLine } from "../../support/text.ts";

const ID = "0123456789012345678901234567890123456789";

/** Commands whose replies are the same, byte for byte, of a node that is alone; names and ports are left out. */
const SAME = `
CLUSTER
CLUSTER FOO
CLUSTER SLOTS
CLUSTER SHARDS
CLUSTER LINKS
CLUSTER NODES
CLUSTER INFO
CLUSTER MYID
CLUSTER MYID a
CLUSTER ADDSLOTS
CLUSTER ADDSLOTS a
CLUSTER ADDSLOTS -1
CLUSTER ADDSLOTS 16384
CLUSTER ADDSLOTS 1 1
CLUSTER ADDSLOTS 1 2 3
CLUSTER ADDSLOTS 3
CLUSTER ADDSLOTSRANGE 10
CLUSTER ADDSLOTSRANGE 10 9
CLUSTER ADDSLOTSRANGE 10 20 15 16
CLUSTER ADDSLOTSRANGE 10 20 30 40
CLUSTER ADDSLOTSRANGE 20 20
CLUSTER DELSLOTS 5
CLUSTER DELSLOTS 1 1
CLUSTER DELSLOTS 1
CLUSTER DELSLOTSRANGE 10 20 12 13
CLUSTER DELSLOTSRANGE 10 12
CLUSTER DELSLOTSRANGE 10 12 5
CLUSTER NODES
CLUSTER SLOTS
CLUSTER SHARDS
CLUSTER COUNT-FAILURE-REPORTS ${ID}
CLUSTER FORGET ${ID}
CLUSTER REPLICATE ${ID}
CLUSTER REPLICAS ${ID}
CLUSTER SLAVES ${ID}
CLUSTER SET-CONFIG-EPOCH a
CLUSTER SET-CONFIG-EPOCH -1
CLUSTER SET-CONFIG-EPOCH 5
CLUSTER SET-CONFIG-EPOCH 6
CLUSTER BUMPEPOCH
CLUSTER SETSLOT 1
CLUSTER SETSLOT 1 foo
CLUSTER SETSLOT 16384 STABLE
CLUSTER SETSLOT 2 STABLE
CLUSTER SETSLOT 2 MIGRATING
CLUSTER SETSLOT 2 MIGRATING ${ID}
CLUSTER SETSLOT 100 MIGRATING ${ID}
CLUSTER SETSLOT 2 IMPORTING ${ID}
CLUSTER SETSLOT 100 IMPORTING ${ID}
CLUSTER SETSLOT 100 NODE ${ID}
CLUSTER FAILOVER
CLUSTER FAILOVER FOO
CLUSTER FAILOVER FORCE FORCE
CLUSTER MEET 127.0.0.1
CLUSTER MEET 127.0.0.1 a
CLUSTER MEET 127.0.0.1 1 a
CLUSTER MEET localhost 6379
CLUSTER MEET 127.0.0.1 70000
CLUSTER MEET 127.0.0.1 6379 70000
CLUSTER SAVECONFIG
CLUSTER FLUSHSLOTS
CLUSTER NODES
CLUSTER RESET FOO
CLUSTER RESET SOFT SOFT
CLUSTER RESET
CLUSTER INFO
CLUSTER RESET HARD
CLUSTER INFO
`;

const masked = (raw: string, port: number) =>
  raw.replaceAll(/[0-9a-f]{40}/g, (id) => id === ID ? id : "ID")
    .replaceAll(`${port + 10000}`, "BUS").replaceAll(`${port}`, "PORT")
    // Nodes do not look at their slots in the first two seconds.
    .replace(/(slots_assigned:0\r\n(?:.*\r\n)*cluster_size):\d/, "$1:N")
    // Messages of nodes that were met in vain, and lengths of what was masked.
    .replaceAll(/cluster_stats_messages_\w+:\d+\r\n/g, "").replaceAll(/^\$\d+/gm, "$");

Deno.test({
  name: "cluster: a node answers as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "1000"];
    await using redis = await Node.start("redis", ...options);
    await using etna = await Node.start("etna", ...options);
    const differences: string[] = [];
    for (const line of SAME.trim().split("\n")) {
      const words = splitLine(line);
      const expected = masked((await redis.client.command(...words)).raw, redis.handle.port);
      const got = masked((await etna.client.command(...words)).raw, etna.handle.port);
      if (got !== expected) {
        differences.push(`${line}\n  ${JSON.stringify(expected)}\n  ${JSON.stringify(got)}`);
      }
    }
    assertEquals(differences, []);
  },
});

Deno.test({
  name: "cluster: a node's file is no other node's, saved again or not",
  ignore: findOracle() === undefined,
  async fn() {
    const dir = await Deno.makeTempDir();
    const options = ["--cluster-enabled", "yes", "--dir", dir];
    try {
      await using node = await Node.start("etna", ...options);
      for (const kind of ["etna", "redis", "etna"] as const) {
        const error = await assertRejects(() => Node.start(kind, ...options), Error);
        assertStringIncludes(
          error.message,
          "Sorry, the cluster configuration file nodes.conf is already used by a different Redis Cluster node. " +
            "Please make sure that different nodes use different cluster configuration files.",
        );
        assertEquals(await node.say("CLUSTER", "SAVECONFIG"), "OK");
        const missing = await assertRejects(
          () => Node.start(kind, ...options, "--cluster-config-file", "none/nodes.conf"),
          Error,
        );
        assertStringIncludes(
          missing.message,
          "Can't open none/nodes.conf in order to acquire a lock: No such file or directory",
        );
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name: "cluster: a node whose bus cannot listen, or whose file is rotten, says so and ends",
  ignore: findOracle() === undefined,
  async fn() {
    const dir = await Deno.makeTempDir();
    try {
      using taken = Deno.listen({ hostname: "0.0.0.0", port: 0 });
      const { port } = taken.addr as Deno.NetAddr;
      for (const kind of ["redis", "etna"] as const) {
        const begin = async (...options: string[]) => {
          const all = ["--cluster-enabled", "yes", "--dir", dir, ...options];
          const error = await assertRejects(async () => {
            await using _ = await Node.start(kind, ...all);
          }, Error);
          return error.message;
        };
        const said = await begin("--cluster-port", `${port}`);
        assertStringIncludes(said, `Failed listening on port ${port} (cluster), aborting.`);
        assertStringIncludes(
          await begin("--port", "65000", "--bind", "127.0.0.1"),
          "Redis port number too high. Cluster communication port is 10,000 port numbers higher than " +
            "your Redis port. Your Redis port number must be 55535 or less.",
        );
        Deno.writeTextFileSync(`${dir}/nodes.conf`, `${ID} 127.0.0.1:1@2 myself,master\n`);
        assertStringIncludes(await begin(), "Unrecoverable error: corrupted cluster config file");
        Deno.removeSync(`${dir}/nodes.conf`);
      }
    } finally {
      await Deno.remove(dir, { recursive: true });
    }
  },
});

Deno.test({
  name: "cluster: a link whose output is over cluster-link-sendbuf-limit is made anew",
  ignore: findOracle() === undefined,
  async fn() {
    for (const kind of ["redis", "etna"] as const) {
      await using stack = new AsyncDisposableStack();
      const [node, other] = await create(stack, [kind, kind, kind], 0);
      assertEquals(await node.say("CONFIG", "SET", "cluster-link-sendbuf-limit", "1mb"), "OK");
      const madeAt = async () => {
        const { raw } = await node.client.command("CLUSTER", "LINKS");
        const id = await node.say("CLUSTER", "MYID");
        assert(!raw.includes(id));
        return new Set(Array.from(raw.matchAll(/create-time\r\n:(\d+)/g), ([, ms]) => ms));
      };
      const before = await madeAt();
      other.handle.signal!("SIGSTOP");
      try {
        // More than the system takes by itself.
        await until(async () => {
          await node.say("PUBLISH", "channel", "x".repeat(4 << 20));
          return /limit_exceeded:[1-9]/.test(await node.say("CLUSTER", "INFO"));
        }, "a link to be given up");
      } finally {
        other.handle.signal!("SIGCONT");
      }
      const after = await madeAt();
      assert([...after].some((ms) => !before.has(ms)), "no other link was made");
      assert(Number(await node.row("mem_cluster_links", "memory")) > 0);
      await until(
        async () => (await node.say("CLUSTER", "INFO")).includes("cluster_state:ok"),
        "all to be well",
      );
    }
  },
});
