/** What every transport must do, over every kind of socket it serves. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Connection } from "../../server/net/connection.ts";
import { makeCertificates } from "./certificates.ts";
import {
  openDescriptors,
  type Options,
  startSubject,
  type Subject,
  type Variant,
  variants,
} from "./net_subject.ts";
import { IPPROTO_TCP, openWholeLibc, TCP_NODELAY } from "../../server/env/real/libc.ts";
import { Sockets } from "../../server/env/real/sockets.ts";
import { bytesOf, concat, request, sleep, until, type Wire } from "./wire.ts";

const seed = Number(Deno.env.get("NET_SEED") ?? Math.floor(Math.random() * 2 ** 31));

/** A repeatable random source (mulberry32). */
function randomFrom(start: number): (below: number) => number {
  let state = start;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ state >>> 15, state | 1);
    mixed ^= mixed + Math.imul(mixed ^ mixed >>> 7, mixed | 61);
    return Math.floor(((mixed ^ mixed >>> 14) >>> 0) / 2 ** 32 * below);
  };
}

const certificates = makeCertificates();
globalThis.addEventListener("unload", () => certificates?.[Symbol.dispose]());

/** One test per transport and kind of socket. */
function contract(
  name: string,
  check: (subject: Subject, variant: Variant) => Promise<void>,
  options: Options = {},
  only: (variant: Variant) => boolean = () => true,
): void {
  for (const variant of variants.filter(only)) {
    Deno.test({
      name: `${variant.transport} ${variant.kind}: ${name}`,
      ignore: variant.kind === "tls" && certificates === null,
      // A process that has used node:net keeps resources of it.
      sanitizeOps: false,
      sanitizeResources: false,
      async fn() {
        await using subject = await startSubject(variant, certificates, options);
        await check(subject, variant);
      },
    });
  }
}

const isTcp = ({ kind }: Variant) => kind === "tcp";

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/** The connections, oldest first. */
function connections({ server }: Subject): Connection[] {
  return [...server.clients.all.values()];
}

/** Puts a value of `bytes` under `big`. @returns the reply that GET gives */
async function setBig(client: Wire, bytes: number): Promise<string> {
  const value = "0123456789abcdef".repeat(bytes / 16);
  assertEquals(await client.ask("+OK\r\n", "SET", "big", value), "+OK\r\n");
  return bulk(value);
}

async function assertAlive(subject: Subject): Promise<void> {
  using client = await subject.connect();
  assertEquals(await client.ask("+PONG\r\n", "PING"), "+PONG\r\n");
}

// ---- bytes ----------------------------------------------------------------------------------------

contract("a long pipeline is answered in order", async (subject) => {
  using client = await subject.connect();
  const random = randomFrom(seed);
  const values = Array.from({ length: 2000 }, (_, i) => `${i}-${"x".repeat(random(600))}`);
  const sent = client.send(concat(values.map((value) => request("ECHO", value))));
  const expected = values.map(bulk).join("");
  assertEquals(await client.readText(expected.length), expected, `NET_SEED=${seed}`);
  await sent;
});

contract("a request may be split anywhere", async (subject) => {
  using client = await subject.connect();
  const bytes = concat([request("PING"), bytesOf("PING one\r\n"), request("ECHO", "a\r\nb")]);
  const expected = `+PONG\r\n${bulk("one")}${bulk("a\r\nb")}`;
  for (let at = 1; at < bytes.length; at++) {
    await client.send(bytes.subarray(0, at));
    await sleep(1);
    await client.send(bytes.subarray(at));
    assertEquals(await client.readText(expected.length), expected, `split at ${at}`);
  }
});

contract("requests in pieces of any size", async (subject) => {
  using client = await subject.connect();
  const random = randomFrom(seed);
  const values = Array.from({ length: 40 }, () => "y".repeat(random(20_000)));
  const bytes = concat(values.map((value) => request("ECHO", value)));
  const sending = (async () => {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + 1 + random(30_000));
      await client.send(part);
      at += part.length;
      if (random(3) === 0) await sleep(random(3));
    }
  })();
  const expected = values.map(bulk).join("");
  assertEquals(await client.readText(expected.length), expected, `NET_SEED=${seed}`);
  await sending;
});

