/**
 * Runs an interleaving on both servers, a step at a time, and compares what every connection received.
 *
 * After each step an administrator's connection sends PING to each server. The step's bytes were in
 * the server's socket before PING's were, so the server has executed the step, and served whoever
 * waited for it, when PONG is here: the order of commands is the same on both.
 */

import { ConnectionClosed, encodeCommand, RespClient } from "../support/resp_client.ts";
import { type Reply, RespSyntaxError, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { quote, showCommand } from "../support/text.ts";
import type { Pair } from "./check.ts";
import {
  ANSWERED_ODDLY,
  DATABASE_COUNT,
  KEYS,
  LISTENER,
  PAUSE,
  type Step,
  UNPAUSE,
} from "./interleaved.ts";

/** Where two servers part. */
export interface Parting {
  /** Index of the step; the number of steps when only what is left behind differs. */
  index: number;
  /** What differs: a connection, or a question asked at the end. */
  where: string;
  expected: string;
  got: string;
  /** What both have received, step by step, up to there. */
  transcript: string[];
  /** The steps, shrunk as far as time allowed. */
  steps: readonly Step[];
  /** What was found before anything was left out, if anything was. */
  first?: Parting;
}

const CLIENT_COUNT = LISTENER + 1;

const REPLY_TIMEOUT_MS = 20_000;
/** How long one server may lag behind the other before that is a difference. */
const PATIENCE_MS = 8000;
const SHRINKING_PATIENCE_MS = 150;
const SHRINK_BUDGET_MS = 40_000;

/** What a connection's end looks like in its text. */
const END = "(closed)";

/** What HELLO tells of the server and of the connection, and the id of a client that is gone. */
const OWN_TO_A_SERVER =
  /(\r\nversion\r\n|\r\nid\r\n|tracking-redir-broken\r\n)(\$\d+\r\n[\d.]+|:\d+)/g;

/**
 * That a consumer was made: since 7.2 XREADGROUP makes it even where there is nothing for it, so this comes at another
 * moment, or at all.
 */
const CONSUMER_MADE = /^\*4\r\n\$8\r\npmessage\r\n[^]*xgroup-createconsumer\r\n/;

/** A reply to a connection, or that there will be no more. */
interface Answer {
  connection: number;
  isEnd: boolean;
}

/** One server's end of all connections. */
class Side implements Disposable {
  readonly #clients: (RespClient | undefined)[] = [];
  readonly #ids: string[] = [];
  /** What each connection has received and nobody has compared yet. */
  readonly unread: string[] = new Array(CLIENT_COUNT).fill("");

  private constructor(readonly server: ServerHandle, readonly admin: RespClient) {}

  static async open(server: ServerHandle): Promise<Side> {
    const admin = await RespClient.connect(server, REPLY_TIMEOUT_MS);
    await admin.command("CLIENT", "UNPAUSE");
    await admin.command("CONFIG", "SET", "notify-keyspace-events", "");
    await admin.command("FLUSHALL");
    const side = new Side(server, admin);
    for (let i = 0; i < CLIENT_COUNT; i++) await side.#connect(i);
    return side;
  }

  async #connect(connection: number): Promise<void> {
    const client = await RespClient.connect(this.server, REPLY_TIMEOUT_MS);
    if (connection % 2 === 1) await client.command("HELLO", "3");
    this.#ids[connection] = textOf((await client.command("CLIENT", "ID")).reply);
    this.#clients[connection] = client;
  }

  async send(connection: number, commands: readonly string[][]): Promise<void> {
    if (this.#clients[connection] === undefined) await this.#connect(connection);
    const idsIn = (arg: string) => arg.replace(/\{id:(\d+)\}/, (_, of) => this.#ids[Number(of)]);
    const requests = commands.map((args) => encodeCommand(args.map(idsIn)));
    await this.#clients[connection]!.sendRaw(requests.join(""));
  }

  /** Ends a connection; the server has noticed when this returns. */
  async close(connection: number): Promise<void> {
    const client = this.#clients[connection];
    if (client === undefined) return;
    await client.closeWrite();
    try {
      this.unread[connection] += await client.readToEnd() + END;
    } catch (error) {
      this.unread[connection] += `(${(error as Error).message})`;
    }
    this.#drop(connection);
  }

  #drop(connection: number): void {
    this.#clients[connection]?.[Symbol.dispose]();
    this.#clients[connection] = undefined;
  }

  /** Waits until the server has done all that was sent to it. */
  async barrier(): Promise<void> {
    await this.admin.command("PING");
  }

  /** Moves what has come to {@link unread}. @returns whose replies and ends they were, messages left out */
  collect(): Answer[] {
    const answers: Answer[] = [];
    for (const [connection, client] of this.#clients.entries()) {
      for (;;) {
        const outcome = client === undefined ? undefined : take(client);
        if (outcome === undefined) break;
        if (CONSUMER_MADE.test(outcome.text)) continue;
        this.unread[connection] += outcome.text.replace(OWN_TO_A_SERVER, "$1");
        const isEnd = outcome.reply === undefined;
        if (outcome.reply?.kind !== "push") answers.push({ connection, isEnd });
        if (!isEnd) continue;
        this.#drop(connection);
        break;
      }
    }
    return answers;
  }

  [Symbol.dispose](): void {
    for (let i = 0; i < CLIENT_COUNT; i++) this.#drop(i);
    this.admin[Symbol.dispose]();
  }
}

/** The next reply if it is here, or why there will be none. */
function take(client: RespClient): { text: string; reply?: Reply } | undefined {
  try {
    const received = client.take();
    return received && { text: received.raw, reply: received.reply };
  } catch (error) {
    if (error instanceof ConnectionClosed) return { text: END };
    if (error instanceof RespSyntaxError) return { text: `(${error.message})` };
    throw error;
  }
}

/** What a client is told whose stream or group goes while it waits; since 7.2 it is what the command meets then. */
const GONE =
  /-(UNBLOCKED the stream key no longer exists|NOGROUP the consumer group this client was blocked on no longer exists)\r\n/g;
const MET_INSTEAD =
  /^-(NOGROUP No such key '.*' or consumer group '.*' in XREADGROUP|WRONGTYPE Operation against a key).*\r\n/;

/** What a connection received, in the words of 7.0 where those of a stream that has gone stand in their place. */
function withOlderWords(expected: string, got: string): string {
  for (const { 0: words, index } of expected.matchAll(GONE)) {
    got = got.slice(0, index) + got.slice(index).replace(MET_INSTEAD, words);
  }
  return got;
}

type Sending = Extract<Step, { do: "send" }>;

/** Two servers in the middle of an interleaving. */
class Session implements Disposable {
  /** Connections that wait: what they have sent and has not been answered. */
  readonly #waiting = new Map<number, string[][]>();
  /** Writes are held. */
  #paused = false;
  readonly transcript: string[] = [];

  private constructor(
    readonly oracle: Side,
    readonly subject: Side,
    readonly patienceMs: number,
  ) {}

  static async open(pair: Pair, patienceMs: number): Promise<Session> {
    return new Session(
      ...await Promise.all([Side.open(pair.oracle), Side.open(pair.subject)]),
      patienceMs,
    );
  }

  async #both<Result>(act: (side: Side) => Promise<Result>): Promise<[Result, Result]> {
    return await Promise.all([act(this.oracle), act(this.subject)]);
  }

  /** Takes a step. @returns what differs after it */
  async take(step: Step) {
    if (step.do === "send" && await this.#passesOver(step)) return undefined;
    if (step.do === "administer") {
      if (this.#paused && step.args !== UNPAUSE) return undefined;
      this.#paused = step.args === PAUSE;
    }
    this.transcript.push(showStep(step));
    await this.#both(async (side) => {
      if (step.do === "send") await side.send(step.connection, step.commands);
      else if (step.do === "close") await side.close(step.connection);
      else if (step.do === "administer") await side.admin.command(...step.args);
      else await new Promise((resolve) => setTimeout(resolve, step.durationMs));
      await side.barrier();
    });
    // Any command may wait: those of a transaction, too, when the connection has lost its MULTI.
    if (step.do === "send" && !ANSWERED_ODDLY.test(step.commands[0][0])) {
      this.#waiting.set(step.connection, [
        ...this.#waiting.get(step.connection) ?? [],
        ...step.commands,
      ]);
    }
    if (step.do === "close") this.#waiting.delete(step.connection);
    return await this.#compare();
  }

  /** Whether a step is left out: its connection waits, or real Redis's answer is a matter of luck. */
  async #passesOver({ connection, commands: [args], insists }: Sending): Promise<boolean> {
    if (this.#waiting.has(connection) && !insists) return true;
    // To unblock a client that a pause holds ends the real server.
    if (this.#paused && args[1] === "UNBLOCK") return true;
    const awaited = new Set(
      [...this.#waiting.values()].flat(2).filter((arg) => KEYS.includes(arg)),
    );
    // It wakes those who wait for what is there now in the order of a hash table.
    if (args[0] === "SWAPDB") return await this.#countKeys([...awaited]) > 1;
    // Up to 7.0 a sorted set that takes a stream's place is seen by those who wait if others wait for any stream.
    if (args[0].endsWith("STORE") && awaited.has(args[1])) {
      return await this.#countKeys([args[1]]) > 0;
    }
    return false;
  }

  /** How many of the keys are there, in whichever database. */
  async #countKeys(keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    const [found] = await this.#both(async ({ admin }) => {
      let count = 0;
      for (let database = 0; database < DATABASE_COUNT; database++) {
        await admin.command("SELECT", String(database));
        count += Number(textOf((await admin.command("EXISTS", ...keys)).reply));
      }
      return count;
    });
    return found;
  }

  async #compare() {
    const deadlineMs = performance.now() + this.patienceMs;
    for (;;) {
      for (const answer of this.oracle.collect()) this.#answered(answer);
      this.subject.collect();
      const found = this.subject.unread.map((text, i) =>
        withOlderWords(this.oracle.unread[i], text)
      );
      const at = this.oracle.unread.findIndex((text, i) => text !== found[i]);
      if (at < 0) break;
      const [expected, got] = [this.oracle.unread[at], found[at]];
      const mayCome = expected.startsWith(got) || got.startsWith(expected);
      if (!mayCome || performance.now() > deadlineMs) {
        return { where: `connection ${at}`, expected: shown(expected), got: shown(got) };
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    for (const [connection, text] of this.oracle.unread.entries()) {
      if (text === "") continue;
      this.transcript.push(`        ${connection} < ${shown(text)}`);
      this.oracle.unread[connection] = this.subject.unread[connection] = "";
    }
    return undefined;
  }

  #answered({ connection, isEnd }: Answer): void {
    const sent = this.#waiting.get(connection)?.slice(1) ?? [];
    if (isEnd || sent.length === 0) this.#waiting.delete(connection);
    else this.#waiting.set(connection, sent);
  }

  /** Compares the data and what the servers count. */
  async end() {
    const difference = await this.take({ do: "administer", args: UNPAUSE });
    if (difference) return difference;
    const questions = [
      ...Array.from({ length: DATABASE_COUNT }, (_, database) => [
        ["SELECT", String(database)],
        // Keys that have expired count until somebody looks for them.
        ["EXISTS", ...KEYS],
        ["DBSIZE"],
      ]).flat(),
      ["DEBUG", "DIGEST"],
      ["PUBSUB", "NUMPAT"],
      ["INFO", "clients"],
    ];
    for (const question of questions) {
      const [expected, got] = await this.#both(async ({ admin }) => {
        const { raw } = await admin.command(...question);
        return question[0] === "INFO" ? /blocked_clients:\d+/.exec(raw)?.[0] ?? raw : raw;
      });
      if (expected === got) continue;
      return { where: showCommand(question), expected: shown(expected), got: shown(got) };
    }
    return undefined;
  }

  [Symbol.dispose](): void {
    this.oracle[Symbol.dispose]();
    this.subject[Symbol.dispose]();
  }
}

