/** What of a stream's consumers comes through files, replicas and payloads, and in which version of the format. */

import { assert, assertEquals } from "@std/assert";
import { MemoryDisk } from "../support/memory_disk.ts";
import { DiskServer } from "./rdb_support.ts";
import { settled } from "./snapshot_changes.ts";

const versionOf = (file: Uint8Array) => new TextDecoder().decode(file.subarray(5, 9));

/** A stream with a consumer who was active at one time and seen at a later one, and one who never was. */
async function fill(server: DiskServer): Promise<void> {
  await server.call("XADD", "s", "*", "f", "v");
  await server.call("XGROUP", "CREATE", "s", "g", "0");
  await server.call("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", ">");
  await server.call("XGROUP", "CREATECONSUMER", "s", "g", "idle");
  await new Promise((resolve) => setTimeout(resolve, 20));
  await server.call("XREADGROUP", "GROUP", "g", "alice", "STREAMS", "s", ">");
}

/** When consumers were seen and active, as far as that is told exactly. */
async function timesOf(server: DiskServer): Promise<unknown> {
  const full = await server.call("XINFO", "STREAM", "s", "FULL") as Map<
    string,
    Map<string, unknown>[]
  >;
  const consumers = full.get("groups")![0].get("consumers") as Map<string, unknown>[];
  return consumers.map((c) => [c.get("name"), c.get("seen-time"), c.get("active-time")]);
}

async function start(options: Record<string, string> = {}, disk = new MemoryDisk()) {
  return await DiskServer.start(disk, undefined, { options });
}

for (
  const [wanted, version, keeps] of [["auto", "0011", true], ["11", "0011", true], [
    "10",
    "0010",
    false,
  ]] as const
) {
  Deno.test(`rdb-version ${wanted}: consumers' active times are ${keeps ? "kept" : "left out"}`, async () => {
    await using server = await start({ "rdb-version": wanted });
    await fill(server);
    const times = await timesOf(server) as [string, number, number][];
    assert(times[0][1] > times[0][2] && times[1][2] === -1 || times[1][2] === null, `${times}`);
    await server.call("SAVE");
    assertEquals(versionOf(server.file), version);
    assertEquals(server.logged.some((line) => line.includes("is left out")), !keeps);
    assertEquals(await server.call("DEBUG", "RELOAD"), "OK");
    const lost = times.map(([name, seen]) => [name, seen, seen]);
    assertEquals(await timesOf(server), keeps ? times : lost);
    await server.call("CONFIG", "SET", "appendonly", "yes");
    await settled(server);
    assertEquals(versionOf(server.disk.files.get("appendonly.aof.1.base.rdb")!), version);
  });
}

Deno.test("a file without consumers is of the version that Redis 7.0 reads, whatever there was", async () => {
  await using server = await start();
  const saved = async () => (await server.call("SAVE"), versionOf(server.file));
  await fill(server);
  await server.call("COPY", "s", "copy");
  assertEquals(await saved(), "0011");
  await server.call("XGROUP", "DELCONSUMER", "s", "g", "alice");
  await server.call("XGROUP", "DESTROY", "s", "g");
  assertEquals(await saved(), "0011");
  await server.call("DEL", "copy");
  assertEquals(await saved(), "0010");
  await fill(server);
  await server.call("HSET", "h", "f", "v");
  await server.call("HEXPIRE", "h", "1000", "FIELDS", "1", "f");
  assertEquals(await saved(), "0012");
  await server.call("FLUSHALL");
  assertEquals(await saved(), "0010");
});

Deno.test("payloads are such that Redis 7.0 reads them, unless rdb-version is 11", async () => {
  await using server = await start();
  await fill(server);
  const times = await timesOf(server) as [string, number, number][];
  const dump = async () => await server.client.call(["DUMP", "s"], true) as Uint8Array;
  assertEquals((await dump())[0], 19);
  await server.call("CONFIG", "SET", "rdb-version", "11");
  const payload = await dump();
  assertEquals(payload[0], 21);
  await server.call("DEL", "s");
  assertEquals(await server.client.call(["RESTORE", "s", "0", payload], false), "OK");
  assertEquals(await timesOf(server), times);
});

Deno.test("a replica that says it is Etna gets consumers' active times", async () => {
  const { start } = await import("../../mod.ts");
  const primary = await start({ port: 0 });
  const replica = await start({ port: 0 });
  await primary.call("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM");
  await primary.call("XGROUP", "CREATECONSUMER", "s", "g", "idle");
  await replica.call("REPLICAOF", "127.0.0.1", `${primary.port}`);
  while (await replica.call("EXISTS", "s") === 0) await new Promise((done) => setTimeout(done, 20));
  const idle = [primary, replica].map((etna) => etna.call("XINFO", "CONSUMERS", "s", "g"));
  // Who was never active has no time of it: -1, which a file of version 10 would make the time it was seen.
  for (const reply of await Promise.all(idle)) {
    assertEquals((reply as Map<string, unknown>[])[0].get("inactive"), -1);
  }
  await replica.close();
  await primary.close();
});
