import { assert, assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  type Random,
  scaled,
  type TestingCore,
  withOracle,
} from "./testing.ts";

const EDGES = [0n, 15n, 31n, 63n].flatMap((bits) =>
  [2n ** bits - 1n, 2n ** bits, -(2n ** bits), -(2n ** bits) - 1n, 2n ** bits - 2n]
    .filter((value) => BigInt.asIntN(64, value) === value)
);

/** A value that often meets one drawn before, of up to `bits` bits. */
function randomValue(random: Random, bits: number): bigint {
  if (random(20) === 0) return EDGES[random(EDGES.length)];
  const wide = BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32));
  return BigInt.asIntN(random(3) ? 8 : bits, wide);
}

class Intset {
  constructor(readonly setup: TestingCore, public set: number) {}

  get core() {
    return this.setup.core;
  }
  get size() {
    return this.core.intsetBytes(this.set) >>> 0;
  }
  get image() {
    return this.setup.text(this.set, this.size);
  }
  add(value: bigint): boolean {
    const set = this.core.intsetAdd(this.set, value);
    assert(set !== 0, "memory is out");
    this.set = set;
    return this.core.intsetChanged();
  }
  remove(value: bigint): boolean {
    this.set = this.core.intsetRemove(this.set, value);
    return this.core.intsetChanged();
  }
  members(): bigint[] {
    const length = this.core.intsetLength(this.set);
    return Array.from({ length }, (_, i) => this.core.intsetGet(this.set, i));
  }
  check(model: Set<bigint>): void {
    const sorted = [...model].sort((a, b) => a < b ? -1 : 1);
    assertEquals(this.members(), sorted);
    assert(model.size === 0 || this.core.intsetValidate(this.set, this.size, true), "it is valid");
    assert(this.core.blockBytes(this.set) >= this.size, "it fits its block");
  }
}

async function fresh(options: { high?: boolean; heapBytes?: number } = {}): Promise<Intset> {
  const setup = await loadTestingCore({ heapBytes: 2 ** 24, ...options });
  return new Intset(setup, setup.core.intsetNew(0));
}

for (const high of [false, true]) {
  Deno.test(`intset: does as a set of integers does${high ? ", across 2 GiB" : ""}`, () =>
    fuzz(async (random) => {
      for (let round = 0; round < scaled(30); round++) {
        const ints = await fresh({ high });
        const { core } = ints;
        if (high) assert(core.allocate(2 ** 23 - 4096) !== 0);
        const model = new Set<bigint>();
        const widest = [16, 32, 64][random(3)];
        const shrinks = random(2) === 1;
        for (let i = 0; i < 1000; i++) {
          const value = randomValue(random, i < 300 ? 16 : widest);
          if (random(5) < (shrinks && i > 500 ? 4 : 1)) {
            assertEquals(ints.remove(value), model.delete(value), String(value));
          } else {
            assertEquals(ints.add(value), !model.has(value), String(value));
            model.add(value);
          }
          const wanted = randomValue(random, 64);
          const below = [...model].filter((member) => member < wanted).length;
          assertEquals(core.intsetHas(ints.set, wanted), model.has(wanted));
          assertEquals(core.intsetIndexOf(ints.set, wanted), model.has(wanted) ? below : -1);
          assertEquals(core.intsetLowerBound(ints.set, wanted), below);
          if (i % 50 === 0) ints.check(model);
        }
        ints.check(model);
        const copy = new Intset(ints.setup, core.intsetDup(ints.set));
        copy.check(model);
        core.intsetFree(ints.set);
        core.intsetFree(copy.set);
        assertEquals(core.getU32(core.LIVE_BLOCKS.value), high ? 1 : 0);
      }
    }));
}

Deno.test("intset: does not find what stands behind the last member", async () => {
  const ints = await fresh();
  for (let i = 0n; i < 10n; i++) ints.add(i);
  for (let i = 9n; i >= 0n; i--) {
    ints.remove(i);
    assert(!ints.core.intsetHas(ints.set, i));
  }
});

Deno.test("intset: widens at each border, at either end", async () => {
  const heap = await fresh();
  const { core, setup } = heap;
  for (const value of EDGES) {
    const ints = new Intset(setup, core.intsetNew(0));
    const model = new Set([3n, -7n, 5n, value]);
    for (const member of model) ints.add(member);
    ints.check(model);
    const width = BigInt.asIntN(16, value) === value
      ? 2
      : BigInt.asIntN(32, value) === value
      ? 4
      : 8;
    assertEquals(ints.image.charCodeAt(0), width, String(value));
    assert(ints.remove(value));
    assertEquals(ints.image.charCodeAt(0), width);
  }
});

