import { assert, assertEquals } from "@std/assert";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import {
  bucketHigh,
  bucketLow,
  bucketOf,
  cumulative,
  makeHistogram,
  percentileUs,
  totalOf,
} from "./histogram.ts";
import { Latencies } from "./latencies.ts";

const of = (...us: number[]) => {
  const latencies = new Latencies(3);
  for (const one of us) latencies.record(1, one);
  assertEquals([latencies.of(0), latencies.of(2)], [null, null]);
  return latencies.of(1)!;
};

Deno.test("buckets: without gap or overlap, and no wider than 1/128 of what they hold", () => {
  for (let bucket = 0; bucket < 3072; bucket++) {
    const [low, high] = [bucketLow(bucket), bucketHigh(bucket)];
    assertEquals([bucketOf(low), bucketOf(high)], [bucket, bucket]);
    assert(high - low + 1 <= Math.max(1, low / 128), `bucket ${bucket}: ${low} to ${high}`);
    if (bucket > 0) assertEquals(low, bucketHigh(bucket - 1) + 1);
  }
  assertEquals(bucketHigh(3071), 2 ** 30 - 1);
});

Deno.test("percentileUs: the edges that redis-server 7.0.15 shows", () => {
  const edges = [1, 2, 3, 4, 8, 16, 126, 876, 60_293].map((us) => percentileUs(of(us), 100));
  assertEquals(edges, [1.003, 2.007, 3.007, 4.015, 8.031, 16.063, 126.463, 876.543, 60_293.119]);
  assertEquals(percentileUs(of(30_127), 0), 30_015.488);
  assertEquals(percentileUs(of(1_200_000), 50), 1_002_438.655);
  assertEquals(percentileUs(makeHistogram(), 50), 0);
});

Deno.test("percentileUs: what the sorted values give, at the edge of its bucket", () => {
  const seed = seedFromEnv("ETNA_SEED");
  console.log(`ETNA_SEED=${seed}`);
  const random = new SeededRandom(seed);
  for (let round = 0; round < 50; round++) {
    const values = Array.from(
      { length: random.between(1, 300) },
      () => Math.floor(2 ** (random.below(199) / 10)),
    );
    const sorted = values.toSorted((a, b) => a - b);
    const histogram = of(...values);
    for (const percentile of [0, 1, 50, 99, 99.9, 100]) {
      const rank = Math.max(1, Math.floor(percentile / 100 * values.length + 0.5));
      const bucket = bucketOf(sorted[rank - 1] * 1000);
      const edge = percentile === 0 ? bucketLow(bucket) : bucketHigh(bucket);
      assertEquals(percentileUs(histogram, percentile), edge / 1000, `${percentile}, seed ${seed}`);
    }
    assertEquals(totalOf(histogram), values.length);
  }
});

Deno.test("Latencies: to an eighth of a microsecond, from none to a second and beyond", () => {
  const edges = (us: number) => [percentileUs(of(us), 0), percentileUs(of(us), 100)];
  assertEquals(edges(0), [0.001, 0.001]);
  assertEquals(edges(0.3), [0.25, 0.25]);
  assertEquals(edges(31.99), [31.872, 31.999]);
  assertEquals(edges(32), [32, 32.127]);
  assertEquals(edges(1e6), edges(2 ** 40));
  assertEquals(totalOf(of(0, 0.1, 5, 50, 5e6)), 5);
});

Deno.test("cumulative: doubling edges, only where the count grows", () => {
  assertEquals(cumulative(makeHistogram()), []);
  assertEquals(cumulative(of(1, 1, 2, 3)), [[1, 2], [2, 3], [4, 4]]);
  // As DEBUG SLEEP 0.03, 0.05 and 1.2 come out of redis-server.
  assertEquals(cumulative(of(30_127, 50_107, 1_200_000)), [[33_816, 1], [67_633, 2], [
    1_073_741,
    3,
  ]]);
  assertEquals(cumulative(of(20, 0)), [[1, 1], [33, 2]]);
});
