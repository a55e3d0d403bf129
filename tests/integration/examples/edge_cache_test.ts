/**
 * A cache near its users: three processes, a primary and two replicas of it elsewhere, each with HTTP in front.
 *
 * Whoever runs at an edge asks the replica there, which answers what it has at once. What is written goes by it to the
 * primary, and from there to all. The answer to a write carries a token of how far the data were then; the client shows
 * it with what it reads next, and a replica that has not got so far waits. So everybody sees what he has written,
 * wherever he asks, and others see it a moment later. The same by hand:
 *
 *     deno task start --port 6379 --repl-diskless-sync-delay 0
 *     deno task start --port 6380 --replicaof "127.0.0.1 6379" --http-port 8080 \
 *       --http-tokens some-long-secret default --http-forward-writes yes
 *     curl -H "Authorization: Bearer some-long-secret" http://127.0.0.1:8080/set/greeting/hello
 */

import { assertEquals } from "@std/assert";
import { Redis } from "@upstash/redis";
import { Node, until } from "../../support/nodes.ts";
import { freePort } from "../../support/ports.ts";

const TOKEN = "some-long-secret";

/** A replica of the primary, and where it is asked. */
async function startEdge(primary: Node): Promise<{ node: Node; url: string }> {
  const port = freePort();
  const http = ["--http-port", `${port}`, "--http-tokens", TOKEN, "default"];
  const node = await Node.start("etna", ...http, "--http-forward-writes", "yes");
  await node.follow(primary);
  await until(async () => await node.row("master_link_status") === "up", "the edge to follow");
  return { node, url: `http://127.0.0.1:${port}` };
}

/** Pages that are made once, and read wherever somebody is. */
class PageCache {
  made = 0;
  constructor(readonly redis: Redis) {}

  async get(path: string): Promise<string> {
    const kept = await this.redis.get<string>(`page:${path}`);
    if (kept !== null) return kept;
    const page = `<h1>${path}</h1> made ${++this.made} times here`;
    await this.redis.set(`page:${path}`, page, { ex: 60 });
    return page;
  }
}

Deno.test("edge cache: what is written at one edge is read at all of them", async () => {
  await using primary = await Node.start("etna");
  const { node: paris, url: parisUrl } = await startEdge(primary);
  const { node: tokyo, url: tokyoUrl } = await startEdge(primary);
  await using _stopsParis = paris;
  await using _stopsTokyo = tokyo;
  const client = (url: string) => new Redis({ url, token: TOKEN, enableTelemetry: false });

  const visitor = client(parisUrl);
  const cache = new PageCache(visitor);
  assertEquals(await cache.get("/home"), "<h1>/home</h1> made 1 times here");
  // He has written it by way of the primary, and finds it in Paris at once.
  assertEquals(await cache.get("/home"), "<h1>/home</h1> made 1 times here");
  assertEquals(cache.made, 1);

  const elsewhere = new PageCache(client(tokyoUrl));
  await tokyo.equals(primary);
  assertEquals(await elsewhere.get("/home"), "<h1>/home</h1> made 1 times here");
  assertEquals(elsewhere.made, 0);

  // A visitor who moves on takes his token along: a counter never goes back.
  let token = "";
  const ask = async (url: string, path: string) => {
    const headers = { authorization: `Bearer ${TOKEN}`, "upstash-sync-token": token };
    const response = await fetch(url + path, { headers });
    token = response.headers.get("upstash-sync-token") ?? "";
    return (await response.json()).result;
  };
  for (let visits = 1; visits <= 20; visits++) {
    assertEquals(await ask(visits % 2 === 0 ? parisUrl : tokyoUrl, "/incr/visits"), visits);
    assertEquals(await ask(visits % 2 === 0 ? tokyoUrl : parisUrl, "/get/visits"), `${visits}`);
  }
});
