/** Hashes: one contract for both encodings, a model with a seeded fuzz, and what happens without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, fuzzScale, type Random } from "./testing.ts";

/** Bulks and integers of a reply, in the order in which they come; heads of aggregates left out. */
function parse(reply: string): (string | null)[] {
  const values: (string | null)[] = [];
  for (let at = 0; at < reply.length;) {
    const end = reply.indexOf("\r\n", at);
    const [type, line] = [reply[at], reply.slice(at + 1, end)];
    at = end + 2;
    if (type === ":") values.push(line);
    else if (type === "$" && line === "-1") values.push(null);
    else if (type === "$") {
      values.push(reply.slice(at, at + Number(line)));
      at += Number(line) + 2;
    }
  }
  return values;
}

/** A hash at the key "h" of a core, by the calls that the commands make. */
class HashRig {
  constructor(readonly rig: CommandRig, entries = 512) {
    const { at, u32 } = rig.core;
    u32[at.HASH_LISTPACK_ENTRIES] = entries;
    u32[at.HASH_LISTPACK_VALUE] = 64;
    this.nowMs = 1000;
  }
  get at() {
    return this.rig.core.at;
  }
  set nowMs(ms: number) {
    this.rig.core.setU64(this.at.NOW_MS, ms);
  }
  set(...pairs: string[]): number {
    const words = ["hset", "h", ...pairs];
    return this.rig.run(words, (x) => x.hashSet(0, 1, 2, words.length)).status;
  }
  /** HSETEX with KEEPTTL. */
  setKeeping(...pairs: string[]): number {
    const words = ["hsetex", "h", ...pairs];
    const kind = this.at.HASH_EXPIRY_KEEP;
    return this.rig.run(words, (x) => x.hashSetExpire(0, 1, 0, kind, 2, words.length)).status;
  }
  delete(...fields: string[]): number {
    const words = ["hdel", "h", ...fields];
    return this.rig.run(words, (x) => x.hashDelete(0, 1, 2, words.length)).status;
  }
  get(field: string): string | null {
    return parse(this.rig.run(["hget", "h", field], (x) => x.hashGet(0, 1, 2)).reply)[0];
  }
  count(): number {
    return Number(parse(this.rig.run(["hlen", "h"], (x) => x.hashCount(0, 1)).reply)[0]);
  }
  all(key = "h"): Map<string, string> {
    const { reply } = this.rig.run(["hgetall", key], (x) => x.hashGetAll(0, 1, 3));
    return pairsOf(parse(reply));
  }
  expire(ms: number, fields: string[], conditions = 0): string[] {
    this.rig.core.setResult(BigInt(ms));
    const words = ["hexpire", "h", ...fields];
    const call = this.rig.run(words, (x) => x.hashExpire(0, 1, conditions, 2, words.length));
    return call.status < 0 ? [`status ${call.status}`] : parse(call.reply) as string[];
  }
  expiryMs(field: string): number {
    const kind = this.at.TTL_ABSOLUTE | this.at.TTL_MS;
    const { reply } = this.rig.run(
      ["hpexpiretime", "h", field],
      (x) => x.hashTtl(0, 1, kind, 2, 3),
    );
    return Number(parse(reply)[0]);
  }
  persist(field: string): string | null {
    return parse(this.rig.run(["h", "h", field], (x) => x.hashPersist(0, 1, 2, 3)).reply)[0];
  }
  scan(count: number, meanwhile = () => {}): Map<string, string> {
    const found = new Map<string, string>();
    if (!this.exists()) return found;
    let cursor = 0;
    do {
      const { reply } = this.rig.run(
        ["hscan", "h"],
        (x) => x.hashScan(0, 1, cursor, count, 0, true),
      );
      const [next, ...values] = parse(reply);
      cursor = Number(next);
      pairsOf(values).forEach((value, field) => found.set(field, value));
      meanwhile();
    } while (cursor !== 0);
    return found;
  }
  isPacked(): boolean {
    const { x } = this.rig.core;
    let encoding = 0;
    this.rig.run(["object", "h"], () => {
      encoding = x.encodingOf(x.keyPeek(0, 1));
    });
    return encoding === 11;
  }
  exists(key = "h"): boolean {
    return this.rig.run(["exists", key], (x) => x.keyPeek(0, 1) !== 0).status === 1;
  }
  /** Runs the cycle until it has nothing left to do; forgets its log. */
  cycle(budget = 64): void {
    const { x } = this.rig.core;
    for (let left = x.hashExpiringCount(); left > 0 && x.hashExpiringCount() > 0;) {
      left -= x.hashExpireStep(budget);
    }
    x.hashClearExpiredLog();
  }
}

