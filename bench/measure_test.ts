import { assertEquals, assertThrows } from "@std/assert";
import { parseReport } from "./measure.ts";

/** Output of redis-benchmark 7.0.15, as captured. */
function captured(name: string): string {
  return Deno.readTextFileSync(new URL(`testdata/benchmark_${name}.txt`, import.meta.url));
}

Deno.test("parseReport reads throughput and percentiles of a run", () => {
  assertEquals(parseReport(captured("get")), {
    throughput: 990099,
    p50Ms: 0.639,
    p99Ms: 1.311,
    p999Ms: 2.279,
  });
});

Deno.test("parseReport takes the slowest for p99.9 of fewer than a thousand requests", () => {
  const { p50Ms, p999Ms } = parseReport(captured("ping_few"));
  assertEquals({ p50Ms, p999Ms }, { p50Ms: 0.039, p999Ms: 0.143 });
});

Deno.test("parseReport refuses a report of two tests, whose latencies would mix", () => {
  assertThrows(() => parseReport(captured("two_tests")), Error, "reported 2 tests");
});

Deno.test("parseReport refuses a run that was cut off", () => {
  const text = captured("get");
  assertThrows(() => parseReport(text.slice(0, text.indexOf("Summary:"))), Error, "0 tests");
});
