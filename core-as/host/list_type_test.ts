/** Lists: one contract for both encodings, when they change into each other, what happens without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random, scaled } from "./testing.ts";

const ANY_ENTRIES = 0xffffffff;
const LISTPACK = "listpack";
const QUICKLIST = "quicklist";
/** As entry.ts numbers them. */
const ENCODINGS: Record<number, string> = { 9: QUICKLIST, 11: LISTPACK };

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
const array = (texts: string[]) => `*${texts.length}\r\n${texts.map(bulk).join("")}`;
const integer = (value: number) => `:${value}\r\n`;
const NULL = "$-1\r\n";

function limit(rig: CommandRig, bytes: number, entries = ANY_ENTRIES, depth = 0): void {
  const { at, u32 } = rig.core;
  u32[at.LIST_NODE_BYTES] = bytes;
  u32[at.LIST_NODE_ENTRIES] = entries;
  u32[at.LIST_PLAIN_BYTES] = 2 ** 30;
  u32[at.LIST_COMPRESS_DEPTH] = depth;
}

function encoding(rig: CommandRig, key: string): string | undefined {
  let found = 0;
  rig.run(["object", key], (x) => {
    const entry = x.keyPeek(0, 1);
    found = entry === 0 ? 0 : x.encodingOf(entry);
  });
  return ENCODINGS[found];
}

/** Three lists in a core and in arrays, which every command changes alike or not at all. */
class Lists {
  readonly model = new Map<string, string[]>();
  failures = 0;

  constructor(readonly rig: CommandRig, readonly random: Random) {}

