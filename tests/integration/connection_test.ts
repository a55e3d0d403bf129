/**
 * What several connections do to each other: pauses, kills, limits. Single replies are held against
 * real Redis in tests/compat.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Etna, start, type StartOptions } from "../../mod.ts";
import { Config } from "../../server/config/config.ts";
import { startServer } from "../../server/main.ts";
import { LoopbackClient } from "../../server/net/loopback.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";
import { testEnvironment } from "../support/environment.ts";

/** Runs a test with a server, and closes it whatever happens. */
async function withServer(options: StartOptions, body: (etna: Etna) => Promise<void>) {
  const etna = await start({ port: 0, ...options });
  try {
    await body(etna);
  } finally {
    await etna.close();
  }
}

function connect(etna: Etna): Promise<RespClient> {
  return RespClient.connect({ host: "127.0.0.1", port: etna.port });
}

function pauseMs(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}

/** A client's fields as CLIENT LIST shows them; undefined when it is not there. */
async function fieldsOf(etna: Etna, id: string): Promise<Record<string, string> | undefined> {
  const line = await etna.call("CLIENT", "LIST", "ID", id) as string;
  if (line.trim() === "") return undefined;
  return Object.fromEntries(
    line.trim().split(" ").map((field) => {
      const at = field.indexOf("=");
      return [field.slice(0, at), field.slice(at + 1)];
    }),
  );
}

async function idOf(client: RespClient): Promise<string> {
  return textOf((await client.command("CLIENT", "ID")).reply);
}

Deno.test("CLIENT PAUSE WRITE holds writers in order, and what they send meanwhile", () =>
  withServer({}, async (etna) => {
    using one = await connect(etna);
    using two = await connect(etna);
    using admin = await connect(etna);
    const id = await idOf(one);
    assertEquals((await admin.command("CLIENT", "PAUSE", "60000", "WRITE")).raw, "+OK\r\n");
    await one.sendRaw("PING\r\nSET k 1\r\nGET k\r\n");
    assertEquals((await one.read()).raw, "+PONG\r\n");
    await two.sendRaw("SET k 2\r\n");
    // Half a command and more while it is held.
    for (const piece of ["*2\r\n$3\r\nGET\r\n$", "1\r\nk\r\nPING ", "end\r\n"]) {
      await pauseMs(20);
      await one.sendRaw(piece);
    }
    await pauseMs(20);
    const held = await fieldsOf(etna, id);
    assertEquals(held?.flags, "b");
    assertEquals(
      held?.qbuf,
      String("SET k 1\r\nGET k\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING end\r\n".length),
    );
    assertEquals([one.unread, two.unread], ["", ""]);
    assertEquals(await etna.call("GET", "k"), null);
    assertEquals((await admin.command("CLIENT", "UNPAUSE")).raw, "+OK\r\n");
    const replies = [];
    for (let i = 0; i < 4; i++) replies.push((await one.read()).raw);
    assertEquals(replies, ["+OK\r\n", "$1\r\n1\r\n", "$1\r\n1\r\n", "$3\r\nend\r\n"]);
    assertEquals((await two.read()).raw, "+OK\r\n");
    assertEquals(await etna.call("GET", "k"), "2");
    assertEquals((await fieldsOf(etna, id))?.flags, "N");
  }));

Deno.test("CLIENT PAUSE ALL ends when its time is up, not before and not much later", () =>
  withServer({}, async (etna) => {
    using client = await connect(etna);
    // A busy machine may be late, but not each time.
    let shortestMs = Infinity;
    for (let i = 0; i < 10 && shortestMs >= 300; i++) {
      const startMs = performance.now();
      const replies = await client.pipeline([["CLIENT", "PAUSE", "150"], ["CLIENT", "UNPAUSE"]]);
      const tookMs = performance.now() - startMs;
      assertEquals(replies.map(({ raw }) => raw), ["+OK\r\n", "+OK\r\n"]);
      assert(tookMs > 140, `the pause took ${tookMs} ms`);
      shortestMs = Math.min(shortestMs, tookMs);
    }
    assert(shortestMs < 300, `the shortest pause took ${shortestMs} ms`);
  }));

