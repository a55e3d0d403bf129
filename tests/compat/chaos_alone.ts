/**
 * Chaos in a memory that runs out again and again: no call may trap, hang or close its connection, and what
 * all of it took must be free again once all keys are gone.
 */

import { ConnectionClosed, ReplyTimeout, RespClient } from "../support/resp_client.ts";
import { RespSyntaxError, textOf } from "../support/resp_reply.ts";
import { SeededRandom } from "../support/random.ts";
import { type ServerHandle, startServer } from "../support/server_process.ts";
import { showCommand } from "../support/text.ts";
import { chaosCommands } from "./chaos.ts";
import { alone } from "./chaos_rules.ts";
import type { Shape } from "./chaos_shapes.ts";

const REPOSITORY_ROOT = new URL("../../", import.meta.url).pathname;
/** The least that a core takes. */
const CORE_BYTES = 32 * 2 ** 20;
/** Longer than any call takes on a busy machine. */
const HANG_MS = 20_000;
const BATCH_SIZE = 50;
/** What tables may keep of their size beyond what they hold. */
const LEAK_BYTES = 16 * 1024;
const BUG = "Bug, please report it";
const NO_ROOM = "no memory for its";

/** Starts Etna in the smallest core. */
export function startSmall(): Promise<ServerHandle> {
  return startServer({
    name: "etna in a small memory",
    command: Deno.execPath(),
    cwd: REPOSITORY_ROOT,
    args: (port, dir) => [
      ...["run", "-A", "--no-check", "tests/support/small_server.ts", String(CORE_BYTES)],
      ...[
        "--port",
        String(port),
        "--dir",
        dir,
        "--save",
        "",
        "--slowlog-log-slower-than",
        "-1",
        "--loglevel",
        "verbose",
      ],
    ],
  });
}

/** How many values of which size take the whole memory, the large ones first. */
const LARGE_FILLERS = [[700_000, 48], [70_000, 12], [9000, 20]];
/** Sizes of which a page holds many: they are taken by the hundred, and by ever fewer when no more go in. */
const SMALL_FILLER_BYTES = [2000, 500, 300, 100, 60, 30, 8];
const SMALL_FILLER_COUNTS = [500, 500, 500, 100, 100, 100, 20, 20, 20, 5, 5, 1, 1];

/** Takes memory in pieces of all sizes by keys of other names than those of the calls, and gives it back. */
class Filler {
  #taken = 0;

  constructor(readonly random: SeededRandom) {}

  /** Takes what is left, or the small pieces of it. */
  take(withLarge: boolean): string[][] {
    const large = withLarge ? LARGE_FILLERS : [];
    const { random } = this;
    const small = (bytes: number, count: number) => [
      "MSET",
      ...Array.from({ length: count }, () => [this.#name(), "x".repeat(bytes - random.below(8))])
        .flat(),
    ];
    return [
      ...large.flatMap(([bytes, count]) =>
        Array.from({ length: count }, () => ["SETRANGE", this.#name(), String(bytes), "x"])
      ),
      ...SMALL_FILLER_BYTES.flatMap((bytes) =>
        SMALL_FILLER_COUNTS.map((count) => small(bytes, count))
      ),
    ];
  }

  #name(): string {
    return `filler:${this.#taken++}`;
  }

  give(): string[] {
    const name = () => `filler:${this.random.below(this.#taken + 1)}`;
    return ["DEL", ...Array.from({ length: this.random.pick([1, 3, 20]) }, name)];
  }
}

/** Commands of one round, most of it in a memory filled to the brim. */
export function aloneCommands(shapes: readonly Shape[], seed: number, count: number): string[][] {
  const random = new SeededRandom(seed ^ 0x5eed);
  const filler = new Filler(random);
  const calls = chaosCommands(shapes, alone, seed, count).map(({ args }) => args);
  const fillAt = random.below(calls.length >> 1);
  return calls.flatMap((args, i) => {
    if (i === fillAt) return [...filler.take(true), args];
    if (i > fillAt && random.chance(0.01)) return [...filler.take(false), args];
    return i > fillAt && random.chance(0.1) ? [filler.give(), args] : [args];
  });
}

async function usedMemory(client: RespClient): Promise<number> {
  const { reply } = await client.command("INFO", "memory");
  return Number(/used_memory:(\d+)/.exec(textOf(reply))?.[1]);
}

/** Ends what a transaction or another database may have left, deletes everything. @returns used_memory */
async function emptied(client: RespClient): Promise<number> {
  await client.command("DISCARD");
  await client.command("UNWATCH");
  await client.command("SELECT", "0");
  const { reply } = await client.command("FLUSHALL", "SYNC");
  if (textOf(reply) !== "OK") throw new Error(`FLUSHALL: ${textOf(reply)}`);
  return await usedMemory(client);
}

/** Sends a batch. @returns what came instead of its replies, undefined if they came */
async function failure(client: RespClient, batch: readonly (readonly string[])[]) {
  try {
    await client.pipeline(batch);
  } catch (error) {
    const isKnown = error instanceof ConnectionClosed || error instanceof ReplyTimeout ||
      error instanceof RespSyntaxError;
    if (!isKnown) throw error;
    return error;
  }
}

/** Runs a sequence. @returns what went wrong in words, undefined if nothing did */
export async function trouble(
  server: ServerHandle,
  commands: readonly (readonly string[])[],
): Promise<string | undefined> {
  const printedBefore = (await server.output!()).length;
  const printed = async () => (await server.output!()).slice(printedBefore);
  const connect = () => RespClient.connect(server, HANG_MS);
  let client = await connect();
  try {
    const before = await emptied(client);
    let refusals = 0;
    for (let start = 0; start < commands.length; start += BATCH_SIZE) {
      const batch = commands.slice(start, start + BATCH_SIZE);
      const error = await failure(client, batch);
      if (error === undefined) continue;
      // Where there is no room for half a request or a reply, the client has to go.
      const refused = (await printed()).split(NO_ROOM).length - 1;
      if (error instanceof ConnectionClosed && refused > refusals) {
        refusals = refused;
        client = await connect();
        continue;
      }
      const shown = batch.map((words) => showCommand(words).slice(0, 300)).join("\n    ");
      return `${error.message} in command ${start} and on\n    ${shown}\n${await printed()}`;
    }
    const leaked = await emptied(client) - before;
    if ((await printed()).includes(BUG)) return await printed();
    return leaked > LEAK_BYTES ? `${leaked} bytes are not free again` : undefined;
  } finally {
    client[Symbol.dispose]();
  }
}
