import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/ports.ts";

const root = new URL("../../", import.meta.url).pathname;

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

function etna(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "mod.ts", ...args],
    cwd: root,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function end(child: Deno.ChildProcess): Promise<Ended> {
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function answers(port: number): Promise<boolean> {
  for (let tries = 0; tries < 2400; tries++) {
    try {
      const socket = await Deno.connect({ port });
      await socket.write(new TextEncoder().encode("PING\r\n"));
      const bytes = new Uint8Array(16);
      const count = await socket.read(bytes);
      socket.close();
      return new TextDecoder().decode(bytes.subarray(0, count ?? 0)) === "+PONG\r\n";
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
  return false;
}

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`${signal} ends the server cleanly, and the log is Redis's`, async () => {
    const port = freePort();
    const child = etna("--port", String(port), "--save", "");
    assert(await answers(port));
    child.kill(signal);
    const { code, stdout } = await end(child);
    assertEquals(code, 0);
    for (const line of stdout.trimEnd().split("\n")) {
      assertMatch(line, /^\d+:[CMSX] \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} [.*#-] /);
    }
    assertStringIncludes(stdout, "Ready to accept connections");
    assertStringIncludes(stdout, `Received ${signal} scheduling shutdown...`);
  });
}

Deno.test("always-show-logo: the process stands in the log before the server is ready", async () => {
  const port = freePort();
  const child = etna("--port", String(port), "--save", "", "--always-show-logo", "yes");
  assert(await answers(port));
  child.kill("SIGTERM");
  const { stdout } = await end(child);
  assertMatch(stdout, new RegExp(` PID: ${child.pid}\\n[^]*Server initialized`));
});

Deno.test("a second server on the port says so and fails", async () => {
  const port = freePort();
  const first = etna("--port", String(port), "--save", "");
  assert(await answers(port));
  const second = await end(etna("--port", String(port)));
  assert(second.code !== 0);
  assertMatch(second.stdout + second.stderr, /bind: Address already in use/);
  first.kill("SIGTERM");
  await end(first);
});

Deno.test("a server that cannot start tells its log file, where it has one", async () => {
  const dir = Deno.makeTempDirSync();
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const options = ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", dir];
  const said = `Failed listening on port ${port} (TCP), aborting.`;
  const without = await end(etna(...options));
  assertEquals(without.code, 1);
  assertStringIncludes(without.stderr, said);
  const { code, stdout, stderr } = await end(etna(...options, "--logfile", `${dir}/log`));
  assertEquals([code, stdout, stderr], [1, "", ""]);
  assertStringIncludes(Deno.readTextFileSync(`${dir}/log`), ` # ${said}`);
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("a log file that cannot be opened is a reason not to start", async () => {
  const dir = Deno.makeTempDirSync();
  for (
    const [path, reason] of [["none/log", "No such file or directory"], [".", "Is a directory"]]
  ) {
    const { code, stderr } = await end(etna("--dir", dir, "--logfile", path));
    assertEquals(code, 1);
    assertMatch(stderr, /FATAL CONFIG FILE ERROR/);
    assertStringIncludes(stderr, `Can't open the log file: ${reason}\n`);
  }
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("a user whose name has a blank is refused, as one that was quoted by mistake has", async () => {
  const port = `${freePort()}`;
  const { code, stdout, stderr } = await end(etna("--port", port, "--user", "reader on >password"));
  assertEquals(code, 1);
  assertStringIncludes(stdout, " # Spaces not allowed in ACL usernames\n");
  assertStringIncludes(stderr, "Critical error while loading ACLs. Exiting.\n");
});

Deno.test("a wrong option is shown with its line", async () => {
  const { code, stderr } = await end(etna("--hz", "often"));
  assertEquals(code, 1);
  assertStringIncludes(stderr, "FATAL CONFIG FILE ERROR");
  assertStringIncludes(stderr, "often");
});

Deno.test("a configuration file, options over it, and a log file", async () => {
  const dir = Deno.makeTempDirSync();
  const port = freePort();
  Deno.writeTextFileSync(
    `${dir}/redis.conf`,
    `port 1\nmaxclients 77\ndir ${dir}\nlogfile ${dir}/log\n`,
  );
  const child = etna(`${dir}/redis.conf`, "--port", String(port));
  assert(await answers(port));
  child.kill("SIGTERM");
  const { code, stdout } = await end(child);
  assertEquals([code, stdout], [0, ""]);
  assertStringIncludes(Deno.readTextFileSync(`${dir}/log`), "Ready to accept connections");
  Deno.removeSync(dir, { recursive: true });
});

Deno.test("--help fits a screen and --version names both versions", async () => {
  const help = await end(etna("--help"));
  assertEquals(help.code, 0);
  assert(help.stdout.split("\n").length <= 25);
  const version = await end(etna("--version"));
  assertMatch(version.stdout, /Etna server v=\d+\.\d+\.\d+ .*7\.2\.4/);
});

Deno.test("a device as the configuration file stays one", async () => {
  const dir = await Deno.makeTempDir();
  try {
    // A null device of the test's own, where it may make one.
    const path = `${dir}/null`;
    const made = new Deno.Command("mknod", { args: [path, "c", "1", "3"], stderr: "null" });
    if (!(await made.output()).success) return;
    const port = freePort();
    const child = etna(path, "--sentinel", "--port", String(port), "--dir", dir);
    assert(await answers(port));
    child.kill("SIGTERM");
    const { stdout } = await end(child);
    assertStringIncludes(stdout, "Sentinel new configuration saved on disk");
    assertEquals((await Deno.stat(path)).isCharDevice, true);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
