import { assert, assertEquals } from "@std/assert";
import {
  fromLatin1,
  fuzz,
  fuzzScale,
  type Random,
  randomText,
  type TestingCore,
  withHeap,
} from "./testing.ts";
import { checkHeap, heapCounters, Hoard } from "./testing_heap.ts";

const CHUNK_HEADER = 16;
const BINARY = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
const GUARD_BYTES = 64;

/** The reply writer, read back; `expected` is what a plain encoder says. */
class Subject {
  expected = "";
  start = 0;
  resp = 2;
  readonly #text: number;

  constructor(readonly testing: TestingCore) {
    this.#text = testing.core.SCRATCH.value;
  }
  cell(cell: { value: number }): number {
    return this.testing.u32[cell.value >>> 2];
  }
  setCell(cell: { value: number }, value: number): void {
    this.testing.u32[cell.value >>> 2] = value;
  }
  /** Begins a connection's replies in the arena, with `left` bytes of it free. */
  beginInArena(left: number, resp: number): void {
    const { core } = this.testing;
    this.setCell(core.ARENA_POS, core.ARENA.value + core.ARENA_BYTES.value - left);
    core.outToArena();
    this.#begin(resp);
  }
  /** Goes on at the end of a chain, or begins one. */
  beginInChain(head: number, tail: number, resp: number): void {
    this.testing.core.outToChain(head, tail);
    this.#begin(resp);
  }
  #begin(resp: number): void {
    this.setCell(this.testing.core.OUT_RESP, resp);
    this.resp = resp;
    this.start = this.cell(this.testing.core.ARENA_POS);
    this.expected = "";
  }
  /** Settles. @returns what was written: the arena's part and the chain's */
  written(): string {
    const { core, bytes, u32 } = this.testing;
    core.outSettle();
    let text = fromLatin1(bytes.subarray(this.start, this.cell(core.ARENA_POS)));
    let last = 0;
    for (let chunk = this.cell(core.OUT_HEAD); chunk !== 0; chunk = u32[chunk >>> 2]) {
      const [, capacity, written, sent] = u32.subarray(chunk >>> 2, (chunk >>> 2) + 4);
      assertEquals([capacity, sent], [core.blockBytes(chunk) - CHUNK_HEADER, 0]);
      assert(written <= capacity);
      const from = chunk + CHUNK_HEADER;
      text += fromLatin1(bytes.subarray(from, from + written));
      last = chunk;
    }
    assertEquals(this.cell(core.OUT_TAIL), last, "the tail is the last chunk");
    return text;
  }
  end(): void {
    const { core } = this.testing;
    core.chainFree(this.cell(core.OUT_HEAD));
    core.outToArena();
  }
  /** Makes one reply of any kind; `expected` grows unless it is muted. */
  reply(random: Random, longest: number): void {
    const { core } = this.testing;
    const guarded = this.cell(core.OUT_END);
    const guard = fromLatin1(this.testing.bytes.subarray(guarded, guarded + GUARD_BYTES));
    const text = this.#any(random, longest);
    if (this.cell(core.OUT_END) === guarded) {
      const after = fromLatin1(this.testing.bytes.subarray(guarded, guarded + GUARD_BYTES));
      assertEquals(after, guard, "nothing is written past the end");
    }
    if (this.cell(core.OUT_MUTED) === 0) this.expected += text;
  }
  #any(random: Random, longest: number): string {
    const { core, u32 } = this.testing;
    const three = this.resp === 3;
    const n = random(3) === 0 ? random(2 ** 32) : random(12);
    const text = random(4) === 0 ? randomText(random, longest, BINARY) : "x".repeat(random(150));
    switch (random(15)) {
      case 0:
        core.replyOk();
        return "+OK\r\n";
      case 1:
        core.replyNull();
        return three ? "_\r\n" : "$-1\r\n";
      case 2:
        core.replyNullArray();
        return three ? "_\r\n" : "*-1\r\n";
      case 3:
        core.replyBool(n % 2 === 0);
        return three ? `#${n % 2 === 0 ? "t" : "f"}\r\n` : `:${n % 2 === 0 ? 1 : 0}\r\n`;
      case 4: {
        const value = anyInteger(random);
        core.replyI64(value);
        return `:${value}\r\n`;
      }
      case 5:
        core.replyNumber(n * (n % 2 ? 1 : -1));
        return `:${n * (n % 2 ? 1 : -1)}\r\n`.replace("-0", "0");
      case 6:
        core.replyArray(n);
        return `*${n}\r\n`;
      case 7:
        core.replyMap(n);
        return three ? `%${n}\r\n` : `*${n * 2}\r\n`;
      case 8:
        core.replySet(n);
        return `${three ? "~" : "*"}${n}\r\n`;
      case 9:
        core.replyPush(n);
        return `${three ? ">" : "*"}${n}\r\n`;
      case 10:
        core.replyAttribute(n);
        return `|${n}\r\n`;
      case 11: {
        const value = anyInteger(random);
        core.replyBulkI64(value);
        return bulk(`${value}`);
      }
      case 12:
        core.replyRaw(this.#text, this.testing.put(this.#text, text));
        return text;
      case 13: {
        const argv = this.#text + 600 * 1024;
        u32[(argv >>> 2) + 6] = this.#text;
        u32[(argv >>> 2) + 7] = this.testing.put(this.#text, text);
        this.setCell(core.ARGV, argv);
        core.replyArgument(3);
        return bulk(text);
      }
      default:
        core.replyBulk(this.#text, this.testing.put(this.#text, text));
        return bulk(text);
    }
  }
}

const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;

function anyInteger(random: Random): bigint {
  const ends = [0n, 9n, 10n, -1n, 99n, 100n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n];
  if (random(2) === 0) return ends[random(ends.length)];
  return BigInt.asIntN(64, BigInt(random(2 ** 32)) * BigInt(random(2 ** 32)) << BigInt(random(8)));
}

function same(actual: string, expected: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  assertEquals(actual.slice(at, at + 60), expected.slice(at, at + 60), `from byte ${at} on`);
}

Deno.test("every reply is what a plain encoder writes, in the arena and in chunks", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const subject = new Subject(testing);
  await fuzz((random) => {
    for (let round = 0; round < 400 * fuzzScale(); round++) {
      const { liveBlocks } = heapCounters(testing);
      const resp = 2 + random(2);
      // An arena with room for everything, for a few replies, or for none; or a chain.
      const kind = random(4);
      if (kind === 3) subject.beginInChain(0, 0, resp);
      else subject.beginInArena([core.ARENA_BYTES.value, random(2000), random(80)][kind], resp);
      const longest = [100, 3000, 40000][random(3)];
      for (let left = random(80); left > 0; left--) subject.reply(random, longest);
      let text = subject.written();
      same(text, subject.expected);
      // More is written to what waits: in the chain, behind all.
      if (subject.cell(core.OUT_HEAD) !== 0) {
        const [head, tail] = [subject.cell(core.OUT_HEAD), subject.cell(core.OUT_TAIL)];
        const start = subject.start;
        const before = subject.expected;
        subject.beginInChain(head, tail, resp);
        for (let left = random(30); left > 0; left--) subject.reply(random, longest);
        subject.start = start;
        text = subject.written();
        same(text, before + subject.expected);
      }
      subject.end();
      assertEquals(subject.cell(core.OUT_FAILED), 0);
      assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
    }
  });
  checkHeap(testing);
});

