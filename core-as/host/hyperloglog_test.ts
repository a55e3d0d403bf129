/** HyperLogLogs: a naive model, bytes that must never change, rotten strings, and no memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig, type Outcome } from "./command_rig.ts";
import { fuzz, type Random } from "./testing.ts";

const REGISTERS = 16384;
const HEADER = 16;
const DENSE_BYTES = 12304;
const U64 = 2n ** 64n - 1n;

/** MurmurHash64A, as its author wrote it down. */
function murmur(text: string): bigint {
  const m = 0xc6a4a7935bd1e995n;
  let h = 0xadc83b19n ^ (BigInt(text.length) * m & U64);
  const whole = text.length & ~7;
  for (let at = 0; at < whole; at += 8) {
    let k = 0n;
    for (let i = 7; i >= 0; i--) k = k << 8n | BigInt(text.charCodeAt(at + i));
    k = k * m & U64;
    k = (k ^ k >> 47n) * m & U64;
    h = (h ^ k) * m & U64;
  }
  if (whole < text.length) {
    for (let at = whole; at < text.length; at++) {
      h ^= BigInt(text.charCodeAt(at)) << BigInt(8 * (at - whole));
    }
    h = h * m & U64;
  }
  h = (h ^ h >> 47n) * m & U64;
  return h ^ h >> 47n;
}

/** Raises the register of an element. @returns whether it was lower */
function raise(registers: Uint8Array, element: string): boolean {
  const hash = murmur(element);
  const index = Number(hash & 16383n);
  let rank = 1;
  for (let bits = hash >> 14n | 1n << 50n; (bits & 1n) === 0n; bits >>= 1n) rank++;
  if (registers[index] >= rank) return false;
  registers[index] = rank;
  return true;
}

/** The registers that a string holds. */
function decode(text: string): Uint8Array {
  const registers = new Uint8Array(REGISTERS);
  const byte = (at: number) => text.charCodeAt(HEADER + at);
  if (text[4] === "\0") {
    for (let i = 0; i < REGISTERS; i++) {
      const bit = i * 6;
      const next = (bit >> 3) + 1 < DENSE_BYTES - HEADER ? byte((bit >> 3) + 1) : 0;
      registers[i] = (byte(bit >> 3) | next << 8) >> (bit & 7) & 63;
    }
    return registers;
  }
  let index = 0;
  for (let at = 0; at < text.length - HEADER; at++) {
    const op = byte(at);
    if (op >= 128) {
      registers.fill((op >> 2 & 31) + 1, index, index + (op & 3) + 1);
      index += (op & 3) + 1;
    } else if (op >= 64) index += ((op & 63) << 8 | byte(++at)) + 1;
    else index += op + 1;
  }
  assertEquals(index, REGISTERS);
  return registers;
}

/** The HyperLogLogs of a core, by the calls that the commands make. */
class HllRig {
  constructor(readonly rig: CommandRig, limit = 3000) {
    rig.core.u32[rig.core.at.HLL_SPARSE_BYTES] = limit;
  }
  add(key: string, ...elements: string[]): Outcome {
    return this.rig.run(["pfadd", key, ...elements], (x) => x.hllAdd(0, 1, 2));
  }
  count(key: string): Outcome {
    return this.rig.run(["pfcount", key], (x) => x.hllCount(0, 1));
  }
  countAll(...keys: string[]): Outcome {
    return this.#united(["pfcount", ...keys], () => this.rig.core.x.hllMergeCount());
  }
  merge(...keys: string[]): Outcome {
    return this.#united(["pfmerge", ...keys], () => this.rig.core.x.hllMergeStore(0, 1));
  }
  #united(words: string[], end: () => number | void): Outcome {
    const { at } = this.rig.core;
    return this.rig.run(words, (x) => {
      x.hllMergeStart();
      for (let i = 1; i < words.length; i++) {
        const status = x.hllMergeKey(0, i);
        if (status < 0 && status !== at.MISSING) return status;
      }
      return end();
    });
  }
  set(key: string, text: string): void {
    this.rig.run(["set", key, text], (x) => x.stringSet(0, 1, 2, 0));
  }
  get(key: string): string {
    const { reply } = this.rig.run(["get", key], (x) => x.stringGet(0, 1));
    return reply.slice(reply.indexOf("\r\n") + 2, -2);
  }
  toDense(key: string): Outcome {
    return this.rig.run(["pfdebug", "todense", key], (x) => x.hllMakeDense(0, 2));
  }
}

