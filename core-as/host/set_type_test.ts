/** Sets: one contract for all encodings, a model with a seeded fuzz, and what happens without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import type { CoreFunctions } from "./core.ts";
import { fuzz, fuzzScale, type Random } from "./testing.ts";

/** Bulks and integers of a reply, in the order in which they come; heads of aggregates left out. */
function parse(reply: string): string[] {
  const values: string[] = [];
  for (let at = 0; at < reply.length;) {
    const end = reply.indexOf("\r\n", at);
    const [type, line] = [reply[at], reply.slice(at + 1, end)];
    at = end + 2;
    if (type === ":") values.push(line);
    else if (type === "$" && line !== "-1") {
      values.push(reply.slice(at, at + Number(line)));
      at += Number(line) + 2;
    }
  }
  return values;
}

/** Limits of the encodings: members of an intset, members of a listpack. */
interface Limits {
  intset: number;
  listpack: number;
}
const DEFAULT_LIMITS: Limits = { intset: 512, listpack: 128 };

/** The sets of a core, by the calls that the commands make. */
class SetRig {
  constructor(readonly rig: CommandRig, limits = DEFAULT_LIMITS) {
    this.limits = limits;
  }
  static async load(limits?: Limits): Promise<SetRig> {
    return new SetRig(await CommandRig.load(), limits);
  }
  set limits({ intset, listpack }: Limits) {
    const { at, u32 } = this.rig.core;
    u32[at.SET_INTSET_ENTRIES] = intset;
    u32[at.SET_LISTPACK_ENTRIES] = listpack;
    u32[at.SET_LISTPACK_VALUE] = 64;
  }
  get at() {
    return this.rig.core.at;
  }
  run(words: string[], call: (x: CoreFunctions) => number | void) {
    return this.rig.run(words, call);
  }
  add(key: string, ...members: string[]): number {
    return this.run(["sadd", key, ...members], (x) => x.setAdd(0, 1, 2, 2 + members.length)).status;
  }
  remove(key: string, ...members: string[]): number {
    const words = ["srem", key, ...members];
    return Number(parse(this.run(words, (x) => x.setRemove(0, 1, 2, words.length)).reply)[0]);
  }
  has(key: string, ...members: string[]): boolean[] {
    const words = ["smismember", key, ...members];
    const { reply } = this.run(words, (x) => x.setHasMany(0, 1, 2, words.length));
    return parse(reply).map((found) => found === "1");
  }
  count(key: string): number {
    return Number(parse(this.run(["scard", key], (x) => x.setCount(0, 1)).reply)[0]);
  }
  /** Members in the reply's order. */
  members(key: string): string[] {
    return parse(this.run(["smembers", key], (x) => x.setMembers(0, 1)).reply);
  }
  sorted(key: string): string[] {
    return this.members(key).sort();
  }
  move(from: string, to: string, member: string): number {
    return this.run(["smove", from, to, member], (x) => x.setMove(0, 1, 2, 3)).status;
  }
  pop(key: string, count: number): string[] {
    return parse(this.run(["spop", key], (x) => x.setPopMany(0, 1, count)).reply);
  }
  distinct(key: string, count: number): string[] {
    return parse(this.run(["srandmember", key], (x) => x.setRandomDistinct(0, 1, count)).reply);
  }
  scan(key: string, count: number, between = () => {}): string[] {
    const found: string[] = [];
    let cursor = 0;
    do {
      const words = ["sscan", key];
      const [next, ...members] = parse(
        this.run(words, (x) => x.setScan(0, 1, cursor, count, 0)).reply,
      );
      found.push(...members);
      cursor = Number(next);
      between();
    } while (cursor !== 0);
    return found;
  }
  /** A set operation as the commands run it: sources from argument `first` on. */
  operate(words: string[], first: number, operation: (x: CoreFunctions) => number | void) {
    return this.run(words, (x) => {
      assert(x.setSourcesStart(words.length - first));
      for (let i = first; i < words.length; i++) x.setSource(0, i);
      const status = operation(x);
      x.setSourcesEnd();
      return status;
    });
  }
  delete(key: string): void {
    this.run(["del", key], (x) => Number(x.keyDelete(0, 1)));
    while (this.rig.core.x.pendingFreeStep(64)) continue;
  }
  exists(key: string): boolean {
    return this.run(["exists", key], (x) => x.keyPeek(0, 1)).status !== 0;
  }
  encoding(key: string): string {
    const names: Record<number, string> = { 2: "hashtable", 6: "intset", 11: "listpack" };
    return names[this.run(["object", key], (x) => x.encodingOf(x.keyPeek(0, 1))).status];
  }
}

