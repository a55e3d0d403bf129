/**
 * The invalidation messages of random commands, sent by clients in all modes of tracking, against real
 * Redis. ETNA_SEED repeats a run, ETNA_RANDOM_COUNT sets the number of commands (default 2000).
 */

import { findOracle } from "../../../tests/support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import type { ServerHandle } from "../../../tests/support/server_process.ts";
import { quote, showCommand } from "../../../tests/support/text.ts";
import { startPair } from "../../../tests/compat/harness.ts";
import { allMakers } from "../../../tests/compat/random_makers.ts";

const DEFAULT_COUNT = 2000;
const ROUND_SIZE = 500;
const TIMEOUT_MS = 10_000;

/** The client that another one redirects to. It only listens: where its own replies and such a message meet is chance. */
const REDIRECTED_TO = 0;
/** How clients track. */
const clients: (readonly string[])[] = [
  [],
  ["ON"],
  ["ON", "NOLOOP"],
  ["ON", "BCAST", "PREFIX", "k1", "PREFIX", "k2"],
  ["ON", "BCAST", "NOLOOP"],
  ["ON", "REDIRECT"],
  [],
];

interface Step {
  client: number;
  args: string[];
}

function randomSteps(seed: number, count: number): Step[] {
  const random = new SeededRandom(seed);
  const steps: Step[] = [];
  for (const { args } of allMakers[seed % allMakers.length](seed, count)) {
    // A read now and then, so that there is something to tell of.
    if (random.chance(0.3)) {
      const keys = Array.from({ length: random.between(1, 3) }, () => `k${random.below(9)}`);
      steps.push({ client: random.between(1, clients.length - 1), args: ["EXISTS", ...keys] });
    }
    steps.push({ client: random.between(1, clients.length - 1), args });
  }
  return steps;
}

/** A server with a connection for each client. */
class Session implements Disposable {
  private constructor(readonly connections: RespClient[]) {}

  static async open(server: ServerHandle): Promise<Session> {
    const connections: RespClient[] = [];
    for (const modes of clients) {
      const client = await RespClient.connect(server, TIMEOUT_MS);
      connections.push(client);
      await client.command("HELLO", "3");
      if (connections.length === 1) {
        await client.command("FLUSHALL");
        await client.command("DEBUG", "SET-ACTIVE-EXPIRE", "0");
      }
      const target = modes.at(-1) === "REDIRECT"
        ? [(await connections[REDIRECTED_TO].command("CLIENT", "ID")).raw.slice(1).trim()]
        : [];
      if (modes.length !== 0) await client.command("CLIENT", "TRACKING", ...modes, ...target);
    }
    return new Session(connections);
  }

  /** What each client hears because of a step; `(reply)` stands for the step's own reply. */
  async run({ client, args }: Step): Promise<string> {
    const heard: string[][] = clients.map(() => []);
    await this.#heardUntilReply(client, args, heard[client]);
    heard[client].push("(reply)");
    // Replies come in order, and in a later turn: what was pushed before has come by then.
    await Promise.all(
      this.connections.map((_, i) => this.#heardUntilReply(i, ["ECHO", "."], heard[i])),
    );
    return heard.map((messages) => messages.map(quote).join(" ")).join("\n");
  }

  async #heardUntilReply(index: number, args: string[], heard: string[]): Promise<void> {
    const connection = this.connections[index];
    let received = await connection.command(...args);
    while (received.reply.kind === "push") {
      heard.push(received.raw);
      received = await connection.read();
    }
  }

  [Symbol.dispose](): void {
    for (const connection of this.connections) connection[Symbol.dispose]();
  }
}

const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? DEFAULT_COUNT);

Deno.test({
  name: `random / invalidations of ${count} commands from seed ${firstSeed}`,
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      using oracle = await Session.open(pair.oracle);
      using subject = await Session.open(pair.subject);
      const steps = randomSteps(seed, ROUND_SIZE);
      for (const [i, step] of steps.entries()) {
        const [expected, got] = await Promise.all([oracle.run(step), subject.run(step)]);
        if (expected === got) continue;
        const named = step.args.slice(1).filter((arg) => arg !== "");
        const before = steps.slice(0, i).filter(({ args }) =>
          args.some((arg) => named.includes(arg))
        )
          .slice(-12)
          .map(({ client, args }) => `    ${client}: ${showCommand(args)}`);
        throw new Error(
          `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}\n` +
            `client ${step.client}: ${showCommand(step.args)}\n` +
            `expected, by client:\n${expected}\ngot\n${got}\nafter\n${before.join("\n")}`,
        );
      }
    }
  },
});
