import { assert, assertEquals } from "@std/assert";
import { fuzz, hasOracle, loadTestingCore, randomText, withOracle } from "./testing.ts";

const PATTERNS = [
  ..."* ** a* *a *a* a?c ? [ab] [^ab] [a-c] [c-a] [] []a] [^] [^]a] [ [^ [a [a- [a-c [\\".split(
    " ",
  ),
  ..."\\ \\* \\a a\\ [\\]] [a\\-c] [a-\\]] [-a] [a-] [^-a] a[ *[ *\\ [a-]b [^a-]b [*] [?] [[]"
    .split(" "),
  ...["", "[\\]", "[\\", "[^\\", "[^\\]", "[a\\", "[a-\\", "[a-b-c]", "[a-bc-d]", "***?**"],
];

Deno.test("glob: matches what a reader expects", async () => {
  const { core, scratch, put } = await loadTestingCore({ high: true });
  const matches = (pattern: string, text: string, nocase = false) =>
    core.globMatch(scratch, put(scratch, pattern), scratch + 500, put(scratch + 500, text), nocase);
  for (
    const [pattern, text, expected] of [
      ["h?llo", "hello", true],
      ["h?llo", "hllo", false],
      ["h*llo", "heeeello", true],
      ["h[ae]llo", "hillo", false],
      ["h[^e]llo", "hallo", true],
      ["h[a-b]llo", "hbllo", true],
      ["h\\?llo", "h?llo", true],
      ["h\\?llo", "hello", false],
      ["*:*:end", "a:b:c:end", true],
      ["Hello", "hello", false],
    ] as const
  ) assertEquals(matches(pattern, text), expected, `${pattern} on ${text}`);
  assert(matches("H[E-F]l\\LO", "hEllo", true));
});

Deno.test("glob: many stars take polynomial time", async () => {
  const { core, scratch, put } = await loadTestingCore();
  const textLen = put(scratch + 5000, "a".repeat(10000));
  const startMs = performance.now();
  const patternLen = put(scratch, "a*".repeat(500) + "b");
  assertEquals(core.globMatch(scratch, patternLen, scratch + 5000, textLen, false), false);
  assert(performance.now() - startMs < 1000);
});

Deno.test({
  name: "glob: KEYS of Redis picks the same keys",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put } = await loadTestingCore();
        const keys = new Set([""]);
        while (keys.size < 200) keys.add(randomText(random, 5, "abc-]^\\[*?\xff"));
        await ask([...keys].map((key) => ["SET", key, ""]));
        const patterns = [...PATTERNS];
        while (patterns.length < 3000) {
          patterns.push(randomText(random, 8, random(2) ? "ab*?[]^-\\\xff" : "abc*["));
        }
        const replies = await ask(patterns.map((pattern) => ["KEYS", pattern]));
        patterns.forEach((pattern, i) => {
          const patternLen = put(scratch, pattern);
          // KEYS takes "*" for all keys without matching, so the empty key too.
          const picked = [...keys].filter((key) =>
            pattern === "*" ||
            core.globMatch(scratch, patternLen, scratch + 100, put(scratch + 100, key), false)
          );
          const wrong = new Set(picked).symmetricDifference(new Set(replies[i] as string[]));
          assertEquals([...wrong], [], `keys wrong for ${JSON.stringify(pattern)}`);
        });
      })),
});

Deno.test({
  name: "glob: COMMAND LIST of Redis picks the same names when case is ignored",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const { core, scratch, put } = await loadTestingCore();
        const [all] = await ask([["COMMAND", "LIST"]]) as string[][];
        const patterns = ["[a-Z]*", "[Z-a]*", "[^A-c]et", "\\GET", "[\\G]et", "[[-z]*", "[@-a]*"];
        while (patterns.length < 1000) {
          patterns.push("*" + randomText(random, 6, "sSeEtTgG*?[]-^\\{@") + "*");
        }
        const filtered = await ask(
          patterns.map((pattern) => ["COMMAND", "LIST", "FILTERBY", "PATTERN", pattern]),
        );
        patterns.forEach((pattern, i) => {
          const patternLen = put(scratch, pattern);
          const picked = all.filter((name) =>
            core.globMatch(scratch, patternLen, scratch + 100, put(scratch + 100, name), true)
          );
          const wrong = new Set(picked).symmetricDifference(new Set(filtered[i] as string[]));
          assertEquals([...wrong], [], `names wrong for ${pattern}`);
        });
      })),
});
