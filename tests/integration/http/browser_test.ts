/** A real browser as a client: RESP3 over a WebSocket, and the REST interface from another origin. */

import { assertEquals } from "@std/assert";
import { freePort } from "../../support/ports.ts";
import { startHttp, TOKEN } from "./support.ts";

/** `ETNA_CHROMIUM` is the path of one that is on no PATH. */
const CHROMIUM = Deno.env.get("ETNA_CHROMIUM") ?? "chromium";

async function hasChromium(): Promise<boolean> {
  try {
    return (await new Deno.Command(CHROMIUM, { args: ["--version"], stderr: "null" }).output())
      .success;
  } catch {
    return false;
  }
}

/** What the page does: it asks the server at `url`, and tells where it came from what it was answered. */
async function page(url: string, token: string): Promise<void> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws?_token=${token}`);
  socket.binaryType = "arraybuffer";
  let text = "";
  socket.onmessage = ({ data }) => {
    text += typeof data === "string" ? data : new TextDecoder().decode(data);
  };
  const until = async (wanted: string) => {
    for (let tries = 0; !text.includes(wanted); tries++) {
      if (tries > 5000) throw new Error(`${wanted} was waited for, and came: ${text}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const seen = text;
    text = "";
    return seen;
  };
  const said: unknown[] = [];
  try {
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("the WebSocket was refused"));
    });
    const bytes = new TextEncoder().encode("HSET h f ä\r\nHGETALL h\r\n");
    socket.send(bytes);
    said.push(await until("%1\r\n$1\r\nf\r\n$2\r\nä\r\n"));
    socket.send("SUBSCRIBE news\r\n");
    said.push(await until("news\r\n:1\r\n"));
    const post = async (path: string, command: unknown, key = token) => {
      const headers = { "authorization": `Bearer ${key}`, "content-type": "application/json" };
      const body = JSON.stringify(command);
      const response = await fetch(url + path, { method: "POST", headers, body });
      const sync = response.headers.get("upstash-sync-token") !== null;
      return [response.status, await response.json(), sync];
    };
    said.push(await post("/", ["PUBLISH", "news", "hello"]));
    said.push(await until("$5\r\nhello\r\n"));
    said.push(await post("/pipeline", [["HGET", "h", "f"], ["HGET", "h"]]));
    said.push((await post("/", ["PING"], "of-nobody-at-all"))[0]);
    const large = "x".repeat(1_000_000);
    socket.send(`*3\r\n$3\r\nSET\r\n$5\r\nlarge\r\n$1000000\r\n${large}\r\n`);
    said.push(await until("+OK\r\n"));
    const closed = new Promise<number>((resolve) => socket.onclose = ({ code }) => resolve(code));
    socket.send("QUIT\r\n");
    said.push(await closed);
  } catch (error) {
    said.push(String(error));
  }
  await fetch("/said", { method: "POST", body: JSON.stringify(said) });
}

Deno.test({
  name: "a page speaks RESP3 over a WebSocket, and JSON over fetch",
  ignore: !await hasChromium(),
  async fn() {
    await using server = await startHttp();
    const said = Promise.withResolvers<unknown[]>();
    const html = `<!doctype html><title>Etna</title><script type="module">
await (${page})(${JSON.stringify(server.url)}, ${JSON.stringify(TOKEN)});</script>`;
    const port = freePort();
    await using _pages = Deno.serve(
      { port, hostname: "127.0.0.1", onListen() {} },
      async (request) => {
        if (new URL(request.url).pathname === "/said") {
          said.resolve(await request.json());
          return new Response();
        }
        return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
      },
    );
    const profile = await Deno.makeTempDir({ prefix: "etna-browser-" });
    const browser = new Deno.Command(CHROMIUM, {
      // deno-fmt-ignore
      args: [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
        `--user-data-dir=${profile}`, `http://127.0.0.1:${port}/`,
      ],
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      const given = await Promise.race([
        said.promise,
        browser.status.then(({ code }) => [`the browser ended with ${code}`]),
      ]);
      assertEquals(given, [
        ":1\r\n%1\r\n$1\r\nf\r\n$2\r\nä\r\n",
        ">3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n",
        [200, { result: 1 }, true],
        ">3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n",
        [200, [{ result: "ä" }, {
          error: "ERR wrong number of arguments for 'hget' command",
        }], true],
        401,
        "+OK\r\n",
        1000,
      ]);
    } finally {
      browser.kill("SIGKILL");
      await browser.status;
      await Deno.remove(profile, { recursive: true }).catch(() => {}); // its children end after it
    }
  },
});
