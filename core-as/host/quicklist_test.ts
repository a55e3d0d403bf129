import { assert, assertEquals } from "@std/assert";
import { fuzz, type Random, scaled, type TestingCore, withHeap } from "./testing.ts";
import { checkHeap, usedBytes } from "./testing_heap.ts";

const ANY_ENTRIES = 0xffffffff;

/** What list-max-listpack-size and list-compress-depth can mean to a list. */
const LIMITS = [
  { bytes: 8192, entries: ANY_ENTRIES, depth: 0 },
  { bytes: 4096, entries: ANY_ENTRIES, depth: 1 },
  { bytes: 65536, entries: ANY_ENTRIES, depth: 2 },
  { bytes: 8192, entries: 1, depth: 0 },
  { bytes: 8192, entries: 5, depth: 3 },
  { bytes: 8192, entries: 128, depth: 1 },
  { bytes: 8192, entries: ANY_ENTRIES, depth: 1, plain: 100 },
];

/** A quicklist and an array that every change changes alike. */
class Pair {
  ql: number;
  model: string[] = [];

  constructor(readonly setup: TestingCore, readonly random: Random) {
    this.ql = setup.core.qlNew();
  }

  get core() {
    return this.setup.core;
  }

  limit({ bytes, entries, depth, plain = 2 ** 30 }: typeof LIMITS[number]): void {
    const { core, setup } = this;
    setup.u32[core.LIST_NODE_BYTES.value >>> 2] = bytes;
    setup.u32[core.LIST_NODE_ENTRIES.value >>> 2] = entries;
    setup.u32[core.LIST_PLAIN_BYTES.value >>> 2] = plain;
    setup.u32[core.LIST_COMPRESS_DEPTH.value >>> 2] = depth;
  }

  element(): string {
    const { random } = this;
    const kind = random(40);
    if (kind < 10) return String(random(2 ** 31) - 2 ** 30);
    if (kind < 12) return String(BigInt.asIntN(64, BigInt(random(2 ** 32)) ** 2n));
    if (kind < 25) return `text ${random(50)}`;
    const len = kind < 38 ? random(150) : kind === 38 ? random(5000) : random(20000);
    // Half of what is long can be compressed.
    if (random(2)) return String.fromCharCode(97 + random(26)).repeat(len);
    return Array.from({ length: len }, () => String.fromCharCode(random(256))).join("");
  }

  argument(text: string): [ptr: number, len: number] {
    const ptr = this.core.INPUT.value;
    return [ptr, this.setup.put(ptr, text)];
  }

