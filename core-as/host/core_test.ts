import { assert, assertEquals } from "@std/assert";
import { binaryString, type Core, fromBinary } from "./core.ts";
import { loadCore } from "./sources.ts";

const seed = Uint8Array.from({ length: 24 }, (_, i) => i * 7);
const LIMIT_BYTES = 32 * 1024 * 1024;

/** Puts the words of a command where its handler looks for them, as if it had been received. */
function setArguments(core: Core, words: string[]): void {
  let at = core.at.INPUT;
  words.forEach((word, i) => {
    core.u32[(core.at.ARGV_FIXED >>> 2) + i * 2] = at;
    core.u32[(core.at.ARGV_FIXED >>> 2) + i * 2 + 1] = core.writeBinary(at, word);
    at += word.length;
  });
  core.u32[core.at.ARGV] = core.at.ARGV_FIXED;
  core.u32[core.at.ARGC] = words.length;
}

/** Sets a key. @returns stringSet's status */
function set(core: Core, key: string, value: string): number {
  setArguments(core, ["set", key, value]);
  return core.x.stringSet(0, 1, 2, 0);
}

/** The reply to GET. */
function get(core: Core, key: string): string {
  setArguments(core, ["get", key]);
  core.x.arenaReset();
  core.x.outToArena();
  core.x.stringGet(0, 1);
  const start = core.at.ARENA;
  return core.binary(start, core.u32[core.at.OUT_POS] - start);
}

Deno.test("two cores in one process share nothing", async () => {
  const options = { seed, databases: 2, limitBytes: LIMIT_BYTES };
  const [a, b] = await Promise.all([loadCore(options), loadCore({ ...options, databases: 1 })]);
  for (let i = 0; i < 5000; i++) set(a, `key ${i}`, `a ${i}`);
  assertEquals([a.x.databaseSize(0), b.x.databaseSize(0)], [5000, 0]);
  const used = b.usedBytes;
  set(b, "key 7", "b's");
  assertEquals([get(a, "key 7"), get(b, "key 7")], ["$3\r\na 7\r\n", "$3\r\nb's\r\n"]);
  assertEquals(get(b, "key 8"), "$-1\r\n");
  a.x.flush(0, a.at.SCRATCH);
  assert(b.usedBytes > used && get(b, "key 7") === "$3\r\nb's\r\n");
  // The clock, a registered command and an expired key of one are none of the other's.
  a.setU64(a.at.NOW_MS, 2 ** 41);
  assertEquals(b.u64(b.at.NOW_MS), 0);
  a.writeBinary(a.at.SCRATCH, "ping");
  assert(a.x.registerCommand(a.at.SCRATCH, 4, 3));
  b.writeBinary(b.at.SCRATCH, "ping");
  assertEquals(a.x.commandId(a.at.SCRATCH, 4), 3);
  assertEquals(b.x.commandId(b.at.SCRATCH, 4), b.at.UNKNOWN_COMMAND);
});

Deno.test("cores with different seeds hash differently", async () => {
  const order = async (seed: Uint8Array) => {
    const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
    for (let i = 0; i < 100; i++) set(core, `${i}`, "x");
    core.x.keyScan(0, 0, 1000, core.at.SCRATCH);
    const keys: string[] = [];
    for (let at = core.at.SCRATCH; at < core.x.scanned(); at += 4) {
      core.x.keyOf(core.u32[at >>> 2]);
      keys.push(core.binary(core.u32[core.at.RESULT_PTR], core.u32[core.at.RESULT_LEN]));
    }
    assertEquals(keys.length, 100);
    return keys.join();
  };
  assertEquals(await order(seed), await order(seed));
  assert(await order(seed) !== await order(seed.map((byte) => byte ^ 1)));
  // A view into a larger buffer is as good as a buffer of its own.
  const view = new Uint8Array([1, 2, 3, ...seed]).subarray(3);
  assertEquals(await order(view), await order(seed));
});

Deno.test("strings keep every byte, one character a byte", async () => {
  const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
  const all = binaryString(Uint8Array.from({ length: 256 }, (_, i) => i));
  const at = core.at.SCRATCH;
  for (const text of ["", "a", all, all.repeat(2), all.repeat(2) + "x", all.repeat(200)]) {
    assertEquals(core.writeBinary(at, text), text.length);
    assertEquals(core.binary(at, text.length), text);
    assertEquals(binaryString(core.bytes(at, text.length)), text);
    assertEquals(binaryString(fromBinary(text)), text);
    set(core, all, text);
    assertEquals(get(core, all), `$${text.length}\r\n${text}\r\n`);
  }
});

Deno.test("text beyond Latin-1 becomes UTF-8 and comes back", async () => {
  const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
  for (const text of ["", "plain", "ä", "日本語", "🌋 lava", "mixed é and 🌋", "ÿ\u0100"]) {
    const binary = core.toBinary(text);
    assertEquals(binary, binaryString(new TextEncoder().encode(text)));
    core.writeBinary(core.at.SCRATCH, binary);
    assertEquals(core.utf8(core.at.SCRATCH, binary.length), text);
  }
  assertEquals(core.toBinary("\ud83c"), "\xef\xbf\xbd", "half a character is replaced");
});

Deno.test("arguments are read by index, huge ones too", async () => {
  const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
  const long = "0123456789abcdef".repeat(8192);
  setArguments(core, ["SET", "Key", "", "KEEPTTL", long, "X".repeat(64), "X".repeat(65)]);
  assertEquals([core.argc, core.arg(0), core.arg(1), core.arg(2)], [7, "SET", "Key", ""]);
  assertEquals([core.option(3), core.argLen(4)], ["keepttl", long.length]);
  assertEquals(core.arg(4), long);
  assertEquals(binaryString(core.argBytes(4)), long);
  assertEquals([core.option(5), core.option(6)], ["x".repeat(64), ""]);
});

Deno.test("64-bit cells hold what a Number holds exactly", async () => {
  const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
  for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    core.setU64(core.at.NOW_MS, value);
    assertEquals(core.u64(core.at.NOW_MS), value);
  }
  for (const value of [0n, -1n, 2n ** 53n, -(2n ** 63n), 2n ** 63n - 1n]) {
    core.setResult(value);
    assertEquals([core.resultBigint(), core.resultNumber()], [value, Number(value)]);
  }
});

Deno.test("a full core answers OUT_OF_MEMORY and still gives every key, up to its last byte", async () => {
  const core = await loadCore({ seed, databases: 1, limitBytes: LIMIT_BYTES });
  let stored = 0;
  for (const value of ["x".repeat(200), "y".repeat(30), "z"]) {
    for (;; stored++) if (set(core, `key ${stored}`, value) === core.at.OUT_OF_MEMORY) break;
  }
  assertEquals(core.x.databaseSize(0), stored);
  for (let i = 0; i < stored; i++) assert(get(core, `key ${i}`).startsWith("$"));
  for (let i = 0; i < stored; i++) {
    setArguments(core, ["del", `key ${i}`]);
    assert(core.x.keyDelete(0, 1));
  }
  assertEquals(core.x.databaseSize(0), 0);
  assertEquals(set(core, "room", "again"), 1);
});

Deno.test("more databases than there is memory for are refused with an error", async () => {
  for (const databases of [2 ** 25 + 1, 2 ** 31]) {
    let refused = false;
    try {
      await loadCore({ seed, databases, limitBytes: LIMIT_BYTES });
    } catch {
      refused = true;
    }
    assert(refused, `${databases}`);
  }
});