contract("large values in and out, by several clients at once", async (subject) => {
  using writer = await subject.connect();
  const expected = await setBig(writer, 4 << 20);
  const clients = await Promise.all(Array.from({ length: 8 }, () => subject.connect()));
  await Promise.all(clients.map(async (client) => {
    await client.send(concat([request("GET", "big"), request("PING")]));
    assert((await client.readText(expected.length)) === expected);
    assertEquals(await client.readText(7), "+PONG\r\n");
    client[Symbol.dispose]();
  }));
});

contract("a reader that takes its time gets everything", async (subject) => {
  using slow = await subject.connect();
  const expected = await setBig(slow, 8 << 20);
  await slow.send(concat([request("GET", "big"), request("GET", "big"), request("PING")]));
  await sleep(30);
  await assertAlive(subject);
  const whole = `${expected}${expected}+PONG\r\n`;
  let at = 0;
  for (let pauses = 0; at < whole.length; pauses++) {
    const part = await slow.readText(Math.min(300_000, whole.length - at));
    assert(part === whole.slice(at, at + part.length), `byte ${at}`);
    at += part.length;
    if (pauses % 8 === 0) await sleep(3);
  }
});

contract("what was asked before the client's last byte is answered", async (subject) => {
  using client = await subject.connect();
  const expected = await setBig(client, 1 << 20);
  await client.send(concat(Array.from({ length: 10 }, () => request("GET", "big"))));
  await client.finish();
  const received = await client.readToEnd();
  assertEquals(received.length, expected.length * 10);
  assert(received === expected.repeat(10));
  await subject.clients(0);
});

// ---- reading --------------------------------------------------------------------------------------

contract("reading stops and resumes", async (subject) => {
  using client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  const [connection] = connections(subject);
  connection.link.setReading(false);
  const before = subject.server.stats.inputBytes;
  await client.send(request("PING"));
  await sleep(40);
  assertEquals(subject.server.stats.inputBytes, before);
  connection.link.setReading(true);
  assertEquals(await client.readText(7), "+PONG\r\n");
});

contract("writes may wait for others to go with them", async (subject, { transport, kind }) => {
  using client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  const [{ link }] = connections(subject);
  const libc = openWholeLibc();
  const sockets = new Sockets(libc);
  for (const noDelay of [true, false, true]) {
    link.setNoDelay(noDelay);
    if (transport === "epoll" && kind === "tcp") {
      assertEquals(sockets.option(link.fd, IPPROTO_TCP, TCP_NODELAY), noDelay ? 1 : 0);
    }
    for (let i = 0; i < 3; i++) await client.ask("+PONG\r\n", "PING");
  }
  libc.close();
});

contract("a client that is not read from is held back by its socket", async (subject) => {
  using client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  const [connection] = connections(subject);
  connection.link.setReading(false);
  const used = subject.server.core.usedBytes;
  const one = request("ECHO", "z".repeat(1 << 20));
  const flood = concat(Array.from({ length: 64 }, () => one));
  let sentBytes = 0;
  const sending = (async () => {
    for (let at = 0; at < flood.length; at += 65536) {
      await client.send(flood.subarray(at, at + 65536));
      sentBytes = at;
    }
  })();
  await sleep(200);
  assert(sentBytes < 40 << 20, `${sentBytes} bytes were taken`);
  assertEquals(subject.server.core.usedBytes, used);
  await assertAlive(subject);
  connection.link.setReading(true);
  const expected = bulk("z".repeat(1 << 20));
  for (let i = 0; i < 64; i++) assert(await client.readText(expected.length) === expected);
  await sending;
});

