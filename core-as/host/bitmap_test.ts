/** Bitmaps: a naive model with a seeded fuzz, the operations that the oracle lacks, and no memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig, type Outcome } from "./command_rig.ts";
import { fuzz, type Random } from "./testing.ts";

/** A string's bits, the highest of the first byte first. */
type Bits = number[];

const KEYS = ["a", "b", "c", "d", "e"];

function bitsOf(text: string): Bits {
  const bits: Bits = [];
  for (const char of text) {
    for (let bit = 7; bit >= 0; bit--) bits.push(char.charCodeAt(0) >> bit & 1);
  }
  return bits;
}

function textOf(bits: Bits): string {
  let text = "";
  for (let at = 0; at < bits.length; at += 8) {
    text += String.fromCharCode(bits.slice(at, at + 8).reduce((byte, bit) => byte << 1 | bit, 0));
  }
  return text;
}

type Combine = (bits: Bits) => number;
const sum = (bits: Bits) => bits.reduce((total, bit) => total + bit, 0);
/** What a bit of the result is, from those of the sources. */
const COMBINE: Record<string, Combine> = {
  AND: (bits) => Number(sum(bits) === bits.length),
  OR: (bits) => Number(sum(bits) > 0),
  XOR: (bits) => sum(bits) & 1,
  NOT: ([bit]) => 1 - bit,
  DIFF: ([x, ...others]) => Number(x === 1 && sum(others) === 0),
  DIFF1: ([x, ...others]) => Number(x === 0 && sum(others) > 0),
  ANDOR: ([x, ...others]) => Number(x === 1 && sum(others) > 0),
  ONE: (bits) => Number(sum(bits) === 1),
};

function randomText(random: Random): string {
  const length = [0, 1, 2, 15, 16, 17, 63, 64, 65, 255, 256, 257, 1000, 8191, 8192, 8193, 20_000];
  const bytes = length[random(random(4) === 0 ? length.length : 10)];
  const kind = random(4);
  const byte = () => kind === 0 ? 255 : kind === 1 ? 0 : random(256);
  return Array.from({ length: bytes }, () => String.fromCharCode(byte())).join("");
}

/** A core's bitmaps and the same as lists of bits. */
class Pair {
  readonly keys = new Map<string, Bits>();
  failures = 0;

  constructor(readonly rig: CommandRig, readonly random: Random) {}

