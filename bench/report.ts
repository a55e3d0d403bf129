/**
 * Turns the figures of a run into tables: for the terminal, and in Markdown.
 */

import { type Figure, ratioOf, spread } from "./figures.ts";
import type { Machine } from "./machine.ts";
import { type Target, verdictOn } from "./targets.ts";

/** A whole run, as it is saved in JSON. */
export interface Run {
  machine: Machine;
  options: { rounds: number; quick: boolean; etnaCommand: string };
  figures: Figure[];
  /** Rounds of workloads that count although other processes took a part of the machine. */
  disturbedRounds: number;
  /** What could not be measured, and why. */
  failures: { row: string; reason: string }[];
}

const headings = ["", "figure", "Etna", "Redis", "Etna/Redis", "spread", "target", "verdict"];

/** The terminal's table: one line per figure. */
export function terminalReport(run: Run): string {
  let previousRow = "";
  const lines = run.figures.map((figure) => {
    const row = figure.row === previousRow ? "" : figure.row;
    previousRow = figure.row;
    return [row, ...cellsOf(figure)];
  });
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...lines.map((cells) => cells[column].length))
  );
  const format = (cells: string[]) =>
    cells.map((cell, column) =>
      column >= 2 && column <= 5 ? cell.padStart(widths[column]) : cell.padEnd(widths[column])
    ).join("  ").trimEnd();
  const body = lines.flatMap((cells, index) =>
    cells[0] && index > 0 ? ["", format(cells)] : [format(cells)]
  );
  return [...machineLines(run), "", format(headings), ...body, "", ...conclusion(run)].join("\n");
}

/** The Markdown for a README: a row per workload, a row per figure of a scenario, and verdicts. */
export function markdownReport(run: Run): string {
  const isWorkload = (figure: Figure) => figure.name === "throughput";
  const workloadRows = run.figures.filter(isWorkload).map((throughput) => {
    const figures = run.figures.filter(({ row }) => row === throughput.row);
    const pairOf = (name: string) => {
      const figure = figures.find((candidate) => candidate.name === name);
      return figure ? `${sideOf(figure, "etna")} / ${sideOf(figure, "redis")}` : "";
    };
    const { min, max } = ratioOf(throughput);
    return [
      throughput.row,
      ...[sideOf(throughput, "etna"), sideOf(throughput, "redis")],
      `**${times(ratioOf(throughput).median)}** (${times(min)} - ${times(max)})`,
      ...["p50", "p99", "p99.9", "user CPU per command", "CPU per command"].map(pairOf),
    ];
  });
  const workloadNames = new Set(run.figures.filter(isWorkload).map(({ row }) => row));
  const scenarioRows = run.figures.filter(({ row }) => !workloadNames.has(row))
    .map((figure) => [figure.row, ...cellsOf(figure).slice(0, 5)]);
  const verdictRows = run.figures.flatMap((figure) => {
    const verdict = verdictOn(figure);
    if (!verdict) return [];
    const value = verdict.target.of === "ratio" ? times(verdict.value) : number(verdict.value);
    return [[figure.row, figure.name, boundOf(verdict.target, figure), value, word(verdict.met)]];
  });
  const head = ["workload", "Etna req/s", "Redis req/s", "Etna/Redis (spread)"];
  const pairs = ["p50 ms", "p99 ms", "p99.9 ms", "user us/cmd", "user + sys us/cmd"];
  return [
    ...machineLines(run).map((line) => `${line}  `),
    table([...head, ...pairs.map((name) => `${name} E / R`)], workloadRows),
    table(["scenario", ...headings.slice(1, 6)], scenarioRows),
    table(["row", "figure", "target", "measured", "verdict"], verdictRows),
    ...conclusion(run),
  ].filter(Boolean).join("\n");
}

/** Figure, Etna, Redis, ratio, spread, target, verdict. */
function cellsOf(figure: Figure): string[] {
  const ratio = ratioOf(figure);
  const verdict = verdictOn(figure);
  return [
    `${figure.name}, ${figure.unit}`,
    ...[sideOf(figure, "etna"), sideOf(figure, "redis")],
    ...[times(ratio.median), `${times(ratio.min)} - ${times(ratio.max)}`],
    verdict ? boundOf(verdict.target, figure) : "",
    verdict ? word(verdict.met) : "",
  ];
}

function boundOf(target: Target, { unit }: Figure): string {
  const sign = target.atLeast === undefined ? "<=" : ">=";
  const bound = target.atLeast ?? target.atMost!;
  return target.of === "ratio" ? `${sign} ${times(bound)}` : `${sign} ${bound} ${unit}`;
}

function machineLines({ machine, options }: Run): string[] {
  return [
    `${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}`,
    `Etna ${machine.commit} (${options.etnaCommand}), Deno ${machine.deno}, Redis ${machine.redis}`,
    `${machine.date}, ${options.rounds} rounds${options.quick ? ", quick" : ""}; ` +
    "median over rounds, ratio with its smallest and largest round",
  ];
}

function conclusion({ figures, disturbedRounds, failures }: Run): string[] {
  const verdicts = figures.map(verdictOn).filter((verdict) => verdict !== undefined);
  const met = verdicts.filter((verdict) => verdict.met).length;
  return [
    ...(verdicts.length ? [`${met} of ${verdicts.length} targets met`] : []),
    ...(disturbedRounds ? [`${disturbedRounds} rounds were disturbed by other processes`] : []),
    ...failures.map(({ row, reason }) => `not measured: ${row}: ${reason}`),
  ];
}

function sideOf(figure: Figure, side: "etna" | "redis"): string {
  return number(spread(figure[side]).median);
}

/** Three significant digits, or all of the integer part. */
function number(value: number): string {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

function times(ratio: number): string {
  return Number.isFinite(ratio) ? `${ratio.toFixed(2)}x` : "-";
}

function word(met: boolean): string {
  return met ? "met" : "MISSED";
}

function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return "";
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return ["", line(head), line(head.map(() => "---")), ...rows.map(line), ""].join("\n");
}
