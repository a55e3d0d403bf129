/** The expiry of fields, which came after the real server that is installed. */

import { assertEquals, assertStringIncludes } from "@std/assert";
import { itemsOf, textOf } from "../../../tests/support/resp_reply.ts";
import { lineOf, runReplies } from "../../../tests/support/replies_script.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { startSubject } from "../../../tests/support/subject.ts";

const NO_FIELDS = "ERR Mandatory argument FIELDS is missing or not at the right position";
const MISMATCH = "ERR The `numfields` parameter must match the number of arguments";
const NOT_INTEGER = "ERR value is not an integer or out of range";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
const ONE_EXPIRY = "ERR Only one of EX, PX, EXAT, PXAT or";

const scripts: Record<string, string> = {
  "HEXPIRE and its like: replies": `
    HEXPIRE k 10 FIELDS 2 a b -> [-2 -2]
    HSET k a 1 b 2 c 3 -> 3
    HEXPIRE k 10 FIELDS 3 a x c -> [1 -2 1]
    HTTL k FIELDS 4 a b c x -> [10 -1 10 -2]
    HEXPIRE k 20 NX FIELDS 2 a b -> [0 1]
    HEXPIRE k 30 XX FIELDS 2 a x -> [1 -2]
    HEXPIRE k 25 gt FIELDS 2 a c -> [0 1]
    HEXPIRE k 5 LT FIELDS 2 a c -> [1 1]
    HPERSIST k FIELDS 3 a a x -> [1 -1 -2]
    HEXPIRE k 50 LT FIELDS 1 a -> [1]
    HPERSIST k FIELDS 1 a -> [1]
    HEXPIRE k 50 GT FIELDS 1 a -> [0]
    HEXPIREAT k 4102444800 FIELDS 1 a -> [1]
    HEXPIRETIME k FIELDS 1 a -> [4102444800]
    HPEXPIREAT k 4102444800001 FIELDS 1 a -> [1]
    HPEXPIRETIME k FIELDS 2 a x -> [4102444800001 -2]
    HEXPIRETIME k FIELDS 1 a -> [4102444801]
    HEXPIRE k 0 FIELDS 2 a x -> [2 -2]
    HPEXPIREAT k 1 FIELDS 2 b c -> [2 2]
    EXISTS k -> 0
    HTTL k FIELDS 1 a -> [-2]
    HPTTL k FIELDS 1 a -> [-2]
    HPERSIST k FIELDS 1 a -> [-2]
  `,
  "HEXPIRE and its like: errors": `
    HSET k a 1 -> 1
    SET s v -> OK
    HEXPIRE k 10 FIELDS 1 -> ERR wrong number of arguments for 'hexpire' command
    HEXPIRE k x FIELDS 1 a -> ${NOT_INTEGER}
    HEXPIRE k -1 FIELDS 1 a -> ERR invalid expire time, must be >= 0
    HEXPIRE k 99999999999 FIELDS 1 a -> ERR invalid expire time in 'hexpire' command
    HEXPIREAT k 9999999999999999 FIELDS 1 a -> ERR invalid expire time in 'hexpireat' command
    HPEXPIREAT k 70368744177664 FIELDS 1 a -> ERR invalid expire time in 'hpexpireat' command
    HPEXPIREAT k 70368744177663 FIELDS 1 a -> [1]
    HEXPIRE k 9223372036854775807 FIELDS 1 a -> ERR invalid expire time in 'hexpire' command
    HEXPIRE k 10 FIELD 1 a -> ${NO_FIELDS}
    HEXPIRE k 10 NX XX FIELDS 1 a -> ${NO_FIELDS}
    HEXPIRE k 10 BOGUS FIELDS 1 a -> ${NO_FIELDS}
    HEXPIRE k 10 FIELDS x a -> ERR Parameter \`numFields\` should be greater than 0
    HEXPIRE k 10 FIELDS 0 a -> ERR Parameter \`numFields\` should be greater than 0
    HEXPIRE k 10 FIELDS 2 a -> ${MISMATCH}
    HEXPIRE k 10 FIELDS 1 a b -> ${MISMATCH}
    HEXPIRE s 10 FIELDS 1 a -> ${WRONG_TYPE}
    HTTL k NOPE 1 a -> ${NO_FIELDS}
    HTTL k FIELDS 0 a -> ERR Number of fields must be a positive integer
    HTTL k FIELDS 2 a -> ${MISMATCH}
    HTTL s FIELDS 1 a -> ${WRONG_TYPE}
    HPERSIST k FIELDS x a -> ERR Number of fields must be a positive integer
    HPERSIST s FIELDS 1 a -> ${WRONG_TYPE}
  `,
  "HGETEX": `
    HGETEX k FIELDS 2 a b -> [nil nil]
    HSET k a 1 b 2 c 3 -> 3
    HGETEX k FIELDS 3 a x b -> ["1" nil "2"]
    HTTL k FIELDS 1 a -> [-1]
    HGETEX k EX 100 FIELDS 2 a x -> ["1" nil]
    HTTL k FIELDS 2 a b -> [100 -1]
    HGETEX k PERSIST FIELDS 2 a b -> ["1" "2"]
    HTTL k FIELDS 1 a -> [-1]
    HGETEX k PXAT 4102444800001 FIELDS 1 a -> ["1"]
    HPEXPIRETIME k FIELDS 1 a -> [4102444800001]
    HGETEX k EXAT 1 FIELDS 2 a b -> ["1" "2"]
    HGETALL k -> {"c" "3"}
    HGETEX k PX 0 FIELDS 1 c -> ["3"]
    EXISTS k -> 0
    SET s v -> OK
    HGETEX s FIELDS 1 a -> ${WRONG_TYPE}
    HGETEX k EX 1 PX 1 FIELDS 1 a -> ${ONE_EXPIRY} PERSIST arguments can be specified
    HGETEX k PERSIST EX 1 FIELDS 1 a -> ${ONE_EXPIRY} PERSIST arguments can be specified
    HGETEX k BOGUS FIELDS 1 a -> ERR unknown argument: BOGUS
    HGETEX k KEEPTTL FIELDS 1 a -> ERR unknown argument: KEEPTTL
    HGETEX k FIELDS 0 a -> ERR invalid number of fields
    HGETEX k FIELDS x a -> ERR invalid number of fields
    HGETEX k FIELDS 2 a -> ERR wrong number of arguments
    HGETEX k EX -1 FIELDS 1 a -> ERR invalid expire time, must be >= 0
    HGETEX k EX x FIELDS 1 a -> ${NOT_INTEGER}
    HGETEX k EX 1 PERSIST -> ${ONE_EXPIRY} PERSIST arguments can be specified
    HGETEX k FIELDS 1 -> ERR wrong number of arguments for 'hgetex' command
  `,
  "HSETEX": `
    HSETEX k FIELDS 2 a 1 b 2 -> 1
    HSETEX k EX 100 FIELDS 1 a 3 -> 1
    HTTL k FIELDS 2 a b -> [100 -1]
    HSETEX k KEEPTTL FIELDS 2 a 4 b 5 -> 1
    HTTL k FIELDS 2 a b -> [100 -1]
    HSETEX k FIELDS 1 a 5 -> 1
    HTTL k FIELDS 1 a -> [-1]
    HSETEX k FNX EX 9 FIELDS 2 a 6 c 6 -> 0
    HSETEX k FXX EX 9 FIELDS 2 a 6 c 6 -> 0
    HSETEX none FXX FIELDS 1 a 1 -> 0
    EXISTS none -> 0
    HSETEX k fxx px 100000 fields 2 a 6 b 6 -> 1
    HMGET k a b c -> ["6" "6" nil]
    HSETEX k FNX PXAT 4102444800001 FIELDS 1 d 1 -> 1
    HPEXPIRETIME k FIELDS 1 d -> [4102444800001]
    HSETEX k EXAT 1 FIELDS 2 a 1 new 1 -> 1
    HMGET k a b new -> [nil "6" nil]
    HSETEX k PX 0 FIELDS 2 b 1 d 1 -> 1
    EXISTS k -> 0
    HSETEX k PX 0 FIELDS 1 a 1 -> 1
    EXISTS k -> 0
    SET s v -> OK
    HSETEX s FIELDS 1 a 1 -> ${WRONG_TYPE}
    HSETEX k FNX FXX FIELDS 1 a 1 -> ERR Only one of FXX or FNX arguments can be specified
    HSETEX k EX 1 KEEPTTL FIELDS 1 a 1 -> ${ONE_EXPIRY} KEEPTTL arguments can be specified
    HSETEX k PERSIST FIELDS 1 a 1 -> ERR unknown argument: PERSIST
    HSETEX k NX FIELDS 1 a 1 -> ERR unknown argument: NX
    HSETEX k FIELDS 0 a 1 -> ERR invalid number of fields
    HSETEX k FIELDS 2 a 1 -> ERR wrong number of arguments
    HSETEX k FIELDS 1 a 1 b -> ERR wrong number of arguments
    HSETEX k EX 1 PX 1 a 1 -> ${ONE_EXPIRY} KEEPTTL arguments can be specified
    HSETEX k FNX EX 1 a 1 -> ERR unknown argument: a
    HSETEX k FNX KEEPTTL FXX 1 -> ERR Only one of FXX or FNX arguments can be specified
    HSETEX k FNX FIELDS 1 a -> ERR wrong number of arguments
  `,
  "HGETDEL": `
    HGETDEL k FIELDS 1 a -> [nil]
    HSET k a 1 b 2 c 3 -> 3
    HGETDEL k FIELDS 3 a x a -> ["1" nil nil]
    HGETDEL k FIELDS 2 b c -> ["2" "3"]
    EXISTS k -> 0
    SET s v -> OK
    HGETDEL s FIELDS 1 a -> ${WRONG_TYPE}
    HGETDEL k NOPE 1 a -> ${NO_FIELDS}
    HGETDEL k FIELDS 0 a -> ERR Number of fields must be a positive integer
    HGETDEL k FIELDS 3 a b -> ${MISMATCH}
  `,
  "OBJECT ENCODING: a small hash whose fields expire, and what makes it a table": `
    HSET k a 1 b 2 c 3 -> 3
    HEXPIRE k 100 FIELDS 1 a -> [1]
    OBJECT ENCODING k -> "listpackex"
    HPERSIST k FIELDS 1 a -> [1]
    OBJECT ENCODING k -> "listpackex"
    COPY k copy -> 1
    OBJECT ENCODING copy -> "listpackex"
    HSET copy d ${"v".repeat(65)} -> 1
    OBJECT ENCODING copy -> "hashtable"
    CONFIG SET hash-max-listpack-entries 3 -> OK
    HSET k b 9 -> 0
    OBJECT ENCODING k -> "listpackex"
    HSET k d 4 -> 1
    OBJECT ENCODING k -> "hashtable"
    HDEL k c d -> 2
    OBJECT ENCODING k -> "hashtable"
    HSETEX new EX 100 FIELDS 2 a 1 b 2 -> 1
    OBJECT ENCODING new -> "listpackex"
    CONFIG SET hash-max-listpack-entries 512 -> OK
  `,
  "HSCAN NOVALUES": `
    HSET k a 1 b 2 -> 2
    HSCAN k 0 NOVALUES -> ["0" ["a" "b"]]
    HSCAN k 0 MATCH b NOVALUES COUNT 5 -> ["0" ["b"]]
    HEXPIRE k 100 FIELDS 1 a -> [1]
    HSCAN k 0 NOVALUES MATCH a -> ["0" ["a"]]
  `,
  "what becomes of an expiry": `
    HSET k a 1 b 2 -> 2
    HEXPIREAT k 4102444800 FIELDS 2 a b -> [1 1]
    OBJECT ENCODING k -> "listpackex"
    HINCRBY k a 1 -> 2
    HINCRBYFLOAT k a 0.5 -> "2.5"
    HEXPIRETIME k FIELDS 2 a b -> [4102444800 4102444800]
    HSET k a 9 -> 0
    HEXPIRETIME k FIELDS 2 a b -> [-1 4102444800]
    RENAME k l -> OK
    COPY l m -> 1
    HEXPIRETIME m FIELDS 2 a b -> [-1 4102444800]
    HDEL m b -> 1
    HSET m b 2 -> 1
    HEXPIRETIME m FIELDS 1 b -> [-1]
    HEXPIRETIME l FIELDS 1 b -> [4102444800]
    EXPIRE l 1000 -> 1
    HEXPIRETIME l FIELDS 1 b -> [4102444800]
  `,
};

