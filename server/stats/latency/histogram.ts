/**
 * How long the calls of a command took: counts in buckets whose width is at most 1/128 of what they
 * hold, from 1 ns to 1 s, as HdrHistogram lays them out for two significant digits. Redis uses the same
 * layout, so its tools find the same edges here.
 *
 * ```
 *  value, ns      bucket width   bucket
 *     0 ..  255              1      0 ..  255
 *   256 ..  511              2    256 ..  383
 *   512 .. 1023              4    384 ..  511
 *   ...
 *  2^29 .. 2^30 - 1       2^22   2944 .. 3071
 * ```
 *
 * A bucket's number follows from a value by a count of leading zeros, a shift and an addition.
 */

const BUCKETS = 3072;
/** The first edge that LATENCY HISTOGRAM shows; the others are its doubles. */
const FIRST_EDGE_NS = 1024;

/** The counts of one command; doubles, because 32 bits are full after half an hour of full load. */
export type Histogram = Float64Array;

export function makeHistogram(): Histogram {
  return new Float64Array(BUCKETS);
}

/** The bucket of a value in ns, a whole number below 2^30. */
export function bucketOf(ns: number): number {
  const shift = 24 - Math.clz32(ns | 255);
  return (shift << 7) + (ns >>> shift);
}

/** The smallest value of a bucket, in ns. */
export function bucketLow(bucket: number): number {
  return bucket < 256 ? bucket : (bucket & 127 | 128) << ((bucket >>> 7) - 1);
}

/** The largest value of a bucket, in ns. */
export function bucketHigh(bucket: number): number {
  return bucketLow(bucket + 1) - 1;
}

/** Calls counted. */
export function totalOf(histogram: Histogram): number {
  return histogram.reduce((sum, count) => sum + count, 0);
}

/** The time that a share of the calls did not exceed, in us; of the 0th percentile, the shortest. */
export function percentileUs(histogram: Histogram, percentile: number): number {
  const wanted = Math.max(1, Math.floor(percentile / 100 * totalOf(histogram) + 0.5));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    seen += histogram[bucket];
    if (seen >= wanted) return (percentile === 0 ? bucketLow(bucket) : bucketHigh(bucket)) / 1000;
  }
  return 0;
}

/**
 * How many calls took at most so long, for edges of 1.024 us and its doubles; only those edges are
 * given up to which there are more calls than up to the one before.
 */
export function cumulative(histogram: Histogram): [us: number, calls: number][] {
  const total = totalOf(histogram);
  const rows: [number, number][] = [];
  let seen = 0;
  let shown = 0;
  let edge = FIRST_EDGE_NS;
  for (let bucket = 0; bucket < BUCKETS && shown < total; bucket++) {
    seen += histogram[bucket];
    if (bucket !== (edge < 2 ** 30 ? bucketOf(edge) : BUCKETS - 1)) continue;
    edge *= 2;
    if (seen > shown) rows.push([Math.floor(bucketHigh(bucket) / 1000), seen]);
    shown = seen;
  }
  return rows;
}
