import { assert, assertEquals } from "@std/assert";
import { fuzz, scaled } from "../../core-as/host/testing.ts";
import { SeededRandom } from "../../tests/support/random.ts";
import { type Fault, isFault, RequestParser } from "./request.ts";

const host = { mostBodyBytes: 1000, refuse: () => null, goOn: () => {} };

const REQUESTS = "GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n" +
  "POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\nX: a\r\nx: b\r\n\r\nhello" +
  "\r\n\r\nPUT /set/k HTTP/1.1\r\nHost:x\r\nTransfer-Encoding: Chunked\r\n\r\n" +
  "3\r\nabc\r\nA;ext=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n" +
  "GET /last HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" +
  "POST / HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\nX: a\r\nx: b\r\n\r\nagain";
const FOUND = [
  "GET /a?b=c host=x ",
  "POST / host=x,content-length=5,x=a, b hello",
  "PUT /set/k host=x,transfer-encoding=Chunked abc0123456789",
  "GET /last connection=keep-alive ",
  "POST / host=x,content-length=5,x=a, b again",
];

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** What a parser makes of bytes that come in pieces, the first fault last. */
function parse(pieces: Iterable<Uint8Array>): { found: string[]; fault: Fault | null } {
  const parser = new RequestParser(host);
  const found: string[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let next = parser.next(); next !== null; next = parser.next()) {
      if (isFault(next)) return { found, fault: next };
      const { head: { method, target, headers }, body } = next;
      assert(body.length <= host.mostBodyBytes);
      const shown = [...headers].map(([name, value]) => `${name}=${value}`);
      found.push(`${method} ${target} ${shown} ${new TextDecoder().decode(body)}`);
    }
  }
  return { found, fault: null };
}

Deno.test("requests come out whole however their bytes are cut", () => {
  const bytes = bytesOf(REQUESTS);
  for (let cut = 1; cut <= bytes.length; cut++) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += cut) pieces.push(bytes.subarray(at, at + cut));
    assertEquals(parse(pieces), { found: FOUND, fault: null }, `cut every ${cut}`);
  }
});

Deno.test("who speaks RESP or TLS is refused at the first byte", () => {
  for (const text of ["*1\r\n$4\r\nPING\r\n", "\x16\x03\x01", "\r\n{"]) {
    const { error } = parse([bytesOf(text)]).fault!;
    assertEquals(error, "ERR Protocol error: no method");
  }
  assertEquals(parse([bytesOf("\r\nG")]).fault, null);
});

Deno.test("a body or a head that is too large, or chunks that are, are faults", () => {
  const head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const statusOf = (text: string) => parse([bytesOf(text)]).fault?.status;
  assertEquals(statusOf(`${head}Content-Length: 1001\r\n\r\n`), 413);
  assertEquals(statusOf(`${head}Content-Length: 1000\r\n\r\n`), undefined);
  assertEquals(statusOf(`${head}Transfer-Encoding: chunked\r\n\r\n3e9\r\n`), 413);
  const half = `1f4\r\n${"x".repeat(500)}\r\n`;
  assertEquals(statusOf(`${head}Transfer-Encoding: chunked\r\n\r\n${half}${half}1\r\n`), 413);
  assertEquals(statusOf(`${head}${"x".repeat(16500)}`), 431);
  assertEquals(statusOf(`${head}${"A: b\r\n".repeat(3000)}\r\n`), 431);
});

Deno.test("any bytes are requests or a fault, the same however they are cut", () =>
  fuzz((draw) => {
    const random = new SeededRandom(draw(2 ** 32));
    for (let round = 0; round < scaled(1500); round++) {
      const bytes = bytesOf(REQUESTS);
      for (let changes = random.between(1, 4); changes > 0; changes--) {
        bytes[random.below(bytes.length)] = random.chance(0.5)
          ? random.pick([13, 10, 32, 58, 48, 57, 102, 0, 255])
          : random.below(256);
      }
      const whole = parse([bytes]);
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const end = at + random.between(1, 40);
        pieces.push(bytes.subarray(at, end));
        at = end;
      }
      assertEquals(parse(pieces), whole, `round ${round}`);
    }
  }));
