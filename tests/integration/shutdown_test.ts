/** How a server ends: by a signal, which SHUTDOWN ABORT can take back, and by a crash. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { encodeCommand, RespClient } from "../support/resp_client.ts";
import { textOf } from "../support/resp_reply.ts";

const root = new URL("../../", import.meta.url).pathname;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A server of its own process in a directory of its own, and a client of it. */
class Subject implements AsyncDisposable {
  private constructor(
    readonly child: Deno.ChildProcess,
    readonly client: RespClient,
    readonly directory: string,
    readonly output: Promise<string>,
  ) {}

  static async start(...options: string[]): Promise<Subject> {
    const directory = await Deno.makeTempDir({ prefix: "etna-shutdown-" });
    const port = freePort();
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "mod.ts", "--port", `${port}`, "--dir", directory],
        ...["--enable-debug-command", "yes", ...options],
      ],
      cwd: root,
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    const output = new Response(child.stdout).text();
    for (;;) {
      try {
        const client = await RespClient.connect({ host: "127.0.0.1", port });
        return new Subject(child, client, directory, output);
      } catch {
        await pause(25);
      }
    }
  }

  async ask(line: string): Promise<string> {
    return textOf((await this.client.command(...line.split(" "))).reply);
  }

  /** Names in the directory. */
  files(): string[] {
    return [...Deno.readDirSync(this.directory)].map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    try {
      this.child.kill("SIGKILL");
    } catch { /* it has ended */ }
    await this.child.status;
    await this.output;
    await Deno.remove(this.directory, { recursive: true });
  }
}

Deno.test("shutdown: SHUTDOWN ABORT takes a SIGTERM back", async () => {
  await using subject = await Subject.start("--save", "");
  const { child, output } = subject;
  assertEquals(await subject.ask("SHUTDOWN ABORT"), "ERR No shutdown in progress.");
  await subject.ask("DEBUG PAUSE-CRON 1");
  child.kill("SIGTERM");
  await pause(50);
  assertEquals(await subject.ask("SHUTDOWN ABORT"), "OK");
  await subject.ask("DEBUG PAUSE-CRON 0");
  await pause(300);
  assertEquals(await subject.ask("PING"), "PONG");
  assertEquals(await subject.ask("SHUTDOWN ABORT"), "ERR No shutdown in progress.");
  child.kill("SIGTERM");
  assertEquals((await child.status).code, 0);
  const log = await output;
  assertStringIncludes(log, "Shutdown manually aborted.");
  assertStringIncludes(log, "User requested shutdown...");
});

Deno.test("shutdown: not before an append-only file that was switched on has its first base", async () => {
  await using subject = await Subject.start("--save", "");
  await subject.ask("DEBUG POPULATE 50000 key 100");
  await subject.client.sendRaw(
    [["CONFIG", "SET", "appendonly", "yes"], ["SHUTDOWN"], ["PING"]].map(encodeCommand).join(""),
  );
  const replies: string[] = [];
  for (let i = 0; i < 3; i++) replies.push(textOf((await subject.client.read()).reply));
  assertEquals(replies, ["OK", "ERR Errors trying to SHUTDOWN. Check logs.", "PONG"]);
  await subject.client.sendRaw(encodeCommand(["SHUTDOWN", "FORCE"]));
  assertEquals((await subject.child.status).code, 0);
  const log = await subject.output;
  assertStringIncludes(log, "Writing initial AOF, can't exit");
  assertStringIncludes(log, "Errors trying to shut down the server.");
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`shutdown: ${signal} leaves no half of a snapshot`, async () => {
    await using subject = await Subject.start("--save", "");
    await subject.ask("DEBUG POPULATE 300000 key 200");
    await subject.ask("BGSAVE");
    for (let i = 0; i < 50 && !subject.files().some((name) => name.startsWith("temp-")); i++) {
      await pause(2);
    }
    assert(subject.files().some((name) => name.startsWith("temp-")), `${subject.files()}`);
    subject.child.kill(signal);
    assertEquals((await subject.child.status).code, 0);
    assertEquals(subject.files(), []);
  });
}

Deno.test("shutdown: a signal does what its option says", async () => {
  await using subject = await Subject.start("--save", "", "--shutdown-on-sigterm", "save");
  await subject.ask("SET k v");
  subject.child.kill("SIGTERM");
  assertEquals((await subject.child.status).code, 0);
  assertEquals(subject.files(), ["dump.rdb"]);
});

const CRASHES: Record<string, (subject: Subject) => Promise<void> | void> = {
  "SIGABRT": ({ child }) => child.kill("SIGABRT"),
  "SIGSEGV": ({ client }) => client.sendRaw(encodeCommand(["DEBUG", "SEGFAULT"])),
};
for (const [signal, crash] of Object.entries(CRASHES)) {
  Deno.test(`crash: a report in the log, and an end by ${signal}`, async () => {
    await using subject = await Subject.start("--save", "");
    await subject.ask("CLIENT SETNAME witness");
    await crash(subject);
    const status = await subject.child.status;
    assertEquals(status.signal, signal);
    const log = await subject.output;
    assertMatch(log, new RegExp(`crashed by signal: \\d+, ${signal}\\n`));
    for (const part of ["STACK TRACE", "# Server\r\n", "redis_version:", "name=witness"]) {
      assertStringIncludes(log, part);
    }
  });
}
