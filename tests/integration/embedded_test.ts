import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { type Etna, ReplyError, start } from "../../mod.ts";

/** Runs a test with servers, and closes them whatever happens. */
async function withServers(count: number, body: (...servers: Etna[]) => Promise<void>) {
  const servers = await Promise.all(Array.from({ length: count }, () => start({ port: 0 })));
  try {
    await body(...servers);
  } finally {
    await Promise.all(servers.map((server) => server.close()));
  }
}

/** A raw socket's answer to a request. */
async function ask(port: number, request: string): Promise<string> {
  const socket = await Deno.connect({ port });
  await socket.write(new TextEncoder().encode(request));
  await socket.closeWrite();
  const answer = await new Response(socket.readable).text();
  return answer;
}

Deno.test("call types its replies and keeps bytes as they are", () =>
  withServers(1, async (etna) => {
    assertEquals(await etna.call("SET", "k", "v"), "OK");
    assertEquals(await etna.call("GET", "k"), "v");
    assertEquals(await etna.call("GET", "none"), null);
    assertEquals(await etna.call("INCRBY", "n", 41), 41);
    assertEquals(await etna.call("INCRBY", "big", "9007199254740993"), 9007199254740993n);
    const bytes = new Uint8Array([0, 255, 13, 10]);
    await etna.call("SET", bytes, bytes);
    assertEquals(await etna.callBuffer("GET", bytes), bytes);
    const found = await etna.call("CONFIG", "GET", "maxclients");
    assert(found instanceof Map && found.get("maxclients") === "10000");
  }));

Deno.test("an error reply is thrown with its code", () =>
  withServers(1, async (etna) => {
    const error = await assertRejects(() => etna.call("INCR"), ReplyError);
    assertEquals((error as ReplyError).code, "ERR");
    assertEquals((error as ReplyError).message, "ERR wrong number of arguments for 'incr' command");
  }));

Deno.test("instances share nothing, sockets and calls share the data", () =>
  withServers(2, async (one, two) => {
    await one.call("SET", "k", "1");
    assertEquals(await two.call("GET", "k"), null);
    assertEquals(await ask(one.port, "GET k\r\n"), "$1\r\n1\r\n");
    assertEquals(await ask(two.port, "SET k 2\r\n"), "+OK\r\n");
    assertEquals(await two.call("GET", "k"), "2");
    assertEquals(await one.call("GET", "k"), "1");
  }));

Deno.test("clients of one server have databases of their own", () =>
  withServers(1, async (etna) => {
    const other = etna.connect();
    await other.call("SELECT", 3);
    await other.call("SET", "k", "three");
    assertEquals(await etna.call("GET", "k"), null);
    assertEquals(await other.call("GET", "k"), "three");
    other.end();
    await assertRejects(() => other.call("PING"));
  }));

Deno.test("a killed client of the server itself is replaced", () =>
  withServers(1, async (etna) => {
    const other = etna.connect();
    await other.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    assertEquals(await etna.call("PING"), "PONG");
    assertEquals(await other.call("PING"), "PONG");
  }));

Deno.test("calls are answered in order, and values larger than a read go through", () =>
  withServers(1, async (etna) => {
    const large = "x".repeat(3_000_000);
    const answers = await Promise.all([
      etna.call("SET", "large", large),
      etna.call("STRLEN", "large"),
      etna.call("GET", "large"),
      etna.call("PING"),
    ]);
    assertEquals(answers, ["OK", large.length, large, "PONG"]);
  }));

Deno.test("a server that is not asked to listen does not", async () => {
  const etna = await start();
  assertEquals(etna.port, 0);
  assertEquals(await etna.call("PING"), "PONG");
  await etna.close();
});

Deno.test("a wrong option is named", async () => {
  await assertRejects(() => start({ hz: "often" }), TypeError, "option hz");
});

Deno.test("close leaves nothing behind: neither descriptors nor listeners", async () => {
  const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
  await (await start({ port: 0 })).close(); // what Deno itself opens once
  const before = open();
  for (let round = 0; round < 3; round++) {
    const etna = await start({ port: 0 });
    const socket = await Deno.connect({ port: etna.port });
    await socket.write(new TextEncoder().encode("SET half a com"));
    await etna.close();
    socket.close();
    await assertRejects(() => Deno.connect({ port: etna.port }));
  }
  assertEquals(open(), before);
});

Deno.test("close gives memory back at once, and the next server finds nothing in it", async () => {
  const residentBytes = () => Deno.memoryUsage().rss;
  await (await start()).close();
  const before = residentBytes();
  for (let round = 0; round < 4; round++) {
    const etna = await start();
    assertEquals(await etna.call("DBSIZE"), 0);
    for (let i = 0; i < 64; i++) await etna.call("SETRANGE", `k${i}`, 1 << 20, "x");
    assert(residentBytes() - before > 60 << 20);
    await etna.close();
    assert(residentBytes() - before < 40 << 20, `${(residentBytes() - before) >> 20} MiB are left`);
  }
});

Deno.test("closing is for good, and once", async () => {
  const etna = await start({ port: 0 });
  const pending = assertRejects(() => etna.call("PING"), Error, "closed");
  await Promise.all([etna.close(), etna.close(), pending]);
  await etna.close();
  await assertRejects(() => etna.call("PING"), Error, "closed");
  assertThrows(() => etna.connect(), ReplyError, "closed");
});

Deno.test("SHUTDOWN closes the server", async () => {
  const etna = await start();
  await assertRejects(() => etna.call("SHUTDOWN", "NOSAVE"), Error, "closed");
  await assertRejects(() => etna.call("PING"), Error, "closed");
  await etna.close();
});

Deno.test("a client inside the process subscribes, caches and hears", () =>
  withServers(1, async (etna) => {
    const client = etna.connect();
    const heard: unknown[] = [];
    client.onPush = (message) => heard.push(message);
    assertEquals(await client.call("SUBSCRIBE", "a", "b"), 2);
    assertEquals(await etna.call("PUBLISH", "a", "text"), 1);
    assertEquals(await client.call("UNSUBSCRIBE", "b"), 1);
    await client.call("CLIENT", "TRACKING", "ON");
    assertEquals(await client.call("GET", "k"), null);
    await etna.call("SET", "k", "v");
    assertEquals(await client.call("GET", "k"), "v");
    assertEquals(heard, [
      ["subscribe", "a", 1],
      ["subscribe", "b", 2],
      ["message", "a", "text"],
      ["unsubscribe", "b", 1],
      ["invalidate", ["k"]],
    ]);
  }));
