/** The list of where the reference differs names cases and steps that there are. */

import { assertEquals } from "@std/assert";
import { findOracle } from "../support/oracle.ts";
import { allChecks } from "./all_checks.ts";
import { scriptCheck } from "./check.ts";
import { startPair } from "./harness.ts";
import { answerOf, isAnswer, stepKey } from "./reference.ts";
import { REFUSED } from "./reference_refused.ts";
import { type CaseRows, REFERENCE_ROWS } from "./reference_rows.ts";

Deno.test("reference: every row names a step of a case", () => {
  const known = new Map(allChecks.map((check) => [`${check.family} / ${check.name}`, check]));
  const unknown = Object.entries(REFERENCE_ROWS).flatMap(([name, rows]) => {
    const steps = known.get(name)?.script?.steps;
    if (!steps) return [name];
    const keys = new Set(steps.map((_, i) => stepKey(steps, i)));
    return Object.keys(rows).filter((key) => !keys.has(key)).map((key) => `${name}: ${key}`);
  });
  assertEquals(unknown, []);
  const refused = REFUSED.flatMap(({ name, steps }) => {
    const lines = known.get(name)?.script?.steps.map(({ line }) => line);
    if (!lines) return [name];
    return Object.keys(steps).filter((step) =>
      !lines.includes(step) || step in (REFERENCE_ROWS[name] ?? {})
    );
  });
  assertEquals(refused, []);
});

Deno.test({
  name: "reference: a difference is on the list or fails, and one on the list must be one",
  ignore: findOracle() === undefined,
  fn: async () => {
    await using pair = await startPair();
    const differs = "CONFIG GET transport";
    const same = "ECHO a";
    const mismatches = async (rows: CaseRows) => {
      const found = await scriptCheck("reference", "tried", `!resp2\n${differs}\n${same}`, rows)
        .run(pair);
      return found.map(({ command }) => command);
    };
    const answer = '(array of 2) "transport" "auto"';
    assertEquals(await mismatches({}), [differs]);
    assertEquals(await mismatches({ [differs]: answer }), []);
    assertEquals(await mismatches({ [differs]: "(empty array)" }), [differs]);
    assertEquals(await mismatches({ [differs]: answer, [same]: '"a"' }), [same]);
  },
});

Deno.test("reference: answers by protocol, in words or as a pattern", () => {
  const rows = { "GET k": "(integer) 1", "GET k #2": { resp3: /^\+ OK$/ } };
  assertEquals(stepKey([{ line: "GET k" }, { line: "GET k" }], 1), "GET k #2");
  assertEquals(answerOf(rows, "GET k", 2), "(integer) 1");
  assertEquals(answerOf(rows, "GET k #2", 2), undefined);
  assertEquals(isAnswer(rows["GET k #2"].resp3, "+ OK"), true);
  assertEquals(isAnswer("(array of 1) 2", "(array of 1)\n   2"), true);
  assertEquals(isAnswer("(array of 1) 2", "(array of 1)\n   3"), false);
});
