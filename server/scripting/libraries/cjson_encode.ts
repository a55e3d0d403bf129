/** Writing JSON, as Lua CJSON 2.1 does. */

import { LUA, TYPE_NAMES } from "../lua_api.ts";
import type { LuaState } from "../lua_state.ts";
import { generalFormat } from "../number_format.ts";
import type { ByteWriter } from "./byte_writer.ts";
import type { JsonOptions } from "./cjson_options.ts";

const INT_MAX = 2147483647;

/** What a byte of a string is written as; undefined = as it is. */
function escapes(): (string | undefined)[] {
  const table: (string | undefined)[] = [];
  for (let byte = 0; byte < 32; byte++) table[byte] = `\\u${byte.toString(16).padStart(4, "0")}`;
  const short = { "\b": "b", "\t": "t", "\n": "n", "\f": "f", "\r": "r", '"': '"', "\\": "\\" };
  for (const [char, letter] of Object.entries(short)) table[char.charCodeAt(0)] = `\\${letter}`;
  table[0x2f] = "\\/";
  table[127] = "\\u007f";
  return table;
}

export class JsonEncoder {
  readonly #escapes = escapes();

  constructor(
    readonly state: LuaState,
    readonly options: JsonOptions,
    readonly out: ByteWriter,
  ) {}

  /** Writes the value on top of the stack, which stays there. */
  value(L: number, depth = 0): void {
    const { out, state: { m: { x } } } = this;
    const type = x.lua_type(L, -1);
    switch (type) {
      case LUA.STRING:
        return this.#string(L, -1);
      case LUA.NUMBER:
        return this.#number(L, x.lua_tonumber(L, -1));
      case LUA.BOOLEAN:
        return out.text(x.lua_toboolean(L, -1) === 0 ? "false" : "true");
      case LUA.TABLE:
        return this.#table(L, depth + 1);
      case LUA.NIL:
        return out.text("null");
      case LUA.LIGHTUSERDATA:
        if (x.lua_touserdata(L, -1) === 0) return out.text("null");
    }
    this.#refuse(L, type, "type not supported");
  }

  #refuse(L: number, type: number, why: string): never {
    return this.state.m.fail(L, `Cannot serialise ${TYPE_NAMES[type]}: ${why}`);
  }

  #string(L: number, index: number): void {
    const { out, state: { m } } = this;
    const ptr = m.x.lua_tolstring(L, index, m.out);
    const end = ptr + m.u32[m.out >>> 2];
    const { u8 } = m;
    out.byte(0x22);
    let from = ptr;
    for (let at = ptr; at < end; at++) {
      const escape = this.#escapes[u8[at]];
      if (escape === undefined) continue;
      out.copy(u8, from, at - from);
      out.text(escape);
      from = at + 1;
    }
    out.copy(u8, from, end - from);
    out.byte(0x22);
  }

  #number(L: number, value: number): void {
    const { out, options } = this;
    if (Number.isFinite(value)) {
      return out.text(
        Number.isInteger(value) && Math.abs(value) < 10 ** options.precision &&
          !Object.is(value, -0)
          ? String(value)
          : generalFormat(value, options.precision),
      );
    }
    if (options.encodeInvalid === 0) this.#refuse(L, LUA.NUMBER, "must not be NaN or Inf");
    if (options.encodeInvalid === 2) out.text("null");
    else out.text(Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf");
  }

  #table(L: number, depth: number): void {
    const { state: { m }, options } = this;
    if (depth > options.encodeDepth || m.x.lua_checkstack(L, 3) === 0) {
      m.fail(L, `Cannot serialise, excessive nesting (${depth})`);
    }
    const length = this.#arrayLength(L);
    if (length > 0) this.#array(L, depth, length);
    else this.#object(L, depth);
  }

  /** Elements of the table on top, where it is an array; -1 where it is none. */
  #arrayLength(L: number): number {
    const { state: { m }, options } = this;
    const { x } = m;
    let most = 0;
    let count = 0;
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      const key = x.lua_type(L, -2) === LUA.NUMBER ? x.lua_tonumber(L, -2) : 0;
      if (key < 1 || !Number.isInteger(key)) {
        x.lua_settop(L, -3);
        return -1;
      }
      // It is an int of C: what is too large for one comes out negative.
      if (key > most) most = key > INT_MAX ? -INT_MAX - 1 : key;
      count++;
      x.lua_settop(L, -2);
    }
    const isSparse = options.sparseRatio > 0 && most > count * options.sparseRatio &&
      most > options.sparseSafe;
    if (!isSparse) return most;
    if (!options.sparseConvert) this.#refuse(L, LUA.TABLE, "excessively sparse array");
    return -1;
  }

  #array(L: number, depth: number, length: number): void {
    const { out, state: { m: { x } } } = this;
    out.byte(0x5b);
    for (let i = 1; i <= length; i++) {
      if (i > 1) out.byte(0x2c);
      x.lua_rawgeti(L, -1, i);
      this.value(L, depth);
      x.lua_settop(L, -2);
    }
    out.byte(0x5d);
  }

  #object(L: number, depth: number): void {
    const { out, state: { m: { x } } } = this;
    out.byte(0x7b);
    let first = true;
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      if (!first) out.byte(0x2c);
      first = false;
      const type = x.lua_type(L, -2);
      if (type === LUA.NUMBER) {
        out.byte(0x22);
        this.#number(L, x.lua_tonumber(L, -2));
        out.byte(0x22);
      } else if (type === LUA.STRING) this.#string(L, -2);
      else this.#refuse(L, type, "table key must be a number or string");
      out.byte(0x3a);
      this.value(L, depth);
      x.lua_settop(L, -2);
    }
    out.byte(0x7d);
  }
}