/** Names of members that keep a set in its encoding, and the limits that put it there. */
const encodings: [name: string, limits: Limits, member: (i: number) => string][] = [
  ["intset", { intset: 1000, listpack: 0 }, (i) => String(i * 37 - 300)],
  ["listpack", { intset: 0, listpack: 1000 }, (i) => i % 3 === 0 ? String(i) : `member${i}`],
  ["hashtable", { intset: 0, listpack: 0 }, (i) => i % 3 === 0 ? String(i) : `member${i}`],
];

for (const [name, limits, member] of encodings) {
  const some = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => member(from + i));
  const contract = (what: string, body: (sets: SetRig) => void) =>
    Deno.test(`set as ${name}: ${what}`, async () => body(await SetRig.load(limits)));

  contract("adds, counts, finds and removes", (sets) => {
    assertEquals(sets.add("s", ...some(0, 50), member(3)), 50);
    assertEquals(sets.encoding("s"), name);
    assertEquals(sets.add("s", ...some(40, 60)), 10);
    assertEquals(sets.count("s"), 60);
    assertEquals(sets.has("s", member(0), member(59), member(60), "", "none"), [
      true,
      true,
      false,
      false,
      false,
    ]);
    assertEquals(sets.sorted("s"), some(0, 60).sort());
    assertEquals(sets.remove("s", ...some(20, 80), "none"), 40);
    assertEquals(sets.sorted("s"), some(0, 20).sort());
    assertEquals(sets.remove("s", ...some(0, 20)), 20);
    assert(!sets.exists("s"));
  });

  contract("moves a member, the last one with its key", (sets) => {
    const { SET_MOVED, SET_MOVED_LAST, SET_MOVED_NEW, SET_MOVED_NEW_KEY } = sets.at;
    sets.add("s", member(1), member(2));
    assertEquals(sets.move("s", "t", member(1)), SET_MOVED + SET_MOVED_NEW + SET_MOVED_NEW_KEY);
    assertEquals(sets.move("s", "t", member(1)), 0);
    sets.add("t", member(2));
    assertEquals(sets.move("s", "t", member(2)), SET_MOVED + SET_MOVED_LAST);
    assert(!sets.exists("s"));
    assertEquals(sets.sorted("t"), some(1, 3).sort());
  });

  contract("a copy and what it was made of go their own ways", (sets) => {
    sets.add("s", ...some(0, 100));
    sets.run(["copy", "s", "copy"], (x) => x.keyCopy(0, 1, 0, 2, false));
    sets.remove("s", ...some(0, 50));
    assertEquals(sets.sorted("copy"), some(0, 100).sort());
    assertEquals(sets.encoding("copy"), name);
    sets.add("copy", member(100));
    assertEquals(sets.sorted("s"), some(50, 100).sort());
    assertEquals(sets.has("copy", member(100), member(0)), [true, true]);
  });

  contract("scans every member", (sets) => {
    sets.add("s", ...some(0, 300));
    for (const count of [1, 10, 1000]) {
      assertEquals([...new Set(sets.scan("s", count))].sort(), some(0, 300).sort());
    }
  });

  contract("pops what it then lacks", (sets) => {
    for (const count of [1, 7, 50, 95, 99]) {
      sets.add("s", ...some(0, 100));
      const popped = sets.pop("s", count);
      assertEquals(popped.length, count);
      assertEquals(new Set(popped).size, count);
      assertEquals([...popped, ...sets.members("s")].sort(), some(0, 100).sort());
    }
    const all = sets.members("s");
    assertEquals(sets.pop("s", 100).sort(), all.sort());
    assert(!sets.exists("s"));
  });

  contract("without memory it says so and stays as it was", (sets) => {
    sets.add("s", ...some(0, 20));
    sets.add("t", ...some(10, 30));
    const expected = new Set(some(0, 20));
    const release = sets.rig.exhaust();
    const { OUT_OF_MEMORY } = sets.at;
    for (let i = 20; i < 700; i++) {
      const status = sets.add("s", member(i));
      // What lies spare in a block is used up first.
      if (status > 0) expected.add(member(i));
      else assertEquals(status, OUT_OF_MEMORY);
    }
    assert(!expected.has(member(699)));
    assertEquals(sets.sorted("s"), [...expected].sort());
    assertEquals(sets.add("fresh", ...some(0, 900)), OUT_OF_MEMORY);
    assert(!sets.exists("fresh") || sets.count("fresh") > 0);
    for (
      const operation of ["setStoreUnion", "setStoreIntersection", "setStoreDifference"] as const
    ) {
      const words = ["store", "d", "t", "s"];
      // The sources themselves want a little memory.
      sets.run(words, (x) => {
        if (!x.setSourcesStart(2)) return;
        for (const i of [2, 3]) x.setSource(0, i);
        const status = x[operation](0, 1);
        assert(status === OUT_OF_MEMORY || status >= 0);
        x.setSourcesEnd();
      });
    }
    assertEquals(sets.sorted("t"), some(10, 30).sort());
    release();
    sets.remove("s", ...[...expected].slice(1));
    assertEquals(sets.add("s", member(800)), 1);
    assertEquals(sets.sorted("s"), [[...expected][0], member(800)].sort());
  });

  contract("gone, all of its memory has come back", (sets) => {
    sets.add("warm", "x");
    sets.delete("warm");
    const { LIVE_BLOCKS } = sets.at;
    const before = sets.rig.core.u32[LIVE_BLOCKS];
    sets.add("s", ...some(0, 900));
    sets.add("t", ...some(300, 900));
    sets.run(["copy", "s", "copy"], (x) => x.keyCopy(0, 1, 0, 2, false));
    sets.operate(["x", "d", "s", "t"], 2, (x) => x.setStoreUnion(0, 1));
    sets.operate(["x", "d", "s", "t"], 2, (x) => x.setStoreDifference(0, 1));
    sets.operate(["x", "d", "s", "t"], 2, (x) => x.setStoreIntersection(0, 1));
    sets.operate(["x", "s", "t"], 1, (x) => x.setUnion());
    sets.pop("s", 880);
    for (const key of ["s", "t", "d", "copy"]) sets.delete(key);
    assertEquals(sets.rig.core.u32[LIVE_BLOCKS], before);
  });
}

