/**
 * From what a script returns to a reply, as Redis converts it:
 *
 * ```
 *   string   $           number  :  cut to an integer       nil  null
 *   boolean  true is :1, false null; where the script speaks RESP3, true and false
 *   table    {err = text} -      {ok = text} +              {double = number} ,
 *            {map = table} %     {set = table} ~            {big_number = text} (
 *            {verbatim_string = {format = text, string = text}} =
 *            otherwise * of its elements from 1 up to the first nil
 *   others   null
 * ```
 */

import type { Core } from "../../core-as/host/core.ts";
import type { Reply } from "../resp/reply.ts";
import { LUA } from "./lua_api.ts";
import type { LuaState } from "./lua_state.ts";

const FIELDS = [
  "err",
  "ok",
  "double",
  "map",
  "set",
  "big_number",
  "verbatim_string",
  "format",
  "string",
] as const;
type FieldName = typeof FIELDS[number];

/** Tables within tables. */
const MAX_DEPTH = 1000;

const LOWEST = -(2n ** 63n);

export class ToResp {
  /** The fields' names, as references in the registry. */
  readonly #fields: Record<FieldName, number>;
  #depth = 0;
  /** The script has asked for RESP3: booleans are ones. */
  resp3 = false;
  /** Hears of an error that is replied. */
  onError: (L: number, text: string) => void = () => {};

  constructor(readonly state: LuaState, readonly core: Core, readonly reply: Reply) {
    const refs = FIELDS.map((name) => {
      state.m.push(state.L, name);
      return [name, state.m.x.luaL_ref(state.L, LUA.REGISTRYINDEX)];
    });
    this.#fields = Object.fromEntries(refs);
  }

  /** Replies with the value on top of the stack, which it pops. */
  result(L: number): void {
    this.#depth = 0;
    this.#pop(L);
  }

  #pop(L: number): void {
    this.#write(L);
    this.state.m.x.lua_settop(L, -2);
  }

  #write(L: number): void {
    const { reply, state: { m: { x } } } = this;
    switch (x.lua_type(L, -1)) {
      case LUA.STRING:
        return this.#bulk(L);
      case LUA.NUMBER:
        return this.#integer(x.lua_tonumber(L, -1));
      case LUA.BOOLEAN: {
        const value = x.lua_toboolean(L, -1) !== 0;
        if (this.resp3) return reply.bool(value);
        return value ? reply.number(1) : reply.null();
      }
      case LUA.TABLE:
        return this.#table(L);
      default:
        return reply.null();
    }
  }

  #integer(value: number): void {
    // What 64 bits cannot hold comes out as C's conversion makes it.
    if (Number.isSafeInteger(value)) this.reply.number(value);
    else if (!(Math.abs(value) < 2 ** 63)) this.reply.bigint(LOWEST);
    else this.reply.bigint(BigInt(Math.trunc(value)));
  }

  #bulk(L: number): void {
    const { core, state: { m } } = this;
    const ptr = m.x.lua_tolstring(L, -1, m.out);
    const length = m.u32[m.out >>> 2];
    const half = core.at.SCRATCH_BYTES >>> 1;
    if (length > half) return this.reply.bytes(m.u8.subarray(ptr, ptr + length));
    const to = core.at.SCRATCH + half;
    if (length <= 48) { for (let i = 0; i < length; i++) core.u8[to + i] = m.u8[ptr + i]; }
    else core.u8.set(m.u8.subarray(ptr, ptr + length), to);
    this.reply.memory(to, length);
  }

  #table(L: number): void {
    const { reply, state: { m } } = this;
    const { x } = m;
    if (this.#depth >= MAX_DEPTH || x.lua_checkstack(L, 8) === 0) {
      return reply.error("ERR reached lua stack limit");
    }
    this.#depth++;
    this.#typed(L);
    this.#depth--;
  }

  /** The table on top, by its fields. */
  #typed(L: number): void {
    const { reply, state: { m } } = this;
    const { x } = m;
    const fields = this.#fields;
    if (this.#has(L, fields.err, LUA.STRING)) return this.onError(L, m.popText(L)!);
    if (this.#has(L, fields.ok, LUA.STRING)) {
      return reply.simple(m.popText(L)!.split("\0", 1)[0].replace(/[\r\n]/g, " "));
    }
    if (this.#has(L, fields.double, LUA.NUMBER)) {
      const value = x.lua_tonumber(L, -1);
      x.lua_settop(L, -2);
      return reply.double(value);
    }
    if (this.#has(L, fields.map, LUA.TABLE)) return this.#pairs(L, true);
    if (this.#has(L, fields.set, LUA.TABLE)) return this.#pairs(L, false);
    if (this.#has(L, fields.big_number, LUA.STRING)) {
      return reply.bigNumber(m.popText(L)!.replace(/[\r\n]/g, " "));
    }
    if (this.#has(L, fields.verbatim_string, LUA.TABLE) && this.#verbatim(L)) return;
    return this.#array(L);
  }

  /** Pushes a field where it is of that type. */
  #has(L: number, name: number, type: number): boolean {
    const { x } = this.state.m;
    // A metatable's __index is not asked: the field is read by `rawget`.
    x.lua_rawgeti(L, LUA.REGISTRYINDEX, name);
    x.lua_rawget(L, -2);
    if (x.lua_type(L, -1) === type) return true;
    x.lua_settop(L, -2);
    return false;
  }

  #array(L: number): void {
    const { reply, state: { m: { x } } } = this;
    let count = 0;
    for (;; count++) {
      x.lua_rawgeti(L, -1, count + 1);
      const ends = x.lua_type(L, -1) === LUA.NIL;
      x.lua_settop(L, -2);
      if (ends) break;
    }
    reply.array(count);
    for (let i = 1; i <= count; i++) {
      x.lua_rawgeti(L, -1, i);
      this.#pop(L);
    }
  }

  /** The table on top is a map or a set. */
  #pairs(L: number, isMap: boolean): void {
    const { reply, state: { m: { x } } } = this;
    let count = 0;
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      x.lua_settop(L, -2);
      count++;
    }
    if (isMap) reply.map(count);
    else reply.set(count);
    x.lua_pushnil(L);
    while (x.lua_next(L, -2) !== 0) {
      if (!isMap) x.lua_settop(L, -2);
      // The key is copied: to read a number as text changes it, and the walk with it.
      x.lua_pushvalue(L, isMap ? -2 : -1);
      this.#pop(L);
      if (isMap) this.#pop(L);
    }
    x.lua_settop(L, -2);
  }

  /** Pops what may be a text with its format. @returns whether it was one */
  #verbatim(L: number): boolean {
    const { m } = this.state;
    const format = this.#has(L, this.#fields.format, LUA.STRING) ? m.popText(L) : null;
    const text = this.#has(L, this.#fields.string, LUA.STRING) ? m.popText(L) : null;
    m.x.lua_settop(L, -2);
    if (format === null || text === null) return false;
    this.#verbatimReply(format, text);
    return true;
  }

  #verbatimReply(format: string, text: string): void {
    const { core, reply } = this;
    if (core.u32[core.at.OUT_RESP] !== 3) return reply.binary(text);
    reply.raw(`=${text.length + 4}\r\n${format.padEnd(3).slice(0, 3)}:${text}\r\n`);
  }
}
