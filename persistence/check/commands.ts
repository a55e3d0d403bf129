/**
 * The commands of an append-only file, looked at and not done: where each begins, which are whole, and where
 * and why there are none any more. A state machine: bytes in, commands out.
 */

/** A command, or a line that tells of a moment. */
export interface Scanned {
  /** Where it begins and ends. */
  readonly offset: number;
  readonly endOffset: number;
  /** Its words, one character a byte, each at most {@link KEPT_BYTES} long; an annotation has one, with its `#`. */
  readonly words: readonly string[];
}

/** So much of a word is kept. */
export const KEPT_BYTES = 512;
/** A line without its end has no more bytes than this: numbers, and annotations. */
const LINE_BYTES = 4096;
/** Words of a command that are kept: its name and its key are among the first. */
const KEPT_WORDS = 8;
const MAX_WORDS = 2 ** 31 - 1;
const MAX_WORD_BYTES = 2 ** 31 - 1;

export class CommandScanner {
  /** Where the first byte is that is none of a command, and why; null as long as all are. */
  damage: { offset: number; reason: string } | null = null;
  /** Bytes taken so far. */
  offset = 0;
  #begin = 0;
  /** Words of the command under way that are still to come; 0 between commands. */
  #missing = 0;
  /** Bytes of the word under way, its line's end included, that are still to come; -1 while its length is. */
  #wordBytes = -1;
  #word = "";
  #line = "";
  #words: string[] = [];

  constructor(readonly onCommand: (command: Scanned) => void) {}

  /** Takes the next bytes; nothing any more after damage. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length && this.damage === null;) {
      at += this.#wordBytes < 0 ? this.#takeLine(bytes, at) : this.#takeWord(bytes, at);
    }
  }

  /** There are no more bytes. */
  end(): void {
    if (this.damage !== null || (this.#missing === 0 && this.#line === "")) return;
    this.#damaged(this.#begin, "unexpected end of the file within a command");
  }

  #damaged(offset: number, reason: string): void {
    this.damage = { offset, reason };
  }

  /** @returns bytes taken */
  #takeLine(bytes: Uint8Array, from: number): number {
    const end = bytes.indexOf(10, from);
    const upTo = end < 0 ? bytes.length : end + 1;
    if (this.#line === "" && this.#missing === 0) this.#begin = this.offset;
    const room = LINE_BYTES - this.#line.length;
    for (let i = from; i < Math.min(upTo, from + room + 1); i++) {
      this.#line += String.fromCharCode(bytes[i]);
    }
    this.offset += upTo - from;
    if (this.#line.length > LINE_BYTES) this.#damaged(this.#begin, "a line without an end");
    else if (end >= 0) {
      const line = this.#line;
      this.#line = "";
      this.#lineDone(line);
    }
    return upTo - from;
  }

  #lineDone(line: string): void {
    const start = this.offset - line.length;
    const isWord = this.#missing !== 0;
    if (!isWord && line.startsWith("#")) return this.#tell([line.trimEnd()]);
    const sign = isWord ? "$" : "*";
    const number = /^[*$](\d{1,10})\r\n$/.exec(line)?.[1];
    if (line[0] !== sign || number === undefined) {
      const found = JSON.stringify(line.slice(0, 20));
      return this.#damaged(
        isWord ? this.#begin : start,
        `expected ${sign} and a number, got ${found}`,
      );
    }
    const value = Number(number);
    if (isWord) {
      if (value > MAX_WORD_BYTES) return this.#damaged(this.#begin, `a word of ${value} bytes`);
      this.#wordBytes = value + 2;
    } else if (value < 1 || value > MAX_WORDS) {
      this.#damaged(start, `a command of ${value} words`);
    } else this.#missing = value;
  }

  /** @returns bytes taken */
  #takeWord(bytes: Uint8Array, from: number): number {
    const count = Math.min(bytes.length - from, this.#wordBytes);
    const keeps = Math.min(count, this.#wordBytes - 2, KEPT_BYTES - this.#word.length);
    if (this.#words.length < KEPT_WORDS) {
      for (let i = 0; i < keeps; i++) this.#word += String.fromCharCode(bytes[from + i]);
    }
    // The last two bytes end the word, and lie in one piece or in two.
    for (let i = Math.max(0, this.#wordBytes - 2); i < count; i++) {
      const wanted = this.#wordBytes - i === 2 ? 13 : 10;
      if (bytes[from + i] === wanted) continue;
      this.#damaged(this.#begin, `expected \\r\\n behind a word, got the byte ${bytes[from + i]}`);
      return count;
    }
    this.offset += count;
    this.#wordBytes -= count;
    if (this.#wordBytes === 0) this.#wordDone();
    return count;
  }

  #wordDone(): void {
    this.#wordBytes = -1;
    if (this.#words.length < KEPT_WORDS) this.#words.push(this.#word);
    this.#word = "";
    if (--this.#missing !== 0) return;
    const words = this.#words;
    this.#words = [];
    this.#tell(words);
  }

  #tell(words: readonly string[]): void {
    this.onCommand({ offset: this.#begin, endOffset: this.offset, words });
  }
}
