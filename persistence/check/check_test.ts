/** What the checks say of files that are whole, damaged, of later versions, and of Valkey. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { loadCore } from "../../core-as/host/sources.ts";
import { MemorySource } from "../../server/env/source.ts";
import { crc64Bytes } from "../../tests/support/crc64.ts";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import { SeededRandom, seedFromEnv } from "../../tests/support/random.ts";
import { DiskServer } from "../../tests/integration/rdb_support.ts";
import { checkAof } from "./aof.ts";
import { CommandScanner, type Scanned } from "./commands.ts";
import { checkRdb } from "./rdb.ts";

const seed = seedFromEnv("ETNA_SEED");
const core = await loadCore({ seed: new Uint8Array(24), databases: 1, limitBytes: 256 << 20 });
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const check = (bytes: Uint8Array) => checkRdb(core, new MemorySource(bytes), "x.rdb");

/** A file with one key and no checksum. */
function file(magic: string, type: number, value: string): Uint8Array {
  const key = "\x01k";
  return bytesOf(`${magic}${String.fromCharCode(type)}${key}${value}\xff${"\0".repeat(8)}`);
}

Deno.test("check-rdb: what there is by type, and the largest keys; no key is made", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "small", "x");
  await server.call("SET", "large", "y".repeat(5000), "PX", "100000");
  await server.call("RPUSH", "list", "a", "b");
  await server.call("SELECT", "7");
  await server.call("XADD", "stream", "1-1", "f", "v");
  await server.call("SAVE");
  const used = core.usedBytes;
  const { lines, damage } = check(server.file);
  assertEquals(damage, null);
  const text = lines.join("\n");
  assertMatch(text, /^string +2 /m);
  assertMatch(text, /^stream 2 +1 /m);
  assertMatch(text, /^list \(listpacks\) +1 /m);
  assertMatch(text, /^\[info\] 4 keys read\n\[info\] 1 expires\n\[info\] 0 already expired$/m);
  assertMatch(text, /"stream" db 7/);
  assertEquals([core.usedBytes, core.x.databaseSize(0)], [used, 0]);
});

Deno.test(`check-rdb: damage is found where it is, seed ${seed}`, async () => {
  await using server = await DiskServer.start();
  for (let i = 0; i < 50; i++) await server.call("RPUSH", `list${i}`, "a", "b", "c".repeat(i));
  await server.call("SAVE");
  const random = new SeededRandom(seed);
  const used = core.usedBytes;
  for (let i = 0; i < 300; i++) {
    const bytes = server.file.slice();
    // Versions before 5 had no checksum: what is made one of them may look whole.
    const at = random.between(9, bytes.length - 1);
    bytes[at] ^= 1 << random.below(8);
    const { damage } = check(bytes);
    assert(damage !== null && damage.offset <= bytes.length, `byte ${at}`);
    const cut = check(bytes.subarray(0, at));
    assert(cut.damage !== null && cut.damage.offset <= at);
    assertEquals(core.usedBytes, used);
  }
});

Deno.test("check-rdb: later versions are read, later types refused with name and place", () => {
  for (const version of ["0011", "0012", "0013", "0014"]) {
    assertEquals(check(file(`REDIS${version}`, 0, "\x01v")).damage, null, version);
  }
  assertMatch(check(file("REDIS0015", 0, "\x01v")).damage!.reason, /RDB format version 15/);
  const { damage } = check(file("REDIS0013", 26, "\x01v"));
  assertEquals(damage, {
    offset: 12,
    reason:
      "Unknown RDB encoding type 26 (stream of Redis 8.6) of the key 'k' at offset 12, RDB version 13",
  });
});

Deno.test("check-rdb: Valkey's files, hashes whose fields have times among them", () => {
  const field = (name: string, ms: string) => `\x01${name}\x01v${ms}`;
  const soon = "\0\0\0\0\0\x01\0\0";
  const never = "\xff".repeat(8);
  const hash = `\x02${field("a", soon)}${field("b", never)}`;
  const valkey = check(file("VALKEY080", 22, hash));
  assertEquals(valkey.damage, null);
  assertMatch(valkey.lines.join("\n"), /hash \(timed fields\) +1 [^]*2 elements/);
  assertMatch(check(file("REDIS0012", 22, hash)).damage!.reason, /encoding type 22/);
  assertMatch(check(file("VALKEY081", 22, hash)).damage!.reason, /version 81/);
  // How many keys a slot has is no key.
  assertEquals(check(bytesOf(`REDIS0012\xf4\x05\x01\0\xff${"\0".repeat(8)}`)).damage, null);
});

Deno.test("what Valkey wrote is loaded, its checksum looked at", async () => {
  await using server = await DiskServer.start();
  const times = "\0\0\0\0\0\x10\0\0\x01b\x01w" + "\xff".repeat(9);
  const body = `VALKEY080\x16\x01k\x02\x01a\x01v${times}`;
  server.file = bytesOf(body + crc64Bytes(body));
  assertEquals(await server.call("DEBUG", "RELOAD", "NOSAVE"), "OK");
  assertEquals(await server.call("HPEXPIRETIME", "k", "FIELDS", "2", "a", "b"), [2 ** 44, -1]);
  server.file[30] ^= 1;
  assertMatch(String(await server.call("DEBUG", "RELOAD", "NOSAVE").catch((e) => e)), /Error/);
});