contract("reading and sending are waited for independently", async (subject) => {
  using client = await subject.connect();
  const expected = await setBig(client, 8 << 20);
  const [connection] = connections(subject);
  await client.send(concat([request("GET", "big"), request("GET", "big")]));
  await until(() => connection.sending, "the socket is full");
  connection.link.setReading(false);
  await client.send(request("PING"));
  assert(await client.readText(expected.length * 2) === expected.repeat(2));
  await until(() => !connection.sending, "all is sent");
  const read = client.readText(7);
  const first = await Promise.race([read, sleep(30).then(() => "nothing")]);
  assertEquals(first, "nothing");
  await client.send(request("GET", "big"));
  connection.link.setReading(true);
  assertEquals(await read, "+PONG\r\n");
  assert(await client.readText(expected.length) === expected);
});

contract("that a held client is gone is seen", async (subject) => {
  const client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  connections(subject)[0].link.setReading(false);
  client[Symbol.dispose]();
  await subject.clients(0);
});

// ---- limits ---------------------------------------------------------------------------------------

contract("a reader too slow for the output limit is closed, and nobody else", async (subject) => {
  using other = await subject.connect();
  await setBig(other, 1 << 19);
  const used = subject.server.core.usedBytes;
  using slow = await subject.connect();
  await slow.send(concat(Array.from({ length: 100 }, () => request("GET", "big"))));
  for (let i = 0; i < 50; i++) assertEquals(await other.ask("+PONG\r\n", "PING"), "+PONG\r\n");
  const { stats } = subject.server;
  await until(() => stats.outputBufferLimitDisconnections === 1, "the slow client is closed");
  await subject.clients(1);
  await subject.used(used, "as before");
  assert((await slow.readToEnd()).length < 100 << 19);
}, { "client-output-buffer-limit": "normal 1mb 0 0" });

contract(
  "a subscriber too slow for its output limit is closed, and nobody else",
  async (subject) => {
    const { stats } = subject.server;
    using slow = await subject.connect();
    using quick = await subject.connect();
    using publisher = await subject.connect();
    for (const client of [slow, quick]) {
      await client.ask(`*3\r\n${bulk("subscribe")}${bulk("a")}:1\r\n`, "SUBSCRIBE", "a");
    }
    const text = "x".repeat(1 << 19);
    const message = `*3\r\n${bulk("message")}${bulk("a")}${bulk(text)}`;
    for (let sent = 0; stats.outputBufferLimitDisconnections === 0; sent++) {
      assert(sent < 100);
      // The subscriber that is about to be closed still counts.
      assertEquals(await publisher.ask(":2\r\n", "PUBLISH", "a", text), ":2\r\n");
      assert(await quick.readText(message.length) === message);
    }
    await subject.clients(2);
    assertEquals(await publisher.ask(":1\r\n", "PUBLISH", "a", text), ":1\r\n");
    assert(await quick.readText(message.length) === message);
    assertEquals(stats.outputBufferLimitDisconnections, 1);
  },
  { "client-output-buffer-limit": "pubsub 1mb 0 0" },
);

contract("all subscribers get all messages of a turn", async (subject) => {
  const subscribers = await Promise.all(Array.from({ length: 20 }, () => subject.connect()));
  using publisher = await subject.connect();
  for (const [i, client] of subscribers.entries()) {
    const channel = i % 2 === 0 ? "even" : "odd";
    const confirmed = `*3\r\n${bulk("subscribe")}${bulk(channel)}:1\r\n`;
    await client.ask(confirmed, "SUBSCRIBE", channel);
  }
  const texts = Array.from({ length: 3000 }, (_, i) => `${i} ${"x".repeat(i % 300)}`);
  const channelOf = (i: number) => i % 3 === 0 ? "even" : i % 3 === 1 ? "odd" : "none";
  await publisher.send(
    concat(texts.map((text, i) => request("PUBLISH", channelOf(i), text))),
  );
  const replies = texts.map((_, i) => `:${i % 3 === 2 ? 0 : 10}\r\n`).join("");
  assertEquals(await publisher.readText(replies.length), replies);
  for (const [i, client] of subscribers.entries()) {
    const channel = i % 2 === 0 ? "even" : "odd";
    const expected = texts.filter((_, i) => channelOf(i) === channel)
      .map((text) => `*3\r\n${bulk("message")}${bulk(channel)}${bulk(text)}`).join("");
    assert(await client.readText(expected.length) === expected, `subscriber ${i}`);
    client[Symbol.dispose]();
  }
  await subject.clients(1);
});

