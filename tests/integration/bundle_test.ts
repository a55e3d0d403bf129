/** The one file: it runs anywhere where Deno does, and takes nothing along but itself. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { bundle } from "../../server/bundle/bundle.ts";
import { freePort } from "../support/ports.ts";
import { RespClient } from "../support/resp_client.ts";
import { type ServerHandle, startServer } from "../support/server_process.ts";

const directory = await Deno.makeTempDir({ prefix: "etna-bundle-" });
const file = `${directory}/etna.js`;
await bundle(file);

/** Deno with nothing but itself: no packages, no configuration, nobody on the network to ask. */
const BARE = {
  env: { DENO_DIR: `${directory}/empty`, NO_COLOR: "1" },
  args: ["run", "--cached-only", "--no-remote", "--no-npm", "--no-config"],
};

/** All that it needs. */
const LEAST = ["--allow-net", "--allow-read=.", "--allow-write=."];

/** Starts the file as a program, with what Deno is to grant it. */
const startFile = (...permissions: string[]) => start(permissions, file);

function start(before: string[], path: string, ...words: string[]): Promise<ServerHandle> {
  return startServer({
    name: "etna.js",
    command: Deno.execPath(),
    args: (port) => [...BARE.args, ...before, path, ...words, "--port", `${port}`],
    env: BARE.env,
  });
}

/** Runs a module beside the file. @returns what it prints */
async function runBeside(code: string): Promise<string> {
  const path = `${directory}/beside.js`;
  await Deno.writeTextFile(path, code);
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...BARE.args, "-A", path],
    env: BARE.env,
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

Deno.test("the bundle serves without a network, a cache or the sources", async () => {
  await using server = await startFile("-A");
  using client = await RespClient.connect(server);
  const ask = async (...args: string[]) => (await client.command(...args)).raw;
  assertEquals(await ask("SET", "k", "v"), "+OK\r\n");
  assertEquals(await ask("EVAL", "return redis.call('GET', KEYS[1])", "1", "k"), "$1\r\nv\r\n");
  assertEquals(await ask("SAVE"), "+OK\r\n");
});

Deno.test("a bundle that is called etna-sentinel is a Sentinel", async () => {
  const named = `${directory}/etna-sentinel`;
  await Deno.symlink(file, named);
  const config = `${directory}/sentinel.conf`;
  await Deno.writeTextFile(config, "sentinel monitor group 127.0.0.1 1 1\n");
  await using server = await start(["-A"], named, config);
  using client = await RespClient.connect(server);
  assertStringIncludes((await client.command("ROLE")).raw, "sentinel");
});

Deno.test("net and the working directory are all that it must be granted", async () => {
  await using server = await startFile(...LEAST);
  using client = await RespClient.connect(server);
  const ask = async (...args: string[]) => (await client.command(...args)).raw;
  assertEquals(await ask("SET", "k", "v"), "+OK\r\n");
  assertEquals(await ask("SAVE"), "+OK\r\n");
  assertEquals(await ask("EVAL", "return 1", "0"), ":1\r\n");
  assertStringIncludes(await ask("INFO"), "redis_version:");
  // What Deno reads of /proc for those alone who may do everything, Node's interface tells.
  assertMatch(await ask("INFO", "cpu"), /^used_cpu_user:(?!0\.0+\r)/m);
  assertMatch(await ask("INFO", "memory"), /^used_memory_rss:\d{7,}/m);
  assertStringIncludes(await server.output!(), "Clients are served by the deno transport");
});

Deno.test("what is missing of them is said in a line", async () => {
  for (
    const [granted, flag] of [["--allow-net", "--allow-read"], ["--allow-read=.", "--allow-net"]]
  ) {
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...BARE.args, "--no-prompt", granted, file, "--port", `${freePort()}`],
      env: BARE.env,
      clearEnv: true,
      cwd: directory,
      stdout: "null",
    }).output();
    assert(!success);
    const lines = new TextDecoder().decode(stderr).trim().split("\n");
    assertEquals(lines.length, 1, lines.join("\n"));
    if (flag === "--allow-read") assertStringIncludes(lines[0], flag);
    else assertStringIncludes(lines[0], "Failed listening on port");
  }
  const log = [...LEAST, "--no-prompt", file, "--logfile", "/log"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...BARE.args, ...log, "--port", `${freePort()}`],
    env: BARE.env,
    cwd: directory,
  }).output();
  assert(!success);
  assertMatch(new TextDecoder().decode(stderr), /^Can't open the log file: .*--allow-write/m);
});

Deno.test("the bundle is the module, too", async () => {
  const said = await runBeside(`
    import { ReplyError, start } from "./etna.js";
    const etna = await start();
    await etna.call("SET", "k", "v");
    console.log(await etna.call("GET", "k"), await etna.call("EVAL", "return 1", 0));
    await etna.call("INCR", "k").catch((error) => console.log(error instanceof ReplyError));
    await etna.close();
  `);
  assertEquals(said, "v 1\ntrue\n");
});

Deno.test("the bundle has neither a compiler nor what only tests use", async () => {
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", new URL("../../server/bundle/program.ts", import.meta.url).href],
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(output.stdout));
  const specifiers: string[] = modules.map(({ specifier }: { specifier: string }) => specifier);
  const packages = specifiers.filter((specifier) => specifier.startsWith("npm:"));
  assertEquals(packages.map((name) => name.replace(/@[^@]*$/, "")), ["npm:/@logtape/logtape"]);
  for (const specifier of specifiers) assert(!/\/tests\/|build\.ts$/.test(specifier), specifier);
  assert((await Deno.stat(file)).size < 3 << 20);
  // Nor does it tell where it was made.
  assert(!/^\/\/ \.\.\//m.test(await Deno.readTextFile(file)));
});

/** Compiles the program in a process of its own. */
async function compileWith(env: Record<string, string>) {
  const script = new URL("../../server/bundle/compile.ts", import.meta.url).href;
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, "--output", `${directory}/compiled`],
    env: { NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  return { success, text: decoder.decode(stdout) + decoder.decode(stderr) };
}

Deno.test("a compiled program embeds the bundle and nothing else", async () => {
  // Deno itself stands for its runtime: the program is not run, it is looked at.
  const { success, text } = await compileWith({ DENORT_BIN: Deno.execPath() });
  assert(success, text);
  const embedded = text.slice(text.indexOf("Embedded Files"), text.indexOf("Files:"));
  assertEquals(embedded.match(/\S+\.\w+ \(.*?\)/g)?.map((file) => file.split(" ")[0]), ["etna.js"]);
  assert(Number(text.match(/^Files: ([\d.]+)MB$/m)?.[1]) < 3, text);
});

Deno.test("where the runtime cannot be had it is said what is missing", async () => {
  const { success, text } = await compileWith({ DENORT_BIN: `${directory}/none` });
  assert(!success);
  assertStringIncludes(text, "DENORT_BIN=/path/to/denort");
});

globalThis.addEventListener("unload", () => Deno.removeSync(directory, { recursive: true }));
