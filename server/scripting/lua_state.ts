/**
 * A Lua state fit for strangers' scripts: the libraries that Redis gives them and nothing else.
 *
 * Globals and libraries cannot be changed. Redis patches Lua for that; here what a script holds is an empty
 * table whose metatable leads to the real one:
 *
 * ```
 *   _G of a script        real globals             a library's stand-in      the library
 *   {} -- __index ------> { string = ----------->  {} -- __index ----------> { rep = ..., find = ... }
 *      -- __newindex -> error   KEYS = {...} }        -- __newindex -> error
 *             |
 *             +-- (not there) -- __index -> error
 * ```
 *
 * `rawset`, `rawget` and `pairs` know the stand-ins ({@link LuaState.reals}). What still puts something into
 * one, as table.insert(_G, 1) does, is seen when the script is over, by the two words that a table's size is
 * in: the state is then thrown away, for scripts share nothing ({@link LuaState.isDirty}).
 *
 * The stack's bottom is the state's own: {@link GLOBALS} the real globals, {@link HANDLER} the error handler.
 */

import { LUA } from "./lua_api.ts";
import { type LuaFunction, LuaMachine } from "./lua_machine.ts";

export const GLOBALS = 1;
export const HANDLER = 2;

/** Functions and plain values of one library. */
export interface LuaLibrary {
  /** The global that it is in, "" = functions that are global themselves. */
  readonly name: string;
  readonly functions: Readonly<Record<string, LuaFunction>>;
  readonly values?: Readonly<Record<string, number | string | null>>;
}

export interface LuaStateOptions {
  limitBytes: number;
  /** Instructions between two calls of `onCount`. */
  countEvery: number;
  onCount: (L: number) => void;
  libraries: (state: LuaState) => readonly LuaLibrary[];
}

/** Functions that have one of Lua's own as their upvalue. */
const OVER: Record<string, string> = { ".pairs": "next", "string.format": "format" };
/** What compiled functions begin with. */
const BYTECODE = 0x1b;
const READ_ONLY = "Attempt to modify a readonly table";

/** What scripts do not get of Lua's own. */
const WITHHELD = [
  "print",
  "dofile",
  "loadfile",
  "require",
  "module",
  "newproxy",
  "setfenv",
  "getfenv",
];

/** Offsets in Lua 5.1's Table: its hash part, and how many elements its array part has. */
const TABLE_NODE = 16;
const TABLE_SIZE_ARRAY = 28;

export class LuaState {
  readonly m: LuaMachine;
  readonly L: number;
  /** The real table behind a stand-in: a reference in the registry, by the stand-in's address. */
  readonly reals = new Map<number, number>();
  /** Where the sizes of stand-ins are, as indices of words, each before what was there when it was made. */
  readonly #standIns: number[] = [];
  #loadName = 0;
  /** References: what raises that nothing can be changed, or is there; what getmetatable shows of stand-ins. */
  refuse = 0;
  missing = 0;
  shown = 0;
  readonly #indices = new Map<string, number>();
  /** Bytes in use by Lua when all was set up. */
  readonly bytesAtStart: number;

