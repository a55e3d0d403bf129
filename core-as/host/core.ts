/**
 * A core: one instance of the WASM module over a memory of its own.
 *
 * Everything that knows an address of linear memory lies in this folder. Other code speaks of
 * arguments by index, of entries by the opaque numbers that lookups return, and of bytes through the
 * readers here. A process may hold any number of cores.
 */

import type { Buffer } from "node:buffer";
import type * as crypto from "node:crypto";
import type * as Bindings from "../build/core.d.ts";

type Raw = Awaited<ReturnType<typeof Bindings.instantiate>>;
type Cells = {
  [K in keyof Raw as Raw[K] extends { get value(): number } ? K : never]: number;
};
/** The functions of the core, typed by the compiler's own bindings. */
export type CoreFunctions = {
  [K in keyof Raw as Raw[K] extends (...args: never[]) => unknown ? K : never]: Raw[K];
};

const PAGE_BYTES = 65536;
/** All of a 32-bit address space but its last page, so that no pointer plus length wraps around. */
const MAX_PAGES = 65535;

export interface CoreOptions {
  /** Bytes of address space to reserve, at most (and by default) 4 GiB less 64 KiB. */
  limitBytes?: number;
  /** 24 random bytes: the hash key and the seed of the core's random numbers. */
  seed: Uint8Array;
  /** How many databases. */
  databases: number;
}

/** Reserves the address space; where the system refuses the whole of it, half as much and so on. */
function reserveMemory(limitBytes: number): WebAssembly.Memory {
  let pages = Math.min(MAX_PAGES, Math.max(512, Math.floor(limitBytes / PAGE_BYTES)));
  for (;;) {
    try {
      return new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: true });
    } catch (error) {
      if (pages <= 1024) throw error;
      pages >>= 1;
    }
  }
}

/** The code of cores, which any number of them share, and the memories of those that have ended. */
export interface CoreImage {
  readonly bindings: typeof Bindings;
  readonly module: WebAssembly.Module;
  /** The code itself. */
  readonly wasm: Uint8Array<ArrayBuffer>;
  /** See {@link Core.at}. */
  readonly at: Cells;
  /**
   * Memories that are all zeros again, for cores to come: a new one costs the engine a collection of all its
   * garbage, as 4 GiB look like a burden; 10 ms in a small program, 50 ms in a larger one.
   */
  readonly spares: WebAssembly.Memory[];
}

/** The code of cores, of its bytes and what binds it. @param compiling the bytes, where that has begun */
export async function coreImage(
  bindings: typeof Bindings,
  wasm: Uint8Array<ArrayBuffer>,
  compiling: Promise<WebAssembly.Module> = WebAssembly.compile(wasm),
): Promise<CoreImage> {
  const module = await compiling;
  return { bindings, module, wasm, at: cellsOf(bindings.constants), spares: [] };
}

/** The layout's constants as {@link Core.at} has them. */
function cellsOf(constants: typeof Bindings.constants): Cells {
  const { ROOTS, ROOTS_END } = constants;
  const cells: Record<string, number> = {};
  for (const [name, value] of Object.entries(constants)) {
    cells[name] = value >= ROOTS && value < ROOTS_END ? value >>> 2 : value;
  }
  return asFastObject(cells) as Cells;
}

/** Address space that spare memories may take, in memories. */
const MOST_SPARES = 4;

/** Makes a core, empty, of its code. */
export async function makeCore(options: CoreOptions, image: CoreImage): Promise<Core> {
  const { bindings, module, spares } = image;
  const limitBytes = options.limitBytes ?? MAX_PAGES * PAGE_BYTES;
  const at = spares.findIndex((memory) => memory.buffer.byteLength === limitBytes);
  const memory = at >= 0 ? spares.splice(at, 1)[0] : reserveMemory(limitBytes);
  const raw = await bindings.instantiate(module, {
    env: { memory },
    host: { writeFile: (ptr: number, len: number) => core.writeFile(ptr, len) },
  });
  const core: Core = new Core(raw, memory, options, image);
  return core;
}

/** What a core has of its memory when it has ended, and what its functions do then: a late timer harms nobody. */
const NOTHING = {
  u8: new Uint8Array(),
  u32: new Uint32Array(),
  i32: new Int32Array(),
  f64: new Float64Array(),
  i64: new BigInt64Array(),
  x: new Proxy({}, { get: () => () => 0 }),
};

export class Core {
  /** The functions of the core. */
  readonly x: CoreFunctions;
  /** The layout's constants: cells as indices into {@link u32}, areas and codes as they are. */
  readonly at: Cells;
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly i64: BigInt64Array;
  readonly memory: WebAssembly.Memory;
  /**
   * Writes bytes of the core to the file under way, which the core asks for at any moment: nothing may be
   * asked of it meanwhile. @returns false when that fails
   */
  writeFile: (ptr: number, len: number) => boolean = () => false;
  /** The same bytes for what the engine reads as Latin-1 by itself, from when that is first wanted. */
  #latin1: Buffer | null = null;
  readonly #decoder = new TextDecoder();
  readonly #encoder = new TextEncoder();

