import { assertEquals } from "@std/assert";
import { overlapMs, union } from "./watch.ts";

Deno.test("union merges what overlaps and keeps apart what does not", () => {
  assertEquals(union([[5, 7], [1, 3], [2, 4], [7, 8], [10, 11]]), [[1, 4], [5, 8], [10, 11]]);
  assertEquals(union([[1, 9], [2, 3]]), [[1, 9]]);
  assertEquals(union([]), []);
});

Deno.test("overlapMs counts only what lies inside", () => {
  assertEquals(overlapMs([10, 20], [[0, 5], [8, 12], [15, 16], [19, 30], [40, 50]]), 4);
  assertEquals(overlapMs([10, 20], [[0, 99]]), 10);
  assertEquals(overlapMs([10, 20], []), 0);
});
