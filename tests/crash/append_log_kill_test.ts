/**
 * A server that is killed in the middle of writing. With `always` whatever it has acknowledged is there when
 * it starts again; with `everysec` what is there is what had been written by some moment (two seconds ago at
 * most: so long writes wait for a sync). Real Redis finds the same in its files. ETNA_SEED repeats a run.
 */

import { assert, assertEquals } from "@std/assert";
import { findOracle } from "../support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../support/random.ts";
import { ConnectionClosed, RespClient } from "../support/resp_client.ts";
import { type ServerHandle, startServer } from "../support/server_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const WRITERS = 4;
/** Writes under way at once on a connection. */
const DEPTH = 8;

async function startEtna(dir: string, fsync: string): Promise<ServerHandle> {
  return await startServer({
    name: "etna",
    command: Deno.execPath(),
    cwd: ROOT,
    args: (port) =>
      ["run", "-A", "mod.ts", "--port", `${port}`, "--dir", dir, "--save", ""].concat(
        ["--appendonly", "yes", "--appendfsync", fsync, "--enable-debug-command", "yes"],
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
async function write(server: ServerHandle, writer: number): Promise<number> {
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
    }
  } catch (error) {
    const isEnd = error instanceof ConnectionClosed ||
      error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionRefused;
    if (!isEnd) throw error;
    return acknowledged;
  }
}

/** Rewrites the files, again and again, until the server is gone. */
async function rewriteAgain(server: ServerHandle): Promise<void> {
  try {
    using client = await RespClient.connect(server, 5000);
    for (;;) {
      await client.command("BGREWRITEAOF");
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

const seed = seedFromEnv("ETNA_SEED");
const random = new SeededRandom(seed);

for (const fsync of ["everysec", "always"]) {
  Deno.test({
    name: `killed while it writes, appendfsync ${fsync} / seed ${seed}`,
    ignore: findOracle() === undefined,
    fn: async () => {
      const dir = await Deno.makeTempDir({ prefix: "etna-crash-" });
      try {
        const server = await startEtna(dir, fsync);
        const writers = Array.from({ length: WRITERS }, (_, writer) => write(server, writer));
        const rewriting = rewriteAgain(server);
        await new Promise((resolve) => setTimeout(resolve, random.between(200, 1200)));
        server.kill!();
        await rewriting;
        const acknowledged = await Promise.all(writers);
        await server[Symbol.asyncDispose]();
        assert(acknowledged.some((count) => count > 0));
        if (fsync === "everysec") acknowledged.fill(0);
        let digest: string;
        {
          await using again = await startEtna(dir, fsync);
          digest = await check(again, acknowledged);
          await assertTidy(`${dir}/appendonlydir`);
        }
        await using redis = await startRedis(dir);
        assertEquals(await check(redis, acknowledged), digest);
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}
