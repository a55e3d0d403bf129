/**
 * A replica that takes writes (`replica-read-only no`) beside a real one: keys of its own expire there, those of the
 * primary are hidden until it says that they have gone, or a write comes upon them. Each follows a real primary, and
 * an Etna follows it.
 */

import { assertEquals } from "@std/assert";
import { type Kind, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import { splitLine } from "../support/text.ts";

/** The real one looks at some of its keys ten times a second, and ends when three of those it drew live on. */
const SLEEP_MS = 1500;

/** What is asked, `P` of the primary and `R` of its replica; `sleep` lets what is short expire. */
const SCRIPT = `
R set own 1 px 100
R set own2 1
R pexpire own2 100
R set kept 1 ex 1000
P set his 1 px 100
P set written 1 px 100
P set counted 1 px 100
P set read 1 px 100
P set given 1
P rpush source b a
sleep
R row slave_expires_tracked_keys
R dbsize
R get read
R exists read his
R ttl his
R append written x
R incr counted
R set read 2 nx
R set his 2 xx
R persist his
R expire his 100
R dbsize
R pexpire given 100
R set script 0
R eval "redis.call('pexpire',KEYS[1],100)" 1 script
R set renamed 1 px 100
R rename renamed other
R set copied 1 px 100
R copy copied copy
R copy copied copy DB 2
R set moved 1 px 100
R move moved 3
R set read 1
R getex read px 100
R set persisted 1 px 100
R persist persisted
R set over 1 px 100
R set over 2
R set deletedown 1 px 100
R del deletedown
R set past 1
R expire past -1
R set pastat 1 pxat 1
R set long 1 ex 100
R set long 2 keepttl
sleep
R row slave_expires_tracked_keys
R get past
R exists pastat
R keys *
R dbsize
R select 2
R dbsize
R select 3
R dbsize
R select 0
R set swept 1 px 100
R flushall
R row slave_expires_tracked_keys
R set last 1 px 200
R config set replica-read-only yes
R append last x
sleep
R dbsize
R row slave_expires_tracked_keys
`;

async function answers(kind: Kind): Promise<string[]> {
  await using primary = await Node.start("redis", "--hz", "1");
  await using replica = await Node.start(kind);
  await using last = await Node.start("etna");
  // Only what somebody looks up expires at the primary.
  await primary.say("DEBUG", "SET-ACTIVE-EXPIRE", "0");
  await replica.say("CONFIG", "SET", "replica-read-only", "no", "notify-keyspace-events", "EA");
  await replica.follow(primary);
  await last.follow(replica);
  await until(async () => await last.row("master_link_status") === "up", "the replica's replica");
  using listener = await RespClient.connect(replica.handle);
  await listener.command("PSUBSCRIBE", "*");
  const all: string[] = [];
  for (const line of SCRIPT.trim().split("\n")) {
    if (line === "sleep") await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
    const [who, ...words] = splitLine(line);
    if (who === "sleep") continue;
    let reply: string;
    if (words[0] === "row") reply = await replica.row(words[1], "stats");
    else reply = await (who === "P" ? primary : replica).say(...words);
    all.push(`${line}: ${words[0] === "keys" ? reply.split(/\s+/).sort() : reply}`);
    if (who === "P") await primary.say("WAIT", "1", "1000");
  }
  const events: string[] = [];
  await replica.say("PUBLISH", "over", "over");
  for (let text = ""; text !== "over over";) {
    text = itemsOf((await listener.read()).reply).slice(-2).map(textOf).join(" ");
    events.push(text);
  }
  // What expired together is told of in no order.
  const expired = events.filter((text) => /:expired /.test(text)).sort();
  const others = events.filter((text) => !/:expired /.test(text));
  // None of it goes down to the replica's replica, which has what the primary has.
  assertEquals(await last.row("master_link_status"), "up");
  await until(async () => {
    return await last.row("master_repl_offset") === await primary.row("master_repl_offset");
  }, "the replica's replica to catch up");
  all.push(await last.say("DBSIZE"), await last.say("KEYS", "*own*"));
  return [...all, "events", ...others, "expired", ...expired];
}

Deno.test({
  name: "a replica that takes writes expires its own keys as the real one does",
  ignore: findOracle() === undefined,
  async fn() {
    const [real, own] = await Promise.all([answers("redis"), answers("etna")]);
    assertEquals(own, real);
  },
});
