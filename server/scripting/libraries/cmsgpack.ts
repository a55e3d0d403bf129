/** The library `cmsgpack`: MessagePack, as Salvatore Sanfilippo's lua-cmsgpack 0.4 has it. */

import { LUA } from "../lua_api.ts";
import type { LuaLibrary, LuaState } from "../lua_state.ts";
import { ByteWriter } from "./byte_writer.ts";

/** Tables deeper within others are written as nil. */
const MAX_NESTING = 16;

const MISSING = "Missing bytes in input.";
const BAD = "Bad data format in input.";

export function msgpackLibrary(state: LuaState): LuaLibrary {
  const out = new ByteWriter();

  // ---- writing ----------------------------------------------------------------------------------

  const head = (length: number, fix: number, most: number, u16: number): void => {
    if (length <= most) out.byte(fix | length);
    else if (length <= 0xffff) {
      out.byte(u16);
      out.u16(length);
    } else {
      out.byte(u16 + 1);
      out.u32(length);
    }
  };
  const string = (L: number): void => {
    const { m } = state;
    const ptr = m.x.lua_tolstring(L, -1, m.out);
    const length = m.u32[m.out >>> 2];
    if (length > 31 && length <= 0xff) {
      out.byte(0xd9);
      out.byte(length);
    } else head(length, 0xa0, 31, 0xda);
    out.copy(m.u8, ptr, length);
  };
  const integer = (value: number): void => {
    if (value >= 0) {
      if (value <= 127) out.byte(value);
      else if (value <= 0xff) {
        out.byte(0xcc);
        out.byte(value);
      } else if (value <= 0xffff) {
        out.byte(0xcd);
        out.u16(value);
      } else if (value <= 0xffffffff) {
        out.byte(0xce);
        out.u32(value);
      } else {
        out.byte(0xcf);
        out.i64(BigInt(value));
      }
    } else if (value >= -32) out.byte(value & 0xff);
    else if (value >= -128) {
      out.byte(0xd0);
      out.byte(value & 0xff);
    } else if (value >= -32768) {
      out.byte(0xd1);
      out.u16(value & 0xffff);
    } else if (value >= -2147483648) {
      out.byte(0xd2);
      out.u32(value >>> 0);
    } else {
      out.byte(0xd3);
      out.i64(BigInt(value));
    }
  };
  const number = (value: number): void => {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) return integer(value);
    if (Math.fround(value) === value) {
      out.byte(0xca);
      out.f32(value);
    } else {
      out.byte(0xcb);
      out.f64(value);
    }
  };
  /** Elements of the table on top, where it is an array; -1 where it is not. */
  const arrayLength = (L: number): number => {
    const { x } = state.m;
    let count = 0;
    let most = 0;
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      x.lua_settop(L, -2);
      const key = x.lua_type(L, -1) === LUA.NUMBER ? x.lua_tonumber(L, -1) : 0;
      if (key <= 0 || !Number.isInteger(key)) {
        x.lua_settop(L, -2);
        return -1;
      }
      most = Math.max(most, key);
      count++;
    }
    return most === count ? count : -1;
  };
  const table = (L: number, level: number): void => {
    const { x } = state.m;
    if (x.lua_checkstack(L, 8) === 0) state.m.fail(L, "stack overflow");
    const length = arrayLength(L);
    if (length >= 0) {
      head(length, 0x90, 15, 0xdc);
      for (let i = 1; i <= length; i++) {
        x.lua_rawgeti(L, -1, i);
        value(L, level + 1);
      }
      return;
    }
    let count = 0;
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      x.lua_settop(L, -2);
      count++;
    }
    head(count, 0x80, 15, 0xde);
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      x.lua_pushvalue(L, -2);
      value(L, level + 1);
      value(L, level + 1);
    }
  };
  /** Writes the value on top, and pops it. */
  const value = (L: number, level: number): void => {
    const { x } = state.m;
    const type = x.lua_type(L, -1);
    if (type === LUA.STRING) string(L);
    else if (type === LUA.NUMBER) number(x.lua_tonumber(L, -1));
    else if (type === LUA.BOOLEAN) out.byte(x.lua_toboolean(L, -1) === 0 ? 0xc2 : 0xc3);
    else if (type === LUA.TABLE && level < MAX_NESTING) table(L, level);
    else out.byte(0xc0);
    x.lua_settop(L, -2);
  };

  const pack = (L: number): number => {
    const { m } = state;
    const argc = m.x.lua_gettop(L);
    if (argc === 0) m.badArgument(L, 0, "MessagePack pack needs input.");
    if (m.x.lua_checkstack(L, argc) === 0) {
      m.badArgument(L, 0, "Too many arguments for MessagePack pack.");
    }
    out.reset();
    for (let i = 1; i <= argc; i++) {
      m.x.lua_pushvalue(L, i);
      value(L, 0);
    }
    out.push(m, L);
    return 1;
  };

  // ---- reading ----------------------------------------------------------------------------------

  let at = 0;
  let end = 0;
  const take = (L: number, bytes: number): number => {
    if (end - at < bytes) state.m.fail(L, MISSING);
    const from = at;
    at += bytes;
    return from;
  };
  const view = (L: number, bytes: number): DataView => {
    const from = take(L, bytes);
    return new DataView(state.m.u8.buffer, from, bytes);
  };
  const text = (L: number, length: number): void => {
    state.m.x.lua_pushlstring(L, take(L, length), length);
  };
  const array = (L: number, count: number): void => {
    const { x } = state.m;
    x.lua_createtable(L, 0, 0);
    if (x.lua_checkstack(L, 4) === 0) state.m.fail(L, "stack overflow");
    for (let i = 1; i <= count; i++) {
      read(L);
      x.lua_rawseti(L, -2, i);
    }
  };
  const map = (L: number, count: number): void => {
    const { x } = state.m;
    x.lua_createtable(L, 0, 0);
    if (x.lua_checkstack(L, 4) === 0) state.m.fail(L, "stack overflow");
    for (let i = 0; i < count; i++) {
      read(L);
      read(L);
      x.lua_settable(L, -3);
    }
  };
  /** Pushes the next value. */
  const read = (L: number): void => {
    const { x } = state.m;
    const first = state.m.u8[take(L, 1)];
    if (first <= 0x7f) return x.lua_pushnumber(L, first);
    if (first >= 0xe0) return x.lua_pushnumber(L, first - 256);
    if (first <= 0x8f) return map(L, first & 15);
    if (first <= 0x9f) return array(L, first & 15);
    if (first <= 0xbf) return text(L, first & 31);
    switch (first) {
      case 0xc0:
        return x.lua_pushnil(L);
      case 0xc2:
      case 0xc3:
        return x.lua_pushboolean(L, first & 1);
      case 0xca:
        return x.lua_pushnumber(L, view(L, 4).getFloat32(0));
      case 0xcb:
        return x.lua_pushnumber(L, view(L, 8).getFloat64(0));
      case 0xcc:
        return x.lua_pushnumber(L, view(L, 1).getUint8(0));
      case 0xcd:
        return x.lua_pushnumber(L, view(L, 2).getUint16(0));
      case 0xce:
        return x.lua_pushnumber(L, view(L, 4).getUint32(0));
      // An unsigned one is read with a sign, too.
      case 0xcf:
      case 0xd3:
        return x.lua_pushnumber(L, Number(view(L, 8).getBigInt64(0)));
      case 0xd0:
        return x.lua_pushnumber(L, view(L, 1).getInt8(0));
      case 0xd1:
        return x.lua_pushnumber(L, view(L, 2).getInt16(0));
      case 0xd2:
        return x.lua_pushnumber(L, view(L, 4).getInt32(0));
      case 0xd9:
        return text(L, view(L, 1).getUint8(0));
      case 0xda:
        return text(L, view(L, 2).getUint16(0));
      case 0xdb:
        return text(L, view(L, 4).getUint32(0));
      case 0xdc:
        return array(L, view(L, 2).getUint16(0));
      case 0xdd:
        return array(L, view(L, 4).getUint32(0));
      case 0xde:
        return map(L, view(L, 2).getUint16(0));
      case 0xdf:
        return map(L, view(L, 4).getUint32(0));
      default:
        return state.m.fail(L, BAD);
    }
  };
  const unpackFrom = (L: number, limit: number, offset: number): number => {
    const { m } = state;
    const start = m.x.luaL_checklstring(L, 1, m.out);
    const length = m.u32[m.out >>> 2];
    if (offset < 0 || limit < 0) {
      m.fail(L, `Invalid request to unpack with offset of ${offset} and limit of ${length}.`);
    }
    if (offset > length) {
      m.fail(L, `Start offset ${offset} greater than input length ${length}.`);
    }
    const all = limit === 0 && offset === 0;
    at = start + offset;
    end = start + length;
    let count = 0;
    while (at < end && (limit === 0 || count < limit)) {
      if (m.x.lua_checkstack(L, 1) === 0) m.fail(L, "Cannot grow stack");
      read(L);
      count++;
    }
    if (all) return count;
    m.x.lua_pushnumber(L, at === end ? -1 : at - start);
    m.x.lua_insert(L, 2 + optionalsOf(L, count));
    return count + 1;
  };
  /** How many arguments behind the string are on the stack below so many results and what is behind them. */
  const optionalsOf = (L: number, count: number): number => state.m.x.lua_gettop(L) - count - 1 - 1;

  return {
    name: "cmsgpack",
    functions: {
      pack,
      unpack: (L) => unpackFrom(L, 0, 0),
      unpack_one: (L) => unpackFrom(L, 1, state.m.x.luaL_optinteger(L, 2, 0)),
      unpack_limit: (L) =>
        unpackFrom(
          L,
          state.m.x.luaL_checkinteger(L, 2),
          state.m.x.luaL_optinteger(L, 3, 0),
        ),
    },
    values: {
      _NAME: "cmsgpack",
      _VERSION: "lua-cmsgpack 0.4.0",
      _COPYRIGHT: "Copyright (C) 2012, Salvatore Sanfilippo",
      _DESCRIPTION: "MessagePack C implementation for Lua",
    },
  };
}
