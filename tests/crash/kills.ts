/**
 * A server that is killed in the middle of writing, of rewriting, of saving and of loading. With `always` whatever it has acknowledged is there when
 * it starts again; with `everysec` what is there is what had been written by some moment (two seconds ago at
 * most: so long writes wait for a sync). Real Redis finds the same in its files.
 */

import { assert, assertEquals } from "@std/assert";
import type { SeededRandom } from "../support/random.ts";
import { ConnectionClosed, RespClient } from "../support/resp_client.ts";
import { type ServerHandle, startServer } from "../support/server_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WRITERS = 4;
/** Writes under way at once on a connection. */
const DEPTH = 8;

export type Policy = "always" | "everysec" | "no";

async function startEtna(dir: string, fsync: Policy): Promise<ServerHandle> {
  return await startServer({
    name: "etna",
    command: Deno.execPath(),
    cwd: ROOT,
    args: (port) =>
      ["run", "-A", "mod.ts", "--port", `${port}`, "--dir", dir, "--save", ""].concat(
        ["--appendonly", "yes", "--appendfsync", fsync, "--enable-debug-command", "yes"],
        ["--warm-restart", "yes"],
      ),
  });
}

async function startRedis(dir: string): Promise<ServerHandle> {
  return await startServer({
    name: "redis-server",
    command: "redis-server",
    args: (port) =>
      ["--port", `${port}`, "--dir", dir, "--save", "", "--appendonly", "yes"].concat(
        ["--enable-debug-command", "yes"],
      ),
  });
}

/** Writes until the server is gone. @returns how many writes were acknowledged */
async function write(
  server: ServerHandle,
  writer: number,
  onFirst: () => void,
): Promise<number> {
  let acknowledged = 0;
  try {
    using client = await RespClient.connect(server, 5000);
    for (;;) {
      // One transaction among them: all of it is there, or nothing.
      await client.pipeline(
        Array.from({ length: DEPTH }, (_, i) => ["RPUSH", `list:${writer}`, `${acknowledged + i}`]),
      );
      await client.pipeline([
        ["MULTI"],
        ["INCR", `a:${writer}`],
        ["INCR", `b:${writer}`],
        ["EXEC"],
      ]);
      acknowledged += DEPTH;
      onFirst();
    }
  } catch (error) {
    const isEnd = error instanceof ConnectionClosed ||
      error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionRefused;
    if (!isEnd) throw error;
    return acknowledged;
  }
}

/** Rewrites the files and saves snapshots, again and again, until the server is gone. */
async function rewriteAgain(server: ServerHandle, random: SeededRandom): Promise<void> {
  try {
    using client = await RespClient.connect(server, 5000);
    for (;;) {
      await client.command(random.chance(0.7) ? "BGREWRITEAOF" : "BGSAVE");
      await new Promise((resolve) => setTimeout(resolve, random.between(10, 200)));
    }
  } catch { /* it is gone */ }
}

async function ask(client: RespClient, ...words: string[]): Promise<string> {
  return (await client.command(...words)).raw;
}

/** @param acknowledged how much must be there, for each writer */
async function check(server: ServerHandle, acknowledged: readonly number[]): Promise<string> {
  using client = await RespClient.connect(server, 5000);
  for (const [writer, count] of acknowledged.entries()) {
    const length = Number((await ask(client, "LLEN", `list:${writer}`)).slice(1));
    assert(length >= count, `list:${writer} has ${length} of ${count} acknowledged elements`);
    const last = await ask(client, "LINDEX", `list:${writer}`, "-1");
    if (length > 0) assertEquals(last.split("\r\n")[1], `${length - 1}`);
    assertEquals(await ask(client, "GET", `a:${writer}`), await ask(client, "GET", `b:${writer}`));
  }
  return await ask(client, "DEBUG", "DIGEST");
}

/** Nothing is in the directory that its manifest does not know: rewrites that were killed have left nothing. */
async function assertTidy(directory: string): Promise<void> {
  const manifest = await Deno.readTextFile(`${directory}/appendonly.aof.manifest`);
  const known = manifest.trim().split("\n").map((line) => line.split(" ")[1]);
  const names = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
  assertEquals(names.sort(), [...known, "appendonly.aof.manifest"].sort());
}

/**
 * Writes, kills, kills again while that is loaded, and looks at what is there.
 *
 * @param ended whether the server has ended in order once before, and begins with an image of its memory
 * @param compares whether real Redis looks at the files, too @throws Error where something is missing
 */
export async function killOnce(
  fsync: Policy,
  random: SeededRandom,
  { ended = false, compares = true } = {},
): Promise<void> {
  const dir = await Deno.makeTempDir({ prefix: "etna-crash-" });
  try {
    if (ended) {
      await using before = await startEtna(dir, fsync);
      using client = await RespClient.connect(before, 5000);
      await client.command("SET", "before", "there");
      await client.sendRaw("SHUTDOWN\r\n");
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const server = await startEtna(dir, fsync);
    const first = Promise.withResolvers<void>();
    const writers = Array.from({ length: WRITERS }, (_, i) => write(server, i, first.resolve));
    const rewriting = rewriteAgain(server, random);
    // A busy machine may take its time to acknowledge anything.
    await Promise.race([first.promise, Promise.all(writers)]);
    await new Promise((resolve) => setTimeout(resolve, random.between(200, 1200)));
    server.kill!();
    await rewriting;
    const acknowledged = await Promise.all(writers);
    await server[Symbol.asyncDispose]();
    assert(acknowledged.some((count) => count > 0), "nothing was acknowledged");
    // A process that is killed loses nothing that the system has; with these two, what waited to be written.
    if (fsync !== "always") acknowledged.fill(0);
    if (random.chance(0.3)) {
      const loading = await startEtna(dir, fsync);
      loading.kill!();
      await loading[Symbol.asyncDispose]();
    }
    let digest: string;
    {
      await using again = await startEtna(dir, fsync);
      digest = await check(again, acknowledged);
      if (ended) {
        using client = await RespClient.connect(again, 5000);
        assertEquals(await ask(client, "GET", "before"), "$5\r\nthere\r\n");
      }
      await assertTidy(`${dir}/appendonlydir`);
    }
    if (!compares) return;
    await using redis = await startRedis(dir);
    assertEquals(await check(redis, acknowledged), digest);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}