Deno.test("set: a large one is freed in steps of a few members each", async () => {
  const sets = await SetRig.load();
  const { core } = sets.rig;
  sets.add("s", ...Array.from({ length: 20000 }, (_, i) => `m${i}`));
  const blocks = () => core.u32[sets.at.LIVE_BLOCKS];
  const before = blocks();
  sets.run(["del", "s"], (x) => Number(x.keyDelete(0, 1)));
  assert(before - blocks() < 10, "DEL itself frees next to nothing");
  let last = blocks();
  let steps = 0;
  while (core.x.pendingFreeStep(100)) {
    assert(last - blocks() <= 200, "a step stays within its budget");
    last = blocks();
    steps++;
  }
  assert(steps >= 199);
});

Deno.test("set: encodings are those of Redis 7.2", async () => {
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  const words = (count: number) => Array.from({ length: count }, (_, i) => `m${i}`);
  const cases: [expected: string, limits: Limits, ...adds: string[][]][] = [
    ["intset", DEFAULT_LIMITS, ["1"]],
    ["listpack", DEFAULT_LIMITS, ["a"]],
    ["listpack", DEFAULT_LIMITS, ["a", "1"]],
    ["listpack", DEFAULT_LIMITS, ["1", "a"]],
    ["intset", DEFAULT_LIMITS, numbers(512)],
    ["hashtable", DEFAULT_LIMITS, numbers(513)],
    ["hashtable", DEFAULT_LIMITS, numbers(512), ["512"]],
    ["hashtable", DEFAULT_LIMITS, ["1"], numbers(513)],
    ["intset", DEFAULT_LIMITS, ["1"], numbers(512)],
    ["listpack", DEFAULT_LIMITS, words(128)],
    ["hashtable", DEFAULT_LIMITS, words(129)],
    ["hashtable", DEFAULT_LIMITS, words(128), ["other"]],
    ["listpack", DEFAULT_LIMITS, words(128), ["m0"]],
    ["listpack", DEFAULT_LIMITS, numbers(127), ["a"]],
    ["hashtable", DEFAULT_LIMITS, numbers(128), ["a"]],
    ["listpack", DEFAULT_LIMITS, ["x".repeat(64)]],
    ["hashtable", DEFAULT_LIMITS, ["x".repeat(65)]],
    ["hashtable", DEFAULT_LIMITS, ["1"], ["x".repeat(65)]],
    ["intset", { intset: 5, listpack: 5 }, numbers(5)],
    ["listpack", { intset: 5, listpack: 5 }, ["a", ...numbers(4)]],
    ["hashtable", { intset: 5, listpack: 5 }, ["a", ...numbers(4)], ["b"]],
    ["listpack", { intset: 2, listpack: 5 }, numbers(3)],
    ["hashtable", { intset: 2, listpack: 5 }, numbers(2), ["2"]],
    ["hashtable", { intset: 0, listpack: 0 }, ["1"]],
  ];
  for (const [expected, limits, ...adds] of cases) {
    const sets = await SetRig.load(limits);
    for (const members of adds) sets.add("s", ...members);
    assertEquals(sets.encoding("s"), expected, JSON.stringify(adds).slice(0, 80));
    assertEquals(sets.sorted("s"), [...new Set(adds.flat())].sort());
  }
});