  constructor(module: WebAssembly.Module, options: LuaStateOptions) {
    const libraries = [this.#sandbox(), ...options.libraries(this)];
    const functions = libraries.flatMap((library) => Object.values(library.functions));
    this.m = new LuaMachine(module, {
      limitBytes: options.limitBytes,
      onCount: options.onCount,
      functions,
    });
    const { x } = this.m;
    this.L = x.luaL_newstate();
    if (this.L === 0) throw new Error("no memory for a Lua state");
    this.#open(libraries);
    x.lua_sethook(this.L, this.m.countHook, LUA.MASKCOUNT, options.countEvery);
    this.bytesAtStart = this.m.bytes;
  }

  /** A library's function by its index in the machine's table; names in angle brackets are no fields. */
  functionIndex(library: string, name: string): number {
    return this.#indices.get(`${library}.${name}`)!;
  }

  /** Whether something was left in a table that all scripts see. */
  get isDirty(): boolean {
    const { u32 } = this.m;
    const words = this.#standIns;
    for (let i = 0; i < words.length; i += 2) if (u32[words[i]] !== words[i + 1]) return true;
    return false;
  }

  /** A function of a library that scripts are given as a global does not see stand-ins: these do. */
  #sandbox(): LuaLibrary {
    const realOf = (L: number, index: number): number => {
      const { x } = this.m;
      x.luaL_checktype(L, index, LUA.TABLE);
      return this.reals.get(x.lua_topointer(L, index)) ?? 0;
    };
    return {
      name: "",
      functions: {
        pairs: (L) => {
          const { x } = this.m;
          const real = realOf(L, 1);
          x.lua_pushvalue(L, LUA.GLOBALSINDEX - 1);
          if (real === 0) x.lua_pushvalue(L, 1);
          else this.pushCopy(L, real);
          x.lua_pushnil(L);
          return 3;
        },
        rawset: (L) => {
          const { x } = this.m;
          const real = realOf(L, 1);
          x.luaL_checkany(L, 2);
          x.luaL_checkany(L, 3);
          if (real !== 0) this.m.raise(L, READ_ONLY);
          x.lua_settop(L, 3);
          x.lua_rawset(L, 1);
          return 1;
        },
        rawget: (L) => {
          const { x } = this.m;
          const real = realOf(L, 1);
          x.luaL_checkany(L, 2);
          x.lua_settop(L, 2);
          if (real !== 0) {
            x.lua_rawgeti(L, LUA.REGISTRYINDEX, real);
            x.lua_insert(L, 2);
          }
          x.lua_rawget(L, real === 0 ? 1 : 2);
          return 1;
        },
        // An error that is a table with its text comes out as the text.
        pcall: (L) => {
          const { x } = this.m;
          x.luaL_checkany(L, 1);
          const failed = x.lua_pcall(L, x.lua_gettop(L) - 1, LUA.MULTRET, 0) !== 0;
          if (failed && x.lua_type(L, -1) === LUA.TABLE) {
            this.m.push(L, "err");
            x.lua_gettable(L, -2);
            if (x.lua_isstring(L, -1) !== 0) x.lua_replace(L, -2);
            else x.lua_settop(L, -2);
          }
          x.lua_pushboolean(L, failed ? 0 : 1);
          x.lua_insert(L, 1);
          return x.lua_gettop(L);
        },
        loadstring: (L) => {
          const { m } = this;
          const ptr = m.x.luaL_checklstring(L, 1, m.out);
          const length = m.u32[m.out >>> 2];
          return this.#loadText(L, ptr, length, m.x.luaL_optlstring(L, 2, ptr, 0));
        },
        load: (L) => this.#loadPieces(L),
        "<readonly>": (L) => this.m.fail(L, READ_ONLY),
        "<missing>": (L) => {
          const name = this.m.text(L, 2) ?? "";
          return this.m.fail(
            L,
            `Script attempted to access nonexistent global variable '${name.split("\0")[0]}'`,
          );
        },
      },
    };
  }

