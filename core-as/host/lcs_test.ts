import { assertEquals } from "@std/assert";
import {
  fuzz,
  hasOracle,
  loadTestingCore,
  randomText,
  type Reply,
  type TestingCore,
  withOracle,
} from "./testing.ts";

interface Lcs {
  text: string;
  /** As LCS ... IDX WITHMATCHLEN replies them. */
  matches: Reply[];
  len: bigint;
}

function lcs(
  { core, memory, scratch, put, text }: TestingCore,
  first: string,
  second: string,
): Lcs {
  const a = scratch + 100;
  const aLen = put(a, first);
  const b = a + aLen;
  const bLen = put(b, second);
  const out = b + bLen;
  const table = Math.ceil((out + Math.min(aLen, bLen)) / 4) * 4;
  const len = core.lcsFill(a, aLen, b, bLen, table);
  core.lcsWrite(out, len, a, aLen, b, bLen, table, scratch);
  const matches: Reply[] = [];
  core.lcsStart(scratch, aLen, bLen);
  while (core.lcsNext(scratch, a, b, bLen, table)) {
    const [aFirst, aLast, bFirst, bLast] = Array.from(
      { length: 4 },
      (_, i) => BigInt(new DataView(memory.buffer).getUint32(scratch + 8 + 4 * i, true)),
    );
    matches.push([[aFirst, aLast], [bFirst, bLast], aLast - aFirst + 1n]);
  }
  return { text: text(out, len), matches, len: BigInt(len) };
}

Deno.test("lcs: text, length and ranges of small texts", async () => {
  const setup = await loadTestingCore({ high: true });
  assertEquals(lcs(setup, "ohmytext", "mynewtext"), {
    text: "mytext",
    matches: [[[4n, 7n], [5n, 8n], 4n], [[2n, 3n], [0n, 1n], 2n]],
    len: 6n,
  });
  assertEquals(lcs(setup, "", "abc"), { text: "", matches: [], len: 0n });
  assertEquals(lcs(setup, "abc", "xyz"), { text: "", matches: [], len: 0n });
  assertEquals(setup.core.lcsTableBytes(2 ** 31, 2 ** 31), (2 ** 31 + 1) ** 2 * 4);
});

Deno.test({
  name: "lcs: Redis tells the same text and ranges",
  ignore: !hasOracle,
  fn: () =>
    withOracle([], (ask) =>
      fuzz(async (random) => {
        const setup = await loadTestingCore();
        const pairs = Array.from({ length: 3000 }, () => {
          const alphabet = ["ab", "abc", "abcdefgh\0\xff"][random(3)];
          return [randomText(random, 40, alphabet), randomText(random, 40, alphabet)];
        });
        const replies = await ask(pairs.flatMap(([a, b]) => [
          ["MSET", "a", a, "b", b],
          ["LCS", "a", "b"],
          ["LCS", "a", "b", "IDX", "WITHMATCHLEN"],
        ]));
        pairs.forEach(([a, b], i) => {
          const { text, matches, len } = lcs(setup, a, b);
          const [, expected, ranges] = replies.slice(i * 3, i * 3 + 3);
          assertEquals(text, expected, JSON.stringify([a, b]));
          assertEquals(["matches", matches, "len", len], ranges, JSON.stringify([a, b]));
        });
      })),
});
