/**
 * From a reply, as it lies in the core's output, to Lua values, as Redis converts them:
 *
 * ```
 *   RESP2   :1  number        $  string      $-1 *-1  false     *  table 1..n
 *           +   {ok = text}   -  {err = text}
 *   RESP3   _   nil           #  boolean     ,  {double = number}      %  {map = {key = value}}
 *           (   {big_number = text}          ~  {set = {element = true}}
 *           =   {verbatim_string = {format = text, string = text}}     |  left out
 * ```
 */

import type { LuaState } from "./lua_state.ts";

const CR = 13;

/** The names of the fields of tables that stand for what Lua has no type for, as C strings. */
export interface FieldNames {
  ok: number;
  err: number;
  double: number;
  map: number;
  set: number;
  big_number: number;
  verbatim_string: number;
  format: number;
  string: number;
}

export function fieldNames({ m }: LuaState): FieldNames {
  return {
    ok: m.keep("ok"),
    err: m.keep("err"),
    double: m.keep("double"),
    map: m.keep("map"),
    set: m.keep("set"),
    big_number: m.keep("big_number"),
    verbatim_string: m.keep("verbatim_string"),
    format: m.keep("format"),
    string: m.keep("string"),
  };
}

export class FromResp {
  /** Where the last call has stopped. */
  end = 0;
  readonly #fields: FieldNames;

  constructor(readonly state: LuaState) {
    this.#fields = fieldNames(state);
  }

  /** Pushes the value of the reply that begins at `at`. */
  push(L: number, bytes: Uint8Array, at: number): void {
    const { m } = this.state;
    const { x } = m;
    switch (bytes[at]) {
      case 0x3a: // :
        return x.lua_pushnumber(L, this.#number(bytes, at + 1));
      case 0x24: { // $
        const length = this.#number(bytes, at + 1);
        if (length < 0) return x.lua_pushboolean(L, 0);
        const start = this.end;
        this.end = start + length + 2;
        return m.pushBytes(L, bytes, start, length);
      }
      case 0x2a: // *
      case 0x3e: // >
        return this.#array(L, bytes, at);
      case 0x2b: // +
        x.lua_createtable(L, 0, 1);
        this.#line(L, bytes, at + 1);
        return x.lua_setfield(L, -2, this.#fields.ok);
      case 0x2d: // -
        x.lua_createtable(L, 0, 1);
        this.#line(L, bytes, at + 1);
        return x.lua_setfield(L, -2, this.#fields.err);
      default:
        return this.#resp3(L, bytes, at);
    }
  }

  #resp3(L: number, bytes: Uint8Array, at: number): void {
    const { x } = this.state.m;
    const fields = this.#fields;
    switch (bytes[at]) {
      case 0x5f: // _
        this.end = at + 3;
        return x.lua_pushnil(L);
      case 0x23: // #
        this.end = at + 4;
        return x.lua_pushboolean(L, bytes[at + 1] === 0x74 ? 1 : 0);
      case 0x2c: // ,
        x.lua_createtable(L, 0, 1);
        x.lua_pushnumber(L, this.#double(bytes, at + 1));
        return x.lua_setfield(L, -2, fields.double);
      case 0x28: // (
        x.lua_createtable(L, 0, 1);
        this.#line(L, bytes, at + 1);
        return x.lua_setfield(L, -2, fields.big_number);
      case 0x25: // %
        return this.#pairs(L, bytes, at, true);
      case 0x7e: // ~
        return this.#pairs(L, bytes, at, false);
      case 0x3d: // =
        return this.#verbatim(L, bytes, at);
      case 0x7c: { // |
        const pairs = this.#number(bytes, at + 1);
        for (let i = 0; i < pairs * 2; i++) this.#skip(L, bytes);
        return this.push(L, bytes, this.end);
      }
      default:
        throw new Error(`a reply begins with byte ${bytes[at]}`);
    }
  }

  #skip(L: number, bytes: Uint8Array): void {
    this.push(L, bytes, this.end);
    this.state.m.x.lua_settop(L, -2);
  }

  #array(L: number, bytes: Uint8Array, at: number): void {
    const { x } = this.state.m;
    const count = this.#number(bytes, at + 1);
    if (count < 0) return x.lua_pushboolean(L, 0);
    this.#needStack(L);
    x.lua_createtable(L, count, 0);
    for (let i = 1; i <= count; i++) {
      this.push(L, bytes, this.end);
      x.lua_rawseti(L, -2, i);
    }
  }

  /** A map, or a set, whose elements are keys of true. */
  #pairs(L: number, bytes: Uint8Array, at: number, isMap: boolean): void {
    const { x } = this.state.m;
    const count = this.#number(bytes, at + 1);
    this.#needStack(L);
    x.lua_createtable(L, 0, 1);
    // As Redis makes it: the order in which a script walks it depends on that.
    x.lua_createtable(L, count, 0);
    for (let i = 0; i < count; i++) {
      this.push(L, bytes, this.end);
      if (isMap) this.push(L, bytes, this.end);
      else x.lua_pushboolean(L, 1);
      x.lua_rawset(L, -3);
    }
    x.lua_setfield(L, -2, isMap ? this.#fields.map : this.#fields.set);
  }

  #verbatim(L: number, bytes: Uint8Array, at: number): void {
    const { m } = this.state;
    const { x } = m;
    const length = this.#number(bytes, at + 1);
    const start = this.end;
    this.#needStack(L);
    x.lua_createtable(L, 0, 1);
    x.lua_createtable(L, 0, 2);
    m.pushBytes(L, bytes, start, 3);
    x.lua_setfield(L, -2, this.#fields.format);
    m.pushBytes(L, bytes, start + 4, length - 4);
    x.lua_setfield(L, -2, this.#fields.string);
    x.lua_setfield(L, -2, this.#fields.verbatim_string);
    this.end = start + length + 2;
  }

  #needStack(L: number): void {
    const { m } = this.state;
    if (m.x.lua_checkstack(L, 8) === 0) {
      m.fail(L, "lua stack limit reached when parsing redis.call reply");
    }
  }

  /** The number of a line; beyond 2^53 it is rounded, as Lua has no others. */
  #number(bytes: Uint8Array, at: number): number {
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    let value = 0;
    for (; bytes[at] !== CR; at++) value = value * 10 + bytes[at] - 0x30;
    this.end = at + 2;
    return negative ? -value : value;
  }

  #lineEnd(bytes: Uint8Array, at: number): number {
    const end = bytes.indexOf(CR, at);
    this.end = end + 2;
    return end;
  }

  #line(L: number, bytes: Uint8Array, at: number): void {
    this.state.m.pushBytes(L, bytes, at, this.#lineEnd(bytes, at) - at);
  }

  #double(bytes: Uint8Array, at: number): number {
    const text = String.fromCharCode(...bytes.subarray(at, this.#lineEnd(bytes, at)));
    if (text === "inf" || text === "-inf") return text === "inf" ? Infinity : -Infinity;
    return Number(text);
  }
}