  #index(): number {
    return this.random(this.model.length);
  }

  at(): string {
    const { core, setup } = this;
    core.cursorRead(core.ARENA.value);
    return setup.text(core.cursorPtr.value >>> 0, core.cursorLen.value);
  }

  /** One change. @returns false when it found no memory, and changed nothing */
  step(): boolean {
    const { model, random } = this;
    if (model.length === 0 || (model.length < 3000 && random(3) === 0)) {
      return this.push(random(2) === 0);
    }
    switch (random(8)) {
      case 0:
      case 1:
        return this.drop(random(2) === 0);
      case 2:
        return this.seek();
      case 3:
        return this.insert();
      case 4:
        return this.replace();
      case 5:
        return this.deleteSome();
      case 6:
        return this.deleteRange();
      default:
        return this.push(random(2) === 0);
    }
  }

  push(left: boolean, text = this.element()): boolean {
    if (!this.core.qlPush(this.ql, left, ...this.argument(text))) return false;
    if (left) this.model.unshift(text);
    else this.model.push(text);
    return true;
  }

  drop(left: boolean): boolean {
    if (!this.core.qlOpenEnd(this.ql, left)) return false;
    this.core.cursorEnd(this.ql, left);
    assertEquals(this.at(), left ? this.model.shift() : this.model.pop());
    this.core.qlDrop(this.ql, left);
    return true;
  }

  /** Reads from a place on, some steps in one direction. */
  seek(): boolean {
    const { core, model } = this;
    const back = this.random(2) === 0;
    let index = this.#index();
    core.cursorSeek(this.ql, index);
    for (let steps = this.random(300); steps > 0; steps--) {
      assertEquals(this.at(), model[index]);
      const other = model[this.#index()];
      assertEquals(!!core.cursorEqual(...this.argument(other)), other === model[index]);
      index += back ? -1 : 1;
      const isThere = index >= 0 && index < model.length;
      assertEquals(!!core.cursorStep(back), isThere);
      if (!isThere) break;
    }
    return true;
  }

  insert(text = this.element()): boolean {
    const index = this.#index();
    const after = this.random(2) === 0;
    this.core.cursorSeek(this.ql, index);
    if (!this.core.qlInsert(this.ql, after, ...this.argument(text))) return false;
    this.model.splice(after ? index + 1 : index, 0, text);
    return true;
  }

  replace(text = this.element()): boolean {
    const index = this.#index();
    this.core.cursorSeek(this.ql, index);
    if (!this.core.qlReplace(this.ql, ...this.argument(text))) return false;
    this.model[index] = text;
    return true;
  }

  /** Deletes neighbours one by one, as LREM does. */
  deleteSome(): boolean {
    const { core, model } = this;
    const back = this.random(2) === 0;
    let index = this.#index();
    core.cursorSeek(this.ql, index);
    for (let left = this.random(10); left >= 0; left--) {
      if (!core.qlOpenCursor()) break;
      assertEquals(this.at(), model[index]);
      model.splice(index, 1);
      if (back) index--;
      const isThere = index >= 0 && index < model.length;
      assertEquals(!!core.qlDelete(this.ql, back), isThere);
      if (!isThere) break;
    }
    core.qlTighten(this.ql, true);
    return true;
  }

  deleteRange(): boolean {
    const { core, model } = this;
    const index = this.#index();
    const most = model.length - index;
    const count = 1 + this.random(this.random(20) === 0 ? most : Math.min(most, 30));
    if (!core.qlOpen(this.ql, index) || !core.qlOpen(this.ql, index + count - 1)) return false;
    core.qlDeleteRange(this.ql, index, count);
    core.qlTighten(this.ql, this.random(2) === 0);
    model.splice(index, count);
    return true;
  }

  /** The elements in order, walked one way. */
  elements(list: number, back: boolean): string[] {
    const found: string[] = [];
    if (this.core.qlLength(list) === 0) return found;
    this.core.cursorEnd(list, !back);
    do found.push(this.at()); while (this.core.cursorStep(back));
    return found;
  }

  /** Compares everything, and checks what quicklist.ts and quicknode.ts state. */
  check(): void {
    const list = this.ql;
    const { core, setup: { u32 } } = this;
    assertEquals(this.elements(list, false), this.model);
    assertEquals(this.elements(list, true), this.model.toReversed());
    let before = 0;
    let count = 0;
    for (let node = u32[list >>> 2]; node !== 0; node = u32[(node >>> 2) + 1]) {
      const [prev, , block, start, elements, kind] = u32.subarray(node >>> 2, (node >>> 2) + 6);
      assertEquals(prev, before);
      assert(elements > 0, "no node is empty");
      if ((kind & core.COMPRESSED.value) !== 0) {
        assert(u32[block >>> 2] + 4 <= core.blockBytes(block), "it fits its block");
      } else if ((kind & core.PLAIN.value) === 0) {
        const bytes = core.lpBytes(block + start) >>> 0;
        assert(core.lpValidate(block + start, bytes, true), "a listpack is valid");
        assertEquals(core.lpLength(block + start), elements);
        assert(start + bytes <= core.blockBytes(block), "it fits its block");
      } else assertEquals(elements, 1);
      count += elements;
      before = node;
    }
    assertEquals(u32[(list >>> 2) + 1], before);
    assertEquals(count, this.model.length);
    assertEquals(core.qlLength(list), count);
  }

  /** How many nodes are compressed, from the head on: "." open, "c" compressed. */
  shape(): string {
    const { setup: { u32 } } = this;
    let shape = "";
    for (let node = u32[this.ql >>> 2]; node !== 0; node = u32[(node >>> 2) + 1]) {
      shape += (u32[(node >>> 2) + 5] & this.core.COMPRESSED.value) === 0 ? "." : "c";
    }
    return shape;
  }

  free(): void {
    while (!this.core.qlFreeStep(this.ql, 100)) continue;
    while (this.core.pendingFreeStep(1000)) continue;
  }
}

async function pairOf(random: Random = () => 0): Promise<Pair> {
  return new Pair(await withHeap(2048), random);
}

Deno.test("quicklist: as an array, whatever the limits, and no byte is lost", () =>
  fuzz(async (random) => {
    const setup = await withHeap(2048);
    const usedBefore = usedBytes(setup);
    for (const limits of LIMITS) {
      const pair = new Pair(setup, random);
      pair.limit(limits);
      for (let i = 0; i < scaled(4000); i++) {
        assert(pair.step());
        if (i % 200 === 0) pair.check();
      }
      pair.limit(LIMITS[random(LIMITS.length)]);
      for (let i = 0; i < scaled(300); i++) assert(pair.step());
      pair.check();
      pair.free();
      checkHeap(setup);
      assertEquals(usedBytes(setup), usedBefore);
    }
  }));

