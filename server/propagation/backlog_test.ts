/** The backlog against a naive model. */

import { assert, assertEquals } from "@std/assert";
import { loadCore } from "../../core-as/host/sources.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { Backlog, BLOCK_BYTES } from "./backlog.ts";

const seed = seedFromEnv("ETNA_SEED");
const MOST = BLOCK_BYTES * 6;

Deno.test(`the backlog holds the newest bytes, and more while they are wanted, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 64 << 20 });
  const backlog = new Backlog(core);
  const before = core.usedBytes;
  const source = core.x.allocate(BLOCK_BYTES * 2);
  let all = new Uint8Array();
  let wanted = 0;
  // Since the last time it forgot all; and the smallest that it was told to keep since then.
  let added = 0;
  let least = 100;
  assert(!backlog.active);
  backlog.open(100);
  for (let step = 0; step < 2000; step++) {
    if (random.chance(0.02)) {
      backlog.open(random.between(1, MOST));
      least = Math.min(least, backlog.bytes);
    } else if (random.chance(0.005)) {
      backlog.clear();
      all = new Uint8Array();
      added = wanted = 0;
      least = backlog.bytes;
    } else {
      const len = random.below(random.chance(0.1) ? BLOCK_BYTES * 2 : 2000);
      for (let i = 0; i < len; i++) core.u8[source + i] = (i * 7 + step) & 255;
      const grown = new Uint8Array(all.length + len);
      grown.set(all);
      grown.set(core.u8.subarray(source, source + len), all.length);
      all = grown.slice(-MOST * 3);
      assert(backlog.put(source, len));
      added += len;
      if (random.chance(0.1)) wanted = random.below(Math.min(MOST * 2, backlog.length + 1));
      backlog.trim(wanted);
      assert(backlog.length >= Math.min(added, Math.max(least, wanted)), `step ${step}`);
      assert(backlog.length <= Math.max(backlog.bytes, wanted) + BLOCK_BYTES * 2, `step ${step}`);
    }
    const newest = random.between(0, Math.min(backlog.length, all.length));
    const got = new Uint8Array(newest);
    let filled = 0;
    backlog.pieces(newest, (ptr, len) => {
      assert(len !== 0);
      got.set(core.u8.subarray(ptr, ptr + len), filled);
      filled += len;
    });
    assertEquals(filled, newest);
    assertEquals(got, all.slice(all.length - newest), `step ${step}`);
  }
  backlog.close();
  core.x.free(source);
  assertEquals([backlog.active, core.usedBytes], [false, before]);
});

Deno.test("a backlog that memory is out for holds nothing", async () => {
  const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 64 << 20 });
  const backlog = new Backlog(core);
  backlog.open(2 ** 30);
  const source = core.x.allocate(1 << 20);
  while (backlog.put(source, 1 << 20));
  assertEquals([backlog.length, backlog.heldBytes], [0, 0]);
  assert(backlog.put(source, 10));
});
