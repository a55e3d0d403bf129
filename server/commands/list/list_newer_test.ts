/** LMOVEM, which came after the real server that is installed: as its documentation says. */

import { assertEquals } from "@std/assert";
import { start } from "../../../mod.ts";
import { operationsOf, startFollowed } from "../../../tests/support/followed.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { runReplies } from "../../../tests/support/replies_script.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { startSubject } from "../../../tests/support/subject.ts";

const SYNTAX = "ERR syntax error";
const NO_COUNT = "ERR count should be greater than 0";

const scripts: Record<string, string> = {
  "LMOVEM: one element without a number, as an array": `
    LMOVEM s d LEFT RIGHT -> nil
    RPUSH s a b c -> 3
    LMOVEM s d LEFT RIGHT -> ["a"]
    LMOVEM s d right left -> ["c"]
    LRANGE d 0 -1 -> ["c" "a"]
    LMOVEM s d LEFT LEFT -> ["b"]
    EXISTS s -> 0
    LRANGE d 0 -1 -> ["b" "c" "a"]
  `,
  "LMOVEM: one by one turns the order round at the same end, a bulk keeps it": `
    RPUSH s 1 2 3 4 5 6 7 8 -> 8
    RPUSH d x -> 1
    LMOVEM s d LEFT LEFT COUNT 2 OBO -> ["2" "1"]
    LMOVEM s d LEFT LEFT COUNT 2 BULK -> ["3" "4"]
    LMOVEM s d RIGHT RIGHT COUNT 2 OBO -> ["8" "7"]
    LMOVEM s d RIGHT RIGHT COUNT 2 BULK -> ["5" "6"]
    LRANGE d 0 -1 -> ["3" "4" "2" "1" "x" "8" "7" "5" "6"]
    LMOVEM d s LEFT RIGHT COUNT 3 OBO -> ["3" "4" "2"]
    LMOVEM d s RIGHT LEFT COUNT 3 BULK -> ["7" "5" "6"]
    LRANGE s 0 -1 -> ["7" "5" "6" "3" "4" "2"]
  `,
  "LMOVEM: exactly so many or none; a key of another type": `
    RPUSH s a b -> 2
    LMOVEM s d LEFT RIGHT EXACTLY 3 BULK -> nil
    LLEN s -> 2
    LMOVEM s d LEFT RIGHT COUNT 3 BULK -> ["a" "b"]
    EXISTS s -> 0
    SET t x -> OK
    LMOVEM d t LEFT RIGHT -> WRONGTYPE Operation against a key holding the wrong kind of value
    LMOVEM t d LEFT RIGHT -> WRONGTYPE Operation against a key holding the wrong kind of value
    LMOVEM none t LEFT RIGHT -> nil
    LRANGE d 0 -1 -> ["a" "b"]
  `,
  "LMOVEM: within one list": `
    RPUSH s a b c d -> 4
    LMOVEM s s LEFT RIGHT COUNT 2 OBO -> ["a" "b"]
    LRANGE s 0 -1 -> ["c" "d" "a" "b"]
    LMOVEM s s LEFT LEFT COUNT 3 BULK -> ["c" "d" "a"]
    LRANGE s 0 -1 -> ["c" "d" "a" "b"]
    LMOVEM s s RIGHT RIGHT COUNT 9 OBO -> ["b" "a" "d" "c"]
    LRANGE s 0 -1 -> ["b" "a" "d" "c"]
  `,
  "LMOVEM: what is wrong": `
    LMOVEM s d LEFT -> ERR wrong number of arguments for 'lmovem' command
    LMOVEM s d LEFT UP -> ${SYNTAX}
    LMOVEM s d LEFT LEFT COUNT -> ${SYNTAX}
    LMOVEM s d LEFT LEFT COUNT 2 -> ${SYNTAX}
    LMOVEM s d LEFT LEFT COUNT 2 ALL -> ${SYNTAX}
    LMOVEM s d LEFT LEFT COUNT 0 OBO -> ${NO_COUNT}
    LMOVEM s d LEFT LEFT EXACTLY x OBO -> ${NO_COUNT}
  `,
};

Deno.test("LMOVEM: replies", async (t) => {
  await using server = await startSubject();
  using client = await RespClient.connect(server);
  await client.command("HELLO", "3");
  for (const [name, script] of Object.entries(scripts)) {
    await t.step(name, () => runReplies(client, script));
  }
});

Deno.test("LMOVEM: followers are told what every version knows", async () => {
  await using server = await startFollowed();
  using client = await RespClient.connect(server);
  await client.command("RPUSH", "s", "a", "b", "c");
  const before = server.effects().length;
  await client.command("LMOVEM", "s", "d", "LEFT", "LEFT", "COUNT", "2", "BULK");
  assertEquals(operationsOf(server.effects().slice(before)), [
    ["MULTI"],
    ["LPOP", "s", "2"],
    ["LPUSH", "d", "b", "a"],
    ["EXEC"],
  ]);
});

/** The documentation's words on arrays. @returns what is replied */
function model(lists: Map<string, string[]>, words: readonly string[]): string[] | null {
  const [from, to, wherefrom, whereto, , count, ordering] = words;
  const source = lists.get(from) ?? [];
  if (source.length === 0) return null;
  const taken: string[] = [];
  for (let i = 0; i < Number(count) && source.length > 0; i++) {
    taken.push(wherefrom === "LEFT" ? source.shift()! : source.pop()!);
  }
  const target = lists.get(to) ?? [];
  lists.set(to, target);
  if (ordering === "BULK") {
    const block = wherefrom === "LEFT" ? taken : taken.toReversed();
    whereto === "LEFT" ? target.unshift(...block) : target.push(...block);
  } else for (const one of taken) whereto === "LEFT" ? target.unshift(one) : target.push(one);
  const count_ = taken.length;
  return whereto === "LEFT" ? target.slice(0, count_) : target.slice(-count_);
}

Deno.test("LMOVEM: random moves agree with arrays, whatever the encodings", async () => {
  const seed = seedFromEnv("ETNA_SEED");
  const random = new SeededRandom(seed);
  const etna = await start({ "list-max-listpack-size": 8, "list-compress-depth": 1 });
  const lists = new Map<string, string[]>();
  const keys = ["a", "b", "c"];
  try {
    for (let round = 0; round < 3000; round++) {
      if (random.chance(0.2)) {
        const key = random.pick(keys);
        const elements = Array.from({ length: random.between(1, 12) }, (_, i) => {
          return random.chance(0.05) ? "x".repeat(random.below(9000)) : `${round * 12 + i}`;
        });
        await etna.call("RPUSH", key, ...elements);
        lists.set(key, [...lists.get(key) ?? [], ...elements]);
        continue;
      }
      const words = [
        random.pick(keys),
        random.pick(keys),
        random.pick(["LEFT", "RIGHT"]),
        random.pick(["LEFT", "RIGHT"]),
        "COUNT",
        `${random.between(1, random.chance(0.1) ? 200 : 12)}`,
        random.pick(["OBO", "BULK"]),
      ];
      const reply = await etna.call("LMOVEM", ...words);
      assertEquals(reply, model(lists, words), `seed ${seed}, round ${round}: ${words}`);
      for (const key of keys) {
        const found = await etna.call("LRANGE", key, 0, -1);
        assertEquals(found, lists.get(key) ?? [], `seed ${seed}, round ${round}: ${words}, ${key}`);
      }
    }
  } finally {
    await etna.close();
  }
});
