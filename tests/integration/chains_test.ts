/**
 * The middle of a chain is told whom to follow, beside a real one: those who follow it stay until their histories
 * differ, and are copied anew only then.
 */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What became of a chain step by step, with counts of copies. */
async function steps(kind: Kind): Promise<string[]> {
  await using first = await Node.start("redis", "--repl-ping-replica-period", "60");
  await using second = await Node.start("redis", "--repl-ping-replica-period", "60");
  await using middle = await Node.start(kind, "--repl-ping-replica-period", "60");
  await using last = await Node.start("redis");
  await first.say("SET", "a", "1");
  await second.follow(first);
  await middle.follow(first);
  await middle.equals(first);
  await last.follow(middle);
  await last.equals(first);
  const peer = async () =>
    /addr=(\S+)/.exec(await middle.say("CLIENT", "LIST", "TYPE", "replica"))?.[1];
  const said: string[] = [];
  let before = await peer();
  const note = async (step: string) => {
    // A link that was closed comes anew in its own time; what is noted is what it came to.
    await until(async () => await peer() !== undefined, "a follower of the middle");
    await until(async () => await last.row("master_link_status") === "up", "the last one");
    const now = await peer();
    const counts = [];
    for (const name of ["sync_full", "sync_partial_ok", "sync_partial_err"]) {
      counts.push(`${name} ${await middle.row(name, "stats")}`);
    }
    said.push(
      `${step}: ${now === before ? "stayed" : "came anew"}, ${counts}, ${await middle.row(
        "role",
      )}, ` +
        `${await middle.row("master_link_status")}, follower ${await last.row(
          "master_link_status",
        )}`,
    );
    before = now;
  };
  await note("at first");
  await middle.say("REPLICAOF", "127.0.0.1", "1");
  await pause(300);
  await note("follows nobody who answers");
  await middle.follow(second);
  await middle.equals(second);
  await first.say("SET", "b", "1");
  await last.equals(first);
  await note("follows another one of the same history");
  await middle.say("REPLICAOF", "NO", "ONE");
  await middle.say("SET", "c", "1");
  await last.equals(middle);
  await note("is a primary");
  await middle.say("REPLICAOF", "127.0.0.1", "1");
  await pause(300);
  await note("is demoted, and follows nobody who answers");
  await middle.say("REPLICAOF", "NO", "ONE");
  await last.equals(middle);
  await note("is a primary again");
  await first.follow(middle);
  await first.equals(middle);
  await note("has another follower");
  await first.say("REPLICAOF", "NO", "ONE");
  await first.say("SET", "d", "1");
  before = undefined;
  await middle.follow(first);
  await middle.equals(first);
  await last.equals(first);
  await note("follows the one it has had, whose history has another name");
  // Its other follower has to have learnt the new name too.
  await second.equals(first);
  await middle.follow(second);
  await middle.equals(second);
  await last.equals(second);
  await note("follows another one of the new history");
  return said;
}

Deno.test({
  name: "the middle of a chain keeps its followers as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    const [real, own] = await Promise.all([steps("redis"), steps("etna")]);
    assertEquals(own, real);
  },
});
