/** The contract of sources: all kinds pass one suite. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { MemoryDisk } from "../../tests/support/memory_disk.ts";
import { Pipe } from "../../tests/support/pipe.ts";
import { FileSource } from "./file_source.ts";
import { MemorySource, type Source, type Step, takeSteps, takeStepsNow } from "./source.ts";

const kinds: Record<string, (bytes: Uint8Array<ArrayBuffer>) => Source> = {
  memory: (bytes) => new MemorySource(bytes),
  file: (bytes) => {
    const disk = new MemoryDisk();
    disk.readBytes = 1000;
    disk.files.set("file", bytes);
    return new FileSource(disk.open("/file")!);
  },
  pipe: (bytes) => {
    const pipe = new Pipe(100);
    pipe.write(bytes);
    void pipe.finish();
    return pipe;
  },
  "memory before a file": (bytes) =>
    new MemorySource(bytes.slice(0, 5), kinds.file(bytes.slice(5))),
};

const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => i * 7 + (i >> 8));

for (const [name, make] of Object.entries(kinds)) {
  Deno.test(`sources / ${name}: gives all bytes in order, into memory that is shared, and ends`, () => {
    const bytes = pattern(10_000);
    const source = make(bytes);
    assert(source.totalBytes === null || source.totalBytes === bytes.length);
    const shared = new Uint8Array(new SharedArrayBuffer(3000));
    const got: number[] = [];
    for (let length = 1;; length = length * 3 % 3001) {
      const into = shared.subarray(0, length);
      const count = source.read(into);
      if (count === 0) break;
      got.push(...into.subarray(0, count));
    }
    assertEquals(got, [...bytes]);
    assert(source.ended);
    assertEquals(source.read(shared), 0);
    source.close();
  });
}

Deno.test("sources / pipe: has nothing yet, calls when there is more, and tells of a failure", () => {
  const pipe = new Pipe(100);
  const behind = new MemorySource(pattern(2), pipe);
  let calls = 0;
  behind.onMore = () => calls++;
  const into = new Uint8Array(10);
  assertEquals([behind.read(into), behind.read(into), behind.ended], [2, 0, false]);
  pipe.write(pattern(3));
  assertEquals([calls, behind.read(into), behind.read(into)], [1, 3, 0]);
  pipe.fail("Connection reset by peer");
  assertEquals(calls, 2);
  assertThrows(() => behind.read(into), Error, "Connection reset by peer");
});

Deno.test("sources / steps wait for what they end with, and others run in between", async () => {
  const pipe = new Pipe(100);
  function* readAll(): Generator<Step, number> {
    const into = new Uint8Array(2);
    for (let sum = 0;;) {
      const count = pipe.read(into);
      sum += count;
      if (count !== 0) yield null;
      else if (pipe.ended) return sum;
      else yield pipe;
    }
  }
  let rests = 0;
  const result = takeSteps(readAll(), () => Promise.resolve(void rests++));
  for (let i = 0; i < 3; i++) {
    pipe.write(pattern(3));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  void pipe.finish();
  assertEquals([await result, rests], [9, 6]);
  assertThrows(() =>
    takeStepsNow((function* () {
      yield new Pipe(1);
    })())
  );
});
