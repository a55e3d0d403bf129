/** Sorted sets: one contract for both encodings, a model with a seeded fuzz, and what happens without memory. */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random, scaled } from "./testing.ts";

const LISTPACK = 11;
/** Thresholds under which all sets are listpacks, or none is. */
const ALL_SMALL = 100_000;
const NONE_SMALL = 0;

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

/** Sorted sets of a core, by the calls that the commands make. */
class ZsetRig {
  constructor(readonly rig: CommandRig, entries: number) {
    const { at, u32 } = rig.core;
    u32[at.ZSET_LISTPACK_ENTRIES] = entries;
    u32[at.ZSET_LISTPACK_VALUE] = entries;
  }
  get at() {
    return this.rig.core.at;
  }
  get usedBytes() {
    return this.rig.core.usedBytes;
  }
  add(pairs: [number, string][], flags = 0, key = "z"): number {
    const words = ["zadd", key, ...pairs.flatMap(([score, member]) => [String(score), member])];
    return this.rig.run(words, (x) => x.zsetAdd(0, 1, 2, flags)).status;
  }
  remove(...members: string[]): number {
    return this.rig.run(["zrem", "z", ...members], (x) => x.zsetRemove(0, 1, 2)).status;
  }
  score(member: string): string | null {
    return parse(this.rig.run(["zscore", "z", member], (x) => x.zsetScore(0, 1, 2)).reply)[0];
  }
  rank(member: string, withScore = false, reverse = false): string {
    return this.rig.run(
      ["zrank", "z", member],
      (x) => x.zsetRank(0, 1, 2, reverse, withScore),
    ).reply;
  }
  range(first: string, second: string, flags: number, offset = 0, count = -1, key = "z"): string[] {
    const words = ["zrange", key, first, second];
    const call = this.rig.run(words, (x) => x.zsetRange(0, 1, 2, 3, flags, offset, count));
    return parse(call.reply) as string[];
  }
  all(key = "z"): string[] {
    return this.range("0", "-1", this.at.RANGE_WITH_SCORES, 0, -1, key);
  }
  count(first: string, second: string, kind: number): number {
    const words = ["zcount", "z", first, second];
    return Number(parse(this.rig.run(words, (x) => x.zsetCount(0, 1, 2, 3, kind)).reply)[0]);
  }
  removeRange(first: string, second: string, kind: number): number {
    const words = ["zremrange", "z", first, second];
    return Number(parse(this.rig.run(words, (x) => x.zsetRemoveRange(0, 1, 2, 3, kind)).reply)[0]);
  }
  pop(count: number, highest: boolean): string[] {
    const form = this.at.ZPOP_COUNT;
    const { reply } = this.rig.run(["zpop", "z"], (x) => x.zsetPop(0, 1, count, highest, form));
    return parse(reply) as string[];
  }
  random(count: number, repeats: boolean): string[] {
    const { reply } = this.rig.run(
      ["zrandmember", "z"],
      (x) => x.zsetRandoms(0, 1, count, repeats, false),
    );
    return parse(reply) as string[];
  }
  unite(to: string, ...from: string[]): number {
    const words = ["zunionstore", to, ...from];
    const { AGGREGATE_SUM, COMBINE_UNION } = this.at;
    return this.rig.run(
      words,
      (x) => x.zsetCombineStore(0, 1, 2, from.length, COMBINE_UNION, AGGREGATE_SUM, 0),
    ).status;
  }
  scan(count: number, meanwhile = () => {}): string[] {
    const found: string[] = [];
    let cursor = 0;
    do {
      const { reply } = this.rig.run(["zscan", "z"], (x) => x.zsetScan(0, 1, cursor, count, 0));
      const [next, ...values] = parse(reply);
      cursor = Number(next);
      for (let i = 0; i < values.length; i += 2) found.push(values[i]!);
      meanwhile();
    } while (cursor !== 0);
    return found;
  }
  encoding(): number {
    const { x } = this.rig.core;
    return this.rig.run(["object", "z"], () => x.encodingOf(x.keyPeek(0, 1))).status;
  }
  /** Deletes all, that which is freed in slices, too. */
  clear(): void {
    const { at, x } = this.rig.core;
    x.flush(0, at.SCRATCH);
    while (x.pendingFreeStep(1000)) continue;
  }
}

async function eachEncoding(body: (zset: ZsetRig, name: string) => void): Promise<void> {
  const rig = await CommandRig.load(2 ** 26);
  for (const [name, entries] of [["listpack", ALL_SMALL], ["skiplist", NONE_SMALL]] as const) {
    const zset = new ZsetRig(rig, entries);
    const before = zset.usedBytes;
    body(zset, name);
    zset.clear();
    assertEquals(zset.usedBytes, before, `${name}: all memory is given back`);
  }
}