  /** Bytes of data that it has taken over from another one (image.ts). */
  inheritedBytes = 0;

  constructor(
    raw: Raw,
    memory: WebAssembly.Memory,
    options: CoreOptions,
    readonly image: CoreImage,
  ) {
    this.memory = memory;
    this.u8 = new Uint8Array(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    this.i32 = new Int32Array(memory.buffer);
    this.f64 = new Float64Array(memory.buffer);
    this.i64 = new BigInt64Array(memory.buffer);
    const functions: Record<string, unknown> = {};
    // The bindings inherit what needs no conversion from the module's own exports.
    for (const name in raw) functions[name] = raw[name as keyof Raw];
    this.x = asFastObject(functions) as CoreFunctions;
    this.at = image.at;
    this.#init(options);
  }

  #init(options: CoreOptions): void {
    this.x.coreInit(this.u8.length);
    const words = new Uint32Array(options.seed.slice(0, 24).buffer);
    for (let i = 0; i < 4; i++) this.u32[this.at.HASH_KEY + i] = words[i];
    this.u32[this.at.RANDOM] = words[4] | 1; // xorshift must not start at zero
    this.u32[this.at.RANDOM + 1] = words[5];
    this.u32[this.at.OUT_RESP] = 2;
    if (!this.x.keyspaceInit(options.databases)) {
      throw new Error(`no memory for ${options.databases} databases`);
    }
  }

  /** Names the code by its bytes: what one core has laid out in memory only the same code can read. */
  get identity(): string {
    // Node's module is loaded when first needed: starts that keep no memory do not pay for it.
    // deno-lint-ignore no-process-global
    const { createHash } = process.getBuiltinModule("node:crypto") as typeof crypto;
    return createHash("sha256").update(this.image.wasm).digest("hex");
  }

  /** Ends this core, whose memory is all zeros again: the next one may have it. */
  retire(): void {
    const { spares } = this.image;
    if (spares.length < MOST_SPARES) spares.push(this.memory);
    // Whoever comes late finds nothing, rather than somebody else's.
    Object.assign(this, NOTHING);
    this.#latin1 = null;
  }

  // ---- cells ------------------------------------------------------------------------------------

  /** A u64 cell, exact below 2^53. */
  u64(cell: number): number {
    return this.u32[cell] + this.u32[cell + 1] * 0x100000000;
  }
  /** Writes a non-negative integer below 2^53 into a 64-bit cell. */
  setU64(cell: number, value: number): void {
    this.u32[cell] = value >>> 0;
    this.u32[cell + 1] = Math.floor(value / 0x100000000);
  }
  /** RESULT_I64 as a bigint. */
  resultBigint(): bigint {
    return this.i64[this.at.RESULT_I64 >> 1];
  }
  /** RESULT_I64 as a number: exact within 2^53, rounded beyond. */
  resultNumber(): number {
    const cell = this.at.RESULT_I64;
    return this.i32[cell + 1] * 0x100000000 + this.u32[cell];
  }
  setResult(value: bigint): void {
    this.i64[this.at.RESULT_I64 >> 1] = value;
  }
  /** Bytes in use by data and buffers: `used_memory`. */
  get usedBytes(): number {
    return this.u64(this.at.USED_BYTES);
  }

  // ---- bytes ------------------------------------------------------------------------------------

