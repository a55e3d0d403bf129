/**
 * Draws the ratios Etna/Redis of a run as an SVG: a row per workload with a bar each for throughput,
 * CPU and tail latency, and below a row per figure of the scenarios.
 *
 *     label   |----bar===|--- 1.23x    |--bar=|---- 0.61x    ...
 *                   1.0 line and whiskers from the smallest to the largest round
 */

import { type Figure, ratioOf } from "./figures.ts";
import type { Run } from "./report.ts";

const width = 960;
const margin = 20;
const rowHeight = 22;
const barHeight = 12;
const labelWidth = 150;
const scenarioLabelWidth = 330;
const valueWidth = 52;
const panelGap = 14;
/** Bars and whiskers end here; the number beside the bar still tells. */
const maxRatio = 2.5;

/** The panels that each workload has a bar in. */
const panels = [
  { figure: "throughput", title: "throughput (more is better)" },
  { figure: "CPU per command", title: "CPU per command (less is better)" },
  { figure: "p99.9", title: "p99.9 latency (less is better)" },
];

/** Scenario figures that stand for themselves; the others are only in the tables. */
const scenarioFigures = new Set([
  ...["used_memory per key", "RSS per key", "used_memory per connection", "RSS per connection"],
  ...["among / without", "longest stall", "exec to PONG"],
]);

// Fill and stroke by class: the one place where light and dark differ.
const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .head { font-weight: 600 }
  .note { fill: #59636e }
  .ground { fill: #ffffff }
  .track { fill: #f0f2f4 }
  .ahead { fill: #1f9d83 }
  .behind { fill: #d9772f }
  .one { stroke: #24292f; stroke-width: 1.5 }
  .whisker { stroke: #24292f; stroke-opacity: 0.65 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .note { fill: #9198a1 }
    .ground { fill: #0d1117 }
    .track { fill: #1c222a }
    .ahead { fill: #2fb797 }
    .behind { fill: #e08a4a }
    .one { stroke: #e6edf3 }
    .whisker { stroke: #e6edf3 }
  }`;

/** Where a panel stands, in pixels: its bars, and the number right of them. */
interface Panel {
  x: number;
  barWidth: number;
}

/**
 * The chart of a run.
 *
 * @returns a whole SVG document
 */
export function chart(run: Run): string {
  const parts: string[] = [];
  let y = margin + 14;
  parts.push(text(margin, y, "Etna / Redis", "title"));
  parts.push(text(margin + 110, y, machineNote(run), "note"));
  y += 18;
  const rows = [...new Set(run.figures.filter(isWorkload).map(({ row }) => row))];
  if (rows.length > 0) {
    parts.push(workloadBlock(run.figures, rows, y));
    y += 2 * rowHeight + rows.length * rowHeight;
  }
  const others = run.figures.filter((figure) => scenarioFigures.has(figure.name));
  if (others.length > 0) {
    parts.push(scenarioBlock(others, y));
    y += 2 * rowHeight + others.length * rowHeight;
  }
  const height = y + 4;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
    `height="${height}" role="img">`,
    "<title>Etna compared with Redis: ratios, 1.0 is equal</title>",
    `<style>${style}\n</style>`,
    `<rect class="ground" width="${width}" height="${height}" rx="8"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}

function workloadBlock(figures: readonly Figure[], rows: readonly string[], top: number): string {
  const space = width - 2 * margin - labelWidth - (panels.length - 1) * panelGap;
  const panelWidth = space / panels.length;
  const parts = rows.map((row, index) =>
    text(margin, baseline(top + (index + 1) * rowHeight), row)
  );
  panels.forEach(({ figure: name, title }, column) => {
    const x = margin + labelWidth + column * (panelWidth + panelGap);
    const panel = { x, barWidth: panelWidth - valueWidth };
    parts.push(text(x, baseline(top), title, "head"));
    rows.forEach((row, index) => {
      const figure = figures.find((candidate) => candidate.row === row && candidate.name === name);
      if (figure) parts.push(bar(panel, top + (index + 1) * rowHeight, figure));
    });
    parts.push(oneLine(panel, top + rowHeight, rows.length));
  });
  return parts.join("\n");
}

function scenarioBlock(figures: readonly Figure[], top: number): string {
  const x = margin + scenarioLabelWidth;
  const panel = { x, barWidth: width - margin - valueWidth - x };
  const parts = figures.map((figure, index) => {
    const y = top + (index + 1) * rowHeight;
    const label = `${figure.row}: ${figure.name} (${figure.better})`;
    return text(margin, baseline(y), label) + "\n" + bar(panel, y, figure);
  });
  const title = "the rest (in parentheses: what is better)";
  return [
    text(x, baseline(top), title, "head"),
    ...parts,
    oneLine(panel, top + rowHeight, figures.length),
  ]
    .join("\n");
}

/** A bar with its whisker and its number. */
function bar({ x, barWidth }: Panel, y: number, figure: Figure): string {
  const { median, min, max } = ratioOf(figure);
  const clamp = (ratio: number) => Math.max(0, Math.min(ratio, maxRatio));
  const at = (ratio: number) => round(x + barWidth * clamp(ratio) / maxRatio);
  const ahead = figure.better === "more" ? median >= 1 : median <= 1;
  const top = y + (rowHeight - barHeight) / 2;
  const middle = y + rowHeight / 2;
  const rect = (kind: string, endX: number) =>
    `<rect class="${kind}" x="${round(x)}" y="${top}" width="${round(endX - x)}" ` +
    `height="${barHeight}" rx="2"/>`;
  const tick = (ratio: number) => `M${at(ratio)} ${middle - 3}v6`;
  return [
    rect("track", x + barWidth),
    rect(ahead ? "ahead" : "behind", at(median)),
    `<path class="whisker" d="M${at(min)} ${middle}H${at(max)}${tick(min)}${tick(max)}"/>`,
    text(x + barWidth + 6, baseline(y), Number.isFinite(median) ? `${median.toFixed(2)}x` : "-"),
  ].join("\n");
}

/** The line where both servers are equal. */
function oneLine({ x, barWidth }: Panel, top: number, rowCount: number): string {
  const oneX = round(x + barWidth / maxRatio);
  return `<path class="one" d="M${oneX} ${top}v${rowCount * rowHeight}"/>`;
}

function machineNote({ machine, options }: Run): string {
  return `${machine.cpu}, ${machine.cores} cores; Redis ${machine.redis}, Deno ${machine.deno}, ` +
    `Etna ${machine.commit}; median of ${options.rounds} rounds, line at 1.0`;
}

function isWorkload(figure: Figure): boolean {
  return figure.name === "throughput";
}

/** The baseline of text that stands in the middle of a row. */
function baseline(rowTop: number): number {
  return rowTop + rowHeight / 2 + 4;
}

function text(x: number, y: number, content: string, kind = ""): string {
  const escaped = content.replace(/&/g, "&amp;").replace(/</g, "&lt;");
  return `<text x="${round(x)}" y="${y}"${kind && ` class="${kind}"`}>${escaped}</text>`;
}

function round(pixels: number): number {
  return Math.round(pixels * 10) / 10;
}
