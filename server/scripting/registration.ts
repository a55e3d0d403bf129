/** redis.register_function: reads what a library says of a function. */

import { LUA } from "./lua_api.ts";
import type { LuaState } from "./lua_state.ts";
import { scriptFlagWords } from "./run.ts";

/** A function as its library registers it. */
export interface Registered {
  name: string;
  description: string | null;
  /** Bits of ScriptFlag. */
  flags: number;
  /** Its reference in the registry. */
  ref: number;
}

const NAME = /^[0-9A-Za-z_]+$/;
export const WRONG_NAME =
  "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least one character long";

/** Whether a library or a function can have this name. */
export function isFunctionName(name: string): boolean {
  return NAME.test(name);
}

/** Reads the arguments on the stack. @returns the function, or what is wrong */
export function readRegistration(state: LuaState, L: number): Registered | string {
  const { m } = state;
  const { x } = m;
  const argc = x.lua_gettop(L);
  if (argc < 1 || argc > 2) return "ERR wrong number of arguments to redis.register_function";
  if (argc === 1) return readTable(state, L);
  if (x.lua_isstring(L, 1) === 0) {
    return "ERR first argument to redis.register_function must be a string";
  }
  if (x.lua_type(L, 2) !== LUA.FUNCTION) {
    return "ERR second argument to redis.register_function must be a function";
  }
  const name = m.text(L, 1)!;
  if (!isFunctionName(name)) return WRONG_NAME;
  return { name, description: null, flags: 0, ref: x.luaL_ref(L, LUA.REGISTRYINDEX) };
}

function readTable(state: LuaState, L: number): Registered | string {
  const { m } = state;
  const { x } = m;
  if (x.lua_type(L, 1) !== LUA.TABLE) {
    return "ERR calling redis.register_function with a single argument is only applicable to Lua table " +
      "(representing named arguments).";
  }
  let name: string | null = null;
  let description: string | null = null;
  let flags = 0;
  let ref = 0;
  x.lua_pushnil(L);
  while (x.lua_next(L, 1) !== 0) {
    if (x.lua_type(L, -2) !== LUA.STRING) {
      return "ERR named argument key given to redis.register_function is not a string";
    }
    const key = m.text(L, -2)!.toLowerCase();
    if (key === "function_name") {
      name = x.lua_isstring(L, -1) === 0 ? null : m.text(L, -1);
      if (name === null) {
        return "ERR function_name argument given to redis.register_function must be a string";
      }
    } else if (key === "description") {
      description = x.lua_isstring(L, -1) === 0 ? null : m.text(L, -1);
      if (description === null) {
        return "ERR description argument given to redis.register_function must be a string";
      }
    } else if (key === "callback") {
      if (x.lua_type(L, -1) !== LUA.FUNCTION) {
        return "ERR callback argument given to redis.register_function must be a function";
      }
      x.lua_pushvalue(L, -1);
      ref = x.luaL_ref(L, LUA.REGISTRYINDEX);
    } else if (key === "flags") {
      if (x.lua_type(L, -1) !== LUA.TABLE) {
        return "ERR flags argument to redis.register_function must be a table representing function flags";
      }
      const read = readFlags(state, L);
      if (read === null) return "ERR unknown flag given";
      flags = read;
    } else return "ERR unknown argument given to redis.register_function";
    x.lua_settop(L, -2);
  }
  if (name === null) return "ERR redis.register_function must get a function name argument";
  if (ref === 0) return "ERR redis.register_function must get a callback argument";
  if (!isFunctionName(name)) return WRONG_NAME;
  return { name, description, flags, ref };
}

/** Reads the flags in the table on top. @returns null when one is none */
function readFlags({ m }: LuaState, L: number): number | null {
  const { x } = m;
  let flags = 0;
  for (let i = 1;; i++) {
    x.lua_rawgeti(L, -1, i);
    const type = x.lua_type(L, -1);
    const word = type === LUA.STRING ? m.text(L, -1) : null;
    x.lua_settop(L, -2);
    if (type === LUA.NIL) return flags;
    const found = scriptFlagWords.find(([name]) => name === word);
    if (found === undefined) return null;
    flags |= found[1];
  }
}