  /** A copy of bytes. */
  bytes(ptr: number, len: number): Uint8Array<ArrayBuffer> {
    const copy = new Uint8Array(len);
    copy.set(this.u8.subarray(ptr, ptr + len));
    return copy;
  }
  /**
   * Bytes as a string of the same length, one character a byte.
   *
   * @throws StringTooLong above {@link STRING_MAX}
   */
  binary(ptr: number, len: number): string {
    const { u8 } = this;
    const end = ptr + len;
    // A call into the engine takes 55 ns, whatever the length; 64 MB take 30 ms, character by character 2 s.
    if (len > 16) {
      if (len > STRING_MAX) throw new StringTooLong();
      this.#latin1 ??= bufferOf(u8);
      return this.#latin1.toString("latin1", ptr, end);
    }
    let text = "";
    let at = ptr;
    // Eight at once: half the time, and fewer pieces for the engine to join when it hashes the string.
    for (; at + 8 <= end; at += 8) {
      // deno-fmt-ignore
      text += String.fromCharCode(
        u8[at], u8[at + 1], u8[at + 2], u8[at + 3], u8[at + 4], u8[at + 5], u8[at + 6], u8[at + 7],
      );
    }
    for (; at < end; at++) text += String.fromCharCode(u8[at]);
    return text;
  }
  /** Bytes read as UTF-8. @throws StringTooLong */
  utf8(ptr: number, len: number): string {
    if (len > STRING_MAX) throw new StringTooLong();
    return this.#decoder.decode(this.bytes(ptr, len));
  }
  /** Writes a string's low bytes. @returns the length */
  writeBinary(ptr: number, text: string): number {
    for (let i = 0; i < text.length; i++) this.u8[ptr + i] = text.charCodeAt(i);
    return text.length;
  }
  /** A string's UTF-8 bytes, in one-character-a-byte form. */
  toBinary(text: string): string {
    for (let i = 0; i < text.length; i++) {
      if (text.charCodeAt(i) > 127) return binaryString(this.#encoder.encode(text));
    }
    return text;
  }

  // ---- the command under way --------------------------------------------------------------------

  get argc(): number {
    return this.u32[this.at.ARGC];
  }
  argPtr(index: number): number {
    return this.u32[(this.u32[this.at.ARGV] >>> 2) + index * 2];
  }
  argLen(index: number): number {
    return this.u32[(this.u32[this.at.ARGV] >>> 2) + index * 2 + 1];
  }
  /** Argument as a string, one character a byte. */
  arg(index: number): string {
    return this.binary(this.argPtr(index), this.argLen(index));
  }
  /** Argument in lower case, for subcommands and options; long ones come out as "". */
  option(index: number): string {
    return this.argWithin(index, 64).toLowerCase();
  }
  /** Argument as a string where it has at most so many bytes; what is longer comes out as "". */
  argWithin(index: number, maxBytes: number): string {
    return this.argLen(index) > maxBytes ? "" : this.arg(index);
  }
  /** The beginning of an argument, at most so many bytes, up to a zero byte: as much as C would print. */
  argText(index: number, maxBytes: number): string {
    const text = this.binary(this.argPtr(index), Math.min(this.argLen(index), maxBytes));
    const zero = text.indexOf("\0");
    return zero < 0 ? text : text.slice(0, zero);
  }
  /**
   * Calls `act` with other arguments (one character a byte) than those of the command under way.
   *
   * @returns what `act` returns, null when memory is out for the arguments
   */
  withArguments<Result>(args: readonly string[], act: () => Result): Result | null {
    const { u32, at, x } = this;
    const bytes = args.reduce((sum, arg) => sum + arg.length, args.length * 8);
    const table = x.allocate(bytes) || this.#spareArguments(bytes);
    if (table === 0) return null;
    let text = table + args.length * 8;
    args.forEach((arg, i) => {
      u32[(table >>> 2) + i * 2] = text;
      u32[(table >>> 2) + i * 2 + 1] = arg.length;
      text += this.writeBinary(text, arg);
    });
    const [argv, argc] = [u32[at.ARGV], u32[at.ARGC]];
    u32[at.ARGV] = table;
    u32[at.ARGC] = args.length;
    try {
      return act();
    } finally {
      u32[at.ARGV] = argv;
      u32[at.ARGC] = argc;
      if (table !== at.SPARE_ARGV) x.free(table);
    }
  }
  /** A place for arguments when memory is out: what saves the data set needs some. @returns 0 when it is taken */
  #spareArguments(bytes: number): number {
    const { u32, at } = this;
    const free = u32[at.ARGV] !== at.SPARE_ARGV && bytes <= at.SPARE_ARGV_BYTES;
    return free ? at.SPARE_ARGV : 0;
  }
  argBytes(index: number): Uint8Array<ArrayBuffer> {
    return this.bytes(this.argPtr(index), this.argLen(index));
  }
}

/**
 * V8 keeps an object of hundreds of properties as a hash table, 6 to 8 ns a read, unless it is
 * somebody's prototype: then a read costs 1 ns and a call can be inlined.
 */
function asFastObject<T extends object>(object: T): T {
  Object.create(object);
  return object;
}

/** Most bytes that are made a string: somewhat less than the engine's limit, so that words fit beside a name. */
export const STRING_MAX = 2 ** 29 - 65536;

/** Bytes of a client cannot be a string: there are more of them than a string may have characters. */
export class StringTooLong extends RangeError {
  constructor() {
    super("more bytes than a string can hold");
  }
  /** Whether that is what was thrown, here or by the engine where strings were joined. */
  static is(error: unknown): boolean {
    return error instanceof StringTooLong ||
      (error instanceof RangeError && error.message === "Invalid string length");
  }
}

/** The same bytes as Node has them. Its class is loaded when first needed: starts wait 12 ms for an import of it. */
function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return globalThis.Buffer.from(buffer, byteOffset, length);
}

/** A string with one character a byte. @throws StringTooLong */
export function binaryString(bytes: Uint8Array): string {
  if (bytes.length > STRING_MAX) throw new StringTooLong();
  return bufferOf(bytes).toString("latin1");
}

/** The bytes of a string with one character a byte. */
export function fromBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