type Model = Map<string, number>;

function inOrder(model: Model): [string, number][] {
  return [...model].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
}

const flat = (rows: [string, number][]) => rows.flatMap(([member, score]) => [member, `${score}`]);

/** A change to both, drawn at random. */
function change(zset: ZsetRig, model: Model, random: Random): void {
  const member = () => random(8) === 0 ? String(random(300) - 100) : `m${random(60)}`;
  const score = () => random(40) - 20;
  const kind = random(20);
  const rows = inOrder(model);
  if (kind < 10) {
    const pairs: [number, string][] = Array.from(
      { length: 1 + random(4) },
      () => [score(), member()],
    );
    assert(zset.add(pairs) >= 0);
    for (const [score, member] of pairs) model.set(member, score);
  } else if (kind < 14) {
    const members = [member(), member()];
    zset.remove(...members);
    members.forEach((member) => model.delete(member));
  } else if (kind < 15) {
    const [low, high] = [score(), score()];
    const gone = rows.filter(([, score]) => score > low && score <= high);
    assertEquals(zset.removeRange(`(${low}`, `${high}`, zset.at.RANGE_BY_SCORE), gone.length);
    gone.forEach(([member]) => model.delete(member));
  } else if (kind < 16) {
    const from = random(rows.length + 1);
    const gone = rows.slice(from, from + 3);
    const removed = zset.removeRange(`${from}`, `${from + 2}`, zset.at.RANGE_BY_RANK);
    assertEquals(removed, gone.length);
    gone.forEach(([member]) => model.delete(member));
  } else if (kind < 18) {
    const gone = kind === 16 ? rows.slice(0, 2) : rows.toReversed().slice(0, 2);
    assertEquals(zset.pop(2, kind === 17), flat(gone));
    gone.forEach(([member]) => model.delete(member));
  } else {
    const [by, member_] = [score(), member()];
    assert(zset.add([[by, member_]], zset.at.ZADD_INCR) >= 0);
    model.set(member_, (model.get(member_) ?? 0) + by);
  }
}

/** All that can be asked, against the model. */
function compare(zset: ZsetRig, model: Model, random: Random): void {
  const { RANGE_BY_SCORE, RANGE_REVERSE, RANGE_WITH_SCORES } = zset.at;
  const rows = inOrder(model);
  assertEquals(zset.all(), flat(rows));
  assertEquals(
    zset.range("0", "-1", RANGE_REVERSE | RANGE_WITH_SCORES),
    flat(rows.toReversed()),
  );
  rows.forEach(([member, score], rank) => {
    if (random(10) > 0) return;
    assertEquals(zset.score(member), String(score));
    assertEquals(zset.rank(member), `:${rank}\r\n`);
    assertEquals(zset.rank(member, false, true), `:${rows.length - 1 - rank}\r\n`);
  });
  const [low, high] = [random(40) - 20, random(40) - 20];
  const within = rows.filter(([, score]) => score >= low && score < high);
  assertEquals(zset.count(`${low}`, `(${high}`, RANGE_BY_SCORE), within.length);
  assertEquals(
    zset.range(`${low}`, `(${high}`, RANGE_BY_SCORE | RANGE_WITH_SCORES, 1, 3),
    flat(within.slice(1, 4)),
  );
  assertEquals(
    zset.range(`(${high}`, `${low}`, RANGE_BY_SCORE | RANGE_REVERSE | RANGE_WITH_SCORES, 2, -1),
    flat(within.toReversed().slice(2)),
  );
  assertEquals(zset.scan(1000).sort(), [...model.keys()].sort());
}

Deno.test("sorted sets: both encodings do what a sorted map does", async () => {
  await fuzz(async (random) => {
    await eachEncoding((zset, name) => {
      const model: Model = new Map();
      for (let step = 0; step < scaled(3000); step++) {
        change(zset, model, random);
        if (step % 100 === 0) compare(zset, model, random);
        if (model.size > 0) assertEquals(zset.encoding() === LISTPACK, name === "listpack");
      }
      compare(zset, model, random);
      zset.remove(...model.keys());
      assertEquals(zset.all(), [], "the key goes with the last member");
    });
  });
});

Deno.test("sorted sets: a rank with its score", async () => {
  await eachEncoding((zset) => {
    zset.add([[1, "a"], [2.5, "b"]]);
    assertEquals(zset.rank("b", true), "*2\r\n:1\r\n$3\r\n2.5\r\n");
    assertEquals(zset.rank("b", true, true), "*2\r\n:0\r\n$3\r\n2.5\r\n");
    assertEquals(zset.rank("x", true), "*-1\r\n");
  });
});

