/** A check compares the two servers at one point; scripts become checks by {@link family}. */

import { type Address, RespClient } from "../support/resp_client.ts";
import { itemsOf, textOf } from "../support/resp_reply.ts";
import type { ServerHandle } from "../support/server_process.ts";
import { quote, showReply } from "../support/text.ts";
import { canonical, explainDifference, sameReply } from "./masks.ts";
import { answerOf, isAnswer, referenceRows, stepKey } from "./reference.ts";
import type { Answer, CaseRows } from "./reference_rows.ts";
import { type Outcome, parseScript, type Protocol, runScript, type Script } from "./script.ts";

/** The two servers under comparison. */
export interface Pair {
  oracle: ServerHandle;
  subject: ServerHandle;
}

/** One difference, in words ready to print. */
export interface Mismatch {
  /** Where in the check: protocol, connection, mask. */
  where: string;
  /** What was sent. */
  command: string;
  expected: string;
  got: string;
  /** Where two long replies part. */
  difference?: string;
  /** The steps before, oldest first. */
  before: string[];
}

/** One comparison with a name. */
export interface Check {
  family: string;
  /** The command it is about: reports group by it. */
  command: string;
  name: string;
  /** The script, if it is made of one. */
  script?: Script;
  run(pair: Pair): Promise<Mismatch[]>;
}

const MAX_MISMATCHES_PER_RUN = 4;
const MAX_STEPS_SHOWN_BEFORE = 12;
const MAX_LINE_SHOWN = 300;
const REPLY_INDENT = " ".repeat(12);

function show(outcome: Outcome, withBytes: boolean): string {
  switch (outcome.kind) {
    case "reply": {
      const { reply, raw } = outcome.received;
      return showReply(reply, REPLY_INDENT) + (withBytes ? `   as bytes ${quote(raw)}` : "");
    }
    case "bytes":
      return outcome.text === "" ? "(nothing more)" : quote(outcome.text);
    case "failure":
      return `(${outcome.message})`;
    case "none":
      return "(no reply asked for)";
  }
}

function sameOutcome(expected: Outcome, got: Outcome, mask?: string): boolean {
  if (expected.kind === "reply" && got.kind === "reply") {
    return sameReply(expected.received, got.received, mask);
  }
  if (expected.kind === "bytes" && got.kind === "bytes") return expected.text === got.text;
  return show(expected, false) === show(got, false);
}

function shorten(line: string): string {
  if (line.length <= MAX_LINE_SHOWN) return line;
  return `${line.slice(0, MAX_LINE_SHOWN)}... (${line.length} characters)`;
}

/** A step for which the real server has no answer is a mistake of the case. */
function isTimeout(outcome: Outcome): boolean {
  return outcome.kind === "failure" && outcome.isTimeout;
}

/**
 * What is wrong with a step that the reference answers otherwise than the oracle: what was expected, or
 * undefined. An answer that the oracle gives as well has no place in the list.
 */
function againstReference(
  answer: Answer,
  oracle: Outcome,
  got: Outcome,
  mask?: string,
): string | undefined {
  if (typeof answer !== "function") {
    if (isAnswer(answer, show(oracle, false))) {
      return "another answer of the oracle than the listed";
    }
    return isAnswer(answer, show(got, false)) ? undefined : String(answer);
  }
  if (oracle.kind !== "reply") return "a reply of the oracle";
  const reply = answer(oracle.received.reply);
  const wanted: Outcome = { kind: "reply", received: { reply, raw: "" } };
  if (canonical(oracle.received.reply) === canonical(reply)) {
    return "another answer of the oracle than the listed";
  }
  return sameOutcome(wanted, got, mask ?? "tree") ? undefined : show(wanted, false);
}

function explain(expected: Outcome, got: Outcome, mask?: string): string | undefined {
  if (expected.kind !== "reply" || got.kind !== "reply") return undefined;
  return explainDifference(expected.received.reply, got.received.reply, mask);
}

/** What a step answers to: its own line, with the raw bytes or sent command before a mere read. */
function sentAt(script: Script, index: number): string {
  const { action, connection, line } = script.steps[index];
  if (action.do === "command") return shorten(line);
  const sent = script.steps.slice(0, index).findLast((step) =>
    step.connection === connection && step.action.do !== "read"
  );
  return sent ? `${shorten(sent.line)}   then   ${line}` : line;
}

