import { assert, assertEquals } from "@std/assert";
import { fuzz, type Random, scaled, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, Hoard, usedBytes } from "./testing_heap.ts";

interface Item {
  ptr: number;
  score: number;
  member: string;
}

const compareText = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;
const compareItems = (a: Item, b: Item) => a.score - b.score || compareText(a.member, b.member);

/** A tree and a sorted array that every change changes alike. */
class Pair {
  readonly tree: number;
  /** In order. */
  model: Item[] = [];
  #serial = 0;

  constructor(readonly setup: TestingCore, readonly random: Random, readonly scores: number) {
    this.tree = setup.core.allocate(8);
    assert(setup.core.treeInit(this.tree));
  }

  get core() {
    return this.setup.core;
  }

  /** Scores collide the more the fewer there are. */
  score(): number {
    const kind = this.random(40);
    if (kind === 0) return Infinity;
    if (kind === 1) return -Infinity;
    if (kind === 2) return -0;
    return this.random(this.scores) - this.scores / 2;
  }

  /** @returns false when memory is out, and nothing has changed */
  insert(score = this.score(), member = `${this.random(1000)}\xff${this.#serial++}`): boolean {
    const { core, setup } = this;
    const ptr = core.itemNew(score, core.INPUT.value, setup.put(core.INPUT.value, member)) >>> 0;
    if (ptr === 0) return false;
    if (!core.treeInsert(this.tree, score, ptr)) {
      core.free(ptr);
      return false;
    }
    const item = { ptr, score, member };
    this.model.splice(this.#place(item), 0, item);
    return true;
  }

  #place(item: Item): number {
    let [low, high] = [0, this.model.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareItems(this.model[middle], item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  remove(): void {
    if (this.model.length === 0) return;
    const at = this.random(this.model.length);
    const [{ ptr, score }] = this.model.splice(at, 1);
    this.core.treeRemove(this.tree, score, ptr);
    this.core.free(ptr);
  }

  /** Some neighbours within one leaf. */
  removeSome(): void {
    const { core, model } = this;
    if (model.length === 0) return;
    const rank = this.random(model.length);
    core.treeSeek(this.tree, rank);
    const count = 1 + this.random(core.treeHere());
    core.treeRemoveHere(this.tree, count);
    for (const { ptr } of model.splice(rank, count)) core.free(ptr);
  }

  rescore(): boolean {
    if (this.model.length === 0) return true;
    const at = this.random(this.model.length);
    const item = this.model[at];
    // Often to a place close by, which may be the same slot.
    const near = this.random(2) === 0 && Number.isFinite(item.score);
    const score = near ? item.score + (this.random(3) - 1) / 4 : this.score();
    if (score === item.score) return true;
    if (!this.core.treeRescore(this.tree, item.ptr, score)) return false;
    this.model.splice(at, 1);
    item.score = score;
    this.model.splice(this.#place(item), 0, item);
    return true;
  }

  /** Asks what can be asked, once. */
  ask(): void {
    const { core, model, random, tree } = this;
    if (model.length > 0) {
      const rank = random(model.length);
      assertEquals(core.treeRank(tree, model[rank].ptr), rank);
      core.treeSeek(tree, rank);
      assertEquals(core.treeItem() >>> 0, model[rank].ptr);
    }
    const bound = this.score();
    const below = model.filter(({ score }) => score < bound).length;
    const atMost = model.filter(({ score }) => score <= bound).length;
    assertEquals(core.treeScoresBefore(tree, core.SCORE_BELOW.value, bound), below);
    assertEquals(core.treeScoresBefore(tree, core.SCORE_AT_MOST.value, bound), atMost);
  }

  /** Asks for members, which makes sense where all scores are equal. */
  askMembers(): void {
    const { core, model, random, setup, tree } = this;
    const bound = random(2) === 0 || model.length === 0
      ? String(random(1200))
      : model[random(model.length)].member;
    const len = setup.put(core.INPUT.value, bound);
    const count = (kind: number) => core.treeMembersBefore(tree, kind, core.INPUT.value, len);
    const below = model.filter(({ member }) => member < bound).length;
    const atMost = model.filter(({ member }) => member <= bound).length;
    assertEquals(count(core.MEMBER_BELOW.value), below);
    assertEquals(count(core.MEMBER_AT_MOST.value), atMost);
  }

  /** Walks both ways and compares with the model; then checks every node. */
  compare(): void {
    const { core, model, tree } = this;
    const ptrs = model.map(({ ptr }) => ptr);
    if (model.length > 0) {
      core.treeSeek(tree, 0);
      const forward = [core.treeItem() >>> 0];
      while (core.treeNext()) forward.push(core.treeItem() >>> 0);
      assertEquals(forward, ptrs);
      core.treeSeek(tree, model.length - 1);
      const backward = [core.treeItem() >>> 0];
      while (core.treePrevious()) backward.push(core.treeItem() >>> 0);
      assertEquals(backward.reverse(), ptrs);
    }
    this.check();
  }

  /** The invariants that btree.ts states. @returns the leaves */
  check(): number {
    const { setup: { u32 }, tree } = this;
    const levels = u32[(tree >>> 2) + 1];
    const leaves: number[] = [];
    const { size } = this.#checkNode(u32[tree >>> 2], levels, leaves);
    assertEquals(size, this.model.length, "sizes add up");
    leaves.forEach((leaf, i) => {
      assertEquals(u32[(leaf >>> 2) + 1], leaves[i + 1] ?? 0, "a leaf knows the next one");
      assertEquals(u32[(leaf >>> 2) + 2], leaves[i - 1] ?? 0, "a leaf knows the one before");
      assert(u32[leaf >>> 2] > 0 || leaves.length === 1, "no leaf is empty");
    });
    return leaves.length;
  }

  #checkNode(node: number, level: number, leaves: number[]): { size: number; first: number[] } {
    const { core, setup: { u32, memory } } = this;
    const view = new DataView(memory.buffer);
    const count = u32[node >>> 2];
    const score = (slot: number) => view.getFloat64(node + core.SCORES.value + slot * 8, true);
    if (level === 0) {
      leaves.push(node);
      assert(count <= core.LEAF_SLOTS.value);
      const items = (node + core.LEAF_ITEMS.value) >>> 2;
      for (let slot = 0; slot < count; slot++) {
        const own = view.getFloat64(u32[items + slot], true);
        assertEquals(score(slot), own, "a leaf repeats its items' scores");
      }
      return { size: count, first: [score(0), u32[items]] };
    }
    assert(count > 0 && count <= core.INNER_SLOTS.value);
    let size = 0;
    let first: number[] = [];
    for (let slot = 0; slot < count; slot++) {
      const at = (offset: number) => u32[((node + offset) >>> 2) + slot];
      const below = this.#checkNode(at(core.INNER_CHILDREN.value), level - 1, leaves);
      assertEquals(at(core.INNER_SIZES.value), below.size, "a node knows what is below each child");
      if (slot === 0) first = below.first;
      else {
        const separator = [score(slot), at(core.INNER_ITEMS.value)];
        assertEquals(separator, below.first, "a separator is the first item below");
      }
      size += below.size;
    }
    return { size, first };
  }

  free(): void {
    while (!this.core.treeFreeStep(this.tree, 100, true)) continue;
    this.core.free(this.tree);
  }
}

Deno.test("btree: a sorted array is its model, through growth and shrinking", async () => {
  await fuzz(async (random) => {
    const setup = await withHeap();
    const before = usedBytes(setup);
    for (const scores of [1, 7, 1000, 2 ** 30]) {
      const pair = new Pair(setup, random, scores);
      for (let phase = 0; phase < 4; phase++) {
        // Growth and shrinking in turn, to several levels and to nothing.
        const growing = phase % 2 === 0;
        for (let i = scaled(phase === 0 ? 6000 : 3000); i > 0; i--) {
          const kind = random(10);
          if (kind < (growing ? 7 : 2)) pair.insert();
          else if (kind < 8) pair.remove();
          else if (kind === 8) pair.rescore();
          else if (random(growing ? 30 : 3) === 0) pair.removeSome();
          if (i % 50 === 0) pair.ask();
          if (i % 1000 === 0) pair.compare();
        }
      }
      while (pair.model.length > 0) random(3) === 0 ? pair.removeSome() : pair.remove();
      pair.compare();
      pair.free();
      assertEquals(usedBytes(setup), before);
    }
    checkHeap(setup);
  });
});

Deno.test("btree: members count where all scores are equal", async () => {
  await fuzz(async (random) => {
    const pair = new Pair(await withHeap(), random, 1);
    for (let i = 0; i < 2500; i++) pair.insert(0);
    for (let i = 0; i < 300; i++) pair.askMembers();
    pair.check();
  });
});

Deno.test("btree: items in order fill their leaves", async () => {
  for (const direction of [1, -1]) {
    const setup = await withHeap();
    const pair = new Pair(setup, () => 0, 1);
    const count = 20_000;
    for (let i = 0; i < count; i++) pair.insert(i * direction, "m");
    pair.compare();
    const full = setup.core.LEAF_SLOTS.value - 1;
    assert(pair.check() <= count / full + 1, "all leaves but the last hold what they can");
  }
});

Deno.test("btree: items in random order leave no more than a quarter of the room", async () => {
  await fuzz(async (random) => {
    const setup = await withHeap();
    const pair = new Pair(setup, random, 2 ** 30);
    for (let i = 0; i < 20_000; i++) pair.insert();
    assert(pair.model.length / pair.check() > setup.core.LEAF_SLOTS.value * 0.75);
  });
});

Deno.test("btree: without memory a change changes nothing", async () => {
  await fuzz(async (random) => {
    const setup = await withHeap(300);
    const before = usedBytes(setup);
    const pair = new Pair(setup, random, 1000);
    for (let i = 0; i < 3000; i++) pair.insert();
    const hoard = new Hoard(setup);
    let refused = 0;
    for (let round = 0; round < scaled(60); round++) {
      // Now and then one node can be had, or an item and no node.
      if (random(2) === 0) hoard.loosen([8, 32, 512, 1024][random(4)], 1 + random(2));
      for (let i = 0; i < 30; i++) {
        if (!(random(3) === 0 ? pair.rescore() : pair.insert())) refused++;
      }
      pair.remove();
      pair.compare();
    }
    assert(refused > 0, "memory was out");
    hoard.release();
    pair.free();
    while (pair.model.length > 0) pair.model.pop();
    assertEquals(usedBytes(setup), before);
    checkHeap(setup);
  });
});