  #key(): string {
    return `list ${this.random(3)}`;
  }
  #element(): string {
    const kind = this.random(30);
    if (kind < 10) return String(this.random(20));
    if (kind < 27) return `text ${this.random(20)}`;
    if (kind < 29) return "x".repeat(this.random(300));
    return String(this.random(10)).repeat(this.random(10) === 0 ? 9000 : 2000);
  }

  /** Runs a command whose reply and effect on the arrays are known. */
  #check(
    words: string[],
    call: Parameters<CommandRig["run"]>[1],
    reply: string,
    changed: Record<string, string[]> = {},
  ): void {
    const { status, reply: got } = this.rig.run(words, call);
    const { OUT_OF_MEMORY } = this.rig.core.at;
    if (status === OUT_OF_MEMORY) {
      assertEquals(got, "");
      this.failures++;
      return;
    }
    assertEquals(got, reply, words.map((word) => word.slice(0, 40)).join(" "));
    for (const [key, list] of Object.entries(changed)) {
      if (list.length === 0) this.model.delete(key);
      else this.model.set(key, list);
    }
  }

  step(): void {
    const steps = [
      () => this.#push(),
      () => this.#push(),
      () => this.#push(),
      () => this.#pop(),
      () => this.#popMany(),
      () => this.#set(),
      () => this.#insert(),
      () => this.#insert(),
      () => this.#remove(),
      () => this.#trim(),
      () => this.#move(),
      () => this.#move(),
      () => this.#read(),
      () => this.#position(),
    ];
    steps[this.random(steps.length)]();
  }

  #push(): void {
    const [key, left] = [this.#key(), this.random(2) === 0];
    const length = this.random(20) === 0 ? this.random(300) : 1 + this.random(4);
    const added = Array.from({ length: Math.max(1, length) }, () => this.#element());
    const list = this.model.get(key) ?? [];
    const made = left ? [...added.toReversed(), ...list] : [...list, ...added];
    this.#check(
      ["push", key, ...added],
      (x) => x.listPush(0, 1, 2, left),
      integer(made.length),
      { [key]: made },
    );
  }

  #pop(): void {
    const [key, left] = [this.#key(), this.random(2) === 0];
    const list = [...this.model.get(key) ?? []];
    const popped = left ? list.shift() : list.pop();
    const reply = popped === undefined ? NULL : bulk(popped);
    this.#check(["pop", key], (x) => x.listPop(0, 1, left), reply, { [key]: list });
  }

  #popMany(): void {
    const [key, left] = [this.#key(), this.random(2) === 0];
    const list = [...this.model.get(key) ?? []];
    const count = this.random(this.random(5) === 0 ? 300 : 5);
    const popped = left
      ? list.splice(0, count)
      : list.splice(Math.max(0, list.length - count)).reverse();
    const reply = this.model.has(key) ? array(popped) : "*-1\r\n";
    const call = (x: CommandRig["core"]["x"]) => x.listPopMany(0, 1, count, left, false);
    this.#check(["pop", key], call, reply, { [key]: list });
  }

  #set(): void {
    const [key, element] = [this.#key(), this.#element()];
    const list = [...this.model.get(key) ?? []];
    const index = this.random(list.length * 2 + 2) - list.length - 1;
    if (list.length > 0 && list.at(index) !== undefined) {
      list[index < 0 ? index + list.length : index] = element;
    }
    this.#check(["set", key, `${index}`, element], (x) => x.listSet(0, 1, 2, 3), "", {
      [key]: list,
    });
  }

  #insert(): void {
    const [key, pivot, element] = [this.#key(), this.#element(), this.#element()];
    const after = this.random(2) === 0;
    const list = [...this.model.get(key) ?? []];
    const at = list.indexOf(pivot);
    if (at >= 0) list.splice(after ? at + 1 : at, 0, element);
    const reply = !this.model.has(key) ? 0 : at < 0 ? -1 : list.length;
    const call = (x: CommandRig["core"]["x"]) => x.listInsert(0, 1, after, 2, 3);
    this.#check(["insert", key, pivot, element], call, integer(reply), { [key]: list });
  }

  #remove(): void {
    const [key, element] = [this.#key(), this.#element()];
    const count = this.random(9) - 4;
    const list = this.model.get(key) ?? [];
    let left = count === 0 ? Infinity : Math.abs(count);
    const keep = (text: string) => text !== element || left-- <= 0;
    const kept = count < 0 ? list.toReversed().filter(keep).reverse() : list.filter(keep);
    const call = (x: CommandRig["core"]["x"]) => x.listRemove(0, 1, 2, 3);
    const reply = integer(list.length - kept.length);
    this.#check(["remove", key, `${count}`, element], call, reply, { [key]: kept });
  }

  #trim(): void {
    const key = this.#key();
    const list = this.model.get(key) ?? [];
    const most = list.length > 600 ? 300 : this.random(10) === 0 ? list.length : 10;
    const start = this.random(most + 1);
    const end = -1 - this.random(most + 1);
    const call = (x: CommandRig["core"]["x"]) => x.listTrim(0, 1, 2);
    const kept = list.slice(start, end + 1 === 0 ? undefined : end + 1);
    this.#check(["trim", key, `${start}`, `${end}`], call, "", { [key]: kept });
  }

  #move(): void {
    const [from, to] = [this.#key(), this.#key()];
    const [fromLeft, toLeft] = [this.random(2) === 0, this.random(2) === 0];
    const source = [...this.model.get(from) ?? []];
    const moved = fromLeft ? source.shift() : source.pop();
    const changed: Record<string, string[]> = { [from]: source };
    if (moved !== undefined) {
      const target = from === to ? source : [...this.model.get(to) ?? []];
      if (toLeft) target.unshift(moved);
      else target.push(moved);
      changed[to] = target;
    }
    const reply = moved === undefined ? NULL : bulk(moved);
    this.#check(["move", from, to], (x) => x.listMove(0, 1, 2, fromLeft, toLeft), reply, changed);
  }

  #read(): void {
    const key = this.#key();
    const list = this.model.get(key) ?? [];
    const index = this.random(list.length + 1);
    const found = list[index];
    const reply = found === undefined ? NULL : bulk(found);
    this.#check(["index", key, `${index}`], (x) => x.listIndex(0, 1, 2), reply);
    const end = index + this.random(50);
    const range = array(list.slice(index, end + 1));
    this.#check(["range", key, `${index}`, `${end}`], (x) => x.listRange(0, 1, 2), range);
  }

  #position(): void {
    const [key, element] = [this.#key(), this.#element()];
    const list = this.model.get(key) ?? [];
    const found = list.flatMap((text, i) => text === element ? [integer(i)] : []);
    const reply = `*${found.length}\r\n${found.join("")}`;
    const call = (x: CommandRig["core"]["x"]) => x.listPosition(0, 1, 2, 1, 0, 0);
    this.#check(["position", key, element], call, reply);
  }

  compare(): void {
    for (let i = 0; i < 3; i++) {
      const key = `list ${i}`;
      const list = this.model.get(key) ?? [];
      const range = this.rig.run(["range", key, "0", "-1"], (x) => x.listRange(0, 1, 2));
      assertEquals(range.reply, array(list));
      assertEquals(this.rig.run(["len", key], (x) => x.listSize(0, 1)).reply, integer(list.length));
    }
    assertEquals(this.rig.core.x.databaseSize(0), this.model.size);
  }

  clear(): void {
    const { at, x } = this.rig.core;
    x.flush(0, at.SCRATCH);
    while (x.pendingFreeStep(1000)) continue;
    this.model.clear();
  }
}

/** Bytes and entries of a node, and the depth of compression. */
const LIMITS = [[8192], [4096, ANY_ENTRIES, 1], [8192, 1], [8192, 10, 2], [65536]];

