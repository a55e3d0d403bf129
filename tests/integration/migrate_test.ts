/**
 * MIGRATE from and to Etna and real Redis: what is moved, copied and refused is as from the real server, word for
 * word; only the client that asked waits, and the keys on their way stand still.
 */

import { assert, assertEquals } from "@std/assert";
import { type Kind, load, Node, until } from "../support/nodes.ts";
import { findOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import { freePort } from "../support/ports.ts";
import { splitLine } from "../support/text.ts";

const seed = seedFromEnv("ETNA_SEED");
const ignore = findOracle() === undefined;

/** `T` is the target's port, `S` the server's own, `N` one where nobody listens. */
const SCRIPT = `
  SET k v
  SET k2 v2 EX 100
  RPUSH l a b c
  MIGRATE 127.0.0.1 N k 0 200
  MIGRATE nosuchhost. N k 0 200
  MIGRATE 127.0.0.1 T nothing 0 1000
  MIGRATE 127.0.0.1 T k 0 1000 COPY
  MIGRATE 127.0.0.1 T k 0 1000
  MIGRATE 127.0.0.1 T k 0 1000 COPY REPLACE
  MIGRATE 127.0.0.1 T "" 0 1000 KEYS k k2 nothing l
  EXISTS k k2 l
  >EXISTS k k2 l
  MIGRATE 127.0.0.1 T k 0 1000 REPLACE
  >GET k
  EXISTS k
  SET k v
  MIGRATE 127.0.0.1 T k 99 1000
  EXISTS k
  MIGRATE 127.0.0.1 T k 3 1000
  EXISTS k
  >SELECT 3
  >GET k
  >SELECT 0
  SET a 1
  >CONFIG SET requirepass secret
  >CLIENT KILL TYPE normal
  MIGRATE 127.0.0.1 T a 0 1000
  MIGRATE 127.0.0.1 T a 0 1000 AUTH wrong
  MIGRATE 127.0.0.1 T a 0 1000 AUTH2 default wrong
  EXISTS a
  MIGRATE 127.0.0.1 T a 0 1000 AUTH secret
  SET a 2
  MIGRATE 127.0.0.1 T a 0 1000 AUTH2 default secret REPLACE
  EXISTS a
  >GET a
  >CONFIG SET requirepass ""
  SELECT 2
  SET in2 x
  MIGRATE 127.0.0.1 T in2 0 0 KEYS x
  MIGRATE 127.0.0.1 T in2 0 -5
  EXISTS in2
  >GET in2
  SET k v PX 5000
  MIGRATE 127.0.0.1 T k 0 1000
  >PTTL k
  SET gone v PX 1
  DEBUG SLEEP 0.02
  MIGRATE 127.0.0.1 T gone 0 1000
  >CONFIG SET maxmemory 1
  SET full v
  MIGRATE 127.0.0.1 T full 0 1000
  MIGRATE 127.0.0.1 T "" 0 1000 REPLACE KEYS full
  EXISTS full
  >CONFIG SET maxmemory 0
  MIGRATE 127.0.0.1 T full 0 1000
  SET self v
  MIGRATE 127.0.0.1 S self 0 300
  MIGRATE 127.0.0.1 S self 0 300 REPLACE
  GET self
`;

async function answersOf(source: Kind, target: Kind): Promise<string[]> {
  await using from = await Node.start(source);
  await using to = await Node.start(target);
  const closed = freePort();
  const answers: string[] = [];
  for (const line of SCRIPT.trim().split("\n").map((text) => text.trim())) {
    const words = splitLine(line.replace(/^>/, "")).map((word) =>
      ({ T: `${to.handle.port}`, S: `${from.handle.port}`, N: `${closed}` })[word] ?? word
    );
    const isKill = words[1] === "KILL";
    const answer = await (line.startsWith(">") ? to : from).say(...words);
    answers.push(`${line}: ${/PTTL/.test(line) ? Number(answer) > 4000 : isKill ? "" : answer}`);
  }
  return answers;
}

for (const target of ["redis", "etna"] as const) {
  Deno.test({
    name: `MIGRATE to ${target} answers as the real server's does`,
    ignore,
    async fn() {
      assertEquals(await answersOf("etna", target), await answersOf("redis", target));
    },
  });
}

for (const [source, target] of [["redis", "etna"], ["etna", "redis"], ["etna", "etna"]] as const) {
  Deno.test({
    name: `MIGRATE moves all keys from ${source} to ${target}, and tells replicas, seed ${seed}`,
    ignore,
    async fn() {
      await using from = await Node.start(source);
      await using to = await Node.start(target);
      await using replica = await Node.start("etna");
      await replica.follow(from);
      await load(from, seed, 2000);
      await from.say("HDEL", "nothing", "f");
      const digest = await from.say("DEBUG", "DIGEST");
      for (let db = 0; db < 16; db++) {
        await from.say("SELECT", `${db}`);
        const keys = itemsOf((await from.client.command("KEYS", "*")).reply).map(textOf);
        if (keys.length === 0) continue;
        const { host, port } = to.handle;
        const words = ["MIGRATE", host, `${port}`, "", `${db}`, "5000", "KEYS", ...keys];
        assertEquals(textOf((await from.client.command(...words)).reply), "OK");
      }
      assertEquals(await to.say("DEBUG", "DIGEST"), digest);
      assertEquals(await from.say("DEBUG", "DIGEST"), "0".repeat(40));
      await replica.equals(from);
    },
  });
}

Deno.test("MIGRATE: while the target hangs, only its client and writes to its keys wait", async () => {
  await using from = await Node.start("etna");
  await using to = await Node.start("etna");
  const { port } = to.handle;
  const clients = await Promise.all(
    Array.from({ length: 6 }, () => RespClient.connect(from.handle, 20_000)),
  );
  const ask = (i: number, ...words: string[]) =>
    clients[i].command(...words).then(({ reply }) => textOf(reply), (error) => `${error}`);
  try {
    await from.say("MSET", "a", "1", "b", "2", "c", "3", "d", "4");
    // The link is there.
    assertEquals(await from.say("MIGRATE", "127.0.0.1", `${port}`, "d", "0", "1000"), "OK");
    to.handle.signal!("SIGSTOP");
    const moving = ask(0, "MIGRATE", "127.0.0.1", `${port}`, "", "0", "10000", "KEYS", "a", "b");
    await until(async () => (await from.say("CLIENT", "LIST")).includes("cmd=migrate"), "it");
    await new Promise((resolve) => setTimeout(resolve, 100));
    const held = [
      ask(1, "INCR", "a"),
      ask(2, "RENAME", "c", "b"),
      ask(3, "EVAL", "return redis.call('GET', 'a')", "0"),
      ask(4, "FLUSHALL"),
    ];
    assertEquals([await from.say("GET", "a"), await from.say("GET", "b")], ["1", "2"]);
    assertEquals(await from.say("INCR", "d2"), "1");
    assertEquals(await from.say("PUBLISH", "x", "y"), "0");
    assert(/blocked_clients:5/.test(await from.say("INFO", "clients")));
    to.handle.signal!("SIGCONT");
    assertEquals(await moving, "OK");
    const [first, second, third, fourth] = await Promise.all(held);
    assertEquals([first, second, fourth], ["1", "OK", "OK"]);
    assert(third === "1" || third === "null" || third === "", third);
    assertEquals([await to.say("GET", "a"), await to.say("GET", "b")], ["1", "2"]);
    // The time is up: nothing has been taken away, and all goes on.
    await from.say("SET", "e", "5");
    to.handle.signal!("SIGSTOP");
    assertEquals(
      await from.say("MIGRATE", "127.0.0.1", `${port}`, "e", "0", "200"),
      "IOERR error or timeout reading to target instance",
    );
    assertEquals(await from.say("INCR", "e"), "6");
    to.handle.signal!("SIGCONT");
    // Who leaves takes nothing back.
    await until(async () => await to.say("EXISTS", "e") === "1", "the copy that came too late");
    assertEquals(
      await from.say("MIGRATE", "127.0.0.1", `${port}`, "e", "0", "1000", "REPLACE"),
      "OK",
    );
    await from.say("SET", "f", "7");
    to.handle.signal!("SIGSTOP");
    void clients[5].command("MIGRATE", "127.0.0.1", `${port}`, "f", "0", "10000").catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 200));
    clients[5][Symbol.dispose]();
    await new Promise((resolve) => setTimeout(resolve, 100));
    to.handle.signal!("SIGCONT");
    await until(async () => await from.say("EXISTS", "f") === "0", "the key to be gone");
    assertEquals(await to.say("GET", "f"), "7");
    // What cannot wait says so.
    await from.say("SET", "g", "8");
    await from.say("MULTI");
    await from.say("MIGRATE", "127.0.0.1", `${port}`, "g", "0", "1000");
    assert(/MIGRATE waits for its target/.test((await from.client.command("EXEC")).raw));
    // A link that has died meanwhile is made anew.
    await to.say("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    assertEquals(await from.say("MIGRATE", "127.0.0.1", `${port}`, "g", "0", "1000"), "OK");
  } finally {
    to.handle.signal!("SIGCONT");
    for (const client of clients) client[Symbol.dispose]();
  }
});
