/**
 * Commands that tell of what they take away: where memory has no room for the telling, all must stay as it
 * was, and the client get an error.
 */

import { assert, assertEquals } from "@std/assert";
import { CommandRig } from "./command_rig.ts";
import type { CoreFunctions } from "./core.ts";

/** Room that is left for a reply: for its first lines, but not for the values. */
const ROOM_BYTES = 90;

type Call = (x: CoreFunctions) => number;

/** One write: what makes its keys, and the command itself. */
interface Case {
  setUp: [words: string[], call: Call][];
  words: string[];
  call: (x: CoreFunctions, at: CommandRig["core"]["at"]) => number;
}

const long = (name: string) => name.padEnd(100, "x");
const values = (count: number) => Array.from({ length: count }, (_, i) => long(`v${i}`));
const push: Case["setUp"] = [
  [["rpush", "k", ...values(60)], (x) => x.listPush(0, 1, 2, false)],
  [["rpush", "other", "a"], (x) => x.listPush(0, 1, 2, false)],
];
const words = (members: readonly string[]) => ["sadd", "k", ...members];
const add: Case["setUp"] = [[words(values(60)), (x) => x.setAdd(0, 1, 2, 62)]];
const integers = Array.from({ length: 60 }, (_, i) => `${i + 1e12}`);
const addIntegers: Case["setUp"] = [[words(integers), (x) => x.setAdd(0, 1, 2, 62)]];
const score: Case["setUp"] = [[
  ["zadd", "k", ...values(60).flatMap((value, i) => [`${i}`, value])],
  (x) => x.zsetAdd(0, 1, 2, 0),
]];
const write: Case["setUp"] = [[["set", "k", "v".repeat(500)], (x) => x.stringSet(0, 1, 2, 0)]];
const setFields: Case["setUp"] = [[
  ["hset", "k", ...values(10).flatMap((value, i) => [`f${i}`, value])],
  (x) => x.hashSet(0, 1, 2, 22),
]];
const entries: Case["setUp"] = [
  [["xgroup", "create", "k", "g", "0"], (x) => x.streamGroupCreate(0, true)],
  ...values(10).map((value, i): Case["setUp"][number] => [
    ["xadd", "k", `1-${i + 1}`, "field", value],
    (x) => x.streamAdd(0),
  ]),
];
const ids = Array.from({ length: 10 }, (_, i) => `1-${i + 1}`);
const readBy = (
  consumer: string,
  from: string,
) => ["xreadgroup", "group", "g", consumer, "streams", "k", from];
const delivered: Case["setUp"] = [...entries, [readBy("c", ">"), (x) => x.streamRead(0, true)]];
const fields = ["f1", "f2", "f2", "nosuch", "f3"];
const popSet = (count: number, setUp = add): Case => ({
  setUp,
  words: ["spop", "k", `${count}`],
  call: (x) => x.setPopMany(0, 1, count),
});
const popScored = (count: number, form: "ZPOP_COUNT" | "ZPOP_KEY"): Case => ({
  setUp: score,
  words: ["zpopmin", "k"],
  call: (x, at) => x.zsetPop(0, 1, count, false, at[form]),
});