Deno.test("set: popping most of a table leaves a listpack, long members a table", async () => {
  const sets = await SetRig.load();
  for (const [prefix, encoding] of [["m", "listpack"], ["m".repeat(65), "hashtable"]]) {
    const all = Array.from({ length: 1000 }, (_, i) => prefix + i);
    sets.add("s", ...all);
    const popped = sets.pop("s", 950);
    assertEquals(sets.encoding("s"), encoding);
    assertEquals([...popped, ...sets.members("s")].sort(), all.sort());
    sets.delete("s");
  }
});

// ---- operations -----------------------------------------------------------------------------------

type Model = Map<string, Set<string>>;

function setOf(model: Model, key: string): Set<string> {
  return model.get(key) ?? new Set();
}

/** What the operation gives, by the model. */
const operations = {
  Intersection: (sets: Set<string>[]) =>
    sets.slice(1).reduce((kept, other) => kept.intersection(other), sets[0]),
  Union: (sets: Set<string>[]) => sets.reduce((all, other) => all.union(other)),
  Difference: (sets: Set<string>[]) =>
    sets.slice(1).reduce((kept, other) => kept.difference(other), sets[0]),
};
type Operation = keyof typeof operations;
const operationNames = Object.keys(operations) as Operation[];

function randomMember(random: Random): string {
  switch (random(8)) {
    case 0:
      return String(random(2000));
    case 1:
      return ["", "\x00", "\r\n\xff", "01", "-0", "x".repeat(64), "y".repeat(65)][random(7)];
    case 2:
      return `m${random(3000)}`;
    case 3:
      return String(random(30) * 1_000_000_007);
    default:
      return random(2) ? String(random(40)) : `m${random(40)}`;
  }
}

function randomMembers(random: Random): string[] {
  const length = 1 + random(random(8) === 0 ? 1500 : 6);
  const integers = random(3) === 0;
  return Array.from({ length }, () => integers ? String(random(900)) : randomMember(random));
}

function operationStep(sets: SetRig, model: Model, random: Random): void {
  const keys = Array.from({ length: 1 + random(random(4) ? 4 : 9) }, () => `k${random(8)}`);
  const name = operationNames[random(3)];
  const expected = operations[name](keys.map((key) => setOf(model, key)));
  const sorted = [...expected].sort();
  const words = ["x", ...keys];
  if (random(2)) {
    const { reply } = sets.operate(words, 1, (x) => x[`set${name}`]());
    return assertEquals(parse(reply).sort(), sorted, `${name} ${keys}`);
  }
  if (random(4) === 0) {
    const limit = random(20);
    const size = operations.Intersection(keys.map((key) => setOf(model, key))).size;
    const { reply } = sets.operate(words, 1, (x) => x.setIntersectionCount(limit));
    return assertEquals(parse(reply), [String(limit ? Math.min(limit, size) : size)]);
  }
  const key = `k${random(8)}`;
  const store = ["x", key, ...keys];
  const { reply } = sets.operate(store, 2, (x) => x[`setStore${name}`](0, 1));
  assertEquals(parse(reply), [String(sorted.length)], `${name}STORE ${key} ${keys}`);
  assertEquals(sets.sorted(key), sorted, `${name}STORE ${key} ${keys}`);
  if (sorted.length) model.set(key, expected);
  else model.delete(key);
}

