/** DUMP and RESTORE in the core: wrong bytes and no memory, without a trap and without a byte lost. */

import { assert, assertEquals } from "@std/assert";
import { bodyOf, payloadOf } from "../../tests/support/crc64.ts";
import { CommandRig } from "./command_rig.ts";
import { fuzz, type Random, scaled } from "./testing.ts";

/** A rig with Redis's limits of small collections. */
async function loadRig(limitBytes?: number): Promise<CommandRig> {
  const rig = await CommandRig.load(limitBytes);
  const { at, u32 } = rig.core;
  for (
    const cell of [at.HASH_LISTPACK_ENTRIES, at.ZSET_LISTPACK_ENTRIES, at.SET_LISTPACK_ENTRIES]
  ) {
    u32[cell] = 128;
  }
  for (const cell of [at.HASH_LISTPACK_VALUE, at.ZSET_LISTPACK_VALUE, at.SET_LISTPACK_VALUE]) {
    u32[cell] = 64;
  }
  u32[at.SET_INTSET_ENTRIES] = 512;
  u32[at.LIST_NODE_BYTES] = 8192;
  u32[at.LIST_NODE_ENTRIES] = 2 ** 32 - 1;
  u32[at.LIST_PLAIN_BYTES] = 2 ** 30;
  u32[at.STREAM_NODE_BYTES] = 4096;
  u32[at.STREAM_NODE_ENTRIES] = 100;
  u32[at.RDB_COMPRESSES] = 1;
  return rig;
}

const restore = (rig: CommandRig, key: string, payload: string) =>
  rig.run(
    ["restore", key, "0", payload],
    (x) => x.keyRestore(0, 1, 3, false, rig.core.at.RESTORE_FRESH, false),
  ).status;

/** What DUMP replies, without the bulk around it. */
function dump(rig: CommandRig, key: string): string {
  const { reply } = rig.run(["dump", key], (x) => x.keyDump(0, 1));
  return reply.slice(reply.indexOf("\r\n") + 2, -2);
}

const remove = (rig: CommandRig, key: string) => {
  rig.run(["del", key], (x) => x.keyDelete(0, 1));
  while (rig.core.x.pendingFreeStep(1000)) continue;
};

const length = (count: number) =>
  count < 64
    ? String.fromCharCode(count)
    : String.fromCharCode(0x40 | count >> 8) + String.fromCharCode(count & 255);
const text = (word: string) => length(word.length) + word;

function word(random: Random, index: number): string {
  if (random(3) === 0) return `${index * 37 - 200}`;
  const size = random(20) === 0 ? random(200) : random(12);
  return `${index}:${
    Array.from({ length: size }, () => String.fromCharCode(random(256))).join("")
  }`;
}

/** A payload of a list, a set, a hash or a sorted set, element by element as older servers wrote them. */
function counted(random: Random, count: number): string {
  const words = Array.from({ length: count }, (_, index) => text(word(random, index)));
  switch (random(5)) {
    case 0:
      return payloadOf(`\x01${length(count)}${words.join("")}`);
    case 1:
      return payloadOf(`\x02${length(count)}${words.join("")}`);
    case 2: {
      const integers = words.map((_, index) => text(`${index * random(70) * 1000 + index}`));
      return payloadOf(`\x02${length(count)}${[...new Set(integers)].join("")}`);
    }
    case 3:
      return payloadOf(`\x04${length(count)}${words.map((one) => one + text("v")).join("")}`);
    default:
      return payloadOf(
        `\x03${length(count)}${words.map((one) => one + text(`${random(50) / 4}`)).join("")}`,
      );
  }
}

