/**
 * Simulations by the thousand: `deno task sim [COUNT [FIRST SEED [SCENARIO]]]`, a process for each core of the
 * machine. Says how it goes on, and of each seed that fails why; a seed that failed belongs among those of the
 * scenario's test.
 */

import { compileCore } from "../../core-as/host/sources.ts";
import { clusters } from "./clusters.ts";
import { replicated } from "./replicated.ts";
import { sentinels } from "./sentinels.ts";
import { singleServer } from "./single_server.ts";
import { flushedSlotMigrations, slotMigrations } from "./slot_migrations.ts";
import { watched } from "./watched.ts";

/** What can be run by the thousand. */
const SCENARIOS = {
  single: singleServer,
  replicated,
  sentinels,
  watched,
  clusters,
  "slot-migrations": slotMigrations,
  "flushed-slot-migrations": flushedSlotMigrations,
};
type Scenario = keyof typeof SCENARIOS;

/** Seeds between two lines of progress. */
const STRETCH = 100;

/** What a process has done since its last line. */
interface Progress {
  seeds: number;
  failures: string[];
  simulatedUs: number;
  events: number;
}

/** Runs every `step`th seed from `first` on, and prints its progress as lines of JSON. */
async function work(
  first: number,
  last: number,
  step: number,
  scenario: Scenario,
): Promise<void> {
  const image = await compileCore();
  let progress: Progress = { seeds: 0, failures: [], simulatedUs: 0, events: 0 };
  let running = first;
  // What nobody waits for would end a real server.
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    progress.failures.push(`seed ${running}: nobody waited for ${event.reason?.stack}`);
  });
  for (let seed = first; seed <= last; seed += step) {
    running = seed;
    try {
      const world = await SCENARIOS[scenario](seed, image);
      progress.simulatedUs += world.nowUs;
      progress.events += world.events;
    } catch (error) {
      progress.failures.push(error instanceof Error ? error.message : `${error}`);
    }
    if (++progress.seeds < STRETCH && seed + step <= last) continue;
    console.log(JSON.stringify(progress));
    progress = { seeds: 0, failures: [], simulatedUs: 0, events: 0 };
  }
}

/** Lets a process for each core run its share. @returns how many seeds failed */
async function lead(count: number, first: number, scenario: Scenario): Promise<number> {
  const startMs = performance.now();
  const total: Progress = { seeds: 0, failures: [], simulatedUs: 0, events: 0 };
  const note = (progress: Progress) => {
    total.seeds += progress.seeds;
    total.failures.push(...progress.failures);
    total.simulatedUs += progress.simulatedUs;
    total.events += progress.events;
    for (const failure of progress.failures) console.log(failure);
    const seconds = (performance.now() - startMs) / 1000;
    console.log(
      `${total.seeds} seeds, ${total.failures.length} failed, ` +
        `${(seconds * 1000 / total.seeds).toFixed(1)} ms a seed, ` +
        `${(total.simulatedUs / 1e6 / seconds).toFixed(0)} times real time, ${total.events} events`,
    );
  };
  const processes = Math.min(navigator.hardwareConcurrency, count);
  const shares = Array.from({ length: processes }, async (_, i) => {
    const args = ["run", "-A", "--no-check", import.meta.url, "--share"];
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args, `${first + i}`, `${first + count - 1}`, `${processes}`, scenario],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) note(JSON.parse(line));
    }
    if (!(await child.status).success) throw new Error("a process of the simulation has died");
  });
  await Promise.all(shares);
  return total.failures.length;
}

const named = (name = "single"): Scenario => {
  if (name in SCENARIOS) return name as Scenario;
  throw new Error(`no such scenario: ${name} (there are ${Object.keys(SCENARIOS).join(", ")})`);
};

if (Deno.args[0] === "--share") {
  const [first, last, step] = Deno.args.slice(1).map(Number);
  await work(first, last, step, named(Deno.args[4]));
} else {
  const [count = "10000", first = "1", name] = Deno.args;
  const failed = await lead(Number(count), Number(first), named(name));
  Deno.exit(failed === 0 ? 0 : 1);
}
