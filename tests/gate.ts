/**
 * The gate, `deno task ok`: format, lint, types, layering and generated files. Prints what is wrong
 * and how to put it right; exits with status 1 when anything is.
 */

import { buildCore } from "../core-as/build.ts";
import { checkLayering } from "./layering.ts";

const root = new URL("..", import.meta.url).pathname;

async function deno(...args: string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: root });
  return (await command.output().then(show)).success;
}

function show(output: Deno.CommandOutput): Deno.CommandOutput {
  if (!output.success) {
    Deno.stdout.writeSync(output.stdout);
    Deno.stderr.writeSync(output.stderr);
  }
  return output;
}

await buildCore("core");
await buildCore("testing");

/** Rooms whose types are checked; asc checks those of core-as/assembly. */
const CHECKED = ["server", "persistence", "cluster", "core-as/host", "tests", "bench"];

const steps: [name: string, run: () => Promise<boolean> | boolean, cure: string][] = [
  ["format", () => deno("fmt", "--check"), "deno fmt"],
  ["lint", () => deno("lint"), "see above"],
  ["types", () => deno("check", "mod.ts", ...CHECKED), "see above"],
  ["layering", () => checkLayering(root), "see above"],
  [
    "generated files",
    () => deno("run", "-A", "tests/generate.ts", "--check"),
    "deno run -A tests/generate.ts",
  ],
];

let wrong = 0;
for (const [name, run, cure] of steps) {
  const good = await run();
  console.log(`${good ? "ok  " : "WRONG"} ${name}${good ? "" : ` (${cure})`}`);
  if (!good) wrong++;
}
Deno.exit(wrong === 0 ? 0 : 1);
