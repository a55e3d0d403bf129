import { assertEquals } from "@std/assert";
import type { Context } from "./context.ts";
import type { Command, KeySpec } from "./define.ts";
import { families } from "./families.ts";
import { keyRow, keysOf } from "./keys.ts";
import { Registry } from "./registry.ts";

/** A context that knows nothing but its arguments. */
function contextOf(words: readonly string[]): Context {
  let number = 0;
  const context = {
    argc: words.length,
    option: (i: number) => words[i].toLowerCase(),
    x: { integerArgument: (i: number) => /^-?\d+$/.test(words[i]) && ((number = +words[i]), true) },
    shown: (i: number) => words[i],
    core: { resultBigint: () => BigInt(number) },
  };
  return context as unknown as Context;
}

/** The keys that specifications find in a command, null where it makes no sense. */
function keysIn(text: string, ...keys: KeySpec[]): string[] | null {
  const words = text.split(" ");
  const flags = text.startsWith("EVAL") ? ["no_mandatory_keys"] : [];
  const command = { spec: { keys, flags } } as unknown as Command;
  return keysOf(contextOf(words), command)?.map(({ index }) => words[index]) ?? null;
}

const range = (begin: KeySpec["begin"], last: number, step = 1, limit = 0): KeySpec => ({
  flags: ["RO"],
  begin,
  find: { last, step, limit },
});
const counted = (begin: number): KeySpec => ({
  flags: ["RO"],
  begin,
  find: { countAt: 0, firstAt: 1, step: 1 },
});

// What real Redis 7.0.15 answers to COMMAND GETKEYS.
Deno.test("keysOf: ranges, from the front and from the end", () => {
  assertEquals(keysIn("GET k", range(1, 0)), ["k"]);
  assertEquals(keysIn("MSET a 1 b 2", range(1, -1, 2)), ["a", "b"]);
  assertEquals(keysIn("MSET a 1 b", range(1, -1, 2)), ["a", "b"]);
  assertEquals(keysIn("BLPOP a b 0", range(1, -2)), ["a", "b"]);
  assertEquals(keysIn("GET", range(1, 0)), null);
});

Deno.test("keysOf: several specifications", () => {
  assertEquals(keysIn("SUNIONSTORE d a b", range(1, 0), range(2, -1)), ["d", "a", "b"]);
  assertEquals(keysIn("ZUNIONSTORE d 2 a b", range(1, 0), counted(2)), ["d", "a", "b"]);
});

Deno.test("keysOf: as many as an argument says", () => {
  assertEquals(keysIn("ZINTER 2 a b WITHSCORES", counted(1)), ["a", "b"]);
  assertEquals(keysIn("EVAL x 0 arg", counted(2)), []);
  assertEquals(keysIn("ZINTER 1x a b", counted(1)), ["a"]);
  for (const count of ["3", "-1", "0", "many"]) {
    assertEquals(keysIn(`ZINTER ${count} a b`, counted(1)), null, count);
  }
});

Deno.test("keysOf: behind a keyword", () => {
  const streams = range({ keyword: "STREAMS", from: 1 }, -1, 1, 2);
  assertEquals(keysIn("XREAD COUNT 2 streams a b 0 0", streams), ["a", "b"]);
  assertEquals(keysIn("XREAD COUNT 2 STREAMS a b 0", streams), ["a"]);
  assertEquals(keysIn("XREAD COUNT 2 a b 0", streams), []);
  const store = range({ keyword: "STORE", from: 6 }, 0);
  assertEquals(keysIn("GEORADIUS k 1 1 1 m STORE x", range(1, 0), store), ["k", "x"]);
  assertEquals(keysIn("GEORADIUS k 1 1 1 m", range(1, 0), store), ["k"]);
  const fromTheEnd = range({ keyword: "KEYS", from: -2 }, -1);
  assertEquals(keysIn("MIGRATE h 1 KEYS 0 5 KEYS a b", fromTheEnd), ["a", "b"]);
});

Deno.test("keysOf: what is no key is none", () => {
  assertEquals(keysIn("SPUBLISH c m", { ...range(1, 0), flags: ["not_key"] }), []);
});

Deno.test("keyRow: only commands that look for their keys in their arguments have none", () => {
  const { all } = new Registry(families);
  const has = ({ spec }: Command) => spec.keys !== undefined || spec.getKeys !== undefined;
  const without = all.filter((command) => has(command) && keyRow(command) === null);
  assertEquals(
    without.map(({ name }) => name).sort().join(" "),
    "blmpop bzmpop eval eval_ro evalsha evalsha_ro fcall fcall_ro georadius georadiusbymember lmpop " +
      "migrate msetex sintercard sort sort_ro xread xreadgroup zdiff zdiffstore zinter zintercard " +
      "zinterstore zmpop zunion zunionstore",
  );
});