function pairsOf(values: (string | null)[]): Map<string, string> {
  const pairs = new Map<string, string>();
  for (let i = 0; i < values.length; i += 2) pairs.set(values[i]!, values[i + 1]!);
  return pairs;
}

/** Fields that a listpack of `entries` holds, or a table. */
const encodings = [["listpack", 512], ["hashtable", 0]] as const;

for (const [name, entries] of encodings) {
  const contract = (what: string, body: (hash: HashRig) => void) =>
    Deno.test(`hash as ${name}: ${what}`, async () =>
      body(new HashRig(await CommandRig.load(), entries)));

  contract("sets, counts, gets and deletes", (hash) => {
    const { HASH_KEY_GONE, HASH_NEW_KEY } = hash.at;
    assertEquals(hash.set("a", "1", "b", "two", "a", "3"), HASH_NEW_KEY + 2);
    assertEquals(hash.isPacked(), name === "listpack");
    assertEquals(hash.set("a", "4", "c", ""), 1);
    assertEquals([hash.get("a"), hash.get("b"), hash.get("c"), hash.get("d")], [
      "4",
      "two",
      "",
      null,
    ]);
    assertEquals(hash.count(), 3);
    assertEquals(hash.delete("a", "x", "a"), 1);
    assertEquals(hash.delete("b", "c", "y"), 2 + HASH_KEY_GONE);
    assert(!hash.exists());
  });

  contract("keeps every byte of fields and values", (hash) => {
    const texts = ["", "\x00", "\r\n", "\xff\xfe", "1", "-1", "01", "+1", "x".repeat(64)];
    for (const text of texts) hash.set(text, text);
    assertEquals(hash.all(), new Map(texts.map((text) => [text, text])));
    assertEquals(hash.scan(3), hash.all());
  });

  contract("a copy and what it was made of go their own ways", (hash) => {
    const { rig } = hash;
    hash.set("a", "1", "b", "2");
    rig.run(["copy", "h", "copy"], (x) => x.keyCopy(0, 1, 0, 2, false));
    hash.set("a", "9");
    assertEquals(hash.all("copy"), new Map([["a", "1"], ["b", "2"]]));
    assertEquals(hash.all(), new Map([["a", "9"], ["b", "2"]]));
  });

  contract("without memory it says so and stays as it was", (hash) => {
    const { OUT_OF_MEMORY } = hash.at;
    hash.set("a", "1", "b", "2");
    const before = hash.all();
    const release = hash.rig.exhaust();
    for (let i = 0; i < 20; i++) {
      const status = hash.set(`field${i}`, "v".repeat(60));
      // What lies spare in a block is used up first.
      if (status >= 0) before.set(`field${i}`, "v".repeat(60));
      else assertEquals(status, OUT_OF_MEMORY);
    }
    assert(!before.has("field19"));
    assertEquals(hash.set("a", "w".repeat(64)), OUT_OF_MEMORY);
    assertEquals(hash.all(), before);
    if (name === "listpack") assertEquals(hash.expire(9000, ["a"]), [`status ${OUT_OF_MEMORY}`]);
    hash.delete("b");
    release();
    assertEquals(hash.set("b", "3"), 1);
    assertEquals(hash.get("a"), "1");
  });
}

Deno.test("hash: a listpack becomes a table at the limits", async () => {
  const hash = new HashRig(await CommandRig.load(), 3);
  hash.set("a", "1", "b", "2", "c", "3");
  assert(hash.isPacked());
  hash.set("d", "4");
  assert(!hash.isPacked());
  assertEquals(hash.all(), new Map([["a", "1"], ["b", "2"], ["c", "3"], ["d", "4"]]));
  hash.delete("a", "b", "c", "d");
  hash.set("a", "v".repeat(65));
  assert(!hash.isPacked());
});

