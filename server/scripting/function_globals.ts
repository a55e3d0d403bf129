/**
 * What functions see as globals. While a library is loaded that is a little: what registers functions, and the log.
 * When they run it is what scripts see, KEYS and ARGV aside. A library's functions keep one table of globals all
 * the while: a stand-in, whose metatable leads to the one or the other.
 */

import { LUA } from "./lua_api.ts";
import { GLOBALS, type LuaState } from "./lua_state.ts";

/** What of scripts functions do not see. */
const WITHHELD = ["KEYS", "ARGV", "__redis__err__handler"];
const WITHHELD_OF_REDIS = ["breakpoint", "debug", "replicate_commands"];
/** What of the library `redis` is there while a library is loaded. */
const LOADING = [
  "log",
  "LOG_DEBUG",
  "LOG_VERBOSE",
  "LOG_NOTICE",
  "LOG_WARNING",
  "REDIS_VERSION",
  "REDIS_VERSION_NUM",
];

export class FunctionGlobals {
  /** References in the registry: of scripts and of functions, as they see them. */
  readonly #scripts: number;
  readonly #functions: number;
  /** The metatable of the latter, and what it leads to. */
  readonly #metatable: number;
  readonly #running: number;
  readonly #loading: number;
  readonly #index: number;

  constructor(readonly state: LuaState) {
    const { L, m } = state;
    const { x } = m;
    const top = x.lua_gettop(L);
    this.#index = m.keep("__index");
    x.lua_pushvalue(L, LUA.GLOBALSINDEX);
    this.#scripts = x.luaL_ref(L, LUA.REGISTRYINDEX);
    this.#running = this.#makeRunning();
    this.#loading = this.#makeLoading();
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#running);
    this.#functions = state.standIn(state.refuse, state.shown);
    x.lua_getmetatable(L, -1);
    this.#metatable = x.luaL_ref(L, LUA.REGISTRYINDEX);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#running);
    state.field("_G", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#functions));
    x.lua_settop(L, top);
  }

  /** Pushes the real table of a library. */
  #pushReal(name: string): void {
    const { L, reals, m: { x } } = this.state;
    this.state.global(name);
    const real = reals.get(x.lua_topointer(L, -1))!;
    x.lua_settop(L, -2);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, real);
  }

  /** Takes the table on top as globals. @returns a reference */
  #globals(): number {
    const { L, missing, m: { x } } = this.state;
    x.lua_createtable(L, 0, 1);
    this.state.field("__index", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, missing));
    x.lua_setmetatable(L, -2);
    return x.luaL_ref(L, LUA.REGISTRYINDEX);
  }

  #makeRunning(): number {
    const { state } = this;
    const { L, m: { x } } = state;
    x.lua_pushvalue(L, GLOBALS);
    state.pushCopy(L, x.luaL_ref(L, LUA.REGISTRYINDEX));
    for (const name of WITHHELD) state.field(name, () => x.lua_pushnil(L));
    this.#pushReal("redis");
    state.pushCopy(L, x.luaL_ref(L, LUA.REGISTRYINDEX));
    for (const name of WITHHELD_OF_REDIS) state.field(name, () => x.lua_pushnil(L));
    state.standIn(state.refuse, state.shown);
    x.lua_pushvalue(L, -1);
    const redis = x.luaL_ref(L, LUA.REGISTRYINDEX);
    x.lua_settop(L, -2);
    state.field("redis", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, redis));
    return this.#globals();
  }

  #makeLoading(): number {
    const { state } = this;
    const { L, m, m: { x } } = state;
    x.lua_createtable(L, 0, 1);
    x.lua_createtable(L, 0, LOADING.length + 1);
    state.field("register_function", () => {
      x.lua_pushcclosure(L, state.functionIndex("redis", "<register_function>"), 0);
    });
    for (const name of LOADING) {
      state.field(name, () => {
        this.#pushReal("redis");
        m.push(L, name);
        x.lua_rawget(L, -2);
        x.lua_remove(L, -2);
      });
    }
    const redis = this.#globals();
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, redis);
    state.standIn(state.refuse, state.shown);
    x.lua_pushvalue(L, -1);
    const shown = x.luaL_ref(L, LUA.REGISTRYINDEX);
    x.lua_settop(L, -2);
    state.field("redis", () => x.lua_rawgeti(L, LUA.REGISTRYINDEX, shown));
    return this.#globals();
  }

  /** From here on what is compiled and run has the globals of functions. */
  enter(loading: boolean): void {
    const { L, m: { x } } = this.state;
    if (loading) this.#lead(this.#loading);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#functions);
    x.lua_replace(L, LUA.GLOBALSINDEX);
  }

  /** From here on it has those of scripts again. */
  leave(loading: boolean): void {
    const { L, m: { x } } = this.state;
    if (loading) this.#lead(this.#running);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#scripts);
    x.lua_replace(L, LUA.GLOBALSINDEX);
  }

  #lead(to: number): void {
    const { L, m: { x } } = this.state;
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, this.#metatable);
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, to);
    x.lua_setfield(L, -2, this.#index);
    x.lua_settop(L, -2);
  }
}
