/** The contract of sinks: all kinds pass one suite, and each has what is its own. */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import { Pipe } from "../../tests/support/pipe.ts";
import { FanOut } from "./fan_out.ts";
import { FileSink, FileSinkError, replaceFile } from "./file_sink.ts";
import { MemorySink, type Sink } from "./sink.ts";

/** A sink, and what has come of what was written to it; null where there is nothing. */
interface Subject {
  sink: Sink;
  outcome(): number[] | null;
}

const kinds: Record<string, () => Subject> = {
  memory: () => {
    const sink = new MemorySink();
    return { sink, outcome: () => sink.bytes.length === 0 ? null : [...sink.bytes] };
  },
  file: () => {
    const disk = new MemoryDisk();
    return {
      sink: new FileSink(disk, "/dir/file", "/dir/temp"),
      outcome: () => {
        assert(!disk.files.has("temp"));
        const content = disk.files.get("file");
        return content === undefined ? null : [...content];
      },
    };
  },
  pipe: () => {
    const pipe = new Pipe(Infinity);
    return { sink: pipe, outcome: () => readAll(pipe) };
  },
  "fan of two": () => {
    const one = kinds.memory();
    const two = kinds.file();
    return {
      sink: new FanOut([one.sink, two.sink], () => {}),
      outcome: () => {
        assertEquals(one.outcome(), two.outcome());
        return one.outcome();
      },
    };
  },
};

function readAll(pipe: Pipe): number[] | null {
  const into = new Uint8Array(1 << 20);
  try {
    return [...into.subarray(0, pipe.read(into))];
  } catch {
    return null;
  }
}

/** Bytes that tell where they are. */
const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));

for (const [name, make] of Object.entries(kinds)) {
  Deno.test(`sinks / ${name}: holds all that was written, in order`, async () => {
    const { sink, outcome } = make();
    const bytes = pattern(300_000);
    // As a core gives them: memory that is shared, and used again at once.
    const shared = new Uint8Array(new SharedArrayBuffer(200_000));
    let at = 0;
    for (const length of [1, 0, 5000, 200_000, 94_999]) {
      shared.set(bytes.subarray(at, at + length));
      sink.write(shared.subarray(0, length));
      shared.fill(0);
      at += length;
    }
    assert(sink.hasRoom);
    await sink.finish();
    assertEquals(outcome(), [...bytes]);
    sink.abort();
  });

  Deno.test(`sinks / ${name}: leaves nothing when it is given up, however often`, () => {
    const { sink, outcome } = make();
    sink.write(pattern(1000));
    sink.abort();
    sink.abort();
    assertEquals(outcome(), null);
  });
}

Deno.test("sinks / file: one that is given up while it is synced does not take the other's place", async () => {
  const disk = new MemoryDisk();
  disk.files.set("file", pattern(3));
  const sync = Promise.withResolvers<void>();
  disk.syncing = sync.promise;
  const sink = new FileSink(disk, "/dir/file", "/dir/temp");
  sink.write(pattern(10));
  const finished = sink.finish();
  sink.abort();
  sync.resolve();
  await finished;
  assertEquals([...disk.files], [["file", pattern(3)]]);
});

Deno.test("sinks / file: says at which step the disk refused, and leaves the old one", async () => {
  const disk = new MemoryDisk();
  disk.files.set("file", pattern(3));
  disk.room = 5;
  const full = new FileSink(disk, "/dir/file", "/dir/temp");
  const error = assertThrows(() => full.write(pattern(10)), FileSinkError);
  assertEquals([error.step, error.message], ["write", "No space left on device"]);
  full.abort();
  disk.room = Infinity;
  disk.syncTrouble = "Input/output error";
  const unsynced = new FileSink(disk, "/dir/file", "/dir/temp");
  const rejection = await assertRejects(() => unsynced.finish(), FileSinkError);
  assertEquals([rejection.step, rejection.message], ["sync", "Input/output error"]);
  unsynced.abort();
  assertThrows(() => replaceFile(disk, "/dir/file", "text", "/dir/temp"), Error, "Input/output");
  assertEquals([...disk.files], [["file", pattern(3)]]);
});

Deno.test("sinks / file: is synced while it is written, so often", async () => {
  const disk = new MemoryDisk();
  const sink = new FileSink(disk, "/dir/file", "/dir/temp", 1000);
  for (let i = 0; i < 5; i++) {
    sink.write(pattern(600));
    await disk.syncing;
    await Promise.resolve();
  }
  assertEquals(disk.syncs, 2);
  sink.abort();
});

Deno.test("sinks / pipe: says when it is short of room, takes more all the same, and calls", () => {
  const pipe = new Pipe(10);
  let calls = 0;
  pipe.onRoom = () => calls++;
  pipe.write(pattern(9));
  assert(pipe.hasRoom);
  pipe.write(pattern(9));
  assert(!pipe.hasRoom);
  pipe.read(new Uint8Array(8));
  assertEquals([pipe.hasRoom, calls], [false, 0]);
  pipe.read(new Uint8Array(1));
  assertEquals([pipe.hasRoom, calls], [true, 1]);
  pipe.fail("Connection reset by peer");
  assert(pipe.hasRoom, "who writes hears why");
  assertThrows(() => pipe.write(pattern(1)), Error, "Connection reset by peer");
});

Deno.test("sinks / fan: the slowest sets the pace, one that fails is left out, the last one is heard", () => {
  const [slow, fast] = [new Pipe(10), new Pipe(1000)];
  const failures: unknown[] = [];
  const fan = new FanOut([slow, fast], (sink, error) => {
    failures.push([sink === slow, (error as Error).message]);
  });
  let calls = 0;
  fan.onRoom = () => calls++;
  fan.write(pattern(20));
  assert(!fan.hasRoom);
  fast.read(new Uint8Array(20));
  assertEquals([fan.hasRoom, calls], [false, 0]);
  slow.read(new Uint8Array(11));
  assertEquals([fan.hasRoom, calls], [true, 1]);
  slow.fail("Connection reset by peer");
  fan.write(pattern(20));
  assertEquals(failures, [[true, "Connection reset by peer"]]);
  assertEquals(readAll(fast), [...pattern(20)]);
  fast.fail("Broken pipe");
  assertThrows(() => fan.write(pattern(1)), Error, "Broken pipe");
});
