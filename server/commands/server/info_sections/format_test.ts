import { assertEquals } from "@std/assert";
import { humanBytes, percent, ratio } from "./format.ts";

Deno.test("humanBytes: as redis-server writes them", () => {
  // used_memory 916512, total_system_memory 25276510208 and maxmemory of INFO memory, 7.0.15.
  assertEquals(humanBytes(916512), "895.03K");
  assertEquals(humanBytes(25276510208), "23.54G");
  assertEquals([humanBytes(0), humanBytes(1023), humanBytes(1024)], ["0B", "1023B", "1.00K"]);
  assertEquals(humanBytes(3 * 1024 ** 5), "3.00P");
});

Deno.test("percent and ratio: two digits, 0 of nothing", () => {
  assertEquals([percent(1, 3), percent(5, 0)], ["33.33%", "0.00%"]);
  assertEquals([ratio(2, 3), ratio(1, 0)], ["0.67", "0.00"]);
});
