/**
 * The script language of the comparison cases: one step per line, run against a server over fresh
 * connections, giving a transcript. Two transcripts are compared by `compare.ts`.
 *
 * ```text
 * SET key "two\r\nlines"       send a command, read its reply
 * ~near:2 TTL key              the same, the reply compared through a mask (masks.ts)
 * @b GET key                   on connection b (opened at its first use; without @: "main")
 * =id CLIENT ID                keep the reply's text as {id} for later lines, compare its type
 * & BLPOP key 0                send a command and read nothing; the server has seen it by the next step
 * > *1\r\n$4\r\nPI             send raw bytes (escapes as in quotes) and read nothing
 * <                            read one reply; "< 3" reads three, "<~mask" masks it
 * !closed                      the server must close the connection now
 * !eof                         close the writing half and read everything up to the end
 * !silent 50                   no byte may arrive within 50 ms
 * !sleep 50                    wait
 * !hangup                      close the connection (a later use opens a new one)
 * !resp2, !resp3               (first line) run the case in this protocol only
 * # remark
 * ```
 *
 * Built-in variables: `{now+60}` and `{nowms-5}` (the same instant for both servers),
 * `{addr:b}` (connection b's own address), `{laddr}` (the server's address).
 */

import {
  ConnectionClosed,
  encodeCommand,
  ReplyTimeout,
  RespClient,
} from "../support/resp_client.ts";
import type { Address, Received } from "../support/resp_client.ts";
import { RespSyntaxError, textOf } from "../support/resp_reply.ts";
import { splitLine, unescape, utf8Binary } from "../support/text.ts";
import { isMask } from "./masks.ts";

/** RESP version. */
export type Protocol = 2 | 3;

/** What a step does; the reply it reads is compared, if it reads one. */
export type Action =
  | { do: "command" | "send"; words: string }
  | { do: "raw"; text: string }
  | { do: "read" | "closed" | "eof" | "hangup" }
  | { do: "silent" | "sleep"; durationMs: number };

/** One line of a script. */
export interface Step {
  line: string;
  connection: string;
  action: Action;
  mask?: string;
  variable?: string;
}

/** A parsed case. */
export interface Script {
  steps: Step[];
  protocols: Protocol[];
}

/** What a step brought: a reply, plain bytes up to the end, a failure in words, or nothing. */
export type Outcome =
  | { kind: "reply"; received: Received }
  | { kind: "bytes"; text: string }
  | { kind: "failure"; message: string; isTimeout: boolean }
  | { kind: "none" };

const DEFAULT_SILENCE_MS = 30;
/** How long a server that does not answer is waited for before the next step. */
const SETTLE_MS = 200;

function parseAction(rest: string, line: string): Action[] {
  const [, word, argument] = /^(\S+)\s*(.*)$/s.exec(rest) ?? [];
  const count = Number(argument || 1);
  switch (word) {
    case "&":
      return [{ do: "send", words: argument }];
    case ">":
      return [{ do: "raw", text: argument }];
    case "<":
      return Array.from({ length: count }, () => ({ do: "read" }));
    case "!closed":
      return [{ do: "closed" }];
    case "!eof":
      return [{ do: "eof" }];
    case "!hangup":
      return [{ do: "hangup" }];
    case "!sleep":
      return [{ do: "sleep", durationMs: count }];
    case "!silent":
      return [{ do: "silent", durationMs: argument ? count : DEFAULT_SILENCE_MS }];
  }
  if (word === undefined || /^[!~=]/.test(word)) throw new SyntaxError(`bad script line: ${line}`);
  return [{ do: "command", words: rest }];
}

function parseLine(line: string): Step[] {
  const prefixes = /^(?:@(\w+)\s+)?(?:=(\w+)\s+)?(<\s*)?(?:~(\S+)(?:\s+|$))?(.*)$/s.exec(line);
  const [, connection = "main", variable, reads, mask, rest] = prefixes!;
  if (mask !== undefined && !isMask(mask)) throw new SyntaxError(`no such mask: ${line}`);
  const actions = parseAction(reads ? `< ${rest}` : rest, line);
  const implied = mask ?? (variable ? "type" : undefined);
  return actions.map((action) => ({ line, connection, action, mask: implied, variable }));
}

/** Parses a script's text. */
export function parseScript(text: string): Script {
  const lines = text.split("\n").map((line) => utf8Binary(line.trim()));
  const script: Script = { steps: [], protocols: [2, 3] };
  for (const line of lines) {
    if (line === "" || line.startsWith("#")) continue;
    if (line === "!resp2") script.protocols = [2];
    else if (line === "!resp3") script.protocols = [3];
    else script.steps.push(...parseLine(line));
  }
  return script;
}

/** A script while it runs on one server: its connections and variables. */
class Run implements Disposable {
  #clients = new Map<string, RespClient>();
  /** Asks whether the server has come so far. */
  #probe: RespClient | undefined;
  #probesUnanswered = 0;
  #variables = new Map<string, string>();

