import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { loadConfig } from "../../config/command_line.ts";
import { Config } from "../../config/config.ts";
import { ConfigFilesHost } from "../../config/host.ts";
import { realDisk } from "../../env/real/disk.ts";
import { startServer } from "../../main.ts";
import { LoopbackClient } from "../../net/loopback.ts";
import { testEnvironment } from "../../../tests/support/environment.ts";

type Call = (...args: (string | number)[]) => Promise<unknown>;

/** Runs a test against a server that was started with a configuration file. */
async function withFile(text: string, body: (call: Call, path: string) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/etna.conf`;
  await Deno.writeTextFile(path, text);
  const config = new Config(directory);
  const host = new ConfigFilesHost(realDisk(), directory);
  const command = { action: "serve", file: path, stdin: false, optionText: "", sentinel: false };
  const loaded = loadConfig(config, command as Parameters<typeof loadConfig>[1], host);
  const running = await startServer(
    { config, loaded, embedded: true, listens: false },
    testEnvironment(),
  );
  const client = new LoopbackClient(running.server);
  try {
    await body((...args) => client.call(args, false), path);
  } finally {
    await running.close();
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("CONFIG REWRITE: puts what CONFIG SET changed into the file that was read", () =>
  withFile("# mine\nmaxclients 50\n", async (call, path) => {
    assertEquals(await call("CONFIG", "SET", "maxclients", 60, "hz", 20), "OK");
    assertEquals(await call("CONFIG", "REWRITE"), "OK");
    const text = await Deno.readTextFile(path);
    assertStringIncludes(text, "# mine\nmaxclients 60\n");
    assertStringIncludes(text, "\nhz 20\n");
    assertStringIncludes(await call("INFO", "server") as string, `\r\nconfig_file:${path}\r\n`);
  }));

Deno.test("CONFIG SET: acts at once, on all of the options or none", () =>
  withFile("enable-protected-configs yes\n", async (call) => {
    const message = await assertRejects(
      () => call("CONFIG", "SET", "maxmemory", 1, "dir", "/no such directory"),
    );
    assertEquals(
      `${message}`,
      "ReplyError: ERR CONFIG SET failed (possibly related to argument 'dir') - No such file or directory",
    );
    assertEquals(await call("SET", "k", "v"), "OK");
    await call("CONFIG", "SET", "maxmemory", 1, "dir", "/");
    assertEquals(await call("CONFIG", "GET", "dir"), new Map([["dir", "/"]]));
    await assertRejects(() => call("SET", "k", "v"), "OOM");
  }));

Deno.test("CONFIG SET: protected options need permission", () =>
  withFile("", async (call) => {
    await assertRejects(() => call("CONFIG", "SET", "dir", "/"), "can't set protected config");
  }));