/** Compares two transcripts of a script. */
function compareTranscripts(
  script: Script,
  rows: CaseRows | undefined,
  protocol: Protocol,
  expected: Outcome[],
  got: Outcome[],
): Mismatch[] {
  const mismatches: Mismatch[] = [];
  for (const [i, step] of script.steps.entries()) {
    if (isTimeout(expected[i])) throw new Error(`the oracle lets a step wait: ${step.line}`);
    if (!got[i] || mismatches.length === MAX_MISMATCHES_PER_RUN) break;
    const answer = answerOf(rows, stepKey(script.steps, i), protocol);
    const wanted = answer && againstReference(answer, expected[i], got[i], step.mask);
    if (answer ? !wanted : sameOutcome(expected[i], got[i], step.mask)) continue;
    // The tree is easier to read; the bytes are shown when the trees look alike.
    const withBytes = show(expected[i], false) === show(got[i], false);
    mismatches.push({
      where: `RESP${protocol}, step ${i + 1} of ${script.steps.length}`,
      command: sentAt(script, i),
      expected: wanted ? `${wanted} (7.2.4)` : show(expected[i], withBytes),
      got: show(got[i], withBytes),
      difference: wanted ? undefined : explain(expected[i], got[i], step.mask),
      before: script.steps.slice(Math.max(0, i - MAX_STEPS_SHOWN_BEFORE), i)
        .map(({ line }) => shorten(line)),
    });
  }
  return mismatches;
}

/** Parameters that the script sets, so that they can be set back. */
function configuredParameters(script: Script): string[] {
  const names = script.steps.flatMap(({ line }) => {
    const found = /\bCONFIG SET (.*)$/i.exec(line);
    return found ? found[1].split(/\s+/).filter((_, i) => i % 2 === 0) : [];
  });
  return [...new Set(names.filter((name) => /^[\w-]+$/.test(name)))];
}

/** Opens an administrator's connection for the time of `body`; the server starts out empty. */
async function onCleanServer<T>(
  server: Address,
  parameters: readonly string[],
  body: () => Promise<T>,
): Promise<T> {
  using admin = await RespClient.connect(server);
  // A server without FLUSHALL fails in FLUSHALL's own check, not in every other.
  await admin.command("FLUSHALL");
  if (parameters.length === 0) return await body();

  const current = itemsOf((await admin.command("CONFIG", "GET", ...parameters)).reply).map(textOf);
  const result = await body();
  for (let i = 0; i < current.length; i += 2) {
    await admin.command("CONFIG", "SET", current[i], current[i + 1]);
  }
  return result;
}

async function runInProtocol(
  pair: Pair,
  script: Script,
  rows: CaseRows | undefined,
  protocol: Protocol,
) {
  const nowMs = Date.now();
  const parameters = configuredParameters(script);
  const transcript = (server: Address) =>
    onCleanServer(
      server,
      parameters,
      () => runScript(server, script.steps, protocol, nowMs),
    );
  const [expected, got] = await Promise.all([transcript(pair.oracle), transcript(pair.subject)]);
  return compareTranscripts(script, rows, protocol, expected, got);
}

/** Reports what went wrong alike in both protocols once. */
function foldProtocols(mismatches: readonly Mismatch[]): Mismatch[] {
  const byText = Map.groupBy(mismatches, (mismatch) => {
    const { where, command, expected, got } = mismatch;
    return JSON.stringify([where.replace(/^RESP\d/, ""), command, expected, got]);
  });
  return [...byText.values()].map(([first, ...others]) =>
    others.length === 0 ? first : { ...first, where: first.where.replace(/^RESP\d/, "RESP2 and 3") }
  );
}

/** A check made of a script; `name` begins with the command and a colon. */
export function scriptCheck(
  family: string,
  name: string,
  text: string,
  rows: CaseRows | undefined = referenceRows(`${family} / ${name}`),
): Check {
  const script = parseScript(text);
  const run = async (pair: Pair) => {
    const mismatches: Mismatch[] = [];
    for (const protocol of script.protocols) {
      mismatches.push(...await runInProtocol(pair, script, rows, protocol));
    }
    return foldProtocols(mismatches);
  };
  return { family, command: name.split(":")[0], name, script, run };
}

/** The checks of a table of scripts. */
export function family(name: string, cases: Record<string, string>): Check[] {
  return Object.entries(cases).map(([title, text]) => scriptCheck(name, title, text));
}

/** A mismatch as a readable block. */
export function showMismatch(mismatch: Mismatch): string {
  const lines = [
    `  ${mismatch.where}`,
    `  command   ${mismatch.command}`,
    `  expected  ${mismatch.expected}`,
    `  got       ${mismatch.got}`,
  ];
  if (mismatch.difference) lines.push(`  differs   ${mismatch.difference}`);
  if (mismatch.before.length > 0) lines.push("  after", ...mismatch.before.map((l) => `    ${l}`));
  return lines.join("\n");
}
