/** What is done to much of a large collection at once: runs that go, and what waits to be freed. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random, scaled } from "./testing.ts";

/** Bulks of a reply, in the order in which they come. */
function bulks(reply: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < reply.length;) {
    const end = reply.indexOf("\r\n", at);
    const isBulk = reply[at] === "$";
    const length = Number(reply.slice(at + 1, end));
    at = end + 2;
    if (!isBulk) continue;
    values.push(reply.slice(at, at + length));
    at += length + 2;
  }
  return values;
}

const BATCH = 500;

/** Keys "z" and "s" of a core whose sets are tables and trees from the first member on. */
class LargeRig {
  private constructor(readonly rig: CommandRig) {
    const { at, u32 } = rig.core;
    u32[at.ZSET_LISTPACK_ENTRIES] = u32[at.SET_INTSET_ENTRIES] = u32[at.SET_LISTPACK_ENTRIES] = 0;
  }
  static async load(): Promise<LargeRig> {
    return new LargeRig(await CommandRig.load(2 ** 26));
  }
  get core() {
    return this.rig.core;
  }
  /** Fills "z": scores are the members' places. */
  addScored(members: readonly string[]): void {
    for (let i = 0; i < members.length; i += BATCH) {
      const pairs = members.slice(i, i + BATCH).flatMap((member, j) => [String(i + j), member]);
      this.rig.run(["zadd", "z", ...pairs], (x) => x.zsetAdd(0, 1, 2, 0));
    }
  }
  addToSet(members: readonly string[]): void {
    for (let i = 0; i < members.length; i += BATCH) {
      const words = ["sadd", "s", ...members.slice(i, i + BATCH)];
      this.rig.run(words, (x) => x.setAdd(0, 1, 2, words.length));
    }
  }
  /** The members of "z" in order. */
  scored(): string[] {
    const words = ["zrange", "z", "0", "-1"];
    return this.replied(words, (x) => x.zsetRange(0, 1, 2, 3, 0, 0, -1));
  }
  members(): string[] {
    return this.replied(["smembers", "s"], (x) => x.setMembers(0, 1)).sort();
  }
  removeRanks(first: number, last: number): void {
    const words = ["zremrangebyrank", "z", String(first), String(last)];
    this.rig.run(words, (x) => x.zsetRemoveRange(0, 1, 2, 3, 0));
  }
  pop(count: number): string[] {
    return this.replied(["spop", "s"], (x) => x.setPopMany(0, 1, count));
  }
  delete(key: string): void {
    this.rig.run(["del", key], (x) => x.keyDelete(0, 1));
  }
  /** Replies may be longer than the arena: read in chain mode they come as chunks. */
  replied(words: string[], call: Parameters<CommandRig["run"]>[1]): string[] {
    const { core } = this;
    const { u32, at } = core;
    const { reply } = this.rig.run(words, call);
    let text = reply;
    for (let chunk = u32[at.OUT_HEAD]; chunk !== 0; chunk = core.x.chunkFree(chunk)) {
      text += core.binary(chunk + 16, u32[(chunk >>> 2) + 2]);
    }
    return bulks(text);
  }
  rankOf(member: string): string {
    return this.rig.run(["zrank", "z", member], (x) => x.zsetRank(0, 1, 2, false, false)).reply;
  }
  has(member: string): boolean {
    return this.rig.run(["zscore", "z", member], (x) => x.zsetScore(0, 1, 2)).reply !== "$-1\r\n";
  }
  /** Frees all that waits. @returns in how many steps */
  settle(budget = 512): number {
    let steps = 1;
    while (this.core.x.pendingFreeStep(budget)) steps++;
    return steps;
  }
}

function names(random: Random, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${i}:${"m".repeat(random(20))}`);
}

Deno.test("large sorted sets: runs of ranks go, most of them or few, with memory and without", async () => {
  await fuzz(async (random) => {
    const large = await LargeRig.load();
    const before = large.core.usedBytes;
    for (let round = 0; round < scaled(12); round++) {
      let model = names(random, 3000 + random(3000));
      const all = model;
      large.addScored(model);
      while (model.length > 1) {
        const first = random(model.length);
        const last = Math.min(model.length - 1, first + random(model.length));
        const release = random(3) === 0 ? large.rig.exhaust() : () => {};
        large.removeRanks(first, last);
        release();
        const kept = model.toSpliced(first, last - first + 1);
        assertEquals(large.scored(), kept);
        for (let i = 0; i < 50; i++) {
          const member = all[random(all.length)];
          const rank = kept.indexOf(member);
          assertEquals(large.has(member), rank >= 0);
          if (rank >= 0) assertEquals(large.rankOf(member), `:${rank}\r\n`);
        }
        if (kept.length === 0) break;
        model = kept;
        if (random(3) === 0) large.settle();
      }
      large.delete("z");
      large.settle();
      assertEquals(large.core.usedBytes, before);
    }
  });
});

Deno.test("large sorted sets: what is removed is freed later, few steps at a time", async () => {
  const large = await LargeRig.load();
  large.addScored(names(() => 5, 100_000));
  const { core } = large;
  const blocks = () => core.u32[core.at.LIVE_BLOCKS];
  const before = blocks();
  large.removeRanks(10, -10);
  assert(blocks() > before - 200, "little but inner nodes is freed by the command itself");
  assertEquals(large.scored().length, 19);
  let last = blocks();
  while (core.x.pendingFreeStep(500)) {
    assert(last - blocks() < 1000);
    last = blocks();
  }
  assert(blocks() < 100);
});

Deno.test("large sets: what is popped and what stays are the set", async () => {
  await fuzz(async (random) => {
    const large = await LargeRig.load();
    const before = large.core.usedBytes;
    for (let round = 0; round < scaled(12); round++) {
      const all = names(random, 3000 + random(3000));
      large.addToSet(all);
      for (let size = all.length; size > 0;) {
        const count = 1 + random(size + 10);
        const release = random(3) === 0 ? large.rig.exhaust() : () => {};
        const members = large.members();
        const popped = large.pop(count);
        release();
        // Without memory the reply may have been cut off, but not what it was about.
        size = Math.max(0, size - count);
        const kept = size === 0 ? [] : large.members();
        assertEquals(kept.length, size);
        if (large.core.u32[large.core.at.OUT_FAILED] === 0) {
          assertEquals([...popped, ...kept].sort(), members);
        }
      }
      large.settle();
      assertEquals(large.core.usedBytes, before);
    }
  });
});

Deno.test("large values: one that is dropped without memory waits too", async () => {
  const large = await LargeRig.load();
  const before = large.core.usedBytes;
  large.addToSet(names(() => 5, 50_000));
  const release = large.rig.exhaust();
  const { core } = large;
  const blocks = core.u32[core.at.LIVE_BLOCKS];
  large.delete("s");
  assert(blocks - core.u32[core.at.LIVE_BLOCKS] < 10);
  assert(large.settle(100) > 400);
  release();
  assertEquals(core.usedBytes, before);
});
