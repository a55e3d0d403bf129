/** What a server has on disk when it ends, well or badly, and when it starts again. */

import { assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const root = new URL("../../", import.meta.url).pathname;

interface Program {
  child: Deno.ChildProcess;
  client: RespClient;
}

async function start(dir: string): Promise<Program> {
  const port = freePort();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ..."run -A --no-check mod.ts --save".split(" "),
      "3600 1",
      "--dir",
      dir,
      "--port",
      `${port}`,
    ],
    cwd: root,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  for (let tries = 0; tries < 2400; tries++) {
    const client = await RespClient.connect({ host: "127.0.0.1", port }, 20_000).catch(() => null);
    if (client !== null) return { child, client };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("the server does not start");
}

const text = async (client: RespClient, ...words: string[]) =>
  textOf((await client.command(...words)).reply);

async function stop({ child, client }: Program, signal: Deno.Signal): Promise<number> {
  client[Symbol.dispose]();
  child.kill(signal);
  return (await child.status).code;
}

Deno.test("restart: saved at the end, loaded at the start; killed in a snapshot, the old one stands", async () => {
  const dir = await Deno.makeTempDir();
  let program = await start(dir);
  await text(program.client, "SET", "k", "first");
  assertEquals(await stop(program, "SIGTERM"), 0);
  program = await start(dir);
  assertEquals(await text(program.client, "GET", "k"), "first");
  await text(program.client, "SET", "k", "second");
  const bulk = Array.from({ length: 40 }, (_, i) => ["SET", `b${i}`, `${i}`.repeat(400_000)]);
  await program.client.pipeline(bulk);
  assertMatch(await text(program.client, "BGSAVE"), /started/);
  await stop(program, "SIGKILL");
  program = await start(dir);
  assertMatch(await text(program.client, "GET", "k"), /^(first|second)$/);
  await text(program.client, "FLUSHALL");
  await text(program.client, "SET", "k", "third");
  await program.client.sendRaw("*2\r\n$8\r\nSHUTDOWN\r\n$6\r\nNOSAVE\r\n");
  assertEquals((await program.child.status).code, 0);
  program.client[Symbol.dispose]();
  program = await start(dir);
  // FLUSHALL has saved that there is nothing.
  assertEquals(await text(program.client, "DBSIZE"), "0");
  await stop(program, "SIGKILL");
  await Deno.remove(dir, { recursive: true });
});
