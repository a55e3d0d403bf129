/** SET's conditions, DELEX, DIGEST and MSETEX, which came after the real server that is installed. */

import { assertEquals } from "@std/assert";
import { lineOf, runReplies } from "../../../tests/support/replies_script.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { startSubject } from "../../../tests/support/subject.ts";

const SYNTAX = "ERR syntax error";
const WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_A_DIGEST = "ERR must be exactly 16 hexadecimal characters";
const NOT_A_STRING = "ERR Key should be of string type if conditions are specified";
const NUMKEYS = "ERR invalid numkeys value";
const PAIRS = "ERR wrong number of key-value pairs";
const NOT_INTEGER = "ERR value is not an integer or out of range";
const arity = (name: string) => `ERR wrong number of arguments for '${name}' command`;
const expiry = (name: string) => `ERR invalid expire time in '${name}' command`;

const HELLO = "9555e8555c62dcfd";
const OTHER = "0000000000000000";

const scripts: Record<string, string> = {
  "DIGEST: 16 digits, of every kind of string": `
    DIGEST k -> nil
    SET k hello -> OK
    DIGEST k -> "${HELLO}"
    SET k "" -> OK
    DIGEST k -> "2d06800538d394c2"
    SET k v8 -> OK
    DIGEST k -> "0cc76dbb41381419"
    SET k 123 -> OK
    OBJECT ENCODING k -> "int"
    DIGEST k -> "404a763b3f4c8c9a"
    SET k 12 -> OK
    APPEND k 3 -> 3
    DIGEST k -> "404a763b3f4c8c9a"
    SET k "Hello world" -> OK
    DIGEST k -> "b6acb9d84a38ff74"
    RPUSH l a -> 1
    DIGEST l -> ${WRONG_TYPE}
    DIGEST -> ${arity("digest")}
    DIGEST k k -> ${arity("digest")}
  `,
  "SET: IFEQ and IFNE": `
    SET k v IFEQ x -> nil
    EXISTS k -> 0
    SET k v IFNE x -> OK
    SET k w IFNE v -> nil
    SET k w IFEQ x -> nil
    GET k -> "v"
    SET k w ifeq v PX 100000 -> OK
    SET k x IFEQ v EX 500000 -> nil
    TTL k -> 100
    SET k x EX 200 IFNE v -> OK
    TTL k -> 200
    SET k y IFEQ x KEEPTTL -> OK
    TTL k -> 200
    SET k z IFEQ y -> OK
    TTL k -> -1
    SET k 10 -> OK
    INCR k -> 11
    SET k 12 IFEQ 011 -> nil
    SET k 12 IFEQ 11 -> OK
    SET k "a\\x00\\xff" IFEQ 12 -> OK
    SET k b IFEQ a -> nil
    SET k "" IFEQ "a\\x00\\xff" -> OK
    SET k c IFEQ "" -> OK
    GET k -> "c"
  `,
  "SET: IFDEQ and IFDNE": `
    SET k hello IFDEQ ${HELLO} -> nil
    SET k hello IFDNE ${HELLO} -> OK
    SET k w IFDNE ${HELLO} -> nil
    SET k w IFDEQ ${OTHER} -> nil
    SET k w IFDEQ ${HELLO.slice(1)} -> ${NOT_A_DIGEST}
    SET k w IFDNE 0${HELLO} -> ${NOT_A_DIGEST}
    SET k w IFDEQ "" -> ${NOT_A_DIGEST}
    SET k w IFDEQ zzzzzzzzzzzzzzzz -> nil
    GET k -> "hello"
    SET k hello IFDEQ ${HELLO.toUpperCase()} -> OK
    SET k v8 IFDNE zzzzzzzzzzzzzzzz -> OK
    SET k w IFDEQ cc76dbb41381419 -> ${NOT_A_DIGEST}
    SET k w IFDEQ 0CC76dbb41381419 -> OK
    GET k -> "w"
  `,
  "SET: conditions with GET": `
    SET k v IFEQ x GET -> nil
    EXISTS k -> 0
    SET k v IFNE x GET -> nil
    GET k -> "v"
    SET k w GET IFEQ x -> "v"
    GET k -> "v"
    SET k w GET IFEQ v -> "v"
    SET k hello IFNE w GET -> "w"
    SET k hello IFNE x GET -> "w"
    SET k x IFDEQ ${OTHER} GET -> "hello"
    SET k x IFDEQ ${HELLO} GET -> "hello"
    GET k -> "x"
  `,
  "SET: what does not go together": `
    SET k v -> OK
    SET k w IFEQ v NX -> ${SYNTAX}
    SET k w NX IFEQ v -> ${SYNTAX}
    SET k w IFEQ v XX -> ${SYNTAX}
    SET k w XX IFDNE ${HELLO} -> ${SYNTAX}
    SET k w IFEQ v IFNE x -> ${SYNTAX}
    SET k w IFEQ v IFDEQ ${HELLO} -> ${SYNTAX}
    SET k w IFEQ -> ${SYNTAX}
    SET k w EX 10 IFDNE -> ${SYNTAX}
    SET k w IFEQ v EX 0 -> ${expiry("set")}
    SET k w IFEQ x EX 0 -> ${expiry("set")}
    RPUSH l a -> 1
    SET l w IFEQ a -> ${WRONG_TYPE}
    SET l w IFNE a -> ${WRONG_TYPE}
    SET l w IFDEQ short -> ${WRONG_TYPE}
    SET l w IFNE a GET -> ${WRONG_TYPE}
    GET k -> "v"
    SET k IFEQ IFEQ v -> OK
    GET k -> "IFEQ"
  `,
  "DELEX: with and without a condition": `
    DELEX k -> 0
    DELEX k IFEQ v -> 0
    DELEX k IFNE v -> 0
    DELEX k IFDEQ short -> 0
    DELEX k BOGUS v -> 0
    SET k v -> OK
    DELEX k IFEQ x -> 0
    DELEX k IFNE v -> 0
    DELEX k BOGUS v -> ERR Invalid condition. Use IFEQ, IFNE, IFDEQ, or IFDNE
    DELEX k IFDEQ v -> ${NOT_A_DIGEST}
    DELEX k IFDNE ${HELLO}0 -> ${NOT_A_DIGEST}
    DELEX k IFEQ -> ${arity("delex")}
    DELEX k IFEQ v x -> ${arity("delex")}
    DELEX nokey IFEQ -> ${arity("delex")}
    DELEX -> ${arity("delex")}
    DELEX k ifeq v -> 1
    EXISTS k -> 0
    SET k hello -> OK
    DELEX k IFDEQ ${OTHER} -> 0
    DELEX k IFDNE ${HELLO} -> 0
    DELEX k IFDEQ ${HELLO.toUpperCase()} -> 1
    SET k hello -> OK
    DELEX k IFDNE zzzzzzzzzzzzzzzz -> 1
    RPUSH l a -> 1
    DELEX l IFEQ a -> ${NOT_A_STRING}
    DELEX l BOGUS a -> ${NOT_A_STRING}
    DELEX l IFDEQ a -> ${NOT_A_STRING}
    DELEX l -> 1
    EXISTS l -> 0
  `,
  "MSETEX: values, lives and conditions": `
    MSETEX 2 a 1 b 2 -> 1
    MGET a b -> ["1" "2"]
    TTL a -> -1
    MSETEX 2 a 3 c 4 EX 100 -> 1
    TTL a -> 100
    TTL c -> 100
    MSETEX 1 a 5 KEEPTTL -> 1
    TTL a -> 100
    MSETEX 1 a 5 -> 1
    TTL a -> -1
    MSETEX 2 b 9 d 9 NX -> 0
    MSETEX 2 b 9 d 9 XX -> 0
    MGET b d -> ["2" nil]
    MSETEX 2 d 6 e 7 NX PX 100000 -> 1
    TTL d -> 100
    MSETEX 2 d 8 e 9 EXAT 4102444800 XX -> 1
    EXPIRETIME d -> 4102444800
    MSETEX 1 d 8 PXAT 4102444800001 -> 1
    PEXPIRETIME d -> 4102444800001
    MSETEX 2 x 1 x 2 NX -> 1
    GET x -> "2"
    RPUSH l a -> 1
    MSETEX 1 l v xx -> 1
    GET l -> "v"
    MSETEX 2 EX 100 NX XX EX 50 -> 1
    GET EX -> "100"
    TTL NX -> 50
    MSETEX 1 n 12 -> 1
    OBJECT ENCODING n -> "int"
  `,
  "MSETEX: errors": `
    MSETEX -> ${arity("msetex")}
    MSETEX 1 a -> ${arity("msetex")}
    MSETEX 0 a 1 -> ${NUMKEYS}
    MSETEX -1 a 1 -> ${NUMKEYS}
    MSETEX x a 1 -> ${NUMKEYS}
    MSETEX 2147483648 a 1 -> ${NUMKEYS}
    MSETEX 9223372036854775808 a 1 -> ${NUMKEYS}
    MSETEX 2147483647 a 1 -> ${PAIRS}
    MSETEX 2 a 1 b -> ${PAIRS}
    MSETEX 2 a 1 -> ${PAIRS}
    MSETEX 1 a 1 b -> ${SYNTAX}
    MSETEX 1 a 1 b 2 -> ${SYNTAX}
    MSETEX 1 a 1 NX XX -> ${SYNTAX}
    MSETEX 1 a 1 XX NX -> ${SYNTAX}
    MSETEX 1 a 1 EX -> ${SYNTAX}
    MSETEX 1 a 1 EX 1 PX 1 -> ${SYNTAX}
    MSETEX 1 a 1 EX 1 KEEPTTL -> ${SYNTAX}
    MSETEX 1 a 1 KEEPTTL PXAT 1 -> ${SYNTAX}
    MSETEX 1 a 1 EX x -> ${NOT_INTEGER}
    MSETEX 1 a 1 EX 0 -> ${expiry("msetex")}
    MSETEX 1 a 1 PX -5 -> ${expiry("msetex")}
    MSETEX 1 a 1 EX 9223372036854775807 -> ${expiry("msetex")}
    MSETEX 1 a 1 GET -> ${SYNTAX}
    EXISTS a -> 0
  `,
  "Where the keys are": `
    COMMAND GETKEYS MSETEX 2 a 1 b 2 NX -> ["a" "b"]
    COMMAND GETKEYS MSETEX 4 a 1 b 2 NX -> ERR Invalid arguments specified for command
    COMMAND GETKEYS DELEX a IFEQ b -> ["a"]
    COMMAND GETKEYS DIGEST a -> ["a"]
    COMMAND GETKEYS SET a b IFEQ c -> ["a"]
    COMMAND GETKEYSANDFLAGS SET a b -> [["a" [OW update]]]
    COMMAND GETKEYSANDFLAGS SET a b IFNE c -> [["a" [RW access update]]]
    COMMAND GETKEYSANDFLAGS DELEX a -> [["a" [RM delete]]]
    COMMAND GETKEYSANDFLAGS DELEX a IFEQ b -> [["a" [RW delete]]]
    COMMAND GETKEYSANDFLAGS MSETEX 2 a 1 b 2 -> [["a" [OW update]] ["b" [OW update]]]
  `,
};