Deno.test("bulks of every length end where the arena and chunks end", async () => {
  const testing = await withHeap();
  const { core } = testing;
  const subject = new Subject(testing);
  const text = Array.from({ length: 300 }, (_, i) => String.fromCharCode(i & 255)).join("");
  const at = core.SCRATCH.value;
  testing.put(at, text);
  for (let len = 0; len <= 300; len++) {
    for (const left of [0, 1, len, len + 4, len + 31, len + 32, len + 33]) {
      subject.beginInArena(left, 2);
      core.replyBulk(at, len);
      core.replyBulk(at, len);
      same(subject.written(), bulk(text.slice(0, len)).repeat(2));
      subject.end();
    }
  }
  assertEquals(testing.u32[core.PAGE_MAP.value >>> 2], 0, "what follows the arena is untouched");
});

Deno.test("muted replies are dropped, and nothing else is", async () => {
  const testing = await withHeap();
  const subject = new Subject(testing);
  await fuzz((random) => {
    for (let round = 0; round < 100; round++) {
      subject.beginInArena(random(3000), 2 + random(2));
      for (let i = 0; i < 50; i++) {
        subject.setCell(testing.core.OUT_MUTED, random(2));
        subject.reply(random, 1000);
      }
      subject.setCell(testing.core.OUT_MUTED, 0);
      same(subject.written(), subject.expected);
      subject.end();
    }
  });
});

