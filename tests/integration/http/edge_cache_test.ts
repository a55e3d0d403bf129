/** A replica with HTTP in front: sync tokens, and writes that it leaves to its primary, be that Etna or real Redis. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Node, until } from "../../support/nodes.ts";
import { findOracle } from "../../support/oracle.ts";
import { freePort } from "../../support/ports.ts";
import { RawHttp, READER, TOKEN } from "./support.ts";

const ignore = findOracle() === undefined;

/** A replica with an HTTP port, and what asks it. */
class Edge implements AsyncDisposable {
  private constructor(readonly node: Node, readonly port: number) {}

  static async follow(primary: Node, ...options: string[]): Promise<Edge> {
    const port = freePort();
    const tokens = ["--http-tokens", TOKEN, "default", READER, "reader"];
    const node = await Node.start(
      "etna",
      "--http-port",
      `${port}`,
      ...tokens,
      "--http-forward-writes",
      "yes",
      "--user",
      "reader",
      "on",
      ">pw",
      "~*",
      "&*",
      "+@read",
      ...options,
    );
    await node.follow(primary);
    await until(async () => await node.row("master_link_status") === "up", "the edge to follow");
    return new Edge(node, port);
  }

  async ask(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method: "POST",
      body: JSON.stringify(body),
      headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    });
    const token = response.headers.get("upstash-sync-token") ?? "";
    return { status: response.status, json: await response.json(), token };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.node[Symbol.asyncDispose]();
  }
}

for (const kind of ["etna", "redis"] as const) {
  Deno.test({
    name: `edge: writes go to a primary of ${kind}, and a token waits for them`,
    ignore,
    async fn() {
      await using primary = await Node.start(kind);
      await primary.say("CONFIG", "SET", "requirepass", "secret");
      await using edge = await Edge.follow(primary, "--masterauth", "secret");
      for (let i = 0; i < 50; i++) {
        const { json, token } = await edge.ask("/", ["SET", "k", i]);
        assertEquals(json, { result: "OK" });
        const read = await edge.ask("/", ["GET", "k"], { "upstash-sync-token": token });
        assertEquals(read.json, { result: `${i}` });
      }
      assertEquals(await primary.say("GET", "k"), "49");
      const failed = await edge.ask("/", ["INCR"]);
      assertEquals([failed.status, failed.json.error], [
        400,
        "ERR wrong number of arguments for 'incr' command",
      ]);
      assertEquals((await edge.ask("/", ["LPUSH", "k", 1])).status, 400);
      // What is read behind a write sees it; what stands before is read here.
      const mixed = [["GET", "k"], ["SET", "k", "new"], ["GET", "k"], ["PING"], ["NOSUCH"]];
      assertEquals((await edge.ask("/pipeline", mixed)).json, [
        { result: "49" },
        { result: "OK" },
        { result: "new" },
        { result: "PONG" },
        { error: "ERR unknown command 'NOSUCH', with args beginning with: " },
      ]);
      const transaction = await edge.ask("/multi-exec", [["INCRBY", "n", 2], ["GET", "n"]]);
      assertEquals(transaction.json, [{ result: 2 }, { result: "2" }]);
      const script = "redis.call('SET', KEYS[1], ARGV[1]) return redis.call('GET', KEYS[1])";
      const { token, json } = await edge.ask("/", ["EVAL", script, 1, "s", "v"]);
      assertEquals(json, { result: "v" });
      const inside = await edge.ask("/multi-exec", [["EVAL", script, 1, "s", "w"]], {
        "upstash-sync-token": token,
      });
      assertEquals(inside.json, [{ result: "w" }]);
      const raw = await edge.ask("/", ["SADD", "set", "a"], { "upstash-encoding": "base64" });
      assertEquals(raw.json, { result: 1 });
    },
  });
}