Deno.test("quicklist: a copy is the same and shares nothing", () =>
  fuzz(async (random) => {
    for (const limits of LIMITS) {
      const pair = await pairOf(random);
      pair.limit(limits);
      for (let i = 0; i < 1000; i++) pair.push(false);
      for (let round = 0; round < 40; round++) {
        const { model, ql } = pair;
        pair.ql = pair.core.qlDup(ql);
        pair.model = [...model];
        for (let i = 0; i < 3; i++) pair.step();
        if (round % 10 === 0) pair.check();
        const copy = pair.ql;
        if (round % 10 === 0) {
          pair.ql = ql;
          pair.model = model;
          pair.check();
          pair.model = pair.elements(copy, false);
        } else while (!pair.core.qlFreeStep(ql, 1000)) continue;
        pair.ql = copy;
      }
    }
  }));

Deno.test("quicklist: a change that finds no memory changes nothing", () =>
  fuzz(async (random) => {
    const setup = await withHeap(512);
    const { core } = setup;
    let failures = 0;
    for (const limits of LIMITS) {
      const pair = new Pair(setup, random);
      pair.limit(limits);
      for (let i = 0; i < 500; i++) pair.step();
      const taken: number[] = [];
      for (const bytes of [65536, 16384, 4096, 1024, 512, 256, 128, 64, 24, 8]) {
        for (let block = core.allocate(bytes); block; block = core.allocate(bytes)) {
          taken.push(block);
        }
      }
      for (let i = 0; i < 300; i++) {
        if (!pair.step()) failures++;
        if (i % 20 === 0) pair.check();
      }
      taken.forEach((block) => core.free(block));
      pair.check();
      pair.free();
    }
    assert(failures > 50, `only ${failures} changes found no memory`);
  }));

Deno.test("quicklist: pushing and dropping at one node's ends moves nothing but the element", async () => {
  const pair = await pairOf();
  pair.limit(LIMITS[0]);
  // A queue that stays about as long: its block must neither grow without end nor lose its order.
  for (let i = 0; i < 20_000; i++) {
    pair.push(false, `element ${i}`);
    if (i >= 100) pair.drop(true);
  }
  for (let i = 0; i < 20_000; i++) {
    pair.push(true, `element ${i}`);
    pair.drop(false);
  }
  pair.check();
  assert(pair.core.qlBytes(pair.ql, 0) < 20_000);
});

Deno.test("quicklist: nodes are as full as their limit allows", async () => {
  for (const left of [true, false]) {
    const pair = await pairOf();
    pair.limit(LIMITS[0]);
    const argument = pair.argument("xyz");
    for (let i = 0; i < 100_000; i++) pair.core.qlPush(pair.ql, left, ...argument);
    // 100,000 entries of 5 bytes in nodes of 8 KiB: 62 of them.
    assertEquals(pair.shape().length, 62);
    assert(pair.core.qlBytes(pair.ql, 0) < 62 * (8192 + 24) + 100);
  }
});

Deno.test("quicklist: the middle is compressed, and what is touched of it again afterwards", async () => {
  const pair = await pairOf((limit) => Math.floor(limit / 2));
  pair.limit({ bytes: 4096, entries: 10, depth: 2 });
  const text = "a text that repeats ".repeat(5);
  for (let i = 0; i < 100; i++) pair.push(false, text);
  assertEquals(pair.shape(), "..cccccc..");
  pair.insert(text + text);
  pair.replace(text + text);
  pair.check();
  assertEquals(pair.shape().replace(/c+/, "c"), "..c..");
  for (let i = 0; i < 10; i++) pair.drop(true);
  pair.check();
  assertEquals(pair.shape().replace(/c+/, "c"), "..c..");
  pair.limit({ bytes: 4096, entries: 10, depth: 5 });
  pair.push(false, "x");
  pair.check();
});

Deno.test("quicklist: what a range leaves behind is freed in slices", async () => {
  const pair = await pairOf();
  pair.limit({ bytes: 8192, entries: 1, depth: 0 });
  for (let i = 0; i < 10_000; i++) pair.push(false, String(i));
  const { core, setup } = pair;
  const blocks = setup.u32[core.LIVE_BLOCKS.value >>> 2];
  core.qlDeleteRange(pair.ql, 10, 9_980);
  pair.model.splice(10, 9_980);
  pair.check();
  assert(setup.u32[core.LIVE_BLOCKS.value >>> 2] >= blocks, "nothing is freed at once");
  assert(core.pendingFreeStep(100));
  assertEquals(setup.u32[core.LIVE_BLOCKS.value >>> 2], blocks + 2 - 200);
  pair.free();
});
