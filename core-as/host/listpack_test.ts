import { assert, assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  type Random,
  randomText,
  scaled,
  type TestingCore,
  withOracle,
} from "./testing.ts";

/** Texts at every border between encodings. */
const EDGES = [
  ...["", "-", "00", "-0", "+1", " 1", "1 ", "a", "9223372036854775808", "-9223372036854775809"],
  ...[7n, 8n, 12n, 13n, 15n, 16n, 23n, 24n, 31n, 32n, 63n].flatMap((bits) =>
    [2n ** bits - 1n, 2n ** bits, -(2n ** bits), -(2n ** bits) - 1n].map(String)
  ),
  ...["0", "-1", "126", "128"],
  ...[1, 62, 63, 64, 65, 124, 125, 126, 127, 4094, 4095, 4096].map((len) => "x".repeat(len)),
];
/** Lengths around the widths of an entry's backward length. */
const LONG = [16377, 16378, 16379, 2097145, 2097146, 2097147].map((len) => "y".repeat(len));

function randomEntry(random: Random): string {
  const kind = random(20);
  if (kind < 6) return EDGES[random(EDGES.length)];
  if (kind < 11) return String(BigInt.asIntN(1 + random(64), BigInt(random(2 ** 32)) ** 2n));
  return randomText(random, kind === 11 ? 5000 : kind < 14 ? 150 : 12, "ab\0\xff1");
}

const isInteger = (text: string) =>
  /^(0|-?[1-9]\d*)$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);

/** A listpack handled as texts. */
class Listpack {
  constructor(readonly setup: TestingCore, public lp: number) {}

