/**
 * Runs every test: `deno task test [deno test's arguments]`.
 *
 * Builds the core, sees to it that a real redis-server is there to compare with (installing Debian's
 * where it may), runs `deno test` and closes with one line, `N passed, N failed, N skipped`.
 *
 * Random tests begin with {@link SEED}, so that a run says something of the change under test and not of
 * luck; `ETNA_SEED=new` draws another seed, as the long run does.
 *
 * Tests of {@link REAL_TIME} drive several processes by the clock, beside a real server that is as slow as the
 * machine: files of theirs that fail, if they are few, are run once more by themselves with the same seed. What
 * passes then only is named at the end; whatever else fails has failed.
 */

import { buildCore } from "../core-as/build.ts";

/** Where random tests begin unless ETNA_SEED says otherwise. */
const SEED = "2026";

/** Where tests depend on processes and the clock. */
const REAL_TIME = "./tests/integration/";
/** More files than this do not fail by the clock. */
const RETRIED_FILES = 3;

const root = new URL("..", import.meta.url).pathname;

function has(program: string): boolean {
  const path = Deno.env.get("PATH") ?? "";
  return path.split(":").some((dir) => {
    try {
      return Deno.statSync(`${dir}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

async function succeeds(program: string, ...args: string[]): Promise<boolean> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const command = new Deno.Command(program, { args, env, stdout: "null", stderr: "null" });
  return (await command.output()).success;
}

/** Installs Debian's redis-server without starting its service. @returns whether it is there now */
async function installRedis(): Promise<boolean> {
  if (!has("apt-get") || Deno.uid() !== 0) return false;
  console.log("redis-server is not here; installing Debian's to compare with ...");
  const packages = ["redis-server", "redis-tools"];
  // Debian starts what it installs; the tests start their own.
  const policy = "/usr/sbin/policy-rc.d";
  const hadPolicy = await Deno.stat(policy).then(() => true, () => false);
  if (!hadPolicy) await Deno.writeTextFile(policy, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const install = () =>
      succeeds("apt-get", "install", "-y", "--no-install-recommends", ...packages);
    if (!(await install())) {
      await succeeds("apt-get", "update");
      await install();
    }
  } finally {
    if (!hadPolicy) await Deno.remove(policy);
  }
  return has("redis-server");
}

/** The seed of this run, as ETNA_SEED asks for it. */
function chooseSeed(): string {
  const asked = Deno.env.get("ETNA_SEED") ?? SEED;
  return asked === "new" ? String(crypto.getRandomValues(new Uint32Array(1))[0]) : asked;
}

/** What came of some tests. */
interface Result {
  code: number;
  passed: number;
  failed: number;
  skipped: number;
  /** The tests that failed, by the file they are in. */
  failures: Map<string, string[]>;
}

/** Runs deno test, showing its output as it comes. */
async function runTests(args: string[], seed: string): Promise<Result> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...args],
    cwd: root,
    env: { NO_COLOR: "1", ETNA_SEED: seed },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const result = { passed: 0, failed: 0, skipped: 0, failures: new Map<string, string[]>() };
  let file = "";
  const take = (line: string) => {
    file = /^running \d+ tests? from (\S+)$/.exec(line)?.[1] ?? file;
    const failure = /^(\S.*) \.\.\. .*FAILED/.exec(line)?.[1];
    if (failure !== undefined) {
      result.failures.set(file, [...result.failures.get(file) ?? [], failure]);
    }
    const found = line.match(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/);
    if (!found) return;
    result.passed = Number(found[1]);
    result.failed = Number(found[2]);
    result.skipped = Number(line.match(/\| (\d+) ignored/)?.[1] ?? 0);
  };
  let line = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const lines = (line + text).split("\n");
    line = lines.pop()!;
    lines.forEach(take);
  }
  return { code: (await child.status).code, ...result };
}

/** Runs files that may have failed by the clock once more. @returns lines on what passed then */
async function retry(result: Result, seed: string): Promise<string[]> {
  const files = [...result.failures];
  const isFew = files.length > 0 && files.length <= RETRIED_FILES;
  if (!isFew || !files.every(([file]) => file.startsWith(REAL_TIME))) return [];
  const late: string[] = [];
  for (const [file, names] of files) {
    console.log(`${file} is run once more by itself ...`);
    const again = await runTests([file], seed);
    if (again.code !== 0 || again.failed > 0) return [];
    late.push(...new Set(names.map((name) => `passed at the second try only: ${name} (${file})`)));
  }
  result.passed += result.failed;
  result.failed = result.code = 0;
  return late;
}

await buildCore("core");
await buildCore("testing");
if (!has("redis-server") && !(await installRedis())) {
  console.log(
    "No redis-server on PATH and it cannot be installed here: the comparisons with real Redis are " +
      "skipped. Install it (Debian: apt-get install redis-server) to run them.",
  );
}
const seed = chooseSeed();
console.log(`random tests begin with ETNA_SEED=${seed}`);
const result = await runTests([...Deno.args], seed);
if (result.code !== 0) { for (const line of await retry(result, seed)) console.log(line); }
// A run that broke off before its summary has failed, whatever it counted.
const failed = result.code !== 0 && result.failed === 0 ? 1 : result.failed;
console.log(`${result.passed} passed, ${failed} failed, ${result.skipped} skipped`);
Deno.exit(failed === 0 && result.code === 0 ? 0 : 1);
