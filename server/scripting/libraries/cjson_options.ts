/** What scripts can set of cjson, and the functions that set it. */

import { LUA } from "../lua_api.ts";
import type { LuaFunction } from "../lua_machine.ts";
import type { LuaState } from "../lua_state.ts";

const INT_MAX = 2147483647;

export interface JsonOptions {
  sparseConvert: boolean;
  sparseRatio: number;
  sparseSafe: number;
  encodeDepth: number;
  decodeDepth: number;
  /** 0 = an error, 1 = as C prints them, 2 = null. */
  encodeInvalid: number;
  decodeInvalid: boolean;
  keepsBuffer: boolean;
  precision: number;
}

export function defaultOptions(): JsonOptions {
  return {
    sparseConvert: false,
    sparseRatio: 2,
    sparseSafe: 10,
    encodeDepth: 1000,
    decodeDepth: 1000,
    encodeInvalid: 0,
    decodeInvalid: true,
    keepsBuffer: true,
    precision: 14,
  };
}

export function optionFunctions(
  state: LuaState,
  options: JsonOptions,
): Record<string, LuaFunction> {
  const begin = (L: number, most: number): void => {
    const { m } = state;
    if (m.x.lua_gettop(L) > most) m.badArgument(L, most + 1, "found too many arguments");
    m.x.lua_settop(L, most);
  };
  /** A number within bounds, or what was there. Its error names the first argument, whichever it is. */
  const integer = (L: number, index: number, now: number, low: number, high: number): number => {
    const { m } = state;
    if (m.x.lua_type(L, index) === LUA.NIL) return now;
    const value = m.x.luaL_checkinteger(L, index);
    if (value < low || value > high) {
      m.badArgument(L, 1, `expected integer between ${low} and ${high}`);
    }
    return value;
  };
  /** A boolean, or one of some words. @returns its index: false is 0, true is 1 */
  const choice = (L: number, index: number, now: number, words: readonly string[]): number => {
    const { m } = state;
    const type = m.x.lua_type(L, index);
    if (type === LUA.NIL) return now;
    if (type === LUA.BOOLEAN) return m.x.lua_toboolean(L, index);
    m.x.luaL_checklstring(L, index, 0);
    const word = m.text(L, index)!;
    const found = words.indexOf(word);
    if (found < 0) m.badArgument(L, index, `invalid option '${word}'`);
    return found;
  };
  const flag = (L: number, now: boolean): boolean => {
    begin(L, 1);
    const value = choice(L, 1, now ? 1 : 0, ["off", "on"]) === 1;
    state.m.x.lua_pushboolean(L, value ? 1 : 0);
    return value;
  };
  const single = (L: number, now: number, high: number): number => {
    begin(L, 1);
    const value = integer(L, 1, now, 1, high);
    state.m.x.lua_pushnumber(L, value);
    return value;
  };
  return {
    encode_sparse_array: (L) => {
      const { x } = state.m;
      begin(L, 3);
      options.sparseConvert = choice(L, 1, options.sparseConvert ? 1 : 0, ["off", "on"]) === 1;
      options.sparseRatio = integer(L, 2, options.sparseRatio, 0, INT_MAX);
      options.sparseSafe = integer(L, 3, options.sparseSafe, 0, INT_MAX);
      x.lua_pushboolean(L, options.sparseConvert ? 1 : 0);
      x.lua_pushnumber(L, options.sparseRatio);
      x.lua_pushnumber(L, options.sparseSafe);
      return 3;
    },
    encode_max_depth: (L) => {
      options.encodeDepth = single(L, options.encodeDepth, INT_MAX);
      return 1;
    },
    decode_max_depth: (L) => {
      options.decodeDepth = single(L, options.decodeDepth, INT_MAX);
      return 1;
    },
    encode_number_precision: (L) => {
      options.precision = single(L, options.precision, 14);
      return 1;
    },
    encode_keep_buffer: (L) => {
      options.keepsBuffer = flag(L, options.keepsBuffer);
      return 1;
    },
    decode_invalid_numbers: (L) => {
      options.decodeInvalid = flag(L, options.decodeInvalid);
      return 1;
    },
    encode_invalid_numbers: (L) => {
      const { m } = state;
      begin(L, 1);
      options.encodeInvalid = choice(L, 1, options.encodeInvalid, ["off", "on", "null"]);
      if (options.encodeInvalid === 2) m.push(L, "null");
      else m.x.lua_pushboolean(L, options.encodeInvalid);
      return 1;
    },
  };
}
