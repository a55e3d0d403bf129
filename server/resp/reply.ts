/**
 * The host's side of the reply writer: the replies that handlers compose. Everything ends in core
 * memory; the constant and numeric ones cost one call.
 */

import type { Core, CoreFunctions } from "../../core-as/host/core.ts";

export class Reply {
  readonly #core: Core;
  readonly #x: CoreFunctions;
  readonly #encoder = new TextEncoder();
  /** Error replies written so far; the dispatcher compares it to count failed calls. */
  errors = 0;
  /** Called with each error's text, for INFO errorstats. */
  onError: (text: string) => void = () => {};

  constructor(core: Core) {
    this.#core = core;
    this.#x = core.x;
  }

  ok(): void {
    this.#x.replyOk();
  }
  null(): void {
    this.#x.replyNull();
  }
  nullArray(): void {
    this.#x.replyNullArray();
  }
  /** An integer, exact within 2^53. */
  number(value: number): void {
    this.#x.replyNumber(value);
  }
  bigint(value: bigint): void {
    this.#x.replyI64(value);
  }
  /** In RESP2 the integers 1 and 0. */
  bool(value: boolean): void {
    this.#x.replyBool(value);
  }
  array(count: number): void {
    this.#x.replyArray(count);
  }
  /** In RESP2 an array of twice as many. */
  map(pairs: number): void {
    this.#x.replyMap(pairs);
  }
  /** In RESP2 an array. */
  set(count: number): void {
    this.#x.replySet(count);
  }
  /** In RESP2 an array. */
  push(count: number): void {
    this.#x.replyPush(count);
  }
  /** Argument of the command under way, as a bulk string. */
  argument(index: number): void {
    this.#x.replyArgument(index);
  }
  /** Bytes of core memory, as a bulk string. */
  memory(ptr: number, len: number): void {
    this.#x.replyBulk(ptr, len);
  }
  /** A bulk string; the text's characters are sent as UTF-8. */
  bulk(text: string): void {
    this.bytes(this.#encoder.encode(text));
  }
  /** A bulk string of text with one character a byte. */
  binary(text: string): void {
    const { core, ptr } = this.#scratch(text.length);
    if (ptr === 0) return;
    core.writeBinary(ptr, text);
    this.#x.replyBulk(ptr, text.length);
    this.#release(ptr);
  }
  bytes(bytes: Uint8Array): void {
    const { core, ptr } = this.#scratch(bytes.length);
    if (ptr === 0) return;
    core.u8.set(bytes, ptr);
    this.#x.replyBulk(ptr, bytes.length);
    this.#release(ptr);
  }
  bulks(texts: readonly string[]): void {
    this.array(texts.length);
    for (const text of texts) this.bulk(text);
  }
  /** A simple string, `+text`. */
  simple(text: string): void {
    this.raw(`+${text}\r\n`);
  }
  /** A set of simple strings, as COMMAND INFO shows flags. */
  simpleSet(texts: readonly string[]): void {
    this.set(texts.length);
    for (const text of texts) this.simple(text);
  }
  /**
   * An error, code first: `ERR no such key`. Line ends in the text become spaces, as they would end
   * the reply.
   */
  error(text: string): void {
    this.onError(text);
    this.countedError(text);
  }
  /** The same of an error that {@link onError} has heard of. */
  countedError(text: string): void {
    this.errors++;
    this.raw(`-${text.replace(/[\r\n]/g, " ")}\r\n`);
  }
  /** A double; in RESP2 a bulk string of the same digits. */
  double(value: number): void {
    const text = formatDouble(value);
    if (this.#core.u32[this.#core.at.OUT_RESP] === 3) this.raw(`,${text}\r\n`);
    else this.binary(text);
  }
  /** Text for people, with its format ("txt", "mkd"); in RESP2 a bulk string. */
  verbatim(text: string, format = "txt"): void {
    const bytes = this.#encoder.encode(text);
    if (this.#core.u32[this.#core.at.OUT_RESP] !== 3) return this.bytes(bytes);
    this.raw(`=${bytes.length + 4}\r\n${format}:`);
    this.#rawBytes(bytes);
    this.raw("\r\n");
  }
  bigNumber(digits: string): void {
    if (this.#core.u32[this.#core.at.OUT_RESP] === 3) this.raw(`(${digits}\r\n`);
    else this.binary(digits);
  }
  /** Reply bytes as they are, one character a byte. */
  raw(text: string): void {
    const { core, ptr } = this.#scratch(text.length);
    if (ptr === 0) return;
    core.writeBinary(ptr, text);
    this.#x.replyRaw(ptr, text.length);
    this.#release(ptr);
  }
  #rawBytes(bytes: Uint8Array): void {
    const { core, ptr } = this.#scratch(bytes.length);
    if (ptr === 0) return;
    core.u8.set(bytes, ptr);
    this.#x.replyRaw(ptr, bytes.length);
    this.#release(ptr);
  }

  /** Room for bytes on their way into a reply: the scratch area, or a block; 0 = no memory. */
  #scratch(bytes: number): { core: Core; ptr: number } {
    const core = this.#core;
    // The first half of the scratch area belongs to the core's own calls and to scans.
    const half = core.at.SCRATCH_BYTES >>> 1;
    if (bytes <= half) return { core, ptr: core.at.SCRATCH + half };
    const ptr = core.x.allocate(bytes);
    if (ptr === 0) core.u32[core.at.OUT_FAILED] = 1;
    return { core, ptr };
  }
  #release(ptr: number): void {
    const { at } = this.#core;
    if (ptr !== at.SCRATCH + (at.SCRATCH_BYTES >>> 1)) this.#x.free(ptr);
  }
}

/** Shortest decimal that reads back as the same double, in Redis's words for infinities and NaN. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (value === Infinity) return "inf";
  if (value === -Infinity) return "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}
