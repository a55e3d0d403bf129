import { assert, assertEquals } from "@std/assert";
import { fuzz, type Random, scaled, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, Hoard, usedBytes } from "./testing_heap.ts";

type Id = readonly [ms: bigint, seq: bigint];

const compareIds = (a: Id, b: Id) =>
  a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]) ? -1 : a[0] === b[0] && a[1] === b[1] ? 0 : 1;

const U64_MAX = 2n ** 64n - 1n;

/** Where IDs are drawn from: those that all fit into 32 bits and a base, and those that do not. */
const ID_KINDS: Record<string, (random: Random) => Id> = {
  "close": (random) => [BigInt(random(3000)), BigInt(random(3))],
  "of one time": (random) => [1_700_000_000_000n + BigInt(random(100)), BigInt(random(100))],
  "50 days apart": (random) => [BigInt(random(400)) * 2n ** 32n, BigInt(random(4))],
  "of large seqs": (random) => [BigInt(random(20)), BigInt(random(300)) << 32n],
  "mixed": (random) => {
    const kind = random(20);
    if (kind === 0) return [U64_MAX, U64_MAX - BigInt(random(5))];
    if (kind === 1) return [BigInt(random(5)), U64_MAX - BigInt(random(5))];
    if (kind === 2) return [BigInt(random(9)) << 33n, BigInt(random(9))];
    return [BigInt(random(1000)), BigInt(random(4))];
  },
};

/** A tree and a sorted array that every change changes alike; payloads spell the ID. */
class Pair {
  readonly tree: number;
  model: Id[] = [];

  constructor(
    readonly setup: TestingCore,
    readonly random: Random,
    readonly draw: (random: Random) => Id,
    readonly payloadBytes: number,
  ) {
    this.tree = setup.core.allocate(16);
    setup.core.idInit(this.tree, payloadBytes);
  }

  get core() {
    return this.setup.core;
  }