// ---- append-only files ------------------------------------------------------------------------------

const command = (...words: string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;

Deno.test(`check-aof: commands are the same however they come in pieces, seed ${seed}`, () => {
  const random = new SeededRandom(seed);
  const text = command("SET", "k", "x".repeat(3000)) + "#TS:17\r\n" + command("DEL", "k", "");
  const bytes = bytesOf(text);
  const scan = (pieces: Iterable<Uint8Array>) => {
    const found: Scanned[] = [];
    const scanner = new CommandScanner((each) => found.push(each));
    for (const piece of pieces) scanner.take(piece);
    scanner.end();
    assertEquals(scanner.damage, null);
    return found;
  };
  const whole = scan([bytes]);
  assertEquals(whole.map(({ words }) => words[0]), ["SET", "#TS:17", "DEL"]);
  assertEquals(whole.at(-1)!.endOffset, bytes.length);
  for (let i = 0; i < 50; i++) {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const count = random.between(1, random.chance(0.5) ? 3 : 2000);
      pieces.push(bytes.subarray(at, at + count));
      at += count;
    }
    assertEquals(scan(pieces), whole);
  }
});

/** A disk with a manifest and one file of it. */
function diskOf(text: string): MemoryDisk {
  const disk = new MemoryDisk();
  disk.files.set("a.manifest", bytesOf("file a.1.incr.aof seq 1 type i\n"));
  disk.files.set("a.1.incr.aof", bytesOf(text));
  return disk;
}

const keep = { fix: false, upToSecond: null };

Deno.test("check-aof: what is broken at the end is told, and cut off when that is asked for", () => {
  const good = command("SET", "k", "v");
  for (
    const [bad, reason] of [
      ["*3\r\n$3\r\nSE", "unexpected end of the file within a command"],
      [command("MULTI") + command("SET", "k", "w"), "a transaction without its end"],
      ["*x\r\n", 'expected * and a number, got "*x\\r\\n"'],
      ["*1\r\n:3\r\n", 'expected $ and a number, got ":3\\r\\n"'],
      ["*1\r\n$3\r\nabcd\r\n", "expected \\r\\n behind a word, got the byte 100"],
      ["*0\r\n", "a command of 0 words"],
      ["x".repeat(5000), "a line without an end"],
    ]
  ) {
    const disk = diskOf(good + bad);
    const told = checkAof(core, disk, "/a.manifest", keep);
    assertEquals(told.isWhole, false, reason);
    const line = `/a.1.incr.aof: offset ${good.length}: ${reason}`;
    assert(told.lines.includes(line), told.lines.join("\n"));
    assert(checkAof(core, disk, "/a.manifest", { ...keep, fix: true }).isWhole);
    assertEquals(disk.files.get("a.1.incr.aof"), bytesOf(good));
    assert(checkAof(core, disk, "/a.manifest", keep).isWhole);
  }
});

Deno.test("check-aof: what was written after a second is cut off, in the last file only", () => {
  const early = "#TS:100\r\n" + command("SET", "k", "1") + "#TS:200\r\n" + command("SET", "k", "2");
  const disk = diskOf(early + "#TS:201\r\n" + command("SET", "k", "3"));
  assert(checkAof(core, disk, "/a.manifest", { fix: false, upToSecond: 200 }).isWhole);
  assertEquals(disk.files.get("a.1.incr.aof"), bytesOf(early));
  disk.files.set("a.manifest", bytesOf("file a.1.incr.aof seq 1 type i\nfile b seq 2 type i\n"));
  disk.files.set("b", bytesOf(command("SET", "k", "4")));
  const refused = checkAof(core, disk, "/a.manifest", { fix: false, upToSecond: 100 });
  assertEquals(refused.isWhole, false);
  assertEquals(disk.files.get("a.1.incr.aof"), bytesOf(early));
});

Deno.test("check-aof: a snapshot before the commands, and a manifest that is wrong", async () => {
  await using server = await DiskServer.start();
  await server.call("SET", "k", "v");
  await server.call("SAVE");
  const disk = new MemoryDisk();
  disk.files.set("old.aof", Uint8Array.from([...server.file, ...bytesOf(command("DEL", "k"))]));
  const { lines, isWhole } = checkAof(core, disk, "/old.aof", keep);
  assert(isWhole, lines.join("\n"));
  assert(lines.some((line) => /^del +1 /.test(line)));
  disk.files.set("a.manifest", bytesOf("file x seq 1 type q\n"));
  assertEquals(
    checkAof(core, disk, "/a.manifest", keep).lines.at(-1),
    "/a.manifest: line 1: Unknown AOF file type",
  );
  disk.files.set("a.manifest", bytesOf("file x seq 1 type b\n"));
  assertEquals(
    checkAof(core, disk, "/a.manifest", keep).lines.at(-1),
    "/x: No such file or directory",
  );
});
