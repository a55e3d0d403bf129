/**
 * Where the reference version, 7.2.4, answers otherwise than the redis-server beside the tests.
 *
 * A step of a case that is listed here must be answered as the list says, and the server beside must
 * differ from it: an expectation that both servers meet fails like one that Etna misses. All other steps
 * are compared with the server beside. The answers were measured with these very cases.
 */

import { type CaseRows, REFERENCE_ROWS } from "./reference_rows.ts";

/** The rows of a case named `family / name`. */
export function referenceRows(caseName: string): CaseRows | undefined {
  return REFERENCE_ROWS[caseName];
}

/** A step's key in a case's rows. */
export function stepKey(steps: readonly { line: string }[], index: number): string {
  const { line } = steps[index];
  const nth = steps.slice(0, index + 1).filter((step) => step.line === line).length;
  return nth === 1 ? line : `${line} #${nth}`;
}

/** The row for a step in a protocol. */
export function answerOf(rows: CaseRows | undefined, key: string, protocol: 2 | 3) {
  const answer = rows?.[key];
  if (answer === undefined || typeof answer !== "object" || answer instanceof RegExp) return answer;
  return protocol === 2 ? answer.resp2 : answer.resp3;
}

/** A shown reply on one line. */
export function onOneLine(shown: string): string {
  return shown.replace(/\s+/g, " ").trim();
}

/** Whether a shown reply is the one that a row names. */
export function isAnswer(answer: string | RegExp, shown: string): boolean {
  const line = onOneLine(shown);
  return typeof answer === "string" ? line === answer : answer.test(line);
}
