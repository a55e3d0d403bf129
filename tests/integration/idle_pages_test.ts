/** Memory goes back to the system by itself. */

import { assert, assertEquals } from "@std/assert";
import { startSubject } from "../support/subject.ts";
import { RespClient } from "../support/resp_client.ts";

const MIB = 2 ** 20;

async function residentBytes(client: RespClient): Promise<number> {
  const { raw } = await client.command("INFO", "memory");
  return Number(/used_memory_rss:(\d+)/.exec(raw)![1]);
}

/** Waits until less than so much is resident. @returns what is, at last */
async function settled(client: RespClient, bytes: number): Promise<number> {
  let resident = 0;
  for (let waits = 0; waits < 100; waits++) {
    resident = await residentBytes(client);
    if (resident < bytes) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return resident;
}

Deno.test("what is free for a second goes back to the system", async () => {
  await using server = await startSubject();
  using client = await RespClient.connect(server, 60_000);
  const before = await residentBytes(client);
  const filled = async () => {
    await client.command("DEBUG", "POPULATE", "300000", "key", "1000");
    assert(await residentBytes(client) > before + 250 * MIB);
  };
  await filled();
  assertEquals((await client.command("FLUSHALL")).raw, "+OK\r\n");
  assert(await settled(client, before + 64 * MIB) < before + 64 * MIB, "after FLUSHALL");
  await filled();
  assertEquals((await client.command("FLUSHALL", "ASYNC")).raw, "+OK\r\n");
  assert(await settled(client, before + 64 * MIB) < before + 64 * MIB, "after FLUSHALL ASYNC");
  await client.command("SET", "k", "v".repeat(10_000));
  const gets = Array.from({ length: 10_000 }, () => ["GET", "k"]);
  await client.pipeline(gets);
  assert(await settled(client, before + 64 * MIB) < before + 64 * MIB, "after a large pipeline");
});
