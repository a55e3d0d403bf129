/**
 * Runs every test: `deno task test [deno test's arguments]`.
 *
 * Builds the core, sees to it that a real redis-server is there to compare with (installing Debian's
 * where it may), runs `deno test` and closes with one line, `N passed, N failed, N skipped`.
 *
 * Random tests begin with {@link SEED}, so that a run says something of the change under test and not of
 * luck; `ETNA_SEED=new` draws another seed, as the long run does.
 */

import { buildCore } from "../core-as/build.ts";

/** Where random tests begin unless ETNA_SEED says otherwise. */
const SEED = "2026";

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

/** Runs deno test, showing its output as it comes. @returns its exit status and its closing counts */
async function runTests(args: string[], seed: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...args],
    cwd: root,
    env: { NO_COLOR: "1", ETNA_SEED: seed },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let line = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    const lines = (line + text).split("\n");
    line = lines.pop()!;
    for (const whole of lines) {
      const found = whole.match(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/);
      if (!found) continue;
      counts.passed = Number(found[1]);
      counts.failed = Number(found[2]);
      counts.skipped = Number(whole.match(/\| (\d+) ignored/)?.[1] ?? 0);
    }
  }
  return { code: (await child.status).code, ...counts };
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
// A run that broke off before its summary has failed, whatever it counted.
const failed = result.code !== 0 && result.failed === 0 ? 1 : result.failed;
console.log(`${result.passed} passed, ${failed} failed, ${result.skipped} skipped`);
Deno.exit(failed === 0 && result.code === 0 ? 0 : 1);
