/**
 * Streams: nodes byte for byte as Redis writes them, a model with a seeded fuzz, untrusted nodes, what
 * happens without memory, and what no older Redis can be asked.
 */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import type { CoreFunctions } from "./core.ts";
import {
  fuzz,
  hasOracle,
  type Random,
  type Reply,
  scaled,
  withHeap,
  withOracle,
} from "./testing.ts";

/** Bulks and integers of a reply, in the order in which they come; heads of aggregates left out. */
function parse(reply: string): (string | null)[] {
  const values: (string | null)[] = [];
  for (let at = 0; at < reply.length;) {
    const end = reply.indexOf("\r\n", at);
    const [type, line] = [reply[at], reply.slice(at + 1, end)];
    at = end + 2;
    if (type === ":") values.push(line);
    else if (line === "-1") values.push(null);
    else if (type === "$") {
      values.push(reply.slice(at, at + Number(line)));
      at += Number(line) + 2;
    }
  }
  return values;
}

/** Streams of a core, by the calls that the commands make. */
class StreamRig {
  constructor(readonly rig: CommandRig, entries = 100, bytes = 4096) {
    const { at, u32, i64 } = rig.core;
    u32[at.STREAM_NODE_ENTRIES] = entries;
    u32[at.STREAM_NODE_BYTES] = bytes;
    i64[at.NOW_MS >> 1] = 1_000_000n;
  }
  get at() {
    return this.rig.core.at;
  }
  get usedBytes() {
    return this.rig.core.usedBytes;
  }
  /** Runs a command; its name says which call of the core it is. */
  call(
    words: string,
    act: (x: CoreFunctions) => number,
  ): { status: number; values: (string | null)[] } {
    const { status, reply } = this.rig.run(words.split(" "), act);
    return { status, values: parse(reply) };
  }
  add(words: string, key = "k") {
    return this.call(`xadd ${key} ${words}`, (x) => x.streamAdd(0));
  }
  trim(words: string): number {
    return Number(this.call(`xtrim k ${words}`, (x) => x.streamTrim(0)).values[0]);
  }
  delete(...ids: string[]): number {
    return Number(this.call(`xdel k ${ids.join(" ")}`, (x) => x.streamDelete(0)).values[0]);
  }
  /** IDs and, where `withFields`, fields and values. */
  range(start: string, end: string, count = -1, reverse = false, key = "k") {
    const words = `xrange ${key} ${start} ${end}`;
    return this.call(words, (x) => x.streamRange(0, 1, 2, 3, count, reverse)).values;
  }
  createGroup(group: string, id: string): number {
    this.rig.core.setResult(-1n);
    return this.call(`xgroup create k ${group} ${id}`, (x) => x.streamGroupCreate(0, true)).status;
  }
  readGroup(group: string, consumer: string, id: string, count = 1000, more = "") {
    const words = `xreadgroup GROUP ${group} ${consumer} COUNT ${count} ${more}STREAMS k ${id}`;
    return this.call(words, (x) => x.streamRead(0, true));
  }
  ack(group: string, ...ids: string[]): number {
    const words = `xack k ${group} ${ids.join(" ")}`;
    return Number(this.call(words, (x) => x.streamAck(0)).values[0]);
  }
  claim(group: string, consumer: string, ids: string[], more = "JUSTID") {
    const words = `xclaim k ${group} ${consumer} 0 ${ids.join(" ")} ${more}`;
    return this.call(words, (x) => x.streamClaim(0));
  }
  /** `[ID, consumer, idle, deliveries]` of each entry that is pending. */
  pending(group: string, consumer?: string): string[][] {
    const words = `xpending k ${group} - + ${consumer ?? ""}`.trim();
    const { values } = this.call(
      words,
      (x) => x.streamPendingRange(0, 3, 1e6, consumer === undefined ? 0 : 5, 0),
    );
    return Array.from(
      { length: values.length / 4 },
      (_, i) => values.slice(i * 4, i * 4 + 4) as string[],
    );
  }
  /** Every node: its ID and its bytes. */
  nodes(): { id: string; bytes: string }[] {
    const { core } = this.rig;
    this.call("xinfo k", (x) => x.streamOpen(0, 1));
    const tree = core.u32[core.at.RESULT_PTR] + 64;
    const [root, levels] = [core.u32[tree >>> 2], core.u32[(tree >>> 2) + 1]];
    if (root === 0) return [];
    assertEquals(levels, 0, "this reader of a tree knows of one leaf");
    const view = new DataView(core.memory.buffer);
    const [count, capacity] = [core.u32[root >>> 2], view.getUint16(root + 12, true)];
    assertEquals(view.getUint16(root + 14, true), 0, "nor of a wide one");
    const base = view.getBigUint64(root + 16, true);
    return Array.from({ length: count }, (_, slot) => {
      const key = view.getBigUint64(root + 24 + slot * 8, true);
      const lp = view.getUint32(root + 24 + capacity * 8 + slot * 4, true);
      const id = `${base + (key >> 32n)}-${key & 0xffffffffn}`;
      return { id, bytes: core.binary(lp, core.u32[lp >>> 2]) };
    });
  }
  /** Deletes all, that which is freed in slices, too. */
  clear(): void {
    const { at, x } = this.rig.core;
    x.flush(0, at.SCRATCH);
    while (x.pendingFreeStep(100)) continue;
  }
}

