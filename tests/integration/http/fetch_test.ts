/** The REST interface without a socket: `etna.fetch`, for whatever serves requests. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { Redis } from "@upstash/redis";
import { start } from "../../../mod.ts";
import { TOKEN } from "./support.ts";

function startWithoutPort() {
  return start({ "http-tokens": TOKEN, "http-max-body-size": 4096 });
}

function request(path: string, init: RequestInit = {}): Request {
  return new Request(`http://etna${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
  });
}

Deno.test("fetch answers as a port does", async () => {
  const etna = await startWithoutPort();
  const ask = async (path: string, init?: RequestInit) => {
    const response = await etna.fetch(request(path, init));
    return [response.status, await response.text()];
  };
  assertEquals(await ask("/set/k/%C3%A4?EX=10"), [200, '{"result":"OK"}']);
  assertEquals(await ask("/", { method: "POST", body: '["GET","k"]' }), [200, '{"result":"ä"}']);
  assertEquals(await ask("/get/k", { method: "HEAD" }), [200, ""]);
  assertEquals(await ask("/get/k", { headers: { authorization: "" } }), [
    401,
    '{"error":"WRONGPASS invalid or missing auth token"}',
  ]);
  assertEquals(await ask("/set/k", { method: "POST", body: "x".repeat(5000) }), [
    413,
    '{"error":"ERR the request\'s body is too large"}',
  ]);
  assertEquals(await ask("/ws"), [426, '{"error":"ERR a WebSocket is spoken here"}']);
  const many = await Promise.all(Array.from({ length: 200 }, () => ask("/incr/n")));
  assertEquals(new Set(many.map(([, text]) => text)).size, 200);
  await etna.close();
  assertEquals(await ask("/ping"), [503, '{"error":"ERR the server is closed"}']);
});

Deno.test("fetch: events go on until they are cancelled, waiting until it is aborted", async () => {
  const etna = await startWithoutPort();
  const response = await etna.fetch(request("/subscribe/a"));
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  assertEquals((await reader.read()).value, "data: subscribe,a,1\n\n");
  await etna.call("PUBLISH", "a", "x");
  assertEquals((await reader.read()).value, "data: message,a,x\n\n");
  await reader.cancel();
  while (await etna.call("PUBLISH", "a", "x") !== 0);
  const controller = new AbortController();
  const waiting = etna.fetch(request("/blpop/l/0", { signal: controller.signal }));
  while (!/blocked_clients:1/.test(await etna.call("INFO", "clients") as string));
  controller.abort();
  assertEquals((await waiting).status, 503);
  assertMatch(await etna.call("INFO", "clients") as string, /blocked_clients:0/);
  await etna.close();
});

Deno.test("fetch: mounted by Deno.serve it serves @upstash/redis", async () => {
  const etna = await startWithoutPort();
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    etna.fetch,
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const redis = new Redis({ url, token: TOKEN, enableTelemetry: false });
  assertEquals(await redis.set("k", { a: 1 }), "OK");
  assertEquals(await redis.get<unknown>("k"), { a: 1 });
  const list = await etna.call("CLIENT", "LIST") as string;
  assert(list.includes("addr=in-process:0"));
  await etna.close();
});