  get #core() {
    return this.setup.core;
  }
  get size() {
    return this.#core.lpBytes(this.lp) >>> 0;
  }
  get image() {
    return this.setup.text(this.lp, this.size);
  }
  at(offset: number): string {
    this.#core.lpGetString(this.lp, offset, this.setup.scratch);
    return this.setup.text(this.#core.lpPtr(), this.#core.lpLen());
  }
  /** Takes what a modifying call returned; false when memory was out. */
  took(lp: number): boolean {
    if (lp === 0) return false;
    this.lp = lp;
    return true;
  }
  /** Puts an argument into scratch, with bytes around it that would show an overrun. */
  argument(text: string): [ptr: number, len: number] {
    const ptr = this.setup.scratch + 64;
    this.setup.put(ptr - 8, "99999999");
    this.setup.put(ptr + text.length, "99999999");
    return [ptr, this.setup.put(ptr, text)];
  }
  append(text: string): boolean {
    return this.took(this.#core.lpAppend(this.lp, ...this.argument(text)));
  }
  forward(): string[] {
    const texts = [];
    for (let at = this.#core.lpFirst(this.lp); at; at = this.#core.lpNext(this.lp, at)) {
      texts.push(this.at(at));
    }
    return texts;
  }
  backward(): string[] {
    const texts = [];
    for (let at = this.#core.lpLast(this.lp); at; at = this.#core.lpPrev(this.lp, at)) {
      texts.push(this.at(at));
    }
    return texts;
  }
  check(model: string[]): void {
    const { core } = this.setup;
    assertEquals(this.forward(), model);
    assertEquals(this.backward(), model.toReversed());
    assertEquals(core.lpLength(this.lp), model.length);
    assert(core.lpValidate(this.lp, this.size, true), "it is valid");
    assert(core.blockBytes(this.lp) >= this.size, "it fits its block");
  }
}

async function fresh(options: { high?: boolean; heapBytes?: number } = {}): Promise<Listpack> {
  const setup = await loadTestingCore({ heapBytes: 2 ** 26, ...options });
  return new Listpack(setup, setup.core.lpNew(0));
}

Deno.test("listpack: holds every edge between encodings", async () => {
  const list = await fresh();
  const texts = [...EDGES, ...LONG, ...EDGES];
  for (const text of texts) assert(list.append(text));
  list.check(texts);
  for (const [i, text] of texts.entries()) {
    const at = list.setup.core.lpSeek(list.lp, i);
    assertEquals(list.setup.core.lpGet(list.lp, at), isInteger(text), text.slice(0, 30));
    if (isInteger(text)) assertEquals(list.setup.core.lpI64(), BigInt(text));
  }
});

/** One random change, in both the listpack and the model. */
function change(list: Listpack, model: string[], random: Random): void {
  const { core } = list.setup;
  const text = randomEntry(random);
  const index = random(model.length + 1);
  const at = core.lpSeek(list.lp, index);
  const kind = random(10);
  if (kind === 0) {
    assert(list.took(core.lpPrepend(list.lp, ...list.argument(text))));
    model.unshift(text);
  } else if (kind === 1 || !at) {
    assert(list.append(text));
    model.push(text);
  } else if (kind < 5) {
    const where = kind - 2;
    const into = where === 1 ? index + 1 : index;
    const took = isInteger(text) && random(2)
      ? core.lpInsertInt(list.lp, at, where, BigInt(text))
      : core.lpInsert(list.lp, at, where, ...list.argument(text));
    assert(list.took(took));
    assertEquals(core.lpPosition(), core.lpSeek(list.lp, into));
    model.splice(into, where === 2 ? 1 : 0, text);
  } else if (kind < 7) {
    assert(list.took(core.lpDelete(list.lp, at)));
    model.splice(index, 1);
    assertEquals(core.lpHere(list.lp, at), core.lpSeek(list.lp, index));
  } else if (kind === 7 && model.length > 20) {
    const count = random(20);
    const from = random(2) ? index : index - model.length;
    assert(list.took(core.lpDeleteRange(list.lp, from, count)));
    model.splice(index, count);
  } else if (kind === 8) {
    assert(list.took(core.lpReserve(list.lp, random(1000))));
    if (random(2)) list.took(core.lpShrink(list.lp));
  } else {
    assertEquals(list.at(at), model[index]);
  }
}

function checkSearch(list: Listpack, model: string[], random: Random): void {
  const { core } = list.setup;
  if (model.length === 0) return assertEquals(core.lpFind(list.lp, 0, ...list.argument(""), 0), 0);
  const wanted = random(3) ? model[random(model.length)] : randomEntry(random);
  const from = random(model.length);
  const skip = random(3);
  const expected = model.findIndex((text, i) =>
    i >= from && (i - from) % (skip + 1) === 0 && text === wanted
  );
  const at = core.lpSeek(list.lp, from);
  const found = core.lpFind(list.lp, at, ...list.argument(wanted), skip);
  assertEquals(found, expected < 0 ? 0 : core.lpSeek(list.lp, expected), JSON.stringify(wanted));
  assertEquals(core.lpEqualAt(list.lp, at, ...list.argument(wanted)), model[from] === wanted);
  for (const index of [from, from - model.length]) {
    assertEquals(list.at(core.lpSeek(list.lp, index)), model[from]);
  }
  assertEquals(core.lpSeek(list.lp, model.length), 0);
  assertEquals(core.lpSeek(list.lp, -model.length - 1), 0);
}

for (const high of [false, true]) {
  Deno.test(`listpack: does as a list of texts does${high ? ", across 2 GiB" : ""}`, () =>
    fuzz(async (random) => {
      for (let round = 0; round < scaled(10); round++) {
        const list = await fresh({ high });
        // What lies in front makes the block grow across the border.
        if (high) list.took(list.setup.core.allocate(2 ** 25 - 4096) && list.lp);
        const model: string[] = [];
        for (let i = 0; i < 600; i++) {
          change(list, model, random);
          checkSearch(list, model, random);
          if (i % 20 === 0) list.check(model);
        }
        list.check(model);
        list.setup.core.lpFree(list.lp);
        assertEquals(list.setup.core.getU32(list.setup.core.LIVE_BLOCKS.value), high ? 1 : 0);
      }
    }));
}

Deno.test("listpack: counts past what the header can tell", async () => {
  const list = await fresh();
  const { core, memory } = list.setup;
  const known = () => new DataView(memory.buffer).getUint16(list.lp + 4, true);
  for (let i = 0; i < 65534; i++) list.took(core.lpAppendInt(list.lp, 1n));
  assertEquals([known(), core.lpLength(list.lp)], [65534, 65534]);
  for (let i = 0; i < 3; i++) list.took(core.lpPrependInt(list.lp, 2n));
  assertEquals([known(), core.lpLength(list.lp)], [65535, 65537]);
  assertEquals(list.at(core.lpSeek(list.lp, -65537)), "2");
  assertEquals(list.at(core.lpSeek(list.lp, 65536)), "1");
  assertEquals(core.lpSeek(list.lp, 65537) || core.lpSeek(list.lp, -65538), 0);
  const other = core.lpAppendInt(core.lpNew(0), 3n);
  assert(list.took(core.lpMerge(list.lp, other)));
  assertEquals([known(), core.lpLength(list.lp)], [65535, 65538]);
  list.took(core.lpDelete(list.lp, core.lpFirst(list.lp)));
  list.took(core.lpDeleteRange(list.lp, -3, 10));
  assertEquals([known(), core.lpLength(list.lp), known()], [65535, 65534, 65534]);
  list.took(core.lpDelete(list.lp, core.lpFirst(list.lp)));
  assertEquals(known(), 65533);
});

Deno.test("listpack: merges and copies", () =>
  fuzz(async (random) => {
    const a = await fresh();
    const { core } = a.setup;
    for (let round = 0; round < scaled(200); round++) {
      const texts = [0, 1].map(() => Array.from({ length: random(8) }, () => randomEntry(random)));
      const lists = texts.map(() => new Listpack(a.setup, core.lpNew(random(100))));
      lists.forEach((list, i) => texts[i].forEach((text) => list.append(text)));
      const copy = new Listpack(a.setup, core.lpDup(lists[0].lp));
      assertEquals(copy.image, lists[0].image);
      assert(lists[0].took(core.lpMerge(lists[0].lp, lists[1].lp)));
      lists[0].check(texts.flat());
      lists[0].took(core.lpShrink(lists[0].lp));
      lists[0].check(texts.flat());
      copy.check(texts[0]);
      core.lpFree(lists[0].lp);
      core.lpFree(copy.lp);
      assertEquals(core.getU32(core.LIVE_BLOCKS.value), 1);
    }
  }));

Deno.test("listpack: appends are amortised, and a block half idle is given back", async () => {
  const list = await fresh();
  const { core } = list.setup;
  let moves = 0;
  for (let i = 0; i < 100000; i++) {
    const before = core.blockBytes(list.lp);
    list.append("0123456789");
    if (core.blockBytes(list.lp) !== before) moves++;
  }
  // Up to 1 KiB each append moves it, above that the classes are a sixteenth apart.
  assert(moves < 200, `${moves} moves`);
  while (list.size > 100) {
    list.took(core.lpDeleteRange(list.lp, 0, 100));
    assert(core.blockBytes(list.lp) <= Math.max(2 * list.size, 16) + 8, `${list.size}`);
  }
});

Deno.test("listpack: says what may be added", async () => {
  const list = await fresh();
  const { core } = list.setup;
  assert(core.lpSafeToAdd(list.lp, 2 ** 30 - 7));
  assert(!core.lpSafeToAdd(list.lp, 2 ** 30 - 6));
  assert(!core.lpSafeToAdd(list.lp, 2 ** 32 - 1));
});

Deno.test("listpack: stays as it was when memory is out", () =>
  fuzz(async (random) => {
    const list = await fresh({ heapBytes: 2 ** 20 });
    const { core } = list.setup;
    const model: string[] = [];
    for (;;) {
      const text = "z".repeat(1 + random(3000));
      if (!list.append(text)) break;
      model.push(text);
    }
    const before = list.image;
    assert(model.length > 100 && list.size > 2 ** 18);
    const big = "z".repeat(200000);
    const first = core.lpFirst(list.lp);
    assertEquals(core.lpPrepend(list.lp, ...list.argument(big)), 0);
    for (const where of [0, 1, 2]) {
      assertEquals(core.lpInsert(list.lp, first, where, ...list.argument(big)), 0);
    }
    assertEquals(core.lpReserve(list.lp, 200000) || core.lpReserve(list.lp, 2 ** 32 - 1), 0);
    assertEquals(core.lpInsert(list.lp, first, 0, list.setup.scratch, 2 ** 32 - 1), 0);
    assertEquals(list.image, before);
    list.check(model);
    // An insertion that a reservation came before cannot fail.
    while (core.blockBytes(list.lp) > list.size + 40) list.append("z");
    const room = core.blockBytes(list.lp) - list.size - core.LP_ENTRY_OVERHEAD.value;
    // The list may fill its block already: then there is nothing to reserve.
    if (room < 0) return;
    while (core.allocate(8));
    assert(core.lpReserve(list.lp, room + 10) === list.lp);
    assert(list.append("w".repeat(room)));
  }));

Deno.test("listpack: finds among texts with a common tail or head", async () => {
  const list = await fresh();
  const texts = ["1x2345678", "2x2345678", "1x23456789", "x2345678", "2345678", "1x2345678 "];
  for (const text of texts) list.append(text);
  for (const [i, text] of texts.entries()) {
    const found = list.setup.core.lpFind(list.lp, 6, ...list.argument(text), 0);
    assertEquals(found, list.setup.core.lpSeek(list.lp, i), text);
  }
});

/** A listpack of one entry's bytes, `back` included. */
const image = (entry: number[], count = 1) => [7 + entry.length, 0, 0, 0, count, 0, ...entry, 255];

Deno.test("listpack: the validator tells good from bad", async () => {
  const { core, bytes: memory, put } = await loadTestingCore();
  // At the end of memory, where a read behind the bytes would trap.
  const valid = (bytes: number[], deep = true) => {
    const at = memory.length - bytes.length;
    return core.lpValidate(at, put(at, Uint8Array.from(bytes)), deep);
  };
  const good = [
    [5, 1],
    [0x81, 97, 2],
    [0xc0, 5, 2],
    [0xe0, 1, 97, 3],
    [0xf0, 1, 0, 0, 0, 97, 6],
    [0xf1, 1, 0, 3],
    [0xf2, 1, 0, 0, 4],
    [0xf3, 1, 0, 0, 0, 5],
    [0xf4, 1, 0, 0, 0, 0, 0, 0, 0, 9],
  ];
  for (const entry of good) {
    assert(valid(image(entry)), String(entry));
    for (const count of [0, 2]) assert(!valid(image(entry, count)));
    for (let len = 1; len < entry.length; len++) assert(!valid(image(entry.slice(0, len))));
    assert(!valid(image([...entry.slice(0, -1), entry[entry.length - 1] + 1])));
  }
  const bad = [
    [0xf5, 0, 0, 0, 0, 0, 0, 0, 0, 9],
    [0x81, 97, 0, 0x82],
    // Lengths with which a sum of 32 bits would wrap around.
    ...[0xf9, 0xfa, 0xfb, 0xff].map((low) => [0xf0, low, 255, 255, 255, 97, 6]),
    [0xff],
  ];
  for (const entry of bad) assert(!valid(image(entry)), String(entry));
  assert(valid([7, 0, 0, 0, 0, 0, 255]));
  assert(valid([7, 0, 0, 0, 255, 255, 255]));
  for (const bytes of [[], [7, 0, 0, 0, 0, 0], [8, 0, 0, 0, 0, 0, 255], [7, 0, 0, 0, 0, 0, 0]]) {
    assert(!valid(bytes) && !valid(bytes, false));
  }
  assert(valid(image([0x81, 97, 9], 7), false));
});

/** Valid bytes, changed in a few places. */
function mutate(image: Uint8Array, random: Random): Uint8Array {
  const bytes = image.slice();
  for (let times = random(3); times >= 0; times--) {
    const at = random(8) ? 6 + random(bytes.length - 6) : random(bytes.length);
    const kind = random(4);
    bytes[at] = kind === 0
      ? random(256)
      : kind === 1
      ? bytes[at] ^ 1 << random(8)
      : kind === 2
      ? [0xff, 0xf0, 0xf4, 0xe0, 0xbf, 0x80, 0xc0, 0x7f, 0][random(9)]
      : bytes[random(bytes.length)];
  }
  return random(10) ? bytes : bytes.slice(0, random(bytes.length + 1));
}

Deno.test("listpack: what the validator accepts of a million mutations stays in bounds", () =>
  fuzz(async (random) => {
    const list = await fresh();
    const { core, bytes, put, scratch, memory } = list.setup;
    const at = scratch + 2 ** 19;
    const view = new DataView(memory.buffer);
    let accepted = 0;
    let image = new Uint8Array();
    for (let i = 0; i < scaled(1000000); i++) {
      if (i % 1000 === 0) {
        list.took(core.lpDeleteRange(list.lp, 0, 100));
        for (let count = 1 + random(12); count > 0; count--) list.append(randomEntry(random));
        if (list.size > 2000) list.took(core.lpDeleteRange(list.lp, 0, 100));
        image = bytes.slice(list.lp, list.lp + list.size);
      }
      const mutated = mutate(image, random);
      const len = put(at, mutated);
      // The sizes agree more often than chance would have it, so that the entries are looked at.
      if (random(4)) view.setUint32(at, len, true);
      if (random(3) === 0) view.setUint16(at + 4, 65535, true);
      bytes.fill(0x85, at + len, at + len + 16);
      if (!core.lpValidate(at, len, true)) continue;
      accepted++;
      walk(list, at, len);
    }
    assert(accepted > scaled(1000000) / 100, `${accepted} accepted`);
  }));

/** Walks a listpack both ways and reads all; nothing may lie outside. */
function walk({ setup: { core, scratch } }: Listpack, lp: number, size: number): void {
  const offsets: number[] = [];
  for (let at = core.lpFirst(lp); at; at = core.lpNext(lp, at)) {
    assert(at >= 6 && at < size - 1);
    core.lpGetString(lp, at, scratch);
    const [ptr, len] = [core.lpPtr(), core.lpLen()];
    assert(ptr === scratch ? len <= 20 : ptr > lp + at && ptr + len < lp + size - 1);
    offsets.push(at);
  }
  assertEquals(core.lpLength(lp), offsets.length);
  for (let at = core.lpLast(lp); at; at = core.lpPrev(lp, at)) assertEquals(at, offsets.pop());
  assertEquals(offsets.length, 0);
  for (const skip of [0, 1, 2]) core.lpFind(lp, core.lpFirst(lp), scratch, 5, skip);
}

/** The listpack in a DUMP payload: what stands before it is a header of `skip` bytes and its length. */
function dumped(payload: string, skip: number): string {
  const first = payload.charCodeAt(skip);
  const lengthBytes = first < 64 ? 1 : first < 128 ? 2 : 5;
  return payload.slice(skip + lengthBytes, -10);
}

Deno.test({
  name: "listpack: Redis writes the same bytes",
  ignore: !hasOracle,
  fn: () =>
    withOracle(
      ["--rdbcompression", "no", "--list-max-listpack-size", "-5"],
      (ask) =>
        fuzz(async (random) => {
          const list = await fresh();
          const { core } = list.setup;
          const lists = [...EDGES, ...LONG].map((text) => [text]);
          while (lists.length < scaled(500)) {
            lists.push(Array.from({ length: 1 + random(8) }, () => randomEntry(random)));
          }
          const replies = await ask(lists.flatMap((texts) => [
            ["DEL", "list"],
            ["RPUSH", "list", ...texts],
            ["DUMP", "list"],
          ]));
          lists.forEach((texts, i) => {
            list.took(core.lpDeleteRange(list.lp, 0, 100));
            for (const text of texts) list.append(text);
            // Type, one node, and that the node is a listpack.
            assertEquals(list.image, dumped(replies[i * 3 + 2] as string, 3));
          });
          const replies2 = await ask([
            ["HSET", "hash", "a", "1", "b", "70000", "c", "x"],
            ["HSET", "hash", "a", "-300"],
            ["HDEL", "hash", "b"],
            ["DUMP", "hash"],
          ]);
          list.took(core.lpDeleteRange(list.lp, 0, 100));
          for (const text of ["a", "1", "b", "70000", "c", "x"]) list.append(text);
          list.took(core.lpReplace(list.lp, core.lpSeek(list.lp, 1), ...list.argument("-300")));
          list.took(core.lpDeleteRange(list.lp, 2, 2));
          assertEquals(list.image, dumped(replies2[3] as string, 1));
        }),
    ),
});