/** The nodes in a DUMP payload of a stream. */
function dumpedNodes(payload: string): { id: string; bytes: string }[] {
  const bytes = Uint8Array.from(payload, (char) => char.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  let at = 1;
  const length = () => {
    const byte = bytes[at++];
    if (byte < 0x40) return byte;
    if (byte < 0x80) return (byte & 63) << 8 | bytes[at++];
    at += 4;
    return view.getUint32(at - 4);
  };
  assertEquals(bytes[0], 19, "the type of streams in RDB files");
  return Array.from({ length: length() }, () => {
    assertEquals(length(), 16);
    const id = `${view.getBigUint64(at)}-${view.getBigUint64(at + 8)}`;
    at += 16;
    const size = length();
    at += size;
    return { id, bytes: payload.slice(at - size, at) };
  });
}

/** A random change of stream k, as words. */
function randomChange(random: Random, lastMs: number): string {
  const kind = random(20);
  const id = () => `${random(lastMs + 1)}-${random(3)}`;
  const value = () => random(2) === 0 ? String(random(200_000) - 100_000) : "v".repeat(random(300));
  if (kind < 16) {
    const fields = random(3) === 0 ? [`f${random(3)}`, "127"] : ["f", "g"];
    const pairs = fields.flatMap((field) => [field, value() || "x"]);
    return `XADD k ${lastMs + random(2)}-* ${pairs.join(" ")}`;
  }
  if (kind < 19) return `XDEL k ${id()} ${id()} ${id()}`;
  return random(2) === 0 ? `XTRIM k MINID ${id()}` : `XTRIM k MAXLEN ~ ${random(60)}`;
}

Deno.test({
  name: "streams: nodes are those of Redis, byte for byte",
  ignore: !hasOracle,
  fn: async () => {
    await withOracle(["--rdbcompression", "no"], async (ask) => {
      await fuzz(async (random) => {
        const stream = new StreamRig(await CommandRig.load(2 ** 26));
        for (let round = 0; round < scaled(6); round++) {
          stream.clear();
          const entries = 1 + random(30);
          const bytes = random(2) === 0 ? 4096 : 200 + random(900);
          const { at, u32 } = stream.rig.core;
          u32[at.STREAM_NODE_ENTRIES] = entries;
          u32[at.STREAM_NODE_BYTES] = bytes;
          const limits = `stream-node-max-entries ${entries} stream-node-max-bytes ${bytes}`;
          const commands = [["FLUSHALL"], ["CONFIG", "SET", ...limits.split(" ")]];
          for (let i = 0; i < 300; i++) {
            const words = randomChange(random, 1 + (i >> 2)).split(" ");
            commands.push(words);
            stream.rig.run(words, (x) => {
              if (words[0] === "XADD") return x.streamAdd(0);
              return words[0] === "XDEL" ? x.streamDelete(0) : x.streamTrim(0);
            });
          }
          const dumped = (await ask([...commands, ["DUMP", "k"]])).at(-1) as Reply;
          assertEquals(stream.nodes(), dumpedNodes(dumped as string));
        }
      });
    });
  },
});

// ---- a model --------------------------------------------------------------------------------------

interface Model {
  /** IDs in order, with the value of their one field. */
  entries: Map<string, string>;
  /** Of the one group: what it has been given, whose it is, and how often. */
  pending: Map<string, { consumer: string; deliveries: number }>;
  delivered: number;
}

const CONSUMERS = ["a", "b", "c"];
const msOf = (id: string) => Number(id.split("-")[0]);

/** A change to both, drawn at random; IDs are `n-0`. */
function change(stream: StreamRig, model: Model, random: Random, next: () => number): void {
  const ids = [...model.entries.keys()];
  const some = () => Array.from({ length: 1 + random(4) }, () => `${random(next() + 1)}-0`);
  const unique = (list: string[]) => [...new Set(list)];
  const consumer = CONSUMERS[random(3)];
  const kind = random(20);
  if (kind < 8) {
    const id = `${next()}-0`;
    const value = `v${random(1000)}`;
    assertEquals(stream.add(`${id} f ${value}`).values, [id]);
    model.entries.set(id, value);
  } else if (kind < 10) {
    const gone = unique(some());
    assertEquals(stream.delete(...gone), gone.filter((id) => model.entries.delete(id)).length);
  } else if (kind < 11) {
    const length = random(300);
    const gone = ids.slice(0, Math.max(0, ids.length - length));
    assertEquals(stream.trim(`MAXLEN ${length}`), gone.length);
    gone.forEach((id) => model.entries.delete(id));
  } else if (kind < 14) {
    const count = 1 + random(20);
    const news = ids.filter((id) => msOf(id) > model.delivered).slice(0, count);
    const { values } = stream.readGroup("g", consumer, ">", count);
    assertEquals(values.slice(1), news.flatMap((id) => [id, "f", model.entries.get(id)!]));
    for (const id of news) model.pending.set(id, { consumer, deliveries: 1 });
    if (news.length > 0) model.delivered = msOf(news.at(-1)!);
  } else if (kind < 16) {
    const acked = unique(some());
    assertEquals(stream.ack("g", ...acked), acked.filter((id) => model.pending.delete(id)).length);
  } else if (kind < 18) {
    const wanted = unique(some()).filter((id) => model.pending.has(id));
    if (wanted.length === 0) return;
    const alive = wanted.filter((id) => model.entries.has(id));
    assertEquals(
      stream.claim("g", consumer, wanted, "FORCE").values.filter((v) => v?.endsWith("-0")),
      alive,
    );
    for (const id of wanted) {
      const { deliveries } = model.pending.get(id)!;
      if (alive.includes(id)) model.pending.set(id, { consumer, deliveries: deliveries + 1 });
      else model.pending.delete(id);
    }
  } else {
    const history = [...model.pending].filter(([, item]) => item.consumer === consumer)
      .sort(([a], [b]) => msOf(a) - msOf(b)).slice(0, 5);
    const { values } = stream.readGroup("g", consumer, "0", 5);
    const shown = history.flatMap(([id]) =>
      model.entries.has(id) ? [id, "f", model.entries.get(id)!] : [id, null]
    );
    assertEquals(values.slice(1), shown);
    for (const [id, item] of history) if (model.entries.has(id)) item.deliveries++;
  }
}

/** All that can be asked, against the model. */
function compare(stream: StreamRig, model: Model, random: Random): void {
  const rows = [...model.entries].map(([id, value]) => [id, "f", value]);
  assertEquals(stream.range("-", "+"), rows.flat());
  assertEquals(stream.range("-", "+", -1, true), rows.toReversed().flat());
  const [from, to] = [random(400), random(800)];
  const within = rows.filter(([id]) => msOf(id) >= from && msOf(id) <= to);
  assertEquals(stream.range(`${from}`, `${to}`, 7), within.slice(0, 7).flat());
  assertEquals(
    stream.range(`(${from}-0`, `${to}`, 7, true),
    within.filter(([id]) => msOf(id) > from).toReversed().slice(0, 7).flat(),
  );
  const items = [...model.pending].sort(([a], [b]) => msOf(a) - msOf(b));
  const shown = (consumer?: string) =>
    items.filter(([, item]) => consumer === undefined || item.consumer === consumer)
      .map(([id, { consumer, deliveries }]) => [id, consumer, "0", String(deliveries)]);
  assertEquals(stream.pending("g"), shown());
  for (const consumer of CONSUMERS) assertEquals(stream.pending("g", consumer), shown(consumer));
}

Deno.test("streams: entries and a group do what sorted maps do", async () => {
  await fuzz(async (random) => {
    const stream = new StreamRig(await CommandRig.load(2 ** 26), 7);
    const before = stream.usedBytes;
    let serial = 0;
    const model: Model = { entries: new Map(), pending: new Map(), delivered: 0 };
    stream.createGroup("g", "0");
    for (let step = 0; step < scaled(3000); step++) {
      change(stream, model, random, () => ++serial);
      if (step % 100 === 0) compare(stream, model, random);
    }
    compare(stream, model, random);
    stream.clear();
    assertEquals(stream.usedBytes, before, "all memory is given back");
  });
});

// ---- untrusted nodes ------------------------------------------------------------------------------

Deno.test("streams: a node that is not whole is found out, any other is safe to use", async () => {
  await fuzz(async (random) => {
    const stream = new StreamRig(await CommandRig.load(2 ** 26), 20);
    for (let i = 1; i <= 60; i++) {
      stream.rig.run(randomChange(random, 1 + (i >> 2)).split(" "), (x) => x.streamAdd(0));
    }
    stream.add("99-* f 1 g 2");
    stream.add("99-* f 3 g 4");
    stream.add("99-* h 5");
    stream.delete("99-1");
    const setup = await withHeap();
    const { core } = setup;
    const valid = (bytes: string, id: string) => {
      setup.put(setup.scratch, bytes);
      const [ms, seq] = id.split("-").map(BigInt);
      return core.streamNodeValid(setup.scratch, bytes.length, ms, seq);
    };
    let accepted = 0;
    for (const { id, bytes } of stream.nodes()) {
      assert(valid(bytes, id), "what the core has made is valid");
      const [ms, seq] = id.split("-").map(BigInt);
      for (let i = 0; i < scaled(3000); i++) {
        const at = random(bytes.length);
        const byte = random(3) === 0 ? random(256) : bytes.charCodeAt(at) ^ 1 << random(8);
        const mutated = bytes.slice(0, at) + String.fromCharCode(byte) + bytes.slice(at + 1);
        const cut = random(10) === 0 ? mutated.slice(0, random(mutated.length)) : mutated;
        if (!valid(cut, id)) continue;
        accepted++;
        useNode(core, core.streamNodeCopy(setup.scratch), ms, seq, cut.length);
      }
    }
    assert(accepted > 0, "some changes are to values");
  });
});

/** Walks a node both ways, and marks all its entries as deleted. */
function useNode(
  core: Awaited<ReturnType<typeof withHeap>>["core"],
  lp: number,
  ms: bigint,
  seq: bigint,
  bytes: number,
): void {
  core.streamEnterNode(lp, ms, seq);
  core.arenaReset();
  core.outToArena();
  const entries: number[] = [];
  let p = core.streamNodeStart.value as number;
  while (!core.streamNodeEnds(p)) {
    entries.push(p >>> 0);
    core.streamReadEntry(p);
    core.streamReplyEntry();
    p = core.streamEntryEnd();
    assert(p > lp && p < lp + bytes && entries.length <= bytes);
  }
  const backward: number[] = [];
  for (p = core.streamEntryBefore(core.streamNodeEnd(lp)); p !== 0; p = core.streamEntryBefore(p)) {
    backward.push(p >>> 0);
  }
  assertEquals(backward.reverse(), entries);
  for (let left = core.streamNodeEntries(lp); left > 0; left--) {
    core.streamEnterNode(lp, ms, seq);
    core.streamReadEntry(core.streamNodeStart.value);
    while (core.streamEntryFlags.value & 1) core.streamReadEntry(core.streamEntryEnd());
    core.streamNodeDelete();
    assert(core.streamNodeValid(lp, core.lpBytes(lp), ms, seq), "a node stays one");
  }
  core.free(lp);
}

// ---- memory ---------------------------------------------------------------------------------------

Deno.test("streams: without memory nothing is lost, and nothing is half done", async () => {
  await fuzz(async (random) => {
    const rig = await CommandRig.load(2 ** 25);
    const { x } = rig.core;
    const stream = new StreamRig(rig, 5);
    const before = stream.usedBytes;
    let refused = 0;
    let serial = 0;
    const acknowledged = new Set<string>();
    stream.createGroup("g", "0");
    for (let round = 0; round < scaled(25); round++) {
      // A few blocks of some sizes are all there is.
      const spare = Array.from({ length: random(6) }, () => x.allocate(16 << random(7)));
      const release = rig.exhaust();
      spare.forEach((block) => x.free(block));
      for (let i = 0; i < 30; i++) {
        const kind = random(6);
        const consumer = CONSUMERS[random(3)] + random(4);
        const { OUT_OF_MEMORY } = stream.at;
        let status: number;
        if (kind < 2) status = stream.add(`${++serial}-0 f ${"v".repeat(random(200))}`).status;
        else if (kind === 2) status = stream.readGroup("g", consumer, ">", 1 + random(9)).status;
        else if (kind === 3) status = stream.readGroup("g", consumer, "0", 3).status;
        else if (kind === 4) {
          status = stream.claim("g", consumer, [`${random(serial + 1)}-0`], "FORCE JUSTID").status;
        } else status = stream.createGroup(`g${random(9)}`, "0");
        if (status === OUT_OF_MEMORY) refused++;
      }
      const copied = stream.call("copy k c", (x) => x.keyCopy(0, 1, 0, 2, true)).status;
      assert(copied === 1 || copied === stream.at.OUT_OF_MEMORY);
      checkConsistent(stream);
      release();
      // Consumers without anything, for which the first entry needs memory where the group's may not.
      for (let i = 0; i < 12; i++) {
        const words = `xgroup createconsumer k g ${CONSUMERS[i % 3]}${i >> 2}`;
        stream.call(words, (x) => x.streamConsumerCreate(0));
      }
      for (let i = 0; i < 10; i++) stream.add(`${++serial}-0 f v`);
      const ids = stream.pending("g").map(([id]) => id);
      ids.forEach((id) => acknowledged.add(id));
      if (random(2) === 0 && ids.length > 0) assertEquals(stream.ack("g", ...ids), ids.length);
    }
    assert(refused > 0, "memory was out");
    stream.readGroup("g", "last", ">", 1_000_000);
    for (const [id] of stream.pending("g")) acknowledged.add(id);
    assertEquals(
      stream.range("-", "+").filter((id, i) => i % 3 === 0 && !acknowledged.has(id!)),
      [],
      "every entry was delivered",
    );
    stream.clear();
    assertEquals(stream.usedBytes, before);
  });
});

/** What the lists of consumers say together is what their group's says. */
function checkConsistent(stream: StreamRig): void {
  const all = stream.pending("g");
  const consumers = new Set(all.map(([, consumer]) => consumer));
  const each = [...consumers].flatMap((consumer) => stream.pending("g", consumer));
  assertEquals(each.map(([id]) => id).sort(), all.map(([id]) => id).sort());
  const length = Number(stream.call("xlen k", (x) => x.streamLength(0, 1)).values[0]);
  assertEquals(stream.range("-", "+").length / 3, length);
}

Deno.test("streams: large ones go piece by piece", async () => {
  const stream = new StreamRig(await CommandRig.load(2 ** 28));
  const before = stream.usedBytes;
  for (let i = 1; i <= 30_000; i++) stream.add(`${i}-0 f v`);
  stream.createGroup("g", "0");
  for (let i = 0; i < 30; i++) stream.readGroup("g", "abc"[i % 3], ">", 900);
  const { x } = stream.rig.core;
  const used = stream.usedBytes;
  stream.call("xgroup destroy k g", (x) => x.streamGroupDestroy(0));
  assert(used - stream.usedBytes < 10_000, "little is freed at once");
  const steps = () => {
    let steps = 1;
    while (x.pendingFreeStep(1000)) steps++;
    return steps;
  };
  assert(steps() >= 50, "of 54,000 pending entries a thousand at a time");
  stream.createGroup("h", "0");
  stream.readGroup("h", "a", ">", 20_000);
  const all = stream.usedBytes;
  const deleted = stream.call("xgroup del k h a", (x) => x.streamConsumerDelete(0));
  assertEquals([deleted.values, stream.pending("h")], [["20000"], []]);
  assert(all - stream.usedBytes < 10_000, "a consumer that has all goes at once, for the caller");
  assert(steps() >= 35);
  stream.createGroup("i", "0");
  stream.readGroup("i", "a", ">", 20_000);
  stream.call("del k", (x) => Number(x.keyDelete(0, 1)));
  assert(steps() >= 35);
  assertEquals(stream.usedBytes, before);
});

Deno.test("streams: an entry that is pending takes no more than 40 bytes", async () => {
  const stream = new StreamRig(await CommandRig.load(2 ** 28));
  for (let i = 1; i <= 20_000; i++) stream.add(`${1_700_000_000_000 + i}-0 f v`);
  stream.createGroup("g", "0");
  const before = stream.usedBytes;
  for (let i = 0; i < 20; i++) stream.readGroup("g", "ab"[i & 1], ">", 1000);
  const bytes = (stream.usedBytes - before) / 20_000;
  assert(bytes <= 40, `${bytes} bytes`);
});

// ---- deletion with regard to groups ---------------------------------------------------------------

/** Entries 1-0 to 4-0; g has been given the first three and has acknowledged 1-0, h has been given 1-0 and 2-0. */
async function twoGroups(): Promise<StreamRig> {
  const stream = new StreamRig(await CommandRig.load(2 ** 26), 2);
  for (let i = 1; i <= 4; i++) stream.add(`${i}-0 f v${i}`);
  stream.createGroup("g", "0");
  stream.createGroup("h", "0");
  stream.readGroup("g", "a", ">", 3);
  stream.readGroup("h", "b", ">", 2);
  stream.ack("g", "1-0");
  stream.ack("h", "1-0");
  return stream;
}
const idsOf = (values: (string | null)[]) => values.filter((_, i) => i % 3 === 0);
const pendingIds = (stream: StreamRig, group: string) => stream.pending(group).map(([id]) => id);

Deno.test("XDELEX: as references are kept, deleted or respected", async () => {
  const { REFS_ACKED, REFS_DELETE, REFS_KEEP } = (await twoGroups()).at;
  const all = "xdelex k 1-0 2-0 3-0 4-0 9-0";
  for (
    const [refs, codes, left, ofG, ofH] of [
      [REFS_KEEP, "1 1 1 1 -1", [], ["2-0", "3-0"], ["2-0"]],
      [REFS_DELETE, "1 1 1 1 -1", [], [], []],
      [REFS_ACKED, "1 2 2 2 -1", ["2-0", "3-0", "4-0"], ["2-0", "3-0"], ["2-0"]],
    ] as const
  ) {
    const stream = await twoGroups();
    const { values } = stream.call(all, (x) => x.streamDeleteWith(0, 2, 5, refs));
    assertEquals(values.join(" "), codes);
    assertEquals(idsOf(stream.range("-", "+")), [...left]);
    assertEquals(pendingIds(stream, "g"), [...ofG]);
    assertEquals(pendingIds(stream, "h"), [...ofH]);
  }
  const stream = await twoGroups();
  stream.delete("2-0");
  const { values } = stream.call("xdelex k 2-0", (x) => x.streamDeleteWith(0, 2, 1, REFS_DELETE));
  assertEquals(values, ["-1"], "it was gone already");
  assertEquals(pendingIds(stream, "g"), ["3-0"], "but what pointed to it goes");
  const none = stream.call("xdelex none 1 2", (x) => x.streamDeleteWith(0, 2, 2, REFS_KEEP));
  assertEquals(none.values, ["-1", "-1"]);
  const bad = stream.call("xdelex k 1 x", (x) => x.streamDeleteWith(0, 2, 2, REFS_KEEP));
  assertEquals(bad.status, stream.at.BAD_ID);
});

Deno.test("XACKDEL: acknowledges, and deletes as references allow", async () => {
  const { REFS_ACKED, REFS_DELETE, REFS_KEEP } = (await twoGroups()).at;
  for (
    const [refs, codes, left, ofH] of [
      [REFS_KEEP, "1 -1 1", ["1-0", "4-0"], ["2-0"]],
      [REFS_DELETE, "1 -1 1", ["1-0", "4-0"], []],
      [REFS_ACKED, "2 -1 2", ["1-0", "2-0", "3-0", "4-0"], ["2-0"]],
    ] as const
  ) {
    const stream = await twoGroups();
    const { values } = stream.call(
      "xackdel k g 2-0 1-0 3-0",
      (x) => x.streamAckDelete(0, 3, 3, refs),
    );
    assertEquals(values.join(" "), codes);
    assertEquals(idsOf(stream.range("-", "+")), [...left]);
    assertEquals(pendingIds(stream, "g"), []);
    assertEquals(pendingIds(stream, "h"), [...ofH]);
  }
  const stream = await twoGroups();
  stream.readGroup("h", "b", ">");
  stream.ack("h", "2-0", "3-0", "4-0");
  const { values } = stream.call(
    "xackdel k g 2-0 3-0",
    (x) => x.streamAckDelete(0, 3, 2, REFS_ACKED),
  );
  assertEquals(values, ["1", "1"], "all groups have acknowledged them");
  const none = stream.call("xackdel k none 1", (x) => x.streamAckDelete(0, 3, 1, REFS_KEEP));
  assertEquals(none.values, ["-1"]);
});

Deno.test("XTRIM and XADD: as references are kept, deleted or respected", async () => {
  let stream = await twoGroups();
  assertEquals(stream.trim("MAXLEN 1 DELREF"), 3);
  assertEquals([pendingIds(stream, "g"), pendingIds(stream, "h")], [[], []]);
  stream = await twoGroups();
  assertEquals(stream.trim("KEEPREF MAXLEN 1"), 3);
  assertEquals([pendingIds(stream, "g"), pendingIds(stream, "h")], [["2-0", "3-0"], ["2-0"]]);
  stream = await twoGroups();
  assertEquals(stream.trim("MAXLEN 0 ACKED"), 1);
  assertEquals(idsOf(stream.range("-", "+")), ["2-0", "3-0", "4-0"]);
  stream.ack("g", "3-0");
  stream.readGroup("h", "b", ">");
  stream.ack("h", "3-0", "4-0");
  assertEquals(stream.trim("ACKED MINID 9"), 1);
  assertEquals(idsOf(stream.range("-", "+")), ["2-0", "4-0"], "an entry within goes alone");
  stream = await twoGroups();
  stream.add("ACKED MAXLEN 2 5-0 f v");
  assertEquals(idsOf(stream.range("-", "+")), ["2-0", "3-0", "4-0", "5-0"]);
  stream.add("DELREF MAXLEN ~ 3 6-0 f v");
  assertEquals(idsOf(stream.range("-", "+")), ["3-0", "4-0", "5-0", "6-0"], "whole nodes only");
  assertEquals([pendingIds(stream, "g"), pendingIds(stream, "h")], [["3-0"], []]);
});
