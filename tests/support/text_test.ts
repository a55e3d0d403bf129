import { assertEquals, assertThrows } from "@std/assert";
import { quote, splitLine, unescape } from "./text.ts";

Deno.test("a command line splits at blanks outside of quotes", () => {
  assertEquals(splitLine(`SET  k "a b\\r\\n\\x00\\"" 'c \\n' "" x`), [
    "SET",
    "k",
    'a b\r\n\x00"',
    "c \\n",
    "",
    "x",
  ]);
  assertThrows(() => splitLine(`GET "k`), SyntaxError);
});

Deno.test("quoting is undone by unescaping", () => {
  const text = 'a"\\\r\n\t\x00\x7f\xff z';
  assertEquals(unescape(quote(text).slice(1, -1)), text);
});
