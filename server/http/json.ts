/**
 * Replies as JSON, from bytes to bytes: integers are numbers, strings are strings, null and arrays what they are.
 * What is no UTF-8 comes out with replacement characters; who wants every byte asks for base64.
 */

/** A growing piece of memory that text is written to. */
export class JsonWriter {
  bytes = new Uint8Array(4096);
  at = 0;
  /** Strings are encoded; but not the reply that is no more than OK. */
  base64 = false;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #encoder = new TextEncoder();

  /** Begins anew, with so much room before what is written. */
  begin(room: number): void {
    if (this.bytes.length > KEPT_BYTES) this.bytes = new Uint8Array(4096);
    this.at = room;
  }

  reserve(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.at + bytes));
    grown.set(this.bytes.subarray(0, this.at));
    this.bytes = grown;
  }

  /** Text of ASCII that is JSON already. */
  raw(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.at++] = text.charCodeAt(i);
  }

  /** Bytes as they are. */
  copy(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from);
    this.bytes.set(source.subarray(from, to), this.at);
    this.at += to - from;
  }

  /** A text as a JSON string. */
  text(text: string): void {
    const bytes = this.#encoder.encode(text);
    this.#string(bytes, 0, bytes.length);
  }

  /**
   * A reply in RESP2 as `{"result":...}` or `{"error":...}`.
   *
   * @returns where the next one begins
   */
  outcome(source: Uint8Array, from: number): number {
    const isError = source[from] === ERROR;
    this.raw(isError ? '{"error":' : '{"result":');
    const isOk = this.base64 && source[from] === SIMPLE && source[from + 1] === 79 &&
      source[from + 2] === 75 && source[from + 3] === CR;
    if (isOk) this.raw('"OK"');
    const end = isOk ? from + 5 : this.value(source, from);
    this.raw("}");
    return end;
  }

  /** A reply in RESP2. @returns where the next one begins */
  value(source: Uint8Array, from: number): number {
    const line = source.indexOf(CR, from);
    switch (source[from]) {
      case INTEGER:
        this.copy(source, from + 1, line);
        return line + 2;
      case SIMPLE:
        this.#encoded(source, from + 1, line);
        return line + 2;
      case ERROR:
        this.#string(source, from + 1, line);
        return line + 2;
    }
    const count = numberAt(source, from + 1);
    if (count < 0) {
      this.raw("null");
      return line + 2;
    }
    if (source[from] === BULK) {
      const end = line + 2 + count;
      this.#encoded(source, line + 2, end);
      return end + 2;
    }
    return this.#array(source, line + 2, count);
  }

  #array(source: Uint8Array, from: number, count: number): number {
    this.raw("[");
    let at = from;
    for (let i = 0; i < count; i++) {
      if (i !== 0) this.raw(",");
      at = this.value(source, at);
    }
    this.raw("]");
    return at;
  }

  #encoded(source: Uint8Array, from: number, to: number): void {
    if (!this.base64) return this.#string(source, from, to);
    this.raw('"');
    this.toBase64(source, from, to);
    this.raw('"');
  }

  toBase64(source: Uint8Array, from: number, to: number): void {
    this.reserve(Math.ceil((to - from) / 3) * 4);
    const { bytes } = this;
    let { at } = this;
    for (let i = from; i < to; i += 3) {
      const three = (source[i] << 16) | ((i + 1 < to ? source[i + 1] : 0) << 8) |
        (i + 2 < to ? source[i + 2] : 0);
      bytes[at++] = DIGITS.charCodeAt(three >> 18);
      bytes[at++] = DIGITS.charCodeAt((three >> 12) & 63);
      bytes[at++] = i + 1 < to ? DIGITS.charCodeAt((three >> 6) & 63) : PADDING;
      bytes[at++] = i + 2 < to ? DIGITS.charCodeAt(three & 63) : PADDING;
    }
    this.at = at;
  }

  #string(source: Uint8Array, from: number, to: number): void {
    this.reserve(to - from + 2);
    this.bytes[this.at++] = QUOTE;
    // Where nothing has to be escaped, which is nearly always, bytes are copied as they are looked at.
    const { bytes } = this;
    let { at } = this;
    let i = from;
    for (; i < to; i++) {
      const byte = source[i];
      if (byte < 32 || byte > 127 || byte === QUOTE || byte === BACKSLASH) break;
      bytes[at++] = byte;
    }
    this.at = at;
    if (i < to) this.#escaped(source, i, to);
    this.raw('"');
  }

  /** What the engine reads as UTF-8 and writes again is right in any case. */
  #escaped(source: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at += PIECE_BYTES) {
      const end = Math.min(to, at + PIECE_BYTES);
      // A copy: shared memory is no decoder's input.
      const text = this.#decoder.decode(source.slice(at, end), { stream: end < to });
      const bytes = this.#encoder.encode(JSON.stringify(text));
      this.copy(bytes, 1, bytes.length - 1);
    }
  }
}

/** What a writer keeps of its memory. */
const KEPT_BYTES = 1 << 20;
/** Read as text at a time. */
const PIECE_BYTES = 1 << 20;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PADDING = 61;
const QUOTE = 34;
const BACKSLASH = 92;
const CR = 13;
const SIMPLE = 43;
const ERROR = 45;
const INTEGER = 58;
const BULK = 36;
const ARRAY = 42;

/** A decimal in a reply's line; what is negative is -1. */
function numberAt(source: Uint8Array, at: number): number {
  if (source[at] === ERROR) return -1;
  let value = 0;
  for (; source[at] !== CR; at++) value = value * 10 + source[at] - 48;
  return value;
}

/** Whether a reply is an error. */
export function isErrorAt(source: Uint8Array, from: number): boolean {
  return source[from] === ERROR;
}

/** How many elements the array at `from` has, -1 where there is none. */
export function arrayCountAt(source: Uint8Array, from: number): number {
  return source[from] === ARRAY ? numberAt(source, from + 1) : -1;
}

/** Where the line ends that begins a reply. */
export function lineEnd(source: Uint8Array, from: number): number {
  return source.indexOf(CR, from) + 2;
}

/** Where a reply in RESP2 ends, -1 where it is not whole up to `to`. */
export function replyEnd(source: Uint8Array, from: number, to: number): number {
  let at = from;
  for (let left = 1; left > 0; left--) {
    if (at >= to) return -1;
    const line = source.indexOf(CR, at);
    if (line < 0 || line + 2 > to) return -1;
    const type = source[at];
    const count = type === BULK || type === ARRAY ? numberAt(source, at + 1) : -1;
    at = line + 2;
    if (count < 0) continue;
    if (type === ARRAY) left += count;
    else at += count + 2;
    if (at > to) return -1;
  }
  return at;
}
