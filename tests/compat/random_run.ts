/** Runs random commands against both servers and shrinks the history of a difference. */

import {
  ConnectionClosed,
  encodeCommand,
  type Received,
  ReplyTimeout,
  RespClient,
} from "../support/resp_client.ts";
import { itemsOf, RespSyntaxError, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { showCommand, showReply } from "../support/text.ts";
import type { Pair } from "./check.ts";
import { sameReply } from "./masks.ts";
import { DATABASE_COUNT, KEYS, type RandomCommand } from "./random_commands.ts";
import type { Protocol } from "./script.ts";

/** The first difference of a sequence. */
export interface Difference {
  /** Index of the command in the sequence; its length when only the data differ afterwards. */
  index: number;
  command: RandomCommand;
  expected: string;
  got: string;
  /** What has to run before, shrunk as far as time allowed. */
  history: RandomCommand[];
}

const BATCH_SIZE = 200;
const REPLY_TIMEOUT_MS = 20_000;
const SHRINK_BUDGET_MS = 15_000;

/** A connection to each server, both servers emptied. */
class Session implements Disposable {
  private constructor(readonly oracle: RespClient, readonly subject: RespClient) {}

  static async open(pair: Pair, protocol: Protocol): Promise<Session> {
    const open = async (server: ServerHandle) => {
      const client = await RespClient.connect(server, REPLY_TIMEOUT_MS);
      await client.command("HELLO", String(protocol));
      await client.command("FLUSHALL");
      return client;
    };
    return new Session(await open(pair.oracle), await open(pair.subject));
  }

  /** The replies of both; a subject that fails to answer gives its reason as an error reply. */
  async run(commands: readonly RandomCommand[]): Promise<[Received, Received][]> {
    const args = commands.map((command) => command.args);
    const [expected, got] = await Promise.all([
      this.oracle.pipeline(args),
      pipelineOrReason(this.subject, args),
    ]);
    return expected.map((reply, i) => [reply, got[i]]);
  }

  [Symbol.dispose](): void {
    this.oracle[Symbol.dispose]();
    this.subject[Symbol.dispose]();
  }
}

async function pipelineOrReason(client: RespClient, args: string[][]): Promise<Received[]> {
  const replies: Received[] = [];
  const sent = client.sendRaw(args.map((words) => encodeCommand(words)).join(""));
  try {
    while (replies.length < args.length) replies.push(await client.read());
    await sent;
  } catch (error) {
    const isAnswer = error instanceof ConnectionClosed || error instanceof ReplyTimeout ||
      error instanceof RespSyntaxError;
    if (!isAnswer) throw error;
    const failed: Received = { reply: { kind: "error", text: `(${error.message})` }, raw: "" };
    while (replies.length < args.length) replies.push(failed);
  }
  return replies;
}

/** The first command of the sequence whose replies differ, with those replies. */
async function firstDifference(session: Session, commands: readonly RandomCommand[]) {
  for (let start = 0; start < commands.length; start += BATCH_SIZE) {
    const batch = commands.slice(start, start + BATCH_SIZE);
    const replies = await session.run(batch);
    const at = replies.findIndex(([expected, got], i) => !sameReply(expected, got, batch[i].mask));
    if (at >= 0) return { index: start + at, replies: replies[at] };
  }
  return undefined;
}

const DIGEST: RandomCommand = { args: ["DEBUG", "DIGEST"] };

/** Commands that read out what the digest does not tell of the keys that there are by then. */
async function metadataCommands(session: Session): Promise<RandomCommand[]> {
  const commands: RandomCommand[] = [];
  for (let database = 0; database < DATABASE_COUNT; database++) {
    const select = ["SELECT", String(database)];
    const scan = ["SCAN", "0", "COUNT", "1000000"];
    const [, [scanned]] = await session.run([{ args: select }, { args: scan, mask: "unordered" }]);
    const keys = itemsOf(itemsOf(scanned.reply)[1]).map(textOf).sort();
    commands.push({ args: select }, { args: scan, mask: "unordered" });
    for (const key of keys) {
      commands.push(
        { args: ["TYPE", key] },
        // A small list is a listpack here, as in Redis 7.2, and a quicklist in 7.0; what ZRANGESTORE took by
        // score or by member is a skiplist, and a listpack there.
        { args: ["OBJECT", "ENCODING", key], mask: "except:listpack|quicklist|skiplist" },
        { args: ["PEXPIRETIME", key], mask: "near:3000" },
      );
    }
  }
  return commands;
}

/** How a type's value is read out. */
const CONTENT: Record<string, (key: string) => RandomCommand> = {
  string: (key) => ({ args: ["GET", key] }),
  list: (key) => ({ args: ["LRANGE", key, "0", "-1"] }),
  set: (key) => ({ args: ["SMEMBERS", key], mask: "unordered" }),
  zset: (key) => ({ args: ["ZRANGE", key, "0", "-1", "WITHSCORES"] }),
  hash: (key) => ({ args: ["HGETALL", key], mask: "pairs" }),
  stream: (key) => ({ args: ["XRANGE", key, "-", "+"] }),
};

/** The same commands, and behind each TYPE those that read the value. */
async function withContents(
  session: Session,
  metadata: readonly RandomCommand[],
): Promise<RandomCommand[]> {
  const types = await session.run(metadata);
  return metadata.flatMap((command, i) => {
    if (command.args[0] !== "TYPE") return [command];
    const content = CONTENT[textOf(types[i][0].reply)];
    const key = command.args[1];
    return [command, ...content ? [content(key)] : [], { args: ["DEBUG", "DIGEST-VALUE", key] }];
  });
}

/**
 * Commands that show where the data sets differ, by the first difference among them; undefined when
 * the data sets are the same.
 */
async function differingDump(session: Session) {
  const isSame = await firstDifference(session, [DIGEST]) === undefined;
  const metadata = await metadataCommands(session);
  // A key that has expired counts until somebody looks for it: the dump has looked for all of them.
  const commands = isSame ? metadata : [...await withContents(session, metadata), DIGEST];
  const found = await firstDifference(session, commands);
  return found && { commands, ...found };
}

/**
 * Runs the sequence on both servers, then compares the whole data. Undefined when they agree;
 * otherwise the first difference with a shrunken history.
 */
export async function compareSequence(
  pair: Pair,
  commands: readonly RandomCommand[],
  protocol: Protocol,
): Promise<Difference | undefined> {
  let sequence = commands;
  let found;
  {
    using session = await Session.open(pair, protocol);
    found = await firstDifference(session, commands);
    if (!found) {
      const differing = await differingDump(session);
      if (!differing) return undefined;
      sequence = [...commands, ...differing.commands];
      found = { index: commands.length + differing.index, replies: differing.replies };
    }
  }
  const [expected, got] = found.replies;
  return {
    index: Math.min(found.index, commands.length),
    command: sequence[found.index],
    expected: showReply(expected.reply, "            "),
    got: showReply(got.reply, "            "),
    history: await shrink(pair, sequence.slice(0, found.index), sequence[found.index], protocol),
  };
}

/** The keys that a command names. */
function keysOf(command: RandomCommand): string[] {
  return command.args.slice(1).filter((arg) => KEYS.includes(arg));
}

/** The part of the history that can have touched the command's keys, through any chain of keys. */
function relatedHistory(history: readonly RandomCommand[], last: RandomCommand): RandomCommand[] {
  const related = new Set(keysOf(last));
  const kept: RandomCommand[] = [];
  for (const command of history.toReversed()) {
    const keys = keysOf(command);
    if (keys.length > 0 && !keys.some((key) => related.has(key))) continue;
    for (const key of keys) related.add(key);
    kept.push(command);
  }
  return kept.reverse();
}

/**
 * Delta debugging: leaves out ever smaller chunks of the history as long as the last command's
 * replies still differ. Returns the smallest history found within the time budget.
 */
async function shrink(
  pair: Pair,
  history: readonly RandomCommand[],
  last: RandomCommand,
  protocol: Protocol,
): Promise<RandomCommand[]> {
  const deadlineMs = performance.now() + SHRINK_BUDGET_MS;
  const stillDiffers = async (candidate: readonly RandomCommand[]) => {
    using session = await Session.open(pair, protocol);
    for (let start = 0; start < candidate.length; start += BATCH_SIZE) {
      await session.run(candidate.slice(start, start + BATCH_SIZE));
    }
    const [[expected, got]] = await session.run([last]);
    return !sameReply(expected, got, last.mask);
  };

  const related = relatedHistory(history, last);
  let kept = await stillDiffers(related) ? related : [...history];
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : size >> 1) {
    for (let end = kept.length; end > 0; end -= size) {
      if (performance.now() > deadlineMs) return kept;
      const candidate = kept.toSpliced(Math.max(0, end - size), Math.min(size, end));
      if (await stillDiffers(candidate)) kept = candidate;
    }
  }
  return kept;
}

const MAX_HISTORY_SHOWN = 60;

/** A difference as text. */
export function showDifference(difference: Difference): string {
  const { history, command, index } = difference;
  const shown = history.slice(-MAX_HISTORY_SHOWN).map(({ args }) => `    ${showCommand(args)}`);
  if (history.length > shown.length) shown.unshift(`    ... ${history.length} commands in all`);
  return [
    `  at command ${index}`,
    `  command   ${showCommand(command.args)}`,
    `  expected  ${difference.expected}`,
    `  got       ${difference.got}`,
    `  after`,
    ...shown,
  ].join("\n");
}