function step(sets: SetRig, model: Model, random: Random): void {
  const key = `k${random(8)}`;
  const present = setOf(model, key);
  const settle = (set: Set<string>) => set.size ? model.set(key, set) : model.delete(key);
  switch (random(8)) {
    case 0:
    case 1: {
      const members = randomMembers(random);
      const all = present.union(new Set(members));
      assertEquals(sets.add(key, ...members), all.size - present.size);
      settle(all);
      break;
    }
    case 2: {
      const members = randomMembers(random);
      const left = present.difference(new Set(members));
      assertEquals(sets.remove(key, ...members), present.size - left.size);
      settle(left);
      break;
    }
    case 3: {
      const count = random(random(2) ? 5 : 1200);
      const popped = new Set(sets.pop(key, count));
      assertEquals(popped.size, Math.min(count, present.size));
      assert(popped.isSubsetOf(present));
      settle(present.difference(popped));
      break;
    }
    case 4: {
      const members = randomMembers(random);
      assertEquals(sets.has(key, ...members), members.map((member) => present.has(member)));
      break;
    }
    case 5: {
      const count = random(random(2) ? 5 : 1200);
      const drawn = sets.distinct(key, count);
      assertEquals(drawn.length, Math.min(count, present.size));
      assertEquals(new Set(drawn).size, drawn.length);
      assert(new Set(drawn).isSubsetOf(present));
      break;
    }
    case 6:
      assertEquals(sets.count(key), present.size);
      if (present.size) {
        assertEquals([...new Set(sets.scan(key, 1 + random(50)))].sort(), [...present].sort());
      }
      break;
    default:
      operationStep(sets, model, random);
  }
}

Deno.test("set: does what sets do", () =>
  fuzz(async (random: Random) => {
    const rig = await CommandRig.load();
    for (let round = 0; round < 6; round++) {
      const limits = [DEFAULT_LIMITS, { intset: 10, listpack: 20 }, { intset: 0, listpack: 0 }];
      const sets = new SetRig(rig, limits[random(3)]);
      const model: Model = new Map();
      for (let i = 0; i < 600 * fuzzScale(); i++) {
        step(sets, model, random);
        if (random(50) === 0) sets.limits = limits[random(3)];
      }
      for (let i = 0; i < 8; i++) {
        assertEquals(sets.sorted(`k${i}`), [...setOf(model, `k${i}`)].sort());
        sets.delete(`k${i}`);
      }
    }
  }));

Deno.test("set: operations on large tables, and on many sets", () =>
  fuzz(async (random: Random) => {
    const sets = await SetRig.load();
    const model: Model = new Map();
    for (let i = 0; i < 8; i++) {
      const length = [20000, 9000, 5000, 300, 40, 3, 2000, 700][i];
      const members = Array.from({ length }, () => `m${random(25000)}`);
      sets.add(`k${i}`, ...members);
      model.set(`k${i}`, new Set(members));
    }
    for (let i = 0; i < 60 * fuzzScale(); i++) operationStep(sets, model, random);
  }));

Deno.test("SSCAN: a member that is there all the time is returned, however the others come and go", () =>
  fuzz(async (random: Random) => {
    const sets = await SetRig.load();
    const lasting = Array.from({ length: 300 }, (_, i) => `lasting${i}`);
    sets.add("s", ...lasting);
    let made = 0;
    let gone = 0;
    for (let round = 0; round < 20; round++) {
      const grows = random(2) === 0;
      const found = new Set(sets.scan("s", 10 + random(30), () => {
        if (grows) { for (let i = 0; i < 15; i++) sets.add("s", `other${made++}`); }
        else for (let i = 0; i < 40 && gone < made; i++) sets.remove("s", `other${gone++}`);
      }));
      assertEquals(lasting.filter((member) => !found.has(member)), []);
    }
  }));

Deno.test("SRANDMEMBER and SPOP: each member as likely as the others", async () => {
  for (const [, limits, member] of encodings) {
    const sets = await SetRig.load(limits);
    const members = Array.from({ length: 60 }, (_, i) => member(i));
    const drawn = new Map<string, number>();
    const draws = 1000;
    const counts = [5, 15, 30, 59];
    for (const count of counts) {
      for (let i = 0; i < draws; i++) {
        sets.add("s", ...members);
        for (const found of [...sets.distinct("s", count), ...sets.pop("s", count)]) {
          drawn.set(found, (drawn.get(found) ?? 0) + 1);
        }
      }
    }
    const mean = 2 * draws * (5 + 15 + 30 + 59) / 60;
    for (const one of members) {
      const times = drawn.get(one) ?? 0;
      // The deviation is below 30; six times that never happens.
      assert(Math.abs(times - mean) < 180, `${one}: ${times} of ${mean}`);
    }
  }
});
