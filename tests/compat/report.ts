/**
 * Runs every fixed check without stopping and prints the differences grouped by command:
 *
 * ```sh
 * deno run -A tests/compat/report.ts                 # a line per difference, then a summary
 * deno run -A tests/compat/report.ts --full SET      # in full, of checks whose name has "SET"
 * ```
 *
 * Exit code 1 when there is a difference.
 */

import { allChecks } from "./all_checks.ts";
import { type Check, type Mismatch, type Pair, showMismatch } from "./check.ts";
import { startPair } from "./harness.ts";

interface Result {
  check: Check;
  mismatches: Mismatch[];
}

const MAX_LINE_LENGTH = 110;

function oneLine(text: string): string {
  const line = text.replace(/\s*\n\s*/g, " ");
  return line.length > MAX_LINE_LENGTH ? line.slice(0, MAX_LINE_LENGTH) + "..." : line;
}

async function runCheck(check: Check, pair: Pair): Promise<Result> {
  try {
    return { check, mismatches: await check.run(pair) };
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    const where = "the check itself failed";
    const mismatch = { where, command: check.name, expected: "an answer", got, before: [] };
    return { check, mismatches: [mismatch] };
  }
}

function printResult({ check, mismatches }: Result, isFull: boolean): void {
  if (mismatches.length === 0) return;
  console.log(`\n${check.family} / ${check.name}`);
  for (const mismatch of mismatches) {
    if (isFull) console.log(showMismatch(mismatch) + "\n");
    else {
      console.log(
        `  ${oneLine(mismatch.command)}   [${mismatch.where}]\n` +
          `    expected ${oneLine(mismatch.expected)}\n    got      ${oneLine(mismatch.got)}`,
      );
      if (mismatch.difference) console.log(`    differs  ${oneLine(mismatch.difference)}`);
    }
  }
}

function printSummary(results: readonly Result[]): void {
  const byCommand = Map.groupBy(results, ({ check }) => check.command);
  const failing = [...byCommand].map(([command, all]) => ({
    command,
    total: all.length,
    failed: all.filter(({ mismatches }) => mismatches.length > 0).length,
  })).filter(({ failed }) => failed > 0);

  console.log("\nchecks that differ, by command");
  for (const { command, total, failed } of failing.sort((a, b) => b.failed - a.failed)) {
    console.log(`  ${command.padEnd(36)} ${failed} of ${total}`);
  }
  const failedCount = failing.reduce((sum, { failed }) => sum + failed, 0);
  console.log(`\n${results.length - failedCount} of ${results.length} checks agree`);
}

if (import.meta.main) {
  const isFull = Deno.args.includes("--full");
  const wanted = Deno.args.filter((word) => word !== "--full").map((word) => word.toLowerCase());
  const checks = allChecks.filter(({ family, name }) =>
    wanted.every((word) => `${family} / ${name}`.toLowerCase().includes(word))
  );
  await using pair = await startPair();
  const results: Result[] = [];
  for (const check of checks) {
    const result = await runCheck(check, pair);
    printResult(result, isFull);
    results.push(result);
  }
  printSummary(results);
  Deno.exitCode = results.some(({ mismatches }) => mismatches.length > 0) ? 1 : 0;
}