  #stamp([ms, seq]: Id): number {
    return Number((ms * 31n + seq) & 0xffffn);
  }

  #place(id: Id): number {
    let [low, high] = [0, this.model.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.model[middle], id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #has(place: number, id: Id): boolean {
    return place < this.model.length && compareIds(this.model[place], id) === 0;
  }

  /** @returns false when memory is out, and nothing has changed */
  insert(id = this.draw(this.random)): boolean {
    const { core, setup } = this;
    const place = this.#place(id);
    const payload = core.idInsert(this.tree, ...id) >>> 0;
    if (payload === 0) return false;
    const known = this.#has(place, id);
    assertEquals(Boolean(core.idFound.value), known);
    if (known) this.#checkPayload(payload, id);
    else this.model.splice(place, 0, id);
    for (let i = 0; i < this.payloadBytes; i++) setup.bytes[payload + i] = this.#stamp(id) + i;
    return true;
  }

  #checkPayload(payload: number, id: Id): void {
    for (let i = 0; i < this.payloadBytes; i++) {
      assertEquals(this.setup.bytes[payload + i], this.#stamp(id) + i & 255, "a payload is kept");
    }
  }

  remove(): void {
    const { core, model, random } = this;
    const id = random(5) === 0 || model.length === 0
      ? this.draw(random)
      : model[random(4) === 0 ? 0 : random(model.length)];
    const place = this.#place(id);
    const known = this.#has(place, id);
    assertEquals(Boolean(core.idRemove(this.tree, ...id)), known);
    if (known) model.splice(place, 1);
  }

  /** Takes out, at one go, all whose payloads begin as those of some that are there do: `parts` in 256 of all. */
  removeMarked(parts: number): void {
    const { core, random } = this;
    for (; parts > 0 && this.model.length > 0; parts--) {
      const stamp = this.#stamp(this.model[random(this.model.length)]) & 255;
      const word = [3, 2, 1, 0].reduce((word, i) => word << 8 | stamp + i & 255, 0);
      core.idRemoveMarked(this.tree, word);
      this.model = this.model.filter((id) => (this.#stamp(id) & 255) !== stamp);
    }
  }

  #here(): Id {
    const { core } = this;
    return [BigInt.asUintN(64, core.idMs()), BigInt.asUintN(64, core.idSeq())];
  }

  /** Asks what can be asked, once. */
  ask(): void {
    const { core, model, tree } = this;
    const id = this.draw(this.random);
    const place = this.#place(id);
    const known = this.#has(place, id);
    assertEquals(Boolean(core.idFind(tree, ...id)), known);
    if (known) this.#checkPayload(core.idPayload(tree) >>> 0, id);
    assertEquals(Boolean(core.idSeek(tree, ...id)), place < model.length);
    if (place < model.length) {
      assertEquals(this.#here(), model[place]);
      assertEquals(core.idCountOn(50), Math.min(50, model.length - place));
    }
    const last = known ? place : place - 1;
    assertEquals(Boolean(core.idSeekBack(tree, ...id)), last >= 0);
    if (last >= 0) assertEquals(this.#here(), model[last]);
  }

  /** Walks both ways and compares with the model; then checks every node. */
  compare(): void {
    const { core, model, tree } = this;
    assertEquals(core.idCount(tree), model.length);
    const forward: Id[] = [];
    for (let more = core.idFirst(tree); more; more = core.idNext()) {
      forward.push(this.#here());
      this.#checkPayload(core.idPayload(tree) >>> 0, this.#here());
    }
    assertEquals(forward, model);
    const backward: Id[] = [];
    for (let more = core.idLast(tree); more; more = core.idPrevious()) backward.push(this.#here());
    assertEquals(backward.reverse(), model);
    this.check();
  }

  /** The invariants that idtree.ts states. @returns the leaves */
  check(): number {
    const { setup: { u32 }, tree } = this;
    const root = u32[tree >>> 2];
    assertEquals(root === 0, this.model.length === 0, "an empty tree has no node");
    const leaves: number[] = [];
    if (root !== 0) this.#checkNode(root, u32[(tree >>> 2) + 1], leaves);
    leaves.forEach((leaf, i) => {
      assertEquals(u32[(leaf >>> 2) + 1], leaves[i + 1] ?? 0, "a leaf knows the next one");
      assertEquals(u32[(leaf >>> 2) + 2], leaves[i - 1] ?? 0, "a leaf knows the one before");
    });
    return leaves.length;
  }

  #checkNode(node: number, level: number, leaves: number[]): void {
    const { core, setup: { u32 } } = this;
    const count = u32[node >>> 2];
    assert(count > 0, "no node is empty");
    if (level === 0) {
      leaves.push(node);
      assert(count <= core.idCapacity(node));
      const end = core.idLeafPayload(this.tree, node, core.idCapacity(node)) >>> 0;
      assert(end <= node + core.blockBytes(node), "a leaf is within its block");
      return;
    }
    assert(count <= core.ID_INNER_SLOTS.value);
    for (let slot = 0; slot < count; slot++) {
      this.#checkNode(u32[core.idInnerChild(node, slot) >>> 2], level - 1, leaves);
    }
  }

  copy(): void {
    const { core, setup } = this;
    const copy = new Pair(setup, this.random, this.draw, this.payloadBytes);
    assert(core.idCopy(copy.tree, this.tree));
    copy.model = this.model;
    copy.compare();
    copy.free();
  }

  free(): void {
    while (!this.core.idFreeStep(this.tree, 100, false)) continue;
    assertEquals(this.core.idCount(this.tree), 0);
    this.core.free(this.tree);
  }
}

for (const [name, draw] of Object.entries(ID_KINDS)) {
  Deno.test(`idtree: a sorted array is its model, with IDs ${name}`, async () => {
    await fuzz(async (random) => {
      const setup = await withHeap();
      const before = usedBytes(setup);
      for (const payloadBytes of [0, 4, 18]) {
        const pair = new Pair(setup, random, draw, payloadBytes);
        for (let phase = 0; phase < 4; phase++) {
          // Growth and shrinking in turn, to several levels and to nothing.
          const growing = phase % 2 === 0;
          for (let i = scaled(4000); i > 0; i--) {
            if (random(10) < (growing ? 7 : 2)) pair.insert();
            else pair.remove();
            if (i % 20 === 0) pair.ask();
            if (i % 1000 === 0) pair.compare();
          }
          pair.copy();
          if (payloadBytes >= 4) {
            pair.removeMarked(1 + random(growing ? 100 : 256));
            pair.compare();
          }
        }
        pair.free();
        assertEquals(usedBytes(setup), before);
      }
      checkHeap(setup);
    });
  });
}

Deno.test("idtree: IDs in order fill their leaves", async () => {
  const setup = await withHeap();
  const count = 20_000;
  for (const [payloadBytes, bytesPerId] of [[0, 8], [18, 26]]) {
    const pair = new Pair(setup, () => 0, () => [0n, 0n], payloadBytes);
    const before = usedBytes(setup);
    for (let i = 0; i < count; i++) {
      pair.insert([1_700_000_000_000n + BigInt(i >> 1), BigInt(i & 1)]);
    }
    pair.compare();
    const used = (usedBytes(setup) - before) / count;
    assert(used < bytesPerId * 1.07, `${used} bytes an ID`);
    pair.free();
  }
});

Deno.test("idtree: IDs at both ends of the range, in any order", async () => {
  const setup = await withHeap();
  const ends: Id[] = [[0n, 0n], [50n, 2n], [U64_MAX, 0n], [U64_MAX, U64_MAX], [0n, U64_MAX]];
  for (const payloadBytes of [0, 18]) {
    for (const a of ends) {
      for (const b of ends) {
        for (const c of ends) {
          const pair = new Pair(setup, () => 0, () => a, payloadBytes);
          for (const id of [a, b, c, a, b, c]) pair.insert(id);
          pair.compare();
          pair.ask();
          pair.free();
        }
      }
    }
  }
});

Deno.test("idtree: the only leaf is as small as it can be", async () => {
  const setup = await withHeap();
  const pair = new Pair(setup, () => 0, () => [0n, 0n], 4);
  const before = usedBytes(setup);
  pair.insert([5n, 1n]);
  assert(usedBytes(setup) - before <= 48);
  pair.insert([5n, 2n]);
  pair.insert([5n, 2n ** 40n]);
  pair.insert([2n ** 60n, 2n]);
  assert(usedBytes(setup) - before <= 256);
  pair.compare();
});

Deno.test("idtree: without memory a change changes nothing", async () => {
  await fuzz(async (random) => {
    const setup = await withHeap(300);
    const before = usedBytes(setup);
    const pair = new Pair(setup, random, ID_KINDS.mixed, 4);
    for (let i = 0; i < 2000; i++) pair.insert();
    const hoard = new Hoard(setup);
    let refused = 0;
    for (let round = 0; round < scaled(60); round++) {
      // Now and then one node can be had.
      if (random(2) === 0) hoard.loosen([8, 32, 512, 1024][random(4)], 1 + random(2));
      for (let i = 0; i < 30; i++) if (!pair.insert()) refused++;
      pair.remove();
      pair.compare();
    }
    assert(refused > 0, "memory was out");
    hoard.release();
    pair.free();
    assertEquals(usedBytes(setup), before);
    checkHeap(setup);
  });
});
