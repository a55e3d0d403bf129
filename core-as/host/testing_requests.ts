/**
 * The request side of RESP for tests: a connection that drives the tokenizer as the server does, and a
 * naive model of the protocol over a whole stream, as the real Redis was seen to behave.
 */
import { fromLatin1, type Random, randomText, type TestingCore } from "./testing.ts";

/** Commands found in a stream, and how it ends: 0 = more is needed, else the PROTOCOL_* error. */
export interface Parsed {
  commands: string[][];
  error: number;
}

/** Limits of {@link parseModel}. */
export interface Limits {
  maxBulk: number;
  unauthenticated: boolean;
}

export const limits: Limits = { maxBulk: 2 ** 29, unauthenticated: false };

const LINE_MAX = 65536;

/** A connection's input: what it keeps between reads, and the commands taken so far. */
export class Requests {
  partial = 0;
  readonly commands: string[][] = [];
  readonly ids: number[] = [];
  error = 0;
  failed = false;
  /** Commands to take before the connection halts. */
  budget = Infinity;

  constructor(readonly testing: TestingCore) {}

  /** Hands over bytes as reads of a socket would. */
  receive(data: Uint8Array): void {
    const { core, bytes } = this.testing;
    while (data.length > 0 && this.error === 0 && !this.failed) {
      let taken: number;
      if (this.partial === 0) {
        taken = Math.min(data.length, core.INPUT_BYTES.value);
        bytes.set(data.subarray(0, taken), core.INPUT.value);
        core.inputFresh(taken);
      } else {
        const room = core.inputRoom(this.partial);
        if (room === 0) {
          this.failed = true;
          return;
        }
        taken = Math.min(data.length, room);
        bytes.set(data.subarray(0, taken), core.inputTail(this.partial));
        this.partial = core.inputResume(this.partial, taken);
      }
      data = data.subarray(taken);
      this.serve();
    }
  }
  /** Goes on after a halt. */
  resume(): void {
    if (this.partial === 0) return;
    this.partial = this.testing.core.inputResume(this.partial, 0);
    this.serve();
  }
  serve(): void {
    const { core, u32 } = this.testing;
    while (this.budget > 0) {
      const id = core.nextCommand();
      if (id === core.NEED_MORE.value) break;
      if (id === core.PROTOCOL_ERROR.value) {
        this.error = u32[core.IN_ERROR.value >>> 2];
        break;
      }
      if (id === core.INPUT_OUT_OF_MEMORY.value) {
        this.failed = true;
        break;
      }
      this.take(id);
    }
    const partial = core.inputSuspend();
    if (partial === 1) this.failed = true;
    this.partial = partial === 1 ? 0 : partial;
  }
  take(id: number): void {
    this.budget--;
    this.ids.push(id);
    this.commands.push(this.args());
  }
  args(): string[] {
    const { core, bytes, u32 } = this.testing;
    const table = u32[core.ARGV.value >>> 2] >>> 2;
    const args: string[] = [];
    for (let i = 0; i < u32[core.ARGC.value >>> 2]; i++) {
      const at = u32[table + i * 2];
      args.push(fromLatin1(bytes.subarray(at, at + u32[table + i * 2 + 1])));
    }
    return args;
  }
  /** Forgets the connection. */
  close(): void {
    if (this.partial !== 0) this.testing.core.partialFree(this.partial);
    this.partial = 0;
  }
}

/** What a whole stream means. */
export function parseModel(testing: TestingCore, text: string, limit = limits): Parsed {
  const { core } = testing;
  const commands: string[][] = [];
  let pos = 0;
  const end = (error: number | { value: number }) => ({
    commands,
    error: typeof error === "number" ? error : error.value,
  });
  while (pos < text.length) {
    if (text[pos] !== "*") {
      const lf = terminator(text, "\n", pos);
      if (lf < 0) return end(text.length - pos > LINE_MAX ? core.PROTOCOL_BIG_INLINE : 0);
      const words = splitWords(text.slice(pos, lf).replace(/\r$/, ""));
      if (words === null) return end(core.PROTOCOL_QUOTES);
      pos = lf + 1;
      if (words.length > 0) commands.push(words);
      continue;
    }
    const cr = terminator(text, "\r", pos);
    if (cr < 0) return end(text.length - pos > LINE_MAX ? core.PROTOCOL_BIG_COUNT : 0);
    if (cr + 1 >= text.length) return end(0);
    const count = integer(text.slice(pos + 1, cr));
    if (count === null || count > 2 ** 31 - 1) return end(core.PROTOCOL_MULTIBULK);
    if (limit.unauthenticated && count > 10) return end(core.PROTOCOL_UNAUTH_MULTIBULK);
    pos = cr + 2;
    const args: string[] = [];
    while (args.length < count) {
      const cr = terminator(text, "\r", pos);
      if (cr < 0) return end(text.length - pos > LINE_MAX ? core.PROTOCOL_BIG_BULK_COUNT : 0);
      if (cr + 1 >= text.length) return end(0);
      if (text[pos] !== "$") return end(core.PROTOCOL_EXPECTED_DOLLAR);
      const len = integer(text.slice(pos + 1, cr));
      if (len === null || len < 0 || len > limit.maxBulk) return end(core.PROTOCOL_BULK);
      if (limit.unauthenticated && len > 16384) return end(core.PROTOCOL_UNAUTH_BULK);
      pos = cr + 2;
      if (text.length - pos < len + 2) return end(0);
      args.push(text.slice(pos, pos + len));
      pos += len + 2;
    }
    if (args.length > 0) commands.push(args);
  }
  return end(0);
}