function shown(text: string): string {
  return text === "" ? "(nothing)" : quote(text);
}

function showStep(step: Step): string {
  if (step.do === "sleep") return `sleep ${step.durationMs} ms`;
  if (step.do === "close") return `${step.connection} closes`;
  if (step.do === "administer") return `  > ${showCommand(step.args)}`;
  return step.commands.map((args) => `${step.connection} > ${showCommand(args)}`).join(" ; ");
}

async function run(
  pair: Pair,
  steps: readonly Step[],
  patienceMs: number,
): Promise<Parting | undefined> {
  using session = await Session.open(pair, patienceMs);
  const { transcript } = session;
  for (const [index, step] of steps.entries()) {
    const difference = await session.take(step);
    if (difference) return { index, ...difference, transcript, steps: steps.slice(0, index + 1) };
  }
  const difference = await session.end();
  return difference && { index: steps.length, ...difference, transcript, steps };
}

/** Whether a key that lives for a short time is waited for and looked for, as the generator of steps sees to. */
function isSound(steps: readonly Step[]): boolean {
  return steps.every((step, i) =>
    step.do !== "administer" || step.args[0] !== "PEXPIRE" ||
    steps[i + 1]?.do === "sleep" && steps[i + 2]?.do === "administer"
  );
}

/**
 * Delta debugging: leaves out ever smaller chunks of the steps as long as the servers still part,
 * wherever that is then.
 */
