/** The execution envelope: in somebody's name, nested, and with all as it was afterwards. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { testEnvironment } from "../../tests/support/environment.ts";
import { OWNER } from "../acl/users.ts";
import { Config } from "../config/config.ts";
import { startServer } from "../main.ts";
import { LoopbackClient } from "../net/loopback.ts";
import type { ReplyValue } from "../resp/decoder.ts";
import { ReplyError } from "../resp/decoder.ts";
import type { Server } from "../server.ts";
import { Capture } from "./capture.ts";

async function withServer(body: (server: Server, client: LoopbackClient) => Promise<void> | void) {
  const running = await startServer(
    { config: new Config("/"), embedded: true, listens: false },
    testEnvironment(),
  );
  try {
    await body(running.server, new LoopbackClient(running.server));
  } finally {
    await running.close();
  }
}

/** Runs a command in the name of a capture. @returns what it replied */
function run(server: Server, capture: Capture, db: number, ...words: string[]): ReplyValue[] {
  const { core, registry, execution } = server;
  const saved = core.withArguments(words, () => core.x.commandSave())!;
  const commandId = registry.find(words[0])!.id;
  try {
    execution.run({ connection: capture.connection, commandId, db, saved, ownUnit: true });
    return capture.take();
  } finally {
    core.x.free(saved);
  }
}

Deno.test("a capture reads replies as typed values, large ones and errors, too", () =>
  withServer((server) => {
    const capture = new Capture(server.output, OWNER);
    assertEquals(run(server, capture, 0, "SET", "k", "v"), ["OK"]);
    assertEquals(run(server, capture, 3, "EXISTS", "k"), [0]);
    assertEquals(run(server, capture, 0, "HSET", "h", "f", "v"), [1]);
    assertEquals(run(server, capture, 0, "HGETALL", "h"), [new Map([["f", "v"]])]);
    assertEquals(run(server, capture, 0, "GET", "none"), [null]);
    const large = "x".repeat(300_000);
    run(server, capture, 0, "SET", "large", large);
    assertEquals(run(server, capture, 0, "GET", "large"), [large]);
    const [error] = run(server, capture, 0, "INCR", "k");
    assert(error instanceof ReplyError && error.message.includes("not an integer"));
  }));

Deno.test("a command within a command leaves everything as it was", () =>
  withServer(async (server, client) => {
    const capture = new Capture(server.output, OWNER);
    const echo = server.registry.find("echo")!;
    const { run: ran } = echo as unknown as { run: (c: unknown) => void };
    const { core } = server;
    // ECHO that does something else first, in another database, as scripts will.
    Object.assign(echo, {
      run: (c: { db: number; argc: number; arg(i: number): string }) => {
        const before = [c.db, c.argc, c.arg(1), core.u32[core.at.OUT_MUTED]];
        assertEquals(run(server, capture, 5, "SET", "inner", "value"), ["OK"]);
        assertEquals(run(server, capture, 5, "GET", "inner"), ["value"]);
        assertEquals([c.db, c.argc, c.arg(1), core.u32[core.at.OUT_MUTED]], before);
        ran(c);
      },
    });
    try {
      assertEquals(await client.call(["ECHO", "outer"], false), "outer");
      await client.call(["MULTI"], false);
      await client.call(["ECHO", "queued"], false);
      assertEquals(await client.call(["EXEC"], false), ["queued"]);
      assertEquals(await client.call(["EXISTS", "inner"], false), 0);
    } finally {
      Object.assign(echo, { run: ran });
    }
  }));

Deno.test("what is thrown in another's name goes on, and nothing stays behind", () =>
  withServer(async (server, client) => {
    const capture = new Capture(server.output, OWNER);
    const { core, execution, registry } = server;
    const saved = core.withArguments(["PING"], () => core.x.commandSave())!;
    const { id: commandId } = registry.find("ping")!;
    const behalf = { connection: capture.connection, commandId, db: 2, saved, ownUnit: true };
    assertThrows(
      () =>
        execution.nested(behalf, () => {
          throw new Error("thrown");
        }),
      Error,
      "thrown",
    );
    core.x.free(saved);
    assertEquals(server.output.current, null);
    assertEquals(await client.call(["PING"], false), "PONG");
  }));
