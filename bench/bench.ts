/**
 * Measures Etna and Redis side by side, in one run and in alternating rounds. See `--help`.
 */

import { parseArgs } from "@std/cli";
import { chart } from "./chart.ts";
import type { Figure } from "./figures.ts";
import { describeMachine } from "./machine.ts";
import { processTree } from "./proc.ts";
import { markdownReport, type Run, terminalReport } from "./report.ts";
import { measureRounds } from "./rounds.ts";
import { scenarios } from "./scenarios/mod.ts";
import { scenarioGroup } from "./scenarios/scenario.ts";
import type { Pair, ServerSpec } from "./servers.ts";
import { Stage } from "./stage.ts";
import { type Workload, workloads } from "./workloads.ts";

const help = `Measures Etna and redis-server side by side, in alternating rounds of one run.

Usage: deno task bench [options]

  --rounds <n>            counted rounds per workload (5)
  --requests <n>          requests per round (as many as take about 2.5 s)
  --only <regex>          rows whose "group/name" matches, as in '^core/GET' or 'memory'
  --list                  print the rows and end
  --quick                 2 short rounds and small scenarios: to try, not to publish
  --json <file>           where the results go (bench/results/latest.json)
  --svg <file>            draw a chart of the ratios
  --markdown [<file>]     write the tables in Markdown, to a file or to the standard output
  --from <file,...>       measure nothing: report on saved results, the machine being that of the first
  --port <n>              Etna's port; Redis takes the next (22000)
  --etna-command <words>  how to start Etna ("deno run -A mod.ts")
  --redis-command <words> how to start Redis ("redis-server")
  --help                  this text

Servers get --port, --save "" and --appendonly no added to their command. Only one is loaded at a
time, the other stands idle. CPU is the server's own, of all its threads, from /proc. Progress goes
to the standard error, the report to the standard output. The exit code is 1 when something could
not be measured; a missed target does not change it.`;

interface Options {
  rounds: number;
  requests?: number;
  only: RegExp;
  list: boolean;
  quick: boolean;
  json: string;
  svg?: string;
  markdown?: string;
  from?: string;
  specs: Pair<ServerSpec>;
}

/** Reads the command line; ends the program for `--help` and for what it does not know. */
function readOptions(args: string[]): Options {
  const parsed = parseArgs(args, {
    boolean: ["help", "list", "quick"],
    string: [
      ...["rounds", "requests", "only", "json", "svg", "markdown", "from", "port"],
      ...["etna-command", "redis-command"],
    ],
    default: { "etna-command": "deno run -A mod.ts", "redis-command": "redis-server", only: "" },
    unknown: (name: string) => {
      return refuse(`unknown argument: ${name}`);
    },
  });
  if (parsed.help) {
    console.log(help);
    Deno.exit(0);
  }
  const port = positive("port", parsed.port) ?? 22_000;
  const words = (command: string) => command.trim().split(/\s+/);
  return {
    rounds: positive("rounds", parsed.rounds) ?? (parsed.quick ? 2 : 5),
    requests: positive("requests", parsed.requests),
    only: new RegExp(parsed.only),
    list: parsed.list,
    quick: parsed.quick,
    json: parsed.json ?? new URL("results/latest.json", import.meta.url).pathname,
    svg: parsed.svg,
    markdown: parsed.markdown,
    from: parsed.from,
    specs: {
      etna: { name: "etna", command: words(parsed["etna-command"]), port },
      redis: { name: "redis", command: words(parsed["redis-command"]), port: port + 1 },
    },
  };
}

/** A positive whole number; nothing when the option was not given. */
function positive(option: string, text?: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) {
    refuse(`--${option} needs a number, not "${text}"`);
  }
  return value;
}

function refuse(reason: string): never {
  console.error(`${reason}; see --help`);
  Deno.exit(2);
}

/** An interrupted run takes its servers, and what loads them, with it. */
function stopChildrenOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      for (const pid of processTree(Deno.pid).slice(1)) {
        try {
          Deno.kill(pid, "SIGTERM");
        } catch { /* it has ended by itself */ }
      }
      Deno.exit(130);
    });
  }
}

/** The folder that a path's file is in. */
function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1) || ".";
}

function log(text: string): void {
  console.error(text);
}

async function runWorkloads(options: Options, rows: Workload[], run: Run): Promise<void> {
  const onDisturbed = () => void run.disturbedRounds++;
  const plan = { ...options, roundMs: options.quick ? 300 : 2_500, log, onDisturbed };
  await using stage = new Stage(options.specs);
  for (const workload of rows) {
    const measured = await attempt(
      run,
      workload.name,
      async () => measureRounds(await stage.servers(workload.dataset), workload, plan),
    );
    if (!measured) await stage.clear();
  }
}

/** Keeps the figures of a row, or the reason why there are none; returns whether there are. */
async function attempt(run: Run, row: string, work: () => Promise<Figure[]>): Promise<boolean> {
  try {
    run.figures.push(...await work());
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log(`${row}: ${reason}`);
    run.failures.push({ row, reason: reason.split("\n")[0] });
    return false;
  }
}

async function runAll(options: Options): Promise<Run> {
  const { specs, rounds, quick, only } = options;
  const etnaCommand = specs.etna.command.join(" ");
  const machine = await describeMachine();
  const run: Run = {
    ...{ machine, options: { rounds, quick, etnaCommand } },
    ...{ figures: [], disturbedRounds: 0, failures: [] },
  };
  if (machine.loadBefore > 0.5) log(`the machine is not quiet: load ${machine.loadBefore}`);
  await runWorkloads(
    options,
    workloads.filter((row) => only.test(`${row.group}/${row.name}`)),
    run,
  );
  for (const scenario of scenarios) {
    if (!only.test(`${scenarioGroup}/${scenario.name}`)) continue;
    await attempt(run, scenario.name, () => scenario.run({ specs, rounds, quick, log }));
  }
  return run;
}

/** What several runs have measured: each row as the last that has it. */
function joined(runs: readonly Run[]): Run {
  const rows = new Map<string, Figure[]>();
  for (const { figures } of runs) {
    for (const [row, own] of Map.groupBy(figures, ({ group, row }) => `${group}/${row}`)) {
      rows.set(row, own);
    }
  }
  return {
    ...runs[0],
    figures: [...rows.values()].flat(),
    disturbedRounds: runs.reduce((sum, run) => sum + run.disturbedRounds, 0),
    failures: runs.flatMap((run) => run.failures),
  };
}

async function main(): Promise<void> {
  const options = readOptions(Deno.args);
  if (options.list) {
    for (const { group, name } of workloads) console.log(`${group}/${name}`);
    for (const { name } of scenarios) console.log(`${scenarioGroup}/${name}`);
    return;
  }
  stopChildrenOnSignals();
  const run: Run = options.from
    ? joined(options.from.split(",").map((file) => JSON.parse(Deno.readTextFileSync(file))))
    : await runAll(options);
  if (!options.from) {
    Deno.mkdirSync(folderOf(options.json), { recursive: true });
    Deno.writeTextFileSync(options.json, JSON.stringify(run, null, 1) + "\n");
    log(`results in ${options.json}`);
  }
  if (options.svg) Deno.writeTextFileSync(options.svg, chart(run));
  if (options.markdown) Deno.writeTextFileSync(options.markdown, markdownReport(run) + "\n");
  console.log(options.markdown === "" ? markdownReport(run) : terminalReport(run));
  if (run.failures.length > 0) Deno.exitCode = 1;
}

if (import.meta.main) await main();