Deno.test("hash: every field gone is memory come back", async () => {
  const rig = await CommandRig.load();
  const hash = new HashRig(rig);
  hash.set("a", "1");
  hash.delete("a");
  const before = rig.core.u32[hash.at.LIVE_BLOCKS];
  for (let i = 0; i < 3000; i++) hash.set(`f${i}`, "v".repeat(i % 100));
  hash.expire(5000, Array.from({ length: 1000 }, (_, i) => `f${i}`));
  rig.run(["copy", "h", "copy"], (x) => x.keyCopy(0, 1, 0, 2, false));
  rig.run(["del", "copy"], (x) => x.keyDelete(0, 1));
  let steps = 0;
  while (rig.core.x.pendingFreeStep(100)) steps++;
  assert(steps > 20, "a large hash is freed in steps");
  hash.delete(...Array.from({ length: 3000 }, (_, i) => `f${i}`));
  assert(!hash.exists());
  assertEquals(rig.core.x.hashExpiringCount(), 0);
  assertEquals(rig.core.u32[hash.at.LIVE_BLOCKS], before);
});

// ---- expiry ---------------------------------------------------------------------------------------

Deno.test("field expiry: conditions, replies and what a write does to it", async () => {
  const hash = new HashRig(await CommandRig.load());
  const { EXPIRE_GT, EXPIRE_LT, EXPIRE_NX, EXPIRE_XX } = hash.at;
  hash.set("a", "1", "b", "2", "c", "3");
  assertEquals(hash.expire(5000, ["a"], EXPIRE_XX), ["0"]);
  assertEquals(hash.expire(5000, ["a"], EXPIRE_GT), ["0"]);
  assert(hash.isPacked());
  assertEquals(hash.expire(5000, ["a", "x", "a"], EXPIRE_NX), ["1", "-2", "0"]);
  assert(!hash.isPacked());
  assertEquals(hash.expire(4000, ["a"], EXPIRE_GT), ["0"]);
  assertEquals(hash.expire(4000, ["a", "b"], EXPIRE_LT), ["1", "1"]);
  assertEquals([hash.expiryMs("a"), hash.expiryMs("b"), hash.expiryMs("c"), hash.expiryMs("x")], [
    4000,
    4000,
    -1,
    -2,
  ]);
  assertEquals([hash.persist("a"), hash.persist("a"), hash.persist("x")], ["1", "-1", "-2"]);
  hash.set("b", "new");
  assertEquals(hash.expiryMs("b"), -1);
  hash.expire(4000, ["b"]);
  hash.rig.run(["hincrby", "h", "c", "1"], (x) => x.hashIncrement(0, 1, 2, 3));
  hash.expire(4000, ["c"]);
  hash.rig.run(["hincrby", "h", "c", "1"], (x) => x.hashIncrement(0, 1, 2, 3));
  assertEquals([hash.get("c"), hash.expiryMs("c")], ["5", 4000]);
  assertEquals(hash.expire(1000, ["a", "b", "c"]), ["2", "2", "2"]);
  assert(!hash.exists());
  assertEquals(hash.expire(5000, ["a"]), ["-2"]);
});

Deno.test("field expiry: lazily by name, hidden from the rest, and by the cycle", async () => {
  const hash = new HashRig(await CommandRig.load());
  const { core } = hash.rig;
  hash.set("a", "1", "b", "2", "c", "3");
  hash.expire(5000, ["a", "b"]);
  hash.nowMs = 5000;
  assertEquals(hash.count(), 3);
  assertEquals(hash.get("a"), "1");
  hash.nowMs = 5001;
  assertEquals(hash.all(), new Map([["c", "3"]]));
  assertEquals(hash.scan(10), new Map([["c", "3"]]));
  assertEquals(hash.count(), 3);
  assertEquals(hash.get("a"), null);
  assertEquals(hash.count(), 2);
  assert(core.u32[hash.at.HASH_EXPIRED_LOG_LEN] > 0);
  hash.cycle();
  assertEquals(hash.count(), 1);
  assertEquals(core.x.hashExpiringCount(), 0);
  // A field past its time is a new one to who sets it.
  hash.set("d", "4");
  hash.expire(6000, ["d"]);
  hash.nowMs = 6001;
  assertEquals(hash.set("d", "5"), 1);
  assertEquals([hash.get("d"), hash.expiryMs("d")], ["5", -1]);
  hash.expire(7000, ["c", "d"]);
  hash.nowMs = 7001;
  hash.cycle();
  assert(!hash.exists());
});

