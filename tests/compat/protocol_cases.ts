/** Comparison cases of the wire protocol: inline commands, malformed requests, split writes. */

import { encodeCommand, RespClient } from "../support/resp_client.ts";
import { toBinary } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { quote } from "../support/text.ts";
import { type Check, family, type Pair } from "./check.ts";

const s = String.raw;

const inline = family("protocol", {
  "inline: words, blanks, empty lines": s`
    > PING\r\n
    <
    > PING\n
    <
    > \r\n
    !silent
    > \n\n\r\n\r\nPING\r\n
    <
    >    \r\n
    > PING    hello   \r\n
    <
    > \tPING\thello\t\r\n
    <
    > "  PING  "\r\n
    <
    > set k v\r\nget k\r\n
    < 2
    > PING\r\r\n
    <
    > PING a\rb\r\n
    <
    > PING a\r\rb\n
    <
  `,
  "inline: quotes": s`
    > ECHO "hello world"\r\n
    <
    > ECHO 'hello world'\r\n
    <
    > ECHO "a\\"b"\r\n
    <
    > ECHO 'a\\'b'\r\n
    <
    > ECHO "\\x41\\x00\\xff"\r\n
    <
    > ECHO "\\xZZ\\x4"\r\n
    <
    > ECHO "\\n\\r\\t\\b\\a\\q\\\\"\r\n
    <
    > ECHO '\\n\\x41'\r\n
    <
    > ECHO ""\r\n
    <
    > ECHO ''\r\n
    <
    > ECHO "a"'b'\r\n
    !closed
    @b > ECHO a"b c"\r\n
    @b <
    @b > ECHO a'b c'd\r\n
    @b !closed
    @c > ECHO "it's"\r\n
    @c <
    @c > ECHO 'say "x"'\r\n
    @c <
    @c > "ECHO" 'x'\r\n
    @c <
    @c > ECHO "\xc3\xa9\xff"\r\n
    @c <
    @c > "" x\r\n
    @c <
  `,
  "inline: unbalanced quotes": s`
    > ECHO "abc\r\n
    !closed
    @b > ECHO 'abc\r\n
    @b !closed
    @c > ECHO "a"b\r\n
    @c !closed
    @d > ECHO "abc\\"\r\n
    @d !closed
    @e > "\r\n
    @e !closed
    @f > PING\r\nECHO "abc\r\nPING\r\n
    @f !closed
    @g > ECHO 'a'"b\r\n
    @g !closed
    @h > ECHO abc"\r\n
    @h !closed
  `,
  "inline: up to 64 KiB": s`
    > ECHO ${"x".repeat(60000)}\r\n
    <
    > ECHO ${"x".repeat(65000)}\r\n
    <
    @c > ${"x".repeat(65537)}
    @c !closed
    @d > PING ${"x".repeat(70000)}
    @d !closed
    @e > ${"x".repeat(65536)}
    @e !silent
    @e !eof
  `,
  "inline: many words": s`
    > EXISTS ${"k ".repeat(2000)}\r\n
    <
    > DEL ${"k ".repeat(20000)}\r\n
    <
  `,
  "inline: names of other protocols": s`
    > GET / HTTP/1.1\r\n
    <
    > HTTP/1.1 200 OK\r\n
    <
    > POST / HTTP/1.1\r\nHost: localhost\r\n\r\n
    !closed
    @b > Host: localhost\r\nPING\r\n
    @b !closed
    @c > host: x\r\n
    @c !closed
  `,
});

