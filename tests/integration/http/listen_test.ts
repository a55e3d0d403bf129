/** HTTP ports: both transports, TLS, CONFIG SET and REWRITE, limits of clients. */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { start } from "../../../mod.ts";
import { makeCertificates } from "../certificates.ts";
import { freePort } from "../../support/ports.ts";
import { RawHttp, startHttp, TOKEN } from "./support.ts";

const certificates = makeCertificates();
globalThis.addEventListener("unload", () => certificates?.[Symbol.dispose]());
const headers = { authorization: `Bearer ${TOKEN}` };
const AUTH = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;

async function ping(url: string, client?: Deno.HttpClient): Promise<string> {
  const response = await fetch(`${url}/ping`, { headers, ...client && { client } });
  return (await response.json()).result;
}

for (const transport of ["epoll", "deno"]) {
  Deno.test(`HTTP by ${transport}: requests, large bodies and answers, events`, async () => {
    await using server = await startHttp({ transport });
    const large = "ä".repeat(3_000_000);
    assertEquals((await server.post("/", ["SET", "large", large])).json, { result: "OK" });
    assertEquals((await server.post("/", ["GET", "large"])).json, { result: large });
    const many = Array.from({ length: 5000 }, (_, i) => ["SET", `k${i}`, `${i}`]);
    const { json } = await server.post("/pipeline", many);
    assertEquals(json.length, 5000);
    assertEquals(await server.etna.call("GET", "k4999"), "4999");
    // Answers that nobody reads stop the requests behind them.
    using raw = await RawHttp.connect(server.port);
    const before = await commandsOf(server.etna);
    const sent = raw.write(`GET /get/large HTTP/1.1\r\n${AUTH}\r\n`.repeat(100));
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert(await commandsOf(server.etna) - before < 20);
    await sent;
    await server.etna.call("SET", "large", "small");
    await raw.write(`GET /get/k1 HTTP/1.1\r\n${AUTH}Connection: close\r\n\r\n`);
    const text = await raw.rest();
    assertEquals(text.match(/HTTP\/1\.1 200/g)!.length, 101);
    assertMatch(text, /\{"result":"1"\}$/);
  });
}

async function commandsOf(etna: { call(...args: string[]): Promise<unknown> }): Promise<number> {
  const info = await etna.call("INFO", "stats") as string;
  return Number(/total_commands_processed:(\d+)/.exec(info)![1]);
}

Deno.test({
  name: "HTTP over TLS: by the server's certificates, none asked of clients, renewed",
  ignore: certificates === null,
  async fn() {
    const { dir, ca } = certificates!;
    const port = freePort();
    const etna = await start({
      "http-tls-port": port,
      "http-tokens": TOKEN,
      "tls-cert-file": `${dir}/server.crt`,
      "tls-key-file": `${dir}/server.key`,
      "tls-ca-cert-file": `${dir}/ca.crt`,
      bind: "127.0.0.1",
    });
    using client = Deno.createHttpClient({ caCerts: [ca] });
    assertEquals(await ping(`https://127.0.0.1:${port}`, client), "PONG");
    const list = await etna.call("CLIENT", "LIST") as string;
    assertMatch(list, new RegExp(`laddr=127.0.0.1:${port} .*cmd=ping user=default`));
    await etna.call("CONFIG", "SET", "tls-auth-clients", "no");
    assertEquals(await ping(`https://127.0.0.1:${port}`, client), "PONG");
    await etna.close();
  },
});

Deno.test({
  name: "HTTPS needs no authority, which a port for clients with certificates does",
  ignore: certificates === null,
  async fn() {
    const { dir, ca } = certificates!;
    const [port, tlsPort] = [freePort(), freePort()];
    const etna = await start({
      "http-tls-port": port,
      "http-tokens": TOKEN,
      "tls-cert-file": `${dir}/server.crt`,
      "tls-key-file": `${dir}/server.key`,
      bind: "127.0.0.1",
    });
    using client = Deno.createHttpClient({ caCerts: [ca] });
    assertEquals(await ping(`https://127.0.0.1:${port}`, client), "PONG");
    const set = (...words: string[]) => etna.call("CONFIG", "SET", ...words);
    await assertRejects(() => set("tls-port", `${tlsPort}`), Error, "Unable to listen");
    assertEquals(await ping(`https://127.0.0.1:${port}`, client), "PONG");
    await set("tls-ca-cert-file", `${dir}/ca.crt`);
    await set("tls-port", `${tlsPort}`);
    assertEquals(await ping(`https://127.0.0.1:${port}`, client), "PONG");
    await etna.close();
  },
});

