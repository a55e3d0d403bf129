/**
 * A disk that is full, for real: whatever `always` has acknowledged before, one by one or in pipelines, is
 * there after a kill. Needs root, who may mount a small disk.
 */

import { assert, assertEquals } from "@std/assert";
import { ConnectionClosed, RespClient } from "../support/resp_client.ts";
import { type ServerHandle, startServer } from "../support/server_process.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const VALUE = "v".repeat(1000);

async function mount(...args: string[]): Promise<boolean> {
  const command = new Deno.Command(args[0], {
    args: args.slice(1),
    stdout: "null",
    stderr: "null",
  });
  return (await command.output().catch(() => ({ success: false }))).success;
}

async function startEtna(dir: string): Promise<ServerHandle> {
  return await startServer({
    name: "etna",
    command: Deno.execPath(),
    cwd: ROOT,
    args: (port) =>
      ["run", "-A", "mod.ts", "--port", `${port}`, "--dir", dir, "--save", ""].concat(
        ["--appendonly", "yes", "--appendfsync", "always"],
      ),
  });
}

/** Sets keys until one is refused. @returns keys acknowledged, and the refusal */
async function fill(server: ServerHandle, depth: number): Promise<[string[], string]> {
  const acknowledged: string[] = [];
  for (let at = 0;; at += depth) {
    // Whoever is closed comes again.
    using client = await RespClient.connect(server, 5000);
    try {
      for (;; at += depth) {
        const keys = Array.from({ length: depth }, (_, i) => `key:${at + i}`);
        const replies = await client.pipeline(keys.map((key) => ["SET", key, VALUE]));
        acknowledged.push(...keys.filter((_, i) => replies[i].raw === "+OK\r\n"));
        const refusal = replies.find(({ raw }) => raw !== "+OK\r\n");
        if (refusal !== undefined) return [acknowledged, refusal.raw];
      }
    } catch (error) {
      const isEnd = error instanceof ConnectionClosed ||
        error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
      if (!isEnd) throw error;
    }
  }
}

for (const depth of [1, 50]) {
  Deno.test({
    name: `always, a full disk: what was acknowledged is there after a kill, ${depth} at once`,
    ignore: Deno.build.os !== "linux" || Deno.uid() !== 0,
    fn: async () => {
      const dir = await Deno.makeTempDir({ prefix: "etna-full-" });
      try {
        // A container's root may not.
        if (!await mount("mount", "-t", "tmpfs", "-o", "size=3m", "none", dir)) return;
        let acknowledged: string[];
        {
          await using server = await startEtna(dir);
          using reader = await RespClient.connect(server, 5000);
          assertEquals((await reader.command("GET", "key:0")).raw, "$-1\r\n");
          const [keys, refusal] = await fill(server, depth);
          acknowledged = keys;
          assertEquals(
            refusal,
            "-MISCONF Errors writing to the AOF file: No space left on device\r\n",
          );
          assert(acknowledged.length > 2000, `${acknowledged.length} acknowledged`);
          // Whoever reads goes on.
          assertEquals((await reader.command("GET", "key:0")).raw, `$1000\r\n${VALUE}\r\n`);
          server.kill!();
        }
        assert(await mount("mount", "-o", "remount,size=16m", dir));
        await using again = await startEtna(dir);
        using client = await RespClient.connect(again, 5000);
        const lost: string[] = [];
        for (const key of acknowledged) {
          if ((await client.command("EXISTS", key)).raw !== ":1\r\n") lost.push(key);
        }
        assertEquals(lost, []);
        // And what it held back is not half there.
        assertEquals((await client.command("SET", "after", "1")).raw, "+OK\r\n");
      } finally {
        await mount("umount", dir);
        await Deno.remove(dir, { recursive: true });
      }
    },
  });
}
