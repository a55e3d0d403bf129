/**
 * One instance of Lua's WASM module, by its own exports: the C API of Lua 5.1 over a memory of its own.
 *
 * Its imports are ours. There is no file, clock, process or environment behind them: what asks for one is
 * answered that there is none. Three of them matter:
 *
 * - `emscripten_resize_heap` grows the memory up to a limit. Beyond it the allocator gets nothing, which Lua
 *   makes its error "not enough memory".
 * - `_emscripten_throw_longjmp` and `invoke_vii` are C's longjmp and setjmp: how Lua raises errors and how
 *   lua_pcall catches them. A JavaScript frame between the two is left without being asked.
 *
 * Functions of ours that Lua calls go into the module's table of functions by way of a little module that
 * gives them their C types ({@link LuaMachine.functions}).
 *
 * What is thrown and is no longjmp (a trap, a stack that is used up, a bug) leaves the memory as it was at that
 * moment: the machine is `broken` and must be thrown away.
 */

import type { LuaApi } from "./lua_api.ts";

/** A function that Lua calls: its arguments are on the stack. @returns how many results are on top of it */
export type LuaFunction = (L: number) => number;

/** What is thrown for C's longjmp: no object, so that nothing is made of the stack that it leaves. */
const LONG_JUMP = Infinity;
const PAGE_BYTES = 65536;
const NO_SYSTEM_CALL = -52; // ENOSYS
const BAD_FILE = 8; // WASI's EBADF

/** Bytes on their way from and to the core, below which no memory is asked for. */
export const TRANSFER_BYTES = 65536;

export interface LuaMachineOptions {
  /** Most memory of it. */
  limitBytes: number;
  /** What a count hook calls. */
  onCount: (L: number) => void;
  functions: readonly LuaFunction[];
}

export class LuaMachine {
  readonly x: LuaApi;
  u8: Uint8Array;
  u32: Uint32Array;
  f64: Float64Array;
  /** Something was thrown through it: nothing in it can be relied on. */
  broken = false;
  /** {@link TRANSFER_BYTES} of its memory that nobody owns between two calls. */
  readonly transfer: number;
  /** Where the API writes a length or a reference to. */
  readonly out: number;
  /** Indices into the table of functions: those given, in their order. */
  readonly functions: readonly number[];
  readonly countHook: number;
  readonly #limitBytes: number;

  constructor(module: WebAssembly.Module, options: LuaMachineOptions) {
    this.#limitBytes = options.limitBytes;
    this.u8 = new Uint8Array();
    this.u32 = new Uint32Array();
    this.f64 = new Float64Array();
    const { exports } = new WebAssembly.Instance(module, this.#imports(module));
    this.x = exports as unknown as LuaApi;
    this.#look();
    this.x.__wasm_call_ctors();
    this.x.emscripten_stack_init();
    this.transfer = this.x.malloc(TRANSFER_BYTES);
    this.out = this.x.malloc(16);
    const [hook, ...functions] = this.#install(options);
    this.countHook = hook;
    this.functions = functions;
  }

  get bytes(): number {
    return this.u8.length;
  }

  #look(): void {
    const { buffer } = this.x.memory;
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f64 = new Float64Array(buffer);
  }

  #grow(wantedBytes: number): number {
    const have = this.u8.length;
    // More than is asked for, so that it is not asked for again at once.
    const bytes = Math.min(this.#limitBytes, Math.max(wantedBytes >>> 0, have + (have >>> 2)));
    if (bytes < wantedBytes >>> 0) return 0;
    try {
      this.x.memory.grow(Math.ceil((bytes - have) / PAGE_BYTES));
    } catch {
      return 0;
    }
    this.#look();
    return 1;
  }

