/** Turns checks into Deno tests over one pair of servers per test file. */

import { findOracle, startOracle } from "../support/oracle.ts";
import { startSubject } from "../support/subject.ts";
import { type Check, type Pair, showMismatch } from "./check.ts";

/** A pair of fresh servers; disposing stops both. */
export async function startPair(): Promise<Pair & AsyncDisposable> {
  const oracle = await startOracle();
  try {
    const subject = await startSubject();
    const stop = async () => {
      await Promise.all([oracle[Symbol.asyncDispose](), subject[Symbol.asyncDispose]()]);
    };
    return { oracle, subject, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await oracle[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Registers a test per check. The pair starts before the file's first test and stops after its
 * last. Without a redis-server the tests are ignored and a line says so.
 */
export function testChecks(checks: readonly Check[]): void {
  const ignore = findOracle() === undefined;
  if (ignore) console.log("redis-server is not installed: comparison tests are left out");

  let pair: Pair & AsyncDisposable;
  if (!ignore) {
    Deno.test.beforeAll(async () => {
      pair = await startPair();
    });
    Deno.test.afterAll(async () => {
      await pair[Symbol.asyncDispose]();
    });
  }
  for (const check of checks) {
    Deno.test({
      name: `${check.family} / ${check.name}`,
      ignore,
      // The pair outlives each single test.
      sanitizeOps: false,
      sanitizeResources: false,
      fn: async () => {
        const mismatches = await check.run(pair);
        if (mismatches.length === 0) return;
        throw new Error(
          `${pair.subject.name} differs from ${pair.oracle.name}:\n` +
            mismatches.map(showMismatch).join("\n\n"),
        );
      },
    });
  }
}