  get #at() {
    return this.rig.core.at;
  }

  #key(): string {
    return KEYS[this.random(KEYS.length)];
  }

  /** Whether a command found no memory; it must not have replied then. */
  #failed({ status, reply }: Outcome): boolean {
    if (status !== this.#at.OUT_OF_MEMORY) return false;
    assertEquals(reply, "");
    this.failures++;
    return true;
  }

  step(): void {
    const steps = [
      () => this.#put(),
      () => this.#setBit(),
      () => this.#setBit(),
      () => this.#getBit(),
      () => this.#count(),
      () => this.#position(),
      () => this.#combine(),
      () => this.#combine(),
      () => this.#field(),
    ];
    steps[this.random(steps.length)]();
  }

  #put(): void {
    const [key, text] = [this.#key(), randomText(this.random)];
    const set = this.rig.run(["set", key, text], (x) => x.stringSet(0, 1, 2, 0));
    if (!this.#failed(set)) this.keys.set(key, bitsOf(text));
  }

  #offset(): number {
    return this.random(this.random(10) === 0 ? 100_000 : 700);
  }

  #setBit(): void {
    const [key, offset, bit] = [this.#key(), this.#offset(), this.random(2)];
    const outcome = this.rig.run(
      ["setbit", key, `${offset}`, `${bit}`],
      (x) => x.bitmapSet(0, 1, 2, 3),
    );
    if (this.#failed(outcome)) return;
    const had = this.keys.get(key);
    const bits = had ?? [];
    const grows = offset >= bits.length;
    const was = bits[offset] ?? 0;
    while (bits.length <= offset) bits.push(0, 0, 0, 0, 0, 0, 0, 0);
    bits[offset] = bit;
    this.keys.set(key, bits);
    const status = had === undefined ? 2 : Number(grows || was !== bit);
    assertEquals(outcome, { status, reply: `:${was}\r\n` });
  }

  #getBit(): void {
    const [key, offset] = [this.#key(), this.#offset()];
    const { reply } = this.rig.run(
      ["getbit", key, `${offset}`],
      (x) => x.bitmapGet(0, 1, 2),
    );
    assertEquals(reply, `:${this.keys.get(key)?.[offset] ?? 0}\r\n`);
  }

  /** A range of bits inside a string, and its words. */
  #range(bits: Bits): { words: string[]; first: number; last: number } {
    const unit = this.random(2) === 0 ? 8 : 1;
    const total = bits.length / unit;
    const start = this.random(total);
    const end = start + this.random(total - start);
    const shown = (at: number) => String(this.random(2) === 0 ? at : at - total);
    return {
      words: [shown(start), shown(end), unit === 1 ? "BIT" : "BYTE"],
      first: start * unit,
      last: end * unit + unit - 1,
    };
  }

  #count(): void {
    const key = this.#key();
    const bits = this.keys.get(key);
    if (bits === undefined || bits.length === 0) return;
    const { words, first, last } = this.#range(bits);
    const part = this.rig.run(["bitcount", key, ...words], (x) => x.bitmapCount(0, 1));
    assertEquals(part.reply, `:${sum(bits.slice(first, last + 1))}\r\n`, words.join(" "));
    const whole = this.rig.run(["bitcount", key], (x) => x.bitmapCount(0, 1));
    assertEquals(whole.reply, `:${sum(bits)}\r\n`);
  }

  #position(): void {
    const key = this.#key();
    const bits = this.keys.get(key);
    if (bits === undefined || bits.length === 0) return;
    const { words, first, last } = this.#range(bits);
    const wanted = this.random(2);
    const found = bits.slice(first, last + 1).indexOf(wanted);
    const call = ["bitpos", key, `${wanted}`, ...words];
    const { reply } = this.rig.run(call, (x) => x.bitmapPosition(0, 1, 2));
    assertEquals(reply, `:${found < 0 ? -1 : found + first}\r\n`, call.join(" "));
  }

  #combine(): void {
    const { random, rig } = this;
    const names = Object.keys(COMBINE);
    const name = names[random(names.length)];
    const least = ["DIFF", "DIFF1", "ANDOR"].includes(name) ? 2 : 1;
    const count = name === "NOT" ? 1 : least + random(4);
    const [target, ...sources] = Array.from({ length: count + 1 }, () => this.#key());
    const strings = sources.map((key) => this.keys.get(key) ?? []);
    const length = Math.max(...strings.map((bits) => bits.length));
    const had = this.keys.has(target);
    const at = this.#at;
    const code = at[`BITOP_${name}` as keyof typeof at];
    const outcome = rig.run(["bitop", name, target, ...sources], (x) => {
      if (!x.bitopStart(count)) return at.OUT_OF_MEMORY;
      for (let i = 0; i < count; i++) x.bitopSource(0, 3 + i);
      const status = x.bitopStore(0, code, 2);
      x.bitopEnd();
      return status;
    });
    if (this.#failed(outcome)) return;
    const { BITOP_ADDED, BITOP_CHANGED, BITOP_DELETED, BITOP_NOTHING } = at;
    const status = length > 0
      ? had ? BITOP_CHANGED : BITOP_ADDED
      : had
      ? BITOP_DELETED
      : BITOP_NOTHING;
    assertEquals(outcome, { status, reply: `:${length / 8}\r\n` });
    if (length === 0) this.keys.delete(target);
    else {
      const bits = Array.from(
        { length },
        (_, i) => COMBINE[name](strings.map((source) => source[i] ?? 0)),
      );
      this.keys.set(target, bits);
    }
  }

  /** Sets one field and reads it back; what does not fit wraps. */
  #field(): void {
    const { random } = this;
    const signed = random(2) === 0;
    const width = 1 + random(signed ? 64 : 63);
    const [key, offset] = [this.#key(), this.#offset()];
    const value = BigInt.asIntN(64, BigInt(random(2 ** 32)) << 32n | BigInt(random(2 ** 32)));
    const type = `${signed ? "i" : "u"}${width}`;
    const words = ["bitfield", key, "SET", type, `${offset}`, `${value}`];
    words.push("GET", type, `${offset}`);
    const outcome = this.rig.run(words, (x) => x.bitfield(0, 1, 2, false));
    if (this.#failed(outcome)) return;
    const bits = this.keys.get(key) ?? [];
    while (bits.length < offset + width) bits.push(0, 0, 0, 0, 0, 0, 0, 0);
    const read = () => {
      const raw = BigInt(`0b${bits.slice(offset, offset + width).join("")}`);
      return signed ? BigInt.asIntN(width, raw) : raw;
    };
    const was = read();
    [...BigInt.asUintN(width, value).toString(2).padStart(width, "0")]
      .forEach((digit, i) => bits[offset + i] = Number(digit));
    this.keys.set(key, bits);
    assertEquals(outcome.reply, `*2\r\n:${was}\r\n:${read()}\r\n`, words.join(" "));
  }

  compare(): void {
    for (const key of KEYS) {
      const { reply } = this.rig.run(["get", key], (x) => x.stringGet(0, 1));
      const bits = this.keys.get(key);
      const text = bits === undefined ? undefined : textOf(bits);
      const expected = text === undefined ? "$-1\r\n" : `$${text.length}\r\n${text}\r\n`;
      assert(reply === expected, `key ${key} is not what it should be`);
    }
  }

  clear(): void {
    this.rig.core.x.flush(0, this.rig.core.at.SCRATCH);
    this.keys.clear();
  }
}

Deno.test("bitmaps: as lists of bits, and no byte is lost", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load();
    const usedBytes = rig.core.usedBytes;
    const pair = new Pair(rig, random);
    for (let i = 0; i < 600; i++) {
      pair.step();
      if (i % 50 === 0) pair.compare();
    }
    pair.compare();
    pair.clear();
    assertEquals(pair.failures, 0);
    assert(rig.core.usedBytes <= usedBytes + 8192, "bytes are lost");
  }));