/** Reads events until some have come. @returns their texts */
async function eventsOf(edge: Edge, path: string) {
  const headers = { authorization: `Bearer ${TOKEN}` };
  const response = await fetch(`http://127.0.0.1:${edge.port}${path}`, { headers });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    /** All that has come when something has that was waited for. */
    until: async (wanted: string) => {
      while (!text.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the events ended: ${text}`);
        text += value;
      }
      return text.split("\n\n").slice(1, -1).map((event) => event.replace("data: message,c,", ""));
    },
    end: () => reader.cancel(),
  };
}

for (const kind of ["etna", "redis"] as const) {
  Deno.test({
    name: `edge: what is published is heard at every edge of a primary of ${kind}, once`,
    ignore,
    async fn() {
      await using primary = await Node.start(kind);
      await using here = await Edge.follow(primary);
      await using there = await Edge.follow(primary);
      const [near, far] = [
        await eventsOf(here, "/subscribe/c"),
        await eventsOf(there, "/subscribe/c"),
      ];
      await Promise.all([near, far].map(({ until }) => until("subscribe,c,1")));
      // The primary itself has no subscribers: of those at the edges it does not know.
      assertEquals((await here.ask("/", ["PUBLISH", "c", "1"])).json, { result: 0 });
      const piped = [["PUBLISH", "c", "2"], ["SET", "k", "v"], ["PUBLISH", "c", "3"], ["PING"]];
      assertEquals((await here.ask("/pipeline", piped)).json, [
        { result: 0 },
        { result: "OK" },
        { result: 0 },
        { result: "PONG" },
      ]);
      const both = [["PUBLISH", "c", "4"], ["GET", "k"]];
      assertEquals((await here.ask("/multi-exec", both)).json, [{ result: 0 }, { result: "v" }]);
      const script = "redis.call('PUBLISH', 'c', ARGV[1]) return redis.call('INCR', KEYS[1])";
      assertEquals((await here.ask("/", ["EVAL", script, 1, "n", "5"])).json, { result: 1 });
      assertEquals((await here.ask("/", ["SPUBLISH", "c", "shard"])).json, { result: 0 });

      // Whoever may not publish there is told so here, and a user's scripts publish nowhere.
      await here.node.say("ACL", "SETUSER", "reader", "resetchannels", "&c", "+publish", "+eval");
      const reader = { authorization: `Bearer ${READER}` };
      const other = await here.ask("/", ["PUBLISH", "other", "x"], reader);
      assertMatch(other.json.error, /^NOPERM/);
      const scripted = await here.ask("/", ["EVAL", script, 1, "n", "x"], reader);
      assertMatch(scripted.json.error, /^READONLY/);
      assertEquals((await here.ask("/", ["PUBLISH", "c", "6"], reader)).json, { result: 0 });

      // Without the option, and by RESP, it stays where it is published: by a socket, and by a WebSocket.
      assertEquals(await here.node.say("PUBLISH", "c", "7"), "1");
      using raw = await RawHttp.connect(here.port);
      const head = `HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
      await raw.write(`GET /publish/nobody/x ${head}\r\n`);
      assertMatch(await raw.until(/"result":0}$/), /^HTTP\/1.1 200/);
      await raw.write(
        `GET /ws ${head}Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n` +
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
      );
      await raw.until(/\r\n\r\n$/);
      const command = "PUBLISH c 7\r\n";
      const mask = "\0\0\0\0";
      await raw.write(`\x82${String.fromCharCode(0x80 | command.length)}${mask}${command}`);
      assertMatch(await raw.until(/\r\n$/), /:1\r\n$/);
      await here.node.say("CONFIG", "SET", "http-forward-writes", "no");
      assertEquals((await here.ask("/", ["PUBLISH", "c", "8"])).json, { result: 1 });
      assertEquals(await primary.say("PUBLISH", "c", "end"), "0");
      const heard = ["1", "2", "3", "4", "5", "6"];
      assertEquals((await near.until("c,end\n\n")).toSorted(), [...heard, "7", "7", "8", "end"]);
      assertEquals(await far.until("c,end\n\n"), [...heard, "end"]);
      await Promise.all([near.end(), far.end()]);
    },
  });
}

Deno.test({
  name: "edge: before the first copy there is nothing, or a refusal",
  ignore,
  async fn() {
    await using primary = await Node.start("etna");
    await primary.say("SET", "k", "v");
    // As by default: the primary waits for others that may come.
    await primary.say("CONFIG", "SET", "repl-diskless-sync-delay", "3600");
    const port = freePort();
    const options = ["--http-port", `${port}`, "--http-tokens", TOKEN];
    await using edge = await Node.start("etna", ...options, "--replica-serve-stale-data", "no");
    await edge.follow(primary);
    const ask = async () => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const response = await fetch(`http://127.0.0.1:${port}/get/k`, { headers });
      return [response.status, (await response.json()).error ?? ""] as const;
    };
    const [status, error] = await ask();
    assertEquals(status, 400);
    assertMatch(error, /^MASTERDOWN/);
    assertEquals(await edge.say("CONFIG", "SET", "replica-serve-stale-data", "yes"), "OK");
    assertEquals(await ask(), [200, ""]);
    // A primary that waits for nobody begins at once.
    await primary.say("CONFIG", "SET", "repl-diskless-sync-delay", "0");
    await until(async () => await edge.say("GET", "k") === "v", "the first copy");
  },
});

