/**
 * What a benchmark yields: figures, each measured on both servers in the same rounds.
 */

/** The two servers compared. */
export const serverNames = ["etna", "redis"] as const;
export type ServerName = typeof serverNames[number];

/** One measured quantity of one row (a workload or a scenario), on both servers. */
export interface Figure {
  /** The group of the row, as in `core` or `scenario`. */
  group: string;
  /** The row, as in `GET P=1`. */
  row: string;
  /** What was measured, as in `throughput`. */
  name: string;
  unit: string;
  better: "more" | "less";
  /** One value per counted round; the two lists are as long, and index i of both is round i. */
  etna: number[];
  redis: number[];
}

/** A median with the smallest and the largest value beside it. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Median, minimum and maximum of at least one value. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/**
 * Etna/Redis round by round: what disturbs the machine in a round disturbs both sides of it. Two
 * zeros are equal, a ratio of 1; something over zero is Infinity.
 */
export function ratioOf({ etna, redis }: Figure): Spread {
  const ratio = (a: number, b: number) => a === b ? 1 : a / b;
  return spread(etna.map((value, round) => ratio(value, redis[round])));
}

/** A figure to be filled round by round. */
export function emptyFigure(
  group: string,
  row: string,
  name: string,
  unit: string,
  better: "more" | "less",
): Figure {
  return { group, row, name, unit, better, etna: [], redis: [] };
}

/** The order in which a round visits the servers; it alternates so that neither is always first. */
export function visitingOrder(round: number): readonly ServerName[] {
  return round % 2 ? ["redis", "etna"] : ["etna", "redis"];
}