Deno.test("a pause is only made longer and stricter", () =>
  withServer({}, async (etna) => {
    using client = await connect(etna);
    const startMs = performance.now();
    await client.command("CLIENT", "PAUSE", "200", "WRITE");
    await client.command("CLIENT", "PAUSE", "10", "ALL");
    assertEquals((await client.command("PING")).raw, "+PONG\r\n");
    assert(performance.now() - startMs > 190, "PING waits for the longer one's end");
  }));

Deno.test("a held client that hangs up or is killed is gone at once, its command not run", () =>
  withServer({}, async (etna) => {
    const quitter = await connect(etna);
    using victim = await connect(etna);
    const [quitterId, victimId] = [await idOf(quitter), await idOf(victim)];
    await etna.call("CLIENT", "PAUSE", 60000, "WRITE");
    await quitter.sendRaw("SET a 1\r\n");
    await victim.sendRaw("SET b 1\r\n");
    await pauseMs(20);
    quitter[Symbol.dispose]();
    assertEquals(await etna.call("CLIENT", "KILL", "ID", victimId), 1);
    assertEquals(await victim.readToEnd(), "");
    await pauseMs(20);
    assertEquals(await fieldsOf(etna, quitterId), undefined);
    await etna.call("CLIENT", "UNPAUSE");
    assertEquals(await etna.call("EXISTS", "a", "b"), 0);
  }));

Deno.test("a client killed by another is not served again in the same turn", () =>
  withServer({}, async (etna) => {
    const victim = etna.connect();
    const id = await victim.call("CLIENT", "ID");
    // Both are handed to the server within one turn, in this order.
    const killed = etna.call("CLIENT", "KILL", "ID", id as number);
    const rejected = assertRejects(() => victim.call("SET", "k", "v"));
    assertEquals(await killed, 1);
    await rejected;
    assertEquals(await etna.call("GET", "k"), null);
  }));

Deno.test("clients that kill each other in storms leave a server that serves", () =>
  withServer({}, async (etna) => {
    for (let round = 0; round < 5; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, () => connect(etna)));
      const ids = await Promise.all(clients.map(idOf));
      await Promise.all(clients.map((client, i) => {
        const kill = `CLIENT KILL ID ${ids[(i + 1) % ids.length]} SKIPME no\r\n`;
        return client.sendRaw(
          `SET k ${i}\r\n${kill}GET k\r\n${kill}CLIENT KILL TYPE normal\r\nGET k\r\n`,
        );
      }));
      await pauseMs(20);
      for (const client of clients) client[Symbol.dispose]();
    }
    await pauseMs(20);
    // The storm has killed the server's own caller, too.
    const survivor = etna.connect();
    const list = await survivor.call("CLIENT", "LIST") as string;
    assertEquals(list.trim().split("\n").length, 1, list);
    assertEquals(await survivor.call("SET", "k", "v"), "OK");
  }));

Deno.test("CLIENT KILL of oneself answers, then closes; the rest of the pipeline is dropped", () =>
  withServer({}, async (etna) => {
    using client = await connect(etna);
    const id = await idOf(client);
    await client.sendRaw(`PING\r\nCLIENT KILL ID ${id} SKIPME no\r\nSET k v\r\nPING\r\n`);
    assertEquals(await client.readToEnd(), "+PONG\r\n:1\r\n");
    assertEquals(await etna.call("GET", "k"), null);
  }));

Deno.test("QUIT closes even where replies are off", () =>
  withServer({}, async (etna) => {
    using client = await connect(etna);
    await client.sendRaw("CLIENT REPLY OFF\r\nPING\r\nQUIT\r\nSET k v\r\n");
    assertEquals(await client.readToEnd(), "");
    assertEquals(await etna.call("GET", "k"), null);
  }));

Deno.test("CLIENT REPLY mutes its own connection only, and SKIP one command only", () =>
  withServer({}, async (etna) => {
    using muted = await connect(etna);
    using other = await connect(etna);
    await Promise.all([
      muted.sendRaw("CLIENT REPLY OFF\r\nPING\r\n"),
      other.sendRaw("PING 1\r\nCLIENT REPLY SKIP\r\nPING 2\r\nPING 3\r\n"),
    ]);
    assertEquals((await other.read()).raw, "$1\r\n1\r\n");
    assertEquals((await other.read()).raw, "$1\r\n3\r\n");
    await muted.sendRaw("PING\r\n");
    assertEquals((await other.command("PING")).raw, "+PONG\r\n");
    assertEquals((await muted.command("CLIENT", "REPLY", "ON")).raw, "+OK\r\n");
  }));

