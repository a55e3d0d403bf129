/**
 * Long arguments: every command and subcommand, with an argument of many megabytes in each place where one
 * can stand, called within the process on bytes that are in the core already. Nothing may throw, and none
 * may hold the others up for long.
 */

import { assert, assertEquals } from "@std/assert";
import { Config } from "../../server/config/config.ts";
import { startServer } from "../../server/main.ts";
import { type Connection, Gate } from "../../server/net/connection.ts";
import type { Server } from "../../server/server.ts";
import { allForms } from "../support/command_forms.ts";
import { testEnvironment } from "../support/environment.ts";

/** A client in name only: what it is sent is dropped. */
function connect(server: Server): Connection {
  const link = {
    kind: "loopback" as const,
    fd: -1,
    flush: (connection: Connection) => server.output.drop(connection),
    setReading: () => {},
    setNoDelay: () => {},
    close: () => {},
  };
  const connection = server.accepted(link, "test:1", "test:2") as Connection;
  connection.authenticated = true;
  connection.gate &= ~Gate.AUTH;
  return connection;
}

/** An argument of many bytes, which lie in core memory. */
interface Long {
  readonly ptr: number;
  readonly bytes: number;
}

/** Executes a command, the argument at `at` replaced. @returns ms that it took */
function execute(
  connection: Connection,
  server: Server,
  words: readonly string[],
  at = -1,
  long: Long = { ptr: 0, bytes: 0 },
): number {
  const { core, output, dispatcher } = server;
  const { id } = server.registry.find(words[0])!;
  const startMs = performance.now();
  core.withArguments(words, () => {
    if (at >= 0) {
      const slot = (core.u32[core.at.ARGV] >>> 2) + at * 2;
      core.u32[slot] = long.ptr;
      core.u32[slot + 1] = long.bytes;
    }
    server.commandStartUs = server.clock.monotonicUs();
    output.begin(connection);
    dispatcher.execute(connection, id);
    output.end(connection);
    output.drop(connection);
  });
  return performance.now() - startMs;
}

/** A key of each type, named after the group of commands for it. */
const KEYS = [
  ["SET", "string", "1"],
  ["RPUSH", "list", "a", "b"],
  ["SADD", "set", "a", "v"],
  ["HSET", "hash", "v", "1"],
  ["ZADD", "sorted-set", "1", "v"],
  ["XADD", "stream", "1-1", "v", "v"],
  ["XGROUP", "CREATE", "stream", "v", "0"],
  ["GEOADD", "geo", "1", "1", "v"],
  ["PFADD", "hyperloglog", "v"],
  ["SETBIT", "bitmap", "7", "1"],
];

/** What ends the process, or is meant to take long. */
const NOT_TRIED = /^(SHUTDOWN|DEBUG (SEGFAULT|SLEEP|POPULATE))/;

/** Those who want to hear of every key: each makes strings of its own. */
function observe(server: Server): Connection {
  const client = connect(server);
  execute(client, server, ["CONFIG", "SET", "notify-keyspace-events", "KEA"]);
  execute(connect(server), server, ["PSUBSCRIBE", "*"]);
  execute(connect(server), server, ["CLIENT", "TRACKING", "ON", "BCAST"]);
  execute(connect(server), server, ["WATCH", "a key"]);
  execute(client, server, ["CLIENT", "TRACKING", "ON"]);
  return client;
}

/** Tries all forms. @returns what was wrong, and the longest time that a command took */
async function sweep(bytes: number, fill: number, observed: boolean, wanted = /^/) {
  const config = new Config(Deno.cwd());
  const options = {
    save: "",
    "enable-debug-command": "yes",
    "client-output-buffer-limit": "normal 0 0 0 pubsub 0 0 0",
  };
  for (const [name, value] of Object.entries(options)) {
    assertEquals(config.configure(name as "save", [value]), undefined);
  }
  const running = await startServer({ config, embedded: true, listens: false }, testEnvironment());
  const { server } = running;
  const { core } = server;
  const wrong: string[] = [];
  Object.assign(server.log, { warning: (text: string) => void wrong.push(text) });
  const long = { ptr: core.x.allocate(bytes), bytes };
  core.u8.fill(fill, long.ptr, long.ptr + bytes);
  const reader = observed ? observe(server) : null;
  let longest = { ms: 0, words: "" };
  let tried = 0;
  for (const { command, words, values } of allForms(server.registry, (group) => group)) {
    if (NOT_TRIED.test(words.join(" ")) || !wanted.test(words.join(" "))) continue;
    // A name of a subcommand, an option, whatever comes last: they may be long, too.
    for (const at of new Set([...values, words.length - 1])) {
      if (at === 0) continue;
      const shown = words.map((word, i) => i === at ? `<${bytes} bytes>` : word).join(" ");
      const keeper = connect(server);
      execute(keeper, server, ["FLUSHALL"]);
      for (const made of KEYS) execute(keeper, server, made);
      const client = command.spec.flags.includes("readonly") ? reader ?? keeper : keeper;
      wrong.length = 0;
      try {
        const ms = execute(client, server, words, at, long);
        if (ms > longest.ms) longest = { ms, words: shown };
        server.endTurn();
      } catch (error) {
        wrong.push(`${error}`);
      }
      const problem = wrong.find((text) => /Bug|Error/.test(text));
      assert(problem === undefined, `${shown}: ${problem}`);
      if (client !== keeper) assert(!client.closed, shown);
      server.lost(keeper, "");
      server.endTurn();
      tried++;
    }
  }
  await running.close();
  return { tried, longest };
}

/** Redis needs a few hundred ms for the worst of them; one byte at a time as a string was 2 s and more. */
const MOST_MS = 5000;

/** Such an argument cannot be a string at all. */
const TOO_LONG_BYTES = 2 ** 29;
const KEEPS_OR_SHOWS_NAMES =
  /^(AUTH|HELLO|WATCH|BLPOP|BLMOVE|BZPOPMIN|CLIENT (SETNAME|SETINFO|KILL|TRACKING)|CONFIG|PSUBSCRIBE|XREAD |GET |SET |DEBUG LOG|COMMAND INFO|PUBLISH)/;

Deno.test("no command is held up by an argument of 64 MB", async () => {
  const { tried, longest } = await sweep(2 ** 26, 97, false);
  assert(tried > 1500, `${tried}`);
  assert(longest.ms < MOST_MS, `${longest.words}: ${longest.ms} ms`);
});

Deno.test("nor while others listen to all that happens", async () => {
  const { tried, longest } = await sweep(2 ** 22, 97, true);
  assert(tried > 1500, `${tried}`);
  assert(longest.ms < MOST_MS / 16, `${longest.words}: ${longest.ms} ms`);
});

Deno.test("an argument of 512 MB, which no string can hold, is answered", async () => {
  const { tried } = await sweep(TOO_LONG_BYTES, 97, true, KEEPS_OR_SHOWS_NAMES);
  assert(tried > 100, `${tried}`);
});
