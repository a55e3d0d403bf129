import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { lolwut } from "./lolwut.ts";

/** The same numbers from 0 up to 1 for the same seed. */
function randomFrom(seed: number): () => number {
  return () => (seed = (Math.imul(seed, 48271) & 0x7fffffff) || 1) / 0x80000000;
}

function draw(args: readonly string[], seed = 1): string {
  const drawn = lolwut("7.0.15", args, randomFrom(seed));
  return "text" in drawn ? drawn.text : drawn.error;
}

Deno.test("the picture ends with the version, as clients expect", () => {
  for (const args of [[], ["VERSION", "5"], ["version", "6", "10", "3"], ["abc"]]) {
    assert(draw(args).endsWith("Redis ver. 7.0.15\n"), String(args));
  }
});

Deno.test("the size is the one asked for, within bounds", () => {
  const sizeOf = (args: string[]) => {
    const lines = draw(args).split("\n").slice(0, -3);
    return [lines[0].length, lines.length];
  };
  assertEquals(sizeOf(["VERSION", "6", "10", "3"]), [10, 3]);
  assertEquals(sizeOf(["20", "4"]), [20, 4]);
  assertEquals(sizeOf(["VERSION", "6", "0", "-7"]), [1, 1]);
  assertEquals(sizeOf(["VERSION", "6", "99999999", "1"]), [400, 1]);
  assertEquals(sizeOf(["VERSION"]), [66, 22]);
  // As large as Redis's own.
  assertEquals(sizeOf(["VERSION", "5"]), [66, 49]);
  assertEquals(draw(["VERSION", "7"]), "Redis ver. 7.0.15\n");
});

Deno.test("a version or size that is no number is refused in Redis's words", () => {
  const error = "ERR value is not an integer or out of range";
  assertEquals(draw(["VERSION", "x"]), error);
  assertEquals(draw(["VERSION", "5", "x"]), error);
});

Deno.test("no two eruptions are alike, and the same numbers give the same one", () => {
  assertEquals(draw([], 7), draw([], 7));
  assertNotEquals(draw([], 7), draw([], 8));
});