function element(random: Random): string {
  const length = random(8) === 0 ? random(40) : 1 + random(3);
  return Array.from({ length }, () => String.fromCharCode(random(256))).join("");
}

Deno.test("hyperloglog: registers as a naive model has them, and no byte is lost", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load();
    const usedBytes = rig.core.usedBytes;
    for (const limit of [0, 40, 300, 3000, 16_000]) {
      const hll = new HllRig(rig, limit);
      const models = [0, 1, 2].map(() => new Uint8Array(REGISTERS));
      for (let round = 0; round < 60; round++) {
        const at = random(3);
        const elements = Array.from(
          { length: random(round < 40 ? 20 : 300) },
          () => element(random),
        );
        const before = models[at].slice();
        const raised = elements.filter((word) => raise(models[at], word)).length;
        if (round > 0 && random(10) === 0) {
          const other = random(3);
          models[other].forEach((value, i) => models[at][i] = Math.max(models[at][i], value));
          assertEquals(hll.add(`k${at}`, ...elements).status, 0);
          assert(hll.merge(`k${at}`, `k${other}`).status >= 0);
        } else {
          const isNew = hll.get(`k${at}`) === "";
          assertEquals(hll.add(`k${at}`, ...elements), { status: 0, reply: "" });
          assertEquals(rig.core.resultNumber(), raised * 2 + (isNew ? 3 : 0));
          assert(raised > 0 || before.every((value, i) => value === models[at][i]));
        }
        const text = hll.get(`k${at}`);
        assertEquals(decode(text), models[at]);
        const grown = text.length > 18 && text.length > limit;
        if (text[4] === "\x01") assert(!grown, `${text.length} bytes are sparse`);
      }
      const sparse = hll.countAll("k0", "k0").reply;
      hll.toDense("k0");
      assertEquals(hll.countAll("k0", "k0").reply, sparse);
      assertEquals(hll.count("k0").reply, sparse);
      rig.core.x.flush(0, rig.core.at.SCRATCH);
    }
    assert(rig.core.usedBytes <= usedBytes + 8192, "bytes are lost");
  }));

Deno.test("hyperloglog: what is kept in files is frozen", async () => {
  const hll = new HllRig(await CommandRig.load());
  hll.add("h", "a", "b", "c");
  const hex = Array.from(hll.get("h"), (char) => char.charCodeAt(0).toString(16).padStart(2, "0"));
  assertEquals(hex.join(""), "48594c4c01000000000000000000008060f38050b1844bfb80425a");
  assertEquals(hll.count("h").reply, ":3\r\n");
});

Deno.test("hyperloglog: estimates are as near as theory says", () =>
  fuzz(async (random) => {
    const hll = new HllRig(await CommandRig.load());
    const salt = random(2 ** 32);
    let added = 0;
    for (const goal of [1, 10, 100, 1000, 5000, 20_000]) {
      while (added < goal) {
        const words = Array.from(
          { length: Math.min(500, goal - added) },
          () => `${salt}:${added++}`,
        );
        hll.add("h", ...words);
      }
      const estimate = Number(hll.count("h").reply.slice(1));
      const tolerated = Math.ceil(goal * 6 * 1.04 / Math.sqrt(REGISTERS));
      assert(Math.abs(estimate - goal) <= tolerated, `${estimate} for ${goal}`);
    }
  }));