contract("a request beyond the query buffer's limit closes", async (subject) => {
  using client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  await client.send(`*2\r\n$4\r\nECHO\r\n$${64 << 20}\r\n`);
  const sending = client.send(new Uint8Array(8 << 20)).catch(() => {});
  assertEquals(await client.readToEnd(), "");
  await sending;
  await subject.clients(0);
  assertEquals(subject.server.stats.queryBufferLimitDisconnections, 1);
  await assertAlive(subject);
}, { "client-query-buffer-limit": "1mb" });

contract("a bulk too long is refused in Redis's words", async (subject) => {
  using client = await subject.connect();
  await client.send(concat([request("PING"), bytesOf("*2\r\n$4\r\nECHO\r\n$1048577\r\n")]));
  const expected = "+PONG\r\n-ERR Protocol error: invalid bulk length\r\n";
  assertEquals(await client.readToEnd(), expected);
  await subject.clients(0);
}, { "proto-max-bulk-len": "1mb" });

contract("replies before an error that closes are not lost", async (subject) => {
  using client = await subject.connect();
  const expected = await setBig(client, 4 << 20);
  await client.send(concat([request("GET", "big"), request("GET", "big"), bytesOf("*x\r\n")]));
  const received = await client.readToEnd();
  assert(received.startsWith(expected.repeat(2)));
  const rest = received.slice(expected.length * 2);
  assertEquals(rest, "-ERR Protocol error: invalid multibulk length\r\n");
});

contract("one client too many is told so", async (subject) => {
  using first = await subject.connect();
  using second = await subject.connect();
  await first.ask("+PONG\r\n", "PING");
  await second.ask("+PONG\r\n", "PING");
  using third = await subject.connect();
  assertEquals(await third.readToEnd(), "-ERR max number of clients reached\r\n");
  assertEquals(subject.server.stats.rejectedConnections, 1);
  assertEquals(await first.ask("+PONG\r\n", "PING"), "+PONG\r\n");
}, { maxclients: "2" });

contract("an idle client is closed after the timeout", async (subject) => {
  using idle = await subject.connect();
  await idle.ask("+PONG\r\n", "PING");
  assertEquals(await idle.readToEnd(), "");
}, { timeout: "1" });

const outside = Deno.networkInterfaces()
  .find(({ family, address }) => family === "IPv4" && !address.startsWith("127."))?.address;
if (outside !== undefined) {
  contract(
    "protected mode refuses who comes from elsewhere",
    async (subject) => {
      using client = await subject.connect();
      const text = await client.readToEnd();
      assertStringIncludes(text, "-DENIED Redis is running in protected mode");
      subject.set("protected-mode", "no");
      using welcome = await subject.connect();
      assertEquals(await welcome.ask("+PONG\r\n", "PING"), "+PONG\r\n");
    },
    { bind: outside },
    isTcp,
  );
}

// ---- ends -----------------------------------------------------------------------------------------

contract("both sides' addresses are known", async (subject) => {
  using client = await subject.connect();
  await client.ask("+PONG\r\n", "PING");
  const [{ peer, local, link }] = connections(subject);
  const { way } = subject;
  assertEquals(link.kind, way.kind);
  if (way.kind === "unix") assertEquals([peer, local], [`${way.path}:0`, `${way.path}:0`]);
  else {
    const { hostname, port } = client.conn.localAddr as Deno.NetAddr;
    assertEquals([peer, local], [`${hostname}:${port}`, `127.0.0.1:${way.port}`]);
  }
});

