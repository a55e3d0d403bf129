import { assertEquals } from "@std/assert";
import { quoteWord, splitWords } from "./words.ts";

Deno.test("words are split at blanks, outside of quotes", () => {
  assertEquals(splitWords(""), []);
  assertEquals(splitWords(" \t "), []);
  assertEquals(splitWords(" a  b\tc\r"), ["a", "b", "c"]);
  assertEquals(splitWords(`"a b" 'c d' ""`), ["a b", "c d", ""]);
  assertEquals(splitWords(`a"b c"`), ["ab c"]);
});

Deno.test("escapes count inside double quotes only", () => {
  assertEquals(splitWords(String.raw`"\n\r\t\b\a\\\"\q" '\n\'' \n`), [
    '\n\r\t\b\x07\\"q',
    "\\n'",
    "\\n",
  ]);
  assertEquals(splitWords(String.raw`"\xc3\xa9" "\x4" "\xZZ"`), ["é", "x4", "xZZ"]);
});

Deno.test("open quotes and quotes that end inside a word are refused", () => {
  for (const line of [`"a`, `'a`, `"a\\"`, `"a"b`, `'a'b`, `a "b" "`]) {
    assertEquals(splitWords(line), undefined, line);
  }
});

Deno.test("any text comes back from its quoted form", () => {
  const seed = Number(Deno.env.get("CONFIG_SEED") ?? Date.now() % 2 ** 31);
  let state = seed;
  const alphabet = [..."ab \t\n\r\x00\x07\x7f\"'\\xn#é€😀\u{feff}"];
  for (let round = 0; round < 500; round++) {
    let text = "";
    for (let length = round % 12; length > 0; length--) {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
      text += alphabet[(state >> 8) % alphabet.length];
    }
    assertEquals(splitWords(quoteWord(text)), [text], `CONFIG_SEED=${seed}`);
  }
});
