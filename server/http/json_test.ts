import { assertEquals } from "@std/assert";
import { fuzz, scaled } from "../../core-as/host/testing.ts";
import { SeededRandom } from "../../tests/support/random.ts";
import { JsonWriter, replyEnd } from "./json.ts";

/** A reply: its bytes in RESP2, and what JSON should make of it, plain and as base64. */
interface Case {
  bytes: number[];
  plain: unknown;
  base64: unknown;
}

const ascii = (text: string) => [...new TextEncoder().encode(text)];
const encoded = (bytes: number[]) => btoa(String.fromCharCode(...bytes));
const decoded = (bytes: number[]) =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(bytes));

function bulk(random: SeededRandom): number[] {
  const characters = [
    "a",
    '"',
    "\\",
    "\n",
    "\0",
    "\u007f",
    "\u001f",
    "ä",
    "\u2028",
    "\u{1f600}",
    "\ufeff",
  ];
  const bytes: number[] = [];
  for (let length = random.below(12); length > 0; length--) {
    if (random.chance(0.1)) bytes.push(random.below(256));
    else bytes.push(...ascii(random.pick(characters)));
  }
  return bytes;
}

function reply(random: SeededRandom, depth: number): Case {
  const kind = random.below(depth === 0 ? 5 : 6);
  if (kind === 0) {
    const value = random.between(-1000, 1000);
    return { bytes: ascii(`:${value}\r\n`), plain: value, base64: value };
  }
  if (kind === 1) return { bytes: ascii("+OK\r\n"), plain: "OK", base64: "T0s=" };
  if (kind === 2) {
    return { bytes: ascii('-ERR "x"\r\n'), plain: 'ERR "x"', base64: 'ERR "x"' };
  }
  if (kind === 3) {
    return { bytes: ascii(random.pick(["$-1\r\n", "*-1\r\n"])), plain: null, base64: null };
  }
  if (kind === 4) {
    const text = bulk(random);
    const bytes = [...ascii(`$${text.length}\r\n`), ...text, 13, 10];
    return { bytes, plain: decoded(text), base64: encoded(text) };
  }
  const elements = Array.from({ length: random.below(5) }, () => reply(random, depth - 1));
  return {
    bytes: [...ascii(`*${elements.length}\r\n`), ...elements.flatMap(({ bytes }) => bytes)],
    plain: elements.map(({ plain }) => plain),
    base64: elements.map((element) => element.base64),
  };
}

function written(source: Uint8Array, base64: boolean): unknown {
  const writer = new JsonWriter();
  writer.base64 = base64;
  writer.begin(0);
  assertEquals(writer.value(source, 0), source.length);
  return JSON.parse(
    new TextDecoder("utf-8", { fatal: true }).decode(writer.bytes.subarray(0, writer.at)),
  );
}

Deno.test("any reply is its JSON, plain and as base64, and ends where it ends", () =>
  fuzz((draw) => {
    const random = new SeededRandom(draw(2 ** 32));
    for (let round = 0; round < scaled(2000); round++) {
      const { bytes, plain, base64 } = reply(random, 3);
      const source = new Uint8Array(bytes);
      assertEquals(written(source, false), plain, `round ${round}`);
      assertEquals(written(source, true), base64, `round ${round}`);
      assertEquals(replyEnd(source, 0, source.length), source.length);
      for (let cut = 0; cut < source.length; cut++) assertEquals(replyEnd(source, 0, cut), -1);
    }
  }));

Deno.test("a string longer than what is read at a time is cut nowhere in a character", () => {
  const text = "\u{1f600}ä".repeat(700_000);
  const bytes = new TextEncoder().encode(
    `$${new TextEncoder().encode(text).length}\r\n${text}\r\n`,
  );
  assertEquals(written(bytes, false) === text, true);
});
