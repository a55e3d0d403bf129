/** A data set that is loaded beside the one that is served, and takes its place or goes. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { randomValues } from "../../server/commands/generic/dump_values_cases.ts";
import { MemorySink } from "../../server/env/sink.ts";
import { MemorySource, takeSteps } from "../../server/env/source.ts";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { writeDatabases } from "./writer.ts";

const seed = seedFromEnv("ETNA_SEED");

/** The bytes of a server's data set. */
function bytesOf({ running: { server } }: DiskServer): Uint8Array {
  const sink = new MemorySink();
  writeDatabases(server, sink, {
    redisVersion: "7.0.15",
    functions: server.scripting.functions.codes,
    replication: null,
  });
  return sink.bytes;
}

const library = (name: string) =>
  `#!lua name=${name}\nredis.register_function('${name}_f', function() return '${name}' end)`;

/** Stages a data set in slices, and looks at the one that is served in between. */
async function stage(server: DiskServer, bytes: Uint8Array, look: () => Promise<void>) {
  const { databases, snapshots } = server.running.server;
  assert(databases.stage());
  return await takeSteps(snapshots.store!.loadBeside(new MemorySource(bytes)), look);
}

for (const isIndexed of [false, true]) {
  const where = isIndexed ? "indexed by slot" : "alone";
  Deno.test(`a data set beside another one, ${where}, seed ${seed}`, async () => {
    const random = new SeededRandom(seed);
    await using source = await DiskServer.start();
    await using server = await DiskServer.start();
    const { databases, core, scripting } = server.running.server;
    const { x: there } = source.running.server.core;
    if (isIndexed) assert(there.slotsInit() && core.x.slotsInit());
    await source.fill(randomValues(random, 200));
    await source.call("FUNCTION", "LOAD", library("new"));
    await server.fill(randomValues(random, 100));
    await server.call("FUNCTION", "LOAD", library("old"));
    if (!isIndexed) await source.call("MOVE", String(await source.call("RANDOMKEY")), "3");
    const old = await server.digest();
    const used = core.usedBytes;
    // It goes as it came, whole or not.
    const bytes = bytesOf(source);
    for (const share of [1, 0.5, 0.001]) {
      const part = bytes.subarray(0, Math.ceil(bytes.length * share));
      const staging = stage(server, part, async () => assertEquals(await server.digest(), old));
      if (share === 1) await staging;
      else await assertRejects(() => staging, Error, "Unexpected EOF");
      databases.dropStaged();
      while (core.x.pendingFreeStep(10_000));
      server.running.server.lazyFree.run(1e9);
      assertEquals(await server.digest(), old);
      assertEquals(core.usedBytes, used);
    }
    // It takes the place of the old one.
    const loaded = await stage(server, bytes, async () => assertEquals(await server.digest(), old));
    assertEquals(await server.call("FCALL", "old_f", "0"), "old");
    databases.takeStaged();
    scripting.functions.flush();
    scripting.functions.replaceBy(loaded);
    assertEquals(await server.digest(), await source.digest());
    assertEquals(await server.call("FCALL", "new_f", "0"), "new");
    assertEquals(
      await server.call("FCALL", "old_f", "0").catch((error: Error) => error.message),
      "ERR Function not found",
    );
    if (!isIndexed) return;
    for (let slot = 0; slot < 16384; slot++) {
      assertEquals(core.x.slotKeys(0, slot), there.slotKeys(0, slot));
    }
  });
}