Deno.test("intset: every member comes up at random", async () => {
  const ints = await fresh();
  new BigUint64Array(ints.setup.memory.buffer)[ints.core.RANDOM.value / 8] = 88172645463325252n;
  for (let i = 0n; i < 10n; i++) ints.add(i * 1000n);
  const counts = new Map<bigint, number>();
  for (let i = 0; i < 10000; i++) {
    const member = ints.core.intsetRandom(ints.set);
    counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  assertEquals(counts.size, 10);
  for (const count of counts.values()) assert(count > 800 && count < 1200, `${count} of 10000`);
});

Deno.test("intset: removes ranges of indices", async () => {
  const ints = await fresh();
  for (let i = 0n; i < 100n; i++) ints.add(i);
  ints.set = ints.core.intsetRemoveAt(ints.set, 10, 80);
  ints.set = ints.core.intsetRemoveAt(ints.set, 18, 2);
  ints.set = ints.core.intsetRemoveAt(ints.set, 0, 1);
  const model = Array.from({ length: 100 }, (_, i) => BigInt(i));
  ints.check(new Set(model.filter((i) => i > 0n && i < 10n || i > 89n && i < 98n)));
  assert(ints.core.blockBytes(ints.set) < 100, "room is given back");
});

Deno.test("intset: stays as it was when memory is out", async () => {
  const ints = await fresh({ heapBytes: 2 ** 22 });
  const { core } = ints;
  const model = new Set<bigint>();
  let value = -32768n;
  for (let set; (set = core.intsetAdd(ints.set, value)) !== 0; value++) {
    ints.set = set;
    model.add(value);
    if (model.size === 30000) { while (core.allocate(8193)); }
  }
  assert(model.size > 30000);
  const before = ints.image;
  for (const refused of [value, 32767n, 70000n, -70000n, 2n ** 40n, -(2n ** 40n)]) {
    assertEquals(core.intsetAdd(ints.set, refused), 0);
    assert(!core.intsetChanged());
  }
  assertEquals(ints.image, before);
  ints.check(model);
  assert(!ints.add(-1n), "what is there needs no memory");
  while (core.allocate(8193));
  assertEquals(core.intsetDup(ints.set), 0);
});

Deno.test("intset: what the validator accepts of many mutations ascends", () =>
  fuzz(async (random) => {
    const ints = await fresh();
    const { core, setup: { bytes, put, scratch, memory } } = ints;
    const view = new DataView(memory.buffer);
    let image = new Uint8Array();
    let accepted = 0;
    for (let i = 0; i < scaled(200000); i++) {
      if (i % 1000 === 0) {
        ints.set = core.intsetRemoveAt(ints.set, 0, core.intsetLength(ints.set));
        ints.set = core.intsetAdd(core.intsetNew(0), EDGES[random(EDGES.length)]);
        for (let count = random(12); count > 0; count--) ints.add(randomValue(random, 64));
        image = bytes.slice(ints.set, ints.set + ints.size);
      }
      const mutated = image.slice(0, random(10) ? image.length : random(image.length + 1));
      if (mutated.length) mutated[random(mutated.length)] ^= 1 << random(8);
      const len = put(scratch, mutated);
      if (random(10) === 0) view.setUint32(scratch + 4, random(2 ** 32), true);
      const deep = random(2) === 1;
      if (!core.intsetValidate(scratch, len, deep)) continue;
      accepted++;
      assertEquals(core.intsetBytes(scratch), len);
      if (!deep) continue;
      const members = new Intset(ints.setup, scratch).members();
      assert(members.every((member, k) => k === 0 || members[k - 1] < member));
    }
    assert(accepted > scaled(200000) / 100, `${accepted} accepted`);
    // A length whose bytes wrap around to 8.
    new Uint32Array(memory.buffer).set([8, 0x20000001, 1, 0], scratch / 4);
    assert(!core.intsetValidate(scratch, 16, false));
    const short = Uint8Array.from([2, 0, 0, 0, 1, 0, 0, 0, 5, 0]);
    assert(core.intsetValidate(scratch, put(scratch, short), true));
    for (let len = 0; len < 10; len++) assert(!core.intsetValidate(scratch, len, true));
    for (const width of [0, 1, 3, 6, 16]) {
      put(scratch, Uint8Array.from([width, ...short.slice(1)]));
      assert(!core.intsetValidate(scratch, 8 + width, true), `width ${width}`);
    }
    assert(
      !core.intsetValidate(scratch, put(scratch, Uint8Array.from([2, 0, 0, 0, 0, 0, 0, 0])), true),
    );
  }));

Deno.test({
  name: "intset: Redis writes the same bytes",
  ignore: !hasOracle,
  fn: () =>
    withOracle(["--rdbcompression", "no"], (ask) =>
      fuzz(async (random) => {
        const { setup } = await fresh();
        const sets = Array.from({ length: scaled(500) }, () => {
          const bits = [16, 32, 64][random(3)];
          return Array.from({ length: 1 + random(60) }, () => randomValue(random, bits));
        });
        const replies = await ask(sets.flatMap((values) => [
          ["DEL", "set"],
          ["SADD", "set", ...values.map(String), "1", "2"],
          ["SREM", "set", String(values[0]), "1"],
          ["DUMP", "set"],
        ]));
        sets.forEach((values, i) => {
          const ints = new Intset(setup, setup.core.intsetNew(0));
          for (const value of [...values, 1n, 2n]) ints.add(value);
          for (const value of [values[0], 1n]) ints.remove(value);
          const payload = replies[i * 4 + 3];
          // A set left empty is gone.
          if (payload === null) return assertEquals(ints.members(), []);
          const text = payload as string;
          assertEquals(ints.image, text.slice(text.charCodeAt(1) < 64 ? 2 : 3, -10));
        });
      })),
});