Deno.test("bitmaps: a command that finds no memory changes nothing", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load(40 * 2 ** 20);
    const pair = new Pair(rig, random);
    for (let round = 0; round < 12; round++) {
      for (let i = 0; i < 20; i++) pair.step();
      const release = rig.exhaust();
      for (let i = 0; i < 40; i++) {
        pair.step();
        if (i % 10 === 0) pair.compare();
      }
      release();
      pair.compare();
    }
    assert(pair.failures > 20, `only ${pair.failures} commands found no memory`);
  }));

Deno.test("bitmaps: the largest string there may be", async () => {
  const rig = await CommandRig.load();
  const set = (key: string, offset: string) =>
    rig.run(["setbit", key, offset, "1"], (x) => x.bitmapSet(0, 1, 2, 3)).status;
  assertEquals(set("k", "4294967296"), rig.core.at.BIT_OFFSET_WRONG);
  assertEquals(set("k", "4294967295"), 2);
  assertEquals(set("k", "4294967295"), 0);
  const count = rig.run(["bitcount", "k"], (x) => x.bitmapCount(0, 1));
  assertEquals(count.reply, ":1\r\n");
  const position = rig.run(["bitpos", "k", "1"], (x) => x.bitmapPosition(0, 1, 2));
  assertEquals(position.reply, ":4294967295\r\n");
});