contract("clients that go at any moment leave nothing behind", async (subject) => {
  using witness = await subject.connect();
  await setBig(witness, 1 << 20);
  const random = randomFrom(seed);
  const used = subject.server.core.usedBytes;
  const acts: ((client: Wire) => Promise<void>)[] = [
    async () => {},
    (client) => client.send(request("PING")),
    (client) => client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nabc"),
    (client) => client.send(concat(Array.from({ length: 20 }, () => request("GET", "big")))),
    (client) => client.send("*2\r\n$4\r\nECHO\r\n$70000\r\n" + "e".repeat(69_000)),
    (client) => client.send("*1000\r\n" + "$1\r\nx\r\n".repeat(500)),
  ];
  for (let round = 0; round < 30; round++) {
    await Promise.all(Array.from({ length: 6 }, async () => {
      const client = await subject.connect();
      await acts[random(acts.length)](client).catch(() => {});
      if (random(2) === 0) await sleep(random(4));
      client[Symbol.dispose]();
    }));
  }
  await subject.clients(1);
  assertEquals(await witness.ask("+PONG\r\n", "PING"), "+PONG\r\n", `NET_SEED=${seed}`);
  await subject.used(used, `NET_SEED=${seed}`);
});

contract("clients killed at any moment leave nothing behind", async (subject) => {
  using witness = await subject.connect();
  await setBig(witness, 1 << 20);
  const { server } = subject;
  const used = server.core.usedBytes;
  const random = randomFrom(seed);
  for (let round = 0; round < 20; round++) {
    const clients = await Promise.all(Array.from({ length: 6 }, () => subject.connect()));
    await subject.clients(7);
    await Promise.all(clients.map((client) =>
      client.send(concat([
        ...Array.from({ length: 10 }, () => request("GET", "big")),
        bytesOf("*2\r\n$4\r\nECHO\r\n$9999\r\nhalf"),
      ])).catch(() => {})
    ));
    if (random(2) === 0) await sleep(random(5));
    for (const connection of connections(subject).slice(1)) {
      server.defer(() => server.lost(connection, "killed"));
    }
    await Promise.all(clients.map((client) => client.readToEnd()));
    for (const client of clients) client[Symbol.dispose]();
    await subject.clients(1);
  }
  assertEquals(await witness.ask("+PONG\r\n", "PING"), "+PONG\r\n", `NET_SEED=${seed}`);
  await subject.used(used, `NET_SEED=${seed}`);
});

contract("a thousand connections leave no descriptor and no memory", async (subject) => {
  const round = async (connections: number) => {
    for (let i = 0; i < connections / 20; i++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => subject.connect()));
      await Promise.all(clients.map((client) => client.ask("+PONG\r\n", "PING")));
      for (const client of clients) client[Symbol.dispose]();
    }
    await subject.clients(0);
  };
  await round(20);
  await sleep(50);
  const used = subject.server.core.usedBytes;
  const descriptors = openDescriptors();
  await round(subject.way.kind === "tls" ? 200 : 1000);
  await subject.used(used, "as before");
  await until(() => openDescriptors() <= descriptors, `${descriptors} descriptors`);
});

contract("closing the server closes its clients and its port", async (subject) => {
  const clients = await Promise.all(Array.from({ length: 5 }, () => subject.connect()));
  await Promise.all(clients.map((client) => client.ask("+PONG\r\n", "PING")));
  await clients[0].send("*1\r\n$4\r\nPI");
  await subject.close();
  for (const client of clients) {
    assertEquals(await client.readToEnd(), "");
    client[Symbol.dispose]();
  }
  const { way } = subject;
  if (way.kind === "unix") {
    assertEquals(await Deno.stat(way.path).catch(() => null), null);
  } else Deno.listen({ hostname: "127.0.0.1", port: way.port }).close();
});
