import { assertEquals } from "@std/assert";
import { parseReply, toBytes } from "../support/resp_reply.ts";
import { isMask, sameReply } from "./masks.ts";

function received(raw: string) {
  return { raw, reply: parseReply(toBytes(raw), 0)!.reply };
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** mask, expected, a reply that it lets pass, a reply that it must not. */
const SAMPLES: [string, string, string, string][] = [
  ["", ":1\r\n", ":1\r\n", ":2\r\n"],
  ["", "$-1\r\n", "$-1\r\n", "*-1\r\n"],
  ["any", ":1\r\n", "-ERR\r\n", ""],
  ["type", ":1\r\n", ":2\r\n", bulk("1")],
  ["shape", "*1\r\n:1\r\n", "*1\r\n:2\r\n", "*1\r\n+1\r\n"],
  ["shape", "*1\r\n:1\r\n", "*1\r\n:9\r\n", "*2\r\n:1\r\n:1\r\n"],
  ["near:2", ":10\r\n", ":12\r\n", ":13\r\n"],
  ["near:2", ":10\r\n", ":8\r\n", "-ERR\r\n"],
  ["unordered", "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n", "*2\r\n+a\r\n+a\r\n"],
  ["unordered", "*2\r\n+a\r\n+b\r\n", "*2\r\n+b\r\n+a\r\n", "~2\r\n+a\r\n+b\r\n"],
  [
    "moments",
    `*4\r\n${bulk("name")}${bulk("c")}${bulk("idle")}:5\r\n`,
    `*6\r\n${bulk("name")}${bulk("c")}${bulk("idle")}:9\r\n${bulk("inactive")}:-1\r\n`,
    `*4\r\n${bulk("name")}${bulk("c")}${bulk("idle")}:100000\r\n`,
  ],
  [
    "moments",
    `*4\r\n${bulk("1-1")}${bulk("c")}:1700000000000\r\n:3\r\n`,
    `*4\r\n${bulk("1-1")}${bulk("c")}:1700000000009\r\n:3\r\n`,
    `*4\r\n${bulk("1-1")}${bulk("c")}:1700000000000\r\n:4\r\n`,
  ],
  ["pairs", "*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "*4\r\n+b\r\n:2\r\n+a\r\n:1\r\n", "*0\r\n"],
  [
    "pairs",
    "*4\r\n+a\r\n:1\r\n+b\r\n:2\r\n",
    "*4\r\n+b\r\n:2\r\n+a\r\n:1\r\n",
    "*2\r\n+a\r\n:1\r\n",
  ],
  ["apart:id", "%1\r\n+id\r\n:1\r\n", "%1\r\n+id\r\n:2\r\n", "%1\r\n+id\r\n+2\r\n"],
  ["decimals", bulk("1.2345"), bulk("1.2346"), bulk("1.2347")],
  ["fields", bulk("a=1 b:2"), bulk("a=7 b:8"), bulk("a=1 c:2")],
  ["client", bulk("id=1 db=0"), bulk("id=9 db=0"), bulk("id=1 db=1")],
  ["except:\\d+", bulk("a1b"), bulk("a22b"), bulk("a1c")],
  ["lines:\\d+", bulk("a1\r\nb2"), bulk("b7\r\na3"), bulk("a1\r\nc2")],
];

Deno.test("each mask lets pass what it should, and only that", () => {
  for (const [mask, expected, same, other] of SAMPLES) {
    assertEquals(mask === "" || isMask(mask), true, mask);
    assertEquals(sameReply(received(expected), received(same), mask), true, `${mask}: ${same}`);
    if (other === "") continue;
    assertEquals(sameReply(received(expected), received(other), mask), false, `${mask}: ${other}`);
  }
});

Deno.test("a misspelt mask is found out", () => {
  for (const mask of ["nosuch", "near", "near:x", "except", "typed"]) {
    assertEquals(isMask(mask), false, mask);
  }
});
