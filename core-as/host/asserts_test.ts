/** The claims of base/asserts.ts: broken ones are heard of, and the module that servers run has none. */
import { Buffer } from "node:buffer";
import { assertEquals, assertThrows } from "@std/assert";
import { buildCore } from "../build.ts";
import { type TestingCore, withHeap } from "./testing.ts";

/** Mistakes that nobody but a programmer makes, by the words that they are heard of with. */
const mistakes: Record<string, (testing: TestingCore) => void> = {
  "free of an address inside a block": ({ core }) => core.free(core.allocate(100) + 4),
  "free of what a slab has not handed out": ({ core }) => core.free(core.allocate(100) + 104),
  "a block freed twice": ({ core }) => {
    core.allocate(100);
    const block = core.allocate(100);
    core.free(block);
    core.free(block);
  },
  "the size of what is not a block": ({ core }) => {
    core.blockBytes(core.allocate(100_000) + 4096);
  },
  "a look at what is no entry": ({ core }) => {
    const lp = core.lpNew(32);
    core.lpGet(lp, core.lpBytes(lp) - 1);
  },
  "an entry put in outside of the listpack": ({ core }) => {
    const lp = core.lpNew(32);
    core.lpInsertInt(lp, core.lpBytes(lp), core.LP_BEFORE.value, 1n);
  },
  "an entry put in under the hash of another key": ({ core }) => {
    const table = core.allocate(64);
    core.tableInit(table, 0);
    const entry = core.allocate(64);
    core.tableInsert(table, 1n, entry);
  },
};

for (const [words, make] of Object.entries(mistakes)) {
  Deno.test(`asserts: ${words}`, async () => {
    const testing = await withHeap();
    assertThrows(() => make(testing), Error, words);
  });
}

Deno.test("asserts: the module that servers run has none", async () => {
  for (const name of ["core", "testing"] as const) {
    await buildCore(name);
    const module = await Deno.readFile(new URL(`../build/${name}.wasm`, import.meta.url));
    const found = Object.keys(mistakes).some((words) =>
      Buffer.from(module.buffer).includes(Buffer.from(words, "utf-16le"))
    );
    assertEquals(found, name === "testing", name);
  }
});