Deno.test("AUTH lifts the limits of requests within its own pipeline, RESET brings them back", () =>
  withServer({ requirepass: "secret" }, async (etna) => {
    using client = await connect(etna);
    const many = ["EXISTS", ..."abcdefghijkl"];
    const replies = await client.pipeline([["AUTH", "secret"], many, ["RESET"], ["GET", "k"]]);
    assertEquals(
      replies.map(({ raw }) => raw),
      ["+OK\r\n", ":0\r\n", "+RESET\r\n", "-NOAUTH Authentication required.\r\n"],
    );
    await client.sendRaw(`RESET\r\n*${many.length}\r\n`);
    assertEquals(
      await client.readToEnd(),
      "+RESET\r\n-ERR Protocol error: unauthenticated multibulk length\r\n",
    );
  }));

Deno.test("a password that is set or taken away counts for those who are connected", async () => {
  const running = await startServer(
    { config: new Config(), embedded: true, anyPort: true },
    testEnvironment(),
  );
  const { port, server } = running;
  const setPassword = (password: string) => server.config.set([["requirepass", password]]);
  const connect = () => RespClient.connect({ host: "127.0.0.1", port });
  const refused = "-NOAUTH Authentication required.\r\n";
  try {
    using before = await connect();
    await before.command("PING");
    setPassword("secret");
    assertEquals((await before.command("PING")).raw, "+PONG\r\n");
    using after = await connect();
    assertEquals((await after.command("PING")).raw, refused);
    setPassword("");
    assertEquals((await after.command("PING")).raw, "+PONG\r\n");
    setPassword("other");
    assertEquals((await after.command("PING")).raw, refused);
    assertEquals((await after.command("AUTH", "other")).raw, "+OK\r\n");
    const caller = new LoopbackClient(server);
    assertEquals(await caller.call(["RESET"], false), "RESET");
    assertEquals(await caller.call(["PING"], false), "PONG", "whoever holds the server is trusted");
  } finally {
    await running.close();
  }
});

Deno.test("maxclients refuses the next connection until one leaves", () =>
  withServer({ maxclients: 3 }, async (etna) => {
    using one = await connect(etna);
    await one.command("PING");
    const two = await connect(etna);
    await two.command("PING");
    using refused = await connect(etna);
    assertEquals(await refused.readToEnd(), "-ERR max number of clients reached\r\n");
    two[Symbol.dispose]();
    await pauseMs(50);
    using three = await connect(etna);
    assertEquals((await three.command("PING")).raw, "+PONG\r\n");
  }));

Deno.test("timeout closes the idle, not the held", () =>
  withServer({ timeout: 1 }, async (etna) => {
    using idle = await connect(etna);
    using held = await connect(etna);
    await idle.command("PING");
    await etna.call("CLIENT", "PAUSE", 60000, "WRITE");
    await held.sendRaw("SET k v\r\n");
    assertEquals(await idle.readToEnd(4000), "");
    await etna.call("CLIENT", "UNPAUSE");
    assertEquals((await held.read()).raw, "+OK\r\n");
  }));

Deno.test("CLIENT LIST shows what a slow reader has waiting", () =>
  withServer({}, async (etna) => {
    const value = "x".repeat(1 << 20);
    await etna.call("SET", "k", value);
    const slow = await Deno.connect({ port: etna.port });
    const { port } = slow.localAddr as Deno.NetAddr;
    await slow.write(new TextEncoder().encode("GET k\r\n".repeat(24)));
    await pauseMs(200);
    const list = await etna.call("CLIENT", "LIST") as string;
    const line = list.split("\n").find((one) => one.includes(`addr=127.0.0.1:${port}`))!;
    const omem = Number(/ omem=(\d+)/.exec(line)?.[1]);
    assert(omem > 8 << 20, line);
    assert(Number(/ tot-mem=(\d+)/.exec(line)?.[1]) >= omem, line);
    assert(Number(/ oll=(\d+)/.exec(line)?.[1]) > 0 && line.includes("events=rw"), line);
    slow.close();
  }));