Deno.test("expiry of fields", async (t) => {
  await using server = await startSubject();
  using client = await RespClient.connect(server);
  await client.command("HELLO", "3");
  for (const [name, script] of Object.entries(scripts)) {
    await t.step(name, () => runReplies(client, script));
  }
  await t.step("an expiry in the past: the events of setting and of deleting", async () => {
    using listener = await RespClient.connect(server);
    await listener.command("HELLO", "3");
    await client.command("FLUSHALL");
    await client.command("CONFIG", "SET", "notify-keyspace-events", "Khgn");
    await listener.command("PSUBSCRIBE", "__keyspace*");
    const tried: [string, string[]][] = [
      ["HSETEX k PX 0 FIELDS 1 a 1", ["new", "hset", "hdel", "del"]],
      ["HSET k a 1", ["new", "hset"]],
      ["HSETEX k PXAT 1 FIELDS 1 b 1", ["hset", "hdel"]],
      ["HSETEX k EXAT 1 FIELDS 2 a 1 b 1", ["hset", "hdel", "del"]],
      ["HSET k a 1 b 2", ["new", "hset"]],
      ["HEXPIRE k 0 FIELDS 1 a", ["hdel"]],
      ["HPEXPIREAT k 1 FIELDS 2 b c", ["hdel", "del"]],
    ];
    for (const [line, events] of tried) {
      await client.command(...line.split(" "));
      const heard: string[] = [];
      for (let i = 0; i < events.length; i++) {
        heard.push(textOf(itemsOf((await listener.read()).reply)[3]));
      }
      assertEquals(heard, events, line);
    }
    assertEquals(lineOf((await client.command("DBSIZE")).reply), "0");
    await client.command("CONFIG", "SET", "notify-keyspace-events", "");
  });
  await t.step(
    "INFO counts fields that have gone and hashes whose fields go, a file keeps both",
    async () => {
      await client.command("FLUSHALL");
      await client.command("CONFIG", "RESETSTAT");
      const info = async () => textOf((await client.command("INFO", "stats", "keyspace")).reply);
      await client.command("HSETEX", "k", "PX", "1", "FIELDS", "2", "a", "1", "b", "2");
      await client.command("HSETEX", "l", "EX", "100", "FIELDS", "1", "a", "1");
      await client.command("HSET", "m", "a", "1");
      for (let tries = 0; tries < 100 && !/expired_subkeys:2\r/.test(await info()); tries++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assertStringIncludes(await info(), "expired_subkeys:2\r\n");
      assertStringIncludes(await info(), "db0:keys=2,expires=0,avg_ttl=0,subexpiry=1\r\n");
      await client.command("SELECT", "3");
      await client.command("HSET", "n", "a", "1");
      assertStringIncludes(await info(), "db3:keys=1,expires=0,avg_ttl=0\r\n");
      await client.command("FLUSHDB");
      await client.command("SELECT", "0");
      const payload = textOf((await client.command("DUMP", "l")).reply);
      await client.command("RESTORE", "o", "0", payload);
      assertEquals(lineOf((await client.command("OBJECT", "ENCODING", "o")).reply), '"listpackex"');
      await client.command("CONFIG", "RESETSTAT");
      assertStringIncludes(await info(), "expired_subkeys:0\r\n");
    },
  );
  await t.step(
    "a field past its time that is not deleted yet: HLEN and HDEL count it",
    async () => {
      await client.command("FLUSHALL");
      await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      await client.command("HSET", "k", "a", "1", "b", "2", "c", "3");
      await client.command("HPEXPIRE", "k", "1", "FIELDS", "2", "a", "b");
      await new Promise((resolve) => setTimeout(resolve, 10));
      const asked: [string, string][] = [
        ["HLEN k", "3"],
        ["HKEYS k", '["c"]'],
        ["HDEL k a", "1"],
        ["HLEN k", "2"],
        ["HGET k b", "nil"],
        ["HLEN k", "1"],
        ["HDEL k b", "0"],
        ["HDEL k c", "1"],
        ["EXISTS k", "0"],
      ];
      for (const [line, reply] of asked) {
        assertEquals(lineOf((await client.command(...line.split(" "))).reply), reply, line);
      }
      await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "1");
    },
  );
  await t.step("fields go when their time is over, and the key with the last one", async () => {
    await client.command("FLUSHALL");
    await client.command("HSETEX", "k", "PX", "40", "FIELDS", "2", "a", "1", "b", "2");
    await client.command("HSET", "k", "c", "3");
    await client.command("HSETEX", "gone", "PX", "40", "FIELDS", "1", "a", "1");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(lineOf((await client.command("HMGET", "k", "a", "c")).reply), '[nil "3"]');
    assertEquals(lineOf((await client.command("HGETALL", "k")).reply), '{"c" "3"}');
    for (let tries = 0; tries < 40; tries++) {
      if (lineOf((await client.command("EXISTS", "gone")).reply) === "0") break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assertEquals(lineOf((await client.command("DBSIZE")).reply), "1");
    assertEquals(lineOf((await client.command("HLEN", "k")).reply), "1");
  });
});
