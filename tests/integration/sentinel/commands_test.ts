/** What a Sentinel answers, beside the real one. */

import { assertEquals } from "@std/assert";
import { Node } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { splitLine } from "../../support/text.ts";
import { SentinelNode } from "../../support/sentinels.ts";
import { until } from "../../support/nodes.ts";

/** Commands whose replies are the same, byte for byte. */
const SAME = `
SENTINEL CKQUORUM x
SENTINEL CKQUORUM group
SENTINEL GET-MASTER-ADDR-BY-NAME x
SENTINEL GET-MASTER-ADDR-BY-NAME group
SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 a 0 *
SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 1 x *
SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 9999 0 *
SENTINEL MASTER x
SENTINEL REPLICAS x
SENTINEL SLAVES x
SENTINEL SENTINELS x
SENTINEL SENTINELS group
SENTINEL FAILOVER x
SENTINEL RESET a b
SENTINEL RESET nobody*
SENTINEL PENDING-SCRIPTS
SENTINEL FOO
SENTINEL
SENTINEL MONITOR group 127.0.0.1 6401 2
SENTINEL MONITOR m2 127.0.0.1 6401 0
SENTINEL MONITOR m2 127.0.0.1 6401 x
SENTINEL MONITOR m2 127.0.0.1 99999 1
SENTINEL MONITOR m2 127.0.0.1 x 1
SENTINEL MONITOR m2 no-such-host.invalid 6379 1
SENTINEL MONITOR m2 127.0.0.1 1 1
SENTINEL MASTERS x
SENTINEL GET-MASTER-ADDR-BY-NAME m2
SENTINEL FAILOVER m2
SENTINEL REMOVE m2
SENTINEL REMOVE m2
SENTINEL SET x quorum 1
SENTINEL SET group quorum
SENTINEL SET group quorum 0
SENTINEL SET group quorum x
SENTINEL SET group foo 1
SENTINEL SET group down-after-milliseconds 0
SENTINEL SET group down-after-milliseconds 5000 quorum 2
SENTINEL SET group notification-script /bin/true
SENTINEL SET group rename-command a b
SENTINEL SET group rename-command a a
SENTINEL SET group rename-command a
SENTINEL SET group master-reboot-down-after-period -1
SENTINEL SET group master-reboot-down-after-period 0
SENTINEL SET group parallel-syncs 0
SENTINEL SET group parallel-syncs 2
SENTINEL SET group failover-timeout 0
SENTINEL SET group failover-timeout 60000
SENTINEL SET group auth-pass ""
SENTINEL SET group auth-user ""
SENTINEL CONFIG SET foo bar
SENTINEL CONFIG SET announce-port x
SENTINEL CONFIG SET announce-port 70000
SENTINEL CONFIG SET announce-port 0
SENTINEL CONFIG SET resolve-hostnames maybe
SENTINEL CONFIG GET foo
SENTINEL CONFIG GET announce-*
SENTINEL CONFIG GET sentinel-user
SENTINEL CONFIG
SENTINEL DEBUG
SENTINEL DEBUG ping-period
SENTINEL DEBUG ping-period x
SENTINEL DEBUG ping-period 0
SENTINEL DEBUG foo 1
SENTINEL DEBUG info-period 10000 ask-period 1000
SENTINEL SIMULATE-FAILURE crash-after-election
INFO sentinel
SENTINEL SIMULATE-FAILURE crash-after-promotion foo
INFO sentinel
SENTINEL SIMULATE-FAILURE HELP
INFO sentinel
CLIENT KILL TYPE master
CLIENT LIST TYPE master
CLIENT LIST TYPE pubsub
SENTINEL SIMULATE-FAILURE foo
SENTINEL INFO-CACHE x
SENTINEL INFO-CACHE
SENTINEL FLUSHCONFIG
SENTINEL MYID a
SENTINEL IS-MASTER-DOWN-BY-ADDR 127.0.0.1 9999 3 abc
PUBLISH foo bar
PUBLISH __sentinel__:hello bar
ROLE
PING
PING a
GET a
SET a b
CONFIG GET port
DEBUG SLEEP 0
MULTI
RESET
SELECT 0
SLOWLOG GET
MONITOR
INFO keyspace
INFO commandstats
ACL WHOAMI
CLIENT GETNAME
CLIENT SETNAME a
SUBSCRIBE
`;

Deno.test({
  name: "sentinel: answers as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    await using primary = await Node.start("redis");
    const watch = {
      name: "group",
      port: primary.handle.port,
      quorum: 2,
      options: { "down-after-milliseconds": 60000 },
    };
    await using redis = await SentinelNode.start("redis", watch);
    // It tells of itself only: each of them is alone.
    await using other = await Node.start("redis");
    await using etna = await SentinelNode.start("etna", { ...watch, port: other.handle.port });
    const differences: string[] = [];
    for (const line of SAME.trim().split("\n")) {
      const words = splitLine(line);
      const expected = (await redis.client.command(...words)).raw;
      const got = (await etna.client.command(...words)).raw
        .replaceAll(`${other.handle.port}`, `${primary.handle.port}`);
      if (got !== expected) {
        differences.push(`${line}\n  ${JSON.stringify(expected)}\n  ${JSON.stringify(got)}`);
      }
    }
    assertEquals(differences, []);
  },
});

/** A reply's shape: values that differ between any two Sentinels are left out. */
function names(raw: string): string[] {
  const words = raw.split("\r\n").slice(0, -1).filter((word) => !/^[*$%]/.test(word));
  return words.filter((_, i) => i % 2 === 0);
}

Deno.test({
  name: "sentinel: MASTER, REPLICAS and SENTINELS have the fields of the real one, in its order",
  ignore: findOracle() === undefined,
  async fn() {
    await using primary = await Node.start("redis");
    await using replica = await Node.start("etna");
    await replica.follow(primary);
    const watch = {
      name: "group",
      port: primary.handle.port,
      quorum: 2,
      // On a busy machine nobody is to be found down: there are fields about that.
      options: { "down-after-milliseconds": 60_000 },
    };
    await using redis = await SentinelNode.start("redis", watch);
    await using etna = await SentinelNode.start("etna", watch);
    for (const one of [redis, etna]) {
      await until(
        async () =>
          await one.field("group", "num-slaves") === "1" &&
          await one.field("group", "num-other-sentinels") === "1",
        "all to be found",
      );
    }
    for (const question of ["MASTER", "REPLICAS", "SENTINELS"]) {
      const [expected, got] = await Promise.all([redis, etna].map(async ({ client }) => {
        return names((await client.command("SENTINEL", question, "group")).raw);
      }));
      assertEquals(got, expected, question);
    }
    const rows = async (one: SentinelNode) =>
      (await one.say("INFO", "sentinel")).split("\r\n")
        // Whoever is held up for two seconds tilts.
        .map((row) => row.replace(/address=[^,]+/, "").replace(/(sentinel_tilt.*:).*/, "$1"));
    assertEquals(await rows(etna), await rows(redis));
    assertEquals(
      await etna.say("SENTINEL", "CKQUORUM", "group"),
      await redis.say("SENTINEL", "CKQUORUM", "group"),
    );
  },
});
