import { assertEquals, assertThrows } from "@std/assert";
import { parseReply, type Reply, RespSyntaxError, toBytes } from "./resp_reply.ts";

const bulk = (text: string): Reply => ({ kind: "bulk", text });

const SAMPLES: [string, Reply][] = [
  ["+OK\r\n", { kind: "simple", text: "OK" }],
  ["-ERR no\r\n", { kind: "error", text: "ERR no" }],
  [":-42\r\n", { kind: "integer", value: -42n }],
  [":9223372036854775807\r\n", { kind: "integer", value: 9223372036854775807n }],
  ["$5\r\na\r\n\x00\xff\r\n", bulk("a\r\n\x00\xff")],
  ["$0\r\n\r\n", bulk("")],
  ["$-1\r\n", { kind: "null", form: "bulk" }],
  ["*-1\r\n", { kind: "null", form: "array" }],
  ["_\r\n", { kind: "null", form: "resp3" }],
  [",3.25\r\n", { kind: "double", text: "3.25" }],
  ["#t\r\n", { kind: "boolean", value: true }],
  ["(12345678901234567890\r\n", { kind: "bigNumber", text: "12345678901234567890" }],
  ["!3\r\nERR\r\n", { kind: "blobError", text: "ERR" }],
  ["=7\r\ntxt:a\r\n\r\n", { kind: "verbatim", format: "txt", text: "a\r\n" }],
  ["*2\r\n*0\r\n$1\r\na\r\n", {
    kind: "array",
    items: [{ kind: "array", items: [] }, bulk("a")],
  }],
  ["~1\r\n:1\r\n", { kind: "set", items: [{ kind: "integer", value: 1n }] }],
  [">1\r\n+x\r\n", { kind: "push", items: [{ kind: "simple", text: "x" }] }],
  ["%1\r\n$1\r\na\r\n_\r\n", {
    kind: "map",
    entries: [[bulk("a"), { kind: "null", form: "resp3" }]],
  }],
  ["|1\r\n+k\r\n+v\r\n:7\r\n", {
    kind: "attribute",
    attributes: [[{ kind: "simple", text: "k" }, { kind: "simple", text: "v" }]],
    reply: { kind: "integer", value: 7n },
  }],
];

Deno.test("every RESP type is parsed, wherever it starts", () => {
  for (const [wire, reply] of SAMPLES) {
    assertEquals(parseReply(toBytes(wire), 0), { reply, end: wire.length });
    assertEquals(parseReply(toBytes(`+x\r\n${wire}:1\r\n`), 4), { reply, end: 4 + wire.length });
  }
});

Deno.test("a reply cut at any byte is incomplete", () => {
  for (const [wire] of SAMPLES) {
    for (let length = 0; length < wire.length; length++) {
      assertEquals(parseReply(toBytes(wire.slice(0, length)), 0), undefined);
    }
  }
});

Deno.test("what is no RESP is an error", () => {
  for (const wire of ["hello\r\n", "$x\r\n", ":1.5\r\n", "$1\r\nabc\r\n", "*-2\r\n"]) {
    assertThrows(() => parseReply(toBytes(wire), 0), RespSyntaxError);
  }
});
