import { assertEquals } from "@std/assert";
import { emptyFigure, ratioOf, spread } from "./figures.ts";

Deno.test("spread takes the median by value, not by text, and the mean of the middle two", () => {
  assertEquals(spread([9, 100, 20]), { median: 20, min: 9, max: 100 });
  assertEquals(spread([4, 1, 3, 2]), { median: 2.5, min: 1, max: 4 });
  assertEquals(spread([7]), { median: 7, min: 7, max: 7 });
});

Deno.test("ratioOf divides round by round", () => {
  const figure = emptyFigure("core", "GET P=1", "throughput", "req/s", "more");
  figure.etna.push(10, 40, 90);
  figure.redis.push(10, 20, 30);
  assertEquals(ratioOf(figure), { median: 2, min: 1, max: 3 });
});

Deno.test("ratioOf calls two zeros equal", () => {
  const figure = { ...emptyFigure("core", "r", "f", "ms", "less"), etna: [0, 1], redis: [0, 0] };
  assertEquals(ratioOf(figure), { median: Infinity, min: 1, max: Infinity });
});