Deno.test("lists: as arrays, whatever the encoding, and no byte is lost", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load();
    const lists = new Lists(rig, random);
    lists.clear();
    for (const [bytes, entries, depth] of LIMITS) {
      limit(rig, bytes, entries, depth);
      for (let i = 0; i < scaled(1500); i++) {
        lists.step();
        if (i % 200 === 0) lists.compare();
      }
      lists.compare();
    }
    assertEquals(lists.failures, 0);
    lists.clear();
    assert(rig.core.usedBytes < 20_000, `${rig.core.usedBytes} bytes are lost`);
  }));

Deno.test("lists: a command that finds no memory changes nothing", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load(40 * 2 ** 20);
    const lists = new Lists(rig, random);
    lists.clear();
    for (let round = 0; round < 30; round++) {
      const [bytes, entries, depth] = LIMITS[round % LIMITS.length];
      limit(rig, bytes, entries, depth);
      for (let i = 0; i < 100; i++) lists.step();
      const release = rig.exhaust();
      for (let i = 0; i < 60; i++) {
        lists.step();
        if (i % 10 === 0) lists.compare();
      }
      release();
      lists.compare();
    }
    assert(lists.failures > 100, `only ${lists.failures} commands found no memory`);
    lists.clear();
    assert(rig.core.usedBytes < 20_000, `${rig.core.usedBytes} bytes are lost`);
  }));

/** Writes to the list "k", told by name. */
class Writer {
  constructor(readonly rig: CommandRig) {}
  push(...elements: string[]): Writer {
    this.rig.run(["rpush", "k", ...elements], (x) => x.listPush(0, 1, 2, false));
    return this;
  }
  pop(count: number): Writer {
    this.rig.run(["lpop", "k"], (x) => x.listPopMany(0, 1, count, true, false));
    return this;
  }
  set(index: number, element: string): Writer {
    this.rig.run(["lset", "k", `${index}`, element], (x) => x.listSet(0, 1, 2, 3));
    return this;
  }
  insert(pivot: string, element: string): Writer {
    this.rig.run(["linsert", "k", pivot, element], (x) => x.listInsert(0, 1, true, 2, 3));
    return this;
  }
  remove(element: string): Writer {
    this.rig.run(["lrem", "k", "0", element], (x) => x.listRemove(0, 1, 2, 3));
    return this;
  }
  trim(start: number, end: number): Writer {
    this.rig.run(["ltrim", "k", `${start}`, `${end}`], (x) => x.listTrim(0, 1, 2));
    return this;
  }
  rotate(): Writer {
    this.rig.run(["lmove", "k", "k"], (x) => x.listMove(0, 1, 2, true, false));
    return this;
  }
  is(expected: string | undefined): Writer {
    assertEquals(encoding(this.rig, "k"), expected);
    return this;
  }
}

async function writer(bytes: number, entries = ANY_ENTRIES): Promise<Writer> {
  const rig = await CommandRig.load();
  limit(rig, bytes, entries);
  return new Writer(rig);
}

/** So many different elements. */
const many = (count: number) => Array.from({ length: count }, (_, i) => `element ${i}`);

Deno.test("lists: past the limit of elements a listpack becomes a quicklist, and one again at half", async () => {
  const list = await writer(8192, 10);
  list.push(...many(10)).is(LISTPACK).push("one more").is(QUICKLIST);
  // The eleventh element has a node of its own, and a listpack comes of a single node only.
  list.pop(9).is(QUICKLIST).pop(1).is(LISTPACK);
  // An insertion that finds no pivot has made room for it all the same.
  list.push(...many(9)).is(LISTPACK).insert("none", "x").is(QUICKLIST);
  list.remove("element 4").is(QUICKLIST).pop(3).is(QUICKLIST).trim(0, 4).is(LISTPACK);
  list.rotate().is(LISTPACK).pop(5).is(undefined).push(...many(11)).is(QUICKLIST);
});

Deno.test("lists: past the limit of bytes a listpack becomes a quicklist, and one again at half", async () => {
  const list = await writer(4096);
  // Six bytes of header, one of end, and what is added without what an entry takes beside it.
  list.push("x".repeat(4089)).is(LISTPACK).pop(1).push("x".repeat(4090)).is(QUICKLIST);
  list.set(0, "small").is(LISTPACK).push("y").is(LISTPACK);
  list.set(0, "x".repeat(2500)).is(LISTPACK).set(1, "x".repeat(2500)).is(QUICKLIST);
  list.pop(1).is(QUICKLIST).set(0, "x".repeat(2000)).is(LISTPACK);
});

Deno.test("lists: rotating at the limit keeps the encoding", async () => {
  const list = await writer(8192, 3);
  list.push("a", "b", "c").rotate().rotate().is(LISTPACK);
  const { reply } = list.rig.run(["lrange", "k", "0", "-1"], (x) => x.listRange(0, 1, 2));
  assertEquals(reply, array(["c", "a", "b"]));
});