async function shrink(pair: Pair, found: Parting): Promise<Parting> {
  const deadlineMs = performance.now() + SHRINK_BUDGET_MS;
  let best = found;
  for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let end = best.steps.length; end > 0; end -= size) {
      if (performance.now() > deadlineMs) return best;
      const fewer = best.steps.toSpliced(Math.max(0, end - size), Math.min(size, end));
      const parting = isSound(fewer) && await run(pair, fewer, SHRINKING_PATIENCE_MS);
      if (parting) best = { ...parting, first: found };
    }
  }
  return best;
}

/** Runs the steps on both servers. Undefined when they agree. */
export async function compareInterleaving(
  pair: Pair,
  steps: readonly Step[],
): Promise<Parting | undefined> {
  const found = await run(pair, steps, PATIENCE_MS);
  return found && await shrink(pair, found);
}

const MAX_LINES_SHOWN = 80;
const MAX_FIRST_LINES_SHOWN = 30;

/** A parting as text. */
export function showParting(parting: Parting): string {
  const linesOf = ({ transcript }: Parting, most: number) =>
    transcript.slice(-most).map((line) => `    ${line}`);
  const shown = linesOf(parting, MAX_LINES_SHOWN);
  const { first } = parting;
  // Steps left out can part the servers elsewhere.
  if (first !== undefined && first.where + first.expected !== parting.where + parting.expected) {
    shown.push(
      `  found as ${first.where}`,
      `  expected  ${first.expected}`,
      `  got       ${first.got}`,
    );
    shown.push("  after", ...linesOf(first, MAX_FIRST_LINES_SHOWN));
  }
  return [
    `  ${parting.where}`,
    `  expected  ${parting.expected}`,
    `  got       ${parting.got}`,
    `  after`,
    ...shown,
  ].join("\n");
}