  #imports(module: WebAssembly.Module): WebAssembly.Imports {
    type Called = (a: number, b: number) => void;
    const called: Called[] = [];
    const own: Record<string, (...args: number[]) => unknown> = {
      exit: (status) => {
        throw new Error(`Lua has ended itself (${status})`);
      },
      invoke_vii: (index, a, b) => {
        const { x } = this;
        const stack = x.stackSave();
        try {
          (called[index] ??= x.__indirect_function_table.get(index) as Called)(a, b);
        } catch (error) {
          x.stackRestore(stack);
          if (error !== LONG_JUMP) throw error;
          x.setThrew(1, 0);
        }
      },
      _emscripten_throw_longjmp: () => {
        throw LONG_JUMP;
      },
      emscripten_memcpy_js: (to, from, count) => {
        this.u8.copyWithin(to, from, from + count);
      },
      emscripten_resize_heap: (bytes) => this.#grow(bytes),
      // One that never moves: what measures time is given another function.
      emscripten_date_now: () => 0,
      _emscripten_get_now_is_monotonic: () => 1,
      environ_sizes_get: (count, size) => {
        this.u32[count >>> 2] = this.u32[size >>> 2] = 0;
        return 0;
      },
      environ_get: () => 0,
      fd_write: () => BAD_FILE,
      fd_read: () => BAD_FILE,
      fd_close: () => BAD_FILE,
      fd_seek: () => BAD_FILE,
    };
    const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
    for (const { module: room, name } of WebAssembly.Module.imports(module)) {
      (imports[room] ??= {})[name] = own[name] ?? (() => NO_SYSTEM_CALL);
    }
    return imports;
  }

  /** Puts functions into the table. @returns their indices, the hook's first */
  #install({ onCount, functions }: LuaMachineOptions): number[] {
    const table = this.x.__indirect_function_table;
    const host: Record<string, LuaFunction | ((L: number) => void)> = { h: onCount };
    functions.forEach((act, i) => host[`f${i}`] = act);
    const shim = new WebAssembly.Module(shimOf(functions.length));
    const { exports } = new WebAssembly.Instance(shim, { e: host });
    const first = table.grow(functions.length + 1);
    const names = ["h", ...functions.map((_, i) => `f${i}`)];
    names.forEach((name, i) => table.set(first + i, exports[name] as CallableFunction));
    return names.map((_, i) => first + i);
  }

  // ---- strings ----------------------------------------------------------------------------------

  /** A zero-ended string of one-byte characters that stays, for names that the API takes. */
  keep(text: string): number {
    const ptr = this.x.malloc(text.length + 1);
    for (let i = 0; i < text.length; i++) this.u8[ptr + i] = text.charCodeAt(i);
    this.u8[ptr + text.length] = 0;
    return ptr;
  }

  /** Pushes a string of one character a byte. */
  push(L: number, text: string): void {
    const { length } = text;
    const ptr = length <= TRANSFER_BYTES ? this.transfer : this.room(L, length);
    const { u8 } = this;
    for (let i = 0; i < length; i++) u8[ptr + i] = text.charCodeAt(i);
    if (ptr !== this.transfer) return this.pushOwned(L, ptr, length);
    this.x.lua_pushlstring(L, ptr, length);
  }

  /** Pushes bytes of {@link room}, which it gives back. */
  pushOwned(L: number, ptr: number, length: number): void {
    try {
      this.x.lua_pushlstring(L, ptr, length);
    } finally {
      this.x.free(ptr);
    }
  }

  /** Pushes bytes that lie elsewhere, as in the core's memory. */
  pushBytes(L: number, from: Uint8Array, start: number, length: number): void {
    const ptr = length <= TRANSFER_BYTES ? this.transfer : this.room(L, length);
    const { u8 } = this;
    if (length <= 48) { for (let i = 0; i < length; i++) u8[ptr + i] = from[start + i]; }
    else u8.set(from.subarray(start, start + length), ptr);
    if (ptr !== this.transfer) return this.pushOwned(L, ptr, length);
    this.x.lua_pushlstring(L, ptr, length);
  }

  /** Memory that the caller frees. Where there is none Lua's own error is raised. */
  room(L: number, bytes: number): number {
    const ptr = this.x.malloc(bytes);
    if (ptr === 0) this.raise(L, "not enough memory");
    return ptr;
  }

  /** A stack entry that is a string or number, as text of one character a byte; null where it is neither. */
  text(L: number, index: number): string | null {
    const ptr = this.x.lua_tolstring(L, index, this.out);
    if (ptr === 0) return null;
    const { u8 } = this;
    const length = this.u32[this.out >>> 2];
    if (length > 64) return latin1(u8.subarray(ptr, ptr + length));
    let text = "";
    for (let i = 0; i < length; i++) text += String.fromCharCode(u8[ptr + i]);
    return text;
  }

  /** Pops the top, which it returns as {@link text}. */
  popText(L: number): string | null {
    const text = this.text(L, -1);
    this.x.lua_settop(L, -2);
    return text;
  }

  // ---- errors -----------------------------------------------------------------------------------

  /** Raises an error of these words, without a position: never returns. */
  raise(L: number, text: string): never {
    this.push(L, text);
    this.x.lua_error(L);
    throw new Error("unreachable");
  }

  /** The same with the position of who has called, as C's luaL_error. */
  fail(L: number, text: string): never {
    this.x.luaL_where(L, 1);
    const where = this.popText(L) ?? "";
    return this.raise(L, where + text);
  }

  /** Raises that an argument is wrong. */
  badArgument(L: number, index: number, text: string): never {
    const ptr = this.transfer;
    for (let i = 0; i < text.length; i++) this.u8[ptr + i] = text.charCodeAt(i);
    this.u8[ptr + text.length] = 0;
    this.x.luaL_argerror(L, index, ptr);
    throw new Error("unreachable");
  }
}

/** Bytes as text of one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/**
 * A module that imports a hook, `h`, and functions `f0`, `f1`, ... and exports them under the same names: with
 * a C type, as a table wants them.
 */
function shimOf(functions: number): Uint8Array<ArrayBuffer> {
  const number = (value: number): number[] =>
    value < 128 ? [value] : [value & 127 | 128, ...number(value >>> 7)];
  const name = (text: string) => [text.length, ...text.split("").map((c) => c.charCodeAt(0))];
  const vector = (items: number[][]) => [...number(items.length), ...items.flat()];
  const section = (id: number, items: number[][]) => {
    const body = vector(items);
    return [id, ...number(body.length), ...body];
  };
  const names = ["h", ...Array.from({ length: functions }, (_, i) => `f${i}`)];
  const types = [[0x60, 2, 0x7f, 0x7f, 0], [0x60, 1, 0x7f, 1, 0x7f]];
  const imports = names.map((text, i) => [...name("e"), ...name(text), 0, i === 0 ? 0 : 1]);
  const exports = names.map((text, i) => [...name(text), 0, ...number(i)]);
  return new Uint8Array([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, types),
    ...section(2, imports),
    ...section(7, exports),
  ]);
}
