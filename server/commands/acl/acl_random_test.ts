/**
 * Users with random rules, asked by ACL DRYRUN about every command in every form, beside real Redis. ETNA_SEED
 * repeats a run, ETNA_RANDOM_COUNT sets the number of users (default 40).
 */

import { startPair } from "../../../tests/compat/harness.ts";
import { sameReply } from "../../../tests/compat/masks.ts";
import { allForms } from "../../../tests/support/command_forms.ts";
import { findOracle } from "../../../tests/support/oracle.ts";
import { SeededRandom, seedFromEnv } from "../../../tests/support/random.ts";
import { RespClient } from "../../../tests/support/resp_client.ts";
import { textOf } from "../../../tests/support/resp_reply.ts";
import { aclCategories } from "../command_info.ts";
import { families } from "../families.ts";
import { Registry } from "../registry.ts";

const seed = seedFromEnv("ETNA_SEED");
const userCount = Number(Deno.env.get("ETNA_RANDOM_COUNT") ?? 40);
/** Rules tried one by one, as some are refused. */
const RULES_PER_USER = 24;

const registry = new Registry(families);
/** Of SET, whose keys 7.0 then cannot tell. */
const NEWER_OPTIONS = ["IFEQ", "IFNE", "IFDEQ", "IFDNE"];
const KEYS = ["a", "ab", "b", "x*", "r1", "w[1]", ""];

function randomRule(random: SeededRandom, names: readonly string[], isWithin = false): string {
  const pattern = () =>
    random.pick(["a", "a*", "*", "?", "x\\*", "[ab]", "w*", "r?", "", "b*b", "[^a]*"]);
  const sign = random.pick(["+", "+", "-"]);
  switch (random.below(isWithin ? 8 : 12)) {
    case 0:
    case 1:
      return `${sign}@${random.pick([...aclCategories, "all"])}`;
    case 2:
    case 3:
      return `${sign}${random.pick(names)}`;
    case 4:
      return `+${random.pick(names)}|${random.pick(["1", "v", "get", "GET"])}`;
    case 5:
    case 6:
      return random.pick(["~", "%R~", "%W~", "%RW~"]) + pattern();
    case 7:
      return random.pick([`&${pattern()}`, "allchannels", "resetchannels"]);
    case 8:
      return random.pick(["resetkeys", "allkeys", "clearselectors", "allcommands", "nocommands"]);
    default:
      return `(${
        Array.from({ length: random.below(6) }, () => randomRule(random, names, true)).join(" ")
      })`;
  }
}

Deno.test({
  name: `random / ${userCount} users beside Redis, asked about every command, from seed ${seed}`,
  ignore: findOracle() === undefined,
  async fn() {
    await using pair = await startPair();
    using oracle = await RespClient.connect(pair.oracle);
    using subject = await RespClient.connect(pair.subject);
    const both = async (commands: string[][]) => {
      const [expected, got] = await Promise.all([
        oracle.pipeline(commands),
        subject.pipeline(commands),
      ]);
      return commands.map((command, i) => ({ command, expected: expected[i], got: got[i] }));
    };
    // Commands that both know.
    const named = await both(registry.all.map(({ name }) => ["ACL", "SETUSER", "u", `+${name}`]));
    const names = named.filter(({ expected }) => textOf(expected.reply) === "OK")
      .map(({ command }) => command[3].slice(1));
    for (let nth = 0; nth < userCount; nth++) {
      const random = new SeededRandom(seed + nth);
      const rules = Array.from({ length: RULES_PER_USER }, () => randomRule(random, names));
      const forms = allForms(registry, () => random.pick(KEYS))
        .filter(({ words }) => !words.some((word) => NEWER_OPTIONS.includes(word)));
      const set = await both([
        ["ACL", "SETUSER", "u", "reset"],
        ...rules.map((rule) => ["ACL", "SETUSER", "u", rule]),
      ]);
      const differing = set.find(({ expected, got }) => !sameReply(expected, got, "acl"));
      if (differing) throw new Error(`seed ${seed + nth}: ${JSON.stringify(differing)}`);
      for (
        const { command, expected, got } of await both(
          forms.map(({ words }) => ["ACL", "DRYRUN", "u", ...words]),
        )
      ) {
        if (/^ERR Command '.*' not found|wrong number of arguments/.test(textOf(expected.reply))) {
          continue;
        }
        if (sameReply(expected, got, "acl")) continue;
        throw new Error(
          `repeat with ETNA_SEED=${seed + nth} ETNA_RANDOM_COUNT=1\n${rules.join("  ")}\n${
            command.join(" ")
          }\n` +
            `expected ${textOf(expected.reply)}\ngot      ${textOf(got.reply)}`,
        );
      }
    }
  },
});
