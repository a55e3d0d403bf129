/** Runs the commands of `cluster/live_migration.md`, while a client writes. */

import { assert, assertEquals } from "@std/assert";
import { Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const PAGE = new URL("../../cluster/live_migration.md", import.meta.url);

Deno.test({
  name: "from Redis to Etna and back: the page's commands do what it says",
  ignore: findOracle() === undefined,
  async fn() {
    const sections = (await Deno.readTextFile(PAGE)).split(/^## /m).slice(1);
    await using redis = await Node.start("redis");
    await using etna = await Node.start("etna");
    await redis.say("DEBUG", "POPULATE", "1000", "key", "50");
    const run = async (title: string) => {
      const text = sections.find((section) => section.startsWith(title))!;
      for (const [, block] of text.matchAll(/```sh\n(.*?)```/gs)) {
        for (const line of block.trim().split("\n")) {
          const [, , port, ...words] = line
            .replaceAll("6379", `${redis.handle.port}`)
            .replaceAll("6380", `${etna.handle.port}`)
            .split(" ");
          const node = Number(port) === redis.handle.port ? redis : etna;
          const answer = await node.say(...words);
          assert(!answer.startsWith("ERR"), `${line}: ${answer}`);
          if (words[0] === "REPLICAOF" && words[1] !== "NO") {
            const other = node === redis ? etna : redis;
            await node.equals(other);
            await until(async () => /state=online/.test(await other.row("slave0")), "the replica");
          }
          if (words[0] === "FAILOVER") {
            await until(async () => await node.row("master_link_status") === "up", "the failover");
          }
        }
      }
    };
    await run("There");
    assertEquals([await redis.row("role"), await etna.row("role")], ["slave", "master"]);
    await etna.say("SET", "there", "1");
    await redis.equals(etna);
    await run("Back");
    assertEquals([await redis.row("role"), await etna.row("role")], ["master", "slave"]);
    await redis.say("SET", "back", "1");
    await etna.equals(redis);
    await run("Without FAILOVER");
    await redis.equals(etna);
    assertEquals(await redis.row("sync_full", "stats"), "1");
    assertEquals(await etna.row("sync_full", "stats"), "0");
    await redis.say("REPLICAOF", "NO", "ONE");
    await run("Some keys only");
    assertEquals([await redis.say("GET", "moved"), await etna.say("EXISTS", "moved")], [
      "value",
      "0",
    ]);
  },
});