const multibulk = family("protocol", {
  "multibulk: bad counts": s`
    > *abc\r\n
    !closed
    @b > *1.5\r\n
    @b !closed
    @c > *9223372036854775808\r\n
    @c !closed
    @d > *4294967297\r\n
    @d !closed
    @e > *2147483648\r\n
    @e !closed
    @f > *1 \r\n
    @f !closed
    @g > * 1\r\n
    @g !closed
    @h > *+1\r\n
    @h !closed
    @i > *01\r\n$4\r\nPING\r\n
    @i !closed
    @j > *1x\r\n
    @j !closed
    @k > PING\r\n*x\r\nPING\r\n
    @k !closed
  `,
  "multibulk: empty and negative": s`
    > *0\r\n
    !silent
    > *-1\r\n
    !silent
    > *-10\r\n
    !silent
    > *\r\n
    !silent
    PING
    > *0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n*0\r\n
    <
    PING again
    @b > *-9223372036854775808\r\n
    @b !silent
    @b PING
  `,
  "multibulk: the largest count": s`
    > *1048576\r\n
    !silent
    > $4\r\nPING\r\n
    !silent
    !eof
    @b > *1048577\r\n$4\r\nPING\r\n
    @b !silent
    @b !eof
    @c > *2147483647\r\n$4\r\nPING\r\n
    @c !silent
    @c !eof
  `,
  "multibulk: no dollar where one must be": s`
    > *1\r\nPING\r\n
    !closed
    @b > *2\r\n$4\r\nECHO\r\n:1\r\n
    @b !closed
    @c > *1\r\n*1\r\n
    @c !closed
    @d > *1\r\n\r\n
    @d !closed
    @e > *1\r\n\x01\r\n
    @e !closed
    @f > *1\r\n\xff\r\n
    @f !closed
    @g > *1\r\n+PING\r\n
    @g !closed
    @h > *2\r\n$4\r\nECHO\r\n$1\r\nab\r\n*1\r\n$4\r\nPING\r\n
    @h !eof
  `,
  "multibulk: bad bulk lengths": s`
    > *1\r\n$abc\r\n
    !closed
    @b > *1\r\n$-1\r\n
    @b !closed
    @c > *1\r\n$\r\n
    @c !silent
    @c !eof
    @d > *1\r\n$4x\r\nPING\r\n
    @d !closed
    @e > *1\r\n$536870913\r\n
    @e !closed
    @f > *1\r\n$9223372036854775808\r\n
    @f !closed
    @g > *1\r\n$ 4\r\n
    @g !closed
    @h > *1\r\n$+4\r\n
    @h !closed
    @i > *1\r\n$04\r\n
    @i !closed
    @j > *1\r\n$1.0\r\n
    @j !closed
    @k > *2\r\n$4\r\nECHO\r\n$-5\r\n
    @k !closed
    @l > *2\r\n$3\r\nGET\r\n$536870912\r\n
    @l !silent
    @l !eof
    @m > *1\r\n$-0\r\n
    @m !closed
  `,
  "multibulk: a bulk longer than proto-max-bulk-len": s`
    CONFIG SET proto-max-bulk-len 1mb
    @b > *2\r\n$4\r\nECHO\r\n$1048577\r\n
    @b !closed
    @c > *2\r\n$4\r\nECHO\r\n$1048576\r\n
    @c !silent
    @c !eof
    SETRANGE k 1048575 x
    SETRANGE k 1048576 x
    STRLEN k
    APPEND k x
    STRLEN k
  `,
  "multibulk: a request longer than client-query-buffer-limit": s`
    CONFIG SET client-query-buffer-limit 1mb
    @b > *2\r\n$4\r\nECHO\r\n$3000000\r\n${"x".repeat(3000000)}\r\n
    @b !closed
    PING
  `,
  "multibulk: empty arguments": s`
    > *1\r\n$0\r\n\r\n
    <
    > *2\r\n$4\r\nECHO\r\n$0\r\n\r\n
    <
    > *3\r\n$3\r\nSET\r\n$0\r\n\r\n$0\r\n\r\n
    <
    PING
  `,
  "multibulk: bytes that end an argument are not looked at": s`
    > *1\r\n$4\r\nPINGxx*1\r\n$4\r\nPING\r\n
    < 2
    PING
  `,
  "multibulk: lines too long": s`
    > *${"1".repeat(65537)}
    !closed
    @b > *1\r\n$${"1".repeat(65537)}
    @b !closed
    @c > *1\r\n$${"1".repeat(30)}\r\n
    @c !closed
    @d > *${"1".repeat(30)}\r\n
    @d !closed
  `,
  "multibulk: line ends": s`
    > *1\n$4\nPING\n
    !silent
    !eof
    @b > *1\r$\n4
    @b !silent
    @b !eof
    @c > *1\rX$4\rXPING\rX
    @c <
    @c PING
  `,
  "multibulk: what follows an error is not run": s`
    > *1\r\n$4\r\nPING\r\n*1\r\n$x\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n
    !closed
    @b GET k
  `,
});

const pipelines = family("protocol", {
  "pipeline: forms mixed": s`
    > SET a 1\r\n*2\r\n$3\r\nGET\r\n$1\r\na\r\n\r\nINCR a\r\n*0\r\nGET a\nPING\r\n
    < 5
    PING
  `,
  "pipeline: errors among replies": s`
    > GET\r\nSET a\r\nNOSUCH\r\nSET a 1\r\nINCRBY a x\r\nINCR a\r\nSELECT 99\r\nPING\r\n
    < 8
  `,
  "pipeline: half-closed behind it": s`
    > SET a 1\r\nINCR a\r\nGET a\r\nPING\r\n
    !eof
    @b > ${s`*1\r\n$4\r\nPING\r\n`.repeat(500)}
    @b !eof
    @c > SET big ${"x".repeat(30000)}\r\nGET big\r\nGET big\r\nGET big\r\n
    @c !eof
    @d > PING\r\nGET a
    @d !eof
    @e > PING\r\n*2\r\n$3\r\nGET\r\n$1\r\n
    @e !eof
    @f !eof
    @g GET a
    @g !eof
  `,
  "pipeline: an abandoned command is not run": s`
    > *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv
    !eof
    @b GET k
    @c > SET k v
    @c !hangup
    @b GET k
  `,
  "pipeline: RESP3 switched in the middle": s`
    > GET missing\r\nHELLO 3\r\nGET missing\r\nHELLO 2\r\nGET missing\r\n
    <
    <~apart:id,version
    <
    <~apart:id,version
    <
  `,
});

