/** The REST contract over a socket: paths, bodies, headers, statuses, and answers to the byte. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { RawHttp, READER, startHttp, TOKEN } from "./support.ts";

Deno.test("a command as a path, with parameters, with a body, as an array", async () => {
  await using server = await startHttp();
  const rows: [method: string, path: string, body: string | null, answer: string][] = [
    ["GET", "/set/foo/bar", null, '{"result":"OK"}'],
    ["GET", "/GET/foo", null, '{"result":"bar"}'],
    ["GET", `/get/foo?_token=${TOKEN}`, null, '{"result":"bar"}'],
    ["PUT", "/set/foo?EX=100&NX", "x", '{"result":null}'],
    ["POST", "/set/foo?EX=100", "a body\n", '{"result":"OK"}'],
    ["GET", "/ttl/foo", null, '{"result":100}'],
    ["GET", "/get/foo", null, '{"result":"a body\\n"}'],
    ["GET", "/set/a%20b%2Fc/%C3%A4+", null, '{"result":"OK"}'],
    ["POST", "/", '["GET","a b/c"]', '{"result":"ä+"}'],
    ["POST", "", '["SET","n",12345678901234567890123]', '{"result":"OK"}'],
    ["POST", "/", '["GET","n"]', '{"result":"12345678901234567890123"}'],
    ["POST", "/", '["MSET","f",1.5,"t",true]', '{"result":"OK"}'],
    ["POST", "/", '["MGET","f","t","none"]', '{"result":["1.5","true",null]}'],
    ["POST", "/hset/h/f1/v1/f2", "v2", '{"result":2}'],
    ["GET", "/hgetall/h", null, '{"result":["f1","v1","f2","v2"]}'],
    ["GET", "/zadd/z/1.5/m", null, '{"result":1}'],
    ["GET", "/zscore/z/m", null, '{"result":"1.5"}'],
    [
      "GET",
      "/eval/return%20%7B1,%7B'a',false%7D,redis.status_reply('S')%7D/0",
      null,
      '{"result":[1,["a",null],"S"]}',
    ],
    ["GET", "/incrby/big/9223372036854775807", null, '{"result":9223372036854775807}'],
  ];
  for (const [method, path, body, answer] of rows) {
    const response = await server.ask(path, { method, body });
    assertEquals(await response.text(), answer, `${method} ${path}`);
    assertEquals(response.status, 200, path);
    assertEquals(response.headers.get("content-type"), "application/json");
  }
});

Deno.test("what is wrong is said with 400, 401, 405 and an error", async () => {
  await using server = await startHttp();
  const wrong = "ERR wrong number of arguments for 'get' command";
  const unauthorized = '{"error":"WRONGPASS invalid or missing auth token"}';
  const rows: [method: string, path: string, body: string | null, status: number, text: string][] =
    [
      ["GET", "/get", null, 400, `{"error":"${wrong}"}`],
      [
        "GET",
        "/nosuch/a",
        null,
        400,
        `{"error":"ERR unknown command 'nosuch', with args beginning with: 'a' "}`,
      ],
      ["POST", "/", "{}", 400, '{"error":"ERR failed to parse command"}'],
      ["POST", "/", "[", 400, '{"error":"ERR failed to parse command"}'],
      ["POST", "/", "[]", 400, '{"error":"ERR empty command"}'],
      ["POST", "/", '["GET",null]', 400, '{"error":"ERR failed to parse command"}'],
      ["POST", "/", '["GET",["a"]]', 400, '{"error":"ERR failed to parse command"}'],
      ["POST", "/pipeline", '["GET","a"]', 400, '{"error":"ERR failed to parse pipeline request"}'],
      ["POST", "/pipeline", "[]", 400, '{"error":"ERR empty pipeline request"}'],
      ["DELETE", "/get/a", null, 405, '{"error":"ERR method DELETE is not allowed"}'],
      [
        "POST",
        "/",
        '["SUBSCRIBE","a"]',
        400,
        `{"error":"ERR Command is not available: 'SUBSCRIBE'"}`,
      ],
      [
        "GET",
        "/client/reply/off",
        null,
        400,
        `{"error":"ERR Command is not available: 'CLIENT|REPLY'"}`,
      ],
      ["GET", "/select/1", null, 400, `{"error":"ERR Command is not available: 'SELECT'"}`],
      ["GET", "/ws", null, 426, '{"error":"ERR a WebSocket is spoken here"}'],
    ];
  for (const [method, path, body, status, text] of rows) {
    const response = await server.ask(path, { method, body });
    assertEquals([await response.text(), response.status], [text, status], `${method} ${path}`);
  }
  for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${TOKEN}`]) {
    const response = await server.ask("/get/a", { headers: { authorization } });
    assertEquals([await response.text(), response.status], [unauthorized, 401], authorization);
  }
  const log = await server.etna.call("ACL", "LOG") as Map<string, unknown>[];
  assertEquals(log[0].get("reason"), "auth");
  assertEquals(log[0].get("object"), "HTTP");
});

Deno.test("a pipeline goes on behind an error, a transaction is whole or not at all", async () => {
  await using server = await startHttp();
  const wrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";
  const commands = [["SET", "a", 1], ["LPUSH", "a", 1], ["INCR", "a"], ["GET"]];
  assertEquals(await server.post("/pipeline", commands), {
    status: 200,
    json: [
      { result: "OK" },
      { error: wrongType },
      { result: 2 },
      { error: "ERR wrong number of arguments for 'get' command" },
    ],
  });
  assertEquals(await server.post("/multi-exec", commands), {
    status: 400,
    json: { error: "EXECABORT Transaction discarded because of previous errors." },
  });
  assertEquals(await server.etna.call("GET", "a"), "2");
  assertEquals(await server.post("/multi-exec", commands.slice(0, 3)), {
    status: 200,
    json: [{ result: "OK" }, { error: wrongType }, { result: 2 }],
  });
  // Nothing of a transaction is left on the connection.
  assertEquals(await server.post("/multi-exec", [["DISCARD"]]), {
    status: 400,
    json: { error: "ERR Command is not available: 'DISCARD'" },
  });
  assertEquals((await server.post("/", ["PING"])).json, { result: "PONG" });
});

Deno.test("strings as base64, replies as RESP2, heads without bodies", async () => {
  await using server = await startHttp();
  await server.etna.call("SET", "bytes", new Uint8Array([0, 255, 128, 10]));
  await server.etna.call("RPUSH", "list", "a", "OK", "ä");
  const headers = { "Upstash-Encoding": "base64" };
  assertEquals((await server.post("/", ["GET", "bytes"], headers)).json, { result: "AP+ACg==" });
  assertEquals((await server.post("/", ["GET", "bytes"])).json, { result: "\0\ufffd\ufffd\n" });
  assertEquals((await server.post("/", ["LRANGE", "list", 0, -1], headers)).json, {
    result: ["YQ==", "T0s=", "w6Q="],
  });
  const nested = "return {redis.status_reply('OK'), 1, {'b'}}";
  assertEquals((await server.post("/", ["EVAL", nested, 0], headers)).json, {
    result: ["T0s=", 1, ["Yg=="]],
  });
  assertEquals((await server.post("/", ["SET", "k", "v"], headers)).json, { result: "OK" });
  assertEquals((await server.post("/", ["INCR", "k"], headers)).json, {
    error: "ERR value is not an integer or out of range",
  });
  const resp = { "Upstash-Response-Format": "resp2" };
  const raw = async (path: string, body: unknown) => {
    const init = { method: "POST", body: JSON.stringify(body), headers: resp };
    return await (await server.ask(path, init)).text();
  };
  assertEquals(await raw("/", ["LRANGE", "list", 0, 0]), "*1\r\n$1\r\na\r\n");
  assertEquals(
    await raw("/pipeline", [["PING"], ["GET"]]),
    "*2\r\n+PONG\r\n-ERR wrong number of arguments for 'get' command\r\n",
  );
  assertEquals(await raw("/multi-exec", [["PING"], ["GET", "k"]]), "*2\r\n+PONG\r\n$1\r\nv\r\n");
  const head = await server.ask("/get/k", { method: "HEAD" });
  assertEquals([head.status, await head.text()], [200, ""]);
  assertEquals(head.headers.get("content-length"), `${'{"result":"v"}'.length}`);
});

Deno.test("a token is a user's: what that one may not do is refused, and logged", async () => {
  await using server = await startHttp();
  const headers = { authorization: `Bearer ${READER}` };
  const reads = async (...command: string[]) => (await server.post("/", command, headers)).json;
  assertEquals(await reads("GET", "k"), { result: null });
  for (const command of [["SET", "k", "v"], ["KEYS", "*"], ["SCAN", "0"]]) {
    const [name] = command;
    const { error } = await reads(...command);
    const words =
      `NOPERM User reader has no permissions to run the '${name.toLowerCase()}' command`;
    assertEquals(error, words);
  }
  // MULTI is none of its commands: nothing of a transaction runs.
  const refused = await server.post("/multi-exec", [["GET", "k"]], headers);
  assertEquals(refused.status, 400);
  assertMatch(refused.json.error, /^NOPERM/);
  const token = await server.etna.call("ACL", "RESTTOKEN", "reader", "pw");
  const own = { authorization: `Bearer ${token}` };
  assertEquals((await server.post("/", ["ACL", "WHOAMI"], own)).status, 400);
  assertEquals((await server.post("/", ["GET", "k"], own)).json, { result: null });
  await server.etna.call("ACL", "SETUSER", "reader", "resetpass", ">other");
  assertEquals((await server.post("/", ["GET", "k"], own)).status, 401);
  await server.etna.call("ACL", "DELUSER", "reader");
  assertEquals((await server.post("/", ["GET", "k"], headers)).status, 401);
  await server.etna.call("CONFIG", "SET", "http-tokens", `${READER} default`);
  assertEquals((await server.post("/", ["SET", "k", "v"], headers)).json, { result: "OK" });
  assertEquals((await server.post("/", ["PING"])).status, 401);
  // Who sees what others do sees no tokens, and no passwords that they are made of.
  await server.etna.call("CONFIG", "SET", "slowlog-log-slower-than", 0);
  await server.etna.call("CONFIG", "SET", "http-tokens", TOKEN);
  await server.etna.call("ACL", "SETUSER", "reader", ">pass-word");
  await server.etna.call("ACL", "RESTTOKEN", "reader", "pass-word");
  const slow = JSON.stringify(await server.etna.call("SLOWLOG", "GET", 10));
  assert(/RESTTOKEN/.test(slow) && !slow.includes("pass-word") && !slow.includes(TOKEN));
});

Deno.test("scripts of other sites may ask, and read the sync token", async () => {
  await using server = await startHttp();
  const origin = "https://example.com";
  const asked = await server.ask("/", {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization, upstash-sync-token",
    },
  });
  assertEquals([asked.status, await asked.text()], [204, ""]);
  const allowed = (name: string) => asked.headers.get(`access-control-allow-${name}`);
  assertEquals(allowed("origin"), "*");
  assertEquals(allowed("headers"), "authorization, upstash-sync-token");
  assertEquals(allowed("methods"), "GET, POST, PUT, HEAD");
  const answer = await server.ask("/ping", { headers: { origin } });
  assertEquals(await answer.text(), '{"result":"PONG"}');
  assertEquals(answer.headers.get("access-control-expose-headers"), "upstash-sync-token");
  assertMatch(answer.headers.get("upstash-sync-token")!, /^[0-9a-f]{40}:\d+$/);
});

Deno.test("requests in one stretch, in pieces, in chunks; and what is none", async () => {
  await using server = await startHttp();
  const auth = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  {
    using raw = await RawHttp.connect(server.port);
    await raw.write(
      `GET /set/k/v HTTP/1.1\r\n${auth}\r\nGET /get/k HTTP/1.1\r\n${auth}` +
        `Connection: close\r\n\r\nGET /set/k/other HTTP/1.1\r\n${auth}\r\n`,
    );
    const text = await raw.rest();
    assertEquals(text.match(/\{"result":"[A-Za-z]+"\}/g), ['{"result":"OK"}', '{"result":"v"}']);
    assertEquals(await server.etna.call("GET", "k"), "v");
  }
  {
    using raw = await RawHttp.connect(server.port);
    const request = `POST /set/k HTTP/1.1\r\n${auth}Transfer-Encoding: chunked\r\n\r\n` +
      "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n";
    for (const c of request) await raw.write(c);
    assertMatch(await raw.until(/\}$/), /\{"result":"OK"\}$/);
    assertEquals(await server.etna.call("GET", "k"), "abcde");
    await raw.write(
      `POST /set/k HTTP/1.1\r\n${auth}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n`,
    );
    assertEquals(await raw.until(/\r\n\r\n/), "HTTP/1.1 100 Continue\r\n\r\n");
    await raw.write("ok");
    assertMatch(await raw.until(/\}$/), /\{"result":"OK"\}$/);
  }
  const bad: [request: string, status: number][] = [
    ["PING\r\n\r\n", 400],
    ["*1\r\n$4\r\nPING\r\n\r\n\r\n", 400],
    [`GET / HTTP/2.0\r\n${auth}\r\n`, 505],
    [`GET /get/k HTTP/1.1\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`, 400],
    [`POST / HTTP/1.1\r\n${auth}Content-Length: 1\r\nContent-Length: 2\r\n\r\n`, 400],
    [`POST / HTTP/1.1\r\n${auth}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, 400],
    [`POST / HTTP/1.1\r\n${auth}Content-Length: -1\r\n\r\n`, 400],
    [`POST / HTTP/1.1\r\n${auth}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 400],
    [`POST / HTTP/1.1\r\n${auth}Transfer-Encoding: gzip\r\n\r\n`, 501],
    [`GET /get/k HTTP/1.1\r\n${auth}X : y\r\n\r\n`, 400],
    [`GET /get/k HTTP/1.1\r\n${auth}X: y\r\n z\r\n\r\n`, 400],
    [`GET /get/k HTTP/1.1\r\n${auth}X: ${"y".repeat(17000)}\r\n\r\n`, 431],
    [`POST / HTTP/1.1\r\n${auth}Content-Length: 100000000\r\n\r\n`, 413],
    // Who is not let in need not send a body, however long it is said to be.
    ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", 401],
  ];
  for (const [request, status] of bad) {
    using raw = await RawHttp.connect(server.port);
    await raw.write(request);
    const text = await raw.rest();
    assertMatch(
      text,
      new RegExp(`^HTTP/1.1 ${status} [^]*connection: close[^]*\\{"error":"`),
      request,
    );
  }
  assertEquals(await server.etna.call("GET", "k"), "ok");
});

Deno.test("its clients are clients: in CLIENT LIST, MONITOR, SLOWLOG, killed as others", async () => {
  await using server = await startHttp();
  using raw = await RawHttp.connect(server.port);
  const auth = `Host: x\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  await raw.write(`GET /client/list HTTP/1.1\r\n${auth}\r\n`);
  const list = JSON.parse((await raw.until(/\}$/)).split("\r\n\r\n")[1]).result as string;
  const { port } = raw.socket.localAddr as Deno.NetAddr;
  assertMatch(
    list,
    new RegExp(`addr=127.0.0.1:${port} laddr=127.0.0.1:${server.port} .*cmd=client\\|list`),
  );
  await server.etna.call("CONFIG", "SET", "slowlog-log-slower-than", 0);
  await server.post("/", ["SET", "slow", "v"]);
  const slow = await server.etna.call("SLOWLOG", "GET", 10) as unknown[][];
  assert(slow.some((entry) => `${entry[3]}` === "SET,slow,v" && `${entry[4]}`.startsWith("127.")));
  const id = /id=(\d+) addr=[^ ]*:PORT /.source.replace("PORT", `${port}`);
  assertEquals(await server.etna.call("CLIENT", "KILL", "ID", new RegExp(id).exec(list)![1]), 1);
  assertEquals(await raw.rest(), "");
});