Deno.test("sorted sets: members drawn without repetition are distinct, and each has its chance", async () => {
  await eachEncoding((zset) => {
    const length = 100;
    zset.add(Array.from({ length }, (_, i) => [i, `m${i}`]));
    // Few are drawn one by one, many by passing over the others, all are all.
    for (const count of [5, 25, 26, 80, 100, 1000]) {
      const seen = new Map<string, number>();
      const rounds = 400;
      for (let round = 0; round < rounds; round++) {
        const drawn = zset.random(count, false);
        assertEquals(drawn.length, Math.min(count, length));
        assertEquals(new Set(drawn).size, drawn.length, "distinct");
        for (const member of drawn) seen.set(member, (seen.get(member) ?? 0) + 1);
      }
      assertEquals(seen.size, length);
      const share = Math.min(1, count / length);
      const spread = Math.sqrt(rounds * share * (1 - share));
      for (const times of seen.values()) {
        assert(Math.abs(times - rounds * share) <= 6 * spread, `${times} of ${rounds}`);
      }
    }
    assertEquals(zset.random(500, true).length, 500);
  });
});

Deno.test("sorted sets: a scan meets every member that stays, while others come and go", async () => {
  const rig = await CommandRig.load(2 ** 26);
  const zset = new ZsetRig(rig, NONE_SMALL);
  const stay = Array.from({ length: 500 }, (_, i): [number, string] => [i, `stay${i}`]);
  zset.add(stay);
  let serial = 0;
  const found = zset.scan(10, () => {
    const batch = Array.from({ length: 40 }, (): [number, string] => [10_000, `other${serial++}`]);
    zset.add(batch);
    if (serial > 1500) zset.removeRange("500", "-1", zset.at.RANGE_BY_RANK);
  });
  const met = new Set(found);
  for (const [, member] of stay) assert(met.has(member), member);
});

Deno.test("sorted sets: without memory nothing is lost", async () => {
  for (const entries of [ALL_SMALL, NONE_SMALL, 100]) {
    const rig = await CommandRig.load(2 ** 25);
    const zset = new ZsetRig(rig, entries);
    const before = zset.usedBytes;
    zset.add(Array.from({ length: 100 }, (_, i) => [i, `m${i}`]));
    const release = rig.exhaust();
    const { OUT_OF_MEMORY } = zset.at;
    // A listpack may have room to spare, at first.
    let spare = 0;
    while (zset.add([[100 + spare, "x".repeat(50 + spare)]]) >= 0) spare++;
    assert(spare < 100);
    const rows = zset.all();
    for (let i = 0; i < 40; i++) {
      assertEquals(zset.add([[i, "y".repeat(100 + i * 10)]]), OUT_OF_MEMORY);
    }
    assertEquals(zset.add([[1, "a"]], 0, "fresh"), OUT_OF_MEMORY);
    assertEquals(zset.unite("united", "z", "z"), OUT_OF_MEMORY);
    assertEquals(zset.all(), rows);
    // What needs none still works; a score may move within its leaf.
    zset.remove("m0", "m50");
    release();
    assertEquals(zset.all(), rows.filter((_, i) => i >> 1 !== 0 && i >> 1 !== 50));
    assertEquals(zset.unite("united", "z"), zset.at.ZSET_CHANGED | zset.at.ZSET_CREATED);
    assertEquals(zset.all("united"), zset.all());
    zset.clear();
    assertEquals(zset.usedBytes, before, `entries ${entries}`);
  }
});

Deno.test("sorted sets: memory that goes out half way leaves what is done", async () => {
  await fuzz(async (random) => {
    for (const entries of [ALL_SMALL, NONE_SMALL]) {
      const rig = await CommandRig.load(2 ** 25);
      const zset = new ZsetRig(rig, entries);
      const before = zset.usedBytes;
      zset.add(Array.from({ length: 60 }, (_, i) => [i, `m${i}`]));
      const { x } = rig.core;
      for (let round = 0; round < scaled(20); round++) {
        // A few blocks of some sizes are all there is.
        const spare = Array.from({ length: random(12) }, () => x.allocate(16 << random(7)));
        const release = rig.exhaust();
        spare.forEach((block) => x.free(block));
        const length = zset.all().length / 2;
        const batch = Array.from(
          { length: 20 },
          (): [number, string] => [random(100), `r${round}:${random(100)}`],
        );
        const status = zset.add(batch);
        const rows = zset.all();
        assert(status < 0 ? rows.length / 2 === length : rows.length / 2 >= length);
        const members = rows.filter((_, i) => i % 2 === 0);
        assertEquals(new Set(members).size, members.length);
        for (const member of members) assert(zset.score(member) !== null, member);
        zset.unite("u", "z", "z");
        release();
      }
      zset.clear();
      assertEquals(zset.usedBytes, before, `entries ${entries}`);
    }
  });
});