Deno.test({
  name: "edge: rights are the edge's, tokens are waited for in bounds, a lost primary is told of",
  ignore,
  async fn() {
    await using primary = await Node.start("etna");
    await using edge = await Edge.follow(primary);
    const reader = { authorization: `Bearer ${READER}` };
    const refused = await edge.ask("/pipeline", [["SET", "k", "v"], ["GET", "k"]], reader);
    assertMatch(refused.json[0].error, /^NOPERM/);
    assertEquals(refused.json[1], { result: null });
    assertEquals((await edge.ask("/multi-exec", [["SET", "k", "v"]], reader)).status, 400);
    assertEquals(await primary.say("EXISTS", "k"), "0");

    // The primary would run a script with this replica's rights, not with those of whoever asks.
    await edge.node.say(
      "ACL",
      "SETUSER",
      "reader",
      "resetkeys",
      "~mine:*",
      "+set",
      "+@scripting",
      "+sort",
      "+multi",
      "+exec",
    );
    const script = "redis.call('SET', 'mine:1', 1) redis.call('SET', 'other', 1)";
    const refusedAs = (response: { json: { error?: string } }) =>
      assertMatch(response.json.error!, /^(READONLY|EXECABORT)/);
    assertEquals((await edge.ask("/", ["SET", "mine:1", "v"], reader)).json, { result: "OK" });
    refusedAs(await edge.ask("/", ["EVAL", script, 0], reader));
    refusedAs(await edge.ask("/", ["SORT", "mine:l", "GET", "*", "STORE", "mine:2"], reader));
    const both = [["SET", "mine:1", "w"], ["EVAL", script, 0]];
    refusedAs(await edge.ask("/multi-exec", both, reader));
    const piped = await edge.ask("/pipeline", both, reader);
    assertEquals(piped.json[0], { result: "OK" });
    assertMatch(piped.json[1].error, /^READONLY/);
    assertEquals(await primary.say("EXISTS", "other", "mine:2"), "0");
    assertEquals((await edge.ask("/", ["EVAL", script, 0])).json, { result: null });
    assertEquals(await primary.say("EXISTS", "other"), "1");

    // A token that the replica has not got to yet.
    const { token } = await edge.ask("/", ["SET", "k", "1"]);
    const [id, offset] = token.split(":");
    const ahead = { "upstash-sync-token": `${id}:${Number(offset) + 20}` };
    const reading = edge.ask("/", ["GET", "k"], ahead);
    const first = await Promise.race([
      reading,
      new Promise((done) => setTimeout(done, 100, "waits")),
    ]);
    assertEquals(first, "waits");
    await primary.say("SET", "k", "2");
    assertEquals((await reading).json, { result: "2" });
    await edge.node.say("CONFIG", "SET", "http-sync-timeout", "50");
    const far = { "upstash-sync-token": `${id}:${Number(offset) + 100_000_000}` };
    const late = await edge.ask("/", ["GET", "k"], far);
    assertEquals([late.status, late.json.error], [
      503,
      "ERR the replica has not caught up with the sync token",
    ]);
    // Another's token says nothing here, and a primary has what it wrote.
    assertEquals((await edge.ask("/", ["GET", "k"], { "upstash-sync-token": "x" })).status, 200);

    // A write that waits at the primary ends with its client.
    {
      using raw = await RawHttp.connect(edge.port);
      await raw.write(
        `GET /blpop/list/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`,
      );
      await until(
        async () => await primary.row("blocked_clients", "clients") === "1",
        "it to wait",
      );
    }
    await until(async () => await primary.row("blocked_clients", "clients") === "0", "it to end");
    const waiting = edge.ask("/", ["BLPOP", "list", 0]);
    await until(async () => await primary.row("blocked_clients", "clients") === "1", "it to wait");
    await primary.say("RPUSH", "list", "v");
    assertEquals((await waiting).json, { result: ["list", "v"] });

    assertEquals(await edge.node.say("CONFIG", "SET", "http-forward-writes", "no"), "OK");
    const here = await edge.ask("/", ["SET", "k", "3"]);
    assertEquals(here.json.error, "READONLY You can't write against a read only replica.");
    await edge.node.say("CONFIG", "SET", "http-forward-writes", "yes");
    const unanswered = edge.ask("/", ["BLPOP", "list", 0]);
    await until(async () => await primary.row("blocked_clients", "clients") === "1", "it to wait");
    primary.handle.kill!();
    assertMatch((await unanswered).json.error, /^ERR the connection to the primary is lost/);
    const gone = await edge.ask("/", ["SET", "k", "3"]);
    assertEquals(gone.status, 503);
    assertMatch(gone.json.error, /^ERR the (primary cannot be reached|connection to the primary)/);
    // What it has it still reads.
    assertEquals((await edge.ask("/", ["GET", "k"])).json, { result: "2" });
    await edge.node.say("REPLICAOF", "NO", "ONE");
    const own = await edge.ask("/", ["SET", "k", "4"], far);
    assert(own.status === 200 && own.token !== "");
  },
});