/** A stream with a group, made by commands. */
function makeStream(rig: CommandRig, random: Random, key: string): void {
  for (let i = 1; i <= 1 + random(250); i++) {
    const field = random(5) === 0 ? "other" : "field";
    rig.run(["xadd", key, `${i}-1`, field, `value ${i}`], (x) => x.streamAdd(0));
  }
  rig.core.setResult(-1n);
  rig.run(["xgroup", "create", key, "group", "0"], (x) => x.streamGroupCreate(0, false));
  rig.run(["xgroup", "createconsumer", key, "group", "alice"], (x) => x.streamConsumerCreate(0));
  rig.run(
    ["xreadgroup", "group", "group", "alice", "count", `${1 + random(80)}`, "streams", key, ">"],
    (x) => x.streamRead(0, true),
  );
}

function mutated(random: Random, payload: string): string {
  let body = bodyOf(payload);
  for (let left = 1 + random(3); left > 0; left--) {
    const at = random(random(2) === 0 ? Math.min(body.length, 30) : body.length);
    const byte = random(2) === 0
      ? String.fromCharCode(body.charCodeAt(at) ^ 1 << random(8))
      : ["\0", "\xff", "\x7f", "\x81", "\xfe", ""][random(6)];
    body = body.slice(0, at) + byte + body.slice(at + 1);
  }
  return payloadOf(body);
}

Deno.test("RESTORE: mutated payloads are refused or whole, and nothing is lost", () =>
  fuzz(async (random) => {
    const rig = await loadRig();
    const { at } = rig.core;
    restore(rig, "first", payloadOf("\0\x01x"));
    let taken = 0;
    for (let round = 0; round < scaled(60); round++) {
      const empty = rig.core.usedBytes;
      if (random(4) === 0) makeStream(rig, random, "k");
      else restore(rig, "k", counted(random, 1 + random(random(3) === 0 ? 300 : 20)));
      const payload = dump(rig, "k");
      if (payload === "-1") continue;
      for (let i = 0; i < 40; i++) {
        const wrong = mutated(random, payload);
        const status = restore(rig, "m", wrong);
        if (status === at.RDB_BAD) continue;
        assertEquals(status, at.RESTORE_MADE, JSON.stringify(wrong));
        taken++;
        // What was taken is valid: it comes out, and goes in again.
        const again = dump(rig, "m");
        assertEquals(restore(rig, "n", again), at.RESTORE_MADE, JSON.stringify(wrong));
        remove(rig, "m");
        remove(rig, "n");
      }
      remove(rig, "k");
      rig.core.x.outToArena();
      assert(rig.core.usedBytes <= empty + 4096, `bytes are lost: ${rig.core.usedBytes - empty}`);
    }
    assert(taken > 0, "no mutated payload was taken");
  }));

Deno.test("RESTORE: any bytes at all are no payload, or one", () =>
  fuzz(async (random) => {
    const rig = await loadRig();
    const types = [0, 1, 2, 3, 4, 5, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 24, 25];
    for (let i = 0; i < scaled(20_000); i++) {
      let body = String.fromCharCode(types[random(types.length)]);
      for (let left = random(40); left > 0; left--) {
        body += String.fromCharCode(random(3) === 0 ? random(256) : random(6));
      }
      restore(rig, "k", payloadOf(body, 12));
    }
    remove(rig, "k");
  }));

Deno.test("DUMP and RESTORE without memory: an error, and the key is as it was", () =>
  fuzz(async (random) => {
    const rig = await loadRig(2 ** 25);
    const { at } = rig.core;
    restore(rig, "old", payloadOf("\0\x03old"));
    const payloads = Array.from({ length: 12 }, () => counted(random, 1 + random(200)));
    makeStream(rig, random, "stream");
    payloads.push(dump(rig, "stream"));
    const giveBack = rig.exhaust();
    let failed = 0;
    for (const payload of payloads) {
      if (restore(rig, "old", payload) === at.OUT_OF_MEMORY) failed++;
      else remove(rig, "old");
      rig.run(["dump", "stream"], (x) => x.keyDump(0, 1));
    }
    assert(failed > 0, "memory was never out");
    giveBack();
    for (const payload of payloads) assertEquals(restore(rig, "k", payload), at.RESTORE_MADE);
    assertEquals(dump(rig, "stream"), payloads.at(-1));
  }));
