/**
 * Decodes replies, RESP2 and RESP3, as they arrive: what a client needs, be it a call made inside the
 * process or this server talking to another one.
 */

/** An error reply. `code` is its first word (`ERR`, `WRONGTYPE`, `MOVED` ...). */
export class ReplyError extends Error {
  override readonly name = "ReplyError";
  readonly code: string;
  constructor(message: string) {
    super(message);
    this.code = message.split(" ", 1)[0];
  }
}

/**
 * A reply as a value. Integers beyond 2^53 are bigints; an error inside an aggregate is a
 * {@link ReplyError} value.
 */
export type ReplyValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ReplyError
  | ReplyValue[]
  | Map<ReplyValue, ReplyValue>
  | Set<ReplyValue>;

/** A whole reply; pushes come out of band. */
export interface Decoded {
  push: boolean;
  value: ReplyValue;
}

interface Open {
  kind: "array" | "map" | "set" | "push" | "attribute";
  left: number;
  items: ReplyValue[];
}

const CR = 13;

export class Decoder {
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #at = 0;
  readonly #stack: Open[] = [];
  readonly #utf8 = new TextDecoder();

  /** @param buffers bulk strings come out as bytes instead of text, until told otherwise */
  constructor(public buffers = false) {}

  /** Adds bytes. */
  push(bytes: Uint8Array): void {
    const rest = this.#pending.subarray(this.#at);
    const joined = new Uint8Array(rest.length + bytes.length);
    joined.set(rest);
    joined.set(bytes, rest.length);
    this.#pending = joined;
    this.#at = 0;
  }

  /** The next whole reply, or undefined when more bytes are needed. @throws Error on what is no RESP */
  next(): Decoded | undefined {
    for (;;) {
      const value = this.#element();
      if (value === undefined) return undefined;
      const done = this.#place(value);
      if (done !== undefined) return done;
    }
  }

  /** Puts a value where it belongs. @returns the reply when it is whole */
  #place(value: ReplyValue | Open): Decoded | undefined {
    if (isOpen(value)) {
      if (value.left !== 0) {
        this.#stack.push(value);
        return undefined;
      }
      return this.#close(value);
    }
    const top = this.#stack.at(-1);
    if (top === undefined) return { push: false, value };
    top.items.push(value);
    if (--top.left !== 0) return undefined;
    this.#stack.pop();
    return this.#close(top);
  }

  #close(open: Open): Decoded | undefined {
    const { items } = open;
    if (open.kind === "attribute") return undefined;
    if (open.kind === "push") return { push: true, value: items };
    if (open.kind === "array") return this.#place(items);
    if (open.kind === "set") return this.#place(new Set(items));
    const map = new Map<ReplyValue, ReplyValue>();
    for (let i = 0; i < items.length; i += 2) map.set(items[i], items[i + 1]);
    return this.#place(map);
  }

  /** One element: a value, or the head of an aggregate. */
  #element(): ReplyValue | Open | undefined {
    const end = this.#pending.indexOf(CR, this.#at);
    if (end < 0 || end + 1 >= this.#pending.length) return undefined;
    const type = String.fromCharCode(this.#pending[this.#at]);
    const line = this.#utf8.decode(this.#pending.subarray(this.#at + 1, end));
    if (type === "$" || type === "=" || type === "!") {
      return this.#bulk(type, Number(line), end + 2);
    }
    this.#at = end + 2;
    switch (type) {
      case "+":
        return line;
      case "-":
        return new ReplyError(line);
      case ":":
        return integer(line);
      case "(":
        return BigInt(line);
      case ",":
        return double(line);
      case "#":
        return line === "t";
      case "_":
        return null;
      case "*":
        return line === "-1" ? null : { kind: "array", left: Number(line), items: [] };
      case "%":
        return { kind: "map", left: Number(line) * 2, items: [] };
      case "~":
        return { kind: "set", left: Number(line), items: [] };
      case ">":
        return { kind: "push", left: Number(line), items: [] };
      case "|":
        return { kind: "attribute", left: Number(line) * 2, items: [] };
      default:
        throw new Error(`not a RESP reply: it begins with ${JSON.stringify(type)}`);
    }
  }

  #bulk(type: string, len: number, from: number): ReplyValue | undefined {
    if (len < 0) {
      this.#at = from;
      return null;
    }
    if (from + len + 2 > this.#pending.length) return undefined;
    let bytes = this.#pending.slice(from, from + len);
    this.#at = from + len + 2;
    if (type === "!") return new ReplyError(this.#utf8.decode(bytes));
    if (type === "=") bytes = bytes.subarray(4);
    return this.buffers ? bytes : this.#utf8.decode(bytes);
  }
}

function isOpen(value: ReplyValue | Open): value is Open {
  return value !== null && typeof value === "object" && "left" in value;
}

function integer(line: string): number | bigint {
  const value = Number(line);
  return Number.isSafeInteger(value) ? value : BigInt(line);
}

function double(line: string): number {
  if (line === "inf") return Infinity;
  if (line === "-inf") return -Infinity;
  return line.endsWith("nan") ? NaN : Number(line);
}

const encoder = new TextEncoder();

/** How many bytes a text has in UTF-8. */
function byteLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length;
}

/** A command as the bytes of a request. Numbers are written in decimal, strings as UTF-8. */
export function encodeCommand(
  args: readonly (string | number | bigint | Uint8Array)[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  // Text is gathered, as each call of the encoder costs more than its bytes.
  let text = `*${args.length}\r\n`;
  for (const arg of args) {
    if (arg instanceof Uint8Array) {
      parts.push(encoder.encode(`${text}$${arg.length}\r\n`), arg);
      text = "\r\n";
    } else {
      const part = `${arg}`;
      text += `$${byteLength(part)}\r\n${part}\r\n`;
    }
  }
  const last = encoder.encode(text);
  if (parts.length === 0) return last;
  parts.push(last);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
