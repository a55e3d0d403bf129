/**
 * What writes propagate: operation by operation as real Redis writes them into its append-only file, and
 * that they make the same data set again, on another Etna and on real Redis.
 */

import { assertEquals } from "@std/assert";
import { operationsOf, replay, startFollowed } from "../support/followed.ts";
import { findOracle, startOracle } from "../support/oracle.ts";
import { seedFromEnv } from "../support/random.ts";
import { RespClient } from "../support/resp_client.ts";
import { showCommand } from "../support/text.ts";
import { randomHllCommands } from "../../server/commands/hyperloglog/hll_random.ts";
import { propagationCases } from "./propagation_cases.ts";
import { allMakers } from "./random_makers.ts";
import { startRecording } from "./recording.ts";
import { parseScript, runScript } from "./script.ts";

const ignore = findOracle() === undefined;

/** Moments as words that do not depend on when the test runs. */
function withoutMoments(operations: string[][]): string[] {
  return operations.map((words) =>
    words.map((word, i) => {
      // The real server writes some in lower case.
      if (i === 0 || words[0] === "LMOVE" && i > 2) return word.toUpperCase();
      return word.replace(/^1[789]\d{11}(-\d+)?$/, "MOMENT$1");
    }).join(" ")
  );
}

Deno.test({
  name: "propagation / operations as real Redis writes them",
  ignore,
  fn: async (t) => {
    for (const [name, text] of Object.entries(propagationCases)) {
      await t.step(name, async () => {
        const { server, effects } = await startRecording();
        await using _ = server;
        await using etna = await startFollowed();
        const { steps } = parseScript(text);
        const startMs = Date.now();
        await Promise.all([
          runScript(server, steps, 2, startMs),
          runScript(etna as never, steps, 2, startMs),
        ]);
        assertEquals(
          withoutMoments(operationsOf(etna.effects())),
          withoutMoments(operationsOf(await effects())),
        );
      });
    }
  },
});

/** Not of HyperLogLogs: a corrupted one is changed and then refused, here as in real Redis, and nobody is told. */
const makers = allMakers.filter((maker) => maker !== randomHllCommands);

const ROUND_SIZE = 1500;
const firstSeed = seedFromEnv("ETNA_SEED");
const count = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? 9_000);

/** Questions whose answers tell whether two data sets are the same. */
async function portrait(client: RespClient): Promise<string[]> {
  const answers: string[] = [];
  for (const db of ["0", "1"]) {
    await client.command("SELECT", db);
    const keys = [...(await client.command("KEYS", "*")).raw.matchAll(/\$\d+\r\n([^\r]*)\r\n/g)];
    for (const key of keys.map(([, name]) => name).sort()) {
      for (const question of [["DEBUG", "DIGEST-VALUE"], ["PEXPIRETIME"], ["TYPE"]]) {
        const { raw } = await client.command(...question, key);
        answers.push(`${db} ${question.join(" ")} ${key}: ${raw}`);
      }
    }
  }
  answers.push((await client.command("DEBUG", "DIGEST")).raw);
  return answers;
}

Deno.test({
  name:
    `propagation / ${count} random commands done again by what they propagate, from seed ${firstSeed}`,
  ignore,
  fn: async () => {
    for (let start = 0; start < count; start += ROUND_SIZE) {
      const seed = firstSeed + start / ROUND_SIZE;
      const commands = makers[seed % makers.length](seed, ROUND_SIZE);
      await using etna = await startFollowed();
      await using oracle = await startOracle();
      await using again = await startFollowed();
      using client = await RespClient.connect(etna, 5000);
      for (let i = 0; i < commands.length; i += 100) {
        await client.pipeline(commands.slice(i, i + 100).map(({ args }) => args));
      }
      const expected = await portrait(client);
      const effects = etna.effects();
      // The last digits of distances, which can be stored, are their machine's.
      const isGeo = commands.some(({ args }) => args[0].startsWith("GEO"));
      for (const other of isGeo ? [again] : [again, oracle]) {
        using follower = await RespClient.connect(other, 5000);
        const errors = await replay(follower, effects);
        const got = await portrait(follower);
        if (errors.length === 0 && expected.join() === got.join()) continue;
        const at = expected.findIndex((answer, i) => answer !== got[i]);
        const last = operationsOf(effects).slice(-40).map((words) => `    ${showCommand(words)}`);
        throw new Error(
          [
            `repeat with ETNA_SEED=${seed} ETNA_RANDOM_COUNT=${ROUND_SIZE}; ` +
            (other === oracle ? "done again by real Redis" : "done again by Etna"),
            `  expected  ${expected[at]}`,
            `  got       ${got[at]}`,
            ...errors.slice(0, 5),
            ...last,
          ].join("\n"),
        );
      }
    }
  },
});