Deno.test("once memory has failed a reply nothing more is written", async () => {
  const testing = await withHeap(300);
  const { core } = testing;
  const subject = new Subject(testing);
  await fuzz((random) => {
    let failures = 0;
    for (let round = 0; round < 200 * fuzzScale(); round++) {
      const { liveBlocks } = heapCounters(testing);
      const hoard = new Hoard(testing);
      for (const bytes of [16384, 32768, 65536]) hoard.loosen(bytes, random(2));
      const resp = 2 + random(2);
      if (random(3) === 0) subject.beginInChain(0, 0, resp);
      else subject.beginInArena(random(500), resp);
      let atFailure = "";
      let failed = false;
      for (let i = 0; i < 60; i++) {
        const before = subject.expected;
        subject.reply(random, 30000);
        if (!failed && subject.cell(core.OUT_FAILED) !== 0) {
          failed = true;
          failures++;
          atFailure = before;
        }
      }
      same(subject.written(), failed ? atFailure : subject.expected);
      hoard.release();
      subject.end();
      assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
    }
    assert(failures > 0, "this fuzz meets the limit");
  });
  checkHeap(testing);
});

Deno.test("a reply that memory has no room for is taken back whole, and others follow", async () => {
  const testing = await withHeap(300);
  const { core } = testing;
  const subject = new Subject(testing);
  await fuzz((random) => {
    let taken = 0;
    for (let round = 0; round < 50 * fuzzScale(); round++) {
      const { liveBlocks } = heapCounters(testing);
      const hoard = new Hoard(testing);
      for (const bytes of [16384, 32768, 65536]) hoard.loosen(bytes, random(4));
      const resp = 2 + random(2);
      if (random(3) === 0) subject.beginInChain(0, 0, resp);
      else subject.beginInArena(random(500), resp);
      for (let i = 0; i < 30; i++) {
        const before = subject.expected;
        core.replyBegin();
        for (let pieces = random(20); pieces >= 0; pieces--) subject.reply(random, 20000);
        if (subject.cell(core.OUT_FAILED) === 0) continue;
        assert(core.replyTakeBack());
        assertEquals(subject.cell(core.OUT_FAILED), 0);
        subject.expected = before;
        taken++;
      }
      same(subject.written(), subject.expected);
      subject.beginInChain(subject.cell(core.OUT_HEAD), subject.cell(core.OUT_TAIL), resp);
      assert(!core.replyTakeBack(), "not once others have been written to");
      hoard.release();
      subject.end();
      assertEquals(heapCounters(testing).liveBlocks, liveBlocks);
    }
    assert(taken > 0, "this fuzz meets the limit");
  });
  checkHeap(testing);
});

Deno.test("a chunk of what was not sent goes before a chain", async () => {
  const testing = await withHeap();
  const { core, u32, bytes } = testing;
  const at = core.SCRATCH.value;
  testing.put(at, "unsent");
  const second = core.chunkOf(at, 3, 0);
  const first = core.chunkOf(at, 6, second);
  assertEquals([...u32.subarray(first >>> 2, (first >>> 2) + 4)], [
    second,
    core.blockBytes(first) - CHUNK_HEADER,
    6,
    0,
  ]);
  assertEquals(fromLatin1(bytes.subarray(first + 16, first + 22)), "unsent");
  assertEquals(core.chunkFree(first), second);
  core.chainFree(second);
  core.chainFree(0);
  assertEquals(heapCounters(testing).liveBlocks, 0);
});
