/** The backlog against a naive model. */

import { assert, assertEquals } from "@std/assert";
import { loadCore } from "../../core-as/host/core.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { Backlog } from "./backlog.ts";

const seed = seedFromEnv("ETNA_SEED");

Deno.test(`the backlog holds the newest bytes, however it wraps and is resized, seed ${seed}`, async () => {
  const random = new SeededRandom(seed);
  const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 64 << 20 });
  const backlog = new Backlog(core);
  const before = core.usedBytes;
  const source = core.x.allocate(1000);
  let all: number[] = [];
  let kept = 0;
  assert(!backlog.active && backlog.open(100));
  for (let step = 0; step < 20_000; step++) {
    if (random.chance(0.02)) {
      const bytes = random.between(1, 300);
      assert(backlog.open(bytes));
      kept = Math.min(kept, bytes);
    } else if (random.chance(0.005)) {
      backlog.clear();
      kept = 0;
    } else {
      const len = random.chance(0.1) ? random.below(1000) : random.below(40);
      for (let i = 0; i < len; i++) core.u8[source + i] = random.below(256);
      all.push(...core.u8.subarray(source, source + len));
      all = all.slice(-300);
      backlog.put(source, len);
      kept = Math.min(kept + len, backlog.bytes);
    }
    assertEquals(backlog.length, kept, `step ${step}`);
    const wanted = random.between(0, kept);
    const got: number[] = [];
    let pieces = 0;
    backlog.pieces(wanted, (ptr, len) => {
      pieces++;
      assert(len !== 0);
      got.push(...core.u8.subarray(ptr, ptr + len));
    });
    assert(pieces <= 2);
    assertEquals(got, wanted === 0 ? [] : all.slice(-wanted), `step ${step}`);
  }
  backlog.close();
  core.x.free(source);
  assertEquals([backlog.active, core.usedBytes], [false, before]);
});

Deno.test("a backlog that memory is out for is as it was", async () => {
  const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 64 << 20 });
  const backlog = new Backlog(core);
  assert(!backlog.open(2 ** 31));
  assert(!backlog.active);
  assert(backlog.open(1000));
  assert(!backlog.open(2 ** 31));
  assertEquals(backlog.bytes, 1000);
});