Deno.test("CONFIG SET opens, moves and closes the port; wrong tokens are refused", async () => {
  const etna = await start({ bind: "127.0.0.1", port: 0 });
  const [one, other] = [freePort(), freePort()];
  const set = (...words: string[]) => etna.call("CONFIG", "SET", ...words);
  const opened = (port: number) => ping(`http://127.0.0.1:${port}`);
  await set("http-tokens", TOKEN, "http-port", `${one}`);
  assertEquals(await opened(one), "PONG");
  assertEquals(
    await etna.call("CONFIG", "GET", "http-tokens"),
    new Map([["http-tokens", `${TOKEN} default`]]),
  );
  await set("http-port", `${other}`);
  assertEquals(await opened(other), "PONG");
  // Whoever is connected stays; nobody comes any more.
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: one }));
  for (const wrong of ["short", "two words three", "token,comma"]) {
    await assertRejects(() => set("http-tokens", wrong), Error, "http-tokens");
  }
  await assertRejects(() => set("http-port", "65536"), Error, "http-port");
  using taken = Deno.listen({ hostname: "127.0.0.1", port: one });
  await assertRejects(() => set("http-port", `${one}`), Error, "Unable to listen on this port");
  assertEquals(await opened(other), "PONG");
  await set("http-port", "0");
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: other }));
  assert(taken.addr.port === one);
  await etna.close();
});

Deno.test("maxclients, timeout and protected mode", async () => {
  await using server = await startHttp();
  const { etna } = server;
  await etna.call("CONFIG", "SET", "maxclients", 2);
  using first = await RawHttp.connect(server.port);
  await first.write(`GET /ping HTTP/1.1\r\n${AUTH}\r\n`);
  assertMatch(await first.until(/PONG/), /200 OK/);
  using second = await RawHttp.connect(server.port);
  assertMatch(
    await second.rest(),
    /^HTTP\/1\.1 503 [^]*\{"error":"ERR max number of clients reached"\}$/,
  );
  await etna.call("CONFIG", "SET", "maxclients", 100);
  // One that begins a request and never ends it is idle all the same.
  using half = await RawHttp.connect(server.port);
  await half.write(`GET /ping HTTP/1.1\r\n${AUTH}`);
  await etna.call("CONFIG", "SET", "timeout", 1);
  assertEquals(await half.rest(), "");
  assertEquals(await first.rest(), "");
});

Deno.test("a request that does not come whole is answered 408 in the end", async () => {
  await using server = await startHttp({ clock: "manual" });
  const { etna } = server;
  using idle = await RawHttp.connect(server.port);
  await idle.write(`GET /ping HTTP/1.1\r\n${AUTH}\r\n`);
  assertMatch(await idle.until(/PONG/), /200 OK/);
  using body = await RawHttp.connect(server.port);
  await body.write(`POST / HTTP/1.1\r\n${AUTH}content-length: 1000\r\n\r\n["SET"`);
  using head = await RawHttp.connect(server.port);
  await head.write(`GET /ping HTTP/1.1\r\n${AUTH}`);
  let seconds = 0;
  const passed = async (connection: RawHttp) => {
    let text: string | null = null;
    const ended = connection.rest().then((rest) => text = rest);
    // That more comes, ever so slowly, does not help.
    await connection.write("x");
    for (; text === null; seconds += 10) {
      assert(seconds < 1000);
      await etna.advance(10_000);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assertMatch(await ended, /^HTTP\/1.1 408 Request Timeout\r\n/);
    return seconds;
  };
  assert(await passed(head) >= 60);
  assert(await passed(body) >= 300);
  await idle.write(`GET /ping HTTP/1.1\r\n${AUTH}\r\n`);
  assertMatch(await idle.until(/PONG/), /200 OK/);
});

Deno.test("CLIENT PAUSE, a full memory, a server that ends: each is answered", async () => {
  await using server = await startHttp();
  const { etna } = server;
  await etna.call("CLIENT", "PAUSE", 150, "WRITE");
  const held = server.post("/multi-exec", [["SET", "k", "v"], ["GET", "k"]]);
  assertEquals((await server.post("/", ["GET", "k"])).json, { result: null });
  assertEquals((await held).json, [{ result: "OK" }, { result: "v" }]);
  await etna.call("CONFIG", "SET", "maxmemory", 1);
  const full = await server.post("/", ["SET", "k", "w"]);
  assertMatch(full.json.error, /^OOM /);
  await etna.call("CONFIG", "SET", "maxmemory", 0);
  const waiting = server.post("/", ["BLPOP", "list", 0]).catch((error) => error);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await etna.close();
  assert(await waiting instanceof Error);
});

Deno.test("writes are acknowledged when they are on the disk", async () => {
  const dir = Deno.makeTempDirSync();
  const options = { appendonly: "yes", appendfsync: "always", dir };
  {
    await using server = await startHttp(options);
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => server.post("/", ["SET", `k${i}`, i])),
    );
    assert(answers.every(({ status }) => status === 200));
  }
  const etna = await start(options);
  assertEquals(await etna.call("DBSIZE"), 200);
  await etna.close();
  Deno.removeSync(dir, { recursive: true });
});
