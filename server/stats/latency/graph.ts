/**
 * LATENCY GRAPH: an event's samples as columns, and under each, read downwards, how long ago it was.
 *
 *     _  #
 *     | _|
 *     | ||
 *     |_||
 *
 *     4320
 *     ssss
 */

import type { LatencyEvent, Sample } from "./events.ts";

const COLUMNS = 80;
const ROWS = 4;
/** The tips of a column, low to high within its row. */
const TIPS = "_o#";
const LEVELS = ROWS * TIPS.length;

function ago(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

/** Lines of at most COLUMNS samples. `low` and `high` are those of all samples. */
function block(samples: readonly Sample[], low: number, high: number, nowS: number): string[] {
  const levels = samples.map(({ ms }) =>
    Math.min(LEVELS - 1, Math.floor((ms - low) / Math.max(1, high - low) * LEVELS))
  );
  const labels = samples.map(({ timeS }) => ago(nowS - timeS));
  const lines: string[] = [];
  for (let floor = LEVELS - TIPS.length; floor >= 0; floor -= TIPS.length) {
    lines.push(
      levels.map((level) =>
        level < floor ? " " : level < floor + TIPS.length ? TIPS[level - floor] : "|"
      ).join(""),
    );
  }
  lines.push(" ".repeat(samples.length));
  const longest = Math.max(...labels.map(({ length }) => length));
  for (let i = 0; i < longest; i++) lines.push(labels.map((label) => label[i] ?? " ").join(""));
  return lines;
}

/** The graph of an event that has samples. */
export function latencyGraph(name: string, { samples, maxMs }: LatencyEvent, nowS: number): string {
  const low = Math.min(...samples.map(({ ms }) => ms));
  const high = Math.max(...samples.map(({ ms }) => ms));
  const blocks: string[] = [];
  for (let from = 0; from < samples.length; from += COLUMNS) {
    blocks.push(block(samples.slice(from, from + COLUMNS), low, high, nowS).join("\n") + "\n");
  }
  return `${name} - high ${high} ms, low ${low} ms (all time high ${maxMs} ms)\n` +
    `${"-".repeat(COLUMNS)}\n${blocks.join("\n")}`;
}