  /** Compiles text, and nothing but text. @returns how many results were pushed */
  #loadText(L: number, ptr: number, length: number, name: number): number {
    const { m } = this;
    const isText = length === 0 || m.u8[ptr] !== BYTECODE;
    if (isText && m.x.luaL_loadbuffer(L, ptr, length, name) === 0) return 1;
    if (!isText) m.push(L, "attempt to load precompiled code");
    m.x.lua_pushnil(L);
    m.x.lua_insert(L, -2);
    return 2;
  }

  /** Compiles the text that a function gives piece by piece. */
  #loadPieces(L: number): number {
    const { m } = this;
    const { x } = m;
    x.luaL_checktype(L, 1, LUA.FUNCTION);
    const name = x.luaL_optlstring(L, 2, this.#loadName ||= m.keep("=(load)"), 0);
    x.lua_settop(L, 3);
    m.push(L, "");
    for (let pieces = 1;; pieces++) {
      x.lua_pushvalue(L, 1);
      x.lua_call(L, 0, 1);
      const type = x.lua_type(L, -1);
      if (type === LUA.NIL) break;
      if (type !== LUA.STRING && type !== LUA.NUMBER) {
        m.fail(L, "reader function must return a string");
      }
      x.lua_tolstring(L, -1, m.out);
      if (m.u32[m.out >>> 2] === 0) break;
      // Joined now and then, as a stack is not for ever.
      if (pieces % 64 === 0) x.lua_concat(L, x.lua_gettop(L) - 3);
      if (x.lua_checkstack(L, 4) === 0) m.fail(L, "stack overflow");
    }
    x.lua_settop(L, -2);
    x.lua_concat(L, x.lua_gettop(L) - 3);
    const ptr = x.lua_tolstring(L, -1, m.out);
    return this.#loadText(L, ptr, m.u32[m.out >>> 2], name);
  }

  /** Pushes a table of a library's functions that may be changed. @returns 1 */
  pushLibrary(L: number, name: string): number {
    const { m } = this;
    const { x } = m;
    x.lua_pushvalue(L, LUA.GLOBALSINDEX);
    const globals = this.reals.get(x.lua_topointer(L, -1))!;
    x.lua_settop(L, -2);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, globals);
    m.push(L, name);
    x.lua_rawget(L, -2);
    const real = this.reals.get(x.lua_topointer(L, -1))!;
    x.lua_settop(L, -3);
    this.pushCopy(L, real);
    return 1;
  }

  /** Pushes a copy of the table of a reference. */
  pushCopy(L: number, real: number): void {
    const { x } = this.m;
    x.lua_createtable(L, 0, 0);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, real);
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      x.lua_pushvalue(L, -2);
      x.lua_insert(L, -2);
      x.lua_rawset(L, -5);
    }
    x.lua_settop(L, -2);
  }

  // ---- setting up -------------------------------------------------------------------------------

  #open(libraries: readonly LuaLibrary[]): void {
    const { m, L } = this;
    const { x } = m;
    for (const open of [x.luaopen_base, x.luaopen_table, x.luaopen_string, x.luaopen_math]) {
      open(L);
      x.lua_settop(L, 0);
    }
    x.lua_pushvalue(L, LUA.GLOBALSINDEX);
    for (const name of WITHHELD) this.#setNil(name);
    this.#registerAll(libraries);
    this.global("__redis__err__handler");
    this.#protect();
  }

  #setNil(name: string): void {
    const ptr = this.m.keep(name);
    this.m.x.lua_pushnil(this.L);
    this.m.x.lua_setfield(this.L, GLOBALS, ptr);
    this.m.x.free(ptr);
  }

  /** Pushes a global. */
  global(name: string): void {
    const ptr = this.m.keep(name);
    this.m.x.lua_getfield(this.L, GLOBALS, ptr);
    this.m.x.free(ptr);
  }

  /** Gives the table on top a field, whose value `push` pushes. */
  field(name: string, push: () => void): void {
    const { m, L } = this;
    m.push(L, name);
    push();
    m.x.lua_rawset(L, -3);
  }

  #registerAll(libraries: readonly LuaLibrary[]): void {
    const { m, L } = this;
    const { x } = m;
    let next = 0;
    for (const { name, functions, values = {} } of libraries) {
      if (name === "") x.lua_pushvalue(L, GLOBALS);
      else {
        this.global(name);
        if (x.lua_type(L, -1) !== LUA.TABLE) {
          x.lua_settop(L, -2);
          x.lua_createtable(L, 0, 0);
        }
      }
      for (const key of Object.keys(functions)) {
        const index = m.functions[next++];
        this.#indices.set(`${name}.${key}`, index);
        if (key.startsWith("<")) continue;
        this.field(key, () => {
          const original = OVER[`${name}.${key}`];
          if (original === undefined) return x.lua_pushcclosure(L, index, 0);
          m.push(L, original);
          x.lua_rawget(L, -3);
          x.lua_pushcclosure(L, index, 1);
        });
      }
      for (const [key, value] of Object.entries(values)) {
        this.field(key, () => {
          if (typeof value === "number") x.lua_pushnumber(L, value);
          else if (value === null) x.lua_pushlightuserdata(L, 0);
          else m.push(L, value);
        });
      }
      m.push(L, name);
      x.lua_insert(L, -2);
      if (name === "") x.lua_settop(L, -3);
      else x.lua_rawset(L, GLOBALS);
    }
  }

  /** Puts stand-ins before the libraries and the globals. */
  #protect(): void {
    const { m, L } = this;
    const { x } = m;
    const take = (name: string): number => {
      x.lua_pushcclosure(L, this.functionIndex("", name), 0);
      return x.luaL_ref(L, LUA.REGISTRYINDEX);
    };
    const refuse = this.refuse = take("<readonly>");
    const missing = this.missing = take("<missing>");
    // What getmetatable shows of a stand-in: a table without anything.
    x.lua_createtable(L, 0, 0);
    const shown = this.shown = this.standIn(refuse, 0);
    for (const name of this.#libraryNames()) {
      this.global(name);
      this.standIn(refuse, shown);
      this.#setGlobal(name);
    }
    this.#guardStrings(refuse, shown);
    // The globals themselves.
    x.lua_createtable(L, 0, 0);
    this.field("__index", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, missing));
    x.lua_setmetatable(L, GLOBALS);
    x.lua_pushvalue(L, GLOBALS);
    this.standIn(refuse, shown);
    x.lua_pushvalue(L, -1);
    this.#setGlobal("_G");
    x.lua_replace(L, LUA.GLOBALSINDEX);
    x.lua_settop(L, HANDLER);
  }

  #setGlobal(name: string): void {
    this.m.push(this.L, name);
    this.m.x.lua_insert(this.L, -2);
    this.m.x.lua_rawset(this.L, GLOBALS);
  }

  #libraryNames(): string[] {
    const { m, L } = this;
    const { x } = m;
    const names: string[] = [];
    x.lua_pushnil(L);
    while (x.lua_next(L, GLOBALS) !== 0) {
      const isLibrary = x.lua_type(L, -1) === LUA.TABLE;
      x.lua_settop(L, -2);
      x.lua_pushvalue(L, -1);
      const name = m.popText(L)!;
      if (isLibrary && name !== "_G") names.push(name);
    }
    return names;
  }

  /**
   * Makes a stand-in for the table on top, and puts it in its place.
   *
   * @param shown what getmetatable shows of it, 0 = itself @returns a reference to it
   */
  standIn(refuse: number, shown: number): number {
    const { m, L } = this;
    const { x } = m;
    x.lua_pushvalue(L, -1);
    const real = x.luaL_ref(L, LUA.REGISTRYINDEX);
    x.lua_createtable(L, 0, 0);
    const at = x.lua_topointer(L, -1);
    x.lua_pushvalue(L, -1);
    const own = x.luaL_ref(L, LUA.REGISTRYINDEX);
    x.lua_createtable(L, 0, 3);
    this.field("__index", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, real));
    this.field("__newindex", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, refuse));
    this.field("__metatable", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, shown || own));
    x.lua_setmetatable(L, -2);
    x.lua_remove(L, -2);
    this.reals.set(at, real);
    const node = (at + TABLE_NODE) >>> 2;
    this.#standIns.push(node, m.u32[node], (at + TABLE_SIZE_ARRAY) >>> 2, 0);
    return own;
  }

  /** The metatable of strings has the real library: what scripts see of it is another table. */
  #guardStrings(refuse: number, shown: number): void {
    const { m, L } = this;
    const { x } = m;
    m.push(L, "");
    x.lua_getmetatable(L, -1);
    x.lua_createtable(L, 0, 1);
    this.field("__index", () => this.global("string"));
    const seen = this.standIn(refuse, shown);
    x.lua_settop(L, -2);
    this.field("__metatable", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, seen));
    x.lua_settop(L, -3);
  }
}