const PAUSE_MS = 1;
const LARGE_BYTES = 3_000_000;

/** Sends the pieces with a pause between them, closes the writing half, returns all replies. */
/** A request that ends so is closed by the server, who sends all replies before. */
const QUIT = encodeCommand(["QUIT"]);

async function sendPieces(server: ServerHandle, pieces: readonly string[], pauseMs: number) {
  using client = await RespClient.connect(server, 10_000);
  for (const piece of pieces) {
    await client.sendRaw(piece);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  // A half-closed socket makes Redis drop what it could not send at once.
  if (!pieces.at(-1)!.endsWith(QUIT)) await client.closeWrite();
  try {
    return await client.readToEnd();
  } catch (error) {
    return `${client.unread} (${(error as Error).message})`;
  }
}

/** A check that sends the pieces of `requests` to both servers and compares all that comes back. */
function piecesCheck(name: string, requests: () => string[][], pauseMs = PAUSE_MS): Check {
  const run = async ({ oracle, subject }: Pair) => {
    for (const pieces of requests()) {
      const [expected, got] = await Promise.all([
        sendPieces(oracle, pieces, pauseMs),
        sendPieces(subject, pieces, pauseMs),
      ]);
      if (expected === got) continue;
      const at = [...expected].findIndex((char, i) => char !== got[i]);
      const around = (text: string) =>
        `${text.length} bytes; from byte ${Math.max(0, at - 40)}: ` +
        quote(text.slice(Math.max(0, at - 40), at + 160));
      return [{
        where: `${pieces.length} pieces`,
        command: pieces.slice(0, 20).map(quote).join(" | "),
        expected: around(expected),
        got: around(got),
        before: [],
      }];
    }
    return [];
  };
  return { family: "protocol", command: name.split(":")[0], name, run };
}

function splitAt(text: string): string[][] {
  return Array.from(
    { length: text.length - 1 },
    (_, i) => [text.slice(0, i + 1), text.slice(i + 1)],
  );
}

const SMALL = encodeCommand(["SET", "key", "a\r\n*b"]) + encodeCommand(["GET", "key"]);
const SMALL_INLINE = `ECHO "a b"\r\nPING x\n\r\nGET 'no key'\r\n`;

const split = [
  piecesCheck("split: byte by byte", () => [[...SMALL], [...SMALL_INLINE]]),
  piecesCheck("split: two commands at every byte", () => splitAt(SMALL)),
  piecesCheck("split: inline commands at every byte", () => splitAt(SMALL_INLINE)),
  piecesCheck("split: a protocol error at every byte", () => splitAt("PING\r\n*1\r\n$x\r\n")),
  piecesCheck("split: a large value in uneven pieces", () => {
    const request = encodeCommand(["SET", "large", "0123456789".repeat(LARGE_BYTES / 10)]) +
      encodeCommand(["STRLEN", "large"]) + encodeCommand(["GETRANGE", "large", "-25", "-1"]);
    const pieces: string[] = [];
    for (let at = 0, size = 1; at < request.length; at += size, size = (size * 7) % 65521 + 1) {
      pieces.push(request.slice(at, at + size));
    }
    return [pieces];
  }, 0),
  piecesCheck("pipeline: large values both ways", () => {
    const value = toBinary(new Uint8Array(LARGE_BYTES).map((_, i) => i % 256));
    return [[
      encodeCommand(["SET", "large", value]) + encodeCommand(["GET", "large"]).repeat(5) +
      QUIT,
    ]];
  }, 0),
  piecesCheck("pipeline: 20000 commands in one write", () => {
    const commands = Array.from({ length: 20000 }, (_, i) => encodeCommand(["INCR", `n${i % 10}`]));
    return [[encodeCommand(["FLUSHALL"]) + commands.join("")]];
  }, 0),
];

/** The cases of this file. */
export const protocolChecks = [...inline, ...multibulk, ...pipelines, ...split];