/** Where a line ends; a NUL before that hides the end. */
function terminator(text: string, byte: string, from: number): number {
  const at = text.indexOf(byte, from);
  const nul = text.indexOf("\0", from);
  return nul >= 0 && nul < at ? -1 : at;
}

function integer(text: string): number | null {
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return BigInt.asIntN(64, value) === value ? Number(value) : null;
}

const ESCAPES: Record<string, string> = { n: "\n", r: "\r", t: "\t", b: "\b", a: "\x07" };

/** Words of an inline command; null when a quote is not closed or is followed by a word. */
export function splitWords(line: string): string[] | null {
  const words: string[] = [];
  let at = 0;
  while (true) {
    while (at < line.length && /[\t-\r ]/.test(line[at])) at++;
    if (at === line.length) return words;
    let word = "";
    while (at < line.length && !/[ \n\r\t]/.test(line[at])) {
      const quote = line[at];
      if (quote !== '"' && quote !== "'") {
        word += line[at++];
        continue;
      }
      at++;
      while (line[at] !== quote) {
        if (at >= line.length) return null;
        const rest = line.slice(at);
        const hex = quote === '"' && /^\\x([0-9a-fA-F]{2})/.exec(rest);
        if (hex) {
          word += String.fromCharCode(parseInt(hex[1], 16));
          at += 4;
        } else if (quote === '"' && /^\\[^]/.test(rest)) {
          word += ESCAPES[rest[1]] ?? rest[1];
          at += 2;
        } else if (quote === "'" && rest.startsWith("\\'")) {
          word += "'";
          at += 2;
        } else word += line[at++];
      }
      at++;
      if (at < line.length && !/[\t-\r ]/.test(line[at])) return null;
      break;
    }
    words.push(word);
  }
}

const BINARY = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join("");
const QUOTED = "ab \t\"'\\xn0F\v";

/** A valid stream of `count` commands, multibulk and inline. */
export function randomStream(random: Random, count: number, names: string[]): string {
  let stream = "";
  for (; count > 0; count--) {
    const kind = random(20);
    const name = names[random(names.length)];
    if (kind < 12) {
      const args = [random(8) === 0 ? name.toUpperCase() : name];
      for (let left = random(5); left > 0; left--) {
        args.push(randomText(random, random(12) === 0 ? 3000 : 20, BINARY));
      }
      stream += multibulk(args);
    } else if (kind < 17) {
      stream += name;
      for (let left = random(4); left > 0; left--) stream += " " + randomWord(random);
      stream += random(3) === 0 ? "\n" : "\r\n";
    } else stream += ["*0\r\n", "*-1\r\n", "\r\n", "\n", " \t\r\n", "*1\r\n$0\r\n\r\n"][random(6)];
  }
  return stream;
}

/** A word of an inline command, quoted in one of the ways there are. */
function randomWord(random: Random): string {
  const text = randomText(random, 12, QUOTED);
  if (random(3) === 0) return text.replace(/["'\\ \t]/g, "") || "w";
  if (random(2) === 0) return `'${text.replace(/\\+$/, "").replace(/'/g, "\\'")}'`;
  return `"${text.replace(/[\\"]/g, "\\$&")}\\x0a\\n"`;
}

export function multibulk(args: string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("")}`;
}

/** The stream with some bytes changed, dropped, doubled or put in. */
export function mutate(random: Random, stream: string): string {
  const pieces = [
    "\r\n",
    "*",
    "$",
    "\0",
    "\n",
    "\r",
    '"',
    "'",
    "-",
    "1",
    "9",
    "\\",
    "\v",
    "$-1\r\n",
  ];
  for (let left = 1 + random(4); left > 0; left--) {
    const at = random(stream.length + 1);
    const cut = random(4) === 0 ? random(20) : random(2);
    const put = [
      String.fromCharCode(random(256)),
      pieces[random(pieces.length)],
      stream.slice(at, at + random(30)),
      "",
    ][random(4)];
    stream = stream.slice(0, at) + put + stream.slice(at + cut);
  }
  return stream;
}