Deno.test("strings since 8.4", async (t) => {
  await using server = await startSubject();
  using client = await RespClient.connect(server);
  await client.command("HELLO", "3");
  for (const [name, script] of Object.entries(scripts)) {
    await t.step(name, () => runReplies(client, script));
  }
  await t.step("a condition that a key past its time could have met", async () => {
    await client.command("FLUSHALL");
    await client.command("SET", "k", "v", "PX", "1");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(lineOf((await client.command("DELEX", "k", "IFEQ", "v")).reply), "0");
    await client.command("SET", "k", "v", "PX", "1");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assertEquals(lineOf((await client.command("SET", "k", "w", "IFEQ", "v")).reply), "nil");
    assertEquals(lineOf((await client.command("SET", "k", "w", "IFNE", "v")).reply), "OK");
  });
  await t.step("values too long to lie in the key's own block", async () => {
    const long = "x".repeat(100_000);
    await client.command("SET", "k", long);
    const digest = lineOf((await client.command("DIGEST", "k")).reply).slice(1, -1);
    const set = (...condition: string[]) => client.command("SET", "k", long, ...condition);
    assertEquals(lineOf((await set("IFEQ", long.slice(1))).reply), "nil");
    assertEquals(lineOf((await set("IFEQ", long)).reply), "OK");
    assertEquals(lineOf((await set("IFDNE", digest)).reply), "nil");
    assertEquals(lineOf((await set("IFDEQ", digest)).reply), "OK");
  });
});
