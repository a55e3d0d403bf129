/**
 * What is told of keys that a command has evicted, and when: the operations that are propagated, the keyspace events
 * and the invalidations of tracking, each in its place before what the command itself does, as real Redis has it.
 */

import { assertEquals } from "@std/assert";
import { operationsOf, startFollowed } from "../support/followed.ts";
import { findOracle } from "../support/oracle.ts";
import { type Address, RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import { startRecording } from "./recording.ts";

/** Three values so large that nothing else a server holds matters beside them. */
const VALUE_BYTES = 3_000_000;
/** Two of them must go for it. */
const TOO_MUCH_BYTES = 4_000_000;
const MARK = "__mark__";

const cases: Record<string, string[][]> = {
  "a write": [["SET", "x", "1"]],
  "a write to the key that goes": [["APPEND", "b", "1"]],
  "a write that fails": [["LPUSH", "c", "1"]],
  "a transaction": [["MULTI"], ["SET", "x", "1"], ["INCR", "x"], ["EXEC"]],
  "a script": [["EVAL", "redis.call('set', KEYS[1], 1) redis.call('incr', KEYS[1])", "1", "x"]],
  "a limit that is lowered again": [["CONFIG", "SET", "maxmemory", "1"], ["SET", "x", "1"]],
};

interface Trail {
  replies: string[];
  pushes: string[];
}

/** Runs a case. @returns what was replied, and what a client that tracks the keys and hears all events was told */
async function trailOf(server: Address, commands: string[][]): Promise<Trail> {
  using actor = await RespClient.connect(server);
  using listener = await RespClient.connect(server);
  await actor.command("CONFIG", "SET", "notify-keyspace-events", "EA", "maxmemory-samples", "64");
  for (const [i, key] of ["a", "b", "c"].entries()) {
    await actor.command("SETRANGE", key, `${VALUE_BYTES - 1}`, "x");
    await actor.command("EXPIRE", key, `${1000 * (i + 1)}`);
  }
  await listener.command("HELLO", "3");
  await listener.command("CLIENT", "TRACKING", "ON");
  for (const key of ["a", "b", "c"]) await listener.command("STRLEN", key);
  for (const name of ["evicted", "set", "append", "incrby", "del"]) {
    await listener.command("SUBSCRIBE", `__keyevent@0__:${name}`);
  }
  await listener.command("SUBSCRIBE", MARK);
  const info = textOf((await actor.command("INFO", "memory")).reply);
  const limit = Number(/used_memory:(\d+)/.exec(info)![1]) - TOO_MUCH_BYTES;
  // Only the policy makes room, and only when a command needs it.
  await actor.command("CONFIG", "SET", "maxmemory", `${limit}`);
  await actor.command("CONFIG", "SET", "maxmemory-policy", "volatile-ttl");
  const replies: string[] = [];
  for (const words of commands) {
    const { reply } = await actor.command(...words);
    replies.push(
      JSON.stringify(reply, (_, value) => typeof value === "bigint" ? `${value}` : value),
    );
  }
  await actor.command("PUBLISH", MARK, "");
  const pushes: string[] = [];
  for (;;) {
    const [kind, ...rest] = itemsOf((await listener.read()).reply);
    const isInvalidation = textOf(kind) === "invalidate";
    if (!isInvalidation && textOf(rest[0]) === MARK) return { replies, pushes };
    const words = isInvalidation ? itemsOf(rest[0]) : rest;
    pushes.push([textOf(kind), ...words.map(textOf)].join(" "));
  }
}

for (const [name, commands] of Object.entries(cases)) {
  Deno.test({
    name: `eviction / what is told, in which order: ${name}`,
    ignore: findOracle() === undefined,
    fn: async () => {
      const { server, effects } = await startRecording();
      await using _ = server;
      await using etna = await startFollowed();
      const [expected, got] = [await trailOf(server, commands), await trailOf(etna, commands)];
      assertEquals(got, expected);
      // The room for a script is made within its unit here, before it there: no follower can tell.
      const units = name === "a script" ? "|MULTI" : "";
      const passedOver = new RegExp(`^(SETRANGE|PEXPIREAT|SELECT${units})`, "i");
      const operations = (text: string) =>
        operationsOf(text).map((words) => words.join(" ")).filter((line) => !passedOver.test(line));
      assertEquals(operations(etna.effects()), operations(await effects()));
    },
  });
}
