/**
 * What FUNCTION DUMP gives and FUNCTION RESTORE takes: the libraries' texts as in an RDB file.
 *
 * ```
 *   (0xf5, string) ...   u16 version, little-endian   u64 CRC64 of all before
 *
 *   string   00xxxxxx              6 bits of length, and the bytes
 *            01xxxxxx y            14 bits
 *            0x80 u32, 0x81 u64    big-endian
 *            0xc3 compressed-length length bytes    LZF
 * ```
 */

const OP_FUNCTION: number = 0xf5;
/** The version that is written, and the last one that is read. */
const VERSION = 10;
const MAX_VERSION = 12;
const FOOTER_BYTES = 10;
/** Reflected: CRC-64 of Jones. */
const POLYNOMIAL = 0x95ac9329ac4bc9b5n;

function crc64(text: string, end: number): bigint {
  const table = Array.from({ length: 256 }, (_, byte) => {
    let value = BigInt(byte);
    for (let i = 0; i < 8; i++) {
      value = (value & 1n) !== 0n ? value >> 1n ^ POLYNOMIAL : value >> 1n;
    }
    return value;
  });
  let crc = 0n;
  for (let i = 0; i < end; i++) {
    crc = table[Number(crc & 0xffn) ^ text.charCodeAt(i)] ^ crc >> 8n;
  }
  return crc;
}

/** A number's bytes, the lowest first, as text. */
function littleEndian(value: bigint, bytes: number): string {
  let text = "";
  for (let i = 0; i < bytes; i++) {
    text += String.fromCharCode(Number(value >> BigInt(8 * i) & 0xffn));
  }
  return text;
}

/** @param codes texts of one character a byte @returns the payload, likewise */
export function dumpLibraries(codes: readonly string[]): string {
  let text = "";
  for (const code of codes) text += String.fromCharCode(OP_FUNCTION) + stringOf(code);
  text += littleEndian(BigInt(VERSION), 2);
  return text + littleEndian(crc64(text, text.length), 8);
}

function stringOf(text: string): string {
  const { length } = text;
  if (length < 64) return String.fromCharCode(length) + text;
  if (length < 16384) return String.fromCharCode(0x40 | length >> 8, length & 0xff) + text;
  const big = [24, 16, 8, 0].map((by) => length >>> by & 0xff);
  return String.fromCharCode(0x80, ...big) + text;
}

/** @returns the texts, or the error */
export function readLibraries(payload: string): string[] | string {
  const end = payload.length - FOOTER_BYTES;
  const wrong = "ERR DUMP payload version or checksum are wrong";
  if (end < 0) return wrong;
  const version = payload.charCodeAt(end) | payload.charCodeAt(end + 1) << 8;
  if (version > MAX_VERSION) return wrong;
  if (littleEndian(crc64(payload, end + 2), 8) !== payload.slice(end + 2)) return wrong;
  const reader = new Reader(payload, end);
  const codes: string[] = [];
  while (!reader.isOver) {
    if (reader.byte() !== OP_FUNCTION) return "ERR given type is not a function";
    const code = reader.string();
    if (code === null) return "ERR failed loading functions";
    codes.push(code);
  }
  return codes;
}

class Reader {
  #at = 0;
  constructor(readonly text: string, readonly end: number) {}

  get isOver(): boolean {
    return this.#at >= this.end;
  }
  byte(): number {
    return this.#at < this.end ? this.text.charCodeAt(this.#at++) : NaN;
  }
  #bytes(count: number): string | null {
    if (!(count <= this.end - this.#at)) return null;
    this.#at += count;
    return this.text.slice(this.#at - count, this.#at);
  }
  #number(bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + this.byte();
    return value;
  }
  #length(first = this.byte()): number {
    if (first < 0x40) return first;
    if (first < 0x80) return (first & 0x3f) << 8 | this.byte();
    if (first === 0x80) return this.#number(4);
    return first === 0x81 ? this.#number(8) : NaN;
  }
  string(): string | null {
    const first = this.byte();
    if (first !== 0xc3) return this.#bytes(this.#length(first));
    const packed = this.#length();
    const length = this.#length();
    const bytes = this.#bytes(packed);
    return bytes === null ? null : unpack(bytes, length);
  }
}

/** What LZF has compressed. @returns null when that makes no sense */
function unpack(packed: string, length: number): string | null {
  let out = "";
  for (let at = 0; at < packed.length;) {
    const control = packed.charCodeAt(at++);
    if (control < 32) {
      out += packed.slice(at, at + control + 1);
      at += control + 1;
      continue;
    }
    let count = control >> 5;
    if (count === 7) count += packed.charCodeAt(at++);
    const from = out.length - ((control & 31) << 8) - packed.charCodeAt(at++) - 1;
    if (!(from >= 0)) return null;
    // What is copied may be what the copy itself writes.
    for (let i = 0; i < count + 2; i++) out += out[from + i];
  }
  return out.length === length ? out : null;
}
