import { assertEquals, assertInstanceOf } from "@std/assert";
import { Decoder, encodeCommand, ReplyError } from "./decoder.ts";

const replies = "+OK\r\n:42\r\n:9223372036854775807\r\n$-1\r\n$5\r\nh\r\nlo\r\n*2\r\n:1\r\n*0\r\n" +
  "%1\r\n+a\r\n~2\r\n:1\r\n:2\r\n,1.5\r\n,-inf\r\n#t\r\n_\r\n(12345678901234567890\r\n" +
  "=7\r\ntxt:abc\r\n|1\r\n+x\r\n+y\r\n>2\r\n+message\r\n+hi\r\n*-1\r\n";
const values = [
  "OK",
  42,
  9223372036854775807n,
  null,
  "h\r\nlo",
  [1, []],
  new Map([["a", new Set([1, 2])]]),
  1.5,
  -Infinity,
  true,
  null,
  12345678901234567890n,
  "abc",
  ["message", "hi"],
  null,
];

Deno.test("Decoder reads every type however the bytes are cut", () => {
  const bytes = new TextEncoder().encode(replies);
  for (let cut = 1; cut <= bytes.length; cut++) {
    const decoder = new Decoder();
    const got: unknown[] = [];
    for (let at = 0; at < bytes.length; at += cut) {
      decoder.push(bytes.subarray(at, at + cut));
      for (let one = decoder.next(); one !== undefined; one = decoder.next()) got.push(one.value);
    }
    assertEquals(got, values);
  }
});

Deno.test("Decoder returns errors as values with their code", () => {
  const decoder = new Decoder();
  decoder.push(new TextEncoder().encode("*1\r\n-WRONGTYPE no\r\n"));
  const [error] = decoder.next()!.value as unknown[];
  assertInstanceOf(error, ReplyError);
  assertEquals((error as ReplyError).code, "WRONGTYPE");
});

Deno.test("encodeCommand is binary-safe and counts bytes", () => {
  const bytes = encodeCommand(["SET", "ä", new Uint8Array([0, 255]), 7n]);
  assertEquals([...bytes.slice(0, 13)], [...new TextEncoder().encode("*4\r\n$3\r\nSET\r\n")]);
  assertEquals(
    String.fromCharCode(...bytes.slice(13)),
    "$2\r\n\xc3\xa4\r\n$2\r\n\x00\xff\r\n$1\r\n7\r\n",
  );
});
