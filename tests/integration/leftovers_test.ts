/** What killed servers leave behind is gone after the next start, and nothing else is. */

import { assert, assertEquals } from "@std/assert";
import { LoggingServer } from "../support/logging_server.ts";
import { MemoryDisk } from "../support/memory_disk.ts";

const AOF = "appendonly.aof";
const LEFTOVERS = [
  `temp-${Deno.pid}.rdb`,
  `temp-bg${Deno.pid}.rdb`,
  "temp-99999999.rdb",
  "temp-bg99999999.rdb",
  "temp-1700000000.99999999.rdb",
  "temp-rewriteaof-99999999.aof",
  "temp-rewriteaof-bg-99999999.aof",
  `temp-${AOF}.7.base.rdb`,
  `temp-${AOF}.7.base.aof`,
  `temp-${AOF}.manifest`,
  `temp-${AOF}.incr`,
];
const UNLISTED = [`${AOF}.7.base.rdb`, `${AOF}.7.base.aof`, `${AOF}.7.incr.aof`];
const OTHERS = [
  "dump-1.rdb",
  "temp-.rdb",
  "temp-x.rdb",
  "temp-1.rdb.old",
  "my-temp-1.rdb",
  "temp-1.txt",
  "temp-rewriteaof-.aof",
  AOF + ".7.base.rdb.old",
  "other.aof.1.base.rdb",
  "temp-other.aof.1.base.rdb",
  AOF + ".x.1.incr.aof",
  AOF + ".bak",
];

function put(disk: MemoryDisk, names: readonly string[]): void {
  for (const name of names) disk.files.set(name, new TextEncoder().encode("half"));
}

const own = [`${AOF}.1.base.rdb`, `${AOF}.1.incr.aof`, `${AOF}.manifest`];
const namesOf = (disk: MemoryDisk) => [...disk.files.keys()].sort();

Deno.test("what a killed server has left behind is removed at the next start, and said", async () => {
  let disk: MemoryDisk;
  {
    await using first = await LoggingServer.start(new MemoryDisk());
    await first.call("SET a 1");
    disk = first.crashed();
  }
  put(disk, [...LEFTOVERS, ...UNLISTED, ...OTHERS, "temp-bg4.rdb"]);
  // A process that runs, and writes it.
  put(disk, ["4"]);
  await using second = await LoggingServer.start(disk);
  assertEquals(namesOf(disk), [...own, ...OTHERS, "4", "temp-bg4.rdb"].sort());
  assertEquals(await second.call("GET a"), "1");
  for (const name of [...LEFTOVERS, ...UNLISTED]) {
    assert(second.logged.some((line) => line.includes(`Removed the file ${name},`)), name);
  }
});

Deno.test("without a manifest no whole file of an append-only file is removed", async () => {
  const disk = new MemoryDisk();
  put(disk, [...LEFTOVERS, ...UNLISTED, ...OTHERS]);
  await using _ = await LoggingServer.start(disk);
  assertEquals(namesOf(disk), [...own, ...UNLISTED, ...OTHERS].sort());
});

Deno.test("a server that keeps nothing on disk removes nothing", async () => {
  const disk = new MemoryDisk();
  put(disk, LEFTOVERS);
  await using _ = await LoggingServer.start(disk, { appendonly: "no" });
  assertEquals(namesOf(disk), [...LEFTOVERS].sort());
});