Deno.test("field expiry: nothing is deleted while the data set stands still", async () => {
  const hash = new HashRig(await CommandRig.load());
  const { core } = hash.rig;
  hash.set("a", "1", "b", "2");
  hash.expire(5000, ["a"]);
  hash.nowMs = 6000;
  core.u32[hash.at.EXPIRED_MODE] = hash.at.EXPIRED_HIDE;
  assertEquals(hash.get("a"), null);
  hash.cycle();
  assertEquals(hash.count(), 2);
  core.u32[hash.at.EXPIRED_MODE] = hash.at.EXPIRED_KEEP;
  assertEquals(hash.get("a"), "1");
  core.u32[hash.at.EXPIRED_MODE] = hash.at.EXPIRED_DELETE;
  hash.cycle();
  assertEquals(hash.count(), 1);
});

Deno.test("field expiry: follows a key that is renamed, copied, moved or given an expiry", async () => {
  const hash = new HashRig(await CommandRig.load());
  const { rig } = hash;
  const { x } = rig.core;
  const expiring = (key: string) => {
    rig.run(["hset", key, "a", "1"], () => x.hashSet(0, 1, 2, 4));
    rig.core.setResult(5000n);
    rig.run(["hexpire", key, "a"], () => x.hashExpire(0, 1, 0, 2, 3));
  };
  for (const key of ["renamed", "copied", "moved", "expiring", "h", "swapped"]) expiring(key);
  rig.run(["rename", "renamed", "other"], () => x.keyRename(0, 1, 2, false));
  rig.run(["copy", "copied", "copy"], () => x.keyCopy(0, 1, 0, 2, false));
  rig.run(["move", "moved"], () => x.keyMove(0, 1, 1));
  rig.core.setResult(99000n);
  rig.run(["expire", "expiring"], () => x.keyExpire(0, 1, 0));
  x.swapDatabases(0, 2);
  assertEquals(x.hashExpiringCount(), 7);
  hash.nowMs = 6000;
  hash.cycle(3);
  assertEquals([0, 1, 2].map((db) => x.databaseSize(db)), [0, 0, 0]);
  assertEquals(x.hashExpiringCount(), 0);
});

Deno.test("field expiry: without memory nothing is lost", async () => {
  const hash = new HashRig(await CommandRig.load(), 0);
  hash.set("a", "1", "b", "2");
  const release = hash.rig.exhaust();
  assertEquals(hash.expire(5000, ["a"]), [`status ${hash.at.OUT_OF_MEMORY}`]);
  assertEquals(hash.expiryMs("a"), -1);
  release();
  assertEquals(hash.expire(5000, ["a"]), ["1"]);
  assertEquals(hash.all(), new Map([["a", "1"], ["b", "2"]]));
});

// ---- model ----------------------------------------------------------------------------------------

interface Modelled {
  value: string;
  expiryMs: number;
}

/** One random step on the hash and on the model. */
function step(
  hash: HashRig,
  model: Map<string, Modelled>,
  random: Random,
  nowMs: number,
  past: ReadonlySet<string>,
): void {
  const field = `f${random(random(4) === 0 ? 400 : 20)}`;
  const known = model.get(field);
  switch (random(11)) {
    case 0: {
      const value = "k".repeat(random(80));
      assertEquals(hash.setKeeping(field, value) & hash.at.HASH_WRITTEN, hash.at.HASH_WRITTEN);
      model.set(field, { value, expiryMs: known?.expiryMs ?? -1 });
      break;
    }
    case 1:
    case 2:
    case 9: {
      const value = "v".repeat(random(random(50) === 0 ? 200 : 60)) + random(1000);
      assertEquals(hash.set(field, value) & ~hash.at.HASH_NEW_KEY, known ? 0 : 1);
      model.set(field, { value, expiryMs: -1 });
      break;
    }
    case 3:
    case 4: {
      const deleted = hash.delete(field) & ~hash.at.HASH_KEY_GONE;
      // One past its time counts as long as it is there.
      if (known || !past.has(field)) assertEquals(deleted, known ? 1 : 0);
      model.delete(field);
      break;
    }
    case 5:
    case 6: {
      const expiryMs = nowMs + random(300);
      const deletes = expiryMs <= nowMs;
      assertEquals(hash.expire(expiryMs, [field]), [known ? (deletes ? "2" : "1") : "-2"]);
      if (known && deletes) model.delete(field);
      else if (known) known.expiryMs = expiryMs;
      break;
    }
    case 7:
      assertEquals(hash.persist(field), known ? (known.expiryMs < 0 ? "-1" : "1") : "-2");
      if (known) known.expiryMs = -1;
      break;
    case 8:
      assertEquals([hash.get(field), hash.expiryMs(field)], [
        known?.value ?? null,
        known?.expiryMs ?? -2,
      ]);
      break;
    default:
      hash.cycle(1 + random(20));
  }
}

