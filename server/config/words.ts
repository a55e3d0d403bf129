/**
 * The word syntax of redis.conf lines: blanks separate words, "..." holds escapes, '...' holds raw
 * text. Text is UTF-8: bytes written as `\xHH` join their neighbours before they are decoded.
 */

const utf8 = new TextEncoder();

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  b: "\b",
  a: "\x07",
};

const ESCAPE_OF_BYTE: Readonly<Record<number, string>> = {
  0x07: "\\a",
  0x08: "\\b",
  0x09: "\\t",
  0x0a: "\\n",
  0x0d: "\\r",
  0x22: '\\"',
  0x5c: "\\\\",
};

const BLANK = /[ \t\n\v\f\r\0]/;

/** A word being read: UTF-8 bytes, because an escape may name one byte of a longer character. */
class WordBytes {
  #bytes: number[] = [];

  addText(text: string): void {
    this.#bytes.push(...utf8.encode(text));
  }

  addByte(byte: number): void {
    this.#bytes.push(byte);
  }

  toString(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new Uint8Array(this.#bytes));
  }
}

/** Reads a double-quoted stretch from `start` (after the quote): the index after it, or -1. */
function readDoubleQuoted(line: string, start: number, word: WordBytes): number {
  let at = start;
  while (at < line.length) {
    const char = String.fromCodePoint(line.codePointAt(at)!);
    if (char === '"') return at + 1;
    if (char !== "\\" || at + 1 >= line.length) {
      word.addText(char);
      at += char.length;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(line.slice(at + 1, at + 4));
    if (hex) {
      word.addByte(parseInt(hex[1], 16));
      at += 4;
    } else {
      const escaped = String.fromCodePoint(line.codePointAt(at + 1)!);
      word.addText(ESCAPES[escaped] ?? escaped);
      at += 1 + escaped.length;
    }
  }
  return -1;
}

/** Reads a single-quoted stretch from `start` (after the quote): the index after it, or -1. */
function readSingleQuoted(line: string, start: number, word: WordBytes): number {
  let at = start;
  while (at < line.length) {
    if (line[at] === "'") return at + 1;
    if (line[at] === "\\" && line[at + 1] === "'") at++;
    const char = String.fromCodePoint(line.codePointAt(at)!);
    word.addText(char);
    at += char.length;
  }
  return -1;
}

/**
 * Splits a line into words, or answers undefined when a quote is left open or a closing quote is
 * followed by anything but a blank.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  for (;;) {
    while (at < line.length && BLANK.test(line[at])) at++;
    if (at >= line.length) return words;
    const word = new WordBytes();
    while (at < line.length && !BLANK.test(line[at])) {
      const quote = line[at];
      if (quote === '"' || quote === "'") {
        const read = quote === '"' ? readDoubleQuoted : readSingleQuoted;
        at = read(line, at + 1, word);
        if (at < 0 || (at < line.length && !BLANK.test(line[at]))) return undefined;
      } else {
        const char = String.fromCodePoint(line.codePointAt(at)!);
        word.addText(char);
        at += char.length;
      }
    }
    words.push(word.toString());
  }
}

/** Writes text as one double-quoted word that {@linkcode splitWords} reads back unchanged. */
export function quoteWord(text: string): string {
  let quoted = '"';
  for (const byte of utf8.encode(text)) {
    const escape = ESCAPE_OF_BYTE[byte];
    if (escape !== undefined) quoted += escape;
    else if (byte >= 0x20 && byte < 0x7f) quoted += String.fromCharCode(byte);
    else quoted += "\\x" + byte.toString(16).padStart(2, "0");
  }
  return quoted + '"';
}
