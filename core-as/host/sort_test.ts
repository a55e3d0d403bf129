/** Sorting: records against JavaScript's sort, orders made to be slow, and SORT with much and without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random, scaled, type TestingCore, withHeap } from "./testing.ts";

/** Records of a number and of the element's text, in a testing core's memory. */
class Records {
  readonly at: number;
  readonly room: number;
  readonly f64: Float64Array;
  readonly #texts: number;
  constructor(readonly testing: TestingCore, readonly items: readonly [number, string][]) {
    const { core, u32, put } = testing;
    this.f64 = new Float64Array(testing.memory.buffer);
    this.at = core.allocate(items.length * 16 + 16);
    this.room = core.allocate(items.length * 16 + 16);
    let text = core.allocate(items.reduce((sum, [, { length }]) => sum + length, 16));
    this.#texts = text;
    for (const [i, [key, element]] of items.entries()) {
      const record = this.at + i * 16;
      this.f64[record / 8] = key;
      u32[record / 4 + 2] = text;
      u32[record / 4 + 3] = put(text, element);
      text += element.length;
    }
  }
  /** The same with the elements' texts as keys. */
  byText(): this {
    const { u32 } = this.testing;
    for (let i = 0; i < this.items.length; i++) {
      const cell = this.at / 4 + i * 4;
      u32[cell] = this.items[i][1] === "" ? 0 : u32[cell + 2];
      u32[cell + 1] = u32[cell + 3];
    }
    return this;
  }
  free(): void {
    for (const block of [this.at, this.room, this.#texts]) this.testing.core.free(block);
  }
  read(): string[] {
    const { u32, text } = this.testing;
    return this.items.map((_, i) => {
      const cell = this.at / 4 + i * 4;
      return text(u32[cell + 2], u32[cell + 3]);
    });
  }
  keys(): number[] {
    return this.items.map((_, i) => this.f64[this.at / 8 + i * 2]);
  }
}

const byBytes = (a: string, b: string) => a < b ? -1 : a > b ? 1 : 0;

/** What the records are sorted by, for the core and for JavaScript. */
function orders(core: TestingCore["core"]) {
  type Item = [number, string];
  return [
    { by: core.RANK_NUMBER.value, order: (a: Item, b: Item) => a[0] - b[0] || 0 },
    {
      by: core.RANK_NUMBER_BYTES.value,
      order: (a: Item, b: Item) => a[0] - b[0] || byBytes(a[1], b[1]),
    },
    { by: core.RANK_BYTES.value, order: (a: Item, b: Item) => byBytes(a[1], b[1]) },
  ].flatMap(({ by, order }) => [
    { by, order },
    { by: by | core.RANK_DOWN.value, order: (a: Item, b: Item) => -order(a, b) },
  ]);
}

function randomItems(random: Random): [number, string][] {
  const count = random([3, 10, 50, 300, 2000][random(5)]);
  const spread = [2, 10, 1e9][random(3)];
  return Array.from({ length: count }, () => [
    random(spread) - spread / 2,
    `${random(3) ? random(spread) : ""}`,
  ]);
}

Deno.test("ranking: all records as JavaScript sorts them, ties as they were", () =>
  fuzz(async (random) => {
    const testing = await withHeap();
    const { core } = testing;
    for (let i = 0; i < scaled(60); i++) {
      const items = randomItems(random);
      for (const { by, order } of orders(core)) {
        const records = new Records(testing, items);
        if ((by & 3) === core.RANK_BYTES.value) records.byText();
        core.rankAll(records.at, items.length, by, records.room);
        const sorted = items.toSorted(order);
        assertEquals(records.read(), sorted.map(([, element]) => element));
        if ((by & 3) !== core.RANK_BYTES.value) {
          assertEquals(records.keys().map((key) => key + 0), sorted.map(([key]) => key + 0));
        }
        records.free();
      }
    }
  }));

Deno.test("ranking: the places wanted hold what they should, and nothing is lost", () =>
  fuzz(async (random) => {
    const testing = await withHeap();
    const { core } = testing;
    for (let i = 0; i < scaled(100); i++) {
      const items = randomItems(random);
      if (items.length === 0) continue;
      const first = random(items.length);
      const last = first + random(items.length - first);
      const { by, order } = orders(core)[2 + random(2)];
      const records = new Records(testing, items);
      core.rankSome(records.at, items.length, by, first, last);
      const sorted = items.toSorted(order).map(([, element]) => element);
      const got = records.read();
      assertEquals(got.slice(first, last + 1), sorted.slice(first, last + 1));
      assertEquals(got.toSorted(), sorted.toSorted());
      records.free();
    }
  }));

Deno.test("ranking: orders that make a quicksort slow need no stack", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const count = 20_000;
  const orders: ((i: number) => number)[] = [
    (i) => i,
    (i) => -i,
    () => 1,
    (i) => i % 2,
    (i) => Math.min(i, count - i),
    // The median of three is always the second smallest.
    (i) => i < count / 2 ? (i % 2 ? i : count / 2 + i) : (i - count / 2) * 2,
  ];
  for (const order of orders) {
    const items = Array.from({ length: count }, (_, i): [number, string] => [order(i), ""]);
    const records = new Records(testing, items);
    core.rankSome(records.at, count, core.RANK_NUMBER.value, 0, count - 2);
    assertEquals(records.keys(), items.map(([key]) => key).sort((a, b) => a - b));
    records.free();
  }
});

// ---- SORT -----------------------------------------------------------------------------------------

/** Pushes numbers to a list, many at a time. */
function fill(rig: CommandRig, key: string, numbers: readonly number[]): void {
  for (let i = 0; i < numbers.length; i += 10_000) {
    const words = ["rpush", key, ...numbers.slice(i, i + 10_000).map(String)];
    assert(rig.run(words, (x) => x.listPush(0, 1, 2, false)).status >= 0);
  }
}

/** A rig with Redis's limits of a list's nodes. */
async function loadRig(limitBytes?: number): Promise<CommandRig> {
  const rig = await CommandRig.load(limitBytes);
  const { at, u32 } = rig.core;
  u32[at.LIST_NODE_BYTES] = 8192;
  u32[at.LIST_NODE_ENTRIES] = 2 ** 32 - 1;
  u32[at.LIST_PLAIN_BYTES] = 2 ** 30;
  return rig;
}

function sort(rig: CommandRig, words: string[], store: number) {
  return rig.run(words, (x) => x.sortKey(0, 1, store, 0, 0, 0, -1));
}

Deno.test("SORT: a million elements", () =>
  fuzz(async (random) => {
    const rig = await loadRig();
    const { at } = rig.core;
    const numbers = Array.from({ length: 1_000_000 }, () => random(2 ** 31) - 2 ** 30);
    fill(rig, "l", numbers);
    const { status, reply } = sort(rig, ["sort", "l", "d"], 2);
    assertEquals(status, at.SORT_FOUND | at.SORT_STORED | at.SORT_CREATED);
    assertEquals(reply, ":1000000\r\n");
    numbers.sort((a, b) => a - b);
    for (const index of [0, 1, 499_999, 500_000, 777_777, 999_998, 999_999]) {
      const found = rig.run(["lindex", "d", String(index)], (x) => x.listIndex(0, 1, 2)).reply;
      assertEquals(found.split("\r\n")[1], String(numbers[index]));
    }
  }));

Deno.test("SORT: without memory it says so, and nothing has changed", async () => {
  const rig = await loadRig(2 ** 26);
  const { at } = rig.core;
  fill(rig, "l", Array.from({ length: 100_000 }, (_, i) => i * 7919 % 100_003));
  fill(rig, "d", [1, 2, 3]);
  const blocks: (() => void)[] = [rig.exhaust()];
  const used = rig.core.usedBytes;
  assertEquals(sort(rig, ["sort", "l", "d"], 2).status, at.OUT_OF_MEMORY);
  assertEquals(rig.core.usedBytes, used);
  blocks.pop()!();
  // With room for ever more of what it needs it fails at ever later points.
  for (let free = 0; free < 40; free++) {
    const taken: number[] = [];
    for (let left = rig.core.x.allocate(2 ** 18); left !== 0; left = rig.core.x.allocate(2 ** 18)) {
      taken.push(left);
    }
    taken.splice(0, free * 2).forEach((block) => rig.core.x.free(block));
    const before = rig.core.usedBytes;
    const { status, reply } = sort(rig, ["sort", "l", "d"], 2);
    taken.forEach((block) => rig.core.x.free(block));
    if (status === at.OUT_OF_MEMORY) {
      assert(before - rig.core.usedBytes >= taken.length * 2 ** 18);
      const length = rig.run(["llen", "d"], (x) => x.listSize(0, 1)).reply;
      assertEquals(length, ":3\r\n");
      continue;
    }
    assertEquals(reply, ":100000\r\n");
    return;
  }
  throw new Error("there never was enough memory");
});
