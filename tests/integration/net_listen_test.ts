/** Where servers listen: addresses, paths, errors in Redis's words, and CONFIG SET. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { becomes, pings, start, startSubject } from "./net_subject.ts";
import { bytesOf, request, until, Wire } from "./wire.ts";

const transports = ["epoll", "deno"] as const;
const unsanitized = { sanitizeOps: false, sanitizeResources: false };

for (const transport of transports) {
  const test = (name: string, fn: () => Promise<void>, ignore = false) =>
    Deno.test({ name: `${transport}: ${name}`, ignore, ...unsanitized, fn });

  test("a port in use is an error in Redis's words", async () => {
    const port = freePort();
    using _taken = Deno.listen({ hostname: "127.0.0.1", port });
    await assertRejects(
      () => start({ transport, port: `${port}`, bind: "127.0.0.1" }),
      Error,
      `Failed listening on port ${port} (TCP), aborting.`,
    );
  });

  test("an address that is not this machine's fails unless it is optional", async () => {
    const port = freePort();
    const wanted = { transport, port: `${port}` };
    await assertRejects(() => start({ ...wanted, bind: "127.0.0.1 192.0.2.1" }), Error, "(TCP)");
    await using _server = await start({ ...wanted, bind: "127.0.0.1 -192.0.2.1" });
    assert(await pings(port));
  });

  test("a name that nobody has fails", async () => {
    const wanted = { transport, port: `${freePort()}`, bind: "-nobody.invalid" };
    await assertRejects(() => start(wanted), Error, "Failed listening on port");
  });

  test("nowhere to listen is an error", async () => {
    const text = "Configured to not listen anywhere, exiting.";
    await assertRejects(() => start({ transport, port: "0" }), Error, text);
    const none = { transport, port: `${freePort()}`, bind: "-192.0.2.1" };
    await assertRejects(() => start(none), Error, text);
  });

  test("the default addresses are all of IPv4 and IPv6", async () => {
    const port = freePort();
    await using server = await start({ transport, port: `${port}` });
    assert(await pings(port));
    if (await hasIpv6()) assert(await pings(port, "::1"));
    using client = await Wire.connect({ kind: "tcp", port });
    await client.ask("+PONG\r\n", "PING");
    const { clients } = server.server;
    const peers = [...clients.all.values()].map(({ peer }) => peer);
    assert(peers.every((peer) => /^(127\.0\.0\.1|\[::1\]):\d+$/.test(peer)), `${peers}`);
  });

  test("several addresses and a name", async () => {
    const port = freePort();
    await using _server = await start({ transport, port: `${port}`, bind: "localhost 127.0.0.2" });
    assert(await pings(port, "127.0.0.1"));
    assert(await pings(port, "127.0.0.2"));
    assert(!await pings(port, "127.0.0.3"));
  }, Deno.build.os !== "linux");

  test("a Unix socket replaces a stale file, has its permissions, and is removed", async () => {
    const dir = Deno.makeTempDirSync();
    const path = `${dir}/socket`;
    Deno.writeTextFileSync(path, "stale");
    {
      const options = { transport, port: "0", unixsocket: path, unixsocketperm: "700" };
      await using _server = await start(options);
      assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
      using client = await Wire.connect({ kind: "unix", path });
      assertEquals(await client.ask("+PONG\r\n", "PING"), "+PONG\r\n");
    }
    assertEquals(await Deno.stat(path).catch(() => null), null);
    await assertRejects(
      () => start({ transport, port: "0", unixsocket: `${dir}/nowhere/socket` }),
      Error,
      "Failed opening Unix socket: bind: No such file or directory",
    );
    Deno.removeSync(dir, { recursive: true });
  });

  test("CONFIG SET port moves, and stays where it cannot", async () => {
    const [first, second, taken] = [freePort(), freePort(), freePort()];
    await using server = await start({ transport, port: `${first}`, bind: "127.0.0.1" });
    using client = await Wire.connect({ kind: "tcp", port: first });
    await client.ask("+PONG\r\n", "PING");
    assertEquals(server.set(["port", `${second}`]), undefined);
    await becomes(true, () => pings(second));
    await becomes(false, () => pings(first));
    assertEquals(await client.ask("+PONG\r\n", "PING"), "+PONG\r\n");
    using _taken = Deno.listen({ hostname: "127.0.0.1", port: taken });
    assertEquals(
      server.set(["port", `${taken}`]),
      "ERR CONFIG SET failed (possibly related to argument 'port') - " +
        "Unable to listen on this port. Check server logs.",
    );
    assert(await pings(second));
    assertEquals(server.set(["port", "0"]), undefined);
    await becomes(false, () => pings(second));
  });

  test("CONFIG SET bind moves, and goes back where it cannot", async () => {
    const port = freePort();
    await using server = await start({ transport, port: `${port}`, bind: "127.0.0.1" });
    assertEquals(server.set(["bind", "127.0.0.2"]), undefined);
    await becomes(true, () => pings(port, "127.0.0.2"));
    await becomes(false, () => pings(port, "127.0.0.1"));
    assertEquals(
      server.set(["bind", "192.0.2.1"]),
      "ERR CONFIG SET failed (possibly related to argument 'bind') - " +
        "Failed to bind to specified addresses.",
    );
    await becomes(true, () => pings(port, "127.0.0.2"));
  }, Deno.build.os !== "linux");
}

async function hasIpv6(): Promise<boolean> {
  try {
    const listener = Deno.listen({ hostname: "::1", port: 0 });
    await Promise.resolve();
    listener.close();
    return true;
  } catch {
    return false;
  }
}

// ---- a peer with a tiny window --------------------------------------------------------------------

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SO_RCVBUF = 8;

for (const transport of transports) {
  Deno.test({
    name: `${transport}: partial writes to a peer with a tiny receive buffer`,
    ignore: Deno.build.os !== "linux",
    ...unsanitized,
    async fn() {
      await using subject = await startSubject({ transport, kind: "tcp" }, null);
      const { way } = subject;
      if (way.kind !== "tcp") throw new Error("no TCP");
      using writer = await subject.connect();
      const value = Array.from({ length: 60_000 }, (_, i) => `${i}`.padStart(8, "0")).join("");
      await writer.ask("+OK\r\n", "SET", "k", value);
      const libc = Deno.dlopen("libc.so.6", {
        socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
        setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
        connect: { parameters: ["i32", "buffer", "u32"], result: "i32" },
        send: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
        recv: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
        close: { parameters: ["i32"], result: "i32" },
      });
      const calls = libc.symbols;
      const fd = calls.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
      calls.setsockopt(fd, 1, SO_RCVBUF, new Uint8Array(Int32Array.of(1024).buffer), 4);
      const { port } = way;
      calls.connect(fd, Uint8Array.of(2, 0, port >> 8, port & 255, 127, 0, 0, 1, ...Array(8)), 16);
      await subject.clients(2);
      const ask = request("GET", "k");
      for (let i = 0; i < 8; i++) calls.send(fd, ask, ask.length, 0);
      const expected = `$${value.length}\r\n${value}\r\n`.repeat(8);
      const buffer = new Uint8Array(16384);
      let at = 0;
      await until(
        () => {
          for (let got; (got = calls.recv(fd, buffer, buffer.length, 0)) > 0; at += got) {
            const wanted = bytesOf(expected.slice(at, at + got));
            assertEquals(buffer.subarray(0, got), wanted, `at byte ${at}`);
          }
          return at === expected.length;
        },
        "all bytes",
        20_000,
      );
      calls.close(fd);
      libc.close();
      await subject.clients(1);
    },
  });
}
