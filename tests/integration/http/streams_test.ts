/** Answers without an end: events, slow and vanished readers, commands that wait, WebSockets. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { RawHttp, READER, startHttp, TOKEN } from "./support.ts";

const AUTH = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;

async function becomes(isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("it did not become so within five seconds");
}

Deno.test("channels and patterns as events, until the reader goes", async () => {
  await using server = await startHttp();
  const { etna } = server;
  const response = await server.ask("/subscribe/a/b%20c", { method: "POST", body: "ignored" });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) text += (await reader.read()).value;
  };
  await until("data: subscribe,b c,2\n\n");
  await etna.call("PUBLISH", "a", "one, two");
  await etna.call("PUBLISH", "b c", "two\nlines\r\nand more");
  await etna.call("PUBLISH", "a", "");
  await until("data: message,a,\n\n");
  assertEquals(
    text,
    "data: subscribe,a,1\n\ndata: subscribe,b c,2\n\ndata: message,a,one, two\n\n" +
      "data: message,b c,two\ndata: lines\ndata: and more\n\ndata: message,a,\n\n",
  );
  assertMatch(await etna.call("CLIENT", "LIST", "TYPE", "pubsub") as string, /cmd=subscribe/);
  await reader.cancel();
  await becomes(async () => await etna.call("PUBLISH", "a", "x") === 0);

  using raw = await RawHttp.connect(server.port);
  await raw.write(`GET /psubscribe/a* HTTP/1.1\r\n${AUTH}\r\n`);
  assertMatch(
    await raw.until(/psubscribe,a\*,1\n\n\r\n/),
    /transfer-encoding: chunked\r\n\r\n17\r\ndata: /,
  );
  await etna.call("PUBLISH", "ab", "x");
  assertEquals(
    await raw.until(/\n\n\r\n/),
    "18\r\ndata: pmessage,a*,ab,x\n\n\r\n",
  );
});

Deno.test("what may not be heard, or is no channel, is an error", async () => {
  await using server = await startHttp();
  await server.etna.call("ACL", "SETUSER", "reader", "resetchannels", "&mine");
  const headers = { authorization: `Bearer ${READER}` };
  const refused = await server.ask("/subscribe/other", { headers });
  assertEquals(refused.status, 400);
  assertMatch((await refused.json()).error, /^NOPERM/);
  assertEquals((await server.ask("/subscribe")).status, 400);
  assertEquals(
    (await server.ask("/monitor", { headers }).then((r) => r.json())).error,
    "NOPERM User reader has no permissions to run the 'monitor' command",
  );
  assertEquals((await server.ask("/subscribe/mine", { method: "HEAD" })).status, 405);
  // Who speaks HTTP/1.0 reads to the end.
  using old = await RawHttp.connect(server.port);
  await old.write(`GET /subscribe/mine HTTP/1.0\r\n${AUTH}\r\n`);
  assertMatch(
    await old.until(/,1\n\n/),
    /\r\nconnection: close\r\n\r\ndata: subscribe,mine,1\n\n$/,
  );
  // The connection goes on as it was.
  assertEquals(await (await server.ask("/ping")).text(), '{"result":"PONG"}');
});

Deno.test("MONITOR as events", async () => {
  await using server = await startHttp();
  using raw = await RawHttp.connect(server.port);
  await raw.write(`GET /monitor HTTP/1.1\r\n${AUTH}\r\n`);
  assertMatch(await raw.until(/OK"\n\n\r\n/), /\r\nc\r\ndata: "OK"\n\n\r\n$/);
  await server.post("/", ["SET", "k", "v"]);
  assertMatch(await raw.until(/"v"/), /data: \d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "v"/);
});

Deno.test("who does not read what is published is closed, and costs no more than its limit", async () => {
  await using server = await startHttp({
    "client-output-buffer-limit": "pubsub 4mb 0 0".split(" "),
  });
  const { etna } = server;
  using raw = await RawHttp.connect(server.port);
  await raw.write(`GET /subscribe/a HTTP/1.1\r\n${AUTH}\r\n`);
  await raw.until(/subscribe,a,1/);
  const before = await usedMemory(etna);
  let published = 0;
  for (; published < 2000; published++) {
    if (await etna.call("PUBLISH", "a", "x".repeat(65536)) === 0) break;
    assert(await usedMemory(etna) - before < 12e6, "memory is bounded");
  }
  assert(published < 2000, "it was closed");
  await becomes(async () => await usedMemory(etna) - before < 1e6);
});

Deno.test("many who do not read, and many who go, cost what their limits allow, and others nothing", async () => {
  await using server = await startHttp({
    "client-output-buffer-limit": "pubsub 256kb 0 0".split(" "),
  });
  const { etna } = server;
  await etna.call("SET", "large", "y".repeat(1 << 20));
  const before = await usedMemory(etna);
  const stuck: RawHttp[] = [];
  for (let i = 0; i < 40; i++) {
    const raw = await RawHttp.connect(server.port);
    stuck.push(raw);
    await raw.write(`GET /subscribe/a HTTP/1.1\r\n${AUTH}\r\n`);
  }
  await becomes(async () => await etna.call("PUBLISH", "a", "") === stuck.length);
  const body = JSON.stringify(Array(10).fill(["GET", "large"]));
  const request = `POST /pipeline HTTP/1.1\r\n${AUTH}Content-Length: ${body.length}\r\n\r\n${body}`;
  for (let i = 0; i < 20; i++) {
    const raw = await RawHttp.connect(server.port);
    await raw.write(request.repeat(5));
    // Half of them go at once, the others wait in vain: of each one answer is made, and no more.
    if (i % 2 === 0) raw[Symbol.dispose]();
    else stuck.push(raw);
  }
  let reached = stuck.length;
  for (let i = 0; reached !== 0; i++) {
    assert(i < 2000, "they are closed");
    reached = await etna.call("PUBLISH", "a", "x".repeat(65536));
    if (i % 20 !== 0) continue;
    assertEquals((await server.post("/", ["INCR", "healthy"])).status, 200);
    assert(await usedMemory(etna) - before < 40 * 512e3 + 20 * 12e6, "memory is bounded");
  }
  for (const raw of stuck) raw[Symbol.dispose]();
  await becomes(async () => await usedMemory(etna) - before < 1e6);
  assertEquals((await server.post("/", ["STRLEN", "large"])).json, { result: 1 << 20 });
});

async function usedMemory(etna: { call(...args: string[]): Promise<unknown> }): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await etna.call("INFO", "memory") as string)![1]);
}

Deno.test("a slow reader gets all that is within the limit, in order", async () => {
  await using server = await startHttp();
  using raw = await RawHttp.connect(server.port);
  await raw.write(`GET /subscribe/a HTTP/1.1\r\n${AUTH}\r\n`);
  await raw.until(/subscribe,a,1/);
  const sent = 200;
  for (let i = 0; i < sent; i++) {
    await server.etna.call("PUBLISH", "a", `${i}:${"x".repeat(50_000)}`);
  }
  await server.etna.call("PUBLISH", "a", "end");
  const text = await raw.until(/message,a,end\n\n\r\n/);
  const numbers = [...text.matchAll(/message,a,(\d+):x{50000}\n\n/g)].map(([, n]) => Number(n));
  assertEquals(numbers, Array.from({ length: sent }, (_, i) => i));
});

Deno.test("a command that waits ends with what it waits for, or with its client", async () => {
  await using server = await startHttp();
  const { etna } = server;
  const blocked = async (count: number) =>
    (await etna.call("INFO", "clients") as string).includes(`blocked_clients:${count}\r\n`);
  const waiting = server.post("/", ["BLPOP", "list", 0]);
  await becomes(() => blocked(1));
  await etna.call("RPUSH", "list", "v");
  assertEquals((await waiting).json, { result: ["list", "v"] });
  assertEquals((await server.post("/", ["BLPOP", "list", 0.01])).json, { result: null });
  {
    using raw = await RawHttp.connect(server.port);
    await raw.write(`GET /blpop/list/0 HTTP/1.1\r\n${AUTH}\r\n`);
    await becomes(() => blocked(1));
  }
  await becomes(() => blocked(0));
  // In a pipeline what follows waits, too.
  const both = server.post("/pipeline", [["BLPOP", "list", 0], ["SET", "after", 1]]);
  await becomes(() => blocked(1));
  assertEquals(await etna.call("GET", "after"), null);
  await etna.call("RPUSH", "list", "w");
  assertEquals((await both).json, [{ result: ["list", "w"] }, { result: "OK" }]);
});

Deno.test("a WebSocket carries RESP3: a browser is a client", async () => {
  await using server = await startHttp();
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws?_token=${TOKEN}`);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => socket.onopen = resolve);
  let text = "";
  let more = () => {};
  socket.onmessage = ({ data }) => {
    text += new TextDecoder().decode(data);
    more();
  };
  const until = async (wanted: string) => {
    while (!text.endsWith(wanted)) await new Promise<void>((resolve) => more = resolve);
    const all = text;
    text = "";
    return all;
  };
  socket.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n");
  await until("+OK\r\n");
  socket.send("*2\r\n$3\r\nGE");
  socket.send(new TextEncoder().encode("T\r\n$1\r\nk\r\nHGETALL none\r\n"));
  assertEquals(await until("%0\r\n"), "$1\r\nv\r\n%0\r\n");
  socket.send("SUBSCRIBE news\r\n");
  await until(">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n");
  await server.etna.call("PUBLISH", "news", "x");
  await until(">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$1\r\nx\r\n");
  const large = "y".repeat(300_000);
  socket.send(`*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$${large.length}\r\n${large}\r\nGET l\r\n`);
  assertEquals(await until(`${large}\r\n`), `+OK\r\n$${large.length}\r\n${large}\r\n`);
  const closed = new Promise((resolve) => socket.onclose = resolve);
  socket.close(1000);
  await closed;
  await becomes(async () => await server.etna.call("PUBLISH", "news", "x") === 0);
});

Deno.test("a WebSocket whose frames are none is closed; QUIT ends one", async () => {
  await using server = await startHttp();
  const hello = `GET /ws HTTP/1.1\r\n${AUTH}Upgrade: websocket\r\nConnection: Upgrade\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  const frame = (kind: number, text: string) =>
    String.fromCharCode(0x80 | kind, 0x80 | text.length, 0, 0, 0, 0) + text;
  {
    using raw = await RawHttp.connect(server.port);
    await raw.write(hello + frame(2, "PING\r\n"));
    const text = await raw.until(/PONG\r\n$/);
    assertMatch(
      text,
      /^HTTP\/1\.1 101 [^]*sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n/,
    );
    await raw.write(frame(9, "hi"));
    assertEquals(await raw.until(/hi/), "\x8a\x02hi");
    await raw.write(frame(2, "QUIT\r\n"));
    assertEquals(await raw.rest(), "\x82\x05+OK\r\n\x88\x02\x03\xe8");
  }
  {
    using raw = await RawHttp.connect(server.port);
    await raw.write(hello + frame(2, "PING\r\n"));
    await raw.until(/PONG\r\n$/);
    await server.etna.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    assertEquals(await raw.rest(), "\x88\x02\x03\xe9");
  }
  for (
    const wrong of ["\x82\x02hi", "\xf2\x80\0\0\0\0", "\x83\x80\0\0\0\0", "\x89\xfe\0\x80\0\0\0\0"]
  ) {
    using raw = await RawHttp.connect(server.port);
    await raw.write(hello);
    await raw.until(/\r\n\r\n$/);
    await raw.write(wrong);
    assertEquals(await raw.rest(), "\x88\x02\x03\xea");
  }
});