/** Flips, cuts, doubles and overwrites bytes. */
function mutate(random: Random, text: string): string {
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(4) === 0 ? random(20) : random(text.length + 1);
    const byte = String.fromCharCode(random(256));
    const kind = random(5);
    if (kind === 0) text = text.slice(0, at);
    else if (kind === 1) text = text.slice(0, at) + byte + text.slice(at + 1);
    else if (kind === 2) text = text.slice(0, at) + byte + text.slice(at);
    else if (kind === 3) text = text.slice(0, at) + text.slice(at + 1 + random(3));
    else text += byte.repeat(random(5));
  }
  return text;
}

Deno.test("hyperloglog: rotten strings give errors, never a trap", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load();
    const hll = new HllRig(rig);
    const { HLL_CORRUPT, HLL_WRONG_STRING } = rig.core.at;
    const usedBytes = rig.core.usedBytes;
    hll.add("sparse", ...Array.from({ length: 300 }, () => element(random)));
    hll.add("dense", ...Array.from({ length: 3000 }, () => element(random)));
    hll.add("small", "a", "b");
    const seeds = ["sparse", "dense", "small"].map((key) => hll.get(key));
    const outcomes = new Map<number, number>();
    const noted = ({ status, reply }: Outcome) => {
      assert(status >= 0 || [HLL_CORRUPT, HLL_WRONG_STRING].includes(status), `status ${status}`);
      if (status < 0) assertEquals(reply, "");
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
    };
    for (let round = 0; round < 1500; round++) {
      hll.set("k", mutate(random, seeds[random(3)]));
      noted(hll.count("k"));
      for (let i = random(4); i > 0; i--) noted(hll.add("k", element(random), element(random)));
      noted(hll.countAll("k", "sparse"));
      noted(hll.merge("to", "k", "small"));
      noted(rig.run(["pfdebug", "decode", "k"], (x) => x.hllReplyRuns(0, 2)));
      if (random(2) === 0) noted(hll.merge("k", "dense"));
      if (random(3) === 0) noted(hll.toDense("k"));
      if (random(10) === 0) noted(rig.run(["pfdebug", "x", "k"], (x) => x.hllReplyRegisters(0, 2)));
      noted(hll.count("k"));
      if (random(10) === 0) rig.run(["del", "to"], (x) => x.keyDelete(0, 1));
    }
    for (const status of [0, 1, HLL_CORRUPT, HLL_WRONG_STRING]) {
      assert((outcomes.get(status) ?? 0) > 10, `status ${status} did not come`);
    }
    rig.core.x.flush(0, rig.core.at.SCRATCH);
    assert(rig.core.usedBytes <= usedBytes + 8192, "bytes are lost");
  }));

Deno.test("hyperloglog: without memory nothing is lost", () =>
  fuzz(async (random) => {
    const rig = await CommandRig.load(40 * 2 ** 20);
    const hll = new HllRig(rig);
    const { OUT_OF_MEMORY } = rig.core.at;
    const models = new Map(["a", "b", "c"].map((key) => [key, new Uint8Array(REGISTERS)]));
    let failures = 0;
    for (let round = 0; round < 10; round++) {
      const release = round % 2 === 0 ? () => {} : rig.exhaust();
      for (let i = 0; i < 60; i++) {
        const key = "abc"[random(3)];
        const word = element(random);
        const outcome = hll.add(key, word);
        if (outcome.status === OUT_OF_MEMORY) failures++;
        else raise(models.get(key)!, word);
      }
      if (hll.merge("new", "a", "b").status === OUT_OF_MEMORY) failures++;
      else rig.run(["del", "new"], (x) => x.keyDelete(0, 1));
      if (round > 5 && hll.toDense("a").status === OUT_OF_MEMORY) failures++;
      release();
      for (const [key, model] of models) {
        if (hll.get(key) !== "") assertEquals(decode(hll.get(key)), model);
      }
    }
    assert(failures > 20, `only ${failures} commands found no memory`);
  }));

Deno.test("hyperloglog: the self-test passes", async () => {
  const { core } = await CommandRig.load();
  assertEquals(core.x.hllSelfTest(), 0);
});
