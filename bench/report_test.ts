import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { chart } from "./chart.ts";
import { emptyFigure, type Figure } from "./figures.ts";
import { markdownReport, type Run, terminalReport } from "./report.ts";
import { targets, verdictOn } from "./targets.ts";
import { scenarios } from "./scenarios/mod.ts";
import { workloads } from "./workloads.ts";

function figureOf(row: string, name: string, etna: number[], redis: number[]): Figure {
  return { ...emptyFigure("core", row, name, "ms", "less"), etna, redis };
}

function runOf(figures: Figure[]): Run {
  const machine = {
    ...{ date: "2026-01-02 03:04 UTC", cpu: "A & B", cores: 2, kernel: "6", deno: "2.9.6" },
    ...{ redis: "7.0.15", commit: "abc", loadBefore: 0 },
  };
  const options = { rounds: 3, quick: false, etnaCommand: "etna" };
  const failures = [{ row: "LPUSH P=1", reason: "unknown command" }];
  return { machine, options, figures, disturbedRounds: 4, failures };
}

Deno.test("verdictOn holds the median of the ratio, or of Etna's own value, against the bound", () => {
  const ratio = (etna: number[]) =>
    verdictOn(figureOf("GET P=16", "throughput", etna, [10, 10, 10]));
  assertEquals(ratio([14, 1, 99])?.met, true);
  assertEquals(ratio([13, 1, 99])?.met, false);
  assertEquals(verdictOn(figureOf("stall", "longest stall", [5], [0.1]))?.met, true);
  assertEquals(verdictOn(figureOf("stall", "longest stall", [5.1], [100]))?.met, false);
  assertEquals(verdictOn(figureOf("PING P=16", "throughput", [1], [9])), undefined);
});

Deno.test("every target's row exists, so that none is silently never checked", () => {
  const rows = [...workloads, ...scenarios].map(({ name }) => name);
  for (const { rows: pattern } of targets) {
    assert(rows.some((row) => pattern.test(row)), `no row matches ${pattern}`);
  }
});

Deno.test("row names are unique", () => {
  const rows = [...workloads, ...scenarios].map(({ name }) => name);
  assertEquals(new Set(rows).size, rows.length);
});

Deno.test("the reports show value, ratio, spread, verdict and what could not be measured", () => {
  const run = runOf([figureOf("SET P=64", "throughput", [3000, 1500], [1000, 1000])]);
  for (const report of [terminalReport(run), markdownReport(run)]) {
    for (const part of ["2,250", "1,000", "2.25x", "1.50x - 3.00x", ">= 1.60x", "met"]) {
      assertStringIncludes(report, part);
    }
    assertStringIncludes(report, "4 rounds were disturbed");
    assertStringIncludes(report, "not measured: LPUSH P=1: unknown command");
  }
});

Deno.test("the chart is whole when a figure is missing, zero on one side or out of scale", () => {
  const svg = chart(runOf([
    figureOf("GET P=1", "throughput", [1], [0]),
    figureOf("SET P=1", "throughput", [0], [0]),
    figureOf("start-up", "exec to PONG", [200], [10]),
  ]));
  assertStringIncludes(svg, "20.00x");
  assertStringIncludes(svg, "A &amp; B");
  assert(!/NaN|Infinity|undefined/.test(svg), "a coordinate is not a number");
});