  constructor(
    readonly server: Address,
    readonly protocol: Protocol,
    readonly nowMs: number,
    /** Whether the server may be asked how far it has come. */
    readonly mayProbe: boolean,
  ) {}

  async client(name: string): Promise<RespClient> {
    const known = this.#clients.get(name);
    if (known) return known;
    const client = await RespClient.connect(this.server);
    this.#clients.set(name, client);
    if (this.protocol === 3) await client.command("HELLO", "3");
    return client;
  }

  /**
   * Waits until the server has seen all that was sent: it lay in its sockets before the PING that it answers.
   * A server that sleeps is not waited for.
   */
  async settle(): Promise<void> {
    if (!this.mayProbe) return;
    try {
      this.#probe ??= await RespClient.connect(this.server);
      await this.#probe.sendRaw(encodeCommand(["PING"]));
      this.#probesUnanswered++;
      for (; this.#probesUnanswered > 0; this.#probesUnanswered--) {
        await this.#probe.read(SETTLE_MS);
      }
    } catch (error) {
      if (error instanceof ReplyTimeout) return;
      // It was killed, or one client too many.
      this.#probe?.[Symbol.dispose]();
      this.#probe = undefined;
      this.#probesUnanswered = 0;
    }
  }

  hangUp(name: string): void {
    this.#clients.get(name)?.[Symbol.dispose]();
    this.#clients.delete(name);
  }

  keep(variable: string, text: string): void {
    this.#variables.set(variable, text);
  }

  async expand(text: string): Promise<string> {
    let expanded = "";
    let at = 0;
    for (const match of text.matchAll(/\{(\w+)(?::(\w+))?([+-]\d+)?\}/g)) {
      expanded += text.slice(at, match.index) + (await this.#lookUp(match) ?? match[0]);
      at = match.index + match[0].length;
    }
    return expanded + text.slice(at);
  }

  async #lookUp([, name, argument, offset = "0"]: RegExpMatchArray) {
    if (name === "now") return String(Math.floor(this.nowMs / 1000) + Number(offset));
    if (name === "nowms") return String(this.nowMs + Number(offset));
    if (name === "addr") return (await this.client(argument ?? "main")).localAddress;
    if (name === "laddr") return (await this.client("main")).remoteAddress;
    const kept = this.#variables.get(name);
    return kept !== undefined && offset !== "0" ? String(BigInt(kept) + BigInt(offset)) : kept;
  }

  [Symbol.dispose](): void {
    for (const client of this.#clients.values()) client[Symbol.dispose]();
    this.#probe?.[Symbol.dispose]();
  }
}

async function sleep(durationMs: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, durationMs));
}

async function reply(client: RespClient): Promise<Outcome> {
  return { kind: "reply", received: await client.read() };
}

async function perform(run: Run, { action, connection }: Step): Promise<Outcome> {
  if (action.do === "sleep") {
    await sleep(action.durationMs);
    return { kind: "none" };
  }
  if (action.do === "hangup") {
    run.hangUp(connection);
    await run.settle();
    return { kind: "none" };
  }
  const client = await run.client(connection);
  switch (action.do) {
    case "command":
    case "send": {
      const args = await Promise.all(splitLine(action.words).map((word) => run.expand(word)));
      await client.sendRaw(encodeCommand(args));
      if (action.do === "command") return await reply(client);
      await run.settle();
      return { kind: "none" };
    }
    case "raw":
      await client.sendRaw(await run.expand(unescape(action.text)));
      await run.settle();
      return { kind: "none" };
    case "read":
      return await reply(client);
    case "closed":
      return { kind: "bytes", text: await client.readToEnd() };
    case "eof":
      await client.closeWrite();
      return { kind: "bytes", text: await client.readToEnd() };
    case "silent":
      await sleep(action.durationMs);
      return { kind: "bytes", text: client.unread };
  }
}

/**
 * Runs the steps in order and returns an outcome for each. A step without a reply fails with its
 * reason; after a timeout the rest is left out, since it would only time out again.
 */
export async function runScript(
  server: Address,
  steps: readonly Step[],
  protocol: Protocol,
  nowMs: number,
): Promise<Outcome[]> {
  // A MONITOR would see the probe, and a pause would hold it.
  const mayProbe = !steps.some(({ line }) => /\bMONITOR\b|CLIENT PAUSE \S+( ALL)?$/i.test(line));
  using run = new Run(server, protocol, nowMs, mayProbe);
  const outcomes: Outcome[] = [];
  for (const step of steps) {
    try {
      const outcome = await perform(run, step);
      if (step.variable && outcome.kind === "reply") {
        run.keep(step.variable, textOf(outcome.received.reply));
      }
      outcomes.push(outcome);
    } catch (error) {
      const isAnswer = error instanceof ConnectionClosed || error instanceof ReplyTimeout ||
        error instanceof RespSyntaxError;
      if (!isAnswer) throw error;
      const isTimeout = error instanceof ReplyTimeout;
      outcomes.push({ kind: "failure", message: error.message, isTimeout });
      if (!(error instanceof ConnectionClosed)) break;
    }
  }
  return outcomes;
}