const cases: Record<string, Case> = {
  "LPOP": { setUp: push, words: ["lpop", "k"], call: (x) => x.listPop(0, 1, true) },
  "BRPOP": { setUp: push, words: ["brpop", "k"], call: (x) => x.listPopNamed(0, 1, false) },
  "LPOP with a count": {
    setUp: push,
    words: ["lpop", "k", "20"],
    call: (x) => x.listPopMany(0, 1, 20, true, false),
  },
  "LPOP of all": {
    setUp: push,
    words: ["lpop", "k", "99"],
    call: (x) => x.listPopMany(0, 1, 99, true, false),
  },
  "LMPOP": { setUp: push, words: ["l", "k"], call: (x) => x.listPopMany(0, 1, 9, false, true) },
  "LMOVE": {
    setUp: push,
    words: ["lmove", "k", "other"],
    call: (x) => x.listMove(0, 1, 2, true, false),
  },
  "LMOVE to a new list": {
    setUp: push,
    words: ["lmove", "k", "new"],
    call: (x) => x.listMove(0, 1, 2, true, false),
  },
  "LMOVE within a list": {
    setUp: push,
    words: ["lmove", "k", "k"],
    call: (x) => x.listMove(0, 1, 2, true, false),
  },
  "SPOP": { setUp: add, words: ["spop", "k"], call: (x) => x.setPop(0, 1) },
  "SPOP of one": popSet(1),
  "SPOP of few": popSet(10),
  "SPOP of most": popSet(55),
  "SPOP of all": popSet(60),
  "SPOP of few integers": popSet(20, addIntegers),
  "SPOP of all integers": popSet(60, addIntegers),
  "ZPOPMIN": popScored(1, "ZPOP_COUNT"),
  "ZPOPMIN of some": popScored(20, "ZPOP_COUNT"),
  "ZMPOP of all": popScored(60, "ZPOP_KEY"),
  "GETDEL": { setUp: write, words: ["getdel", "k"], call: (x) => x.stringTake(0, 1) },
  "SET with GET": {
    setUp: write,
    words: ["set", "k", "w"],
    call: (x, at) => x.stringSet(0, 1, 2, at.SET_GET),
  },
  "GETEX": {
    setUp: write,
    words: ["getex", "k", "1000"],
    call: (x, at) => x.stringGetExpire(0, 1, 2, at.EXPIRY_RELATIVE | at.EXPIRY_SECONDS),
  },
  "HGETDEL": {
    setUp: setFields,
    words: ["hgetdel", "k", ...fields],
    call: (x) => x.hashGetDelete(0, 1, 2, 7),
  },
  "BITFIELD": {
    setUp: write,
    words: ["bitfield", "k", ...Array(60).fill(["set", "u8", "#2", "7"]).flat()],
    call: (x) => x.bitfield(0, 1, 2, false),
  },
  "XREADGROUP of new entries": {
    setUp: entries,
    words: readBy("c", ">"),
    call: (x) => x.streamRead(0, true),
  },
  "XREADGROUP of pending entries": {
    setUp: delivered,
    words: readBy("c", "0"),
    call: (x) => x.streamRead(0, true),
  },
  "XREADGROUP with CLAIM": {
    setUp: delivered,
    words: ["xreadgroup", "group", "g", "d", "claim", "0", "streams", "k", ">"],
    call: (x) => x.streamRead(0, true),
  },
  "XCLAIM": {
    setUp: delivered,
    words: ["xclaim", "k", "g", "d", "0", ...ids],
    call: (x) => x.streamClaim(0),
  },
  "XCLAIM with JUSTID": {
    setUp: delivered,
    words: ["xclaim", "k", "g", "d", "0", ...ids, "justid"],
    call: (x) => x.streamClaim(0),
  },
  "XAUTOCLAIM": {
    setUp: delivered,
    words: ["xautoclaim", "k", "g", "d", "0", "0-0"],
    call: (x) => x.streamAutoClaim(0, 0, 100, false),
  },
  "HGETEX": {
    setUp: setFields,
    words: ["hgetex", "k", ...fields],
    call: (x, at) => x.hashGetExpire(0, 1, at.HASH_EXPIRY_PERSIST, 2, 7),
  },
};

/** Makes collections small or large from the first element on. */
function setThresholds({ core: { at, u32 } }: CommandRig, small: boolean): void {
  const most = small ? 1000 : 0;
  u32[at.ZSET_LISTPACK_ENTRIES] = u32[at.SET_INTSET_ENTRIES] = u32[at.SET_LISTPACK_ENTRIES] = most;
  u32[at.ZSET_LISTPACK_VALUE] = u32[at.SET_LISTPACK_VALUE] = u32[at.HASH_LISTPACK_VALUE] = most;
  u32[at.HASH_LISTPACK_ENTRIES] = most;
  u32[at.LIST_NODE_BYTES] = small ? 65536 : 512;
  u32[at.LIST_NODE_ENTRIES] = small ? 1000 : 3;
  u32[at.LIST_PLAIN_BYTES] = 2 ** 30;
}

for (const compact of [true, false]) {
  for (const [name, { setUp, words, call }] of Object.entries(cases)) {
    Deno.test(`lost reply: ${name} of a ${compact ? "small" : "large"} value changes nothing`, async () => {
      const rig = await CommandRig.load(2 ** 26);
      const { core } = rig;
      const { at, u32, x } = core;
      setThresholds(rig, compact);
      for (const [words, call] of setUp) rig.run(words, call);
      const digest = () => rig.run(["debug"], (x) => x.digestAll()).reply;
      const before = digest();
      const usedBytes = core.usedBytes;
      // What a command needs beside its reply is there: small blocks, but none that the reply could have.
      const small = Array.from({ length: 512 }, (_, i) => x.allocate((i >> 1) * 4 + 4));
      const release = rig.exhaust();
      small.forEach((block) => x.free(block));
      const { status, reply } = rig.run(words, () => {
        u32[at.OUT_END] = u32[at.OUT_POS] + ROOM_BYTES;
        x.replyBegin();
        return call(x, at);
      });
      release();
      assertEquals([status, reply, u32[at.OUT_FAILED]], [at.OUT_OF_MEMORY, "", 0]);
      assertEquals(digest(), before);
      assertEquals(core.usedBytes, usedBytes);
      const again = rig.run(words, () => call(x, at));
      assert(again.status >= 0 && again.reply.length > ROOM_BYTES, `${again.status}`);
    });
  }
}