Deno.test("hash: does what a map with expiries does", () =>
  fuzz(async (random: Random) => {
    const rig = await CommandRig.load();
    for (let round = 0; round < 6; round++) {
      const hash = new HashRig(rig, [0, 8, 512][random(3)]);
      const model = new Map<string, Modelled>();
      const past = new Set<string>();
      let nowMs = 1000;
      for (let i = 0; i < 1500 * fuzzScale(); i++) {
        if (random(20) === 0) nowMs += random(40);
        hash.nowMs = nowMs;
        for (const [field, { expiryMs }] of model) {
          if (expiryMs < 0 || expiryMs >= nowMs) continue;
          model.delete(field);
          past.add(field);
        }
        step(hash, model, random, nowMs, past);
        if (random(30) !== 0) continue;
        const expected = new Map([...model].map(([field, { value }]) => [field, value]));
        assertEquals(hash.all(), expected);
        assertEquals(hash.scan(1 + random(20)), expected);
        hash.cycle();
        past.clear();
        assertEquals(hash.count(), model.size);
      }
      rig.run(["del", "h"], (x) => x.keyDelete(0, 1));
      while (rig.core.x.pendingFreeStep(64)) continue;
    }
  }));

Deno.test("HSCAN: a field that is there all the time is returned, however the others come and go", () =>
  fuzz(async (random: Random) => {
    const hash = new HashRig(await CommandRig.load(), 0);
    const lasting = Array.from({ length: 300 }, (_, i) => `lasting${i}`);
    for (const field of lasting) hash.set(field, "v");
    let made = 0;
    let gone = 0;
    for (let round = 0; round < 20; round++) {
      const grows = random(2) === 0;
      // A table that grew at every step for ever would outrun the scan.
      let changes = 40;
      const found = hash.scan(1 + random(30), () => {
        if (changes-- <= 0) return;
        if (grows) { for (let i = 0; i < 50; i++) hash.set(`other${made++}`, "v"); }
        else for (let i = 0; i < 80 && gone < made; i++) hash.delete(`other${gone++}`);
      });
      assertEquals(lasting.filter((field) => !found.has(field)), []);
    }
  }));

Deno.test("HRANDFIELD: different ones when asked for, each as likely as the others", async () => {
  for (const entries of [512, 0]) {
    const hash = new HashRig(await CommandRig.load(), entries);
    const fields = Array.from({ length: 60 }, (_, i) => `f${i}`);
    for (const field of fields) hash.set(field, "v");
    const drawn = new Map<string, number>();
    const draws = 2000;
    for (const count of [5, 15, 30, 59]) {
      for (let i = 0; i < draws; i++) {
        const words = ["hrandfield", "h"];
        const { reply } = hash.rig.run(words, (x) => x.hashRandomDistinct(0, 1, count, false));
        const found = parse(reply) as string[];
        assertEquals(new Set(found).size, count);
        for (const field of found) drawn.set(field, (drawn.get(field) ?? 0) + 1);
      }
    }
    const mean = draws * (5 + 15 + 30 + 59) / 60;
    for (const field of fields) {
      const times = drawn.get(field) ?? 0;
      // The deviation is below 30; six times that never happens.
      assert(Math.abs(times - mean) < 180, `${field}: ${times} of ${mean}`);
    }
  }
});
