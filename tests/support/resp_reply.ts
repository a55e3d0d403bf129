/**
 * RESP2 and RESP3 replies as a typed tree, for tests.
 *
 * Text is kept as a "binary string": one UTF-16 unit per byte (0 to 255), so that every byte
 * survives and two replies can be compared with `===`.
 */

/** One parsed reply. `null` remembers which of the three wire forms it had. */
export type Reply =
  | { kind: "simple" | "error" | "bulk" | "blobError" | "bigNumber" | "double"; text: string }
  | { kind: "verbatim"; format: string; text: string }
  | { kind: "integer"; value: bigint }
  | { kind: "boolean"; value: boolean }
  | { kind: "null"; form: "bulk" | "array" | "resp3" }
  | { kind: "array" | "set" | "push"; items: Reply[] }
  | { kind: "map"; entries: [Reply, Reply][] }
  | { kind: "attribute"; attributes: [Reply, Reply][]; reply: Reply };

/** A reply and the offset of the byte behind it. */
export interface ParsedReply {
  reply: Reply;
  end: number;
}

/** The bytes are no RESP: a broken server, or a broken count of replies before. */
export class RespSyntaxError extends Error {}

const CR = 13;
const LF = 10;

/** Bytes to binary string. */
export function toBinary(bytes: Uint8Array): string {
  let text = "";
  const CHUNK = 8192;
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return text;
}

/** Binary string to bytes; units over 255 are a mistake of the test. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 255) throw new RangeError(`not a binary string: ${JSON.stringify(text)}`);
    bytes[i] = unit;
  }
  return bytes;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  let at = bytes.indexOf(CR, from);
  while (at >= 0 && at + 1 < bytes.length && bytes[at + 1] !== LF) at = bytes.indexOf(CR, at + 1);
  return at >= 0 && at + 1 < bytes.length ? at : -1;
}

function parseItems(bytes: Uint8Array, from: number, count: number) {
  const items: Reply[] = [];
  let at = from;
  for (let i = 0; i < count; i++) {
    const item = parseReply(bytes, at);
    if (!item) return undefined;
    items.push(item.reply);
    at = item.end;
  }
  return { items, end: at };
}

function parseEntries(bytes: Uint8Array, from: number, count: number) {
  const parsed = parseItems(bytes, from, count * 2);
  if (!parsed) return undefined;
  const entries: [Reply, Reply][] = [];
  for (let i = 0; i < parsed.items.length; i += 2) {
    entries.push([parsed.items[i], parsed.items[i + 1]]);
  }
  return { entries, end: parsed.end };
}

function parseBlob(bytes: Uint8Array, from: number, sizeBytes: number): string | undefined {
  if (bytes.length < from + sizeBytes + 2) return undefined;
  if (bytes[from + sizeBytes] !== CR || bytes[from + sizeBytes + 1] !== LF) {
    throw new RespSyntaxError(`no CRLF behind a blob of ${sizeBytes} bytes`);
  }
  return toBinary(bytes.subarray(from, from + sizeBytes));
}

function parseCount(text: string): number {
  if (!/^(-1|\d+)$/.test(text)) throw new RespSyntaxError(`bad length ${JSON.stringify(text)}`);
  return Number(text);
}

function blobReply(sign: string, text: string): Reply {
  if (sign === "!") return { kind: "blobError", text };
  if (sign === "=") return { kind: "verbatim", format: text.slice(0, 3), text: text.slice(4) };
  return { kind: "bulk", text };
}

function parseAggregate(bytes: Uint8Array, sign: string, count: number, from: number) {
  if (sign === "%" || sign === "|") {
    const parsed = parseEntries(bytes, from, count);
    if (!parsed) return undefined;
    if (sign === "%") {
      return { reply: { kind: "map" as const, entries: parsed.entries }, end: parsed.end };
    }
    const rest = parseReply(bytes, parsed.end);
    if (!rest) return undefined;
    const reply: Reply = { kind: "attribute", attributes: parsed.entries, reply: rest.reply };
    return { reply, end: rest.end };
  }
  const parsed = parseItems(bytes, from, count);
  if (!parsed) return undefined;
  const kind = sign === "~" ? "set" : sign === ">" ? "push" : "array";
  return { reply: { kind, items: parsed.items } as Reply, end: parsed.end };
}

/**
 * Parses the reply that starts at `from`; undefined while it is incomplete.
 * Throws {@link RespSyntaxError} on bytes that cannot begin a reply.
 */
export function parseReply(bytes: Uint8Array, from: number): ParsedReply | undefined {
  const eol = lineEnd(bytes, from);
  if (eol < 0) return undefined;
  const sign = String.fromCharCode(bytes[from]);
  const text = toBinary(bytes.subarray(from + 1, eol));
  const end = eol + 2;
  switch (sign) {
    case "+":
      return { reply: { kind: "simple", text }, end };
    case "-":
      return { reply: { kind: "error", text }, end };
    case ",":
      return { reply: { kind: "double", text }, end };
    case "(":
      return { reply: { kind: "bigNumber", text }, end };
    case ":":
      if (!/^-?\d+$/.test(text)) throw new RespSyntaxError(`bad integer ${JSON.stringify(text)}`);
      return { reply: { kind: "integer", value: BigInt(text) }, end };
    case "#":
      return { reply: { kind: "boolean", value: text === "t" }, end };
    case "_":
      return { reply: { kind: "null", form: "resp3" }, end };
    case "$":
    case "=":
    case "!": {
      const sizeBytes = parseCount(text);
      if (sizeBytes < 0) return { reply: { kind: "null", form: "bulk" }, end };
      const blob = parseBlob(bytes, end, sizeBytes);
      if (blob === undefined) return undefined;
      return { reply: blobReply(sign, blob), end: end + sizeBytes + 2 };
    }
    case "*":
    case "~":
    case ">":
    case "%":
    case "|": {
      const count = parseCount(text);
      if (count < 0) return { reply: { kind: "null", form: "array" }, end };
      return parseAggregate(bytes, sign, count, end);
    }
  }
  throw new RespSyntaxError(`a reply cannot begin with ${JSON.stringify(sign + text)}`);
}

/** The items of any aggregate, a map's as key, value, key, value; none for a scalar. */
export function itemsOf(reply: Reply): Reply[] {
  if ("items" in reply) return reply.items;
  if (reply.kind === "map") return reply.entries.flat();
  return [];
}

/** The text of a scalar reply, "" for aggregates and nulls. */
export function textOf(reply: Reply): string {
  if ("text" in reply) return reply.text;
  if ("value" in reply) return String(reply.value);
  return "";
}
