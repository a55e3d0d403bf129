import { assert, assertEquals } from "@std/assert";
import { fuzz, fuzzScale, type Random, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, heapCounters, usedBytes } from "./testing_heap.ts";

const SIZES = [4, 24, 60, 112, 176, 200, 700, 1500, 8192];

interface Block {
  ptr: number;
  bytes: number;
  mark: number;
}

/** Blocks that are each pointed at from one place, so that they can be moved. */
class Movable {
  readonly blocks: Block[] = [];
  #mark = 0;
  constructor(readonly testing: TestingCore, readonly random: Random) {}

  add(bytes: number): void {
    const ptr = this.testing.core.allocate(bytes);
    assert(ptr !== 0);
    const mark = this.#mark = (this.#mark + 1) & 0xff;
    this.testing.bytes.fill(mark, ptr, ptr + bytes);
    this.blocks.push({ ptr, bytes, mark });
  }
  dropSome(count: number): void {
    for (let i = 0; i < count && this.blocks.length > 0; i++) {
      const at = this.random(this.blocks.length);
      this.testing.core.free(this.blocks[at].ptr);
      this.blocks[at] = this.blocks[this.blocks.length - 1];
      this.blocks.pop();
    }
  }
  move(block: Block): void {
    const { core, bytes } = this.testing;
    const ptr = core.allocate(block.bytes);
    assert(ptr !== 0 && !core.isEvacuated(ptr), "no block comes from a slab that is being emptied");
    bytes.copyWithin(ptr, block.ptr, block.ptr + block.bytes);
    core.free(block.ptr);
    block.ptr = ptr;
  }
  check(): void {
    for (const { ptr, bytes, mark } of this.blocks) {
      assert(this.testing.bytes.subarray(ptr, ptr + bytes).every((byte) => byte === mark));
    }
  }
}

/** Counts and chooses by `runs` runs a step. */
function choose({ core }: TestingCore, runs: number): void {
  core.clearSums();
  const first = core.FIRST_PAGE.value;
  for (let page = first; page !== 0;) page = core.countSlabs(page, runs);
  for (let page = first; page !== 0;) page = core.chooseSlabs(page, runs);
}

Deno.test("evacuation: half of the blocks freed at random, half of the pages are free when the others have moved", async () => {
  const testing = await withHeap(2048);
  await fuzz((random) => {
    const movable = new Movable(testing, random);
    for (let i = 0; i < 40000; i++) movable.add(112);
    const before = heapCounters(testing).usedPages;
    movable.dropSome(20000);
    choose(testing, 100);
    for (const block of movable.blocks) {
      if (testing.core.isEvacuated(block.ptr)) movable.move(block);
    }
    while (testing.core.restoreSlabs(10)) continue;
    movable.check();
    checkHeap(testing);
    const { usedPages } = heapCounters(testing);
    assert(usedPages < before * 0.55, `${usedPages} of ${before} pages`);
    movable.dropSome(Infinity);
  });
});

Deno.test("evacuation: the heap is in order whatever comes and goes meanwhile", async () => {
  const testing = await withHeap(2048);
  await fuzz((random) => {
    const movable = new Movable(testing, random);
    const foreign = usedBytes(testing);
    for (let round = 0; round < 30 * fuzzScale(); round++) {
      const bytes = SIZES[random(SIZES.length)];
      for (let i = random(600); i > 0; i--) movable.add(bytes);
      movable.dropSome(random(movable.blocks.length));
      const what = random(4);
      if (what === 0) choose(testing, 1 + random(50));
      if (what === 1) testing.core.restoreSlabs(random(40));
      if (what === 2) {
        for (const block of movable.blocks) {
          if (testing.core.isEvacuated(block.ptr)) movable.move(block);
        }
      }
      checkHeap(testing);
    }
    movable.check();
    movable.dropSome(Infinity);
    assertEquals(usedBytes(testing), foreign);
    assertEquals(testing.u32[(testing.core.EVACUATED.value >>> 2) + 5], 0, "empty slabs are gone");
    checkHeap(testing);
  });
});
